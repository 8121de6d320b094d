"""The units of observation and their aggregates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regional_econ._base.text import Text

RegionKind = Literal["region", "district", "country"]


@dataclass(frozen=True)
class Region:
    """A region (ISO 3166-2:RU id), federal district or the country.

    ``district`` is the id of the federal district; ``first_year`` the first year with official figures.
    """

    id: str
    name: Text
    kind: RegionKind
    district: str | None = None
    first_year: int = 2000

    def __str__(self) -> str:
        return f"{self.id}: {self.name.en}."
