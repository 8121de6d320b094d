"""`regional-econ forecast`: sample the joint model, look at one fan, read how such forecasts fared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regional_econ.cli.options import DEFAULT_STUDY, JobsOption, JsonOption, ProfileOption, StudyOption, open_workspace
from regional_econ.cli.output import emit

app = typer.Typer(help="Forecasts with their uncertainty.", no_args_is_help=True)

_FILE = "forecast.nc"


@app.command("run")
def run(
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    origin: Annotated[int | None, typer.Option(help="Last year whose figures enter; by default the newest.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; by default the study's own.")] = None,
    jobs: JobsOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Forecast all regions and write the draws."""
    from regional_econ._base.errors import OptionError
    from regional_econ.core.forecast import Forecast

    workspace = open_workspace(study, profile, jobs)
    if origin is not None and out is None:
        raise OptionError(
            "a forecast from another year would replace the study's own", advice="Name a file with --out as well"
        )
    if out is None:
        from regional_econ.cli.steps import run_steps

        path = workspace.artifact(_FILE)
        run_steps(workspace, last="task_forecast")
        forecast = Forecast.read(path)
    else:
        from regional_econ.data.load import load_panel
        from regional_econ.forecasting.model import fit_and_forecast

        path = out
        forecast = fit_and_forecast(
            load_panel(), workspace.study, profile=workspace.profile, origin=origin, jobs=workspace.jobs
        )
        forecast.to_netcdf(path)
    found = dict(forecast.diagnostics)
    size = min(float(found["ess_bulk"]), float(found["ess_tail"]))
    text = (
        f"{forecast}\nGates passed: R-hat at most {found['rhat']:.4f}, effective size at least {size:.0f}, "
        f"{found['divergences']} divergences.\nWrote {path}"
    )
    answer = {"path": str(path), "origin": forecast.origin, "seed": forecast.seed, "diagnostics": found}
    emit(
        "forecast run", answer, as_json=as_json, text=text,
        messages=[f"Next: regional-econ forecast fan {workspace.study.focal_region} {workspace.study.outcome}"],
    )  # fmt: skip


@app.command("fan")
def fan(
    region: Annotated[str, typer.Argument(help="Region id, such as RU-KEM.")],
    variable: Annotated[str, typer.Argument(help="innovation_activity_pct or grp_real_index.")],
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    file: Annotated[Path | None, typer.Option("--file", help="A forecast file; by default the study's own.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the median and the 50, 80 and 95 % bands of one variable in one region."""
    from regional_econ.core.forecast import Forecast

    path = open_workspace(study, profile).artifact(_FILE) if file is None else file
    forecast = Forecast.read(path)
    table = forecast.fan(variable, region)
    head = f"{variable}, {region}: figures to {int(table['year'].min()) - 1}, seed {forecast.seed}"
    answer = {
        "region": region,
        "variable": variable,
        "origin": forecast.origin,
        "seed": forecast.seed,
        "fan": table.to_dict("records"),
    }
    emit(
        "forecast fan", answer, as_json=as_json,
        text=f"{head}\n{table.to_string(index=False, float_format=lambda x: f'{x:.2f}')}",
    )  # fmt: skip


@app.command("scores")
def scores(
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    window: Annotated[str, typer.Option(help="late: starting years of the judgement; early: of the choice.")] = "late",
    by: Annotated[
        str, typer.Option("--by", help="A row a model, or of the model a row a variable or horizon.")
    ] = "model",
    as_json: JsonOption = False,
) -> None:
    """Print how forecasts from past years fared, beside simple and pooled methods."""
    from typing import get_args

    from regional_econ._base.errors import OptionError
    from regional_econ._base.options import check_option
    from regional_econ.forecasting.score_results import BACKTEST_ID, GOALS, Layout, score_table, window_id
    from regional_econ.forecasting.summary import WINDOWS, Window

    check_option("--window", window, Window)
    check_option("--by", by, Layout)
    chosen = next(name for name in WINDOWS if name == window)
    layout: Layout = next(name for name in get_args(Layout) if name == by)
    store = open_workspace(study, profile).results
    whole = store.read(BACKTEST_ID).values
    if window_id(chosen) not in store.ids():
        raise OptionError(f"no origin belongs to the window {chosen}", advice="Name another window")
    found = store.read(window_id(chosen))
    table = score_table({found.id: found}, chosen, layout)
    numbers = {name: found.values[name].value for name in ("origins", "first_origin", "last_origin", "benchmark")}
    head = (
        f"{numbers['origins']} origins, {numbers['first_origin']} to {numbers['last_origin']}, pseudo-real-time, "
        f"profile {whole['profile'].value}; skills and coverage in per cent; skill_best: CRPS below that of "
        f"{numbers['benchmark']}, the best simple method of these origins"
    )
    goals = {
        goal.name: {part: whole[f"goals.{goal.name}.{part}"].value for part in ("target", "status")} for goal in GOALS
    }
    answer = {"window": chosen, **numbers, "goals": goals, "scores": table.to_dict("records")}
    emit(
        "forecast scores", answer, as_json=as_json,
        text=f"{head}\n{table.to_string(index=False, na_rep='', float_format=lambda x: f'{x:.3g}')}",
        messages=[f"Goals met (late): {', '.join(n for n, g in goals.items() if g['status'] == 'met') or 'none'}"],
    )  # fmt: skip
