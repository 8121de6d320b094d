"""Floor policy: a scenario on the draws of the forecast and of the elasticities."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ._base.location import data_dir
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_policy(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.policy.scenarios.run"),
    data: list[Path] = WORK.data("policy.yml", "levers.yml", "literature.csv"),
    scenario: Path = data_dir().parent / "analyses" / "scenarios" / "rd_push.yml",
    elasticities: Path = WORK.artifact("elasticities.json"),
    draws: Path = WORK.artifact("elasticities_draws.parquet"),
    forecast: Path = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("policy"),
) -> None:
    import numpy as np

    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.core.results import Result, Value
    from regional_econ.core.scenario import Scenario
    from regional_econ.data.load import load_panel
    from regional_econ.policy.scenarios.run import Inputs, draws_hash, run

    known, baseline = ElasticitySet.read(elasticities), Forecast.read(forecast)
    inputs = Inputs.of(known, baseline, load_panel(), region=WORK.study.focal_region)
    found = run(Scenario.read(scenario), inputs, grades="all")
    values = {
        f"{name}.effect": Value(float(np.median(effect[:, -1])), digits=3) for name, effect in found.effects.items()
    }
    values["baseline"] = Value(float(np.median(found.baseline[:, -1])), "%", 1)
    WORK.write_results("policy", [Result("small.policy", values, {"draws": draws_hash(known)})], code)
