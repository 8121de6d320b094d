"""What does a reader of the forecast explorer see? Fans, scenarios, earlier fans of all regions, rounded as shown."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_explore_forecast(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.data.tables",
        "regional_econ.forecasting.pages.explorer",
        "regional_econ.forecasting.score_results",
    ),
    data: list[Path] = WORK.data("national.csv", "forecast.yml"),
    forecast: Path = WORK.artifact("forecast.nc"),
    scores: Path = WORK.artifact("backtest_scores.parquet"),
    judged: Path = WORK.index_path("backtest"),
    explorer: Annotated[Path, Product] = WORK.explorer_path("explore_forecast"),
) -> None:
    """Put the forecast of every region under the scenarios, and beside what was forecast earlier."""
    import pandas as pd

    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.pages.explorer import Explored
    from regional_econ.forecasting.pages.explorer import explorer as explored
    from regional_econ.forecasting.score_results import window_id

    given = Explored(
        Forecast.read(forecast),
        load_panel(),
        load_national(),
        pd.read_parquet(scores),
        WORK.results.read(window_id("late")),
        WORK.study,
        read_choice().scenarios,
    )
    explored(given).write(explorer)


if __name__ == "__main__":
    run_alone(task_explore_forecast)
