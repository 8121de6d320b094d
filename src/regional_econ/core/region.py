"""The units of observation, their aggregates, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regional_econ._base.text import Text

RegionKind = Literal["region", "oblast", "district", "country"]
ChangeKind = Literal["formed", "merged", "renamed", "joined", "borders"]


@dataclass(frozen=True)
class Change:
    """One change of a unit: when (``2007-07-01`` or ``2014``), of which kind, and what it means for its figures.

    ``formed``: the unit came into being; ``merged``: another unit became a part of it; ``renamed``; ``joined``: it
    entered a district or the official figures; ``borders``: land passed from one region to another.
    """

    date: str
    kind: ChangeKind
    note: Text


@dataclass(frozen=True)
class Region:
    """A region (ISO 3166-2:RU id), whole oblast with its okrugs, federal district or the country.

    ``district`` is the id of the federal district in today's borders; ``first_year`` the first year with official
    figures; ``parent`` the whole oblast that a part of one lies in. ``okato`` and ``oktmo`` are the first eight digits
    of the codes, leading zeros kept, None where the sources give none of its own. ``tile`` is the place (row from
    the north, column from the west) on the project's tile map, ``place`` the latitude and longitude of its centre in
    degrees; ``own_id`` tells that ISO has no such id.
    """

    id: str
    name: Text
    kind: RegionKind
    district: str | None = None
    first_year: int = 2000
    okato: str | None = None
    oktmo: str | None = None
    parent: str | None = None
    history: tuple[Change, ...] = ()
    tile: tuple[int, int] | None = None
    place: tuple[float, float] | None = None
    own_id: bool = False

    def __str__(self) -> str:
        return f"{self.id}: {self.name.en}."


@dataclass(frozen=True)
class FormerUnit:
    """A unit that became a part of another one: its figures lie inside the successor's from ``until`` on."""

    name: Text
    successor: str
    until: str

    def __str__(self) -> str:
        return f"{self.name.en}, since {self.until} a part of {self.successor}."
