"""Backcasting: how far must a driver move for a target to be reached with a probability, within what was ever seen?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from regional_econ._base.errors import OptionError
from regional_econ.core.elasticity import Elasticity
from regional_econ.policy.answers.figures import Spread, share_error
from regional_econ.policy.model.drivers import DRIVERS, Base, Push, base_level, driver_path, historical_push
from regional_econ.policy.model.levers import elasticity_of
from regional_econ.policy.model.response import effect, shift_percent
from regional_econ.policy.scenarios.run import Inputs, baseline_draws, kernel_of, logit_draws

Floats = NDArray[np.float64]
Shift = Callable[[float], Floats]
ALL = "all"
_GRID = 401
_HALVINGS = 50
_Z = 1.96
_SHARES = ("best", "at_edge", "unbounded")


@dataclass(frozen=True)
class Need:
    """What one driver, or all together, would have to do.

    The search ends at the *edge*: the largest five-year change, or the outermost level, that any region has seen,
    whichever comes first; for ``all`` the edge of the driver that meets its own first. ``change`` is in the
    elasticity's scale (for ``all`` in historical pushes), ``level`` the driver's level after it; both are None where
    the edge does not suffice. ``best`` is the largest probability up to the edge, ``at_edge`` the one at the edge, and
    ``unbounded`` the share of draws that ever larger changes would carry over the target: below the probability,
    extrapolation would not help either; of all together the levels that can rise without end decide. ``change_low`` and
    ``change_high`` bound ``change`` by the Monte Carlo error of the share at 95 % (None: beyond the edge). ``gain`` is
    what the change brings in the target year or, where there is none, the edge.
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
    n_draws: int


def needed_changes(inputs: Inputs, *, value: float, year: int, probability: float, seed: int) -> tuple[Need, ...]:
    """Return, for each driver and for all together, the smallest lasting change that reaches a target.

    The change starts in the first forecast year and lasts; a stock builds up from then on, lags run their course.
    Delivery, money and additionality play no part.

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
    baseline_draws(inputs, (year,), where="target")
    years = tuple(range(inputs.baseline.origin + 1, year + 1))
    base = baseline_draws(inputs, years, where="target")
    draws = min(len(base), len(inputs.elasticities.draws))
    gap = logit(value / 100.0) - logit(np.clip(base[:draws, -1] / 100.0, 1e-12, 1.0 - 1e-12))
    found = []
    for driver in DRIVERS:
        elasticity = elasticity_of(inputs.elasticities, driver, inputs.outcome)
        if elasticity is not None:
            found.append(_reach(driver, elasticity, inputs, base[:draws], years, seed))
    last = base[:draws, -1]
    return (*(_need(one, gap, last, probability) for one in found), _together(found, gap, last, probability))


def smallest_change(shift: Shift, gap: Floats, probability: float, edge: float) -> tuple[float | None, float]:
    """Return the smallest change up to the edge that carries enough draws over the gap, and the best share seen.

    A grid of 401 changes finds the first that suffices, bisection the place before it where the share is met.

    Parameters
    ----------
    shift : the outcome's shift (draws,) that a change c ≥ 0 brings.
    gap : what each draw lacks (draws,).
    probability : share of draws with shift ≥ gap that is asked for.
    edge : the largest change looked at.

    >>> gap, slope = np.array([1.0, 1.0, 1.0]), np.array([1.0, 0.5, -1.0])
    >>> round(smallest_change(lambda c: c * slope, gap, 0.6, 5.0)[0], 6)
    2.0
    """
    grid = np.linspace(0.0, edge, _GRID)
    shares = np.array([(shift(float(c)) >= gap).mean() for c in grid])
    hits = np.flatnonzero(shares >= probability)
    if not len(hits):
        return None, float(shares.max())
    low, high = float(grid[max(hits[0] - 1, 0)]), float(grid[hits[0]])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if (shift(middle) >= gap).mean() >= probability else (middle, high)
    return high, float(shares.max())


def edge_in_pushes(elasticity: Elasticity, base: Base, push: Push) -> float:
    """Return how far a driver can go before it leaves what regions have seen, in historical pushes.

    The largest five-year change or the outermost level, whichever comes first.
    """
    return pushes_of(_edge(elasticity, base, push), push)


def pushes_of(change: float, push: Push) -> float:
    """Return how many pushes make a change c ≥ 0 in the improving direction.

    P pushes move a positive driver from x to x(1 + fP), f the relative rise of one, so that logs do not grow in
    proportion; points do.

    >>> doubling = Push("rd_grp_pct", float(np.log(2.0)), "log points", 1, 2000, 2005, 1, 1)
    >>> round(pushes_of(float(np.log(4.0)), doubling), 6)
    3.0
    """
    if push.unit == "log points":
        return float(np.expm1(change) / np.expm1(abs(push.size)))
    return change / abs(push.size)


def change_of(pushes: float, push: Push) -> float:
    """Return the change c ≥ 0 that some pushes make, the inverse of :func:`pushes_of`."""
    if push.unit == "log points":
        return float(np.log1p(pushes * np.expm1(abs(push.size))))
    return pushes * abs(push.size)


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
class _Reach:
    """One driver: what a lasting change c ≥ 0 in the improving direction shifts by the target year.

    ``slope`` is ε times the share of the effect that has arrived (draws,); ``built`` is the share of the driver's
    stock that the years of the change have laid down (draws,), None for a driver without a stock.
    """

    elasticity: Elasticity
    push: Push
    base: Base
    slope: Floats
    built: Floats | None
    edge: float

    @property
    def direction(self) -> float:
        return float(np.sign(self.push.size))

    def shift(self, change: float) -> Floats:
        moved = self.direction * change
        if self.built is None:
            return self.slope * moved
        with np.errstate(divide="ignore"):
            return np.asarray(self.slope * np.logaddexp(np.log1p(-self.built), moved + np.log(self.built)))


def _reach(
    driver: str, elasticity: Elasticity, inputs: Inputs, base: Floats, years: tuple[int, ...], seed: int
) -> _Reach:
    push = historical_push(inputs.panel, driver)
    level = base_level(inputs.panel, driver, inputs.region, first_year=years[0])
    flat = np.ones((len(base), len(years)))
    shift = effect(
        logit_draws(elasticity, inputs.elasticities, base[:, 0])[: len(base)],
        flat,
        np.zeros_like(flat),
        kernel=kernel_of(elasticity, inputs.elasticities, len(base)),
        persistence=inputs.priors["persistence"].draw(len(base), seed),
    )
    built = None
    if elasticity.lag.kernel == "pim":
        rates = {name: prior.draw(len(base), seed) for name, prior in inputs.priors.items()}
        path = driver_path(driver, level, push, flat, rates, stock=True)
        built = np.clip((path.level / path.baseline - 1.0)[:, -1] / np.expm1(push.size), 0.0, 1.0)
    edge = _edge(elasticity, level, push)
    return _Reach(elasticity, push, level, np.asarray(shift[:, -1], dtype=np.float64), built, edge)


def _edge(elasticity: Elasticity, base: Base, push: Push) -> float:
    domain, direction = elasticity.domain, float(np.sign(push.size))
    limit = domain.x_max if direction > 0 else domain.x_min
    logs = push.unit == "log points"
    room = np.log(max(limit, 1e-12) / base.level) if logs else limit - base.level
    return float(max(min(domain.max_abs_change, direction * room), 0.0))


def _need(one: _Reach, gap: Floats, base: Floats, probability: float) -> Need:
    size, best = smallest_change(one.shift, gap, probability, one.edge)
    logs = one.push.unit == "log points"
    signed = [
        None if c is None else one.direction * c for c in (size, *_between(one.shift, gap, probability, one.edge))
    ]
    return Need(
        driver=one.push.driver,
        change=signed[0],
        unit=one.push.unit,
        pushes=None if size is None else pushes_of(size, one.push),
        level_now=one.base.level,
        level=None if size is None else _moved(one.base.level, one.direction * size, logs),
        edge_level=_moved(one.base.level, one.direction * one.edge, logs),
        edge_pushes=pushes_of(one.edge, one.push),
        inside=size is not None,
        best=best,
        at_edge=float((one.shift(one.edge) >= gap).mean()),
        unbounded=float((one.direction * one.slope > 0.0).mean()),
        grade=one.elasticity.grade,
        prior_share=one.elasticity.prior_share,
        gain=_gain(one.shift, base, one.edge if size is None else size),
        change_low=signed[1],
        change_high=signed[2],
        n_draws=len(gap),
    )


def _between(shift: Shift, gap: Floats, probability: float, edge: float) -> tuple[float | None, float | None]:
    """Return the changes that suffice for the probability less and plus 1.96 of its Monte Carlo error."""
    error = _Z * float(np.sqrt(probability * (1.0 - probability) / len(gap)))
    asked = (max(probability - error, 0.0), min(probability + error, 1.0))
    low, high = (smallest_change(shift, gap, one, edge)[0] for one in asked)
    return low, high


def _gain(shift: Shift, base: Floats, change: float) -> Spread:
    return Spread.of(shift_percent(base, shift(change)) - base)


def _together(found: list[_Reach], gap: Floats, base: Floats, probability: float) -> Need:
    def shift(pushes: float) -> Floats:
        return sum((one.shift(change_of(pushes, one.push)) for one in found), np.zeros_like(gap))

    edge = min(pushes_of(one.edge, one.push) for one in found)
    size, best = smallest_change(shift, gap, probability, edge)
    endless = [one for one in found if one.push.unit == "log points"] or found
    total = sum((one.slope * one.direction for one in endless), np.zeros_like(gap))
    at_edge, unbounded = float((shift(edge) >= gap).mean()), float((total > 0.0).mean())
    low, high = _between(shift, gap, probability, edge)
    return Need(
        ALL, size, "historical pushes", size, None, None, None, edge, size is not None, best, at_edge, unbounded,
        max(one.elasticity.grade for one in found), max(one.elasticity.prior_share for one in found),
        _gain(shift, base, edge if size is None else size), low, high, len(gap),
    )  # fmt: skip


def _moved(level: float, change: float, logs: bool) -> float:
    return float(level * np.exp(change)) if logs else level + change
