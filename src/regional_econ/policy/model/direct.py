"""What levers bring that act on no driver with an elasticity: on the firms they treat, or on the share of mining.

Both effects are assumptions: nothing in these data identifies them, and the published ones are about other things.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.lever import Lever
from regional_econ.policy.model.levers import additionality, delivered, direct_effect, drawn_lags, is_direct
from regional_econ.policy.model.priors import Prior
from regional_econ.policy.model.response import shift_percent

Floats = NDArray[np.float64]
MINING, MINING_PRIOR = "mining_share_pct", "mining_share_outcome"


def treated_gain(treated_pct: Floats, effect_pp: Floats, baseline: Floats) -> Floats:
    """Return the outcome's gain in percentage points: the share treated times the effect on those treated.

    The treated are no other than the rest before, so their own share of innovators can neither fall below zero nor
    exceed all of them.

    Parameters
    ----------
    treated_pct : organisations treated (draws, years), %.
    effect_pp : effect on those treated (draws,), percentage points.
    baseline : outcome without the lever (draws, years), %.

    >>> gain = treated_gain(np.array([[10.0, 10.0]]), np.array([20.0]), np.array([[8.0, 90.0]]))
    >>> gain.tolist()
    [[2.0, 1.0]]
    """
    return treated_pct / 100.0 * np.clip(effect_pp[:, None], -baseline, 100.0 - baseline)


def mining_gain(points: Floats, slope: Floats, baseline: Floats) -> Floats:
    """Return the outcome's gain in percentage points from a share of mining that is lower by some points.

    Parameters
    ----------
    points : how far the share has fallen (draws, years), percentage points.
    slope : logit of the outcome for one point more of mining (draws,).
    baseline : outcome without the lever (draws, years), %.

    >>> mining_gain(np.array([[0.0]]), np.array([0.1]), np.array([[8.0]])).tolist()
    [[0.0]]
    """
    return shift_percent(baseline, -slope[:, None] * points) - baseline


def transition(target: Floats, years: NDArray[np.int64]) -> Floats:
    """Return how far a structure has moved (draws, years) on its way to a target: s_t = s_{t−1} + λ(s* − s_{t−1}).

    λ is such that nine tenths of a lasting change are made after the draw's years.

    Parameters
    ----------
    target : s* by year (years,), as a change.
    years : duration of the transition (draws,).

    >>> transition(np.array([10.0, 10.0]), np.array([2])).round(3).tolist()
    [[6.838, 9.0]]
    """
    speed = 1.0 - 0.1 ** (1.0 / years)
    moved, level = np.empty((len(years), len(target))), np.zeros(len(years))
    for t, aim in enumerate(target):
        level = level + speed * (aim - level)
        moved[:, t] = level
    return moved


def has_path(lever: Lever, priors: Mapping[str, Prior]) -> bool:
    """Tell whether a lever acts on the firms it treats, or on the share of mining with a declared slope."""
    return is_direct(lever) or (lever.state_var == MINING and MINING_PRIOR in priors)


def assumed_gain(lever: Lever, funded: Floats, baseline: Floats, priors: Mapping[str, Prior], *, seed: int) -> Floats:
    """Return the gain (draws, years) of a lever that has such a path, in percentage points.

    Parameters
    ----------
    funded : the lever's amount by year (years,), in its unit.
    baseline : outcome without the lever (draws, years), %.
    priors : of the policy model; the slope of mining among them.
    seed : of the priors and the delivery lag.

    Raises
    ------
    SchemaError : the lever declares no effect, or no additionality.
    """
    draws = len(baseline)
    if lever.state_var == MINING:
        moved = transition(funded, drawn_lags(lever, draws=draws, seed=seed))
        points = moved * (1.0 + additionality(lever).draw(draws, seed))[:, None]
        return mining_gain(points, priors[MINING_PRIOR].draw(draws, seed), baseline)
    return treated_gain(
        delivered(funded, lever, draws=draws, seed=seed), direct_effect(lever).draw(draws, seed), baseline
    )
