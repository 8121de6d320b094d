"""Which document are the claims from? What the head of a claims file says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import SchemaError
from regional_econ._base.location import data_dir
from regional_econ._base.yaml_lines import read_yaml_lines


@dataclass(frozen=True)
class Paper:
    """The document by its hash; what the claims file does not tell is None."""

    sha256: str
    title: str | None = None
    author: str | None = None
    characters: int | None = None
    language: str | None = None


def load_paper(path: Path | None = None) -> Paper:
    """Read the head of a claims file that `ledger.load_claims` accepts; ``data/claims.yml`` by default.

    Raises
    ------
    SchemaError : a wrong value, with its line.
    """
    about = read_yaml_lines(path or data_dir() / "claims.yml", SchemaError)["document"].entries()
    return Paper(
        about["sha256"].text(),
        about["title"].text() if "title" in about else None,
        about["author"].text() if "author" in about else None,
        about["characters"].whole() if "characters" in about else None,
        about["language"].text() if "language" in about else None,
    )
