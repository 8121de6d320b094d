"""A small panel of real figures, and one fit shared by all tests of the room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import ProfileSettings, Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.forecasting.backtest import Backtest, backtest
from regional_econ.forecasting.model import fit_and_forecast

REGIONS = (
    "RU-ALT", "RU-BEL", "RU-CHE", "RU-KDA", "RU-KEM", "RU-KYA", "RU-MOS", "RU-MOW", "RU-NIZ", "RU-NVS", "RU-PER",
    "RU-ROS", "RU-SAM", "RU-SVE", "RU-TA", "RU-TOM",
)  # fmt: skip
SMALL = ProfileSettings(
    forecast_draws=400, forecast_tune=500, backtest_origins=(2012, 2019), backtest_draws=300, backtest_tune=500,
    ess_min=60, bootstrap_replications=1,
)  # fmt: skip


@pytest.fixture(scope="session")
def panel() -> Panel:
    return load_panel().select(regions=REGIONS)


@pytest.fixture(scope="session")
def study(root: Path) -> Study:
    return replace(load_study(root / "analyses" / "study.toml"), quick=SMALL)


@pytest.fixture(scope="session")
def forecast(panel: Panel, study: Study) -> Forecast:
    return fit_and_forecast(panel, study, profile="quick")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("origins")


@pytest.fixture(scope="session")
def tested(panel: Panel, study: Study, store: Path) -> Backtest:
    return backtest(panel, study, profile="quick", folder=store)
