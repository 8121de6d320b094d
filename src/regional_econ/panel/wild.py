"""How does a coefficient's t statistic vary when clusters change sign? The restricted wild cluster bootstrap.

With U the orthonormal columns of `blocks`, l the contrast and N_g = U_g'U_g, a resample v of the clusters' residuals
under the null l'b = r has the numerator Σ v_g a_g and the squared denominator Σ (v_g a_g − (N_g l)'Σ v_h s_h)², where
s_g are the restricted scores and a_g = l's_g. Both are polynomials in r, so that a null costs nothing once the clusters
are drawn: this is the fast algorithm of Roodman, MacKinnon, Nielsen & Webb (2019) on cross products.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from regional_econ._base.seeds import rng_for
from regional_econ.panel.blocks import Blocks
from regional_econ.panel.demean import Floats
from regional_econ.panel.inference import TieRule, WildBootstrap

_CHUNK = 8192
_TIE = 1e-9
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_FAR = 2.0**20


@dataclass(frozen=True, slots=True)
class Resampled:
    """Resampled statistics of one contrast, for any null.

    Source: Roodman, MacKinnon, Nielsen & Webb (2019, Stata Journal 19). Held against the log of Stata's boottest and
    regressions of resampled outcomes (tests/panel/test_published.py, test_inference.py).

    Attributes
    ----------
    value : the contrast's estimate l'b.
    std_error : without small-sample factor (CR0).
    numerator : (B, 2) and squared_error : (B, 3), coefficients of polynomials in (l'b − null)/l'l.
    length : l'l.
    ties : how resamples equal to the observed statistic count.
    enumerated : whether all sign patterns are there.
    """

    value: float
    std_error: float
    numerator: Floats
    squared_error: Floats
    length: float
    ties: TieRule
    enumerated: bool

    @classmethod
    def of(cls, blocks: Blocks, contrast: Floats, rule: WildBootstrap) -> Resampled:
        """Draw the clusters' weights and resample one contrast.

        Parameters
        ----------
        blocks : of the regression, by the clusters that are resampled.
        contrast : (r,) in the blocks' basis: `weights @ blocks.loads`.
        rule : weights, draws, ties and seed.
        """
        scores = blocks.scores
        turned = blocks.grams @ contrast
        own, moved = scores @ contrast, turned @ contrast
        numerator, squared_error = [], []
        n_groups = len(scores)
        enumerated = rule.weights == "rademacher" and 2**n_groups <= rule.draws
        for drawn in _draws(n_groups, rule, enumerated):
            first = drawn * own - (drawn @ scores) @ turned.T
            second = drawn * moved - (drawn @ turned) @ turned.T
            numerator.append(np.column_stack([drawn @ own, drawn @ moved]))
            pairs = [(first, first), (first, second), (second, second)]
            squared_error.append(np.column_stack([np.einsum("ij,ij->i", a, b) for a, b in pairs]))
        return cls(
            float(contrast @ blocks.moments.sum(axis=0)),
            float(np.linalg.norm(own)),
            np.concatenate(numerator),
            np.concatenate(squared_error),
            float(contrast @ contrast),
            rule.ties,
            enumerated,
        )

    @property
    def draws(self) -> int:
        """Number of resamples."""
        return len(self.numerator)

    def statistics(self, null: float) -> Floats:
        """|t| of each resample under a null (B,); infinite for a resample without any residual variation."""
        shift = (self.value - null) / self.length
        numerator = self.numerator @ np.array([1.0, shift])
        squared_error = self.squared_error @ np.array([1.0, 2 * shift, shift**2])
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.abs(numerator) / np.sqrt(np.maximum(squared_error, 0.0))
        return np.asarray(np.where(np.isnan(ratio), np.inf, ratio))

    def p_value(self, null: float) -> float:
        """Two-sided p-value of a null: the share of resamples with a larger |t|, ties by the rule."""
        ratio = self.statistics(null)
        observed = abs(self.value - null) / self.std_error
        larger = ~(ratio <= observed * (1 + _TIE))
        tied = ~larger & (ratio >= observed * (1 - _TIE))
        share = {"half": 0.5, "all": 1.0, "none": 0.0}[self.ties]
        return float((larger.sum() + share * tied.sum()) / self.draws)

    def interval(self, level: float) -> tuple[float, float]:
        """Ends of the set of nulls with p ≥ 1 − level; infinite where none within a million errors is rejected."""
        return self._end(level, -1.0), self._end(level, 1.0)

    def _end(self, level: float, side: float) -> float:
        def excess(steps: float) -> float:
            return self.p_value(self.value + side * steps * self.std_error) - (1 - level)

        far = 2.0
        while excess(far) > 0:
            far *= 2
            if far > _FAR:
                return side * np.inf
        steps = optimize.bisect(lambda at: 1.0 if excess(at) > 0 else -1.0, 0.0, far, xtol=1e-10)
        return float(self.value + side * steps * self.std_error)


def _draws(n_groups: int, rule: WildBootstrap, enumerated: bool) -> list[Floats]:
    if enumerated:
        return [np.array(list(itertools.product([1.0, -1.0], repeat=n_groups)))]
    rng = rng_for(rule.seed, "wild", rule.weights, n_groups)
    chunks: list[Floats] = []
    for start in range(0, rule.draws, _CHUNK):
        shape = (min(_CHUNK, rule.draws - start), n_groups)
        signs = 1.0 - 2.0 * np.unpackbits(rng.integers(0, 256, (shape[0], -(-n_groups // 8)), np.uint8), axis=1)
        sizes = _WEBB[rng.integers(0, 3, shape)] if rule.weights == "webb" else np.ones((1, 1))
        chunks.append(np.asarray(signs[:, :n_groups] * sizes, dtype=np.float64))
    return chunks
