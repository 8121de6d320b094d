"""`regional-econ data`: build, check, describe, trace and export the official figures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from regional_econ._base.errors import DataError
from regional_econ.cli.options import JsonOption
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ.data.export import ExportFormat

app = typer.Typer(help="Official figures with a source behind each.", no_args_is_help=True)

Sources = Annotated[Path, typer.Option("--sources", help="folder of the official files")]
Vintage = Annotated[str | None, typer.Option("--vintage", help="an older edition, such as yearbook-2023")]
KnownIn = Annotated[int | None, typer.Option("--known-in", help="only what was published by the end of that year")]


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
def check_snapshot(
    sources: Annotated[Path | None, typer.Option("--sources", help="compare with the official files as well")] = None,
    as_json: JsonOption = False,
) -> None:
    """List doubtful figures and sums that do not add up; with --sources, every figure that the files have otherwise.

    Only differences from the files end with exit code 2: doubts are listed, never mended.
    """
    from regional_econ.data.checks.aggregates import summary_of_sums, sums_of_parts
    from regional_econ.data.checks.crosscheck import crosscheck, crosscheck_sources
    from regional_econ.data.checks.suspicions import suspicions
    from regional_econ.data.load import load_panel

    panel = load_panel()
    doubts, sums = suspicions(), summary_of_sums(sums_of_parts(panel)).reset_index()
    across = crosscheck() if sources is None else crosscheck_sources(sources)
    text = [
        f"{len(doubts)} doubtful figures, by rule:",
        doubts.groupby("rule").size().to_string(),
        "Sums of the regions beside the published aggregate, by variable:",
        sums.to_string(index=False),
        str(across),
        across.counts.to_string(index=False),
        "Differences without an explanation, one by one:",
        across.unexplained.to_string(index=False),
    ]
    answer: dict[str, object] = {
        "suspicions": doubts.to_dict("records"),
        "sums_of_parts": sums.to_dict("records"),
        "crosscheck": across.counts.to_dict("records"),
        "unexplained": across.unexplained.to_dict("records"),
    }
    if sources is None:
        emit("data check", answer, as_json=as_json, text="\n".join(text), messages=[_NEXT_CHECK])
        return
    from regional_econ.data.checks.stored import check

    report = check(sources)
    emit(
        "data check",
        {**answer, **asdict(report)},
        as_json=as_json,
        text="\n".join([*text, str(report), *map(str, report.differences)]),
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
    known_in: KnownIn = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a variable is: unit, coverage, breaks, warnings, sources."""
    from regional_econ.data.describe import describe, overview
    from regional_econ.data.load import load_panel

    panel = load_panel(vintage, known_in=known_in)
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
    file_format: Annotated[
        str | None, typer.Option("--format", help="csv, xlsx, dta (Stata) or parquet; left out: as the file is named")
    ] = None,
    vintage: Vintage = None,
    known_in: KnownIn = None,
    aggregates: Annotated[bool, typer.Option("--aggregates", help="add country, districts and whole oblasts")] = False,
    long: Annotated[bool, typer.Option("--long", help="a row a figure")] = False,
    lang: Annotated[str, typer.Option("--lang", help="language of the labels: en or ru")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Write the panel as a file, with labels where the format has room for them."""
    from regional_econ._base.text import Lang
    from regional_econ.data.export import export
    from regional_econ.data.load import load_panel

    form, tongue = _export_format(out, file_format), cast("Lang", lang)
    panel = load_panel(vintage, known_in=known_in)
    rows = export(panel, out, file_format=form, aggregates=aggregates, long=long, lang=tongue)
    answer = {"file": str(out), "format": form, "rows": rows, "variables": list(panel.variables)}
    emit("data export", answer, as_json=as_json, text=f"{rows} rows, {len(panel.variables)} variables: {out}")


def _export_format(path: Path, given: str | None) -> ExportFormat:
    """The format that is asked for, or the one that the name of the file ends in; a name without an end gets CSV."""
    from regional_econ._base.errors import OptionError
    from regional_econ._base.options import check_option
    from regional_econ.data.export import ExportFormat

    ending, known = path.suffix.lstrip(".").lower(), get_args(ExportFormat)
    if given is not None:
        check_option("format", given, ExportFormat)
        if ending in known and ending != given:
            raise OptionError(
                f"{path.name} would hold {given}, not {ending}",
                advice=f"Leave --format out, or end the name in .{given}",
            )
    elif ending and ending not in known:
        raise OptionError(
            f"no format is known by the ending of {path.name}", advice=f"Give --format: {', '.join(known)}"
        )
    return cast("ExportFormat", given or ending or "csv")


@app.command("revisions")
def show_revisions(
    variable: Annotated[str, typer.Argument(help="id, such as grp_mln_rub")],
    region: Annotated[str | None, typer.Option("--region", help="show every figure of one region")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="draw them to a file, .svg, .png or .pdf")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which figures were revised between editions, when, and by how much."""
    from regional_econ._base.errors import UnknownNameError
    from regional_econ.data.regions import load_regions
    from regional_econ.data.revisions import revisions, seams

    found = revisions(variable)
    figures, steps, regions = found.figures, seams(variable), load_regions()
    if region is not None:
        if region not in regions:
            raise UnknownNameError.of("region", region, regions)
        figures, steps = figures[figures["region"] == region], steps[steps["region"] == region]
    changed = figures[figures["change"].abs() > 1e-9 * figures["newest"].abs()]
    largest = changed if region is not None else changed.sort_values("change_pct", key=abs, ascending=False).head(10)
    answer = {
        "variable": variable,
        "summary": found.summary.to_dict("records"),
        "by_year": found.by_year.to_dict("records"),
        "revised": changed.to_dict("records"),
        "seams": steps.to_dict("records"),
    }
    tables = {
        "by edition": found.summary,
        "by edition and year, where revised": found.by_year[found.by_year["revised"] > 0],
        "every revised figure" if region is not None else "the ten largest": largest,
    }
    text = "\n".join([str(found), *(f"\n{name}\n{one.to_string(index=False)}" for name, one in tables.items())])
    messages = [] if picture is None else [_draw_revisions(variable, region, picture)]
    emit("data revisions", answer, as_json=as_json, text=text, messages=messages)


def _draw_revisions(variable: str, region: str | None, path: Path) -> str:
    from regional_econ._base.errors import OptionError
    from regional_econ._base.files import atomic_path
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.data.revisions import revision_plot_data
    from regional_econ.report.plot import plot_frame

    form = next((one for one in _PICTURES if path.suffix.lower() == f".{one}"), None)
    if form is None:
        raise OptionError(f"no picture can be written to {path.name}", advice=f"End it in {', '.join(_PICTURES)}")
    labels = {name: one.label for name, one in load_variables().items()}
    regions = {name: one.name for name, one in load_regions().items()}
    figure = plot_frame(
        "revisions", revision_plot_data(variable), options={"variable": variable}, labels=labels, regions=regions,
        focal=region or "",
    )  # fmt: skip
    with atomic_path(path) as temporary:
        figure.save(str(temporary), format=form)
    return f"Wrote {path}"


_PICTURES: tuple[Literal["svg", "png", "pdf"], ...] = ("svg", "png", "pdf")
_NEXT_CHECK = "Next: regional-econ data check --sources DIR compares every figure with the official files"
