"""How far must a driver itself move for a target to be reached with a probability, within what was ever seen?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.policy.answers.figures import Spread, share_error
from regional_econ.policy.model.drivers import DRIVERS
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.result import Z95

Floats = NDArray[np.float64]
Chance = Callable[[Floats], Floats]
ALL = "all"
_GRID, _PARTS, _ROUNDS = 41, 4, 8
_SLIGHT = 0.01
_SHARES = ("best", "at_edge", "unbounded")


@dataclass(frozen=True)
class Need:
    """What one driver, or all together, would have to do.

    The search ends at the *edge*: the largest five-year change, or the outermost level, that any region has seen,
    whichever comes first; for ``all`` the edge of the driver that meets its own first. ``change`` is in the
    elasticity's scale (for ``all`` in historical pushes), ``level`` the driver's newest level after it; both are None
    where the edge does not suffice. ``best`` is the largest probability up to the edge, ``at_edge`` the one at the
    edge, and ``unbounded`` the share of draws whose effect has the sign that helps: below the probability,
    extrapolation would not help either; of all together the levels that can rise without end decide, moved alike by
    one per cent. ``change_low`` and ``change_high`` bound ``change`` by the Monte Carlo error of the share at 95 %, the
    nearer first, as ``pushes_low`` and ``pushes_high`` do ``pushes`` and ``level_low`` and ``level_high`` do ``level``
    (None: beyond the edge). ``gain`` is what the change
    brings in the target year or, where there is none, the edge.
    """

    driver: str
    change: float | None
    unit: str
    pushes: float | None
    level_now: float | None
    level: float | None
    edge_level: float | None
    edge_pushes: float
    inside: bool
    best: float
    at_edge: float
    unbounded: float
    grade: str
    prior_share: float
    gain: Spread
    change_low: float | None
    change_high: float | None
    pushes_low: float | None
    pushes_high: float | None
    level_low: float | None
    level_high: float | None
    n_draws: int


def needed_changes(inputs: Inputs, *, value: float, year: int, probability: float, seed: int) -> tuple[Need, ...]:
    """Return, for each driver and for all together, the smallest lasting change that reaches a target.

    The drivers themselves are pushed in the simulator from the first forecast year on: a stock builds up, lags run
    their course, and beyond what is known of an effect its spread grows. Delivery, money and additionality play no
    part.

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
    if year <= inputs.baseline.origin:
        advice = f"Choose a year after {inputs.baseline.origin}"
        raise OptionError(f"the target year {year} lies before the forecast", advice=advice)
    start = inputs.baseline.origin + 1
    model = Simulator.of(inputs, start=start, end=year, seed=seed, grades=(), drivers=DRIVERS)
    found = [_alone(model, v, value, probability) for v in range(len(model.drivers))]
    return (*found, _together(model, found, value, probability)) if found else ()


def smallest_change(chance: Chance, probability: float, grid: Floats, shares: Floats) -> float | None:
    """Return the smallest change that suffices: the first on a grid that does, and then the place before it.

    Parameters
    ----------
    chance : the share of draws (changes,) that changes (changes,) carry to the target.
    probability : share that is asked for.
    grid, shares : rising changes, and the chance of each.

    >>> grid = np.linspace(0.0, 5.0, 11)
    >>> round(smallest_change(lambda c: c / 5.0, 0.33, grid, grid / 5.0), 4)
    1.65
    """
    hits = np.flatnonzero(shares >= probability)
    if not len(hits):
        return None
    low, high = grid[max(hits[0] - 1, 0)], grid[hits[0]]
    for _ in range(_ROUNDS if low < high else 0):
        ends = np.linspace(low, high, _PARTS + 1)
        first = int(np.argmax([*(chance(ends[1:-1]) >= probability), True]))
        low, high = ends[first], ends[first + 1]
    return float(high)


def needs_rows(needs: tuple[Need, ...]) -> list[dict[str, object]]:
    """Return the needs as rows for a table or JSON; shares with their Monte Carlo errors."""
    return [
        {
            **vars(need),
            "gain": need.gain.to_dict(),
            **{f"{key}_mc_error": share_error(getattr(need, key), need.n_draws) for key in _SHARES},
        }
        for need in needs
    ]


@dataclass(frozen=True)
class _Found:
    """The smallest change up to an edge with its bounds, the largest share and the one at the edge, and the gain."""

    change: float | None
    low: float | None
    high: float | None
    best: float
    at_edge: float
    gain: Spread


def _search(model: Simulator, pushes: Chance, edge: float, value: float, probability: float) -> _Found:
    """Search the changes that some pushes of the drivers (changes, drivers) make, up to an edge."""
    year, before = model.years[-1], model.baseline[:, -1]

    def chance(changes: Floats) -> Floats:
        return np.asarray((model.pushed(pushes(changes), year) >= value).mean(axis=1))

    grid = np.linspace(0.0, edge, _GRID)
    shares = chance(grid)
    error = Z95 * share_error(probability, model.n_draws)
    change, low, high = (
        smallest_change(chance, asked, grid, shares)
        for asked in (probability, max(probability - error, 0.0), min(probability + error, 1.0))
    )
    after = model.pushed(pushes(np.array([edge if change is None else change])), year)[0]
    return _Found(change, low, high, float(shares.max()), float(shares[-1]), Spread.of(after - before))


def _helps(model: Simulator, pushes: Floats) -> float:
    """Return the share of draws in which slight pushes (drivers,) raise the outcome."""
    return float((model.pushed(pushes[None, :], model.years[-1])[0] > model.baseline[:, -1]).mean())


def _alone(model: Simulator, v: int, value: float, probability: float) -> Need:
    part, one = model.model.drivers[v], np.eye(len(model.drivers))[v]
    push = part.push

    def pushes(changes: Floats) -> Floats:
        return np.outer([part.pushes(change) for change in changes], one)

    found = _search(model, pushes, part.edge, value, probability)
    sizes = (found.change, found.low, found.high)
    change, low, high = (None if size is None else push.direction * size for size in sizes)
    level, level_low, level_high = (None if size is None else part.moved(size) for size in sizes)
    count, count_low, count_high = (None if size is None else part.pushes(size) for size in sizes)
    return Need(
        driver=part.driver,
        change=change,
        unit=part.unit,
        pushes=count,
        level_now=part.newest,
        level=level,
        edge_level=part.moved(part.edge),
        edge_pushes=part.pushes(part.edge),
        inside=found.change is not None,
        best=found.best,
        at_edge=found.at_edge,
        unbounded=_helps(model, part.pushes(_SLIGHT) * one),
        grade=part.elasticity.grade,
        prior_share=part.elasticity.prior_share,
        gain=found.gain,
        change_low=low,
        change_high=high,
        pushes_low=count_low,
        pushes_high=count_high,
        level_low=level_low,
        level_high=level_high,
        n_draws=model.n_draws,
    )


def _together(model: Simulator, alone: list[Need], value: float, probability: float) -> Need:
    edge, parts = min(need.edge_pushes for need in alone), model.model.drivers
    found = _search(model, lambda pushes: np.outer(pushes, np.ones(len(parts))), edge, value, probability)
    slight = np.array([part.pushes(_SLIGHT) for part in parts])
    endless = np.array([part.push.unit == "log points" for part in parts])
    return Need(
        driver=ALL,
        change=found.change,
        unit="historical pushes",
        pushes=found.change,
        level_now=None,
        level=None,
        edge_level=None,
        edge_pushes=edge,
        inside=found.change is not None,
        best=found.best,
        at_edge=found.at_edge,
        unbounded=_helps(model, slight * (endless | ~endless.any())),
        grade=max(need.grade for need in alone),
        prior_share=max(need.prior_share for need in alone),
        gain=found.gain,
        change_low=found.low,
        change_high=found.high,
        pushes_low=found.low,
        pushes_high=found.high,
        level_low=None,
        level_high=None,
        n_draws=model.n_draws,
    )
