"""What would the levers that act on the four drivers change by the target year, and how surely?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
SCENARIOS = [
    WORK.root / "analyses" / "scenarios" / f"{name}.yml" for name in ("baseline", "rd_push", "capital_renewal")
]
TARGET_PROBABILITY = 0.5


def task_policy(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.policy.sections"),
    data: list[Path] = WORK.data("policy.yml", "levers.yml", "literature.csv"),
    scenarios: list[Path] = SCENARIOS,
    elasticities: Path = WORK.artifact("elasticities.json"),
    draws: Path = WORK.artifact("elasticities_draws.parquet"),
    forecast: Path = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("policy"),
    section: Annotated[Path, Product] = WORK.section_path("policy"),
) -> None:
    """Run the scenarios on the same draws as the forecast and ask what the target would take."""
    from regional_econ._base.files import sha256_file
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.core.scenario import Scenario
    from regional_econ.data.load import load_panel
    from regional_econ.policy import sections
    from regional_econ.policy.drivers import DRIVERS, historical_push
    from regional_econ.policy.run import Inputs, run_with_variants
    from regional_econ.policy.target import needed_changes

    study, panel = WORK.study, load_panel()
    baseline = Forecast.read(forecast)
    inputs = Inputs.of(ElasticitySet.read(elasticities), baseline, panel, region=study.focal_region)
    outcomes = run_with_variants([Scenario.read(path) for path in scenarios], inputs)
    value, year = study.target_value, study.target_year
    needs = needed_changes(inputs, value=value, year=year, probability=TARGET_PROBABILITY, seed=study.seed)
    pushes = [historical_push(panel, driver) for driver in DRIVERS]
    findings = sections.PolicyFindings(outcomes, pushes, needs, inputs.priors, value, year, TARGET_PROBABILITY)
    hashes = {path.name: sha256_file(path) for path in (*scenarios, elasticities, forecast)}
    WORK.write_results("policy", sections.results(findings, inputs=hashes), code)
    WORK.write_section(sections.section(findings))


if __name__ == "__main__":
    run_alone(task_policy)
