"""Which regions are there, and which of them does a spelling in an official file mean?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.core.region import Change, ChangeKind, FormerUnit, Region, RegionKind
from regional_econ.data.declared import read_yaml

_FOOTNOTES = re.compile(r"(?:[\s;,]*(?<!\d)\d{1,2}\))+$")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴-⁹⁽⁾]+$")
_DASHES = re.compile(r"\s*[-‐‑‒–—−_]+\s*")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LOOKALIKES = str.maketrans("ABCEHKMOPTXYaceopxyk", "АВСЕНКМОРТХУасеорхук")
_KINDS: tuple[tuple[str, RegionKind], ...] = (
    ("country", "country"),
    ("districts", "district"),
    ("oblasts", "oblast"),
    ("regions", "region"),
)


@dataclass(frozen=True)
class RegionNames:
    """Region ids by every known spelling, and the spellings whose rows are left out, with the reason."""

    ids: Mapping[str, str]
    left_out: Mapping[str, str]

    def resolve(self, spelling: str, *, where: str | None = None) -> str | None:
        """Return the id a spelling means, or None when its rows are left out on purpose.

        Parameters
        ----------
        spelling : the name as a file has it; blanks, footnote marks, kinds of dashes, capitals and Latin letters that
            look like Cyrillic ones do not matter.
        where : file, sheet and cell, for the message.

        Raises
        ------
        UnknownNameError : listed nowhere; the nearest spellings are named.

        Examples
        --------
        >>> load_region_names().resolve("Кемеpовская   область2)")
        'RU-KEM'
        """
        key = _key(spelling)
        if key in self._ids:
            return self._ids[key]
        if key in self._left_out:
            return None
        raise UnknownNameError.of("region name", clean_name(spelling), [*self.ids, *self.left_out], where=where)

    def knows(self, spelling: str) -> bool:
        """Tell whether a spelling is listed, as a unit or among what is left out."""
        key = _key(spelling)
        return key in self._ids or key in self._left_out

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {_key(name): region_id for name, region_id in self.ids.items()}

    @cached_property
    def _left_out(self) -> dict[str, str]:
        return {_key(name): reason for name, reason in self.left_out.items()}


def load_regions(folder: Path | None = None) -> dict[str, Region]:
    """Return the 85 disjoint regions, two whole oblasts, the federal districts and the country by id.

    Parameters
    ----------
    folder : where ``regions.yml`` lies; the compiled data by default.

    Raises
    ------
    DataError : an entry that lacks a name or a district, or names a unit that does not exist; two regions on one tile.

    Examples
    --------
    >>> regions = load_regions()
    >>> regions["RU-NEN"].parent, regions["RU-ALT"].okato, regions["RU-KEM"].history[0].date
    ('OB-ARK', '01000000', '2019-03-27')
    """
    document = _read(folder)
    regions = {
        region_id: _region(region_id, entry, kind)
        for group, kind in _KINDS
        for region_id, entry in document[group].items()
    }
    _check_links(regions)
    return regions


def load_region_names(folder: Path | None = None) -> RegionNames:
    """Return every spelling met in the official files.

    Raises
    ------
    DataError : one spelling under two ids.
    """
    document = _read(folder)
    ids: dict[str, str] = {}
    owners: dict[str, str] = {}
    for group, _ in _KINDS:
        for region_id, entry in document[group].items():
            for spelling in _spellings(entry):
                name = clean_name(spelling)
                ids[name] = region_id
                if owners.setdefault(_key(name), region_id) != region_id:
                    raise DataError(
                        f"the spelling {name!r} stands under {owners[_key(name)]} and {region_id}",
                        where="regions.yml",
                        advice="Keep it under one of them",
                    )
    left_out = {clean_name(name): str(reason) for name, reason in document["left_out"].items()}
    for entry in document["former"]:
        reason = f"a part of {entry['successor']} since {entry['until']}"
        left_out.update({clean_name(spelling): reason for spelling in _spellings(entry)})
    return RegionNames(ids, left_out)


def load_former_units(folder: Path | None = None) -> tuple[FormerUnit, ...]:
    """Return the units that became parts of others, with their successors.

    >>> {str(one.successor) for one in load_former_units() if one.until.startswith("2007")} == {"RU-KYA", "RU-KAM"}
    True
    """
    return tuple(
        FormerUnit(Text(entry["name"]["ru"], entry["name"]["en"]), entry["successor"], entry["until"])
        for entry in _read(folder)["former"]
    )


def parts_of(unit: str, regions: Mapping[str, Region]) -> tuple[str, ...]:
    """Return the disjoint regions that add up to a whole oblast, district (in today's borders) or the country, sorted.

    >>> parts_of("OB-TYU", load_regions())
    ('RU-KHM', 'RU-TYU', 'RU-YAN')
    """
    if unit not in regions:
        raise UnknownNameError.of("region", unit, regions)
    kind = regions[unit].kind
    disjoint = [one for one in regions.values() if one.kind == "region"]
    if kind == "oblast":
        return tuple(sorted(one.id for one in disjoint if one.parent == unit))
    if kind == "district":
        return tuple(sorted(one.id for one in disjoint if one.district == unit))
    return tuple(sorted(one.id for one in disjoint)) if kind == "country" else (unit,)


def clean_name(spelling: str) -> str:
    """Return a name without footnote marks, soft hyphens and superfluous blanks.

    >>> clean_name(" Южный      федеральный округ2);3)")
    'Южный федеральный округ'
    """
    name = re.sub(r"\s+", " ", spelling.replace("\u00ad", "")).strip()
    return _FOOTNOTES.sub("", _SUPERSCRIPTS.sub("", name)).strip()


def _key(spelling: str) -> str:
    """What two spellings of one name share."""
    name = clean_name(spelling)
    if _CYRILLIC.search(name):
        name = name.translate(_LOOKALIKES)
    return _DASHES.sub("-", name).casefold()


def _spellings(entry: Mapping[str, Any]) -> list[str]:
    return [entry["name"]["ru"], *entry.get("aliases", [])]


def _read(folder: Path | None) -> Mapping[str, Any]:
    return read_yaml((folder or data_dir()) / "regions.yml")


def _region(region_id: str, entry: Mapping[str, Any], kind: RegionKind) -> Region:
    try:
        return Region(
            id=region_id,
            name=Text(entry["name"]["ru"], entry["name"]["en"]),
            kind=kind,
            district=str(entry["district"]) if kind in ("region", "oblast") else None,
            first_year=int(entry["first_year"]),
            okato=entry.get("okato"),
            oktmo=entry.get("oktmo"),
            parent=entry.get("parent"),
            history=tuple(_change(one) for one in entry.get("history", ())),
            tile=_tile(entry["tile"]) if kind == "region" else None,
            place=_place(entry["place"]) if kind == "region" else None,
            own_id=bool(entry.get("own_id", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"region {region_id} is not declared well: {error!r}", where="regions.yml", advice="Complete the entry"
        ) from error


def _change(entry: Mapping[str, Any]) -> Change:
    if entry["kind"] not in get_args(ChangeKind):
        raise ValueError(f"{entry['kind']} is no kind of change")
    return Change(str(entry["date"]), entry["kind"], Text(entry["note"]["ru"], entry["note"]["en"]))


def _tile(place: list[int]) -> tuple[int, int]:
    row, column = place
    return int(row), int(column)


def _place(given: list[float]) -> tuple[float, float]:
    latitude, longitude = map(float, given)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"{given} is no latitude and longitude")
    return latitude, longitude


def _check_links(regions: Mapping[str, Region]) -> None:
    tiles: dict[tuple[int, int], str] = {}
    for one in regions.values():
        for named in (one.district, one.parent):
            if named is not None and named not in regions:
                raise DataError(
                    f"{one.id} names the unit {named}, which does not exist",
                    where="regions.yml",
                    advice="Correct its district or parent",
                )
        if one.tile is not None and tiles.setdefault(one.tile, one.id) != one.id:
            raise DataError(
                f"{tiles[one.tile]} and {one.id} share the tile {one.tile}",
                where="regions.yml",
                advice="Move one of them",
            )
