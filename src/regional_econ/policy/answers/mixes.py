"""Which mix of levers does best within bounds, and which is the smallest that suffices?

All of a small grid of sizes is tried; a large one is climbed. Sizes go in steps and end at the bounds themselves: a
step that would leave them is cut short, so that limits, caps and allowances off the grid are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]
_EXACT = 2000
_STARTS, _PAIRS = 8, 2
_STRIDES = (1, 2, 4, 8)
_HALVINGS = 16
_SLACK = 1e-9


@dataclass(frozen=True)
class Bounds:
    """What a mix may be: sizes from zero to the limits (levers,), in steps; sums of some levers up to caps.

    ``weights`` (levers,) say what a unit of size takes of the allowance: one, or its cost. ``caps`` are (members,
    cap) pairs, such as the levers of one driver and the edge of what was ever seen of it.
    """

    limits: Floats
    weights: Floats
    step: float
    caps: tuple[tuple[tuple[int, ...], float], ...] = ()

    def __post_init__(self) -> None:
        if self.step <= 0.0 or self.weights.min(initial=0.0) < 0.0:
            raise OptionError("a step must be positive and no weight negative", advice="Check limits and costs")

    def allowed(self, mixes: Floats, allowance: float) -> NDArray[np.bool_]:
        """Return which mixes (mixes, levers) keep the bounds and take no more than the allowance."""
        kept = (mixes >= -_SLACK).all(axis=1) & (mixes <= self.limits + _SLACK).all(axis=1)
        kept &= mixes @ self.weights <= allowance * (1.0 + _SLACK) + _SLACK
        for members, cap in self.caps:
            kept &= mixes[:, list(members)].sum(axis=1) <= cap + _SLACK
        return np.asarray(kept, dtype=np.bool_)

    def fitted(self, mixes: Floats, levers: NDArray[np.int_], allowance: float) -> Floats:
        """Return mixes (mixes, levers) in which one lever each (mixes,) is lowered to what the others leave it.

        A mix that the others break by themselves comes back with a size below zero, which :meth:`allowed` refuses.
        """
        rows, fitted = np.arange(len(mixes)), mixes.copy()
        size, weight = mixes[rows, levers], self.weights[levers]
        left = allowance - (mixes @ self.weights - size * weight)
        room = np.minimum(
            self.limits[levers], np.divide(left, weight, out=np.full(len(mixes), np.inf), where=weight > 0.0)
        )
        for members, cap in self.caps:
            others = mixes[:, list(members)].sum(axis=1) - size
            room = np.where(np.isin(levers, members), np.minimum(room, cap - others), room)
        fitted[rows, levers] = np.minimum(size, room)
        return fitted

    def grid(self, allowance: float) -> Floats | None:
        """Return all mixes (mixes, levers) in steps, and those whose last step is cut short; None where there are more
        than two thousand before any is cut."""
        points = [np.append(np.arange(0.0, limit - _SLACK, self.step), limit) for limit in self.limits]
        if np.prod(np.asarray([len(own) for own in points], dtype=np.float64)) > _EXACT:
            return None
        mixes = np.array(list(product(*points)))
        for j in range(len(points)):
            beyond = mixes[~self.allowed(mixes, allowance)]
            cut = self.fitted(beyond, np.full(len(beyond), j), allowance)
            mixes = np.unique(np.concatenate([mixes, cut[cut[:, j] >= 0.0]]).round(12), axis=0)
        return mixes[self.allowed(mixes, allowance)]

    @property
    def largest(self) -> float:
        """What the largest mix takes that keeps limits and caps; no allowance above it gives more."""
        free = set(range(len(self.limits))).difference(*(members for members, _ in self.caps))
        total = sum(float(self.limits[i] * self.weights[i]) for i in free)
        for members, cap in self.caps:
            left = cap
            for i in sorted(members, key=lambda i: -self.weights[i]):
                used = min(left, float(self.limits[i]))
                total, left = total + used * float(self.weights[i]), left - used
        return total


@dataclass(frozen=True)
class Mix:
    """Sizes (levers,), what they take of the allowance, and their score."""

    sizes: Floats
    taken: float
    score: float


class Scored:
    """Scores of mixes, each asked once."""

    def __init__(self, score: Score) -> None:
        self._score = score
        self._known: dict[tuple[float, ...], float] = {}

    def __call__(self, mixes: Floats) -> Floats:
        """Return the scores of mixes (mixes, levers)."""
        keys = [tuple(np.round(mix, 9).tolist()) for mix in mixes]
        new = list(dict.fromkeys(key for key in keys if key not in self._known))
        if new:
            self._known |= dict(zip(new, self._score(np.array(new)).tolist(), strict=True))
        return np.array([self._known[key] for key in keys])


def best_mix(score: Scored, bounds: Bounds, allowance: float, *, start: Floats | None = None) -> Mix:
    """Return the mix with the best score within an allowance.

    Up to two thousand mixes of the grid are all tried. Beyond that the search climbs from nothing, from ``start`` in
    proportion and from the best mixes of a coarser grid or, of very many levers, the best pairs: first it adds steps,
    then it exchanges a step of one lever for one of another.

    Raises
    ------
    OptionError : a negative allowance.
    """
    if allowance < 0.0:
        raise OptionError(f"the allowance is {allowance:g}", advice="Give zero or more")
    grid = bounds.grid(allowance)
    if grid is not None:
        return _best(score, bounds, grid)
    starts = [np.zeros(len(bounds.limits)), *_starts(score, bounds, allowance)]
    if start is not None:
        taken = float(start @ bounds.weights)
        starts.append(start * min(1.0, allowance / taken) if taken > 0.0 else start)
    return max((_climb(score, bounds, allowance, one) for one in starts), key=lambda mix: mix.score)


def frontier(score: Scored, bounds: Bounds, allowances: Sequence[float]) -> tuple[Mix, ...]:
    """Return the best mix within each allowance, in rising order; a larger one never does worse."""
    found: list[Mix] = []
    for allowance in sorted(allowances):
        mix = best_mix(score, bounds, allowance, start=found[-1].sizes if found else None)
        found.append(max((*found[-1:], mix), key=lambda one: one.score))
    return tuple(found)


def smallest_mix(
    score: Scored, bounds: Bounds, found: Sequence[Mix], allowances: Sequence[float], enough: float
) -> Mix | None:
    """Return the smallest mix found whose score is enough, None where no mix of a frontier is.

    Between the last allowance that does not suffice and the first that does, the allowance is halved, and each time the
    best mix within it is searched anew.

    Parameters
    ----------
    found, allowances : the frontier, in rising order.
    """
    first = next((place for place, mix in enumerate(found) if mix.score >= enough), None)
    if first is None:
        return None
    smallest, low = found[first], allowances[first - 1] if first else 0.0
    for _ in range(_HALVINGS if smallest.taken > low else 0):
        middle = (low + smallest.taken) / 2.0
        mix = best_mix(score, bounds, middle, start=smallest.sizes)
        low, smallest = (low, mix) if mix.score >= enough else (middle, smallest)
    return smallest


def _best(score: Scored, bounds: Bounds, mixes: Floats) -> Mix:
    """Return the best of some mixes; among equals the one that takes least."""
    scores, taken = score(mixes), mixes @ bounds.weights
    at = int(np.lexsort((taken, -scores))[0])
    return Mix(mixes[at], float(taken[at]), float(scores[at]))


def _starts(score: Scored, bounds: Bounds, allowance: float) -> Floats:
    """Return mixes from which to climb, each the best of many: several of the grid with its step doubled until it is
    small; where even both ends of every lever are too many, two of pairs of levers, one filled up and then the other.
    """
    coarse = replace(bounds, step=2.0 * bounds.step)
    while coarse.step <= float(bounds.limits.max(initial=0.0)):
        mixes = coarse.grid(allowance)
        if mixes is not None:
            return _ahead(score, bounds, mixes, _STARTS)
        coarse = replace(coarse, step=2.0 * coarse.step)
    count = len(bounds.limits)
    first, second = np.repeat(np.arange(count), count), np.tile(np.arange(count), count)
    mixes = bounds.fitted(np.diag(bounds.limits)[first], first, allowance)
    mixes[np.arange(len(mixes)), second] = bounds.limits[second]
    mixes = bounds.fitted(mixes, second, allowance)
    return _ahead(score, bounds, np.unique(mixes[bounds.allowed(mixes, allowance)].round(12), axis=0), _PAIRS)


def _ahead(score: Scored, bounds: Bounds, mixes: Floats, count: int) -> Floats:
    """Return the mixes with the best scores, among equals those that take least."""
    return mixes[np.lexsort((mixes @ bounds.weights, -score(mixes)))[:count]]


def _climb(score: Scored, bounds: Bounds, allowance: float, start: Floats) -> Mix:
    now = _best(score, bounds, start[None, :])
    while True:
        moved = _better(score, bounds, allowance, now, _more(now.sizes, bounds, allowance))
        moved = moved or _better(score, bounds, allowance, now, _exchanged(now.sizes, bounds, allowance))
        if moved is None:
            return now
        now = moved


def _better(score: Scored, bounds: Bounds, allowance: float, now: Mix, mixes: Floats) -> Mix | None:
    mixes = mixes[bounds.allowed(mixes, allowance)]
    if not len(mixes):
        return None
    best = _best(score, bounds, mixes)
    return best if best.score > now.score else None


def _more(sizes: Floats, bounds: Bounds, allowance: float) -> Floats:
    """Return the mixes with one, two, four and eight steps more of one lever, or as much as the bounds leave."""
    steps = np.concatenate([stride * bounds.step * np.eye(len(sizes)) for stride in _STRIDES])
    return bounds.fitted(sizes + steps, np.tile(np.arange(len(sizes)), len(_STRIDES)), allowance)


def _exchanged(sizes: Floats, bounds: Bounds, allowance: float) -> Floats:
    """Return the mixes with one step less of one lever, and with one more, or what the bounds leave, of another."""
    count, step = len(sizes), bounds.step * np.eye(len(sizes))
    less = [np.maximum(sizes - step[i], 0.0) for i in np.flatnonzero(sizes > _SLACK)]
    given = np.array([fewer + step[j] for fewer in less for j in range(count)]).reshape(-1, count)
    fitted = bounds.fitted(given, np.tile(np.arange(count), len(less)), allowance)
    return np.concatenate([np.array(less).reshape(-1, count), fitted])
