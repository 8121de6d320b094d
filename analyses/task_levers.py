"""What is known of each of the paper's measures, and what would one unit of it bring, alone?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_levers(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.policy.cards.lever_cards"),
    data: list[Path] = WORK.data("policy.yml", "levers.yml", "literature.csv"),
    elasticities: Path = WORK.artifact("elasticities.json"),
    draws: Path = WORK.artifact("elasticities_draws.parquet"),
    forecast: Path = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("levers"),
    section: Annotated[Path, Product] = WORK.section_path("levers"),
    costs: Annotated[Path, Product] = WORK.artifact("costs_official.yml"),
) -> None:
    """Pull each lever alone from a common year on, write a card for each, and the costs that have a source."""
    import yaml

    from regional_econ._base.files import sha256_file, write_text
    from regional_econ._base.location import data_dir
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.elasticities.declared import load_findings
    from regional_econ.policy.cards import lever_cards
    from regional_econ.policy.cards.lever_effects import pull_each
    from regional_econ.policy.model.costs import costs_file
    from regional_econ.policy.scenarios.run import Inputs

    study, panel = WORK.study, load_panel()
    inputs = Inputs.of(ElasticitySet.read(elasticities), Forecast.read(forecast), panel, region=study.focal_region)
    first, last = study.programme_first_year, study.programme_last_year
    effects = pull_each(
        inputs, start=study.last_year + 1, first=first, last=last, end=study.policy_end, seed=study.seed
    )  # fmt: skip
    found = lever_cards.LeverFindings(
        effects, load_findings(), panel, study.focal_region, first, last, study.target_year
    )
    declared = data_dir() / "levers.yml"
    hashes = {path.name: sha256_file(path) for path in (declared, elasticities, forecast)}
    WORK.write_results("levers", lever_cards.results(found, inputs=hashes), code)
    WORK.write_section(lever_cards.section(found))
    write_text(costs, yaml.safe_dump(costs_file(inputs.levers, panel, study.focal_region), sort_keys=False))


if __name__ == "__main__":
    run_alone(task_levers)
