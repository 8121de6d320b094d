"""Do the official files still say what the compiled tables say?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from regional_econ.data.build import compile_sources
from regional_econ.data.corrections import same
from regional_econ.data.snapshot import TABLES, Content, Table, read_table_file

Line = Mapping[str, Content]
_PLACES = ("source", "cell", "line", "workbook", "sheet")


@dataclass(frozen=True)
class Difference:
    """One line that the files and the snapshot do not share: its key, the column that differs, and its place.

    ``stored`` and ``read`` are what stands there in the snapshot and in the files; None: nothing.
    """

    table: str
    key: str
    column: str
    stored: Content
    read: Content
    place: str

    def __str__(self) -> str:
        return f"{self.table}: {self.key}: {self.column} stored {self.stored}, read {self.read} ({self.place})"


@dataclass(frozen=True)
class CheckReport:
    """How many lines agree, which differ, and what the reading noticed."""

    lines: int
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        differing = len({(one.table, one.key) for one in self.differences})
        return f"{self.lines - differing} of {self.lines} figures agree with the source files, {differing} differ."


def check(sources: Path, folder: Path | None = None) -> CheckReport:
    """Read the official files again and compare every stored table with them, line by line.

    Parameters
    ----------
    sources : folder of the official files.
    folder : the snapshot; the compiled data by default.

    Raises
    ------
    DataError : a file that cannot be read, or a damaged snapshot.
    """
    compiled = compile_sources(sources)
    lines = 0
    differences: list[Difference] = []
    for name, rows in compiled.by_table().items():
        table = TABLES[name]
        before, after = _by_key(table, _stored(table, folder)), _by_key(table, rows)
        keys = sorted(set(before) | set(after))
        lines += len(keys)
        for key in keys:
            differences += _differences(table, key, before.get(key), after.get(key))
    return CheckReport(lines, tuple(differences), compiled.warnings)


def _stored(table: Table, folder: Path | None) -> Iterable[Sequence[Content]]:
    frame = read_table_file(table.file, folder)
    columns = [[_plain(x) for x in frame[column.name].astype(object)] for column in table.columns]
    return zip(*columns, strict=True)


def _plain(content: object) -> Content:
    if pd.isna(content):  # type: ignore[call-overload]
        return None
    return content if isinstance(content, str) else float(content)  # type: ignore[arg-type]


def _by_key(table: Table, rows: Iterable[Sequence[Content]]) -> dict[tuple[str, ...], Line]:
    names = [column.name for column in table.columns]
    found: dict[tuple[str, ...], Line] = {}
    for row in rows:
        line = dict(zip(names, row, strict=True))
        found[tuple(_shown(line[name]) for name in table.key)] = line
    return found


def _differences(table: Table, key: tuple[str, ...], before: Line | None, after: Line | None) -> list[Difference]:
    line = after or before or {}
    place = ", ".join(_shown(line[name]) for name in _PLACES if line.get(name) is not None)
    names = ", ".join(key)
    if before is None or after is None:
        value = next((c.name for c in table.columns if c.type == "number"), table.columns[-1].name)
        stored, read = (None if one is None else one[value] for one in (before, after))
        return [Difference(table.file, names, value, stored, read, place)]
    return [
        Difference(table.file, names, column.name, before[column.name], after[column.name], place)
        for column in table.columns
        if column.name not in table.key and not _agree(before[column.name], after[column.name])
    ]


def _agree(first: Content, second: Content) -> bool:
    if isinstance(first, str) or isinstance(second, str):
        return (first or "") == (second or "")
    return same(_number(first), _number(second))


def _number(content: float | int | None) -> float | None:
    return None if content is None or math.isnan(content) else float(content)


def _shown(content: Content) -> str:
    return str(int(content)) if isinstance(content, float) and content.is_integer() else str(content)
