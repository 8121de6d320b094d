"""``elasticities``: build them from designs and literature, hand them on, check foreign ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

app = typer.Typer(help="Elasticities with joint draws, domains and grades.", no_args_is_help=True)


@app.command("build")
def build(
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    jobs: JobsOption = 0,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the pipeline's steps that lead to the study's elasticities, and show these."""
    from regional_econ.cli.steps import run_steps
    from regional_econ.core.elasticity import ElasticitySet

    with working(study, profile, jobs, cluster) as workspace:
        run_steps(workspace, last="task_elasticities")
    path = _folder(workspace.bld) / "elasticities.json"
    elasticities = ElasticitySet.read(path)
    text = "\n".join([str(parameter) for parameter in elasticities.parameters])
    messages = [f"Kept in {path}", "Next: regional-econ elasticities export --out DIR, or policy run"]
    data = elasticities.tidy().to_dict(orient="records")
    emit("elasticities build", data, as_json=as_json, text=text, messages=messages)


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Copy the study's elasticities with their draws to a folder, checked."""
    from regional_econ.core.elasticity import ElasticitySet
    from regional_econ.elasticities import export as exporting

    source = _folder(open_workspace(study, profile).bld) / "elasticities.json"
    elasticities = ElasticitySet.read(source)
    path = exporting.export(elasticities, out)
    data = {"file": str(path), "parameters": len(elasticities.parameters), "draws": len(elasticities.draws)}
    text = f"Wrote {path} and its draws: {elasticities}"
    emit("elasticities export", data, as_json=as_json, text=text, messages=[f"Read {source}"])


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="An elasticities.json, whoever wrote it; its draws lie beside it.")],
    as_json: JsonOption = False,
) -> None:
    """Check schema, hashes, draws, joint blocks, lag weights, domains and grades of a file."""
    from regional_econ.elasticities import export as exporting

    report = exporting.check(file)
    data = {"file": report.file, "parameters": report.n_parameters, "draws": report.n_draws}
    emit("elasticities check", data, as_json=as_json, text=str(report), messages=report.remarks)


def _folder(bld: Path) -> Path:
    return bld / "artifacts"
