"""How did such forecasts fare from past years, beside simple and pooled methods?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORDS = WORK.root / "reports" / "record"
RECORD = RECORDS / "benchmark_forecasts.parquet"
CANDIDATES, CALIBRATION = RECORDS / "calibrate.candidates.json", RECORDS / "calibrate.sbc.json"


def task_backtest(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.data.tables",
        "regional_econ.forecasting.pages.scores",
        "regional_econ.core.record",
    ),
    data: list[Path] = WORK.data("forecast.yml", "national.csv"),
    records: list[Path] = [path for path in (RECORD, CANDIDATES, CALIBRATION) if path.is_file()],
    scored: Annotated[Path, Product] = WORK.artifact("backtest_scores.parquet"),
    results: Annotated[Path, Product] = WORK.index_path("backtest"),
    section: Annotated[Path, Product] = WORK.section_path("forecast_scores"),
) -> None:
    """Forecast from rolling origins, score what came true, and write the page on it and on how the model was chosen."""
    from regional_econ._base.files import atomic_path
    from regional_econ.core.record import read_result
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.backtest import backtest
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.pages import candidates, sbc, scores
    from regional_econ.forecasting.score_results import score_results

    panel, study = load_panel(), WORK.study
    found = backtest(
        panel,
        load_national(),
        study,
        folder=WORK.artifact("origins"),
        record=RECORD if RECORD.is_file() else None,
        profile=WORK.profile,
        jobs=WORK.jobs,
    )
    with atomic_path(scored) as temporary:
        found.scores.to_parquet(temporary, index=False)
    numbers = (
        *score_results(found, panel, seed=study.seed),
        *candidates.results(read_result(CANDIDATES), read_choice()),
        *sbc.results(read_result(CALIBRATION)),
    )
    WORK.write_results("backtest", numbers, code)
    WORK.write_section(scores.section(found, numbers))


if __name__ == "__main__":
    run_alone(task_backtest)
