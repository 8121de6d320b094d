"""Do the series return to a level of their own, run together, break, or foretell each other? Tests of panel series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.panel.diagnostics.breaks import break_test
from regional_econ.panel.diagnostics.cointegration import westerlund_test
from regional_econ.panel.diagnostics.granger import granger_test
from regional_econ.panel.eras import inside, study_eras
from regional_econ.panel.fit import fit
from regional_econ.panel.tables import method_starts, reference_formula
from regional_econ.panel.unit_roots.cips import cips_power, cips_test
from regional_econ.panel.unit_roots.first_generation import Test, unit_root_test

INDEPENDENT: Mapping[str, Test] = {"ips": "IPS", "llc": "LLC", "fisher": "Maddala-Wu", "hadri": "Hadri"}
UNIT_ROOTS = (*INDEPENDENT, "cips")
ERAS = ("one_method", "all")
LAGS: Mapping[str, int] = {"one_method": 0, "all": 1}  # eleven years leave none for the tabulated moments of IPS
RHOS = (0.5, 0.8)
DRAWS: Mapping[Profile, int] = {"quick": 199, "full": 499}


@dataclass(frozen=True)
class SeriesTests:
    """The tests by era: "one_method", the longest run of years under one method of the outcome, and "all".

    Attributes
    ----------
    terms : the outcome and the drivers, as in the reference formula.
    years : of each era.
    unit_roots : by era, term and test of `UNIT_ROOTS`; yearly means are taken out but for cips, which has its own.
    power : era, rho, shifted (whether regions' levels shift on their own where the method changes), share of stationary
        panels of the size of the outcome's in which CIPS rejects at 5 %.
    cointegration : by era, Gt and Pt of the outcome with the first driver; also, under "drivers", Gt with all of them
        over all years, where those are enough.
    breaks : of the slopes of all drivers ("drivers") and of the first ("focus"), in an unknown year.
    granger : by era: forward (the first driver goes before the outcome), reverse, and both in changes.
    """

    terms: tuple[str, ...]
    years: Mapping[str, tuple[int, int]]
    unit_roots: Mapping[str, Mapping[str, Mapping[str, HypothesisTest]]]
    power: pd.DataFrame
    cointegration: Mapping[str, Mapping[str, HypothesisTest]]
    breaks: Mapping[str, HypothesisTest]
    granger: Mapping[str, Mapping[str, HypothesisTest]]
    panel_checksum: str

    def __str__(self) -> str:
        count = sum(len(tests) for terms in self.unit_roots.values() for tests in terms.values())
        return f"{count} tests of unit roots of {', '.join(self.terms)}."


def series_tests(panel: Panel, study: Study, *, draws: int) -> SeriesTests:
    """Run every test of the series.

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers and years.
    draws : of every resampled null, 99 or more.

    Raises
    ------
    EstimationError : too few years.
    """
    formula = reference_formula(panel, study)
    outcome, _, right = formula.partition(" ~ ")
    terms = (outcome, *right.split(" + "))
    starts, years = method_starts(panel, study), study_eras(panel, study)
    roots = {
        era: {term: _unit_roots(panel, term, years[era], LAGS[era], draws, study.seed) for term in terms}
        for era in ERAS
    }
    reference = fit(formula, panel, years=years["all"])
    focus = terms[1]
    return SeriesTests(
        terms=terms,
        years=years,
        unit_roots=roots,
        power=_power({era: roots[era][outcome]["cips"] for era in ERAS}, starts[1:], years, draws, study.seed),
        cointegration=_cointegration(panel, outcome, right, focus, years, draws, study.seed),
        breaks={
            "drivers": break_test(reference, draws=draws, seed=study.seed),
            "focus": break_test(reference, (focus,), draws=draws, seed=study.seed),
        },
        granger={era: _granger(panel, outcome, focus, years[era], draws, study.seed) for era in ERAS},
        panel_checksum=panel.checksum,
    )


def _unit_roots(
    panel: Panel, term: str, years: tuple[int, int], lags: int, draws: int, seed: int
) -> dict[str, HypothesisTest]:
    found = {
        name: unit_root_test(panel, term, test, lags=lags, demeaned=True, years=years)
        for name, test in INDEPENDENT.items()
    }
    return {**found, "cips": cips_test(panel, term, lags=lags, draws=draws, seed=seed, years=years)}


def _power(
    tests: Mapping[str, HypothesisTest], breaks: tuple[int, ...], years: Mapping[str, tuple[int, int]], draws: int,
    seed: int,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for era, test in tests.items():
        places_inside = tuple(year - years[era][0] for year in inside(breaks, years[era]))
        for rho in RHOS:
            for places in ((), places_inside) if places_inside else ((),):
                share = cips_power(test, rho, shifts=places, draws=draws, seed=seed)
                rows.append((era, rho, bool(places), share))
    return pd.DataFrame(rows, columns=["era", "rho", "shifted", "share"])


def _cointegration(
    panel: Panel, outcome: str, right: str, focus: str, years: Mapping[str, tuple[int, int]], draws: int, seed: int
) -> dict[str, dict[str, HypothesisTest]]:
    found: dict[str, dict[str, HypothesisTest]] = {}
    for era in ERAS:
        found[era] = {
            name: westerlund_test(
                f"{outcome} ~ {focus}", panel, name, lags=LAGS[era], draws=draws, seed=seed, years=years[era]
            )
            for name in ("Gt", "Pt")
        }
    try:
        every = westerlund_test(f"{outcome} ~ {right}", panel, "Gt", lags=0, draws=draws, seed=seed, years=years["all"])
    except EstimationError:
        return found
    return {**found, "drivers": {"Gt": every}}


def _granger(
    panel: Panel, outcome: str, focus: str, years: tuple[int, int], draws: int, seed: int
) -> dict[str, HypothesisTest]:
    formulas = {
        "forward": f"{outcome} ~ {focus}",
        "reverse": f"{focus} ~ {outcome}",
        "forward_changes": f"d({outcome}) ~ d({focus})",
        "reverse_changes": f"d({focus}) ~ d({outcome})",
    }
    return {
        name: granger_test(formula, panel, draws=draws, seed=seed, years=years) for name, formula in formulas.items()
    }
