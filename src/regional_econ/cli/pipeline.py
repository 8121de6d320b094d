"""``reproduce`` runs everything that is said about the data; ``verify`` holds a run against the record."""

from __future__ import annotations

import os
import platform
import sys
import time
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
    check_results,
    open_workspace,
    working,
)
from regional_econ.cli.output import emit
from regional_econ.cli.steps import run_steps

if TYPE_CHECKING:
    from pytask import Session

    from regional_econ.core.workspace import Workspace

RUN = "run.json"
PATIENCE_SECONDS = 60.0  # for another study that publishes its report
FAN_OF_THE_README = Path("figures") / "forecast.fan_innovation_activity_pct_en.svg"


def reproduce(
    profile: ProfileOption = "full",
    study: StudyOption = DEFAULT_STUDY,
    jobs: JobsOption = 0,
    cluster: ClusterOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what would run and why; run nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run every step whose inputs changed, from the compiled figures to the report."""
    from regional_econ._base.files import write_json

    with working(study, profile, jobs, cluster) as workspace:
        started = time.monotonic()
        session = run_steps(workspace, explain=explain)
    outcomes = {report.task.name.split("::")[-1]: report.outcome.name.lower() for report in session.execution_reports}
    seconds = time.monotonic() - started
    if not explain:
        _publish(workspace)
    ran = [name for name, outcome in outcomes.items() if outcome in ("success", "would_be_executed")]
    counted = cluster is None and sys.platform != "win32"  # peaks of memory on other machines, or there, are not
    if not explain and len(ran) == len(outcomes) and counted:
        write_json(workspace.bld / RUN, measured(workspace.jobs, seconds))
    verb = "would run" if explain else "ran"
    lines = [f"{len(ran)} of {len(outcomes)} steps {verb} in {seconds:.1f} s: {', '.join(ran) or 'nothing changed'}"]
    if explain:
        lines += _reasons(session)
    else:
        lines.append(f"Report: {_relative(workspace.root / 'reports' / 'out')}")
    data = {"study": workspace.study.name, "profile": workspace.profile, "steps": outcomes}
    next_step = "Next: regional-econ reproduce" if explain else "Next: regional-econ verify, or open the report."
    emit("reproduce", data, as_json=as_json, text="\n".join(lines), messages=[next_step])


def verify(
    profile: ProfileOption = "full",
    study: StudyOption = DEFAULT_STUDY,
    record: Annotated[
        bool, typer.Option("--record", help="Make the present results the record instead of comparing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the results of a run with the committed record, number by number."""
    from regional_econ._base.errors import StoreError
    from regional_econ.core.record import compare, read_record, record_path

    workspace = open_workspace(study, profile)
    path = record_path(workspace.root, workspace.study.name, workspace.profile)
    check_results(workspace)
    if record:
        _record(workspace, path, as_json=as_json)
        return
    agreement = compare(read_record(path), workspace.results)
    text = [f"{agreement.agreeing} of {agreement.total} recorded values agree with {_relative(path)}."]
    text += [f"  {difference}" for difference in agreement.differences[:20]]
    data = {
        "agreeing": agreement.agreeing,
        "total": agreement.total,
        "differences": list(agreement.differences),
    }
    emit("verify", data, as_json=as_json, text="\n".join(text))
    if agreement.differences:
        raise StoreError(
            f"{len(agreement.differences)} recorded values differ",
            where=_relative(path),
            advice="If the change is wanted, run: regional-econ verify --record",
        )


def _record(workspace: Workspace, path: Path, *, as_json: bool) -> None:
    """Make the results of a run the record; those of a full run also publish its verdicts, the former ones kept."""
    from regional_econ._base.errors import StoreError
    from regional_econ._base.files import write_json
    from regional_econ.core.record import record_of
    from regional_econ.referee.exports.names import VERDICTS, record_path
    from regional_econ.referee.versions import read_present, read_published, renewed

    document, full = record_of(workspace.results), workspace.profile == "full"
    verdicts = record_path(workspace.root, workspace.study.name)
    present = read_present(workspace.artifact(VERDICTS)) if full else {}
    published = renewed(read_published(verdicts), present)
    if full and workspace.study_path == (workspace.root / DEFAULT_STUDY):
        fan = workspace.bld / "report" / FAN_OF_THE_README
        if not fan.is_file():
            raise StoreError("there is no report yet", where=_relative(fan), advice="Run: regional-econ reproduce")
        _copy_if_changed(fan, path.parent / "fan.svg")
    write_json(path, document)
    if full and (workspace.bld / RUN).is_file():
        _copy_if_changed(workspace.bld / RUN, workspace.run_record)
    count = sum(len(result["values"]) for result in document["results"].values())
    lines = [f"Recorded {count} values in {_relative(path)}"]
    if full:
        write_json(verdicts, published.to_dict())
        lines.append(f"Recorded {len(present)} verdicts in {_relative(verdicts)}")
    emit("verify", {"recorded": count, "verdicts": len(present)}, as_json=as_json, text="\n".join(lines))


def measured(jobs: int, seconds: float) -> dict[str, str | float]:
    """Return what a run from nothing took, and on what; memory as the system counts its peaks (Linux: in KiB).

    A worker's peak counts what it held of the main process when it began, so it is an upper bound.

    Parameters
    ----------
    jobs : worker processes.
    seconds : from the first step to the last.
    """
    import resource  # not on Windows

    own, workers = (resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "minutes": round(seconds / 60, 1), "memory_gb": round(1.024 * own, 2), "worker_gb": round(1.024 * workers, 2),
        "jobs": jobs, "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}", "python": platform.python_version(),
    }  # fmt: skip


def _publish(workspace: Workspace) -> None:
    """Make ``reports/out`` hold the profile's report, one study at a time."""
    from regional_econ._base.files import run_lock
    from regional_econ.report.folder import read_report, replace_files

    out = workspace.root / "reports" / "out"
    with run_lock(out, wait_seconds=PATIENCE_SECONDS):
        replace_files(out, read_report(workspace.bld / "report"))


def _copy_if_changed(source: Path, target: Path) -> None:
    from regional_econ._base.files import write_bytes

    content = source.read_bytes()
    if not target.is_file() or target.read_bytes() != content:
        write_bytes(target, content)


def _reasons(session: Session) -> list[str]:
    lines: list[str] = []
    for report in session.execution_reports:
        explanation = report.task.attributes.get("explanation")
        for reason in explanation.reasons if explanation is not None else ():
            name = Path(str(reason.node_name)).name
            lines.append(f"  {report.task.name.split('::')[-1]}: {name} {reason.reason}")
    return lines


def _relative(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
