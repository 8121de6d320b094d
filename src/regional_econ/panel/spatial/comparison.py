"""How much do neighbours matter in the reference regression, under each matrix of weights, model and kind of error?

Contiguity is the declared choice. The other weights show how much hangs on it; none of them may take its place
because its answer is liked better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.core.study import Study
from regional_econ.panel.diagnostics.cross_section import cross_section_test
from regional_econ.panel.fit import fit
from regional_econ.panel.spatial.dependence import Method, spatial_dependence
from regional_econ.panel.spatial.effects import Direction, spatial_effects, spillover_intervals, spillover_map
from regional_econ.panel.spatial.lattice import lag_of
from regional_econ.panel.spatial.regression import SpatialModel, native_weights
from regional_econ.panel.tables import reference_formula

MAIN = "contiguity"
WEIGHTS: Mapping[str, str] = {
    MAIN: MAIN,
    "distance": "distance",
    "distance_1000": "distance:1000km",
    "nearest_5": "nearest:5",
    "flows": "flows",
    "flows_bought": "flows:bought",
    "flows_sold": "flows:sold",
}
MODELS: Mapping[str, str] = {"slx": "slx", "sar": "sar", "sem": "sem", "sdm": "sdm", "sdm_lee_yu": "sdm:lee-yu"}
RADII = (500, 1000, 2000)
_LAGS = {"": "", "_3": ":3", "_all": ":all"}
INFERENCES: Mapping[str, str] = {
    "region": "cluster:region",
    "both": "cluster:region+year",
    "dk": "dk",
    **{f"conley_{km}{key}": f"conley:{km}km{lag}" for key, lag in _LAGS.items() for km in RADII},
}
CHANGE_PCT = 10.0


@dataclass(frozen=True)
class Spillovers:
    """What a change of the focal region's first driver does elsewhere, and what changes elsewhere do to it.

    Attributes
    ----------
    region : the focal one.
    change_pct : of the driver, in per cent.
    own : change of the region's own outcome in per cent.
    maps : by direction, frames of `effects.spillover_map` whose values are changes of the outcome in per cent, the
        region's own included.
    """

    region: str
    change_pct: float
    own: float
    maps: Mapping[Direction, pd.DataFrame]

    def elsewhere(self, direction: Direction) -> pd.DataFrame:
        """Rows of a map with a figure, without the region itself."""
        frame = self.maps[direction]
        return frame[(frame["status"] == "published") & (frame["region"] != self.region)]


@dataclass(frozen=True)
class SpatialComparison:
    """The two-way reference regression with neighbours.

    Attributes
    ----------
    within : the regression without neighbours, on all its rows.
    estimates : by weights and model, ids of `WEIGHTS` and `MODELS`. Where the weights leave islands, sdm_lee_yu is
        without them, because its contrasts need rows of weights that add up to one.
    effects : weights, model, term, effect, estimate, std_error, conf_low95, conf_high95, conf_low80, conf_high80.
    tests : by weights and test: lm_lag, lm_error, robust_lm_lag, robust_lm_error, and neighbours_drivers, that the
        coefficients of W(x) in sdm are all zero.
    dependence : the weighted CD test of the within residuals, which needs no weights.
    errors : the within regression under several kinds of error; those that give a negative variance are left out.
    spillovers : by sdm with the main weights; None where the focal region is not in that estimate, or has no
        neighbours there.
    absent : by reason, regions that sdm with the main weights leaves out ("gaps", "not in the weights") or that have
        no neighbours there ("islands").
    """

    within: Estimate
    estimates: Mapping[str, Mapping[str, Estimate]]
    effects: pd.DataFrame
    tests: Mapping[str, Mapping[str, HypothesisTest]]
    dependence: HypothesisTest
    errors: Mapping[str, Estimate]
    spillovers: Spillovers | None
    absent: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return f"{len(self.estimates)} matrices of weights, {len(self.errors)} kinds of errors."


def spatial_comparison(
    panel: Panel, study: Study, weights: Mapping[str, SpatialWeights], *, main: str = MAIN
) -> SpatialComparison:
    """Fit the reference regression with every matrix of weights and every spatial model.

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers, years and the focal region.
    weights : by id; among the regions of the panel.
    main : id of the declared weights.

    Raises
    ------
    EstimationError : a regression is not identified.
    """
    formula, years = reference_formula(panel, study), (study.first_year, study.last_year)
    within = fit(formula, panel, years=years)
    estimates = {name: _models(formula, panel, years, given) for name, given in weights.items()}
    return SpatialComparison(
        within=within,
        estimates=estimates,
        effects=pd.concat(
            [
                _effects(estimate).assign(weights=name, model=model)
                for name, models in estimates.items()
                for model, estimate in models.items()
                if model != "sem"
            ],
            ignore_index=True,
        ),
        tests={name: _tests(within, estimates[name]["sdm"], given) for name, given in weights.items()},
        dependence=cross_section_test(within, "CDw"),
        errors=_errors(within),
        spillovers=_spillovers(estimates[main]["sdm"], panel, study.focal_region),
        absent=_absent(estimates[main]["sdm"]),
    )


def _models(formula: str, panel: Panel, years: tuple[int, int], weights: SpatialWeights) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for model, text in MODELS.items():
        used = weights
        if model == "sdm_lee_yu" and (known := native_weights(found["sdm"].native)) is not None:
            used = weights.among([unit for unit in weights.units if unit not in known.islands])
        found[model] = fit(formula, panel, estimator=text, years=years, weights=used)
    return found


def _effects(estimate: Estimate) -> pd.DataFrame:
    wide, narrow = (spatial_effects(estimate, level=level) for level in LEVELS)
    table = wide.rename(columns={"conf_low": "conf_low95", "conf_high": "conf_high95"})
    return table.assign(conf_low80=narrow["conf_low"], conf_high80=narrow["conf_high"])


def _tests(within: Estimate, durbin: Estimate, weights: SpatialWeights) -> dict[str, HypothesisTest]:
    found = {
        str(method).lower().replace(" ", "_"): spatial_dependence(within, weights, method)
        for method in get_args(Method)
    }
    equations = ", ".join(f"{lag_of(str(term))} = 0" for term in within.params.index)
    return {**found, "neighbours_drivers": durbin.test(equations)}


def _errors(within: Estimate) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    for key, text in INFERENCES.items():
        try:
            found[key] = within.vcov(text)
        except EstimationError:
            continue
    return found


def _spillovers(durbin: Estimate, panel: Panel, region: str) -> Spillovers | None:
    known = native_weights(durbin.native)
    if known is None or region not in known.units or region in known.islands:
        return None
    term = str(durbin.params.index[0])
    table = spillover_intervals(durbin, term, region)
    own = table[table["region"] == region].to_dict("records")[0]
    elasticity, sure = float(own["estimate"]), not own["conf_low"] <= 0 <= own["conf_high"]
    maps: dict[Direction, pd.DataFrame] = {}
    for direction in get_args(Direction):
        frame = spillover_map(durbin, panel, term, region, direction=direction)
        at_home = frame["region"] == region
        maps[direction] = frame.assign(
            value=_per_cent(frame["value"].mask(at_home, elasticity).to_numpy()),
            status=frame["status"].mask(at_home, "published"),
            holds_zero=frame["holds_zero"].mask(at_home, not sure),
        )
    return Spillovers(region, CHANGE_PCT, float(_per_cent(np.array(elasticity))), maps)


def _absent(durbin: Estimate) -> dict[str, tuple[str, ...]]:
    if not isinstance(durbin.native, SpatialModel):
        raise TypeError("a spatial model keeps its lattice")
    lattice = durbin.native.lattice
    named = {**lattice.left_out, "islands": lattice.weights.islands}
    return {reason: tuple(map(str, units)) for reason, units in named.items() if units}


def _per_cent(elasticity: np.ndarray) -> np.ndarray:
    """Change of the outcome in per cent when a driver in logs rises by `CHANGE_PCT`."""
    return np.asarray(100 * np.expm1(elasticity * np.log1p(CHANGE_PCT / 100)))
