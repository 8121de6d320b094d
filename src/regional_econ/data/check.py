"""Do the official files still say what the compiled figures say?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from regional_econ.data.build import compile_sources
from regional_econ.data.corrections import same
from regional_econ.data.snapshot import VALUES, VINTAGES, Row, read_rows

Key = tuple[str, str, int, str, str]


@dataclass(frozen=True)
class Difference:
    """One figure that the files and the snapshot do not share: both values (None: not there) and its place."""

    variable: str
    region: str
    year: int
    vintage: str
    source: str
    cell: str
    stored: float | None
    read: float | None

    def __str__(self) -> str:
        return (
            f"{self.variable}, {self.region}, {self.year}: stored {self.stored}, "
            f"read {self.read} ({self.source}, {self.cell}, {self.vintage})"
        )


@dataclass(frozen=True)
class CheckReport:
    """How many figures agree, which differ, and what the reading noticed."""

    figures: int
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        agree = self.figures - len(self.differences)
        return f"{agree} of {self.figures} figures agree with the source files, {len(self.differences)} differ."


def check(sources: Path, folder: Path | None = None) -> CheckReport:
    """Read the official files again and compare every figure with the snapshot.

    Parameters
    ----------
    sources : folder of the official files.
    folder : the snapshot; the compiled data by default.

    Raises
    ------
    DataError : a file that cannot be read, or a damaged snapshot.
    """
    compiled = compile_sources(sources)
    stored = [*_stored(read_rows(VALUES, folder)), *_stored(read_rows(VINTAGES, folder))]
    before, after = _by_key(stored), _by_key([*compiled.values, *compiled.vintages])
    differences = [_difference(key, before.get(key), after.get(key)) for key in sorted(set(before) | set(after))]
    found = tuple(one for one in differences if one is not None)
    return CheckReport(len(set(before) | set(after)), found, compiled.warnings)


def _stored(frame: pd.DataFrame) -> list[Row]:
    records = frame.astype({name: "object" for name in frame.columns if name != "value"})
    return [
        Row(variable, region, int(year), vintage, None if pd.isna(value) else float(value), status, source, cell)
        for variable, region, year, vintage, value, status, source, cell in records.itertuples(index=False, name=None)
    ]


def _by_key(rows: Iterable[Row]) -> dict[Key, Row]:
    return {(row.variable, row.region, int(row.year), row.vintage, row.source): row for row in rows}


def _difference(key: Key, before: Row | None, after: Row | None) -> Difference | None:
    if before is not None and after is not None and same(before.value, after.value) and before.status == after.status:
        return None
    row = after or before
    cell = row.cell if row is not None else ""
    return Difference(*key, cell, before.value if before else None, after.value if after else None)
