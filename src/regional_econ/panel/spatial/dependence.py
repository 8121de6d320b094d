"""Do the residuals of a within regression depend on the neighbours', and in which way?"""

from __future__ import annotations

from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.estimators import fixed_effects
from regional_econ.panel.least_squares import solve
from regional_econ.panel.model import Fitted
from regional_econ.panel.spatial.lattice import Lattice, check_units, lagged_over, without_effects

Method = Literal["LM lag", "LM error", "robust LM lag", "robust LM error"]
_NULL = {"LM lag": "ρ = 0", "LM error": "λ = 0", "robust LM lag": "ρ = 0", "robust LM error": "λ = 0"}


def spatial_dependence(estimate: Estimate, weights: SpatialWeights, method: Method = "LM lag") -> HypothesisTest:
    """Lagrange multiplier tests of a spatial lag or error against a regression with fixed effects and neither.

    The robust tests allow a local departure of the other kind. Effects are taken out by demeaning, so that with few
    years or regions the tests are not exactly centred (Debarsy & Ertur 2010).

    Source: Moran (1950, Biometrika 37); Anselin (1988, Spatial Econometrics, 8); Anselin, Bera, Florax & Yoon (1996,
    Regional Science and Urban Economics 26); Debarsy & Ertur (2010, Regional Science and Urban Economics 40). Held
    against spdep 1.2-7's lm.LMtests and moran on demeaned rows of Munnell's data (tests/panel/test_spatial.py).

    Parameters
    ----------
    estimate : of fe, with region or year effects or both.
    weights : among its units; those without a row in each year are left out, as in the spatial models.
    method : "LM lag", "LM error", "robust LM lag" or "robust LM error".

    Returns
    -------
    HypothesisTest
        Its details hold Moran's I of the residuals, whose square is the LM error test but for a factor, and what
        `fit` says of a spatial sample.

    Raises
    ------
    EstimationError : an estimate that is not of fe with effects.
    OptionError : weights that are none, or an unknown method.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> line = SpatialWeights.of(range(12), np.eye(12, k=1) + np.eye(12, k=-1), "line")
    >>> test = spatial_dependence(fit("y ~ x", frame), line, "LM lag")
    >>> round(test.statistic, 3), round(test.p_value, 3)
    (5.501, 0.019)
    """
    check_option("method", method, Method)
    if not isinstance(weights, SpatialWeights):
        raise OptionError(f"weights cannot be {weights!r}", advice='Give load_weights("contiguity") or the like')
    effects = tuple(estimate.spec.effects.split("+"))
    native = estimate.native
    if (
        not isinstance(native, Fitted)
        or estimate.spec.estimator != "fe"
        or effects == ("none",)
        or estimate.spec.weights
    ):
        raise EstimationError(
            "the test needs an unweighted fe estimate with effects", advice="Fit fe with region effects"
        )
    check_units(native.frame.index.get_level_values(0).unique(), weights)
    lattice = Lattice.of(native.sample, weights)
    W = lattice.weights.matrix
    regression = fixed_effects(lattice.sample, effects)
    solution = solve(regression)
    errors, n = lattice.cube(solution.residuals), len(solution.residuals)
    sigma2 = float(solution.residuals @ solution.residuals) / n
    lagged = without_effects(lagged_over(lattice.cube(lattice.sample.y), W), effects)
    pulled = lagged_over(errors, W)
    by_lag = float((errors * lagged).sum()) / sigma2
    by_error = float((errors * pulled).sum()) / sigma2
    trace = lattice.n_years * float((W * W.T).sum() + (W * W).sum())
    expected = lattice.rows(without_effects(lagged_over(lattice.cube(regression.X @ solution.beta), W), effects))
    unexplained = expected - regression.X @ np.linalg.lstsq(regression.X, expected, rcond=None)[0]
    J = float(unexplained @ unexplained) / sigma2 + trace
    statistic = {
        "LM lag": by_lag**2 / J,
        "LM error": by_error**2 / trace,
        "robust LM lag": (by_lag - by_error) ** 2 / (J - trace),
        "robust LM error": (by_error - trace / J * by_lag) ** 2 / (trace * (1 - trace / J)),
    }[method]
    said = {"moran_i": by_error / (lattice.n_years * float(W.sum())), **lattice.described()}
    return HypothesisTest(
        method, _NULL[method], statistic, "chi2", (1.0,), tail(statistic, "chi2", (1.0,)),
        "Anselin (1988)" if method in ("LM lag", "LM error") else "Anselin, Bera, Florax & Yoon (1996)",
        f"Weights: {lattice.weights}; {n} rows.", said,
    )  # fmt: skip
