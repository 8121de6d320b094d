"""What do placebo price paths say of a regression: p-values, the effects they do not reject, and what they would find.

The price path is what is random. Under an effect b the outcome less b times exposure × price owes nothing to the path,
so the test of that remainder tests b. Its |t| under a placebo path is a ratio of polynomials in b, which meets the
price's own |t| at the roots of a quartic: the set of effects that are not rejected is found whole, gaps and all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from regional_econ._base.options import check_option
from regional_econ.causal.price_paths import ExposureDesign, PricePaths
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.weak_instruments import ConfidenceSet

Statistic = Literal["t", "fit"]
POWER = 0.80
LEVEL = 0.95
_TIE = 1e-9  # a permutation can return the path itself: equality up to rounding counts as at least as large
_VANISHING = 1e-14


@dataclass(frozen=True)
class PathSet:
    """Some price paths in a regression.

    ``paths`` (R, T); ``squares`` (R, G) their squares by region and ``total`` (R,) over all, effects taken out.
    """

    paths: FloatArray
    squares: FloatArray
    total: FloatArray

    @classmethod
    def of(cls, design: ExposureDesign, paths: FloatArray) -> PathSet:
        """Prepare (R, T) paths."""
        squares = ((paths @ design.gram) * paths).sum(axis=2).T
        return cls(paths, squares, squares.sum(axis=1))

    def parts(self, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return estimates (R,) and scores by region (R, G) of an outcome, (G, T) as in `ExposureDesign.right`."""
        moments = self.paths @ right.T
        estimates = moments.sum(axis=1) / self.total
        return estimates, moments - estimates[:, None] * self.squares

    def size(self, right: FloatArray, statistic: Statistic) -> FloatArray:
        """Return (R,) the statistic of an outcome.

        ``t``: absolute, errors clustered by region, less the small-sample factor that all paths share. ``fit``: the
        root of the sum of squares that a path explains.
        """
        estimates, scores = self.parts(right)
        if statistic == "fit":
            return np.asarray(np.abs(estimates) * np.sqrt(self.total))
        with np.errstate(divide="ignore"):
            # a path that is the outcome itself leaves no error
            return np.asarray(np.abs(estimates) * self.total / np.sqrt((scores**2).sum(axis=1)))


@dataclass(frozen=True)
class PathInference:
    """A regression, the price's own path, placebo paths of several processes, and paths that could have come.

    ``right`` (G, T) is the outcome as in `ExposureDesign.right`, ``possible`` (S, T).
    """

    design: ExposureDesign
    right: FloatArray
    own: PathSet
    placebos: tuple[PathSet, ...]
    possible: FloatArray

    @classmethod
    def of(
        cls, design: ExposureDesign, path: FloatArray, placebos: Sequence[FloatArray], possible: FloatArray
    ) -> PathInference:
        """Prepare the price's (T,) path, the (R, T) placebo paths of each process and the (S, T) possible ones."""
        sets = tuple(PathSet.of(design, one) for one in placebos)
        return cls(design, design.right, PathSet.of(design, path[None, :]), sets, possible)

    @cached_property
    def estimate(self) -> float:
        """The coefficient."""
        return float(self.own.parts(self.right)[0][0])

    @property
    def std_error(self) -> float:
        """Clustered by region (CR1)."""
        regions = self.design.n_regions
        return self._scale * float(np.sqrt(regions / (regions - 1)))

    @cached_property
    def p_values(self) -> tuple[float, ...]:
        """The p-value of a zero effect by |t|, one a process."""
        return self.tested("t")

    @property
    def p_value(self) -> float:
        """The largest p-value of the processes: it decides."""
        return max(self.p_values)

    def tested(self, statistic: Statistic) -> tuple[float, ...]:
        """Return the p-value of a zero effect, one a process.

        Parameters
        ----------
        statistic : ``t`` or ``fit``, see `PathSet.size`. A path that resembles the true one leaves few errors within
            regions, so its t is large too: where the effect is real ``fit`` finds it more often.

        Source: Borusyak, Hull (2023), Econometrica 91(6), section 3 (randomisation inference with a known shock
        process; here the process is estimated from one price, so the p-value is approximate). Held against a loop of
        regressions; its size is simulated in the tests.
        """
        check_option("statistic", statistic, Statistic)
        real = float(self.own.size(self.right, statistic)[0]) * (1 - _TIE)
        return tuple(
            float((1 + (one.size(self.right, statistic) >= real).sum()) / (1 + len(one.paths))) for one in self.placebos
        )

    def confidence_set(self, level: float = LEVEL) -> ConfidenceSet:
        """Return all effects that the placebo paths do not reject: those whose largest p-value exceeds 1 − level.

        Parameters
        ----------
        level : of the set.

        Returns
        -------
        closed pieces; one without end where so few paths are drawn, or so many are the price's own, that none rejects.

        Source: Borusyak, Hull (2023), Econometrica 91(6), confidence intervals by inversion. Held against p-values of
        the outcome less the effect, on a grid.
        """
        spans = [_covered(*self._as_large(one), _fewest(len(one.paths), level)) for one in self.placebos]
        low, high = np.array([piece for pieces in spans for piece in pieces]).reshape(-1, 2).T
        pieces = [(self._effect(a), self._effect(b)) for a, b in _covered(low, high, 1)]
        return ConfidenceSet(tuple(pieces), level)

    def power(self, effect: float, statistic: Statistic = "t", level: float = LEVEL) -> float:
        """Return the probability that the test finds an effect, had the price run along one of the possible paths.

        The estimate's trace is taken out of the outcome, what is left stays as it is, and the effect is laid on each
        possible path, once up and once down. It is found where every process rejects zero.

        Parameters
        ----------
        effect : of one log point of the price at an exposure of one.
        statistic : of the test.
        level : 1 − the size of the test.

        Source: Cohen (1988), Statistical Power Analysis, for the quantity. Held against a loop that plants the effect
        and tests it.
        """
        size = (1 - level) * (1 + _TIE)
        found = [
            max(replace(one, right=one.right + b * one.moved).tested(statistic)) <= size
            for one in self._possible()
            for b in (effect, -effect)
        ]
        return float(np.mean(found))

    def detectable(self, level: float = LEVEL) -> float:
        """Return the effect from which on every larger one is found with 80 % power; infinite if there is none.

        An effect b laid on a path is found where the path's own `confidence_set` without it does not hold −b.

        Parameters
        ----------
        level : 1 − the size of the test.
        """
        unseen = np.array([piece for one in self._possible() for piece in one.confidence_set(level).pieces])
        low, high = np.vstack([unseen, -unseen[:, ::-1]]).T
        too_many = int(2 * len(self.possible) * (1 - POWER) * (1 + _TIE)) + 1
        pieces = _covered(low, high, too_many)
        return pieces[-1][1] if pieces else 0.0

    @cached_property
    def moved(self) -> FloatArray:
        """(G, T) what exposure × price adds to the outcome."""
        return np.asarray(np.einsum("gst,t->gs", self.design.gram, self.own.paths[0]))

    @cached_property
    def _scale(self) -> float:
        """The clustered error less its small-sample factor."""
        return float(np.sqrt((self.own.parts(self.right)[1] ** 2).sum()) / self.own.total[0])

    def _effect(self, u: float) -> float:
        return self.estimate + u * self._scale

    def _possible(self) -> list[PathInference]:
        left = self.right - self.estimate * self.moved
        return [replace(self, right=left, own=PathSet.of(self.design, path[None, :])) for path in self.possible]

    def _as_large(self, one: PathSet) -> tuple[FloatArray, FloatArray]:
        """Starts and ends of the spans of u = (b − estimate) / error on which a placebo's |t| is at least the own, |u|.

        One or more spans a placebo, all in one list. |t| = |A + uB| / √Q(u), Q quadratic, so the ends are roots of
        (A + uB)² − u² Q(u).
        """
        (level, score), (slope, turn) = one.parts(self.right), one.parts(self.moved)
        near, far = score - self.estimate * turn, -self._scale * turn
        A, B = (level - self.estimate * slope) * one.total, -self._scale * slope * one.total
        Q = [(1 - _TIE) ** 2 * product.sum(axis=1) for product in (far * far, 2 * near * far, near * near)]
        A = np.where(np.abs(A) < _TIE * np.sqrt(Q[2]), 0.0, A)
        quartic = np.column_stack([-Q[0], -Q[1], B**2 - Q[2], 2 * A * B, A**2])
        ends = _roots(quartic / np.abs(quartic).max(axis=1, keepdims=True))
        first, last = ends[:, :1], ends[:, -1:]
        tried = np.hstack([first - 1 - np.abs(first), (ends[:, 1:] + ends[:, :-1]) / 2, last + 1 + np.abs(last)])
        larger = (A[:, None] + tried * B[:, None]) ** 2 >= tried**2 * (
            (Q[0][:, None] * tried + Q[1][:, None]) * tried + Q[2][:, None]
        )
        outside, endless = np.zeros((len(ends), 1), dtype=bool), np.full((len(ends), 1), np.inf)
        starts = larger & ~np.hstack([outside, larger[:, :-1]])
        stops = larger & ~np.hstack([larger[:, 1:], outside])
        return np.hstack([-endless, ends])[starts], np.hstack([ends, endless])[stops]


def path_inference(
    design: ExposureDesign, paths: PricePaths, price: str, years: tuple[int, int], lag: int
) -> PathInference:
    """Return the inference on exposure × price by the paths of the price's own process.

    Parameters
    ----------
    design : the regression; it may end before the years do.
    paths : prices with their placebo paths.
    price : whose.
    years : first and last year of the outcome.
    lag : years from price to outcome.
    """
    used, own = design.right.shape[1], paths.own(price, years, lag)
    placebos = [one[:, :used] for one in paths.placebos(price, len(own))]
    return PathInference.of(design, own[:used], placebos, paths.possible(price, len(own))[:, :used])


def _fewest(draws: int, level: float) -> int:
    """How many placebo statistics must be at least as large as the own for its p-value to exceed 1 − level."""
    return int((1 - level) * (1 + draws) * (1 + _TIE))


def _roots(quartic: FloatArray) -> FloatArray:
    """Real parts (R, 4), in order, of the roots of (R, 5) coefficients, the highest power first."""
    lead = np.where(np.abs(quartic[:, 0]) < _VANISHING, -_VANISHING, quartic[:, 0])
    companion = np.zeros((len(quartic), 4, 4))
    companion[:, 0] = -quartic[:, 1:] / lead[:, None]
    companion[:, [1, 2, 3], [0, 1, 2]] = 1.0
    return np.sort(np.linalg.eigvals(companion).real, axis=1)


def _covered(starts: FloatArray, ends: FloatArray, fewest: int) -> list[tuple[float, float]]:
    """Where at least so many closed spans lie over each other, from left to right.

    >>> _covered(np.array([0.0, 1.0, 5.0]), np.array([2.0, 3.0, 6.0]), 2)
    [(1.0, 2.0)]
    """
    if fewest < 1:
        return [(-np.inf, np.inf)]
    places, steps = np.concatenate([starts, ends]), np.repeat([1, -1], [len(starts), len(ends)])
    order = np.lexsort((-steps, places))
    inside = np.concatenate([[False], np.cumsum(steps[order]) >= fewest])
    change = np.flatnonzero(inside[1:] != inside[:-1])
    found = places[order][change].tolist()
    return list(zip(found[::2], found[1::2], strict=True))
