"""What does the reference specification say, and how much of it hangs on the estimator and the errors?

The reference (a reference point, not the preferred answer): ln outcome on the drivers, those whose natural scale is
ln in logarithms and the others as they are, region and year effects, clustered by region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.core.design import design
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.demean import within
from regional_econ.panel.diagnostics.power import minimum_detectable_effects
from regional_econ.panel.estimators import Sample, effect_codes, without_singletons
from regional_econ.panel.fit import fit
from regional_econ.panel.hausman import hausman, mundlak_test

MDE_FACTOR = 2.8  # z(0.975) + z(0.80) = 1.96 + 0.84: 80 % power at a two-sided 5 % test
TWOWAY = ("region", "year")


@dataclass(frozen=True)
class ReferenceTable:
    """The reference specification under several estimators and errors.

    Attributes
    ----------
    formula : the specification.
    estimates : by model id: pooled, between, re, fe_region, fe_twoway, fd; fe_twoway_dk and fe_twoway_both have the
        coefficients of fe_twoway with Driscoll–Kraay and two-way clustered errors; fe_newest is fe_twoway within the
        newest method of the outcome.
    tests : by id: hausman and mundlak (region effects), hausman_years and mundlak_years (with year effects).
    within_share : variance left by region and year effects over total variance, by term, for fe_twoway.
    within_share_newest : the same for fe_newest.
    """

    formula: str
    estimates: Mapping[str, Estimate]
    tests: Mapping[str, HypothesisTest]
    within_share: Mapping[str, float]
    within_share_newest: Mapping[str, float]

    def tidy(self) -> pd.DataFrame:
        """All coefficients: model, then the columns of `Estimate.tidy`."""
        frames = [estimate.tidy().assign(model=model) for model, estimate in self.estimates.items()]
        table = pd.concat(frames, ignore_index=True)
        return table[["model", *(column for column in table if column != "model")]]

    def glance(self) -> pd.DataFrame:
        """One row a model: model, estimator, effects, inference, n_obs, n_regions, n_years, r2."""
        rows = [
            {
                "model": model,
                "estimator": estimate.spec.estimator,
                "effects": estimate.spec.effects,
                "inference": estimate.spec.inference,
                **{key: estimate.diagnostics[key] for key in ("n_obs", "n_regions", "n_years", "r2")},
            }
            for model, estimate in self.estimates.items()
        ]
        return pd.DataFrame(rows)

    def detectable(self, model: str) -> pd.Series:
        """Smallest effect that a two-sided 5 % test finds with 80 % power, by term: about 2.8 standard errors."""
        return minimum_detectable_effects(self.estimates[model]).set_index("term")["mde"]

    def summary(self) -> str:
        """Text for people: coefficients with errors below, samples, tests, shares and detectable effects."""
        cells: dict[str, dict[str, str]] = {}
        for model, estimate in self.estimates.items():
            errors = estimate.std_errors
            for term in estimate.params.index:
                row = cells.setdefault(str(term), {})
                row[model] = f"{estimate.params[term]:.4f} ({errors[term]:.4f})"
        coefficients = pd.DataFrame.from_dict(cells, orient="index").reindex(columns=list(self.estimates)).fillna("")
        power = pd.DataFrame(
            {
                "within_share": pd.Series(self.within_share),
                "within_share_newest": pd.Series(self.within_share_newest),
                "detectable": self.detectable("fe_twoway"),
                "detectable_newest": self.detectable("fe_newest"),
            }
        )
        return "\n\n".join(
            [
                self.formula,
                coefficients.T.to_string(),
                self.glance().to_string(index=False, float_format=lambda x: f"{x:.4f}"),
                "\n".join(f"{name}: {test}" for name, test in self.tests.items()),
                power.to_string(float_format=lambda x: f"{x:.4f}"),
                "Associations, not causes. Neither regional clusters nor Driscoll–Kraay errors are safe under "
                "common shocks; see the report.",
            ]
        )

    def __str__(self) -> str:
        return f"{self.formula}: {len(self.estimates)} models, {len(self.tests)} tests."


def reference_formula(panel: Panel, study: Study) -> str:
    """The study's reference formula: ln outcome, drivers in ln where that is their natural scale.

    Raises
    ------
    UnknownNameError : the study names a variable that the panel does not have.
    """
    drivers = [f"ln({name})" if panel.variable(name).transform == "ln" else name for name in study.drivers]
    return f"ln({panel.variable(study.outcome).id}) ~ {' + '.join(drivers)}"


def reference_table(panel: Panel, study: Study) -> ReferenceTable:
    """Fit the reference specification under every estimator and error of the table.

    First differences carry year effects and take no difference into a year in which the outcome or a driver
    changes its method.

    Parameters
    ----------
    panel : figures of the disjoint regions.
    study : outcome, drivers and years.

    Returns
    -------
    ReferenceTable

    Raises
    ------
    UnknownNameError : the study names an unknown variable.
    EstimationError : a model is not identified.
    """
    formula = reference_formula(panel, study)
    years = (study.first_year, study.last_year)
    newest = (method_starts(panel, study)[-1], study.last_year)
    breaks = method_breaks(panel, study)
    dated = f"{formula} + C(year)"
    estimates = {
        "pooled": fit(formula, panel, estimator="pooled", years=years),
        "between": fit(formula, panel, estimator="between", inference="hc1", years=years),
        "re": fit(formula, panel, estimator="re", years=years),
        "fe_region": fit(formula, panel, effects="region", years=years),
        "fe_twoway": fit(formula, panel, years=years),
        "fd": fit(formula, panel, estimator="fd", effects="year", years=years, breaks=breaks),
        "fe_twoway_dk": fit(formula, panel, inference="dk", years=years),
        "fe_twoway_both": fit(formula, panel, inference="cluster:region+year", years=years),
        "fe_newest": fit(formula, panel, years=newest),
    }
    tests = {
        "hausman": _hausman(formula, panel, years),
        "mundlak": mundlak_test(formula, panel, years=years),
        "hausman_years": _hausman(dated, panel, years),
        "mundlak_years": mundlak_test(dated, panel, years=years),
    }
    shares = within_shares(formula, panel, years=years)
    return ReferenceTable(formula, estimates, tests, shares, within_shares(formula, panel, years=newest))


def within_shares(
    formula: str, data: Panel | pd.DataFrame, *, years: tuple[int, int] | None = None
) -> dict[str, float]:
    """Share of each variable's variance that region and year effects leave, on the formula's complete cases.

    Returns
    -------
    shares between 0 and 1 by term, the outcome first
    """
    frame = data.frame if isinstance(data, Panel) else data
    cases = design(formula, frame, years=years)
    sample, _ = without_singletons(Sample.of(cases), TWOWAY)
    columns = np.column_stack([sample.y, sample.X])
    left = within(columns, effect_codes(sample, TWOWAY), sample.weights)
    shares = (left**2).mean(axis=0) / columns.var(axis=0)
    return {name: float(share) for name, share in zip((str(cases.y.name), *cases.names), shares, strict=True)}


def coefficients_data(estimates: Mapping[str, Estimate]) -> pd.DataFrame:
    """What the coefficient figure draws, without the intercept.

    Parameters
    ----------
    estimates : by model id.

    Returns
    -------
    columns term, model, estimate, conf_low80, conf_high80, conf_low95, conf_high95
    """
    frames = [estimate.plot_data().assign(model=model) for model, estimate in estimates.items()]
    table = pd.concat(frames, ignore_index=True)
    return table[table["term"] != "Intercept"].reset_index(drop=True)


def _hausman(formula: str, panel: Panel, years: tuple[int, int]) -> HypothesisTest:
    fixed = fit(formula, panel, effects="region", inference="iid", years=years)
    return hausman(fixed, fit(formula, panel, estimator="re", inference="iid", years=years))


def method_breaks(panel: Panel, study: Study) -> tuple[int, ...]:
    """First years of new methods of the outcome or a driver."""
    names = (study.outcome, *study.drivers)
    return tuple(sorted({change.year for name in names for change in panel.variable(name).breaks}))


def method_starts(panel: Panel, study: Study) -> tuple[int, ...]:
    """First years of the study's runs of years under one method of the outcome."""
    starts = [change.year for change in panel.variable(study.outcome).breaks]
    return (study.first_year, *(year for year in starts if study.first_year < year <= study.last_year))
