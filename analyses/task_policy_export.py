"""The policy model for others, as stocks and flows."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
SCENARIO = WORK.root / "analyses" / "scenarios" / "rd_push.yml"


def task_policy_export(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.policy.exports.xmile",
        "regional_econ.policy.scenarios.run",
    ),
    data: list[Path] = WORK.data("policy.yml", "levers.yml", "literature.csv"),
    scenario: Path = SCENARIO,
    elasticities: Path = WORK.artifact("elasticities.json"),
    draws: Path = WORK.artifact("elasticities_draws.parquet"),
    forecast: Path = WORK.artifact("forecast.nc"),
    model: Annotated[Path, Product] = WORK.artifact("policy_model.xmile"),
    push: Annotated[Path, Product] = WORK.artifact("policy_rd_push.xmile"),
) -> None:
    """Write the whole model with nothing done, and the R&D push as declared."""
    from regional_econ._base.files import write_text
    from regional_econ.core.elasticity import ElasticitySet, Grade
    from regional_econ.core.forecast import Forecast
    from regional_econ.core.scenario import Scenario
    from regional_econ.data.load import load_panel
    from regional_econ.policy.exports.xmile import nothing_done, xmile
    from regional_econ.policy.model.simulator import Simulator
    from regional_econ.policy.scenarios.run import Inputs, scenario_simulator

    region, seed, given = WORK.study.focal_region, WORK.study.seed, Scenario.read(scenario)
    inputs = Inputs.of(ElasticitySet.read(elasticities), Forecast.read(forecast), load_panel(), region=region)
    simulator, amounts = scenario_simulator(given, inputs)
    write_text(push, xmile(simulator, amounts, name=f"{given.id}, {region}"))
    grades: tuple[Grade, ...] = ("A", "B", "C")
    whole = Simulator.of(inputs, start=given.start, end=given.end, seed=seed, grades=grades, assumed=True)
    write_text(model, xmile(whole, nothing_done(whole), name=f"policy model, {region}"))


if __name__ == "__main__":
    run_alone(task_policy_export)
