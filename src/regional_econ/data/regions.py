"""Which regions are there, and which of them does a spelling in an official file mean?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.core.region import Region, RegionKind
from regional_econ.data.declared import read_yaml

_FOOTNOTES = re.compile(r"(?:[\s;,]*(?<!\d)\d{1,2}\))+$")
_SUPERSCRIPTS = re.compile("[⁰¹²³⁴-⁹⁽⁾]+$")
_KINDS: tuple[tuple[str, RegionKind], ...] = (
    ("country", "country"),
    ("districts", "district"),
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
        spelling : the name as a file has it; blanks and footnote marks do not matter.
        where : file, sheet and cell, for the message.

        Raises
        ------
        UnknownNameError : listed nowhere; the nearest spellings are named.

        Examples
        --------
        >>> load_region_names().resolve("Кемеровская   область2)")
        'RU-KEM'
        """
        name = clean_name(spelling)
        if name in self.ids:
            return self.ids[name]
        if name in self.left_out:
            return None
        raise UnknownNameError.of("region name", name, [*self.ids, *self.left_out], where=where)


def load_regions(folder: Path | None = None) -> dict[str, Region]:
    """Return the 85 disjoint regions, the federal districts and the country by id.

    Parameters
    ----------
    folder : where ``regions.yml`` lies; the compiled data by default.

    Raises
    ------
    DataError : an entry that lacks a name or a district.
    """
    document = _read(folder)
    return {
        region_id: _region(region_id, entry, kind)
        for group, kind in _KINDS
        for region_id, entry in document[group].items()
    }


def load_region_names(folder: Path | None = None) -> RegionNames:
    """Return every spelling met in the official files.

    Raises
    ------
    DataError : one spelling under two ids.
    """
    document = _read(folder)
    ids: dict[str, str] = {}
    for group, _ in _KINDS:
        for region_id, entry in document[group].items():
            for spelling in [entry["name"]["ru"], *entry.get("aliases", [])]:
                name = clean_name(spelling)
                if ids.setdefault(name, region_id) != region_id:
                    raise DataError(
                        f"the spelling {name!r} stands under {ids[name]} and {region_id}",
                        where="regions.yml",
                        advice="Keep it under one of them",
                    )
    return RegionNames(ids, {clean_name(name): reason for name, reason in document["left_out"].items()})


def clean_name(spelling: str) -> str:
    """Return a name without footnote marks, soft hyphens and superfluous blanks.

    >>> clean_name(" Южный      федеральный округ2);3)")
    'Южный федеральный округ'
    """
    name = re.sub(r"\s+", " ", spelling.replace("\u00ad", "")).strip()
    return _FOOTNOTES.sub("", _SUPERSCRIPTS.sub("", name)).strip()


def _read(folder: Path | None) -> Mapping[str, Any]:
    return read_yaml((folder or data_dir()) / "regions.yml")


def _region(region_id: str, entry: Mapping[str, Any], kind: RegionKind) -> Region:
    try:
        name = Text(entry["name"]["ru"], entry["name"]["en"])
        district = str(entry["district"]) if kind == "region" else None
        return Region(region_id, name, kind, district, int(entry["first_year"]))
    except KeyError as error:
        raise DataError(
            f"region {region_id} lacks {error}", where="regions.yml", advice="Complete the entry"
        ) from error
