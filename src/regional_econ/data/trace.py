"""Where does one figure come from, down to the cell, and through which formula?"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.provenance import spoken_place
from regional_econ.data.catalogue import Entry, SourceFile, load_catalogue, load_sources
from regional_econ.data.corrections import Corrections, load_corrections
from regional_econ.data.derive import BASE_YEAR, Derivation, derive
from regional_econ.data.files.readers import COUNTRY
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, Row, manifest, read_rows


@dataclass(frozen=True)
class TraceNode:
    """One figure with its place in an official file, or with the formula and figures it is computed from.

    ``status``: published, absent (a dash, zero), missing, confidential, reported, derived or not_published.
    ``place`` is ``sheet!cell`` in a workbook, ``row n`` (counted from 0) in a parquet file, ``line n`` in a text file.
    ``raw`` is what stands there, in the unit of the file; times ``scale`` it is the figure, unless the figure is
    mended: then ``correction`` says why. ``sha256`` is that of the file the figure was read from.
    """

    region: str
    variable: str
    year: int
    value: float | None
    unit: str
    status: str
    vintage: str | None = None
    file: str | None = None
    place: str | None = None
    raw: float | None = None
    scale: float | None = None
    correction: str | None = None
    citation: str | None = None
    sha256: str | None = None
    formula: str | None = None
    inputs: tuple[TraceNode, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the node and all below it as plain values."""
        return {**vars(self), "inputs": [node.to_dict() for node in self.inputs]}

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> list[str]:
        number = "no figure" if self.value is None else f"{self.value:.10g} {self.unit}"
        lines = [f"{'  ' * depth}{self.region} {self.variable} {self.year}: {number} ({self.status})"]
        margin = "  " * (depth + 1)
        if self.formula is not None:
            lines.append(f"{margin}= {self.formula}")
        if self.file is not None:
            lines.append(f"{margin}{self.file}, {spoken_place(self.place or '').en}, vintage {self.vintage}")
            if self.raw is not None and (self.scale != 1.0 or self.correction is not None):
                lines.append(f"{margin}the file says {self.raw:.10g} × {self.scale:.10g}")
            if self.correction is not None:
                lines.append(f"{margin}mended (corrections.yml): {self.correction}")
            lines.append(f"{margin}{self.citation}")
        for node in self.inputs:
            lines += node._lines(depth + 1)
        return lines


def trace(region: str, variable: str, year: int) -> TraceNode:
    """Return where a figure comes from.

    Parameters
    ----------
    region : id of a region, a federal district or the country.
    variable : id, imported or derived.
    year : calendar year.

    Returns
    -------
    The figure; a derived one with every figure that its formula reads, those of other years included.

    Raises
    ------
    UnknownNameError : no such region or variable, with the nearest names, or no such year.

    Examples
    --------
    >>> node = trace("RU-KEM", "innovation_activity_pct", 2022)
    >>> node.file, node.place
    ('yearbook_2023/Раздел 18 - Наука и инновации.xlsx', '18.12.1.!S91')
    """
    entries, regions = load_catalogue(), load_regions()
    if region not in regions:
        raise UnknownNameError.of("region", region, regions)
    if variable not in entries:
        raise UnknownNameError.of("variable", variable, entries)
    rows = read_rows(VALUES)
    first, last = int(rows["year"].min()), int(rows["year"].max())
    if not first <= year <= last:
        raise UnknownNameError.of("year", str(year), map(str, range(first, last + 1)))
    return _Region.of(region, rows, entries, range(first, last + 1)).node(variable, year)


@dataclass(frozen=True)
class _Region:
    """All that a trace asks about one region: its stored rows and derived figures, and the declarations, read once."""

    id: str
    rows: Mapping[tuple[str, int], Row]
    derived: pd.DataFrame
    entries: Mapping[str, Entry]
    sources: Mapping[str, SourceFile]
    corrections: Corrections
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, region: str, rows: pd.DataFrame, entries: Mapping[str, Entry], years: range) -> _Region:
        own = rows[rows["region"] == region]
        stored = map(Row._make, own[list(Row._fields)].itertuples(index=False, name=None))
        imported = [name for name, entry in entries.items() if entry.variable.formula is None]
        index = pd.MultiIndex.from_product([[region], years], names=["region", "year"])
        wide = own.astype({"variable": "str"}).pivot(index="year", columns="variable", values="value")
        known = wide.reindex(index=years, columns=imported).set_axis(index)
        variables = {name: entry.variable for name, entry in entries.items()}
        return cls(
            region,
            {(row.variable, row.year): row for row in stored},
            derive(known, variables, base_year=BASE_YEAR).droplevel("region"),
            entries,
            load_sources(),
            load_corrections(),
            manifest()["sources"],
        )

    def node(self, variable: str, year: int) -> TraceNode:
        """Return where a figure comes from, or the inputs that it is computed from."""
        declared = self.entries[variable].variable
        if declared.formula is not None:
            inputs = [self.node(*place) for place in places_read(Derivation(variable, declared.formula), year)]
            number = float(self.derived[variable].get(year, math.nan))
            value = None if math.isnan(number) else number
            return TraceNode(
                self.id, variable, year, value, declared.unit_label.en, "derived", formula=declared.formula,
                inputs=tuple(inputs),
            )  # fmt: skip
        row = self.rows.get((variable, year))
        if row is None:
            return TraceNode(self.id, variable, year, None, declared.unit_label.en, "not_published")
        return self._stored(row, declared.unit_label.en)

    def _stored(self, row: Row, unit: str) -> TraceNode:
        variable, year, name = row.variable, row.year, row.source
        value = None if row.value is None or math.isnan(row.value) else row.value
        place = (variable, name, self.id, year)
        mends = [
            one for one in self.corrections.corrections if (one.variable, one.source, one.region, one.year) == place
        ]
        stated = mends[0].expect if mends else value
        scale = scale_of(self.entries[variable], name, self.id, year)
        return TraceNode(
            region=self.id,
            variable=variable,
            year=year,
            value=value,
            unit=unit,
            status=row.status,
            vintage=row.vintage,
            file=self.sources[name].file,
            place=row.cell,
            raw=None if stated is None else _unscaled(stated, scale),
            scale=scale,
            correction=mends[0].reason.en if mends else None,
            citation=self.sources[name].origin.citation,
            sha256=self.hashes.get(name),
        )


def scale_of(entry: Entry, source: str, region: str, year: int) -> float:
    """Return what a number of a source file is multiplied by to give the stored figure.

    Parameters
    ----------
    entry : the declaration of an imported variable.
    source, region, year : the file that the figure in use was read from, whose it is and of which year.

    Raises
    ------
    DataError : no declared series reads such a figure.
    """
    for one in entry.series:
        in_time = one.years is None or one.years[0] <= year <= one.years[1]
        if one.role in ("main", "fill") and one.source == source and in_time and region in (one.regions or (region,)):
            return one.scale * (one.country_scale if region == COUNTRY else 1.0)
    raise DataError(
        f"no series of {entry.variable.id} is read from {source}",
        where="variables.yml",
        advice="Build the figures again: they are older than the declarations",
    )


def places_read(formula: Derivation, year: int) -> list[tuple[str, int]]:
    """Return the variables and years that a formula reads for one year, in its order, each once.

    >>> places_read(Derivation("growth", "100 * cpi_pct / lag(cpi_pct)"), 2020)
    [('cpi_pct', 2020), ('cpi_pct', 2019)]
    """

    def walk(node: ast.expr, years: Sequence[int]) -> list[tuple[str, int]]:
        match node:
            case ast.Call(ast.Name("lag"), [inside]):
                return walk(inside, [one - 1 for one in years])
            case ast.Call(ast.Name("chain"), [inside]):
                spans = [range(min(one, BASE_YEAR) + 1, max(one, BASE_YEAR) + 1) for one in years]
                return walk(inside, sorted({one for span in spans for one in span}))
            case ast.Name(name):
                return [(name, one) for one in years]
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return [place for child in children for place in walk(child, years)]

    return list(dict.fromkeys(walk(formula.tree, [year])))


def _unscaled(value: float, scale: float) -> float:
    """What the file says: the quotient without the last digits that scaling has blurred."""
    return float(f"{value / scale:.15g}")
