"""What would the levers that act on the four drivers change by the target year, and how surely?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
FOLDER = WORK.root / "analyses" / "scenarios"
SCENARIOS = [FOLDER / f"{name}.yml" for name in ("baseline", "rd_push", "capital_renewal")]
REGIMES = [FOLDER / f"{name}.yml" for name in ("coal_low", "coal_high")]


def task_policy(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.data.tables",
        "regional_econ.forecasting.scenarios",
        "regional_econ.policy.scenarios.sections",
        "regional_econ.policy.scenarios.run",
        "regional_econ.policy.model.units",
    ),
    data: list[Path] = WORK.data(
        "policy.yml", "levers.yml", "literature.csv", "units.yml", "national.csv", "forecast.yml"
    ),
    scenarios: list[Path] = SCENARIOS,
    regimes: list[Path] = REGIMES,
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
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.scenarios import regime_paths
    from regional_econ.policy.model.units import check_equations
    from regional_econ.policy.scenarios import sections
    from regional_econ.policy.scenarios.findings import gather
    from regional_econ.policy.scenarios.run import Inputs, run, run_with_variants

    study, panel, baseline = WORK.study, load_panel(), Forecast.read(forecast)
    check_equations(panel)
    paths = regime_paths(load_national(), read_choice().scenarios, origin=baseline.origin)
    known = ElasticitySet.read(elasticities)
    inputs = Inputs.of(known, baseline, panel, region=study.focal_region, regimes=paths)
    outcomes = run_with_variants([Scenario.read(path) for path in scenarios], inputs)
    findings = gather(
        inputs,
        outcomes,
        tuple(run(Scenario.read(path), inputs) for path in regimes),
        value=study.target_value,
        year=study.target_year,
        probability=study.target_probability,
        seed=study.seed,
    )
    hashes = {path.name: sha256_file(path) for path in (*scenarios, *regimes, elasticities, forecast)}
    WORK.write_results("policy", sections.results(findings, inputs=hashes), code)
    WORK.write_section(sections.section(findings))


if __name__ == "__main__":
    run_alone(task_policy)
