"""How strong must an omitted variable be to explain an estimate away, and is any observed covariate that strong?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from regional_econ._base.errors import EstimationError
from regional_econ.causal.kernel import GramBlocks, mask_of, solve
from regional_econ.causal.scales import FloatArray


@dataclass(frozen=True)
class CovariateBound:
    """How strong a confounder would be that is once (or several times) as strong as an observed covariate.

    ``r2_treatment`` and ``r2_outcome`` are its partial R² with the driver and with the outcome; ``strength`` is the
    larger one: a robustness value above it means that such a confounder cannot explain the estimate away.
    """

    covariate: str
    r2_treatment: float
    r2_outcome: float

    @property
    def strength(self) -> float:
        """The larger of the two partial R²."""
        return max(self.r2_treatment, self.r2_outcome)


@dataclass(frozen=True)
class Sensitivity:
    """Robustness of one estimate.

    ``robustness_value`` brings the estimate to zero; ``robustness_value_clustered`` brings its clustered 95 % interval
    to zero; ``bounds`` hold one benchmark a covariate.
    """

    partial_r2: float
    robustness_value: float
    robustness_value_clustered: float
    bounds: tuple[CovariateBound, ...]

    @property
    def strongest(self) -> CovariateBound | None:
        """The strongest benchmark; None without covariates."""
        return max(self.bounds, key=lambda bound: bound.strength, default=None)


def partial_r2(t: float, df: float) -> float:
    """Return the partial R² of a regressor from its classical t and residual degrees of freedom.

    >>> round(partial_r2(4.184449984808192, 783), 9)
    0.021873093
    """
    return t * t / (t * t + df)


def robustness_value(
    t: float,
    df: float,
    *,
    q: float = 1.0,
    alpha: float | None = None,
    error_ratio: float = 1.0,
    t_df: float | None = None,
) -> float:
    """Return the partial R² with driver and outcome that an omitted variable needs to bring the estimate to zero.

    Parameters
    ----------
    t : classical t statistic; the bias formula is algebra of least squares and knows no clusters.
    df : residual degrees of freedom of the regression.
    q : share of the estimate that is to be explained away; 1 is all of it.
    alpha : None: bring the estimate to zero; else: bring its (1 − alpha) interval to zero.
    error_ratio : clustered over classical standard error, which widens that interval.
    t_df : degrees of freedom of the interval; by default ``df − 1``, one less for the omitted variable.

    Returns
    -------
    robustness value in [0, 1].

    Raises
    ------
    EstimationError : no degrees of freedom.

    Source: Cinelli, Hazlett (2020), Making sense of sensitivity, JRSS B 82(1), eq. 18-20.

    >>> round(robustness_value(4.184449984808192, 783), 8)
    0.13877635
    """
    if df <= 1:
        raise EstimationError("no residual degrees of freedom", advice="Use fewer regressors")
    f = q * abs(t) / np.sqrt(df)
    if alpha is None:
        return float(_root(f))
    critical = error_ratio * stats.t.ppf(1 - alpha / 2, (df - 1) if t_df is None else t_df) / np.sqrt(df - 1)
    reduced = f - critical
    if reduced <= 0:
        return 0.0
    if reduced > 0 and f > 1 / critical:
        return float((f**2 - critical**2) / (1 + f**2))
    return float(_root(reduced))


def benchmark(covariate: str, r2_treatment: float, r2_outcome: float, *, times: float = 1.0) -> CovariateBound:
    """Bound the strength of an omitted variable that is ``times`` as strong as an observed covariate.

    Parameters
    ----------
    covariate : name of the benchmark.
    r2_treatment : partial R² of the covariate with the driver, given the other covariates.
    r2_outcome : partial R² of the covariate with the outcome, given the driver and the other covariates.
    times : how many times as strong.

    Source: Cinelli, Hazlett (2020), eq. 23-24 (the bounds of sensemakr's ``ovb_bounds``).
    """
    odds = r2_treatment / (1 - r2_treatment)
    with_treatment = times * odds
    if with_treatment >= 1:
        return CovariateBound(covariate, 1.0, 1.0)
    with_covariate = times * r2_treatment**2 / ((1 - times * r2_treatment) * (1 - r2_treatment))
    if with_covariate >= 1:
        return CovariateBound(covariate, with_treatment, 1.0)
    ratio = (np.sqrt(times) + np.sqrt(with_covariate)) / np.sqrt(1 - with_covariate)
    return CovariateBound(covariate, with_treatment, float(min(1.0, ratio**2 * r2_outcome / (1 - r2_outcome))))


def sensitivity(
    blocks: GramBlocks, driver: int, covariates: Mapping[str, Sequence[int]], *, times: float = 1.0
) -> Sensitivity:
    """Return robustness values of a driver and the benchmarks of its covariates.

    Convention: strength is measured by partial R² within the sample without its effects, as least squares has it;
    only the interval of ``robustness_value_clustered`` uses the clustered error and G − 1 degrees of freedom.

    Parameters
    ----------
    blocks : swept sample.
    driver : its column.
    covariates : columns by covariate; a covariate's first column is its benchmark.
    times : how many times as strong as the covariate the confounder of each bound is.
    """
    others = [column for columns in covariates.values() for column in columns]
    mask = np.array([mask_of((driver, *others))], dtype=np.uint64)
    found = solve(blocks, driver, mask)
    df = int(found.df_resid[0])
    t = float(found.coef[0] / found.std_error_iid[0])
    ratio = float(found.std_error[0] / found.std_error_iid[0])
    beside = {column: solve(blocks, column, mask) for column in others}
    outcome_r2 = {
        column: partial_r2(float(other.coef[0] / other.std_error_iid[0]), df) for column, other in beside.items()
    }
    treatment_r2 = _treatment_r2(blocks, driver, others)
    bounds = [
        benchmark(name, treatment_r2[columns[0]], outcome_r2[columns[0]], times=times)
        for name, columns in covariates.items()
    ]
    return Sensitivity(
        partial_r2(t, df),
        robustness_value(t, df),
        robustness_value(t, df, alpha=0.05, error_ratio=ratio, t_df=found.n_regions - 1),
        tuple(bounds),
    )


def _treatment_r2(blocks: GramBlocks, driver: int, others: Sequence[int]) -> dict[int, float]:
    if not others:
        return {}
    gram = blocks.xx.sum(axis=2)
    return {
        column: 1 - _rss(gram, driver, others) / _rss(gram, driver, [other for other in others if other != column])
        for column in others
    }


def _rss(gram: FloatArray, target: int, regressors: Sequence[int]) -> float:
    if not regressors:
        return float(gram[target, target])
    inner = gram[np.ix_(regressors, regressors)]
    cross = gram[regressors, target]
    return float(gram[target, target] - cross @ np.linalg.solve(inner, cross))


def _root(f: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (np.sqrt(f**4 + 4 * f**2) - f**2))
