"""Are the effects correlated with the regressors? Hausman's test: classic, by auxiliary regression, cluster-robust."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.core.design import design
from regional_econ.core.estimate import Estimate
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.core.panel import Panel
from regional_econ.panel.covariance import Covariance, covariance
from regional_econ.panel.demean import within
from regional_econ.panel.estimators import (
    Sample,
    effect_codes,
    independent,
    is_dummy,
    mean_of,
    with_region_means,
)
from regional_econ.panel.inference import Classical, Clustered, DriscollKraay, Inference, Robust
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.least_squares import COLLINEAR, Transformed, solve
from regional_econ.panel.methods import parse_estimator
from regional_econ.panel.random_effects import random_effects
from regional_econ.panel.variance_components import Method

Effects = Literal["region", "year", "region+year"]
CLASSIC = "classic Hausman"
AUXILIARY = "Hausman's auxiliary regression"
ROBUST = "Mundlak–Wald"
NULL = "the effects are uncorrelated with the regressors"
SINGULAR = 1e-10


def hausman(fixed: Estimate, random: Estimate) -> HypothesisTest:
    """Classic Hausman test: (b_FE − b_RE)' [V_FE − V_RE]⁻¹ (b_FE − b_RE), χ² with as many df as terms.

    It holds only if errors are independent of one variance, so both estimates must carry inference "iid". Dummies
    C(…) are not compared: both estimators take them alike (Wooldridge 2010, 10.7.3). In a finite sample
    V_FE − V_RE may be indefinite; the statistic is then not χ², and a negative one is reported as negative,
    without a p-value.

    Source: Hausman (1978, Econometrica 46). Held against plm 2.6-2's phtest in 8 one-way cases
    (tests/panel/test_hausman.py, test_published.py).

    Parameters
    ----------
    fixed, random : a within and a random-effects estimate of the same outcome on the same rows.

    Returns
    -------
    HypothesisTest
        Details: definite, whether the variance of the difference is positive definite, and terms, what was compared.

    Raises
    ------
    EstimationError : other errors than iid, other samples, no common term, or a variance of the difference that is
        singular because the two estimates are one.
    """
    for estimate, needed in ((fixed, "fe"), (random, "re")):
        if parse_estimator(estimate.spec.estimator).kind != needed:
            raise EstimationError(
                f"the Hausman test compares fe with re, not {estimate.spec.estimator!r}",
                advice="Give the within estimate first, the random-effects one second",
            )
        if estimate.spec.inference != "iid":
            raise EstimationError(
                f"the classic Hausman test is not valid under {estimate.spec.inference} errors",
                advice='Refit both with inference="iid", or use mundlak_test, which is robust',
            )
    for what, one, other in (
        ("formulas", fixed.spec.formula, random.spec.formula),
        ("effects", fixed.spec.effects, random.spec.effects),
        ("weights", fixed.spec.weights, random.spec.weights),
        ("years", fixed.spec.sample, random.spec.sample),
        ("data", fixed.panel_checksum, random.panel_checksum),
    ):
        if one != other:
            raise EstimationError(
                f"the two estimates have different {what}", advice="Fit both alike, and fe without weights"
            )
    if fixed.diagnostics["n_obs"] != random.diagnostics["n_obs"]:
        raise EstimationError(
            "the two estimates have different samples: fe leaves out rows that an effect fits perfectly",
            advice="Leave regions with a single year out of both",
        )
    terms = [str(term) for term in fixed.params.index if term in random.params.index and not is_dummy(str(term))]
    if not terms:
        raise EstimationError("the two estimates have no regressor in common", advice="Fit the same formula")
    gap = (fixed.params[terms] - random.params[terms]).to_numpy()
    spread = (fixed.covariance.loc[terms, terms] - random.covariance.loc[terms, terms]).to_numpy()
    scale = np.sqrt(np.diag(fixed.covariance.loc[terms, terms].to_numpy()))
    sizes = np.linalg.eigvalsh(spread / np.outer(scale, scale))
    if np.abs(sizes).min() < SINGULAR:
        raise EstimationError(
            f"V(FE) − V(RE) of {', '.join(terms)} is singular: in some direction the two estimates are one",
            advice="Leave out what does not vary between regions, or use mundlak_test",
        )
    definite = bool(sizes.min() > 0)
    statistic = float(gap @ np.linalg.solve(spread, gap))
    p_value = tail(statistic, "chi2", (len(terms),)) if definite else float("nan")
    details: dict[str, float | int | str] = {"definite": definite, "terms": ", ".join(terms)}
    note = _note(statistic, definite)
    return HypothesisTest(CLASSIC, NULL, statistic, "chi2", (len(terms),), p_value, "Hausman (1978)", note, details)


def mundlak_test(formula: str, data: Panel | pd.DataFrame, *, years: tuple[int, int] | None = None) -> HypothesisTest:
    """Robust Hausman test: random effects with the regressors' region means added, Wald test that these are zero.

    With the means in, the regressors' coefficients are the within ones, so zero coefficients on the means are
    Hausman's null. The Wald statistic over its df, with CR1S errors clustered by region, is compared with F(df, G−1).
    Means of dummies C(…) enter where they vary between regions and are not tested.

    Source: Mundlak (1978, Econometrica 46); Arellano (1993, J. Econometrics 59); Wooldridge (2010, Econometric
    Analysis, 10.7.3). Held against linearmodels 7.1's RandomEffects with clustered errors (tests/panel/test_peers.py).

    Parameters
    ----------
    formula, data, years : as in `fit`; write C(year) for year effects.

    Returns
    -------
    HypothesisTest
        Details: definite, always true here, and terms, whose means were tested.

    Raises
    ------
    EstimationError : no regressor varies both within and between regions, or too few regions for a joint test.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(30), range(2000, 2005)], names=["region", "year"])
    >>> level = np.repeat(np.random.default_rng(0).normal(size=(30, 1)), 5)
    >>> x = level + np.random.default_rng(1).normal(size=150)
    >>> y = x + level + np.random.default_rng(2).normal(size=150)
    >>> mundlak_test("y ~ x", pd.DataFrame({"x": x, "y": y}, index=index)).p_value < 0.01
    True
    """
    sample = _sample(formula, data, years)
    augmented, own = with_region_means(sample)
    tested = tuple(name for name in own if not is_dummy(name))
    if not tested:
        raise EstimationError("no regressor varies both within and between regions", advice="Add one that does")
    regression, _ = random_effects(augmented, ("region",))
    found, spread = _zero(regression, tuple(map(mean_of, tested)), Clustered("region"))
    df = float(np.min(spread.df))
    statistic = found / len(tested)
    p_value = tail(statistic, "F", (len(tested), df))
    note = f"F({len(tested)}, {df:g}); errors {spread.convention}."
    details: dict[str, float | int | str] = {"definite": True, "terms": ", ".join(tested)}
    source = "Mundlak (1978); Arellano (1993)"
    return HypothesisTest(ROBUST, NULL, statistic, "F", (len(tested), df), p_value, source, note, details)


def auxiliary_test(
    formula: str,
    data: Panel | pd.DataFrame,
    *,
    effects: Effects = "region",
    method: Method = "swamy-arora",
    inference: Inference | str = "iid",
    years: tuple[int, int] | None = None,
) -> HypothesisTest:
    """Hausman's auxiliary regression: the random-effects regression with the within-transformed regressors added.

    Their coefficients are zero where effects and regressors are uncorrelated. With "iid" errors the Wald statistic
    is compared with χ², as in plm's phtest(method="aux"), and the F form is in the details; with others, Wald/df
    with F(df, the inference's degrees of freedom). Unlike the classic form it cannot be negative. The within
    parts of dummies C(…) enter where they add something and are not tested.

    On unbalanced panels plm leaves the constant of the auxiliary regression untransformed, so that adding a constant
    to the outcome changes its statistic; here it is transformed like the other regressors, as in the publication.

    Source: Hausman (1978, Econometrica 46). Held against plm 2.6-2's phtest(method="aux") on balanced panels, and on
    others against its regression with both constants written out (tests/panel/test_hausman.py).

    Parameters
    ----------
    formula, data, years : as in `fit`.
    effects : of the random-effects regression, which decide what "within" means.
    method : estimator of the variance components.
    inference : an object or text of `panel.inference`; clusters by region or year.

    Returns
    -------
    HypothesisTest
        Details: terms, and for iid errors f_statistic, f_df_denominator, f_p_value.

    Raises
    ------
    OptionError : an unknown option, or errors that give no joint test here.
    EstimationError : nothing to compare, too few groups, or too few clusters for a joint test.
    """
    check_option("effects", effects, Effects)
    rule = parse_inference(inference) if isinstance(inference, str) else inference
    _check_joint(rule)
    names = tuple(effects.split("+"))
    sample = _sample(formula, data, years)
    regression, _ = random_effects(sample, names, method)
    inside = within(sample.X, effect_codes(sample, names), np.ones(len(sample.y)))
    candidates = np.flatnonzero(np.linalg.norm(inside, axis=0) > COLLINEAR * np.linalg.norm(sample.X, axis=0))
    added = candidates[independent(regression.X, inside[:, candidates])]
    tested = [sample.names[column] for column in added if not is_dummy(sample.names[column])]
    if not tested:
        raise EstimationError("no regressor varies both within and between the effects", advice="Add one that does")
    augmented = Transformed(
        regression.y,
        np.column_stack([regression.X, inside[:, added]]),
        (*regression.names, *(f"within({sample.names[column]})" for column in added)),
        regression.units,
        regression.years,
        regression.weights,
        (),
        np.concatenate([regression.scale, np.linalg.norm(sample.X[:, added], axis=0)]),
    )
    wald, spread = _zero(augmented, tuple(f"within({name})" for name in tested), rule)
    count, df = len(tested), float(np.min(spread.df))
    details: dict[str, float | int | str] = {"terms": ", ".join(tested)}
    ratio = wald / count
    if not isinstance(rule, Classical):
        p_value = tail(ratio, "F", (count, df))
        return HypothesisTest(
            AUXILIARY, NULL, ratio, "F", (count, df), p_value, "Hausman (1978)", f"Errors {spread.convention}.", details
        )
    details |= {"f_statistic": ratio, "f_df_denominator": df, "f_p_value": tail(ratio, "F", (count, df))}
    p_value = tail(wald, "chi2", (count,))
    note = "Errors independent of one variance."
    return HypothesisTest(AUXILIARY, NULL, wald, "chi2", (count,), p_value, "Hausman (1978)", note, details)


def _sample(formula: str, data: Panel | pd.DataFrame, years: tuple[int, int] | None) -> Sample:
    frame = data.frame if isinstance(data, Panel) else data
    return Sample.of(design(parse_formula(formula), frame, years=years))


def _check_joint(rule: Inference) -> None:
    match rule:
        case Classical() | Robust() | DriscollKraay():
            return
        case Clustered(small_sample=("CR0" | "CR1" | "CR1S")) if set(rule.dimensions) <= {"region", "year"}:
            return
    raise OptionError(
        f"inference {rule} does not go with the auxiliary regression",
        advice="Use iid, hc1, cluster:region, cluster:year, cluster:region+year or dk",
    )


def _zero(regression: Transformed, tested: tuple[str, ...], rule: Inference) -> tuple[float, Covariance]:
    """Wald statistic of "these coefficients are zero", and the covariance behind it."""
    years = np.unique(regression.years, return_inverse=True)[1].astype(np.intp)
    codes = {"region": regression.units, "year": years}
    solution = solve(regression)
    spread = covariance(regression, solution, rule, codes)
    where = [regression.names.index(name) for name in tested]
    matrix, values = spread.matrix[np.ix_(where, where)], solution.beta[where]
    errors = np.sqrt(np.diag(matrix))
    scaled = matrix / np.outer(errors, errors)
    if np.linalg.eigvalsh(scaled).min() < SINGULAR:
        raise EstimationError(
            f"the covariance of {', '.join(tested)} is singular: too few groups to test {len(tested)} terms together",
            advice="Test fewer terms, or use other errors",
        )
    t = values / errors
    return float(t @ np.linalg.solve(scaled, t)), spread


def _note(statistic: float, definite: bool) -> str:
    if definite:
        return "The variance of the difference is positive definite; χ² applies."
    reason = "V(FE) − V(RE) is not positive definite in this sample, so the statistic is not χ²"
    sign = "and is negative, which is no support for random effects" if statistic < 0 else "and has no p-value"
    return f"{reason} {sign}; use the Mundlak–Wald test."
