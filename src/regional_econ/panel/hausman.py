"""Are the effects correlated with the regressors? Hausman's test in its classic and its cluster-robust form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError
from regional_econ.core.estimate import Estimate
from regional_econ.core.formula import design, parse_formula
from regional_econ.core.panel import Panel
from regional_econ.panel.covariance import covariance
from regional_econ.panel.demean import group_means
from regional_econ.panel.estimators import Sample
from regional_econ.panel.inference import Clustered
from regional_econ.panel.least_squares import COLLINEAR, solve
from regional_econ.panel.random_effects import random_effects

CLASSIC = "classic Hausman"
ROBUST = "Mundlak–Wald"


@dataclass(frozen=True, slots=True)
class HausmanTest:
    """A test of "effects and regressors are uncorrelated".

    Attributes
    ----------
    method : "classic Hausman" (χ² with df) or "Mundlak–Wald" (F with df and df_denominator).
    statistic : as computed; a classic one may be negative and then stays so.
    df : number of coefficients compared.
    df_denominator : of F; infinity for χ².
    p_value : NaN where the statistic has no distribution.
    terms : what was compared.
    definite : whether the variance of the difference is positive definite.
    note : one sentence on what the statistic says.
    """

    method: str
    statistic: float
    df: int
    df_denominator: float
    p_value: float
    terms: tuple[str, ...]
    definite: bool
    note: str

    def tidy(self) -> pd.DataFrame:
        """One row: method, statistic, df, df_denominator, p_value, definite, note."""
        return pd.DataFrame(
            {
                "method": [self.method],
                "statistic": [self.statistic],
                "df": [self.df],
                "df_denominator": [self.df_denominator],
                "p_value": [self.p_value],
                "definite": [self.definite],
                "note": [self.note],
            }
        )

    def __str__(self) -> str:
        p = "none" if np.isnan(self.p_value) else f"{self.p_value:.4f}"
        return f"{self.method}: statistic {self.statistic:.4f}, df {self.df}, p {p}. {self.note}"


def hausman(fixed: Estimate, random: Estimate) -> HausmanTest:
    """Classic Hausman (1978) test: (b_FE − b_RE)' [V_FE − V_RE]⁻¹ (b_FE − b_RE), χ² with as many df as terms.

    It holds only if errors are independent of one variance, so both estimates must carry inference "iid". Dummies
    C(…) are not compared: both estimators take them alike (Wooldridge 2010, 10.7.3). In a finite sample
    V_FE − V_RE may be indefinite; the statistic is then not χ², and a negative one is reported as negative,
    without a p-value.

    Parameters
    ----------
    fixed, random : a within and a random-effects estimate of the same outcome on the same rows.

    Returns
    -------
    HausmanTest

    Raises
    ------
    EstimationError : other errors than iid, other samples, or no common term.
    """
    for estimate, needed in ((fixed, "fe"), (random, "re")):
        if estimate.spec.estimator != needed:
            raise EstimationError(
                f"the Hausman test compares fe with re, not {estimate.spec.estimator!r}",
                advice="Give the within estimate first, the random-effects one second",
            )
        if estimate.spec.inference != "iid":
            raise EstimationError(
                f"the classic Hausman test is not valid under {estimate.spec.inference} errors",
                advice='Refit both with inference="iid", or use mundlak_test, which is robust',
            )
    if fixed.diagnostics["n_obs"] != random.diagnostics["n_obs"]:
        raise EstimationError("the two estimates have different samples", advice="Fit both on the same rows")
    terms = [str(term) for term in fixed.params.index if term in random.params.index and not _is_dummy(term)]
    if not terms:
        raise EstimationError("the two estimates have no regressor in common", advice="Fit the same formula")
    gap = (fixed.params[terms] - random.params[terms]).to_numpy()
    spread = (fixed.covariance.loc[terms, terms] - random.covariance.loc[terms, terms]).to_numpy()
    scale = np.sqrt(np.diag(fixed.covariance.loc[terms, terms].to_numpy()))
    definite = bool(np.linalg.eigvalsh(spread / np.outer(scale, scale)).min() > 0)
    statistic = float(gap @ np.linalg.solve(spread, gap))
    p_value = float(stats.chi2.sf(statistic, len(terms))) if definite else float("nan")
    return HausmanTest(
        CLASSIC, statistic, len(terms), float("inf"), p_value, tuple(terms), definite, _note(statistic, definite)
    )


def mundlak_test(formula: str, data: Panel | pd.DataFrame, *, years: tuple[int, int] | None = None) -> HausmanTest:
    """Robust Hausman test: random effects with the regressors' region means added, Wald test that these are zero.

    With the means in, the regressors' coefficients are the within ones (Mundlak 1978), so zero coefficients on
    the means are Hausman's null. The Wald statistic over its df, with CR1S errors clustered by region, is held
    against F(df, G−1) (Arellano 1993; Wooldridge 2010, 10.7.3). Means of dummies C(…) enter where they vary
    between regions and are not tested.

    Parameters
    ----------
    formula, data, years : as in `fit`; write C(year) for year effects.

    Returns
    -------
    HausmanTest

    Raises
    ------
    EstimationError : no regressor varies both within and between regions.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(30), range(2000, 2005)], names=["region", "year"])
    >>> level = np.repeat(np.random.default_rng(0).normal(size=(30, 1)), 5)
    >>> x = level + np.random.default_rng(1).normal(size=150)
    >>> y = x + level + np.random.default_rng(2).normal(size=150)
    >>> mundlak_test("y ~ x", pd.DataFrame({"x": x, "y": y}, index=index)).p_value < 0.01
    True
    """
    frame = data.frame if isinstance(data, Panel) else data
    sample = Sample.of(design(parse_formula(formula), frame, years=years))
    augmented, tested = _with_means(sample)
    if not tested:
        raise EstimationError("no regressor varies both within and between regions", advice="Add one that does")
    regression, _ = random_effects(augmented, augmented.units)
    solution = solve(regression)
    spread = covariance(regression, solution, Clustered("region"), {"region": regression.units})
    where = [regression.names.index(_mean(name)) for name in tested]
    means = solution.beta[where]
    statistic = float(means @ np.linalg.solve(spread.matrix[np.ix_(where, where)], means)) / len(where)
    p_value = float(stats.f.sf(statistic, len(where), spread.df))
    note = f"F({len(where)}, {spread.df}); errors {spread.convention}."
    return HausmanTest(ROBUST, statistic, len(where), spread.df, p_value, tested, True, note)


def _note(statistic: float, definite: bool) -> str:
    if definite:
        return "The variance of the difference is positive definite; χ² applies."
    reason = "V(FE) − V(RE) is not positive definite in this sample, so the statistic is not χ²"
    sign = "and is negative, which is no support for random effects" if statistic < 0 else "and has no p-value"
    return f"{reason} {sign}; use the Mundlak–Wald test."


def _is_dummy(term: object) -> bool:
    return "C(" in str(term)


def _mean(name: str) -> str:
    return f"mean({name})"


def _with_means(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    units, ones = sample.units, np.ones(len(sample.y))
    means = group_means(sample.X, units, ones)[units]
    moving = np.linalg.norm(sample.X - means, axis=0) > COLLINEAR * np.linalg.norm(sample.X, axis=0)
    basis = np.column_stack([ones, sample.X])
    kept: list[int] = []
    for column in np.flatnonzero(moving):
        mean = means[:, column]
        shares = np.linalg.lstsq(basis, mean, rcond=None)[0]
        if np.linalg.norm(mean - basis @ shares) > COLLINEAR * np.linalg.norm(mean):
            basis = np.column_stack([basis, mean])
            kept.append(int(column))
    names = (*sample.names, *(_mean(sample.names[column]) for column in kept))
    tested = tuple(sample.names[column] for column in kept if not _is_dummy(sample.names[column]))
    return Sample(sample.y, basis[:, 1:], names, sample.index, sample.weights), tested
