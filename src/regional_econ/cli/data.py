"""`regional-econ data`: build, check, describe, trace and export the official figures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, cast

import typer

from regional_econ._base.errors import DataError
from regional_econ.cli.options import JsonOption
from regional_econ.cli.output import emit

app = typer.Typer(help="Official figures with a source behind each.", no_args_is_help=True)

Sources = Annotated[Path, typer.Option("--sources", help="folder of the official files")]
Vintage = Annotated[str | None, typer.Option("--vintage", help="an older edition, such as yearbook-2023")]


@app.command("build")
def build_snapshot(
    sources: Sources,
    out: Annotated[Path | None, typer.Option("--out", help="where it goes; the compiled data by default")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compile the official files into the snapshot."""
    from regional_econ.data.build import build

    report = build(sources, out)
    emit(
        "data build",
        asdict(report),
        as_json=as_json,
        text=f"{report}\nwritten to {report.folder}",
        messages=[f"warning: {warning}" for warning in report.warnings],
    )


@app.command("check")
def check_snapshot(sources: Sources, as_json: JsonOption = False) -> None:
    """Compare every compiled figure with the official files; differences end with exit code 2."""
    from regional_econ.data.check import check

    report = check(sources)
    emit(
        "data check",
        asdict(report),
        as_json=as_json,
        text="\n".join([str(report), *map(str, report.differences)]),
        messages=[f"warning: {warning}" for warning in report.warnings],
    )
    if report.differences:
        raise DataError(
            f"{len(report.differences)} figures differ from the source files",
            where=str(sources),
            advice="Compare the cells named above with the published edition, then run `regional-econ data build`",
        )


@app.command("describe")
def describe_variable(
    variable: Annotated[str | None, typer.Argument(help="id of a variable; left out: all of them")] = None,
    vintage: Vintage = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a variable is: unit, coverage, breaks, warnings, sources."""
    from regional_econ.data.describe import describe, overview
    from regional_econ.data.load import load_panel

    panel = load_panel(vintage)
    if variable is None:
        table = overview(panel)
        emit(
            "data describe", table.to_dict("records"), as_json=as_json, text=f"{panel}\n{table.to_string(index=False)}"
        )
        return
    description = describe(panel, variable)
    emit("data describe", description.to_dict(), as_json=as_json, text=str(description))


@app.command("trace")
def trace_figure(
    region: Annotated[str, typer.Argument(help="id, such as RU-KEM, FD-SIB or RU")],
    variable: Annotated[str, typer.Argument(help="id, such as wear_pct")],
    year: Annotated[int, typer.Argument(help="calendar year")],
    as_json: JsonOption = False,
) -> None:
    """Say where a figure comes from: file, sheet and cell or row; a derived one through its formula."""
    from regional_econ.data.trace import trace

    node = trace(region, variable, year)
    emit("data trace", node.to_dict(), as_json=as_json, text=str(node))


@app.command("export")
def export_panel(
    out: Annotated[Path, typer.Option("--out", help="file to write")],
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet")] = "csv",
    vintage: Vintage = None,
    aggregates: Annotated[bool, typer.Option("--aggregates", help="add the country and the districts")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the panel as a file."""
    from regional_econ.data.export import ExportFormat, export
    from regional_econ.data.load import load_panel

    panel = load_panel(vintage)
    rows = export(panel, out, file_format=cast("ExportFormat", file_format), aggregates=aggregates)
    answer = {"file": str(out), "format": file_format, "rows": rows, "variables": list(panel.variables)}
    emit("data export", answer, as_json=as_json, text=f"{rows} rows, {len(panel.variables)} variables: {out}")


@app.command("revisions")
def show_revisions(
    variable: Annotated[str, typer.Argument(help="id, such as grp_mln_rub")],
    region: Annotated[str | None, typer.Option("--region", help="show every figure of one region")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which figures were revised between editions, and by how much."""
    from regional_econ._base.errors import UnknownNameError
    from regional_econ.data.regions import load_regions
    from regional_econ.data.revisions import revisions

    found = revisions(variable)
    figures = found.figures
    if region is not None:
        if region not in load_regions():
            raise UnknownNameError.of("region", region, load_regions())
        figures = figures[figures["region"] == region]
    changed = figures[figures["change"].abs() > 1e-9 * figures["newest"].abs()]
    shown = changed if region is not None else changed.sort_values("change_pct", key=abs, ascending=False).head(10)
    answer = {"variable": variable, "summary": found.summary.to_dict("records"), "revised": changed.to_dict("records")}
    text = "\n".join([str(found), found.summary.to_string(index=False), shown.to_string(index=False)])
    emit("data revisions", answer, as_json=as_json, text=text)
