"""Do the instruments hold? Hansen, Sargan, their differences by set, and correlation of the errors over time.

The Hansen statistic is that of two steps whatever the estimate's. Its p-value is refused where instruments exceed
regions: the covariance of the moments is then singular, and the statistic near the number of regions whatever is true
(Roodman 2009). Sargan's, which trusts errors of one variance, has three conventions in use.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.panel.dynamic.moment_tests import Convention, arellano_bond_of, hansen_of, refusal, sargan_of
from regional_econ.panel.dynamic.two_step import Errors, GmmFit, inverse, solved


class Behind(Protocol):
    """What a test reads: the fit, the steps of the estimate, the errors of its covariance."""

    fit: GmmFit
    steps: int
    errors: Errors


def hansen(estimate: Estimate) -> HypothesisTest:
    """Hansen's test of overidentifying restrictions, two-step; robust to heteroskedasticity.

    Source: Hansen (1982, Econometrica 50); Roodman (2009, Oxford Bulletin of Economics and Statistics 71). Held against
    plm 2.6-2 and pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py).

    Parameters
    ----------
    estimate : of gmm-diff or gmm-system.

    Returns
    -------
    HypothesisTest
        p NaN, with the reason in the note, where instruments exceed regions or equal coefficients.

    Raises
    ------
    EstimationError : another estimator.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> found = fit("y ~ x + lag(y, 1)", frame, estimator="gmm-diff:lags=2-3,collapse", effects="region")
    >>> round(float(hansen(found).statistic), 3), hansen(found).df
    (2.499, (1,))
    """
    return hansen_of(behind(estimate).fit)


def sargan(estimate: Estimate, convention: Convention = "arellano-bond") -> HypothesisTest:
    """Sargan's test of overidentifying restrictions, for errors of one variance.

    Source: Sargan (1958, Econometrica 26); Arellano & Bond (1991, Review of Economic Studies 58). Held against the
    values of Arellano & Bond's Table 4, xtabond2 and plm for one equation (tests/panel/test_gmm.py).

    Parameters
    ----------
    estimate : of gmm-diff or gmm-system.
    convention : "arellano-bond" divides the first step's criterion by σ² over rows less coefficients, "xtabond2" by σ²
        over rows; "plm" takes the second step's weights, at the estimate's own residuals.

    Raises
    ------
    OptionError : an unknown convention.
    EstimationError : another estimator.
    """
    check_option("convention", convention, Convention)
    model = behind(estimate)
    return sargan_of(model.fit, model.steps, convention)


def difference_in_hansen(estimate: Estimate, subset: str) -> HypothesisTest:
    """Are these instruments valid, the others taken for granted? The Hansen statistic with and without them.

    The statistic without them keeps the second step's weights for the rest, so the difference is not negative.

    Source: Eichenbaum, Hansen & Singleton (1988, Quarterly J. Economics 103); Roodman (2009, Stata Journal 9). Held
    against pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py).

    Parameters
    ----------
    estimate : of gmm-diff or gmm-system.
    subset : a set of instruments as `instrument_counts` names it, or a part of such names: "levels" for all in levels,
        "standard", "gmm(ln(x))".

    Returns
    -------
    HypothesisTest
        Details: hansen_without, df_without, p_without. p NaN where instruments exceed regions.

    Raises
    ------
    EstimationError : another estimator, no such instruments, or too few without them.
    """
    found = behind(estimate).fit
    left_out = np.array([subset in group for group in found.columns.groups])
    names = ", ".join(dict.fromkeys(found.columns.groups))
    if not subset or not left_out.any():
        raise EstimationError(f"no instruments are called {subset!r}", advice=f"Their sets: {names}")
    keep, k = ~left_out, len(found.rows.names)
    if keep.sum() < k:
        raise EstimationError(
            f"without {subset!r} {int(keep.sum())} instruments are left for {k} coefficients",
            advice="The others cannot be taken for granted: test a smaller set",
        )
    moments = found.first.moments[:, keep]
    weights = inverse(moments.T @ moments)[0]
    Z = found.columns.Z[:, keep]
    beta = solved(found.XZ[:, keep], Z.T @ found.rows.y, weights)[0]
    total = Z.T @ (found.rows.y - found.rows.X @ beta)
    without = float(total @ weights @ total)
    statistic, df = found.second.criterion - without, int(left_out.sum())
    refused = refusal(found)
    df_without = int(keep.sum()) - k
    return HypothesisTest(
        "Difference-in-Hansen", f"the instruments {subset} are uncorrelated with the errors, as the others are",
        statistic, "chi2", (df,), float("nan") if refused else tail(statistic, "chi2", (df,)),
        "Eichenbaum, Hansen & Singleton (1988, Quarterly J. Economics 103)", refused,
        {"hansen_without": without, "df_without": df_without,
         "p_without": tail(without, "chi2", (df_without,)) if df_without and not refused else float("nan")},
    )  # fmt: skip


def arellano_bond(estimate: Estimate, order: int = 2) -> HypothesisTest:
    """Are the differenced errors correlated with those `order` years before? m₁ should be, m₂ and later not.

    Independent errors have differences with correlation −1/2 at one year and none later; correlation at two years makes
    the outcome two years back no instrument.

    Source: Arellano & Bond (1991, Review of Economic Studies 58). Held against their Table 4 and plm 2.6-2's mtest for
    differences, pyxtabond2 0.0.4 for systems on the UK firms (tests/panel/test_gmm.py).

    Parameters
    ----------
    estimate : of gmm-diff or gmm-system; its errors decide the variance of the test.
    order : years between, 1 or more.

    Returns
    -------
    HypothesisTest
        Details: correlation (of the differenced residuals), n_pairs. p NaN where there are no pairs.

    Raises
    ------
    EstimationError : another estimator, or an order below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> found = fit("y ~ x + lag(y, 1)", frame, estimator="gmm-diff:lags=2-3,collapse", effects="region")
    >>> round(float(arellano_bond(found, 2).statistic), 3)
    -0.217
    """
    if order < 1:
        raise EstimationError(f"order cannot be {order}", advice="Give 1 or more")
    model = behind(estimate)
    return arellano_bond_of(model.fit, model.steps, model.errors, order)


def behind(estimate: Estimate) -> Behind:
    """The fit behind a GMM estimate.

    Raises
    ------
    EstimationError : another estimator.
    """
    if not isinstance(getattr(estimate.native, "fit", None), GmmFit):
        raise EstimationError(
            f"the test is for GMM, not for {estimate.spec.estimator}", advice="Fit gmm-diff or gmm-system"
        )
    return estimate.native  # type: ignore[return-value]
