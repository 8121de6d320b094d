"""Does the same figure read the same through different files, and where it does not, why?

Every pair of files that carry a variable is compared cell by cell. A differing cell gets exactly one reason, the first
of the rules of ``reasons.py`` that its figures satisfy; what satisfies none is unexplained and
stands in the list with both places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ.data.catalogue import Series, SourceFile, load_catalogue, load_sources
from regional_econ.data.checks.counterparts import read_counterparts
from regional_econ.data.checks.reasons import REASONS as REASONS
from regional_econ.data.checks.reasons import Cell, Grounds
from regional_econ.data.editions import load_editions
from regional_econ.data.files.readers import Reading, read_series
from regional_econ.data.regions import load_region_names, load_regions
from regional_econ.data.snapshot import VALUES, VINTAGES, read_rows

COUNTS = ("pair", "variable", "cells", "equal", *REASONS)
DIFFERENCES = (
    "pair", "variable", "region", "year", "one", "other", "vintage_one", "vintage_other", "place_one", "place_other",
    "change_pct", "reason", "why",
)  # fmt: skip


@dataclass(frozen=True)
class CrossCheck:
    """The same figures through different files.

    ``counts``: one row a pair of files and variable: cells, equal, and one column a reason.
    ``differences``: one row a differing cell with both figures, editions and places, the change from the first to the
    other in percent, its reason, and why.
    """

    counts: pd.DataFrame
    differences: pd.DataFrame

    @property
    def unexplained(self) -> pd.DataFrame:
        """The differences that no rule explains."""
        return self.differences[self.differences["reason"] == "unexplained"].reset_index(drop=True)

    def by_pair(self) -> pd.DataFrame:
        """Return the counts summed over variables, one row a pair of files."""
        return self.counts.drop(columns="variable").groupby("pair", as_index=False).sum()

    def __str__(self) -> str:
        cells, equal = int(self.counts["cells"].sum()), int(self.counts["equal"].sum())
        reasons = ", ".join(f"{name} {int(self.counts[name].sum())}" for name in REASONS)
        return f"{cells} cells stand in two files: {equal} equal, {cells - equal} differ ({reasons})."


def crosscheck(folder: Path | None = None) -> CrossCheck:
    """Compare the stored figures of every variable that came through more than one file.

    Parameters
    ----------
    folder : where the snapshot lies; the compiled data by default.

    Raises
    ------
    DataError : the snapshot is missing or was changed.

    Examples
    --------
    >>> check = crosscheck()
    >>> grp = check.counts.query("variable == 'grp_mln_rub' and pair == 'national_accounts × tochno'")
    >>> bool((grp["cells"] == grp["equal"]).all())
    True
    """
    return compare(pd.concat([read_rows(name, folder) for name in (VALUES, VINTAGES)]))


def crosscheck_sources(folder: Path, variables: Iterable[str] | None = None) -> CrossCheck:
    """Read the official files and compare every series of the catalogue with every other of the same variable.

    Unlike :func:`crosscheck` this includes what is compared and not stored: series of role ``check`` and the figures
    of :mod:`regional_econ.data.checks.counterparts`.

    Parameters
    ----------
    folder : of the official files.
    variables : ids, or names of counterparts; all by default.

    Raises
    ------
    DataError : a file is missing, damaged, or holds what no figure can be.
    """
    files, reading = load_sources(), Reading.of(folder, load_region_names())
    chosen = None if variables is None else set(variables)
    rows: list[tuple[object, ...]] = []
    for name, entry in load_catalogue().items():
        if chosen is None or name in chosen:
            for series in entry.series:
                rows += _read(name, series, files[series.source], reading)
    rows += read_counterparts(files, reading, chosen)
    return compare(pd.DataFrame(rows, columns=list(_ROW)))


def compare(rows: pd.DataFrame) -> CrossCheck:
    """Compare rows that say the same through different sources.

    Parameters
    ----------
    rows : variable, region, year, vintage, value, source, cell; figures in the variable's unit.

    Returns
    -------
    CrossCheck over all pairs of sources; the workbooks of one yearbook count as one source.

    Raises
    ------
    UnknownNameError : an edition that ``vintages.yml`` does not declare.
    """
    published = {name: edition.published for name, edition in load_editions().items()}
    if unknown := sorted(set(rows["vintage"]) - set(published)):
        raise UnknownNameError.of("vintage", str(unknown[0]), published, where="vintages.yml")
    districts = _districts()
    words = dict.fromkeys(("variable", "region", "vintage", "source", "cell"), "object")
    known = rows.dropna(subset=["value"]).astype(words)
    known["file"] = known["source"].map({one: _file(one) for one in known["source"].unique()}).astype("object")
    counts: list[tuple[object, ...]] = []
    parts: list[pd.DataFrame] = []
    for variable, own in known.groupby("variable", sort=True):
        grounds = Grounds.of(own, published, districts)
        for one, other in combinations(sorted(own["file"].unique()), 2):
            cells = _beside(own, one, other)
            if cells.empty:
                continue
            differing = _explained(cells, grounds, one, other).assign(pair=f"{one} × {other}", variable=str(variable))
            tally = differing["reason"].value_counts()
            found = [int(tally.get(reason, 0)) for reason in REASONS]
            counts.append((f"{one} × {other}", str(variable), len(cells), int(cells["equal"].sum()), *found))
            parts.append(differing)
    differences = pd.concat(parts) if parts else pd.DataFrame(columns=list(DIFFERENCES))
    return CrossCheck(
        pd.DataFrame(counts, columns=list(COUNTS)).sort_values(["pair", "variable"], ignore_index=True),
        differences[list(DIFFERENCES)].sort_values(["pair", "variable", "region", "year"], ignore_index=True),
    )


def _explained(cells: pd.DataFrame, grounds: Grounds, one: str, other: str) -> pd.DataFrame:
    """The cells that differ, with the change from the first to the other, the reason and why."""
    share = (~cells["equal"]).groupby(cells["year"]).mean().to_dict()
    differing = cells[~cells["equal"]]
    columns = [differing[name].tolist() for name in Cell._fields]
    verdicts = [
        grounds.reason(cell, one, other, share[cell.year]) for cell in map(Cell._make, zip(*columns, strict=True))
    ]
    return differing.assign(
        change_pct=100 * (differing["other"] / differing["one"].where(differing["one"] != 0) - 1),
        reason=[reason for reason, _ in verdicts],
        why=[why for _, why in verdicts],
    )


def _beside(rows: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    keys = ["region", "year"]
    parts = []
    for file, side in ((one, "one"), (other, "other")):
        part = rows[rows["file"] == file].drop_duplicates(keys)
        place = part["source"] + ", " + part["cell"]
        part = part[keys].assign(**{side: part["value"], f"vintage_{side}": part["vintage"], f"place_{side}": place})
        parts.append(part)
    cells = parts[0].merge(parts[1], on=keys)
    return cells.assign(equal=np.isclose(cells["one"], cells["other"], rtol=1e-9, atol=1e-9))


def _districts() -> dict[str, tuple[str, ...]]:
    """The disjoint regions of each federal district."""
    parts: dict[str, list[str]] = {}
    for region in load_regions().values():
        if region.kind == "region" and region.district is not None:
            parts.setdefault(region.district, []).append(region.id)
    return {district: tuple(regions) for district, regions in parts.items()}


def _file(source: str) -> str:
    return re.sub(r"^(yearbook_\d{4})_\d+$", r"\1", source)


def _read(name: str, series: Series, source: SourceFile, reading: Reading) -> list[tuple[object, ...]]:
    return [
        (name, one.region, one.year, one.vintage, one.value, series.source, one.place)
        for one in read_series(series, source, reading)
    ]


_ROW = ("variable", "region", "year", "vintage", "value", "source", "cell")
