"""Levers whose effect is an assumption outright, inside the simulator: on firms they treat, or on the share of mining.

Both shift the logit of the outcome beside the drivers' shifts, draw by draw: y → y + Σ treated · effect on the treated,
and −slope · the points by which mining has shrunk. They have no domain, no lag weights and no synergy. The treated are
no other than the rest before, so their own share of innovators can neither fall below zero nor exceed all of them; and
where levers together would treat more than all organisations, each treats less in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from regional_econ.core.lever import Lever
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.direct import MINING, MINING_PRIOR, has_path, speed
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.parameters import LeverPart, Model, kept_name

Floats = NDArray[np.float64]
_LEAST = 1e-9
_KEYS = ("moved", "shift")


@dataclass(frozen=True)
class AssumedShift:
    """What such levers bring by what they act on, each (scenarios, draws) or (draws, years): points moved, and the
    shift of the outcome's logit."""

    moved: Floats
    shift: Floats


def without_path(inputs: Inputs) -> tuple[Lever, ...]:
    """Return the levers that nothing known connects to the outcome: neither an elasticity nor an assumed effect."""
    return tuple(
        lever
        for lever in inputs.levers
        if lever_rules.elasticity_of(inputs.elasticities, lever.state_var, inputs.outcome) is None
        and not has_path(lever, inputs.priors)
    )


def effect_name(part: LeverPart) -> str:
    """Return the name of the parameter that holds an assumed lever's effect."""
    return MINING_PRIOR if part.driver == MINING else f"{part.lever.id}.direct"


def assumed_levers(inputs: Inputs) -> tuple[LeverPart, ...]:
    """Return the levers without an elasticity that have a path to the outcome; grade C, all of them."""
    found = []
    for lever in inputs.levers:
        driver = lever.state_var
        if driver is None or lever_rules.elasticity_of(inputs.elasticities, driver, inputs.outcome) is not None:
            continue
        if has_path(lever, inputs.priors):
            found.append(LeverPart(lever, driver, "C", "additive"))
    return tuple(found)


def assumed_parameters(
    inputs: Inputs, parts: tuple[LeverPart, ...], *, draws: int, seed: int
) -> tuple[dict[str, Floats], dict[str, tuple[str, ...]]]:
    """Return the draws of what these levers assume (draws,) by name, and the names by group.

    Raises
    ------
    SchemaError : a lever declares no additionality, or no effect on the firms it treats.
    """
    values, lags, additions = dict[str, Floats](), list[str](), list[str]()
    own: dict[str, list[str]] = {}
    for part in parts:
        lever = part.lever
        lags.append(f"{lever.id}.delivery_lag")
        values[lags[-1]] = lever_rules.drawn_lags(lever, draws=draws, seed=seed).astype(np.float64)
        additions.append(f"{lever.id}.additionality")
        values[additions[-1]] = lever_rules.additionality(lever).draw(draws, seed)
        mining, name = part.driver == MINING, effect_name(part)
        prior = inputs.priors[MINING_PRIOR] if mining else lever_rules.direct_effect(lever)
        values[name] = prior.draw(draws, seed)
        own.setdefault(f"elasticity.{MINING}" if mining else "direct", []).append(name)
    groups = own | {"delivery_lags": lags, "additionality": additions}
    return values, {group: tuple(names) for group, names in groups.items()}


def assumed_shifts(
    model: Model, parameters: Mapping[str, Floats], funded: Floats, baseline: Floats, at: int
) -> dict[str, AssumedShift]:
    """Return what the assumed levers bring in one year, by what they act on.

    Parameters
    ----------
    funded : amounts (scenarios, assumed levers, years), in each lever's unit.
    baseline : outcome without measures in that year (draws,), %.
    at : index of the year.
    """
    found: dict[str, AssumedShift] = {}
    kept = np.column_stack([parameters.get(kept_name(year), np.ones(len(baseline))) for year in model.years])
    points, gain, treated = np.zeros((3, len(funded), len(baseline)))
    for j, part in enumerate(model.assumed):
        lag, factor = parameters[f"{part.lever.id}.delivery_lag"], 1.0 + parameters[f"{part.lever.id}.additionality"]
        if part.driver == MINING:
            pace = speed(lag)[:, None]
            weights = pace * (1.0 - pace) ** np.arange(at, -1, -1) * kept[:, : at + 1]
            points += factor * (funded[:, j, : at + 1] @ weights.T)
        else:
            year, draws = at - lag.astype(np.int64), np.arange(len(baseline))
            arrived = np.where(year >= 0, funded[:, j, year] * kept[draws, year], 0.0)
            effect = np.clip(parameters[effect_name(part)], -baseline, 100.0 - baseline)
            treated += arrived * factor
            gain += arrived / 100.0 * factor * effect
    gain *= 100.0 / np.maximum(treated, 100.0)
    drivers = [part.driver for part in model.assumed]
    if MINING in drivers:
        found[MINING] = AssumedShift(-points, -parameters[MINING_PRIOR] * points)
    if model.outcome in drivers:
        some = (baseline > 0.0) & (baseline < 100.0)
        before = np.where(some, baseline, 50.0) / 100.0
        after = np.clip(before + gain / 100.0, _LEAST, 1.0 - _LEAST)
        moves = some & (gain != 0.0)
        found[model.outcome] = AssumedShift(gain, np.where(moves, logit(after) - logit(before), 0.0))
    return found


def assumed_paths(
    model: Model, parameters: Mapping[str, Floats], funded: Floats, baseline: Floats
) -> dict[str, AssumedShift]:
    """Return what the assumed levers bring in every year (draws, years), by what they act on; nothing where none is on.

    Parameters
    ----------
    funded : amounts (assumed levers, years), in each lever's unit.
    baseline : outcome without measures (draws, years), %.
    """
    if not funded.any():
        return {}
    years = [assumed_shifts(model, parameters, funded[None], baseline[:, t], t) for t in range(baseline.shape[1])]
    return {
        name: AssumedShift(*(np.column_stack([getattr(year[name], key)[0] for year in years]) for key in _KEYS))
        for name in years[0]
    }
