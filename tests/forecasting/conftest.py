"""A small panel of real figures, and one fit shared by all tests of the room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from regional_econ.bayes.gates import GateReport, Gates
from regional_econ.bayes.trace import SamplerSettings, Trace
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import ProfileSettings, Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.forecasting import backtest as rolling
from regional_econ.forecasting.backtest import Backtest
from regional_econ.forecasting.benchmarks import histories
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.model import Fit, fit_and_forecast

REGIONS = (
    "RU-ALT", "RU-BEL", "RU-CHE", "RU-KDA", "RU-KEM", "RU-KYA", "RU-MOS", "RU-MOW", "RU-NIZ", "RU-NVS", "RU-PER",
    "RU-ROS", "RU-SAM", "RU-SVE", "RU-TA", "RU-TOM",
)  # fmt: skip
SMALL = ProfileSettings(
    forecast_draws=300, forecast_tune=400, backtest_origins=(2012, 2019), backtest_draws=200, backtest_tune=1,
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling, "fit_model", made_up_fit)
        return rolling.backtest(panel, study, profile="quick", folder=store)


def made_up_fit(panel: Panel, *, origin: int, seed: int, settings: SamplerSettings, gates: Gates) -> Fit:
    """Stand in for sampling: draws of plausible size around each region's last figures."""
    data = prepare(panel, origin=origin)
    rng = np.random.default_rng(seed)
    shape, n = (settings.chains, settings.draws), len(data.regions)
    last = [history.last for history in histories(data).values()]
    posterior = {
        "state_mean": np.stack(last) + rng.normal(0.0, 0.05, (*shape, 2, n)),
        "state_covariance": np.broadcast_to([[0.02], [0.0], [0.02]], (*shape, 3, n)),
        "correlation": np.zeros(shape), "persistence_volume": np.full(shape, 0.5),
    }  # fmt: skip
    for name, variance in (("share", 0.04), ("volume", 0.3)):
        posterior |= {
            f"split_{name}": np.full(shape, 0.8), f"national_drift_{name}": np.zeros(shape),
            f"factor_sd_{name}": np.full(shape, 0.1), f"growth_{name}": np.zeros((*shape, len(data.years) - 1)),
            f"drift_{name}": np.zeros((*shape, n)), f"loading_{name}": np.ones((*shape, n)),
            f"variance_{name}": np.full((*shape, n), variance),
        }  # fmt: skip
    trace = Trace(posterior, np.zeros(shape, dtype=bool), rng.normal(size=shape), np.ones(shape), seed)
    return Fit(data, trace, GateReport(1.0, "none", 400.0, "none", 400.0, "none", 0, 1.0, 1), 1)
