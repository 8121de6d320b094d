"""`regional-econ forecast`: sample the joint model, put it under a path, ask and export it, read how it fared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regional_econ.cli.options import DEFAULT_STUDY, JobsOption, JsonOption, ProfileOption, StudyOption, open_workspace
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ.core.conditions import Implausibility
    from regional_econ.core.forecast import Forecast

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
    as_json: JsonOption = False,
) -> None:
    """Forecast all regions and write the draws; with --condition, put the stored forecast under a path."""
    from regional_econ._base.errors import OptionError
    from regional_econ.core.forecast import Forecast

    if condition is not None:
        if origin is not None:
            raise OptionError("--condition and --origin do not go together", advice="Give the forecast with --file")
        _run_under(condition, study, profile, file, out, as_json)
        return
    if file is not None:
        raise OptionError("--file is read with --condition only", advice="Give --condition, or --out to write a file")
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
        from regional_econ.data.tables import load_national
        from regional_econ.forecasting.model import fit_and_forecast

        path = out
        forecast = fit_and_forecast(
            load_panel(),
            load_national(),
            workspace.study,
            profile=workspace.profile,
            origin=origin,
            jobs=workspace.jobs,
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
    region: Annotated[str, typer.Argument(help="Region id, such as RU-KEM; RU for a national driver.")],
    variable: Annotated[str, typer.Argument(help="A forecast variable, such as innovation_activity_pct.")],
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    file: FileOption = None,
    condition: ConditionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the median and the 50, 80 and 95 % bands of one variable in one region."""
    forecast, found = _opened(study, profile, file, condition, [region])
    table = forecast.fan(variable, region)
    head = f"{variable}, {region}: figures to {int(table['year'].min()) - 1}, seed {forecast.seed}"
    answer = {
        "region": region,
        "variable": variable,
        "origin": forecast.origin,
        "scenario": forecast.scenario,
        "seed": forecast.seed,
        "fan": table.to_dict("records"),
        **_told(found),
    }
    emit(
        "forecast fan", answer, as_json=as_json,
        text=f"{head}\n{table.to_string(index=False, float_format=lambda x: f'{x:.2f}')}", messages=_said(found),
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
    answer = {
        "event": event,
        "region": region,
        "year": year,
        "scenario": forecast.scenario,
        "probability": share,
        "mc_error": error,
        **_told(found),
    }
    text = (
        f"P({event}, {region}, {year}) = {share:.3f} ± {error:.3f} (error of the draws), scenario {forecast.scenario}"
    )
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
    for variable, place in fans:
        written.append(out / f"fan_{variable}_{place}_{forecast.scenario}.csv")
        forecast.fan_csv(variable, place, written[-1])
    answer = {"files": [str(path) for path in written], "scenario": forecast.scenario, **_told(found)}
    text = f"{forecast}\nWrote {len(written)} files to {out}: {written[0].name} and fans of {', '.join(chosen)}"
    emit("forecast export", answer, as_json=as_json, text=text, messages=_said(found))


@app.command("scores")
def scores(study: StudyOption = DEFAULT_STUDY, profile: ProfileOption = "full", as_json: JsonOption = False) -> None:
    """Print how forecasts from past years fared, beside a random walk with drift and ETS."""
    from regional_econ.forecasting.results import BACKTEST_ID, score_table

    workspace = open_workspace(study, profile)
    result = workspace.results.read(BACKTEST_ID)
    table = score_table(result)
    first, last = result.values["first_origin"].value, result.values["last_origin"].value
    head = (
        f"{result.values['origins'].value} origins, {first} to {last}, pseudo-real-time, "
        f"profile {result.values['profile'].value}; ratio: the model's CRPS to this method's; coverage in per cent"
    )
    answer = {"origins": result.values["origins"].value, "scores": table.to_dict("records")}
    emit(
        "forecast scores", answer, as_json=as_json,
        text=f"{head}\n{table.to_string(index=False, na_rep='', float_format=lambda x: f'{x:.3g}')}",
    )  # fmt: skip


def _run_under(condition: Path, study: Path, profile: str, file: Path | None, out: Path | None, as_json: bool) -> None:
    from regional_econ._base.errors import OptionError
    from regional_econ.core.conditions import Path as Conditions

    name = Conditions.read(condition).name
    source = open_workspace(study, profile).artifact(_FILE) if file is None else file
    path = source.with_name(f"{source.stem}_{name}.nc") if out is None else out
    if path.resolve() == source.resolve():
        raise OptionError(f"{path} would replace the forecast itself", advice="Name another file with --out")
    forecast, found = _opened(study, profile, source, condition, None)
    forecast.to_netcdf(path)
    answer = {"path": str(path), "origin": forecast.origin, "seed": forecast.seed, "scenario": forecast.scenario}
    answer |= {"diagnostics": dict(forecast.diagnostics), **_told(found)}
    emit("forecast run", answer, as_json=as_json, text=f"{forecast}\nWrote {path}", messages=_said(found))


def _opened(
    study: Path, profile: str, file: Path | None, condition: Path | None, regions: Sequence[str] | None
) -> tuple[Forecast, Implausibility | None]:
    """Read a forecast and put it under a path, if there is one; regions: whose draws are wanted then."""
    from regional_econ.core.conditioning import implausibility
    from regional_econ.core.conditions import Path as Conditions
    from regional_econ.core.forecast import Forecast

    forecast = Forecast.read(open_workspace(study, profile).artifact(_FILE) if file is None else file)
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
