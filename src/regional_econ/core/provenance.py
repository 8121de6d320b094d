"""Where a figure comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """One official file: who made it, which edition, under which terms, with its hash."""

    id: str
    producer: str
    title: str
    edition: str
    citation: str
    accessed: str
    licence: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.producer}: {self.title} ({self.edition})."


@dataclass(frozen=True)
class Provenance:
    """The files behind something and the steps that led from them to it."""

    origins: tuple[Origin, ...]
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return f"{len(self.origins)} files, {len(self.steps)} steps."
