"""Where do the indicators of every region go from here, and how sure is that?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_forecast(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.data.tables",
        "regional_econ.forecasting.model",
        "regional_econ.forecasting.results",
    ),
    data: list[Path] = WORK.data("national.csv", "forecast.yml"),
    forecast: Annotated[Path, Product] = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("forecast"),
) -> None:
    """Sample each indicator's model, hold it against its gates and draw every region's future."""
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.model import fit_and_forecast
    from regional_econ.forecasting.results import diagnostics_result, forecast_result

    panel, study = load_panel(), WORK.study
    drawn = fit_and_forecast(panel, load_national(), study, profile=WORK.profile, jobs=WORK.jobs)
    drawn.to_netcdf(forecast)
    regions = (study.focal_region, *study.comparison_regions)
    found = [forecast_result(drawn, panel, study, region) for region in regions]
    WORK.write_results("forecast", [*found, diagnostics_result(drawn)], code)


if __name__ == "__main__":
    run_alone(task_forecast)
