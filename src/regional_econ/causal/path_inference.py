"""What can placebo price paths say beyond a p-value? The effects that they do not reject, and what they would find.

The price path is what is random. Under an effect b the outcome less b times exposure × price owes nothing to the path,
so the test of `price_paths.placebo_p` on that remainder tests b. All its statistics are linear or quadratic in b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regional_econ.causal.price_paths import ExposureDesign
from regional_econ.causal.scales import FloatArray

POWER = 0.80
_STEPS = np.geomspace(0.05, 1e4, 240)  # of the standard error
_HALVINGS = 40
_TIE = 1e-9


@dataclass(frozen=True)
class PathSet:
    """Some price paths in a regression.

    ``squares`` (R, G) their squares by region and ``total`` (R,) over all, effects taken out.
    """

    paths: FloatArray
    squares: FloatArray
    total: FloatArray

    @classmethod
    def of(cls, design: ExposureDesign, paths: FloatArray) -> PathSet:
        """Prepare (R, T) paths."""
        squares = np.einsum("rgt,rt->rg", np.einsum("rs,gst->rgt", paths, design.gram), paths)
        return cls(paths, squares, squares.sum(axis=1))

    def parts(self, right: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return estimates (R,) and scores by region (R, G) of an outcome, (G, T) as in `ExposureDesign.right`."""
        moments = self.paths @ right.T
        estimates = moments.sum(axis=1) / self.total
        return estimates, moments - estimates[:, None] * self.squares

    def size(self, first: FloatArray, second: FloatArray, factors: FloatArray) -> FloatArray:
        """Return |t| (R, B), less the small-sample factor that all share, of first + factor × second for B factors."""
        (level, score), (slope, turn) = self.parts(first), self.parts(second)
        square = (
            (score**2).sum(axis=1)[:, None]
            + 2 * factors * (score * turn).sum(axis=1)[:, None]
            + factors**2 * (turn**2).sum(axis=1)[:, None]
        )
        with np.errstate(divide="ignore"):
            # a path that is the outcome itself leaves no error
            return np.asarray(
                np.abs(level[:, None] + factors * slope[:, None])
                * self.total[:, None]
                / np.sqrt(np.maximum(square, 0.0))
            )


@dataclass(frozen=True)
class PathInference:
    """A regression, its own price path and placebo paths of several processes."""

    design: ExposureDesign
    own: PathSet
    placebos: tuple[PathSet, ...]

    @classmethod
    def of(cls, design: ExposureDesign, path: FloatArray, placebos: Sequence[FloatArray]) -> PathInference:
        """Prepare the (T,) path and the (R, T) placebo paths of each process."""
        return cls(design, PathSet.of(design, path[None, :]), tuple(PathSet.of(design, one) for one in placebos))

    def p_values(self, effects: FloatArray) -> FloatArray:
        """Return (B,) the p-value of each effect, the largest over the processes.

        Source: Borusyak, Hull (2023), Econometrica 91(6), section 3 and its confidence intervals by inversion. Held
        against `price_paths.placebo_p` on the outcome less the effect.
        """
        return self._rejecting(self.own, self.design.right, self._moved(self.own), -effects)

    def interval(self, estimate: float, std_error: float, size: float) -> tuple[float, float]:
        """Return the effects around the estimate that are not rejected, with zero if it is not.

        Parameters
        ----------
        estimate, std_error : of the own path; the error only sets the steps of the search.
        size : of the test.

        Returns
        -------
        its ends; infinite where ten thousand errors away nothing is rejected.
        """
        low, high = (
            estimate - self._reach(estimate, -std_error, size),
            estimate + self._reach(estimate, std_error, size),
        )
        if float(self.p_values(np.zeros(1))[0]) > size:
            return min(low, 0.0), max(high, 0.0)
        return low, high

    def detectable(self, estimate: float, std_error: float, size: float, paths: FloatArray) -> float:
        """Return the smallest effect that the test of zero finds with 80 % power; infinite where it finds none.

        Parameters
        ----------
        estimate : its trace is taken out of the outcome; what is left stays as it is.
        std_error : sets the steps of the search.
        size : of the test.
        paths : (S, T) price paths that could have come.
        """
        left = self.design.right - estimate * self._moved(self.own)
        effects = std_error * _STEPS
        found = np.zeros(len(effects))
        for path in paths:
            drawn = PathSet.of(self.design, path[None, :])
            found += self._rejecting(drawn, left, self._moved(drawn), effects) <= size
        enough = np.flatnonzero(found >= POWER * len(paths))
        return float(effects[enough[0]]) if enough.size else float("inf")

    def _moved(self, one: PathSet) -> FloatArray:
        """(G, T) what exposure × price adds to the outcome's sums."""
        return np.asarray(np.einsum("gst,t->gs", self.design.gram, one.paths[0]))

    def _rejecting(self, own: PathSet, first: FloatArray, second: FloatArray, factors: FloatArray) -> FloatArray:
        """P-values (B,) of a zero effect of the own path in the outcomes first + factor × second."""
        real = own.size(first, second, factors)[0]
        worst = np.zeros(len(factors))
        for one in self.placebos:
            larger = (one.size(first, second, factors) >= real * (1 - _TIE)).sum(axis=0)
            worst = np.maximum(worst, (1 + larger) / (1 + len(one.paths)))
        return np.asarray(worst)

    def _reach(self, estimate: float, step: float, size: float) -> float:
        """How far from the estimate the first rejected effect lies on the side of the step."""
        rejected = np.flatnonzero(self.p_values(estimate + step * _STEPS) <= size)
        if not rejected.size:
            return float("inf")
        inside = 0.0 if rejected[0] == 0 else float(_STEPS[rejected[0] - 1])
        outside = float(_STEPS[rejected[0]])
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            if float(self.p_values(np.array([estimate + step * middle]))[0]) <= size:
                outside = middle
            else:
                inside = middle
        return abs(step) * inside
