"""Where does a programme reach its target? Scenario discovery: boxes of parameters in which it mostly does.

PRIM, the patient rule induction method: from all draws, peel off the slice of one parameter whose loss raises the
share of successes most, a little at a time; choose a box on the way; paste back what the peeling took too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import OptionError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
PEEL = 0.05
LEAST_MASS = 0.05
SIGNIFICANT = 0.05
_LOW, _HIGH = 0, 1


@dataclass(frozen=True)
class Box:
    """A box of parameters.

    ``limits`` (parameters, 2) are the lowest and highest values inside; an open side is infinite. ``density`` is the
    share of successes inside, ``coverage`` the share of all successes that are inside, ``mass`` the share of draws.
    ``chance`` holds, for each bounded parameter, the probability of at least so many successes had its bounds not
    mattered (a quasi-p-value: the box was chosen on the same draws).
    """

    names: tuple[str, ...]
    limits: Floats
    coverage: float
    density: float
    mass: float
    chance: Mapping[str, float]

    @property
    def bounded(self) -> tuple[str, ...]:
        """The parameters that the box restricts."""
        return tuple(self.chance)


def peel(inputs: Mapping[str, Floats], reached: Mask, *, alpha: float = PEEL, least: float = LEAST_MASS) -> list[Box]:
    """Return the boxes of the peeling, from all draws to the smallest.

    Each step cuts the share α of the draws inside off one end of one parameter (a whole value where values repeat):
    the cut with the largest rise of the density for each draw that it costs. It ends early where all inside succeed.

    Parameters
    ----------
    inputs : parameter → draws (draws,).
    reached : which draws are successes (draws,).
    alpha : share of the draws inside that a step may cost.
    least : share of all draws below which no box falls.

    Raises
    ------
    OptionError : no success, or nothing but successes.

    Source: Friedman and Fisher 1999, Statistics and Computing 9(2), sections 8 and 14.2; Bryant and Lempert 2010,
    Technological Forecasting and Social Change 77(1), for coverage, density and quasi-p-values.
    """
    if not 0 < reached.sum() < len(reached):
        raise OptionError(
            f"{int(reached.sum())} of {len(reached)} draws are successes: no box can tell them apart",
            advice="Choose another target",
        )
    names, x = tuple(inputs), np.column_stack(list(inputs.values()))
    limits = np.tile([-np.inf, np.inf], (len(names), 1))
    found = [_box(names, x, reached, limits)]
    while found[-1].density < 1.0:
        inside = within(x, limits)
        best = _best_cut(x, reached, limits, inside, alpha, least * len(x))
        if best is None:
            break
        limits = best
        found.append(_box(names, x, reached, limits))
    return found


def paste(box: Box, inputs: Mapping[str, Floats], reached: Mask, *, alpha: float = PEEL) -> Box:
    """Return a box widened as long as that raises its density: α of the draws inside at a time, on one bounded side."""
    names, x = tuple(inputs), np.column_stack(list(inputs.values()))
    limits, density = box.limits, box.density
    while True:
        step = max(1, int(alpha * within(x, limits).sum()))
        wider = [
            one
            for i in range(len(names))
            for side in (_LOW, _HIGH)
            if (one := _widened(x, limits, i, side, step)) is not None
        ]
        scores = [float(reached[within(x, one)].mean()) for one in wider]
        if not scores or max(scores) <= density:
            return _box(names, x, reached, limits)
        density = max(scores)
        limits = wider[scores.index(density)]


def discover(inputs: Mapping[str, Floats], reached: Mask, *, density: float) -> tuple[Box, list[Box]]:
    """Return the widest box whose density is at least the one asked for, and the whole peeling.

    Every second draw is searched and the others judge: a box is chosen by its density among draws that the search has
    not seen, and the figures of the answer are theirs. Bounds that the judges do not bear out, with a quasi-p-value
    above 0.05, are taken away. Where no box is so dense, the densest is taken; the answer's own density says so.

    Parameters
    ----------
    inputs, reached : as in :func:`peel`.
    density : share of successes that is asked of the box.

    Raises
    ------
    OptionError : no success, or nothing but successes.
    """
    names, x = tuple(inputs), np.column_stack(list(inputs.values()))
    seen = np.arange(len(x)) % 2 == 0
    path = peel({name: draws[seen] for name, draws in inputs.items()}, reached[seen])
    judged = [_box(names, x[~seen], reached[~seen], box.limits) for box in path]
    dense = [at for at, box in enumerate(judged) if box.density >= density]
    at = dense[0] if dense else int(np.argmax([box.density for box in judged]))
    wide = paste(path[at], {name: draws[seen] for name, draws in inputs.items()}, reached[seen])
    return _borne_out(_box(names, x[~seen], reached[~seen], wide.limits), x[~seen], reached[~seen]), judged


def _borne_out(box: Box, x: Floats, reached: Mask) -> Box:
    """Take away the least significant bound until all are significant."""
    while box.chance and max(box.chance.values()) > SIGNIFICANT:
        worst = max(box.chance, key=lambda name: box.chance[name])
        limits = np.array(box.limits)
        limits[box.names.index(worst)] = (-np.inf, np.inf)
        box = _box(box.names, x, reached, limits)
    return box


def within(x: Floats, limits: Floats) -> Mask:
    """Return which draws (draws, parameters) lie within limits (parameters, 2)."""
    return np.asarray(((x >= limits[:, _LOW]) & (x <= limits[:, _HIGH])).all(axis=1), dtype=np.bool_)


def _best_cut(x: Floats, reached: Mask, limits: Floats, inside: Mask, alpha: float, least: float) -> Floats | None:
    now, best, chosen = float(reached[inside].mean()), -np.inf, None
    for i in range(x.shape[1]):
        for side in (_LOW, _HIGH):
            bound = _cut(np.sort(x[inside, i]), side, alpha)
            if bound is None:
                continue
            kept = inside & ((x[:, i] >= bound) if side == _LOW else (x[:, i] <= bound))
            if kept.sum() < least:
                continue
            gain = (float(reached[kept].mean()) - now) / float(inside.sum() - kept.sum())
            if gain > best:
                best, chosen = gain, _bounded(limits, i, side, bound)
    return chosen


def _cut(values: Floats, side: int, alpha: float) -> float | None:
    """Return the new bound that leaves out the share α of sorted values at one end, or the first whole value."""
    count = max(1, int(alpha * len(values)))
    ordered = values if side == _LOW else values[::-1]
    if len(values) <= count or ordered[0] == ordered[-1]:
        return None
    bound = ordered[count]
    return float(bound if bound != ordered[0] else ordered[np.argmax(ordered != ordered[0])])


def _widened(x: Floats, limits: Floats, i: int, side: int, step: int) -> Floats | None:
    if np.isinf(limits[i, side]):
        return None
    others = np.array(limits)
    others[i] = (-np.inf, np.inf)
    values = x[within(x, others), i]
    beyond = np.sort(values[values < limits[i, _LOW]])[::-1] if side == _LOW else np.sort(values[values > limits[i, 1]])
    if not len(beyond):
        return None
    bound = float(beyond[min(step, len(beyond)) - 1])
    return _bounded(limits, i, side, bound)


def _bounded(limits: Floats, i: int, side: int, bound: float) -> Floats:
    found = np.array(limits)
    found[i, side] = bound
    return found


def _box(names: Sequence[str], x: Floats, reached: Mask, limits: Floats) -> Box:
    inside = within(x, limits)
    hits, count = int(reached[inside].sum()), max(int(inside.sum()), 1)
    chance = {}
    for i, name in enumerate(names):
        if np.isfinite(limits[i]).any():
            others = np.array(limits)
            others[i] = (-np.inf, np.inf)
            chance[name] = float(stats.binom.sf(hits - 1, count, reached[within(x, others)].mean()))
    return Box(tuple(names), limits, hits / int(reached.sum()), hits / count, count / len(x), chance)
