"""What does every reader of an official file return, and what do all readers of one build share?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.data.files.workbooks import Shelf, Status
from regional_econ.data.regions import RegionNames


class Figure(NamedTuple):
    """One figure: region id, year, value in the variable's unit, status, vintage and place in the file."""

    region: str
    year: int
    value: float | None
    status: Status
    vintage: str
    place: str


@dataclass
class Reading:
    """What all readers share: where the files lie, the spellings of regions, workbooks already open."""

    folder: Path
    names: RegionNames
    shelf: Shelf
    frames: dict[Path, pd.DataFrame]

    @classmethod
    def of(cls, folder: Path, names: RegionNames) -> Reading:
        """Start reading a folder of official files."""
        return cls(folder, names, Shelf(), {})


def check_once(figures: Iterable[Figure], file: str, *, in_any_edition: bool = False) -> None:
    """Check that no region has two figures for one year.

    Parameters
    ----------
    figures : of one series.
    file : for the message.
    in_any_edition : two editions of a figure are two figures as well.

    Raises
    ------
    DataError : a region stands twice for a year; both places are named.
    """
    places: dict[tuple[str, int, str], str] = {}
    for figure in figures:
        key = (figure.region, figure.year, "" if in_any_edition else figure.vintage)
        first = places.setdefault(key, figure.place)
        if first != figure.place:
            raise DataError(
                f"{figure.region} stands twice for {figure.year}",
                where=f"{file}, {first} and {figure.place}",
                advice="One of the rows belongs to another unit: list its spelling in regions.yml",
            )
