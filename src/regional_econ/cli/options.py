"""Options that many commands share, and the workspace they name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from regional_econ.core.workspace import Workspace

ProfileOption = Annotated[str, typer.Option("--profile", help="quick: small samples; full: everything.")]
StudyOption = Annotated[Path, typer.Option("--study", help="The study file.")]
JobsOption = Annotated[int, typer.Option("--jobs", help="Worker processes; 0: as many as there are cores.")]
ClusterOption = Annotated[
    str | None,
    typer.Option("--cluster", help="Run cases on a dask.distributed cluster: tcp://HOST:PORT of its scheduler."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AllGradesOption = Annotated[
    bool, typer.Option("--all-grades", help="Switch weak links (grade C) on, as an assumption.")
]
SpecificationsOption = Annotated[Path, typer.Option("--file", help="The declared specifications.")]
DEFAULT_STUDY = Path("analyses") / "study.toml"
DEFAULT_SPECIFICATIONS = Path("analyses") / "multiverse.yml"


def open_workspace(study: Path, profile: str) -> Workspace:
    """Return the workspace that the options name.

    Raises
    ------
    OptionError : no such profile.
    StudyError : the study file cannot be used.
    """
    from regional_econ._base.options import check_option
    from regional_econ.core.study import PROFILES, Profile
    from regional_econ.core.workspace import Workspace

    check_option("--profile", profile, Profile)
    chosen: Profile = next(name for name in PROFILES if name == profile)
    workspace = Workspace(study.resolve(), chosen)
    _ = workspace.study, workspace.root
    return workspace


@contextmanager
def working(study: Path, profile: str, jobs: int, cluster: str | None) -> Iterator[Workspace]:
    """Yield the workspace that the options name; with a cluster, cases within the block run on its workers.

    Raises
    ------
    OptionError, StudyError : as :func:`open_workspace`.
    OptionError, ClusterError : as :func:`workers`.
    """
    from regional_econ.core.code import installation

    workspace = open_workspace(study, profile)
    with workers(jobs, cluster, ask=partial(installation, workspace.study_path)) as number:
        yield replace(workspace, jobs=number)


@contextmanager
def workers(jobs: int, cluster: str | None, *, ask: Callable[[], Mapping[str, str]] | None = None) -> Iterator[int]:
    """Yield how many cases run at a time within the block, on this machine or on the workers of a cluster.

    Parameters
    ----------
    jobs : processes; 0 for as many as there are cores.
    cluster : address of a scheduler.
    ask : what each worker must say of its installation as we do; by default code, data, Python and packages.

    Raises
    ------
    OptionError : both a number of processes and a cluster, or no address.
    ClusterError : a cluster that cannot be used.
    """
    if cluster is None:
        yield jobs if jobs > 0 else os.cpu_count() or 1
        return
    from regional_econ._base.cluster import on_cluster
    from regional_econ._base.errors import OptionError
    from regional_econ.core.code import installation

    if jobs:
        advice = "Leave --jobs out: a cluster runs as many cases at a time as it has workers"
        raise OptionError("--jobs and --cluster do not go together", advice=advice)
    with on_cluster(cluster, ask or installation) as number:
        yield number


def check_results(workspace: Workspace) -> None:
    """Raise unless a run has left results.

    Raises
    ------
    StoreError : there are none.
    """
    from regional_econ._base.errors import StoreError

    if not workspace.results.ids():
        advice = f"Run: regional-econ reproduce --profile {workspace.profile}"
        raise StoreError("there are no results yet", where=str(workspace.bld), advice=advice)
