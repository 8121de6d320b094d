"""Published results and the data they were computed from; `panel_origin.md` beside them names where each is from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.core.study import Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.data.weights import load_weights
from regional_econ.panel.dynamic_table import DynamicTable, dynamic_table
from regional_econ.panel.side_by_side import SideBySide, side_by_side
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
def firms() -> pd.DataFrame:
    """The employment of Arellano & Bond."""
    return pd.read_csv(ORACLES / "data" / "empl_uk.csv").set_index(["firm", "year"])


@pytest.fixture(scope="session")
def planted() -> Callable[..., pd.DataFrame]:
    """Draws y = γ·lag(y, 1) + x + region + year + error, x AR(1) and correlated with the region effect."""

    def drawn(
        seed: int, n_regions: int, n_years: int, gamma: float, burn: int = 30, spread: float = 0.5
    ) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        length = n_years + burn
        effects, common = spread * rng.normal(size=n_regions), rng.normal(size=length)
        x, y = np.zeros((length, n_regions)), np.zeros((length, n_regions))
        for t in range(1, length):
            x[t] = 0.5 * x[t - 1] + 0.5 * effects + rng.normal(size=n_regions)
            y[t] = gamma * y[t - 1] + x[t] + effects + common[t] + rng.normal(size=n_regions)
        index = pd.MultiIndex.from_product([range(n_regions), range(2000, 2000 + n_years)], names=["region", "year"])
        return pd.DataFrame({"y": y[burn:].T.ravel(), "x": x[burn:].T.ravel()}, index=index)

    return drawn


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
def ragged_grunfeld(grunfeld: pd.DataFrame) -> pd.DataFrame:
    """Grunfeld's data as `panel_heterogeneous.R` thins them: ends of three series gone, no gaps."""
    firm, year = grunfeld.index.get_level_values(0), grunfeld.index.get_level_values(1)
    gone = ((firm == 2) & (year < 1938)) | ((firm == 5) & (year > 1951)) | ((firm == 7) & (year < 1936))
    return grunfeld[~gone]


@pytest.fixture(scope="session")
def ragged_produc(produc: pd.DataFrame) -> pd.DataFrame:
    """Munnell's data as `panel_heterogeneous.R` thins them: ends of two series gone, no gaps."""
    state, year = produc.index.get_level_values(0), produc.index.get_level_values(1)
    names = state.unique()
    return produc[~(((state == names[2]) & (year < 1974)) | ((state == names[9]) & (year > 1983)))]


@pytest.fixture(scope="session")
def plm_heterogeneous() -> list[dict[str, Any]]:
    """What plm says of mean groups, unit roots and Granger causality: kind, data, options and values."""
    return list(json.loads((ORACLES / "panel_heterogeneous.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def panel() -> Panel:
    return load_panel()


@pytest.fixture(scope="session")
def study(root: Path) -> Study:
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="session")
def table(panel: Panel, study: Study) -> ReferenceTable:
    return reference_table(panel, study)


@pytest.fixture(scope="session")
def beside(panel: Panel, study: Study) -> SideBySide:
    """One elasticity under every estimator."""
    return side_by_side(panel, study, load_weights("contiguity"))


@pytest.fixture(scope="session")
def dynamic(panel: Panel, study: Study) -> DynamicTable:
    """Every dynamic model, with few draws."""
    return dynamic_table(panel, study, draws=99)
