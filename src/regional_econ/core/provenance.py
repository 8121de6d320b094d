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
