"""``regional-econ report``: build the report and look at it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regional_econ.cli.options import (
    DEFAULT_STUDY,
    ClusterOption,
    JobsOption,
    JsonOption,
    ProfileOption,
    StudyOption,
    working,
)
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ._base.text import Lang

app = typer.Typer(help="Build the report and look at it.", no_args_is_help=True)


@app.command("build")
def build_report(
    lang: Annotated[str, typer.Option(help="Languages, separated by commas.")] = "ru,en",
    only: Annotated[str, typer.Option(help="pdf or site; both by default.")] = "all",
    out: Annotated[Path | None, typer.Option(help="Folder of the report; reports/out by default.")] = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    jobs: JobsOption = 0,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the site and the PDFs from the sections and results of the last run."""
    from regional_econ._base.files import run_lock
    from regional_econ._base.options import check_option
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.report.build import build
    from regional_econ.report.folder import PARTS, Part

    check_option("--only", only, Part)
    part: Part = next(name for name in PARTS if name == only)
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    with (
        working(study, profile, jobs, cluster) as workspace,
        run_lock(workspace.root / "reports" / "out") if out is None else nullcontext(),
    ):
        paths = build(workspace, labels=labels, regions=regions, langs=_languages(lang), out=out, only=part)
    stale = [name for name, made in sorted(workspace.made().items()) if not made.current]
    size = sum(path.stat().st_size for path in paths)
    messages = [f"{len(paths)} files written, {size / 1e6:.1f} MB. Open index.html, or run: regional-econ report serve"]
    if stale:
        messages.append(f"{len(stale)} results were made by earlier code ({stale[0]}, …). Run: regional-econ reproduce")
    shown = [str(path) for path in paths if path.name == "index.html" or path.suffix == ".pdf"]
    emit(
        "report build",
        {"files": [str(path) for path in paths], "bytes": size, "stale": stale},
        as_json=as_json,
        text="\n".join(shown),
        messages=messages,
    )


@app.command("serve")
def serve_report(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine.")] = 8000,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports/out"),
) -> None:
    """Show the built report in a browser on this machine, until Ctrl-C."""
    from regional_econ.report.serve import site_server

    server = site_server(out, port)
    with server:
        typer.echo(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C ends it)")
        server.serve_forever()


def _languages(listed: str) -> list[Lang]:
    """Return the languages of a list, each once, in its order."""
    from regional_econ._base.errors import OptionError
    from regional_econ._base.text import LANGS

    known: dict[str, Lang] = {name: name for name in LANGS}
    names = list(dict.fromkeys(name.strip() for name in listed.split(",")))
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise OptionError(f"no language {unknown!r}", advice=f"Choose from {', '.join(LANGS)}")
    return [known[name] for name in names]
