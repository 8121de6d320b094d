"""Where does one figure come from, down to the cell, and through which formula?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import Series, load_catalogue, load_sources, load_variables
from regional_econ.data.corrections import load_corrections
from regional_econ.data.derive import Derivation
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, manifest, read_rows


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
            lines.append(f"{margin}{self.file}, {_spoken_place(self.place or '')}, vintage {self.vintage}")
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

    Raises
    ------
    UnknownNameError : no such region or variable, with the nearest names, or no such year.

    Examples
    --------
    >>> node = trace("RU-KEM", "innovation_activity_pct", 2022)
    >>> node.file, node.place
    ('yearbook_2023/Раздел 18 - Наука и инновации.xlsx', '18.12.1.!S91')
    """
    variables, regions = load_variables(), load_regions()
    if region not in regions:
        raise UnknownNameError.of("region", region, regions)
    if variable not in variables:
        raise UnknownNameError.of("variable", variable, variables)
    rows = read_rows(VALUES)
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    if year not in years:
        raise UnknownNameError.of("year", str(year), map(str, years))
    chosen = rows[(rows["region"] == region) & (rows["year"] == year)]
    return _node(region, variables[variable], year, chosen, variables)


def _node(region: str, variable: Variable, year: int, rows: pd.DataFrame, variables: dict[str, Variable]) -> TraceNode:
    unit = variable.unit_label.en
    if variable.formula is not None:
        formula = Derivation(variable.id, variable.formula)
        inputs = tuple(_node(region, variables[name], year, rows, variables) for name in formula.inputs)
        known = pd.DataFrame({node.variable: [math.nan if node.value is None else node.value] for node in inputs})
        number = float(formula.evaluate(known).iloc[0])
        value = None if math.isnan(number) else number
        return TraceNode(region, variable.id, year, value, unit, "derived", formula=variable.formula, inputs=inputs)
    found = rows[rows["variable"] == variable.id]
    if found.empty:
        return TraceNode(region, variable.id, year, None, unit, "not_published")
    row = found.iloc[0]
    name = str(row["source"])
    source = load_sources()[name]
    value = None if pd.isna(row["value"]) else float(row["value"])
    series = _series(variable.id, name, region, year)
    mends = [
        one
        for one in load_corrections().corrections
        if (one.variable, one.source, one.region, one.year) == (variable.id, name, region, year)
    ]
    stated = mends[0].expect if mends else value
    return TraceNode(
        region=region,
        variable=variable.id,
        year=year,
        value=value,
        unit=unit,
        status=str(row["status"]),
        vintage=str(row["vintage"]),
        file=source.file,
        place=str(row["cell"]),
        raw=None if stated is None else _unscaled(stated, series.scale),
        scale=series.scale,
        correction=mends[0].reason if mends else None,
        citation=source.origin.citation,
        sha256=manifest()["sources"].get(name),
    )


def _series(variable: str, source: str, region: str, year: int) -> Series:
    """The declared series a stored figure was read through."""
    for one in load_catalogue()[variable].series:
        in_time = one.years is None or one.years[0] <= year <= one.years[1]
        if one.role in ("main", "fill") and one.source == source and in_time and region in (one.regions or (region,)):
            return one
    raise DataError(
        f"no series of {variable} is read from {source}",
        where="variables.yml",
        advice="Build the figures again: they are older than the declarations",
    )


def _unscaled(value: float, scale: float) -> float:
    """What the file says: the quotient without the last digits that scaling has blurred."""
    return float(f"{value / scale:.15g}")


def _spoken_place(place: str) -> str:
    if "!" in place:
        sheet, _, cell = place.rpartition("!")
        return f"sheet {sheet}, cell {cell}"
    return f"{place} (counted from 0)" if place.startswith("row") else place
