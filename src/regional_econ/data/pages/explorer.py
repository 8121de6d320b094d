"""The data catalogue as a page: every variable with its figures, their places in the files, and older editions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ._base.text import Text
from regional_econ.core.explorer import MAIN, Explorer
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import Entry, load_catalogue, load_sources
from regional_econ.data.corrections import Correction, load_corrections
from regional_econ.data.derive import BASE_YEAR, Derivation, derive, ordered
from regional_econ.data.describe import overview
from regional_econ.data.editions import load_editions
from regional_econ.data.load import load_vintages_of
from regional_econ.data.pages.pictures import availability_frame, chapter_of
from regional_econ.data.snapshot import VALUES, VINTAGES, manifest, read_rows
from regional_econ.data.trace import places_read, scale_of

EXPLORER_ID, SECTION = "explore_data", "data"
_CELL = re.compile(r"(.*!)([A-Z]+)(\d+)|(row |line )(\d+)")
_KIND = ["newest", "vintage", "source", "prefix", "status", "scale"]


def explorer(panel: Panel, focal: str) -> Explorer:
    """Return the data of the catalogue's page.

    The part ``main`` holds ``variables``, ``regions``, ``sources``, ``editions``, ``years`` (first and last) and
    ``focal``; a part a variable holds its figures as columns, each a text with a blank between its entries. ``value``
    is a number, or nothing where the source withholds it. ``kind`` is a place in ``kinds``, whose entries are: whether
    the figure is the one in use, edition, source, what stands before the row in its place (a sheet, ``row`` or
    ``line``), status, and the scale between file and figure (0: not told). ``kind``, ``region`` (a place in
    ``regions``), ``year``, ``row`` and ``column`` (of a sheet, 0 elsewhere) are steps from the figure before. A derived
    figure has no place: ``reads`` of its variable holds, by year, the figures that its formula reads. ``mends`` lists
    corrections.

    Parameters
    ----------
    panel : newest figures.
    focal : id of the region that the page shows first.

    Raises
    ------
    DataError : a place in a file that is no cell, row or line.
    """
    entries = load_catalogue()
    variables = {name: entry.variable for name, entry in entries.items()}
    regions, tables = _ordered_regions(panel.regions), [read_rows(name) for name in (VALUES, VINTAGES)]
    years = range(int(tables[0]["year"].min()), int(tables[0]["year"].max()) + 1)
    at = {name: place for place, name in enumerate(regions)}
    figures = _imported(tables, entries) | _derived(tables[0], variables, list(regions), years)
    mends = load_corrections().corrections
    parts = {name: _part(figures[name], at, [one for one in mends if one.variable == name]) for name in variables}
    main: dict[str, Any] = {
        "focal": focal,
        "years": [years[0], years[-1]],
        "regions": [_region(one) for one in regions.values()],
        "variables": _variables(panel, variables, years),
        "sources": _sources(),
        "editions": {
            name: {"label": _both(one.label), "published": f"{one.published[0]}-{one.published[1]:02d}"}
            for name, one in load_editions().items()
        },
    }
    chapters = sorted({one["chapter"] for one in main["variables"]})
    return Explorer(EXPLORER_ID, SECTION, {MAIN: main, **parts}, (*regions, *chapters))


def _ordered_regions(regions: Mapping[str, Region]) -> dict[str, Region]:
    """The country, then each district with its regions and whole oblasts behind it."""
    districts = [one.id for one in regions.values() if one.kind == "district"]
    kinds = ("country", "district", "region", "oblast")

    def key(one: Region) -> tuple[int, int, str]:
        home = one.id if one.kind == "district" else one.district
        return (districts.index(home) if home else -1, kinds.index(one.kind), one.id)

    return {one.id: one for one in sorted(regions.values(), key=key)}


def _imported(tables: Iterable[pd.DataFrame], entries: Mapping[str, Entry]) -> dict[str, pd.DataFrame]:
    """The stored rows by variable with their places taken apart: those in use, and one an older edition."""
    words = dict.fromkeys(["variable", "region", "vintage", "status", "source"], "str")
    stored = pd.concat([table.astype(words).assign(newest=rank == 0) for rank, table in enumerate(tables)])
    withheld = stored["value"].isna()
    figures = stored[~withheld].drop_duplicates(["variable", "region", "year", "vintage"])
    rows = pd.concat([stored[withheld & stored["newest"]], figures], ignore_index=True)
    found = [_CELL.fullmatch(cell) for cell in rows["cell"]]
    if None in found:
        place = rows["cell"].iloc[found.index(None)]
        raise DataError(f"{place} is no cell, row or line", where=VALUES, advice="Build the figures again")
    cells = [one.groups() for one in found if one is not None]
    columns: dict[str | None, int] = {None: 0} | {one: _column(one) for one in {str(cell[1]) for cell in cells}}
    rows = rows.assign(
        prefix=[sheet or kind for sheet, _, _, kind, _ in cells],
        column=[columns[letters] for _, letters, _, _, _ in cells],
        row=[int(inside or below) for _, _, inside, _, below in cells],
    )
    rows["scale"] = [
        scale_of(entries[name], source, region, year) if newest else 0.0
        for name, source, region, year, newest in zip(
            rows["variable"], rows["source"], rows["region"], rows["year"], rows["newest"], strict=True
        )
    ]
    return {str(name): one for name, one in rows.groupby("variable", sort=False)}


def _column(letters: str) -> int:
    """The number of a column of a sheet: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _derived(
    newest: pd.DataFrame, variables: Mapping[str, Variable], regions: list[str], years: range
) -> dict[str, pd.DataFrame]:
    """The derived figures as a trace computes them, and those of older editions where these have all that is read."""
    index = pd.MultiIndex.from_product([regions, years], names=["region", "year"])
    wide = newest.astype({"variable": "str", "region": "str"}).pivot(
        index=["region", "year"], columns="variable", values="value"
    )
    imported = [name for name, one in variables.items() if one.formula is None]
    frame = derive(wide.reindex(index=index, columns=imported), variables, base_year=BASE_YEAR)
    chained: set[str] = set()
    for formula in ordered(variables):
        if formula.read_by("chain") or chained & set(formula.inputs):
            chained.add(formula.name)
    names = [formula.name for formula in ordered(variables)]
    editions = load_vintages_of([name for name in names if name not in chained])
    found: dict[str, pd.DataFrame] = {}
    for name in names:
        now = frame[name].dropna().reset_index(name="value").assign(newest=True)
        older = editions.get(name, pd.DataFrame(columns=["region", "year", "vintage", "value", "source", "newest"]))
        named = older.loc[older["newest"].astype(bool), ["region", "year", "vintage", "source"]]
        now = now.merge(named, on=["region", "year"], how="left").fillna({"vintage": "", "source": ""})
        rows = pd.concat([now, older[~older["newest"].astype(bool)].drop(columns="cell", errors="ignore")])
        found[name] = rows.assign(status="derived", prefix="", row=0, column=0, scale=0.0)
    return found


def _part(rows: pd.DataFrame, at: Mapping[str, int], mends: Iterable[Correction]) -> dict[str, object]:
    rows = rows.assign(region=rows["region"].map(at), newest=rows["newest"].astype(int))
    stated = list(zip(*(rows[name].tolist() for name in _KIND), strict=True))
    kinds = sorted(set(stated), key=lambda one: (-one[0], *map(str, one[1:])))
    numbers = {kind: place for place, kind in enumerate(kinds)}
    rows["kind"] = [numbers[one] for one in stated]
    rows = rows.sort_values(["kind", "region", "year"], ignore_index=True)
    part: dict[str, object] = {"kinds": [list(kind) for kind in kinds]}
    part["mends"] = [
        {
            "source": one.source,
            "region": one.region,
            "year": one.year,
            "expect": one.expect,
            "reason": _both(one.reason),
        }
        for one in mends
    ]
    for name in ("kind", "region", "year", "row", "column"):
        steps = np.diff(rows[name].to_numpy(dtype="int64"), prepend=0)
        part[name] = " ".join(map(str, steps.tolist()))
    part["value"] = " ".join(map(_number, rows["value"].tolist()))
    return part


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _variables(panel: Panel, variables: Mapping[str, Variable], years: range) -> list[dict[str, Any]]:
    """What the catalogue says of each variable, and the share of regions with a figure by year, in percent."""
    known = {row["id"]: row for row in overview(panel).to_dict("records")}
    wide = availability_frame(panel).pivot(index="variable", columns="year", values="share")
    rounded = (100 * wide.reindex(columns=years)).round().fillna(0).astype(int)
    shares = dict(zip(rounded.index, rounded.to_numpy().tolist(), strict=True))
    found = []
    for name, one in variables.items():
        row: dict[str, Any] = {
            "id": name,
            "chapter": f"data.chapter.{chapter_of(variables, name)}",
            "digits": one.digits,
        }
        row |= {"label": _both(one.label), "unit": _both(one.unit_label), "prices": one.price_basis}
        row |= {"figures": int(known[name]["figures"]), "regions": int(known[name]["regions"])}
        row |= {"shares": shares[name], "sources": list(one.origins)}
        row |= {"breaks": [{"year": step.year, "kind": step.kind, "note": _both(step.note)} for step in one.breaks]}
        row |= {"warnings": [_both(text) for text in one.warnings]}
        if one.formula is not None:
            formula = Derivation(name, one.formula)
            row |= {"formula": one.formula, "inputs": list(formula.inputs)}
            row |= {"reads": {str(year): [list(place) for place in places_read(formula, year)] for year in years}}
        found.append(row)
    return found


def _sources() -> dict[str, dict[str, object]]:
    hashes = manifest()["sources"]
    return {
        name: {
            "file": one.file, "producer": one.origin.producer, "title": one.origin.title,
            "edition": one.origin.edition, "citation": one.origin.citation, "accessed": one.origin.accessed,
            "licence": one.origin.licence, "sha256": hashes.get(name),
        }
        for name, one in load_sources().items()
    }  # fmt: skip


def _region(one: Region) -> dict[str, object]:
    return {"id": one.id, "kind": one.kind, "district": one.district, "first": one.first_year}


def _both(text: Text) -> dict[str, str]:
    return {"ru": text.ru, "en": text.en}
