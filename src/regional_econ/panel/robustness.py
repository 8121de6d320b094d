"""How much of the reference regression hangs on the era, the edition of the figures, the errors and single regions?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.changes import window_changes
from regional_econ.panel.demean import group_means, within
from regional_econ.panel.diagnostics.born_breitung import born_breitung
from regional_econ.panel.diagnostics.cross_section import cross_section_test
from regional_econ.panel.diagnostics.heteroskedasticity import groupwise_heteroskedasticity
from regional_econ.panel.diagnostics.influence import Influence, leave_one_out
from regional_econ.panel.diagnostics.poolability import era_stability, poolability
from regional_econ.panel.diagnostics.power import smallest_effects
from regional_econ.panel.diagnostics.serial import wooldridge_within
from regional_econ.panel.eras import method_runs
from regional_econ.panel.estimators import effect_codes
from regional_econ.panel.fit import fit
from regional_econ.panel.margins import marginal_effects
from regional_econ.panel.model import Fitted
from regional_econ.panel.tables import TWOWAY, method_breaks, method_starts, reference_formula

INFERENCES: Mapping[str, str] = {
    "iid": "iid",
    "hc1": "hc1",
    "hc3": "hc3",
    "region": "cluster:region",
    "region_cr2": "cluster:region:CR2",
    "region_cr3": "cluster:region:CR3",
    "wild_region": "wild:region",
    "year": "cluster:year",
    "wild_year": "wild:year",
    "both": "cluster:region+year",
    "dk": "dk",
    "dk_cr1s": "dk:auto:CR1S",
}
POWER_INFERENCES = ("region", "region_cr3", "both", "dk")
ERA_INFERENCES = ("region", "region_cr3")  # a short era has too few years for errors that rest on their number
MIN_ERA_YEARS = 3
PRINTED = 5e-4  # editions whose coefficients agree to the printed digits say the same


@dataclass(frozen=True)
class Interest:
    """What counts as an effect worth finding: points of the outcome for a large change of a driver.

    Attributes
    ----------
    points : percentage points of the outcome in the focal region.
    quantile : of the sizes of all regions' changes of the driver over `window` years within one method.
    """

    points: float
    quantile: float
    window: int


@dataclass(frozen=True)
class Robustness:
    """The two-way reference regression under everything that a referee would change.

    Attributes
    ----------
    others : estimates by id: re_twoway (Amemiya's components), mundlak, fd5, fama_macbeth, fractional.
    effects : average partial effects of the fractional logit in percentage points, term, estimate, std_error.
    eras, editions, inferences : estimates by id.
    diagnostics : tests by id.
    influence : omissions by "region", "year" and "district".
    power : rows of `smallest_effects` by era and kind of error, with the driver's change: columns era, inference, term,
        change, and those.
    level : the focal region's newest outcome; level_year : its year.
    decomposition : rows panel ("between", "within"), region, x, y of the first driver.
    slopes, intercepts : by panel, the lines of the decomposition.
    """

    others: Mapping[str, Estimate]
    effects: pd.DataFrame
    eras: Mapping[str, Estimate]
    editions: Mapping[str, Estimate]
    inferences: Mapping[str, Estimate]
    diagnostics: Mapping[str, HypothesisTest]
    influence: Mapping[str, Influence]
    power: pd.DataFrame
    level: float
    level_year: int
    decomposition: pd.DataFrame
    slopes: Mapping[str, float]
    intercepts: Mapping[str, float]

    def __str__(self) -> str:
        return f"{len(self.eras)} eras, {len(self.editions)} editions, {len(self.inferences)} kinds of errors."


def robustness(
    panel: Panel,
    study: Study,
    *,
    older: Mapping[str, Panel],
    districts: Mapping[Hashable, Hashable],
    interest: Interest,
) -> Robustness:
    """Fit the reference regression under every era, edition and kind of error, and test it.

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers and years.
    older : the panel in earlier editions; those whose figures for this regression do not differ are left out.
    districts : federal district by region.
    interest : the smallest effect of interest.

    Raises
    ------
    EstimationError : a regression is not identified.
    """
    formula = reference_formula(panel, study)
    years = (study.first_year, study.last_year)
    reference = fit(formula, panel, years=years)
    starts = method_starts(panel, study)
    eras = {"all": reference} | {
        f"{first}-{last}": fit(formula, panel, years=(first, last)) for first, last in _eras(starts, years)
    }
    level_year, level = _newest(panel, study)
    between, shares = _decomposed(reference)
    others = _others(formula, panel, study)
    return Robustness(
        others=others,
        effects=marginal_effects(others["fractional"], names=[str(term) for term in reference.params.index]),
        eras=eras,
        editions=_editions(reference, panel, study, older),
        inferences={key: reference.vcov(text) for key, text in INFERENCES.items()},
        diagnostics=_diagnostics(reference, starts),
        influence={
            "region": leave_one_out(reference, "region"),
            "year": leave_one_out(reference, "year"),
            "district": leave_one_out(reference, districts),
        },
        power=_power(eras, panel, study, interest, level),
        level=level,
        level_year=level_year,
        decomposition=between,
        slopes=shares["slope"],
        intercepts=shares["intercept"],
    )


def _eras(starts: tuple[int, ...], years: tuple[int, int]) -> list[tuple[int, int]]:
    """Runs of three years or more under one method of the outcome."""
    return [(first, last) for first, last in method_runs(starts, years) if last - first + 1 >= MIN_ERA_YEARS]


def _others(formula: str, panel: Panel, study: Study) -> dict[str, Estimate]:
    """The same regressors by estimators that weigh regions and years otherwise, or keep the outcome's bounds."""
    years = (study.first_year, study.last_year)
    share = f"{study.outcome} ~ {formula.partition(' ~ ')[2]}"
    scale = panel.variable(study.outcome).bounds[1]
    return {
        "re_twoway": fit(formula, panel, estimator="re:amemiya", effects="region+year", years=years),
        "mundlak": fit(f"{formula} + C(year)", panel, estimator="mundlak", years=years),
        "fd5": fit(formula, panel, estimator="fd:5", effects="year", years=years, breaks=method_breaks(panel, study)),
        "fama_macbeth": fit(formula, panel, estimator="fama-macbeth", years=years),
        "fractional": fit(share, panel, estimator=f"fractional-logit:{scale:g}", years=years),
    }


def _editions(reference: Estimate, panel: Panel, study: Study, older: Mapping[str, Panel]) -> dict[str, Estimate]:
    """Estimates from the newest figures and from older editions, of the years that each of them has."""
    formula = reference.spec.formula
    names = [study.outcome, *study.drivers]
    years = (study.first_year, study.last_year)
    newest = panel.select(years=years).frame[names]
    found = {"newest": reference}
    seen = [newest]
    for name, edition in older.items():
        frame = edition.select(years=years).frame[names]
        if any(frame.equals(one) for one in seen):
            continue
        seen.append(frame)
        estimate = fit(formula, edition, years=years)
        if all(not np.allclose(estimate.params, one.params, rtol=0, atol=PRINTED) for one in found.values()):
            found[name] = estimate
    return found


def _diagnostics(reference: Estimate, starts: tuple[int, ...]) -> dict[str, HypothesisTest]:
    tests = {
        "cd": cross_section_test(reference, "CD"),
        "cdw": cross_section_test(reference, "CDw"),
        "cdw_plus": cross_section_test(reference, "CDw+"),
        "serial_wooldridge": wooldridge_within(reference),
        "serial_born_breitung": born_breitung(reference, "HR"),
        "heteroskedasticity": groupwise_heteroskedasticity(reference, "paired Levene"),
        "heteroskedasticity_wald": groupwise_heteroskedasticity(reference, "modified Wald"),
        "pool_regions": poolability(reference, "region"),
    }
    if len(starts) > 1:
        tests["pool_eras"] = era_stability(reference, starts[1:])
    return tests


def _newest(panel: Panel, study: Study) -> tuple[int, float]:
    known = panel.matrix(study.outcome, regions=[study.focal_region]).iloc[0].dropna()
    return int(str(known.index[-1])), float(known.iloc[-1])


def _power(eras: Mapping[str, Estimate], panel: Panel, study: Study, interest: Interest, level: float) -> pd.DataFrame:
    changes = {term: _large_change(panel, name, term, interest) for term, name in _terms(panel, study).items()}
    gain = float(np.log((level + interest.points) / level))
    wanted = {term: gain / change for term, change in changes.items()}
    frames = [
        smallest_effects(estimate.vcov(INFERENCES[key]), wanted).assign(era=era, inference=key)
        for era, estimate in eras.items()
        for key in (POWER_INFERENCES if era == "all" else ERA_INFERENCES)
    ]
    table = pd.concat(frames, ignore_index=True)
    return table.assign(change=table["term"].map(changes))


def _terms(panel: Panel, study: Study) -> dict[str, str]:
    """Driver by term of the reference formula."""
    return {f"ln({name})" if panel.variable(name).transform == "ln" else name: name for name in study.drivers}


def _large_change(panel: Panel, name: str, term: str, interest: Interest) -> float:
    """The quantile of the sizes of a driver's changes over the window, none across a break of its method."""
    values = panel.matrix(name)
    if term != name:
        values = pd.DataFrame(np.log(values.where(values > 0).to_numpy(dtype=float)), values.index, values.columns)
    sizes = window_changes(values, interest.window, [change.year for change in panel.variable(name).breaks])
    return float(np.quantile(np.abs(sizes), interest.quantile))


def _decomposed(reference: Estimate) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    """Region means and deviations of the first driver and the outcome, each with its simple least-squares line."""
    native = reference.native
    if not isinstance(native, Fitted):
        raise TypeError("the reference regression keeps its arrays")
    sample = native.sample
    pair = np.column_stack([sample.X[:, 0], sample.y])
    means = group_means(pair, sample.units, sample.weights)
    moved = within(pair, effect_codes(sample, TWOWAY), sample.weights)
    labels = sample.index.get_level_values(0)
    first = np.unique(sample.units, return_index=True)[1]
    parts = {"between": (labels[first], means), "within": (labels, moved)}
    frames, slope, intercept = [], {}, {}
    for name, (regions, points) in parts.items():
        frames.append(pd.DataFrame({"panel": name, "region": regions, "x": points[:, 0], "y": points[:, 1]}))
        slope[name], intercept[name] = (float(one) for one in np.polyfit(points[:, 0], points[:, 1], 1))
    return pd.concat(frames, ignore_index=True), {"slope": slope, "intercept": intercept}
