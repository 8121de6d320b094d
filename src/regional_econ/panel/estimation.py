"""What does an estimator turn a sample into?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.cce import common_effects
from regional_econ.panel.dynamic.half_panel import half_panel_jackknife
from regional_econ.panel.estimators import (
    Sample,
    between,
    fama_macbeth,
    first_differences,
    fixed_effects,
    pooled,
    with_region_means,
)
from regional_econ.panel.hausman_taylor import hausman_taylor
from regional_econ.panel.heterogeneous.dynamic_cce import dynamic_cce
from regional_econ.panel.heterogeneous.interactive import interactive_effects
from regional_econ.panel.heterogeneous.mean_group import cce_mean_group, mean_group, swamy
from regional_econ.panel.heterogeneous.pmg import pooled_mean_group
from regional_econ.panel.least_squares import Solution, Transformed, solve
from regional_econ.panel.methods import Estimator
from regional_econ.panel.random_effects import random_effects


@dataclass(frozen=True, slots=True)
class Fit:
    """A sample, transformed and solved.

    Attributes
    ----------
    sample : the rows used, with whatever the estimator adds to them; data, solution : see `least_squares`.
    extras : what the estimator reports.
    instruments : of instrumental estimators.
    """

    sample: Sample
    data: Transformed
    solution: Solution
    extras: dict[str, float | int | str]
    instruments: str | None = None


def estimated(
    sample: Sample, estimator: Estimator, effects: tuple[str, ...], breaks: tuple[int, ...], outcome: str
) -> Fit:
    """Transform a sample as the estimator does, and solve.

    Raises
    ------
    EstimationError : the data cannot give the estimate.
    """
    extras: dict[str, float | int | str] = {}
    match estimator.kind:
        case "between":
            means, regression = between(sample)
            extras = {"n_years": len(np.unique(sample.years)), "first_year": int(sample.years.min())}
            return Fit(means, regression, solve(regression), extras)
        case "fd":
            changes, regression = first_differences(sample, effects, breaks, step=estimator.step)
            return Fit(changes, regression, solve(regression), extras)
        case "cce":
            rows, regression, extras = common_effects(sample)
            solution = solve(regression)
            extras["rmse"] = float(np.sqrt(solution.residuals @ solution.residuals / int(extras["df_resid"])))
            return Fit(rows, regression, solution, extras)
        case "hpj":
            rows, regression, solution, extras = half_panel_jackknife(sample, effects)
            return Fit(rows, regression, solution, extras)
        case "mean-group":
            return Fit(*mean_group(sample, effects))
        case "cce-mean-group":
            return Fit(*cce_mean_group(sample))
        case "swamy":
            return Fit(*swamy(sample))
        case "dynamic-cce":
            return Fit(*dynamic_cce(sample, outcome, estimator.lags, jackknife=estimator.corrected))
        case "pmg":
            _refuse_own_past(sample, outcome)
            return Fit(*pooled_mean_group(sample))
        case "interactive":
            return Fit(*interactive_effects(sample, effects, estimator.factors, corrected=estimator.corrected))
        case "fama-macbeth":
            regression, solution, _ = fama_macbeth(sample)
            return Fit(sample, regression, solution, extras)
        case "hausman-taylor" | "amemiya-macurdy":
            found = hausman_taylor(sample, estimator.endogenous, estimator.kind)
            parts = found.components.diagnostics()
            return Fit(sample, found.data, found.solution, parts, "; ".join(found.instruments))
        case "re" | "mundlak":
            rows = with_region_means(sample)[0] if estimator.kind == "mundlak" else sample
            if effects:
                regression, components = random_effects(rows, effects, estimator.components)
                extras = components.diagnostics()
            else:
                regression = pooled(rows)
            return Fit(rows, regression, solve(regression), extras)
        case _:
            regression = fixed_effects(sample, effects) if effects else pooled(sample)
            return Fit(sample, regression, solve(regression), extras)


def _refuse_own_past(sample: Sample, outcome: str) -> None:
    own = [name for name in sample.names if name.startswith(f"lag({outcome}, ")]
    if own:
        raise EstimationError("pmg takes the outcome's past itself", advice=f"Leave {own[0]} out")
