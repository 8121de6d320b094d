"""The policy page: the exported model with the measures, the target and what would be worth learning first."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_policy_page(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.forecasting.scenarios",
        "regional_econ.policy.exports.page",
    ),
    data: list[Path] = WORK.data(
        "policy.yml", "levers.yml", "literature.csv", "national.csv", "forecast.yml",
        "schemas/policy_browser.schema.json",
    ),
    elasticities: Path = WORK.artifact("elasticities.json"),
    draws: Path = WORK.artifact("elasticities_draws.parquet"),
    forecast: Path = WORK.artifact("forecast.nc"),
    answers: Path = WORK.index_path("policy_answers"),
    document: Annotated[Path, Product] = WORK.artifact("policy_browser.json"),
    numbers: Annotated[Path, Product] = WORK.artifact("policy_browser.f64"),
    page: Annotated[Path, Product] = WORK.explorer_path("explore_policy"),
) -> None:  # fmt: skip
    """Write the model with its draws for any program, and the same as a page."""
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.drivers import COAL, drivers
    from regional_econ.forecasting.scenarios import regime_paths
    from regional_econ.policy.exports.browser import browser_files
    from regional_econ.policy.exports.browser_price import Price
    from regional_econ.policy.exports.page import Start, policy_explorer
    from regional_econ.policy.model.inputs import Inputs

    study, baseline, scenarios, national = WORK.study, Forecast.read(forecast), read_choice().scenarios, load_national()
    regimes = regime_paths(national, scenarios, origin=baseline.origin)
    known, first = ElasticitySet.read(elasticities), int(baseline.draws(study.outcome)["year"].min())
    inputs = Inputs.of(known, baseline, load_panel(), region=study.focal_region, regimes=regimes)
    last = next(float(one.values[-1]) for one in drivers(national, origin=baseline.origin) if one.id == COAL)
    price = Price.of(inputs, COAL, last)
    files = browser_files(inputs, start=first, end=study.policy_end, seed=study.seed, price=price)
    files.write(document, numbers)
    start = Start(
        study.target_value, study.target_year, study.target_probability, study.programme_first_year,
        study.programme_last_year,
    )  # fmt: skip
    learning, paths = WORK.results.read("answers.learning"), {one.name: one.label for one in scenarios}
    WORK.write_explorer(policy_explorer(files, inputs, learning, start, paths=paths))


if __name__ == "__main__":
    run_alone(task_policy_page)
