"""One regression, from a formula to an Estimate: sample, transformation, solution, covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import TypeGuard, cast

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.core.design import Design, design
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import parse_formula
from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.demean import effect_rank
from regional_econ.panel.dynamic.gmm import gmm_estimate
from regional_econ.panel.dynamic.lsdvc import lsdvc
from regional_econ.panel.estimation import estimated
from regional_econ.panel.estimators import Sample, without_singletons
from regional_econ.panel.fractional import fractional_logit
from regional_econ.panel.frames import frame_of, places_of
from regional_econ.panel.inference import Inference
from regional_econ.panel.inference_rules import check_inference, default_inference
from regional_econ.panel.inference_text import inference_of
from regional_econ.panel.least_squares import Solution, Transformed, refuse_constant
from regional_econ.panel.methods import SPATIAL, Effects, Estimator, chosen_effects, parse_estimator
from regional_econ.panel.model import Fitted, estimate_of
from regional_econ.panel.spatial.lattice import Lattice, check_units
from regional_econ.panel.spatial.regression import SpatialKind, spatial_regression


def fit(
    formula: str,
    data: Panel | pd.DataFrame,
    *,
    estimator: str = "fe",
    effects: Effects | None = None,
    inference: Inference | str | None = None,
    years: tuple[int, int] | None = None,
    weights: str | SpatialWeights | None = None,
    breaks: tuple[int, ...] = (),
) -> Estimate:
    """Fit a panel regression.

    Parameters
    ----------
    formula : as in `core.formula`, such as "ln(y) ~ ln(x) + lag(z, 1)"; an intercept is never written.
    data : a Panel, or a frame indexed (unit, year); "region" and "year" below mean its two index levels.
    estimator : a text of `panel.methods`: "pooled", "between", "fe" (within), "re" (random effects, "re:amemiya" and
        others by their variance components), "mundlak", "fd" (differences by calendar year, none across a gap; "fd:5"
        over five years), "cce" (pooled common correlated effects), "fama-macbeth", "hausman-taylor:a+b" and
        "amemiya-macurdy:a+b" with the endogenous terms, "fractional-logit:100" for a share in per cent; with slopes
        of the regions' own "mean-group", "cce-mean-group", "dynamic-cce", "swamy", "pmg"; "interactive:2" with factors;
        with the outcome's past among the terms, written lag(y, 1), "gmm-diff" and "gmm-system" with the options of
        `panel.dynamic.options`, "lsdvc" (bias-corrected within) and "hpj" (half-panel jackknife); with spatial weights
        "slx", "sar", "sem" and "sdm", "sdm:lee-yu" and others by Lee and Yu's contrasts.
    effects : fixed effects taken out exactly for fe ("none" gives pooled least squares) and fd; random effects for re
        and mundlak; None takes the estimator's first choice (region+year for fe, region for re).
    inference : an object or text of `panel.inference`; None takes the usual one of the estimator
        (`panel.inference_rules`): "cluster:region", which is CR1S, pyfixest's default, for fe.
    years : first and last year of the sample; lags written in the formula reach back beyond it.
    weights : column of positive weights, for pooled and fe: minimises Σ w e². For slx, sar, sem and sdm the
        `SpatialWeights` among the units, such as `load_weights("contiguity")`.
    breaks : first years of new methods; fd takes no difference into or across them, nor does gmm-diff, which leaves
        out rows whose lagged outcome is of another method too.

    Returns
    -------
    Estimate
        Diagnostics: n_obs, n_regions, n_years, first_year, last_year, df_resid, r2 (of the transformed rows:
        the within R² for fe), rmse, n_singletons (rows left out because an effect fits them perfectly),
        n_incomplete, n_undefined_logs, small_sample_factor, convention; for cce also n_loadings and n_short; for random
        effects also sigma2_e, sigma2_u, sigma2_u_truncated, theta_min, theta_max, components; covariance_rank where the
        clusters (or years) give a covariance of lower rank than there are coefficients; terms_without_variance for
        dummies whose scores cancel there; for spatial models n_islands, n_left_out with islands and left_out by name,
        row_sums where the weights are not row-standardised
        (units outside the weights or without a row in each year), and but for slx sigma2, log_likelihood, stable_low
        and stable_high (of ρ or λ, which is the last coefficient). Those of "fractional-logit" are named in
        `panel.fractional`.

    Raises
    ------
    FormulaError, UnknownNameError : the formula is wrong or names an unknown variable.
    OptionError : an option or a combination of options that does not exist.
    DataError : the data are not a panel.
    EstimationError : the data cannot give the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> index = pd.MultiIndex.from_product([list("abcd"), range(2000, 2006)], names=["region", "year"])
    >>> x = np.random.default_rng(1).normal(size=24)
    >>> frame = pd.DataFrame({"x": x, "y": 2 * x}, index=index)
    >>> estimate = fit("y ~ x", frame, effects="region", inference="iid")
    >>> float(estimate.params["x"].round(12)), estimate.diagnostics["n_regions"]
    (2.0, 4)
    """
    method = parse_estimator(estimator)
    chosen = chosen_effects(method, effects)
    _check_years(years, breaks)
    _check_extras(method, weights, breaks)
    rule = inference_of(default_inference(method) if inference is None else inference)
    if method.kind == "fractional-logit":
        return fractional_logit(formula, data, scale=method.scale, effects=chosen, inference=rule, years=years)
    if method.kind in ("gmm-diff", "gmm-system"):
        return gmm_estimate(formula, data, estimator=method, effects=chosen, inference=rule, years=years, breaks=breaks)
    if method.kind == "lsdvc":
        return lsdvc(formula, data, estimator=method, effects=chosen, inference=rule, years=years)
    if method.kind == "fe" and chosen == "none":
        method = Estimator("pooled")
    frame, known, checksum = frame_of(data)
    parsed = parse_formula(formula)
    cases = design(parsed, frame, known, years=years)
    column = weights if isinstance(weights, str) else None
    sample, removed = Sample.of(cases, None if column is None else _weights(cases, frame, column)), 0
    names = () if chosen == "none" else tuple(chosen.split("+"))
    if method.kind == "fe":
        sample, removed = without_singletons(sample, names)
    check_inference(method, rule)
    spec = Spec(
        str(parsed), str(method), chosen, str(rule), _span(years, breaks), None if weights is None else str(weights)
    )
    lattice = None
    if isinstance(weights, SpatialWeights):
        check_units(frame.index.get_level_values(0).unique(), weights)
        lattice = Lattice.of(sample, weights)
        spec = replace(spec, weights=str(lattice.weights))
        if method.kind != "slx":
            transformed = method.transformation == "lee-yu"
            kind = cast("SpatialKind", method.kind)
            return spatial_regression(cases, lattice, spec, checksum, kind=kind, effects=names, transformed=transformed)
        sample = lattice.with_lags().sample
    found = estimated(sample, method, names, breaks, str(parsed.lhs))
    refuse_constant(sample.y, found.data)
    neighbours = None if lattice is None else lattice.weights
    fitted = Fitted.of(cases, found.sample, found.data, found.solution, frame, rule, places_of(data), neighbours)
    described = {
        **_describe(found.data, found.solution),
        "n_singletons": removed,
        "n_incomplete": cases.incomplete,
        "n_undefined_logs": sum(cases.undefined.values()),
        **found.extras,
        **({} if lattice is None else lattice.described()),
    }
    return estimate_of(fitted, replace(spec, instruments=found.instruments), checksum, described)


def _check_years(years: object, breaks: object) -> None:
    if years is not None and not (_are_years(years) and len(years) == 2 and years[0] <= years[1]):
        raise OptionError(f"years cannot be {years!r}", advice="Give the first and the last year, such as (2006, 2022)")
    if not _are_years(breaks):
        raise OptionError(f"breaks cannot be {breaks!r}", advice="Give a tuple of years, such as (2017, 2019)")


def _are_years(given: object) -> TypeGuard[Sequence[Integral]]:
    return isinstance(given, Sequence) and all(isinstance(year, Integral) for year in given)


def _check_extras(method: Estimator, weights: str | SpatialWeights | None, breaks: tuple[int, ...]) -> None:
    if method.kind in SPATIAL:
        if not isinstance(weights, SpatialWeights):
            raise OptionError(
                f"estimator {str(method)!r} needs spatial weights, not {weights!r}",
                advice='Give weights=load_weights("contiguity"), "distance:1000km", "nearest:5" or "flows"',
            )
    elif isinstance(weights, SpatialWeights):
        raise OptionError(
            f"spatial weights do not go with estimator {str(method)!r}", advice="Use slx, sar, sem or sdm"
        )
    elif weights is not None and method.kind not in ("pooled", "fe"):
        raise OptionError(
            f"weights do not go with estimator {str(method)!r}",
            advice="Use pooled or fe; spatial weights go with slx, sar, sem and sdm",
        )
    if breaks and method.kind not in ("fd", "gmm-diff"):
        raise OptionError(f"breaks do not go with estimator {str(method)!r}", advice="Use fd or gmm-diff")


def _weights(cases: Design, frame: pd.DataFrame, weights: str) -> pd.Series:
    if weights not in frame.columns:
        raise UnknownNameError.of("weights column", weights, map(str, frame.columns))
    if not pd.api.types.is_numeric_dtype(frame[weights].dtype):
        raise EstimationError(f"weights {weights!r} hold no numbers", advice="Name a column of positive numbers")
    values = frame.loc[cases.index, weights].astype("float64")
    usable = ((values > 0) & np.isfinite(values)).to_numpy()
    if not usable.all():
        unit, year = values.index[int((~usable).argmax())]
        raise EstimationError(
            f"weights {weights!r} must be positive and finite", where=f"{unit}, {year}", advice="Mend or drop them"
        )
    return values


def _describe(data: Transformed, solution: Solution) -> dict[str, float | int | str]:
    n, k = data.X.shape
    df = n - k - effect_rank(data.absorbed)
    centre = np.average(data.y, weights=data.weights)
    total = float(data.weights @ (data.y - centre) ** 2)
    ssr = float(data.weights @ solution.residuals**2)
    return {
        "n_obs": n,
        "n_regions": len(np.unique(data.units)),
        "n_years": len(np.unique(data.years)),
        "first_year": int(data.years.min()),
        "last_year": int(data.years.max()),
        "df_resid": df,
        "r2": 1 - ssr / total if total > 0 else float("nan"),
        "rmse": float(np.sqrt(ssr / df)),
    }


def _span(years: tuple[int, int] | None, breaks: tuple[int, ...]) -> str:
    span = "all years" if years is None else f"{years[0]}–{years[1]}"
    return f"{span}, no difference into {', '.join(map(str, breaks))}" if breaks else span
