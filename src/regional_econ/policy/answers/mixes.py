"""Which mix of levers does best within bounds? All of a small grid of sizes; of a large one, by climbing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]
_EXACT = 2000
_STRIDES = (1, 2, 4, 8)
_SLACK = 1e-9


@dataclass(frozen=True)
class Bounds:
    """What a mix may be: sizes in steps from zero to the limits (levers,); sums of some levers below caps.

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

    Up to two thousand mixes of the grid are all tried. Beyond that the search climbs from nothing, from ``start`` and
    from the best single lever: first it adds steps, then it exchanges a step of one lever for one of another.

    Raises
    ------
    OptionError : a negative allowance.
    """
    if allowance < 0.0:
        raise OptionError(f"the allowance is {allowance:g}", advice="Give zero or more")
    count = len(bounds.limits)
    points = [int(np.floor(limit / bounds.step + _SLACK)) + 1 for limit in bounds.limits]
    if np.prod(np.asarray(points, dtype=np.float64)) <= _EXACT:
        grid = np.array(list(product(*(np.arange(n) * bounds.step for n in points))))
        return _best(score, bounds, grid[bounds.allowed(grid, allowance)])
    starts = [np.zeros(count), *([] if start is None else [start])]
    single = np.diag([_reach(bounds, i, allowance) for i in range(count)])
    starts.append(_best(score, bounds, single).sizes)
    return max((_climb(score, bounds, allowance, one) for one in starts), key=lambda mix: mix.score)


def frontier(score: Scored, bounds: Bounds, allowances: Sequence[float]) -> tuple[Mix, ...]:
    """Return the best mix within each allowance, in rising order; a larger one never does worse."""
    found: list[Mix] = []
    for allowance in sorted(allowances):
        mix = best_mix(score, bounds, allowance, start=found[-1].sizes if found else None)
        found.append(max((*found[-1:], mix), key=lambda one: one.score))
    return tuple(found)


def _best(score: Scored, bounds: Bounds, mixes: Floats) -> Mix:
    """Return the best of some mixes; among equals the one that takes least."""
    scores, taken = score(mixes), mixes @ bounds.weights
    at = int(np.lexsort((taken, -scores))[0])
    return Mix(mixes[at], float(taken[at]), float(scores[at]))


def _reach(bounds: Bounds, i: int, allowance: float) -> float:
    caps = [cap for members, cap in bounds.caps if i in members]
    paid = allowance / bounds.weights[i] if bounds.weights[i] > 0.0 else np.inf
    return float(np.floor(min(bounds.limits[i], paid, *caps, np.inf) / bounds.step + _SLACK) * bounds.step)


def _climb(score: Scored, bounds: Bounds, allowance: float, start: Floats) -> Mix:
    now = _best(score, bounds, start[None, :])
    while True:
        moved = _better(score, bounds, allowance, now, _more(now.sizes, bounds))
        moved = moved or _better(score, bounds, allowance, now, _exchanged(now.sizes, bounds))
        if moved is None:
            return now
        now = moved


def _better(score: Scored, bounds: Bounds, allowance: float, now: Mix, mixes: Floats) -> Mix | None:
    mixes = mixes[bounds.allowed(mixes, allowance)]
    if not len(mixes):
        return None
    best = _best(score, bounds, mixes)
    return best if best.score > now.score else None


def _more(sizes: Floats, bounds: Bounds) -> Floats:
    """Return the mixes with one, two, four and eight steps more of one lever."""
    steps = bounds.step * np.eye(len(sizes))
    return np.concatenate([sizes + stride * steps for stride in _STRIDES])


def _exchanged(sizes: Floats, bounds: Bounds) -> Floats:
    """Return the mixes with one step less of one lever, and with that step given to another."""
    steps = bounds.step * np.eye(len(sizes))
    held = np.flatnonzero(sizes >= bounds.step - _SLACK)
    less = [sizes - steps[i] for i in held]
    given = [sizes - steps[i] + steps[j] for i in held for j in range(len(sizes)) if i != j]
    return np.array([*less, *given]).reshape(-1, len(sizes))
