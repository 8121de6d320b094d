"""Direct, indirect and total effects and spillovers, against spatialreg's impacts, dense matrices and derivatives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.data.weights import load_weights
from regional_econ.panel.fit import fit
from regional_econ.panel.spatial.effects import (
    MAP_COLUMNS,
    Direction,
    spatial_effects,
    spillover_intervals,
    spillover_map,
    spillovers,
)
from regional_econ.report.plot import plot_frame

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"
KINDS = ["direct", "indirect", "total"]


def by_kind(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.pivot(index="term", columns="effect", values=column).loc[
        ["ln(pcap)", "ln(pc)", "ln(emp)", "unemp"], KINDS
    ]


@pytest.mark.parametrize("effects", ["region", "region+year"])
def test_impacts_of_spatialreg(produc: pd.DataFrame, queen: SpatialWeights, effects: str) -> None:
    stored = json.loads((ORACLES / "panel_spatial.json").read_text(encoding="utf-8"))[effects]["sar_impacts"]
    estimate = fit(OUTPUT, produc, estimator="sar", effects=effects, weights=queen)  # type: ignore[arg-type]
    delta, simulated = (spatial_effects(estimate, method=m) for m in ("delta", "simulation"))  # type: ignore[arg-type]
    np.testing.assert_allclose(by_kind(delta, "estimate"), np.column_stack([stored[k] for k in KINDS]), rtol=1e-6)
    theirs = np.column_stack([stored[f"sd_{kind}"] for kind in KINDS])
    # theirs are of 40,000 draws, the simulated ones of 5,000: a standard deviation is known to 1/√(2·5000) = 1 %
    np.testing.assert_allclose(by_kind(delta, "std_error"), theirs, rtol=0.03)
    np.testing.assert_allclose(by_kind(simulated, "std_error"), theirs, rtol=0.04)
    assert simulated.attrs["n_unstable"] == 0


def test_munnell(oracle: dict[str, dict[str, Any]], produc: pd.DataFrame, queen: SpatialWeights) -> None:
    entry = oracle["munnell_spatial_oneway"]
    stored = entry["reproduced_values"]["spatialreg 1.2-6"]["sar"]
    found = by_kind(spatial_effects(fit(OUTPUT, produc, estimator="sar", effects="region", weights=queen)), "estimate")
    for kind in ("direct", "total"):
        np.testing.assert_allclose(found[kind], list(stored[kind].values()), rtol=entry["tolerance"])


@pytest.mark.parametrize("kind", ["slx", "sar", "sem", "sdm"])
@pytest.mark.parametrize("which", ["queen", "binary"])
def test_effects_are_averages_of_a_dense_matrix(
    produc: pd.DataFrame, queen: SpatialWeights, binary: SpatialWeights, kind: str, which: str
) -> None:
    weights = {"queen": queen, "binary": binary}[which]
    estimate = fit(OUTPUT, produc, estimator=kind, weights=weights)

    def averages(params: pd.Series) -> np.ndarray:
        M = np.linalg.inv(np.eye(48) - params.get("rho", 0.0) * weights.matrix) @ (
            params["ln(pc)"] * np.eye(48) + params.get("W(ln(pc))", 0.0) * weights.matrix
        )
        direct, total = np.diag(M).mean(), M.sum(axis=1).mean()
        return np.array([direct, total - direct, total])

    table = spatial_effects(estimate).query("term == 'ln(pc)'").set_index("effect").loc[KINDS]
    np.testing.assert_allclose(table["estimate"], averages(estimate.params), rtol=1e-10, atol=1e-14)
    slopes = np.array(
        [
            (averages(estimate.params + step) - averages(estimate.params - step)) / 2e-6
            for step in 1e-6 * np.eye(len(estimate.params))
        ]
    ).T
    variance = np.diag(slopes @ estimate.covariance.to_numpy() @ slopes.T)
    np.testing.assert_allclose(table["std_error"], np.sqrt(variance), rtol=1e-6, atol=1e-12)
    place = weights.units.index("UTAH")
    M = np.array([spillovers(estimate, "ln(pc)", unit) for unit in weights.units]).T
    assert np.diag(M).mean() == pytest.approx(table["estimate"]["direct"], rel=1e-9)
    np.testing.assert_allclose(spillovers(estimate, "ln(pc)", "UTAH", direction="to"), M[place], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kind", ["slx", "sar", "sdm"])
@pytest.mark.parametrize("direction", ["from", "to"])
def test_the_interval_of_a_spillover_is_that_of_derivatives(
    produc: pd.DataFrame, queen: SpatialWeights, kind: str, direction: Direction
) -> None:
    estimate = fit(OUTPUT, produc, estimator=kind, weights=queen)
    place = queen.units.index("UTAH")

    def effects(params: pd.Series) -> np.ndarray:
        M = np.linalg.inv(np.eye(48) - params.get("rho", 0.0) * queen.matrix) @ (
            params["ln(pc)"] * np.eye(48) + params.get("W(ln(pc))", 0.0) * queen.matrix
        )
        found: np.ndarray = M[:, place] if direction == "from" else M[place]
        return found

    table = spillover_intervals(estimate, "ln(pc)", "UTAH", direction=direction, level=0.8)
    np.testing.assert_allclose(table["estimate"], effects(estimate.params), rtol=1e-9, atol=1e-14)
    steps = 1e-6 * np.eye(len(estimate.params))
    slopes = [(effects(estimate.params + step) - effects(estimate.params - step)) / 2e-6 for step in steps]
    variances = np.einsum("ai,ab,bi->i", slopes, estimate.covariance.to_numpy(), slopes)
    np.testing.assert_allclose(table["std_error"], np.sqrt(variances), rtol=1e-5, atol=1e-10)
    reach = stats.t.ppf(0.9, estimate.df) * table["std_error"]
    np.testing.assert_allclose(table["conf_low"], table["estimate"] - reach, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(table["conf_high"], table["estimate"] + reach, rtol=1e-9, atol=1e-14)


def test_a_spillover_is_the_sum_of_all_ways_round(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    estimate = fit(OUTPUT, produc, estimator="sdm", weights=queen)
    p, power, total = estimate.params, np.eye(48), np.zeros((48, 48))
    for step in range(200):
        total += p["rho"] ** step * power @ (p["unemp"] * np.eye(48) + p["W(unemp)"] * queen.matrix)
        power = power @ queen.matrix
    found = spillovers(estimate, "unemp", "UTAH")
    np.testing.assert_allclose(found, total[:, queen.units.index("UTAH")], rtol=1e-10, atol=1e-15)
    assert found.idxmin() == "UTAH"


def test_refusals(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    with pytest.raises(EstimationError, match="fe has no neighbours"):
        spatial_effects(fit(OUTPUT, produc))
    estimate = fit(OUTPUT, produc, estimator="sar", weights=queen)
    with pytest.raises(UnknownNameError, match=r"Did you mean ln\(pcap\)"):
        spillovers(estimate, "ln(pcp)", "UTAH")
    with pytest.raises(UnknownNameError, match="Did you mean UTAH"):
        spillovers(estimate, "unemp", "UTAAH")
    for options, message in (
        ({"method": "exact"}, "delta, simulation"),
        ({"level": 95}, "0.95"),
        ({"draws": 9}, "100"),
    ):
        with pytest.raises(OptionError, match=message):
            spatial_effects(estimate, **({"method": "simulation"} | options))  # type: ignore[arg-type]
    wide = estimate.covariance.copy()
    wide.loc["rho", "rho"] = 25.0
    with pytest.raises(EstimationError, match="draws of ρ are unstable"):
        spatial_effects(replace(estimate, covariance=wide), method="simulation")


@pytest.fixture(scope="module")
def official(panel: Panel) -> Estimate:
    return fit("ln(wage_rub) ~ ln(investment_grp_pct)", panel, estimator="sdm", weights=load_weights("contiguity"),
               years=(2010, 2020))  # fmt: skip


def test_the_map_of_a_region_s_spillovers_can_be_drawn(panel: Panel, official: Estimate) -> None:
    frame = spillover_map(official, panel, "ln(investment_grp_pct)", "RU-KEM")
    assert tuple(frame.columns) == MAP_COLUMNS
    assert set(frame.loc[frame["status"] == "missing", "region"]) >= {"RU-KEM", "RU-CR", "RU-SEV"}
    strongest = frame.assign(size=frame["value"].abs()).nlargest(6, "size")["region"]
    assert set(strongest) <= {"RU-AL", "RU-ALT", "RU-KK", "RU-KYA", "RU-NVS", "RU-TOM"}
    chart = plot_frame(
        "tile_map",
        frame,
        options={"variable": "spillover"},
        focal="RU-KEM",
        labels={"spillover": Text("перелив", "spillover")},
        regions={one.id: one.name for one in panel.regions.values()},
    )
    assert "Tomsk Oblast" in json.dumps(chart.to_dict())
