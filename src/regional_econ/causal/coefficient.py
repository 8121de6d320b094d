"""How large is one coefficient, and how sure is it? The estimate that every test of a regression returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from regional_econ.causal.kernel import GramBlocks, gram_blocks, solve_one
from regional_econ.causal.sample import Sample

LEVEL = 0.95


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with its clustered error; intervals use ``df`` (regions − 1) degrees of freedom."""

    estimate: float
    std_error: float
    df: int
    n_obs: int

    @property
    def p_value(self) -> float:
        """Two-sided."""
        return float(2 * stats.t.sf(abs(self.estimate / self.std_error), self.df))

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval of a level."""
        reach = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.std_error
        return self.estimate - reach, self.estimate + reach


def coefficient_of(blocks: GramBlocks, columns: Sequence[int]) -> Coefficient:
    """Return the coefficient of the first of some columns given the others.

    Parameters
    ----------
    blocks : swept sample.
    columns : of the sample.
    """
    solved = solve_one(blocks, columns)
    return Coefficient(float(solved.coef[0]), float(solved.std_error[0]), solved.n_regions - 1, solved.n_obs)


def first_coefficient(sample: Sample) -> Coefficient:
    """Return the coefficient of a sample's first column given all others."""
    return coefficient_of(gram_blocks(sample), range(len(sample.columns)))
