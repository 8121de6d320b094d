"""What would reach the target, which measure does most, whose doubt is it, and what would be worth learning first?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_policy_answers(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.forecasting.scenarios",
        "regional_econ.policy.answers.page",
    ),
    data: list[Path] = WORK.data("policy.yml", "levers.yml", "literature.csv", "national.csv", "forecast.yml"),
    elasticities: Path = WORK.artifact("elasticities.json"),
    draws: Path = WORK.artifact("elasticities_draws.parquet"),
    forecast: Path = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("policy_answers"),
    section: Annotated[Path, Product] = WORK.section_path("policy_answers"),
) -> None:  # fmt: skip
    """Put every question to the simulator on the same draws as the forecast."""
    from regional_econ._base.files import sha256_file
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.scenarios import regime_paths
    from regional_econ.policy.answers import page, page_results
    from regional_econ.policy.answers.study import Aim, answer, check_shares
    from regional_econ.policy.model.inputs import Inputs

    study, baseline, scenarios = WORK.study, Forecast.read(forecast), read_choice().scenarios
    regimes = regime_paths(load_national(), scenarios, origin=baseline.origin)
    inputs = Inputs.of(
        ElasticitySet.read(elasticities), baseline, load_panel(), region=study.focal_region, regimes=regimes
    )
    aim = Aim(
        study.target_value, study.target_year, study.target_probability, study.programme_first_year,
        study.programme_last_year, study.seed,
    )  # fmt: skip
    answers = answer(inputs, aim)
    check_shares(answers)
    hashes = {path.name: sha256_file(path) for path in (elasticities, forecast)}
    WORK.write_results("policy_answers", page_results.results(answers, inputs=hashes), code)
    labels = {one.name: one.label for one in scenarios}
    WORK.write_section(page.section(answers, regimes=labels))


if __name__ == "__main__":
    run_alone(task_policy_answers)
