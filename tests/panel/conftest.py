"""Published results and the data they were computed from; `panel_origin.md` beside them names where each is from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.core.study import Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.panel.tables import ReferenceTable, reference_table

ORACLES = Path(__file__).resolve().parents[1] / "oracles"


@pytest.fixture(scope="session")
def oracle() -> dict[str, dict[str, Any]]:
    """Entries by id."""
    entries = json.loads((ORACLES / "panel.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in entries}


@pytest.fixture(scope="session")
def grunfeld() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "data" / "grunfeld.csv").set_index(["firm", "year"])


@pytest.fixture(scope="session")
def petersen() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "data" / "petersen.csv").set_index(["firm", "year"])


@pytest.fixture(scope="session")
def produc() -> pd.DataFrame:
    return pd.read_csv(ORACLES / "data" / "produc.csv").set_index(["state", "year"])


@pytest.fixture(scope="session")
def queen() -> SpatialWeights:
    """Queen contiguity of the 48 states, row-standardised."""
    table = pd.read_csv(ORACLES / "data" / "w48_queen.csv", index_col=0)
    states = [name.upper().replace(" ", "_").replace("TENNESSEE", "TENNESSE") for name in table.index]
    return SpatialWeights.of(states, table.to_numpy(), "queen")


@pytest.fixture(scope="session")
def binary(queen: SpatialWeights) -> SpatialWeights:
    """The same with equal weights, brought to a largest eigenvalue of one."""
    return SpatialWeights.of(queen.units, (queen.matrix > 0).astype(float), "queen", "spectral")


@pytest.fixture(scope="session")
def boottest() -> pd.DataFrame:
    """Sixteen rows in eight clusters, which are years there and no panel: the rows are numbered as units."""
    rows = (
        pd.read_csv(ORACLES / "data" / "boottest_collapsed.csv")
        .dropna(subset="year")
        .rename(columns={"year": "cluster"})
    )
    return rows.set_index(pd.MultiIndex.from_arrays([range(len(rows)), [2000] * len(rows)], names=["row", "year"]))


@pytest.fixture(scope="session")
def holes(grunfeld: pd.DataFrame) -> pd.DataFrame:
    """Grunfeld's data with a quarter of the rows gone at random: unbalanced, with gaps."""
    return grunfeld.sample(150, random_state=1)


@pytest.fixture(scope="session")
def panel() -> Panel:
    return load_panel()


@pytest.fixture(scope="session")
def study(root: Path) -> Study:
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="session")
def table(panel: Panel, study: Study) -> ReferenceTable:
    return reference_table(panel, study)
