"""What a column means: unit, labels, bounds, breaks and warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regional_econ._base.text import Text

Transform = Literal["identity", "ln", "logit"]


@dataclass(frozen=True)
class Break:
    """A change of method: the first year that is no longer comparable with the years before."""

    year: int
    kind: str
    note: Text


@dataclass(frozen=True)
class Variable:
    """One variable of the panel.

    ``bounds`` are in the variable's unit, ``transform`` is its natural scale, ``digits`` how it is printed,
    ``formula`` how it is derived (None: as published), ``origins`` the ids of its source files.
    """

    id: str
    unit: str
    label: Text
    unit_label: Text
    price_basis: str | None = None
    bounds: tuple[float | None, float | None] = (None, None)
    transform: Transform = "identity"
    digits: int = 1
    breaks: tuple[Break, ...] = ()
    warnings: tuple[Text, ...] = ()
    origins: tuple[str, ...] = ()
    formula: str | None = None

    def new_methods(self) -> tuple[int, ...]:
        """Return the first years of new methods; another edition of the same figures is none."""
        return tuple(change.year for change in self.breaks if change.kind != "vintage")

    def __str__(self) -> str:
        return f"{self.id}: {self.label.en}, {self.unit_label.en}."
