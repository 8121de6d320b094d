"""How strongly does innovation activity depend on its own past, and what of the drivers is left then?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.panel.dynamic.equations import SHORTEST
from regional_econ.panel.dynamic.instrument_counts import hansen_reach, what_tests_tell
from regional_econ.panel.dynamic.long_run import LongRun, long_run, nickell_bias
from regional_econ.panel.dynamic.specification import arellano_bond, difference_in_hansen, hansen
from regional_econ.panel.eras import broken, inside, sample_of, study_eras
from regional_econ.panel.fit import fit
from regional_econ.panel.tables import method_breaks, method_starts, reference_formula

LEVELS_MODELS: Mapping[str, str] = {"pooled": "pooled", "within": "fe", "lsdvc": "lsdvc", "hpj": "hpj"}
GMM_MODELS: Mapping[str, str] = {
    "gmm_one": "gmm-diff:lags=2-4,collapse,steps=1",
    "gmm_two": "gmm-diff:lags=2-4,collapse",
    "gmm_every": "gmm-diff",
    "system": "gmm-system:lags=2-4,collapse",
}
GAMMAS = (0.3, 0.5, 0.9)
DRAWS: Mapping[Profile, int] = {"quick": 99, "full": 399}  # of the bootstrap of lsdvc
_SETS = {"collapsed": ",collapse", "spread": ""}


@dataclass(frozen=True)
class Refusal:
    """Years that are too few for a dynamic model."""

    first: int
    last: int
    needed: int
    message: str


@dataclass(frozen=True)
class Checks:
    """The specification tests of a GMM estimate, and what two of them can find with 80 % power.

    Attributes
    ----------
    hansen : of all instruments. difference : of those of the equation in levels, None without such.
    ar1, ar2 : of the differenced errors.
    hansen_size : how often the nominal 5 % Hansen test rejects valid instruments with normal moments.
    hansen_finds : the mean of an invalid moment, in its standard deviations; NaN where none is found.
    ar2_finds : the correlation.
    """

    hansen: HypothesisTest
    difference: HypothesisTest | None
    ar1: HypothesisTest
    ar2: HypothesisTest
    hansen_size: float
    hansen_finds: float
    ar2_finds: float


@dataclass(frozen=True)
class DynamicTable:
    """The reference regression with the outcome of the year before, by several estimators and years.

    Attributes
    ----------
    formula : with the lag as its first term.
    lag, terms : the lagged outcome, and the drivers' terms.
    breaks : first years of new methods of the outcome or a driver, over which gmm-diff takes no difference.
    estimates : by era ("one_method", the longest run of years under one method, and "all") and model.
    long_run : of the first driver, by era and model; None where the outcome does not return.
    checks : of GMM estimates, by era and model.
    refusal : of the years of the newest method, None where they are enough.
    curve : two-step gmm-diff over all years with ever more lags as instruments: set, reach (years back), n_instruments,
        n_regions, term, estimate, std_error, conf_low, conf_high, hansen_p (NaN where refused), hansen_size.
    gaps : regions left out of the half-panel jackknife because a year is missing among theirs, by era.
    nickell : years, gamma, bias.
    """

    formula: str
    lag: str
    terms: tuple[str, ...]
    breaks: tuple[int, ...]
    estimates: Mapping[str, Mapping[str, Estimate]]
    long_run: Mapping[str, Mapping[str, LongRun | None]]
    checks: Mapping[str, Mapping[str, Checks]]
    refusal: Refusal | None
    curve: pd.DataFrame
    gaps: Mapping[str, tuple[str, ...]]
    nickell: pd.DataFrame

    def __str__(self) -> str:
        return f"{self.formula}: {sum(map(len, self.estimates.values()))} estimates, {len(self.curve)} rows of a curve."


def dynamic_table(panel: Panel, study: Study, *, draws: int) -> DynamicTable:
    """Fit the reference regression with a lagged outcome by every dynamic estimator.

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers and years.
    draws : of the bootstrap of the corrected within estimator.

    Raises
    ------
    EstimationError : a regression is not identified.
    """
    reference = reference_formula(panel, study)
    outcome, _, right = reference.partition(" ~ ")
    lag = f"lag({outcome}, 1)"
    formula = f"{outcome} ~ {lag} + {right}"
    eras, breaks = study_eras(panel, study), method_breaks(panel, study)
    estimates: dict[str, dict[str, Estimate]] = {}
    gaps: dict[str, tuple[str, ...]] = {}
    for era, years in eras.items():
        estimates[era], gaps[era] = _estimates(formula, panel, years, inside(breaks, years), draws)
    terms = tuple(str(term) for term in estimates["all"]["within"].params.index if term != lag)
    newest = (method_starts(panel, study)[-1], study.last_year)
    spans = [int(estimates[era]["within"].diagnostics["n_years"]) for era in eras]
    return DynamicTable(
        formula=formula,
        lag=lag,
        terms=terms,
        breaks=breaks,
        estimates=estimates,
        long_run={
            era: {model: _long_run(one, terms[0], lag) for model, one in models.items()}
            for era, models in estimates.items()
        },
        checks={era: {model: _checks(models[model]) for model in GMM_MODELS} for era, models in estimates.items()},
        refusal=_refusal(formula, panel, newest),
        curve=_curve(formula, panel, eras["all"], inside(breaks, eras["all"]), (lag, terms[0])),
        gaps=gaps,
        nickell=_nickell([newest[1] - newest[0] + 1, *spans]),
    )


def _estimates(
    formula: str, panel: Panel, years: tuple[int, int], breaks: tuple[int, ...], draws: int
) -> tuple[dict[str, Estimate], tuple[str, ...]]:
    """All models of an era, and the regions that the half-panel jackknife leaves out."""
    found = {name: fit(formula, panel, estimator=LEVELS_MODELS[name], years=years) for name in ("pooled", "within")}
    found["lsdvc"] = fit(formula, panel, estimator="lsdvc", inference=f"bootstrap:{draws}", years=years)
    gaps = broken(sample_of(found["pooled"]))
    whole = panel.select(regions=[region for region in panel.region_ids if region not in gaps])
    found["hpj"] = fit(formula, whole, estimator="hpj", years=years)
    for name, text in GMM_MODELS.items():
        found[name] = fit(
            formula, panel, estimator=text, years=years, breaks=breaks if text.startswith("gmm-diff") else ()
        )
    return found, gaps


def _long_run(estimate: Estimate, term: str, lag: str) -> LongRun | None:
    try:
        return long_run(estimate, term, (lag,))
    except EstimationError:
        return None


def _checks(estimate: Estimate) -> Checks:
    told = {str(row["test"]): row for row in what_tests_tell(estimate).to_dict("records")}
    system = estimate.spec.estimator.startswith("gmm-system")
    overall = hansen(estimate)
    ar2 = arellano_bond(estimate, 2)
    own = told[overall.method]
    return Checks(
        overall,
        difference_in_hansen(estimate, "levels") if system else None,
        arellano_bond(estimate, 1),
        ar2,
        float(own["size"]),
        float(own["detectable"]),
        float(told[ar2.method]["detectable"]),
    )


def _refusal(formula: str, panel: Panel, years: tuple[int, int]) -> Refusal | None:
    try:
        fit(formula, panel, estimator=GMM_MODELS["gmm_two"], years=years)
    except EstimationError as error:
        return Refusal(*years, SHORTEST, str(error))
    return None


def _curve(
    formula: str, panel: Panel, years: tuple[int, int], breaks: tuple[int, ...], terms: tuple[str, str]
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for name, collapse in _SETS.items():
        before = 0
        for reach in range(2, years[1] - years[0] + 1):
            text = f"gmm-diff:lags=2-{reach}{collapse}"
            estimate = fit(formula, panel, estimator=text, years=years, breaks=breaks)
            about = estimate.diagnostics
            count, regions = int(about["n_instruments"]), int(about["n_regions"])
            if count == before:
                break
            before = count
            free = int(about["overidentified"])
            size = hansen_reach(free, regions).size if free > 0 and count <= regions else float("nan")
            table = estimate.tidy().set_index("term").loc[list(terms)].reset_index()
            rows += [
                {
                    "set": name, "reach": reach, "n_instruments": count, "n_regions": regions,
                    **{str(key): value for key, value in row.items()},
                    "hansen_p": float(about.get("hansen_p", float("nan"))), "hansen_size": size,
                }
                for row in table[["term", "estimate", "std_error", "conf_low", "conf_high"]].to_dict("records")
            ]  # fmt: skip
    return pd.DataFrame(rows)


def _nickell(spans: list[int]) -> pd.DataFrame:
    rows = [(years, gamma, nickell_bias(gamma, years)) for years in sorted(set(spans)) for gamma in GAMMAS]
    return pd.DataFrame(rows, columns=["years", "gamma", "bias"])
