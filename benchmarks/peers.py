"""The Pythons of peers that are no part of the project, as the environment names them: SPREG, NUMPYRO and PYSD."""

from __future__ import annotations

import os
from importlib import metadata
from subprocess import run

ELSEWHERE = {name: os.environ.get(name.upper(), "") for name in ("spreg", "numpyro", "pysd")}
IN_R = ("plm", "spatialreg")


def version_of(peer: str) -> str:
    """Return the version of the package behind a peer, asked where it is installed."""
    package = peer.partition("_")[0]
    if package in IN_R:
        asked = ["Rscript", "-e", f"cat(as.character(packageVersion('{package}')))"]
    elif package in ELSEWHERE:
        asked = [ELSEWHERE[package], "-c", f"from importlib.metadata import version; print(version('{package}'))"]
    else:
        return metadata.version(package)
    return run(asked, capture_output=True, text=True, check=True).stdout.strip()
