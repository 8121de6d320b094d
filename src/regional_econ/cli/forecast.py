"""`regional-econ forecast`: sample the joint model, put it under a path, ask and export it, read how it fared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regional_econ.cli.options import (
    DEFAULT_STUDY,
    ClusterOption,
    JobsOption,
    JsonOption,
    ProfileOption,
    StudyOption,
    open_workspace,
    working,
)
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ.core.conditions import Implausibility
    from regional_econ.core.forecast import Forecast
    from regional_econ.core.workspace import Workspace

ConditionOption = Annotated[
    Path | None, typer.Option("--condition", help="A file of conditions (YAML, TOML, CSV): a path of some variables.")
]
FileOption = Annotated[Path | None, typer.Option("--file", help="A forecast file; by default the study's own.")]
app = typer.Typer(help="Forecasts with their uncertainty.", no_args_is_help=True)

_FILE = "forecast.nc"


@app.command("run")
def run(
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    origin: Annotated[int | None, typer.Option(help="Last year whose figures enter; by default the newest.")] = None,
    condition: ConditionOption = None,
    file: Annotated[Path | None, typer.Option("--file", help="With --condition: the forecast to put under it.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; by default the study's own.")] = None,
    jobs: JobsOption = 0,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast all regions and write the draws; with --condition, put the stored forecast under a path."""
    from regional_econ._base.errors import OptionError

    if condition is not None:
        if origin is not None:
            raise OptionError("--condition and --origin do not go together", advice="Give the forecast with --file")
        _run_under(condition, study, profile, file, out, as_json)
        return
    if file is not None:
        raise OptionError("--file is read with --condition only", advice="Give --condition, or --out to write a file")
    if origin is not None and out is None:
        raise OptionError(
            "a forecast from another year would replace the study's own", advice="Name a file with --out as well"
        )
    with working(study, profile, jobs, cluster) as workspace:
        path = workspace.artifact(_FILE) if out is None else out
        forecast = _forecast(workspace, path, origin, own=out is None)
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


def _forecast(workspace: Workspace, path: Path, origin: int | None, *, own: bool) -> Forecast:
    """Make a forecast and write it; the study's own is made by the pipeline, if anything before it has changed."""
    from regional_econ.core.forecast import Forecast

    if own:
        from regional_econ.cli.steps import run_steps

        run_steps(workspace, last="task_forecast")
        return Forecast.read(path)
    from regional_econ._base.files import check_writable
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.model import fit_and_forecast

    check_writable(path)
    forecast = fit_and_forecast(
        load_panel(), load_national(), workspace.study, profile=workspace.profile, origin=origin, jobs=workspace.jobs
    )
    forecast.to_netcdf(path)
    return forecast


@app.command("fan")
def fan(
    region: Annotated[str, typer.Argument(help="Region id, such as RU-KEM; RU for a national driver.")],
    variable: Annotated[str, typer.Argument(help="A forecast variable, such as innovation_activity_pct.")],
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    file: FileOption = None,
    condition: ConditionOption = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Draw it with history and scenarios to a file, .svg, .png or .pdf."),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of names and picture: en or ru.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Print the median and the 50, 80 and 95 % bands of one variable in one region; with --picture, draw them."""
    from regional_econ._base.options import check_option
    from regional_econ._base.text import LANGS, Lang
    from regional_econ.cli.forecast_fan import draw, label_of, picture_form, title_of
    from regional_econ.core.forecast import Forecast

    check_option("--lang", lang, Lang)
    chosen: Lang = next(one for one in LANGS if one == lang)
    if picture is not None:
        picture_form(picture)
    source = _source(study, profile, file)
    whole = Forecast.read(source)
    whole.check(region, variable)
    forecast, found = _under(whole, condition, [region])
    table = forecast.fan(region, variable)
    messages = _said(found) or _said_before(forecast)
    if picture is not None:
        settings = open_workspace(study, profile).study
        messages.append(draw(whole, settings, region, variable, picture, chosen, found.path if found else None))
    head = (
        f"{title_of(forecast, region, variable, chosen)}\n{region}, {variable}: scenario {forecast.scenario}, "
        f"figures to {int(table['year'].min()) - 1}, seed {forecast.seed}"
    )
    answer = {
        "region": region,
        "variable": variable,
        "label": label_of(variable, chosen),
        "origin": forecast.origin,
        "scenario": forecast.scenario,
        "seed": forecast.seed,
        "fan": table.to_dict("records"),
        **_told(found),
    }
    emit(
        "forecast fan", answer, as_json=as_json,
        text=f"{head}\n{table.to_string(index=False, float_format=lambda x: f'{x:.2f}')}", messages=messages,
    )  # fmt: skip


@app.command("probability")
def probability(
    event: Annotated[str, typer.Argument(help='An event, such as "innovation_activity_pct >= 12.5".')],
    region: Annotated[str, typer.Argument(help="Region id, such as RU-KEM; RU for a national driver.")],
    year: Annotated[int, typer.Argument(help="A forecast year.")],
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    file: FileOption = None,
    condition: ConditionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the probability of an event."""
    forecast, found = _opened(study, profile, file, condition, [region])
    share, error = forecast.probability(event, region=region, year=year)
    n = forecast.n_draws
    answer = {
        "event": event,
        "region": region,
        "year": year,
        "scenario": forecast.scenario,
        "probability": share,
        "mc_error": error,
        "n_draws": n,
        **_told(found),
    }
    value = f"= {share:.3f} ± {max(error, 0.001):.3f} (error of the draws)"
    if share in (0.0, 1.0):
        value = f"below 1/{n}: no draw of {n}" if share == 0.0 else f"above 1 − 1/{n}: every draw of {n}"
    text = f"P({event}, {region}, {year}) {value}, scenario {forecast.scenario}"
    emit("forecast probability", answer, as_json=as_json, text=text, messages=_said(found))


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    region: Annotated[
        list[str] | None, typer.Option("--region", help="Whose fans; by default the study's focal region.")
    ] = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    file: FileOption = None,
    condition: ConditionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all quantiles as a hub of forecasts wants them, and the fans of some regions, each a CSV file."""
    from regional_econ._base.errors import OptionError
    from regional_econ.core.forecast_csv import fans_of, hub_name

    if out.exists() and not out.is_dir():
        raise OptionError(f"{out} is no folder", advice="Name another one")
    chosen = region or [open_workspace(study, profile).study.focal_region]
    forecast, found = _opened(study, profile, file, condition, None)
    fans = fans_of(forecast, chosen)
    written = [out / hub_name(forecast)]
    forecast.write_hub_csv(written[0])
    for place, variable in fans:
        written.append(out / f"fan_{variable}_{place}_{forecast.scenario}.csv")
        forecast.fan_csv(place, variable, written[-1])
    answer = {"files": [str(path) for path in written], "scenario": forecast.scenario, **_told(found)}
    text = f"{forecast}\nWrote {len(written)} files to {out}: {written[0].name} and fans of {', '.join(chosen)}"
    emit("forecast export", answer, as_json=as_json, text=text, messages=_said(found))


@app.command("scores")
def scores(
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    window: Annotated[str, typer.Option(help="late: starting years of the judgement; early: of the choice.")] = "late",
    by: Annotated[
        str, typer.Option("--by", help="A row a model, or of the model a row a variable, horizon or origin.")
    ] = "model",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write mean scores by model, variable, horizon and origin as CSV.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print how forecasts from past years fared, beside simple and pooled methods."""
    from typing import get_args

    from regional_econ._base.errors import OptionError, StoreError
    from regional_econ._base.options import check_option
    from regional_econ.forecasting.score_export import SCORES_FILE, By, read_scores, scores_by_origin, write_scores
    from regional_econ.forecasting.score_results import BACKTEST_ID, GOALS, Layout, score_table, window_id
    from regional_econ.forecasting.summary import WINDOWS, Window

    check_option("--window", window, Window)
    check_option("--by", by, By)
    chosen = next(name for name in WINDOWS if name == window)
    workspace = open_workspace(study, profile)
    store = workspace.results
    if BACKTEST_ID not in store.ids():
        raise StoreError("no backtest was run", where=str(store.folder), advice="Run: regional-econ reproduce")
    whole = store.read(BACKTEST_ID).values
    if window_id(chosen) not in store.ids():
        raise OptionError(f"no origin belongs to the window {chosen}", advice="Name another window")
    found = store.read(window_id(chosen))
    if by == "origin":
        table = scores_by_origin(read_scores(workspace.artifact(SCORES_FILE)), chosen)
    else:
        layout: Layout = next(name for name in get_args(Layout) if name == by)
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
    messages = [f"Goals met (late): {', '.join(n for n, g in goals.items() if g['status'] == 'met') or 'none'}"]
    if out is not None:
        write_scores(read_scores(workspace.artifact(SCORES_FILE)), out)
        messages.append(f"Wrote {out}: every origin, both windows")
    answer = {"window": chosen, **numbers, "goals": goals, "scores": table.to_dict("records")}
    emit(
        "forecast scores", answer, as_json=as_json,
        text=f"{head}\n{table.to_string(index=False, na_rep='', float_format=lambda x: f'{x:.3g}')}",
        messages=messages,
    )  # fmt: skip


def _run_under(condition: Path, study: Path, profile: str, file: Path | None, out: Path | None, as_json: bool) -> None:
    from regional_econ._base.errors import OptionError
    from regional_econ._base.files import check_writable
    from regional_econ.core.conditions import Path as Conditions

    name = Conditions.read(condition).name
    source = _source(study, profile, file)
    path = source.with_name(f"{source.stem}_{name}.nc") if out is None else out
    if path.resolve() == source.resolve():
        raise OptionError(f"{path} would replace the forecast itself", advice="Name another file with --out")
    check_writable(path)
    forecast, found = _opened(study, profile, source, condition, None)
    forecast.to_netcdf(path)
    answer = {"path": str(path), "origin": forecast.origin, "seed": forecast.seed, "scenario": forecast.scenario}
    answer |= {"diagnostics": dict(forecast.diagnostics), **_told(found)}
    emit("forecast run", answer, as_json=as_json, text=f"{forecast}\nWrote {path}", messages=_said(found))


def _opened(
    study: Path, profile: str, file: Path | None, condition: Path | None, regions: Sequence[str] | None
) -> tuple[Forecast, Implausibility | None]:
    """Read a forecast and put it under a path, if there is one; regions: whose draws are wanted then."""
    from regional_econ.core.forecast import Forecast

    return _under(Forecast.read(_source(study, profile, file)), condition, regions)


def _source(study: Path, profile: str, file: Path | None) -> Path:
    """Return the forecast's file; a profile is checked even where the file makes it needless."""
    from regional_econ._base.options import check_option
    from regional_econ.core.study import Profile

    check_option("--profile", profile, Profile)
    return open_workspace(study, profile).artifact(_FILE) if file is None else file


def _under(
    forecast: Forecast, condition: Path | None, regions: Sequence[str] | None
) -> tuple[Forecast, Implausibility | None]:
    from regional_econ.core.conditioning import implausibility
    from regional_econ.core.conditions import Path as Conditions

    if condition is None:
        return forecast, None
    path = Conditions.read(condition)
    return forecast.condition(path, regions=regions), implausibility(forecast, path)


def _told(found: Implausibility | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "condition": {
            "name": found.path.name,
            "implausibility": found.distance,
            "tail_probability": found.tail_probability,
            "share_farther": found.share_farther,
            "cells": found.to_frame().to_dict("records"),
        }
    }


def _said(found: Implausibility | None) -> list[str]:
    return [] if found is None else [str(found)]


def _said_before(forecast: Forecast) -> list[str]:
    """Return how implausible the path is under which a forecast was stored."""
    finding = forecast.diagnostics.get("condition_finding")
    return [] if finding is None else [str(finding)]
