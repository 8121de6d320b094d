"""Do the series return to a level of their own, run together, break, or foretell each other? Tests of panel series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS
from regional_econ._base.seeds import rng_for
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
SIZED = ("ips", "llc", "fisher")  # those with tables or p-values of long series
UNIT_ROOTS = (*INDEPENDENT, "cips")
ERAS = ("one_method", "all")
LAGS: Mapping[str, int] = {"one_method": 0, "all": 1}  # eleven years leave none for the tabulated moments of IPS
RHOS = (0.5, 0.8)
DRAWS: Mapping[Profile, int] = {"quick": 199, "full": 499}
SIZE_PANELS: Mapping[Profile, int] = {"quick": 20, "full": 200}
NOMINAL = round(1 - LEVELS[0], 2)


@dataclass(frozen=True)
class SeriesTests:
    """The tests by era: "one_method", the longest run of years under one method of the outcome, and "all".

    Attributes
    ----------
    terms : the outcome and the drivers, as in the reference formula.
    years : of each era.
    unit_roots : by era, term and test of `UNIT_ROOTS`; yearly means are taken out but for cips, which has its own.
    sizes : by era and test of `SIZED`, the share of panels of independent walks of the size of the outcome's in which
        the test rejects at 5 % though its null is true, of `n_panels`.
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
    sizes: Mapping[str, Mapping[str, float]]
    n_panels: int
    power: pd.DataFrame
    cointegration: Mapping[str, Mapping[str, HypothesisTest]]
    breaks: Mapping[str, HypothesisTest]
    granger: Mapping[str, Mapping[str, HypothesisTest]]
    panel_checksum: str

    def __str__(self) -> str:
        count = sum(len(tests) for terms in self.unit_roots.values() for tests in terms.values())
        return f"{count} tests of unit roots of {', '.join(self.terms)}."


def series_tests(panel: Panel, study: Study, *, profile: Profile = "full") -> SeriesTests:
    """Run every test of the series.

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers and years.
    profile : how many draws every resampled null has (`DRAWS`), and panels a size (`SIZE_PANELS`).

    Raises
    ------
    EstimationError : too few years.
    """
    draws = DRAWS[profile]
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
        sizes={era: _sizes(roots[era][outcome], LAGS[era], SIZE_PANELS[profile], study.seed) for era in ERAS},
        n_panels=SIZE_PANELS[profile],
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
    found = {name: _independent(panel, term, name, lags, years) for name in INDEPENDENT}
    return {**found, "cips": cips_test(panel, term, lags=lags, draws=draws, seed=seed, years=years)}


def _independent(
    data: Panel | pd.DataFrame, term: str, name: str, lags: int, years: tuple[int, int] | None = None
) -> HypothesisTest:
    return unit_root_test(
        data, term, INDEPENDENT[name], lags=0 if name == "hadri" else lags, long_run="driftless", demeaned=True,
        years=years,
    )  # fmt: skip


def _sizes(tests: Mapping[str, HypothesisTest], lags: int, panels: int, seed: int) -> dict[str, float]:
    shares: dict[str, float] = {}
    for name in SIZED:
        n, years = (int(tests[name].details[key]) for key in ("n_regions", "n_years"))
        index = pd.MultiIndex.from_product([range(n), range(years)], names=["region", "year"])
        rng = rng_for(seed, "size of unit root tests", name, years)
        walks = (rng.standard_normal((n, years)).cumsum(axis=1).ravel() for _ in range(panels))
        frames = (pd.DataFrame({"walk": walk}, index=index) for walk in walks)
        shares[name] = sum(_independent(frame, "walk", name, lags).p_value < NOMINAL for frame in frames) / panels
    return shares


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
    found["all"]["Gt_trend"] = westerlund_test(
        f"{outcome} ~ {focus}", panel, "Gt", trend="trend", lags=LAGS["all"], draws=draws, seed=seed, years=years["all"]
    )
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
