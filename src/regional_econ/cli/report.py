"""``regional-econ report``: build the report and look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from regional_econ.cli.options import DEFAULT_STUDY, JsonOption, ProfileOption, StudyOption, open_workspace
from regional_econ.cli.output import emit

app = typer.Typer(help="Build the report and look at it.", no_args_is_help=True)


@app.command("build")
def build_report(
    lang: Annotated[str, typer.Option(help="Languages, separated by commas.")] = "ru,en",
    out: Annotated[Path | None, typer.Option(help="Folder of the report; reports/out by default.")] = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Build the page and the PDF from the sections and results of the last run."""
    from regional_econ._base.errors import OptionError
    from regional_econ._base.text import Lang
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.report.build import build

    langs: list[Lang] = []
    for name in lang.split(","):
        if name.strip() == "ru":
            langs.append("ru")
        elif name.strip() == "en":
            langs.append("en")
        else:
            raise OptionError(f"no language {name!r}", advice="Choose from ru, en")
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    paths = build(open_workspace(study, profile), labels=labels, regions=regions, langs=langs, out=out)
    reports = [str(path) for path in paths if path.name.startswith("report_")]
    emit(
        "report build",
        {"files": [str(path) for path in paths]},
        as_json=as_json,
        text="\n".join(reports),
        messages=[f"{len(reports)} reports and {len(paths) - len(reports)} figure files written."],
    )


@app.command("serve")
def serve_report(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8000,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/out"),
) -> None:
    """Show the built report in a browser on this machine, until Ctrl-C."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from regional_econ._base.errors import OptionError, StoreError

    if not (out / "report_en.html").is_file() and not (out / "report_ru.html").is_file():
        raise StoreError("there is no report", where=str(out), advice="Run: regional-econ report build")
    handler = partial(SimpleHTTPRequestHandler, directory=str(out))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise OptionError(f"port {port} cannot be used: {error}", advice="Choose another with --port") from error
    with server:
        typer.echo(f"http://127.0.0.1:{port}/  (Ctrl-C ends it)")
        server.serve_forever()
