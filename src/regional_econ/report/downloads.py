"""Files of a study that a chapter of the site offers beside its own figures and tables."""

from __future__ import annotations

from collections.abc import Mapping

from regional_econ.core.workspace import Workspace

DOWNLOADS: Mapping[str, tuple[str, ...]] = {
    "policy": ("policy_model.xmile", "policy_rd_push.xmile"),
    "referee": (
        "verdicts.json", "verdicts.jsonld", "claims.yml", "rules.yml", "causal_evidence.json", "ro-crate-metadata.json",
    ),
}  # fmt: skip
type Downloads = Mapping[str, Mapping[str, bytes]]


def read_downloads(workspace: Workspace) -> dict[str, dict[str, bytes]]:
    """Return the contents of the files that a study has made, by chapter and name."""
    found = {
        chapter: {name: workspace.artifact(name) for name in names} for chapter, names in DOWNLOADS.items()
    }  # fmt: skip
    return {
        chapter: {name: path.read_bytes() for name, path in files.items() if path.is_file()}
        for chapter, files in found.items()
    }


def download_path(name: str) -> str:
    """Return where a file lies inside the site.

    >>> download_path("model.xmile")
    'data/model.xmile'
    """
    return f"data/{name}"
