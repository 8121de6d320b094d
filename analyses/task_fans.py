"""What do the forecasts look like, what do coal prices change in them, and were the paper's figures to be expected?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_fans(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.forecasting.pages.fans"
    ),
    data: list[Path] = WORK.data("national.csv", "claims.yml", "forecast.yml"),
    forecast: Path = WORK.artifact("forecast.nc"),
    scores: Path = WORK.artifact("backtest_scores.parquet"),
    results: Annotated[Path, Product] = WORK.index_path("fans"),
    section: Annotated[Path, Product] = WORK.section_path("forecast"),
) -> None:
    """Put the forecast under the scenarios, and write the section on it."""
    import pandas as pd

    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.pages import fans

    drawn, earlier = Forecast.read(forecast), pd.read_parquet(scores)
    shown = fans.gather(drawn, load_panel(), load_national(), earlier, WORK.study, read_choice())
    WORK.write_results("fans", fans.results(shown), code)
    WORK.write_section(fans.section(shown))


if __name__ == "__main__":
    run_alone(task_fans)
