"""One regression, from a formula to an Estimate: sample, transformation, solution, covariance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, EstimationError, OptionError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import Design, design, parse_formula
from regional_econ.core.panel import Panel
from regional_econ.panel.covariance import Covariance, covariance
from regional_econ.panel.demean import Codes, effect_rank
from regional_econ.panel.estimators import (
    Sample,
    between,
    effect_codes,
    first_differences,
    fixed_effects,
    pooled,
    without_singletons,
)
from regional_econ.panel.inference import Clustered, DriscollKraay, Inference, parse_inference
from regional_econ.panel.least_squares import Solution, Transformed, solve
from regional_econ.panel.random_effects import random_effects

Estimator = Literal["pooled", "between", "fe", "re", "fd"]
Effects = Literal["none", "region", "year", "region+year"]
_EFFECTS: dict[str, tuple[str, ...]] = {
    "pooled": ("none",),
    "between": ("none",),
    "fe": ("region+year", "region", "year", "none"),
    "re": ("region", "year"),
    "fd": ("none", "year"),
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """The arrays behind an Estimate, for tests that need residuals or scores (`Estimate.native`)."""

    sample: Sample
    data: Transformed
    solution: Solution
    covariance: Covariance


def fit(
    formula: str,
    data: Panel | pd.DataFrame,
    *,
    estimator: Estimator = "fe",
    effects: Effects | None = None,
    inference: Inference | str = "cluster:region",
    years: tuple[int, int] | None = None,
    weights: str | None = None,
    breaks: tuple[int, ...] = (),
) -> Estimate:
    """Fit a linear panel regression.

    Parameters
    ----------
    formula : as in `core.formula`, such as "ln(y) ~ ln(x) + lag(z, 1)"; an intercept is never written.
    data : a Panel, or a frame indexed (unit, year); "region" and "year" below mean its two index levels.
    estimator : "pooled" least squares; "between" units' means; "fe" within; "re" random effects
        (Swamy–Arora); "fd" first differences by calendar year, none across a gap.
    effects : fixed effects taken out exactly, for fe ("none" gives pooled least squares) and fd ("year" or
        "none"); for re the random effect ("region" or "year"; fixed year effects beside random region effects
        are written C(year) in the formula). None takes region+year for fe, region for re, else none.
    inference : an object or text of `panel.inference`; "cluster:region" is CR1S, pyfixest's default.
    years : first and last year of the sample; lags written in the formula reach back beyond it.
    weights : column of positive weights, for pooled and fe: minimises Σ w e².
    breaks : first years of new methods; fd takes no difference into them.

    Returns
    -------
    Estimate
        Diagnostics: n_obs, n_regions, n_years, first_year, last_year, df_resid, r2 (of the transformed rows:
        the within R² for fe), rmse, n_singletons (rows left out because an effect fits them perfectly),
        n_incomplete, n_undefined_logs, small_sample_factor, convention; for re also sigma2_e, sigma2_u,
        sigma2_u_truncated, theta_min, theta_max; covariance_rank where the clusters (or years) give a covariance
        of lower rank than there are coefficients; terms_without_variance for dummies whose scores cancel there.

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
    check_option("estimator", estimator, Estimator)
    chosen = _effects(estimator, effects)
    if estimator == "fe" and chosen == "none":
        estimator = "pooled"
    rule = parse_inference(inference) if isinstance(inference, str) else inference
    frame, known, checksum = _frame(data)
    parsed = parse_formula(formula)
    cases = design(parsed, frame, known, years=years)
    if weights is not None and (estimator not in ("pooled", "fe")):
        raise OptionError(f"weights do not go with estimator {estimator!r}", advice="Use pooled or fe")
    if breaks and estimator != "fd":
        raise OptionError(f"breaks do not go with estimator {estimator!r}", advice="Use fd")
    cases, weight = (cases, None) if weights is None else _weighted(cases, frame, weights)
    sample, removed = Sample.of(cases, weight), 0
    names = () if chosen == "none" else tuple(chosen.split("+"))
    if estimator == "fe":
        sample, removed = without_singletons(sample, names)
    _check_inference(estimator, rule)
    sample, regression, extras = _transform(sample, estimator, names, breaks)
    solution = solve(regression)
    spread = covariance(regression, solution, rule, _clusters(sample, regression, frame, rule))
    labels = list(regression.names)
    return Estimate(
        params=pd.Series(solution.beta, index=labels, name="estimate"),
        covariance=pd.DataFrame(spread.matrix, index=labels, columns=labels),
        spec=Spec(str(parsed), estimator, chosen, str(rule), _span(years, breaks), weights),
        panel_checksum=checksum,
        diagnostics={
            **_describe(regression, solution),
            "n_singletons": removed,
            "n_incomplete": cases.incomplete,
            "n_undefined_logs": sum(cases.undefined.values()),
            **extras,
            "small_sample_factor": spread.factor,
            "convention": spread.convention,
            **_shortfall(spread, len(labels)),
        },
        df=float(spread.df),
        native=Fitted(sample, regression, solution, spread),
    )


def _shortfall(spread: Covariance, k: int) -> dict[str, float | int | str]:
    notes: dict[str, float | int | str] = {}
    if spread.rank is not None and spread.rank < k:
        notes["covariance_rank"] = spread.rank
    if spread.fixed:
        notes["terms_without_variance"] = ", ".join(spread.fixed)
    return notes


def _effects(estimator: str, effects: str | None) -> str:
    allowed = _EFFECTS[estimator]
    if effects is None:
        return allowed[0]
    check_option("effects", effects, Effects)
    if effects not in allowed:
        raise OptionError(
            f"effects {effects!r} do not go with estimator {estimator!r}",
            advice=f"Choose one of: {', '.join(allowed)}"
            + ("; or write C(year) in the formula" if estimator == "re" else ""),
        )
    return effects


def _check_inference(estimator: str, rule: Inference) -> None:
    by_year = isinstance(rule, DriscollKraay) or (isinstance(rule, Clustered) and "year" in rule.dimensions)
    if estimator == "between" and by_year:
        raise OptionError(f"inference {rule} needs years, which between averages out", advice="Use hc1 or iid")


def _frame(data: Panel | pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], str]:
    if isinstance(data, Panel):
        return data.frame, tuple(data.variables), data.checksum
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a Panel or a DataFrame, not {type(data).__name__}", advice="Use load_panel()")
    digest = hashlib.sha256("|".join(map(str, data.columns)).encode())
    digest.update(pd.util.hash_pandas_object(data, index=True).to_numpy().tobytes())
    return data, (), digest.hexdigest()


def _weighted(cases: Design, frame: pd.DataFrame, weights: str) -> tuple[Design, pd.Series]:
    if weights not in frame.columns:
        raise UnknownNameError.of("weights column", weights, map(str, frame.columns))
    values = frame.loc[cases.index, weights].astype("float64")
    if not bool(((values > 0) & np.isfinite(values)).all()):
        unit, year = values.index[int((~((values > 0) & np.isfinite(values))).to_numpy().argmax())]
        raise EstimationError(
            f"weights {weights!r} must be positive and finite",
            where=f"{unit}, {year}",
            advice="Mend or drop them",
        )
    return cases, values


def _transform(
    sample: Sample, estimator: str, effects: tuple[str, ...], breaks: tuple[int, ...]
) -> tuple[Sample, Transformed, dict[str, float | int | str]]:
    if estimator == "between":
        means, regression = between(sample)
        dates: dict[str, float | int | str] = {
            "n_years": len(np.unique(sample.years)),
            "first_year": int(sample.years.min()),
        }
        return means, regression, dates
    if estimator == "fd":
        return *first_differences(sample, effects, breaks), {}
    if estimator == "re":
        regression, parts = random_effects(sample, effect_codes(sample, effects)[0])
        return (
            sample,
            regression,
            {
                "sigma2_e": parts.sigma2_e,
                "sigma2_u": parts.sigma2_u,
                "sigma2_u_truncated": int(parts.truncated),
                "theta_min": float(parts.theta.min()),
                "theta_max": float(parts.theta.max()),
            },
        )
    return sample, fixed_effects(sample, effects) if effects else pooled(sample), {}


def _clusters(sample: Sample, data: Transformed, frame: pd.DataFrame, rule: Inference) -> dict[str, Codes]:
    if not isinstance(rule, Clustered):
        return {}
    return {name: _cluster_codes(name, sample, data, frame) for name in rule.dimensions}


def _cluster_codes(name: str, sample: Sample, data: Transformed, frame: pd.DataFrame) -> Codes:
    if name in ("region", sample.index.names[0]):
        return data.units
    if name in ("year", sample.index.names[1]):
        return sample.year_codes
    if name not in frame.columns:
        known = ["region", "year", *map(str, sample.index.names), *map(str, frame.columns)]
        raise UnknownNameError.of("cluster", name, known)
    values = frame.loc[sample.index, name]
    if values.isna().any():
        unit, year = values.index[int(values.isna().to_numpy().argmax())]
        raise EstimationError(f"cluster {name!r} is missing", where=f"{unit}, {year}", advice="Fill it or drop the row")
    return np.asarray(pd.factorize(values)[0], dtype=np.intp)


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
