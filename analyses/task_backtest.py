"""How did such forecasts fare from past years, beside a random walk with drift and exponential smoothing?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_backtest(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.forecasting.sections"),
    data: list[Path] = WORK.data(),
    forecast: Path = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("backtest"),
    section: Annotated[Path, Product] = WORK.section_path("forecast"),
) -> None:
    """Forecast from rolling origins, score what came true, and write the section on forecasts."""
    from regional_econ.core.forecast import Forecast
    from regional_econ.data.load import load_panel
    from regional_econ.forecasting import results as numbers
    from regional_econ.forecasting import sections
    from regional_econ.forecasting.backtest import backtest

    panel, study = load_panel(), WORK.study
    found = backtest(panel, study, profile=WORK.profile, jobs=WORK.jobs, folder=WORK.artifact("origins"))
    scored = numbers.backtest_result(found, panel)
    WORK.write_results("backtest", [scored], code)
    WORK.write_section(sections.section(Forecast.read(forecast), found, scored, panel, study))


if __name__ == "__main__":
    run_alone(task_backtest)
