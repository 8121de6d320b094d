"""Is the slope of the average region another one once regions differ in theirs and share shocks?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS
from regional_econ._base.seeds import rng_for
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.panel.diagnostics.cross_section import cross_section_test
from regional_econ.panel.diagnostics.homogeneity import slope_homogeneity
from regional_econ.panel.eras import columns_of, less_yearly_means, sample_of, whole
from regional_econ.panel.fit import fit
from regional_econ.panel.heterogeneous.factor_number import Criterion, largest
from regional_econ.panel.heterogeneous.region_slopes import region_slopes
from regional_econ.panel.methods import Effects
from regional_econ.panel.tables import reference_formula

COMMON = ("within", "cce")
OWN = ("mean_group", "demeaned", "cce_mean_group", "swamy", "pmg", "pmg_demeaned")
PAST = ("dynamic_cce", "dynamic_cce_focus", "dynamic_cce_jackknife")
MOST_FACTORS = 4
FACTORS = tuple(f"factors_{number}" for number in range(1, MOST_FACTORS + 1))
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
SIZED = ("within", "demeaned", "pmg_demeaned", "factors_4")
PERSISTENCE = 0.5  # of the errors of drawn panels, near that of the outcome's own
DRAWS: Mapping[Profile, int] = {"quick": 20, "full": 99}
DEPENDENCE = ("within_region", "within", "mean_group", "demeaned", "swamy", "cce", "cce_mean_group")


@dataclass(frozen=True)
class Heterogeneity:
    """The reference regression with slopes of the regions' own and with common factors.

    Attributes
    ----------
    formula, lag, terms : the reference formula, the lagged outcome of the dynamic ones, and the drivers.
    estimates : by model: `COMMON`, `OWN` (pmg_demeaned after the means of each year are taken out), `PAST` (one with
        all drivers; one with the first alone and one lag of the yearly averages; one with the first alone and the
        half-panel jackknife, on regions with every year) and `FACTORS` (interactive effects beside region and year
        effects, on regions with every year).
    refused : why a model of `PAST` with all drivers and the usual lags or the jackknife cannot be had, by id.
    dependence : CD and CDw of the residuals, by model of `DEPENDENCE` and test.
    homogeneity : "adjusted" and "HAC".
    chosen : interactive effects with the number of factors that each criterion chooses; most_factors : the largest
        number that they consider.
    slopes : the regions' own slopes of the first driver, demeaned mean group: as `region_slopes`, sorted.
    balanced : regions with every year.
    size : by model of `SIZED`, the share of panels without any link, drivers as they are and errors that follow their
        past by `PERSISTENCE`, in which the first driver is found significant at 5 %; draws : their number.
    """

    formula: str
    lag: str
    terms: tuple[str, ...]
    estimates: Mapping[str, Estimate]
    refused: Mapping[str, str]
    dependence: Mapping[str, Mapping[str, HypothesisTest]]
    homogeneity: Mapping[str, HypothesisTest]
    chosen: Mapping[Criterion, Estimate]
    most_factors: int
    slopes: pd.DataFrame
    balanced: tuple[str, ...]
    size: Mapping[str, float]
    draws: int

    def __str__(self) -> str:
        return f"{self.formula}: {len(self.estimates)} estimates, {len(self.slopes)} regions' own slopes."


def heterogeneity(panel: Panel, study: Study, *, draws: int) -> Heterogeneity:
    """Fit the reference regression by every estimator that lets regions or shocks differ.

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers and years.
    draws : panels without any link, for how often some of the estimators find one.

    Raises
    ------
    EstimationError : a regression is not identified.
    """
    formula = reference_formula(panel, study)
    years = (study.first_year, study.last_year)
    outcome, _, right = formula.partition(" ~ ")
    lag = f"lag({outcome}, 1)"
    within = fit(formula, panel, years=years)
    terms = tuple(str(term) for term in within.params.index)
    every_year = whole(sample_of(within))
    balanced = panel.select(regions=every_year)
    dynamic, alone = f"{outcome} ~ {lag} + {right}", f"{outcome} ~ {lag} + {terms[0]}"
    estimates = {
        "within": within,
        "cce": fit(formula, panel, estimator="cce", years=years),
        "mean_group": fit(formula, panel, estimator="mean-group", years=years),
        "demeaned": fit(formula, panel, estimator="mean-group", effects="region+year", years=years),
        "cce_mean_group": fit(formula, panel, estimator="cce-mean-group", years=years),
        "swamy": fit(formula, panel, estimator="swamy", years=years),
        "pmg": fit(formula, panel, estimator="pmg", years=years),
        "pmg_demeaned": _without_years(within),
        "dynamic_cce": fit(dynamic, panel, estimator="dynamic-cce:0", years=years),
        "dynamic_cce_focus": fit(alone, panel, estimator="dynamic-cce:1", years=years),
        "dynamic_cce_jackknife": fit(alone, balanced, estimator="dynamic-cce:0:jackknife", years=years),
    }
    for number, name in enumerate(FACTORS, start=1):
        estimates[name] = fit(formula, balanced, estimator=f"interactive:{number}", years=years)
    chosen = {
        criterion: fit(formula, balanced, estimator=f"interactive:{criterion}", years=years) for criterion in CRITERIA
    }
    slopes = region_slopes(estimates["demeaned"])
    own = slopes[slopes["term"] == terms[0]].sort_values("estimate", ignore_index=True)
    return Heterogeneity(
        formula=formula,
        lag=lag,
        terms=terms,
        estimates=estimates,
        refused={
            name: reason
            for name, text in (("lags", "dynamic-cce"), ("jackknife", "dynamic-cce:0:jackknife"))
            if (reason := _refusal(dynamic, balanced, text, years))
        },
        dependence=_dependence(formula, panel, years, estimates),
        homogeneity={name: slope_homogeneity(within, name) for name in ("adjusted", "HAC")},
        chosen=chosen,
        most_factors=largest(len(every_year), int(within.diagnostics["n_years"])),
        slopes=own,
        balanced=every_year,
        size=_size(fit(formula, balanced, years=years), draws, study.seed),
        draws=draws,
    )


def _without_years(within: Estimate) -> Estimate:
    """The pooled mean group with each year's means taken out of outcome and drivers first."""
    frame, terms = less_yearly_means(columns_of(sample_of(within))), within.params.index
    found = fit(f"y ~ {' + '.join(frame.columns[1:])}", frame, estimator="pmg")
    return replace(
        found,
        params=found.params.set_axis(terms),
        covariance=found.covariance.set_axis(terms).set_axis(terms, axis=1),
        panel_checksum=within.panel_checksum,
    )


def _size(within: Estimate, draws: int, seed: int) -> dict[str, float]:
    """How often each estimator finds a link that is not there, with the drivers of a balanced panel."""
    sample = sample_of(within)
    shape = (int(sample.units.max()) + 1, len(np.unique(sample.years)))
    drivers = columns_of(sample).drop(columns="y")
    names = list(drivers.columns)
    rng, found = rng_for(seed, "heterogeneity", "size"), dict.fromkeys(SIZED, 0)
    for _ in range(draws):
        errors = rng.normal(size=shape)
        errors[:, 0] /= np.sqrt(1 - PERSISTENCE**2)
        for year in range(1, shape[1]):
            errors[:, year] += PERSISTENCE * errors[:, year - 1]
        frame = drivers.assign(y=errors.ravel())
        moved = less_yearly_means(frame)
        formula = f"y ~ {' + '.join(names)}"
        fits = {
            "within": fit(formula, frame),
            "demeaned": fit(formula, frame, estimator="mean-group", effects="region+year"),
            "pmg_demeaned": fit(formula, moved, estimator="pmg"),
            "factors_4": fit(formula, frame, estimator="interactive:4"),
        }
        for model, estimate in fits.items():
            p_values = dict(zip(estimate.params.index, estimate.tidy()["p_value"], strict=True))
            found[model] += p_values[names[0]] < 1 - LEVELS[0]
    return {model: count / draws for model, count in found.items()}


def _refusal(formula: str, panel: Panel, text: str, years: tuple[int, int]) -> str:
    try:
        fit(formula, panel, estimator=text, years=years)
    except EstimationError as error:
        return str(error)
    return ""


def _dependence(
    formula: str, panel: Panel, years: tuple[int, int], estimates: Mapping[str, Estimate]
) -> dict[str, dict[str, HypothesisTest]]:
    region: Effects = "region"
    every = {"within_region": fit(formula, panel, effects=region, years=years), **estimates}
    return {
        name: {"cd": cross_section_test(every[name], "CD"), "cdw": cross_section_test(every[name], "CDw")}
        for name in DEPENDENCE
    }
