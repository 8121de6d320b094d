"""``regional-econ package``: a finished run as an archive that others can check and run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regional_econ.cli.options import (
    DEFAULT_STUDY,
    JsonOption,
    ProfileOption,
    StudyOption,
    check_results,
    open_workspace,
)
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from pytask import Session

    from regional_econ.core.workspace import Workspace
    from regional_econ.replication.programs import Step


def package(
    out: Annotated[Path, typer.Option("--out", help="The archive to write.")] = Path("replication.zip"),
    intermediates: Annotated[
        bool, typer.Option("--intermediates", help="Pack draws and scores too, so that no step would run again.")
    ] = False,
    profile: ProfileOption = "full",
    study: StudyOption = DEFAULT_STUDY,
    as_json: JsonOption = False,
) -> None:
    """Write the replication package of a finished run: data, code, results, report, README and hashes."""
    from regional_econ._base.files import check_writable, run_lock, sha256_file
    from regional_econ.cli.steps import look_at_steps
    from regional_econ.replication.package import package as pack

    workspace = open_workspace(study, profile)
    check_results(workspace)
    check_writable(out)
    with run_lock(workspace.bld):
        session = look_at_steps(workspace)
        _check_fresh(workspace, session)
        packed = pack(workspace, _steps(session), out, intermediates=intermediates)
    facts, sha256 = packed.facts, sha256_file(out)
    lines = [
        f"Wrote {out}: {len(packed.hashes)} files, {out.stat().st_size / (1 << 20):.0f} MiB, SHA-256 {sha256}",
        f"{facts.recorded} recorded values agree; {len(facts.exhibits)} tables and figures are listed with their line.",
    ]
    data = {
        "file": str(out), "sha256": sha256, "folder": packed.top, "files": len(packed.hashes),
        "exhibits": len(facts.exhibits), "recorded": facts.recorded,
    }  # fmt: skip
    messages = [
        f"{one.name} is {one.installed or 'absent'} here, locked is {one.locked}" for one in facts.software.differing
    ]
    messages.append(f"Next: unpack it and follow {packed.top}/README.md")
    emit("package", data, as_json=as_json, text="\n".join(lines), messages=messages)


def _check_fresh(workspace: Workspace, session: Session) -> None:
    """Raise unless every step would give what it gave."""
    from regional_econ._base.errors import StoreError

    reports = session.execution_reports
    stale = [one.task.name.split("::")[-1] for one in reports if one.outcome.name != "SKIP_UNCHANGED"]
    if stale:
        named = ", ".join(stale[:3]) + (", …" if len(stale) > 3 else "")
        advice = f"Run: regional-econ reproduce --profile {workspace.profile} (--explain says why)"
        raise StoreError(
            f"{len(stale)} of {len(reports)} steps have not run on the present code and data: {named}",
            where=str(workspace.bld),
            advice=advice,
        )


def _steps(session: Session) -> list[Step]:
    """Return what the pipeline consists of, by pytask's own account."""
    from pytask import PathNode, PTaskWithPath
    from pytask.tree_util import tree_leaves

    from regional_econ.replication.programs import Step

    found = []
    for task in session.tasks:
        if isinstance(task, PTaskWithPath):
            made: list[object] = tree_leaves(task.produces)  # type: ignore[arg-type]
            paths = tuple(Path(str(node.path)) for node in made if isinstance(node, PathNode))
            found.append(Step(task.name.split("::")[-1], Path(str(task.path)), paths))
    return found
