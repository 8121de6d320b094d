"""Options that many commands share, and the workspace they name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from regional_econ.core.workspace import Workspace

ProfileOption = Annotated[str, typer.Option("--profile", help="quick: small samples; full: everything.")]
StudyOption = Annotated[Path, typer.Option("--study", help="The study file.")]
JobsOption = Annotated[int, typer.Option("--jobs", help="Worker processes; 0: as many as there are cores.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SpecificationsOption = Annotated[Path, typer.Option("--file", help="The declared specifications.")]
DEFAULT_STUDY = Path("analyses") / "study.toml"
DEFAULT_SPECIFICATIONS = Path("analyses") / "multiverse.yml"


def open_workspace(study: Path, profile: str, jobs: int = 1) -> Workspace:
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
    workspace = Workspace(study.resolve(), chosen, jobs if jobs > 0 else os.cpu_count() or 1)
    _ = workspace.study, workspace.root
    return workspace


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
