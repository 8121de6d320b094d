"""A small panel of real figures, one small fit and one backtest with made-up fits, shared by all tests of the room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ.bayes.gates import GateReport, Gates
from regional_econ.bayes.trace import SamplerSettings, Trace
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import ProfileSettings, Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_national
from regional_econ.forecasting import backtest as rolling
from regional_econ.forecasting import model
from regional_econ.forecasting.backtest import Backtest
from regional_econ.forecasting.choice import Choice
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.history import History, NormalForecast
from regional_econ.forecasting.indicators import IDS, Indicator
from regional_econ.forecasting.model import Fit, fit_and_forecast

REGIONS = (
    "RU-ALT", "RU-BEL", "RU-CHE", "RU-KDA", "RU-KEM", "RU-KYA", "RU-MOS", "RU-MOW", "RU-NIZ", "RU-NVS", "RU-PER",
    "RU-ROS", "RU-SAM", "RU-SVE", "RU-TA", "RU-TOM",
)  # fmt: skip
# what a test samples is short: gates are opened where the numbers do not matter
SMALL = ProfileSettings(
    forecast_draws=50, forecast_tune=100, backtest_origins=(2012, 2019), backtest_draws=150, backtest_tune=1,
    ess_min=60, bootstrap_replications=1,
)  # fmt: skip
SCORED = ("innovation_activity_pct", "grp_real_index")


def open_gates(**_: float) -> Gates:
    """Gates that every sample passes, whatever was asked for."""
    return Gates(rhat_max=np.inf, ess_min=0.0, bfmi_min=0.0, divergences_max=10**6)


@pytest.fixture(scope="session")
def panel() -> Panel:
    return load_panel().select(regions=REGIONS)


@pytest.fixture(scope="session")
def national() -> pd.DataFrame:
    return load_national()


@pytest.fixture(scope="session")
def study(root: Path) -> Study:
    return replace(load_study(root / "analyses" / "study.toml"), indicators=IDS, quick=SMALL)


@pytest.fixture(scope="session")
def forecast(panel: Panel, national: pd.DataFrame, study: Study) -> Forecast:
    """Twelve indicators of sixteen regions, sampled too shortly to be believed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "Gates", open_gates)
        return fit_and_forecast(panel, national, study, profile="quick")


@pytest.fixture(scope="session")
def scored(study: Study) -> Study:
    """The study with the two indicators that are backtested here."""
    return replace(study, indicators=SCORED)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("origins")


@pytest.fixture(scope="session")
def tested(panel: Panel, national: pd.DataFrame, scored: Study, store: Path) -> Backtest:
    """Two indicators from two origins, nothing sampled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling, "fit_indicator", made_up_fit)
        patch.setattr(rolling, "stored_forecasts", made_up_forecasts)
        patch.setattr(rolling, "forecast", made_up_forecasts)
        return rolling.backtest(panel, national, scored, profile="quick", folder=store)


@pytest.fixture
def fits_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sampled; the benchmarks are the real ones."""
    monkeypatch.setattr(rolling, "fit_indicator", made_up_fit)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Nothing is sampled; the list names indicator and origin of every fit that was asked for."""
    asked: list[tuple[str, int]] = []

    def fit(panel: Panel, indicator: Indicator, *, origin: int, **options: Any) -> Fit:
        asked.append((indicator.id, origin))
        return made_up_fit(panel, indicator, origin=origin, **options)

    monkeypatch.setattr(rolling, "fit_indicator", fit)
    monkeypatch.setattr(rolling, "stored_forecasts", made_up_forecasts)
    monkeypatch.setattr(rolling, "forecast", made_up_forecasts)
    return asked


def made_up_fit(
    panel: Panel,
    indicator: Indicator,
    *,
    origin: int | None,
    seed: int,
    settings: SamplerSettings,
    choice: Choice,
    gates: Gates | None = None,
    price: dict[int, float] | None = None,
) -> Fit:
    """Stand in for sampling: draws of plausible size around each region's last figure."""
    data = prepare(panel, indicator, origin=origin, prior=choice.prior, price=price)
    rng = np.random.default_rng(seed)
    shape, n = (settings.chains, settings.draws), len(data.regions)
    state = np.zeros((*shape, 5, n))
    state[:, :, 0] = np.nan_to_num(data.last_level - data.base) + rng.normal(0.0, 0.05, (*shape, n))
    state[:, :, 2] = state[:, :, 4] = 0.04
    posterior = {
        "state": state, "variance": np.full((*shape, n), 0.5), "parts": np.broadcast_to([0.2, 0.6, 0.2], (*shape, 3)),
        "persistence": np.full(shape, 0.5), "common_drift": rng.normal(0.0, 0.05, shape),
        "loading": rng.normal(1.0, 0.1, (*shape, n)), "factor_sd": np.full(shape, 0.3),
        "factor_persistence": np.full(shape, 0.5),
    }  # fmt: skip
    trace = Trace(posterior, np.zeros(shape, dtype=bool), rng.normal(size=shape), np.ones(shape), seed)
    return Fit(data, trace, GateReport(1.0, "none", 400.0, "none", 400.0, "none", 0, 1.0, 1), 1)


def made_up_forecasts(known: History, name: str, *, horizon: int, **_: Any) -> NormalForecast:
    """Stand in for the benchmarks: a walk from each region's last value, each with a width of its own."""
    sd = (0.5 + len(name) / 20.0) * np.sqrt(np.arange(1.0, horizon + 1.0))
    return NormalForecast(np.repeat(known.last[:, None], horizon, axis=1), np.tile(sd, (len(known.last), 1)))
