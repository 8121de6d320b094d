"""Backcasting: how far must a driver move for a target to be reached with a probability, and was that ever seen?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from regional_econ._base.errors import OptionError
from regional_econ.core.elasticity import Elasticity
from regional_econ.policy.drivers import DRIVERS, Base, Push, base_level, historical_push
from regional_econ.policy.levers import elasticity_of
from regional_econ.policy.response import effect
from regional_econ.policy.run import Inputs, baseline_draws, kernel_of, logit_draws

Floats = NDArray[np.float64]
ALL = "all"


@dataclass(frozen=True)
class Need:
    """What one driver, or all together, would have to do.

    ``change`` is in the elasticity's scale (for ``all`` in historical pushes); None where no change, however large,
    reaches the probability: too many draws of the effect have the wrong sign. ``level`` is the driver's level after
    the change, ``inside`` says whether the elasticity was ever observed there, ``best`` is the largest probability
    that any change reaches, ``at_edge`` the probability at the edge of the domain.
    """

    driver: str
    change: float | None
    unit: str
    pushes: float | None
    level_now: float | None
    level: float | None
    inside: bool
    best: float
    at_edge: float
    grade: str


def needed_changes(
    inputs: Inputs, *, value: float, year: int, probability: float, seed: int
) -> tuple[Need, ...]:
    """Return, for each driver and for all together, the smallest lasting change that reaches a target.

    The change starts in the first forecast year and lasts; delivery, money and additionality play no part.

    Parameters
    ----------
    value : target of the outcome, %.
    year : by when.
    probability : with which probability, between 0 and 1.

    Raises
    ------
    OptionError : a value or probability out of range.
    UnknownNameError : a year outside the forecast.
    """
    if not 0.0 < value < 100.0 or not 0.0 < probability < 1.0:
        raise OptionError(
            "the target needs a value between 0 and 100 and a probability between 0 and 1",
            advice="For example: --value 12.5 --probability 0.5",
        )
    years = tuple(range(inputs.baseline.origin + 1, year + 1))
    base = baseline_draws(inputs, years, where="target")
    draws = min(len(base), len(inputs.elasticities.draws))
    gap = logit(value / 100.0) - logit(np.clip(base[:draws, -1] / 100.0, 1e-12, 1.0 - 1e-12))
    needs, total, grades = [], np.zeros(draws), []
    for driver in DRIVERS:
        elasticity = elasticity_of(inputs.elasticities, driver, inputs.outcome)
        if elasticity is None:
            continue
        push, level = historical_push(inputs.panel, driver), base_level(inputs.panel, driver, inputs.region)
        slope = np.sign(push.size) * _slope(elasticity, inputs, base[:draws], len(years), seed)
        needs.append(_need(driver, elasticity, push, level, gap, slope, probability))
        total += slope * abs(push.size)
        grades.append(elasticity.grade)
    return (*needs, _together(gap, total, probability, max(grades)))


def smallest_change(gap: Floats, slope: Floats, probability: float) -> float | None:
    """Return the smallest c ≥ 0 with P(c · slope ≥ gap) ≥ probability, or None.

    Exact on the draws: each draw switches at most once as c grows, so that the switches are sorted and counted.

    >>> smallest_change(np.array([1.0, 1.0, 1.0]), np.array([1.0, 0.5, -1.0]), 0.6)
    2.0
    """
    return _walk(gap, slope, probability)[0]


def needs_rows(needs: tuple[Need, ...]) -> list[dict[str, object]]:
    """Return the needs as rows for a table or JSON."""
    return [dict(vars(need)) for need in needs]


def _walk(gap: Floats, slope: Floats, probability: float) -> tuple[float | None, float]:
    reached = gap <= 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        switch = gap / slope
    joins = ~reached & (slope > 0.0)
    leaves = reached & (slope < 0.0)
    at = np.concatenate([[0.0], switch[joins], np.nextafter(switch[leaves], np.inf)])
    step = np.concatenate([[int(reached.sum())], np.ones(joins.sum(), int), -np.ones(leaves.sum(), int)])
    order = np.argsort(at, kind="stable")
    share = np.cumsum(step[order]) / len(gap)
    hits = np.flatnonzero(share >= probability)
    return (float(at[order][hits[0]]) if len(hits) else None), float(share.max())


def _slope(elasticity: Elasticity, inputs: Inputs, base: Floats, years: int, seed: int) -> Floats:
    draws = len(base)
    flat = np.ones((draws, years))
    shift = effect(
        logit_draws(elasticity, inputs.elasticities, base[:, 0])[:draws],
        flat,
        np.zeros_like(flat),
        kernel=kernel_of(elasticity, inputs.elasticities, draws),
        persistence=inputs.priors["persistence"].draw(draws, seed),
    )
    return np.asarray(shift[:, -1], dtype=np.float64)


def _need(
    driver: str, elasticity: Elasticity, push: Push, base: Base, gap: Floats, slope: Floats, probability: float
) -> Need:
    size, best = _walk(gap, slope, probability)
    logs = push.unit == "log points"
    direction = float(np.sign(push.size))
    edge = _edge(elasticity, base, direction, logs)
    level = None if size is None else _moved(base.level, direction * size, logs)
    return Need(
        driver=driver,
        change=None if size is None else direction * size,
        unit=push.unit,
        pushes=None if size is None else size / abs(push.size),
        level_now=base.level,
        level=level,
        inside=size is not None and size <= edge,
        best=best,
        at_edge=float((edge * slope >= gap).mean()),
        grade=elasticity.grade,
    )


def _together(gap: Floats, slope: Floats, probability: float, grade: str) -> Need:
    size, best = _walk(gap, slope, probability)
    edge = float((slope >= gap).mean())
    inside = size is not None and size <= 1.0
    return Need(ALL, size, "historical pushes", size, None, None, inside, best, edge, grade)


def _edge(elasticity: Elasticity, base: Base, direction: float, logs: bool) -> float:
    domain = elasticity.domain
    limit = domain.x_max if direction > 0 else domain.x_min
    room = np.log(max(limit, 1e-12) / base.level) if logs else limit - base.level
    return float(max(min(domain.max_abs_change, direction * room), 0.0))


def _moved(level: float, change: float, logs: bool) -> float:
    return float(level * np.exp(min(change, 700.0))) if logs else level + change
