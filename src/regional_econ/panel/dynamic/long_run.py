"""What is a slope worth once the outcome's own past has carried it on? The long run, and the bias that within has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.options import LEVELS
from regional_econ.core.estimate import Estimate


@dataclass(frozen=True, slots=True)
class LongRun:
    """A long-run slope with the error and interval of the delta method.

    Attributes
    ----------
    estimate, std_error, p_value, conf_low, conf_high : as in `Estimate.tidy`.
    """

    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float


def long_run(estimate: Estimate, term: str, lags: tuple[str, ...], *, level: float = LEVELS[0]) -> LongRun:
    """The slope of a term over one less the coefficients of the outcome's own lags, β/(1 − Σγ).

    Source: Greene (2018, Econometric Analysis, 4.6: the delta method). Held against numerical derivatives and the exact
    ratio (tests/panel/test_dynamic_page.py).

    The interval is symmetric and too short where Σγ comes near one.

    Parameters
    ----------
    estimate : of any dynamic estimator.
    term : whose slope.
    lags : the lagged outcomes among the terms.
    level : of the interval.

    Raises
    ------
    UnknownNameError : a name that is no term of the estimate.
    EstimationError : the lags add up to one or more: there is no long run.

    Examples
    --------
    >>> import pandas as pd
    >>> from regional_econ.core.estimate import Spec
    >>> names = ["x", "past"]
    >>> spread = pd.DataFrame(np.diag([0.01, 0.0]), names, names)
    >>> estimate = Estimate(pd.Series([0.2, 0.5], names), spread, Spec("y ~ x + past", "fe", "region", "iid"), "")
    >>> found = long_run(estimate, "x", ("past",))
    >>> round(found.estimate, 6), round(found.std_error, 6)
    (0.4, 0.2)
    """
    names = [str(name) for name in estimate.params.index]
    for name in (term, *lags):
        if name not in names:
            raise UnknownNameError.of("term", name, names)
    left = 1 - float(estimate.params[list(lags)].sum())
    if left <= 0:
        raise EstimationError(
            f"the lagged outcomes add up to {1 - left:.3f}: an outcome that does not return has no long run",
            where=estimate.spec.estimator,
            advice="Read the slope of one year only",
        )
    beta = float(estimate.params[term])
    slope = np.array([1 / left, *(beta / left**2 for _ in lags)])
    covariance = estimate.covariance.loc[[term, *lags], [term, *lags]].to_numpy(dtype=float)
    error = float(np.sqrt(slope @ covariance @ slope))
    df = float(np.min(estimate.df))
    value = beta / left
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, df)) if error > 0 else float("nan")
    return LongRun(value, error, p_value, value - reach, value + reach)


def nickell_bias(gamma: float, years: int) -> float:
    """Bias of the within estimator of y_it = γ y_i,t−1 + α_i + e_it with very many regions.

    Source: Nickell (1981, Econometrica 49, eq. 18). Held against simulated panels (tests/panel/test_dynamic_page.py).

    Parameters
    ----------
    gamma : the true coefficient, between −1 and 1.
    years : rows of a region, the year that is only a lag not counted; 2 or more.

    Raises
    ------
    EstimationError : other values.

    Examples
    --------
    >>> [round(nickell_bias(gamma, 11), 2) for gamma in (0.3, 0.5, 0.9)]
    [-0.12, -0.15, -0.22]
    """
    if not -1 < gamma < 1 or years < 2:
        raise EstimationError(
            f"no bias is known for a coefficient of {gamma} and {years} years",
            advice="Give |γ| < 1 and 2 years or more",
        )
    share = 1 - (1 - gamma**years) / (years * (1 - gamma))
    fall = (1 + gamma) / (years - 1) * share
    return -fall / (1 - 2 * gamma / ((1 - gamma) * (years - 1)) * share)
