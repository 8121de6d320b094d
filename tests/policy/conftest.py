"""What the tests of the policy model share: its made-up world, and a study of that world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import DRAWS, REGION, made_up_elasticities, made_up_forecast, made_up_panel, measured

from regional_econ.core.elasticity import ElasticitySet
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.workspace import Workspace
from regional_econ.policy.scenarios.run import Inputs


@pytest.fixture(scope="session")
def world_panel() -> Panel:
    return made_up_panel()


@pytest.fixture(scope="session")
def world_forecast() -> Forecast:
    return made_up_forecast(DRAWS, range(2023, 2036))


@pytest.fixture(scope="session")
def forecast_of() -> Callable[..., Forecast]:
    """Make a forecast of this world with other draws and years, or one that stands still."""
    return made_up_forecast


@pytest.fixture(scope="session")
def world_elasticities() -> ElasticitySet:
    return made_up_elasticities()


@pytest.fixture(scope="session")
def measure() -> Callable[[ElasticitySet], ElasticitySet]:
    """Put R-hat and effective size of its own draws to a set."""
    return measured


@pytest.fixture(scope="session")
def world(world_panel: Panel, world_forecast: Forecast, world_elasticities: ElasticitySet) -> Inputs:
    return Inputs.of(world_elasticities, world_forecast, world_panel, region=REGION)


@pytest.fixture
def study_file(world: Inputs, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study file of a workspace of the made-up world; its region takes the study's place."""
    text = (root / "analyses" / "study.toml").read_text(encoding="utf-8").replace("RU-KEM", world.region)
    path = tmp_path / "analyses" / "study.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    workspace = Workspace(path, "full")
    world.elasticities.write(workspace.artifact("x").parent)
    world.baseline.to_netcdf(workspace.artifact("forecast.nc"))
    monkeypatch.setattr("regional_econ.data.load.load_panel", lambda: world.panel)
    return path


@pytest.fixture(scope="session")
def paper(sources: Path) -> bytes:
    """The paper's text, where it lies beside the official files."""
    path = sources.parent / "paper" / "000_7f25b10ac1d04e47.txt"
    if not path.is_file():
        pytest.skip("needs the paper's own bytes, which are not the project's to pass on")
    return path.read_bytes()
