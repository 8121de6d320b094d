"""The Panel: official figures of disjoint regions by year, with what each column means."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable

INDEX = ("region", "year")
KnowledgeKind = Literal["real-time", "pseudo-real-time", "mixed"]


@dataclass(frozen=True)
class Knowledge:
    """How far one variable was known at the end of a year.

    ``real-time``: every figure was published by then, ``edition`` is the newest that counts.
    ``pseudo-real-time``: no edition that old is stored; figures of the oldest ``edition`` there is, cut off by the
    publication lag. ``mixed``: cells of both kinds, with both editions named. ``last_year`` is the last year with a
    figure and ``regions`` how many regions have one in it.
    """

    kind: KnowledgeKind
    edition: str
    last_year: int | None
    regions: int


@dataclass(frozen=True, eq=False)
class Panel:
    """Figures of the disjoint regions, indexed (region, year), one float64 column a variable.

    Parameters
    ----------
    frame : (region, year) × variable ids, sorted, without duplicates.
    variables : what each column means, by id.
    regions : names and districts, by id.
    vintage : which edition the figures are from.
    aggregates : the same columns for the country and the districts.
    knowledge : for a panel as known at the end of a year, how far each variable was known.

    Raises
    ------
    DataError : an index that is not (region, year) or holds a pair twice.

    Examples
    --------
    >>> from regional_econ import load_panel
    >>> panel = load_panel()
    >>> float(panel.column("researchers").loc["RU-KEM", 2022])
    897.0
    """

    frame: pd.DataFrame
    variables: Mapping[str, Variable]
    regions: Mapping[str, Region]
    vintage: str
    aggregates: pd.DataFrame = field(default_factory=pd.DataFrame)
    knowledge: Mapping[str, Knowledge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if tuple(self.frame.index.names) != INDEX:
            raise DataError("a panel needs the index (region, year)", advice="Use set_index(['region', 'year'])")
        twice = self.frame.index[self.frame.index.duplicated()]
        if len(twice):
            region, year = twice[0]
            raise DataError("a region and year stand twice", where=f"{region}, {year}", advice="Keep one of them")
        object.__setattr__(self, "frame", self.frame.sort_index().astype("float64"))

    @property
    def region_ids(self) -> tuple[str, ...]:
        """Ids of the disjoint regions, sorted."""
        return tuple(self.frame.index.unique("region"))

    @property
    def years(self) -> tuple[int, ...]:
        """Years, ascending."""
        return tuple(int(year) for year in sorted(self.frame.index.unique("year")))

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over ids, years, columns and values."""
        digest = hashlib.sha256()
        digest.update("|".join([*self.frame.columns, self.vintage]).encode())
        digest.update("|".join(f"{region}:{year}" for region, year in self.frame.index).encode())
        values = np.ascontiguousarray(self.frame.to_numpy(dtype="<f8", copy=True))
        values[np.isnan(values)] = np.nan
        digest.update(values.tobytes())
        return digest.hexdigest()

    def variable(self, name: str) -> Variable:
        """Return what a column means.

        Raises
        ------
        UnknownNameError : no such variable; the nearest names are listed.
        """
        if name not in self.variables:
            raise UnknownNameError.of("variable", name, self.variables)
        return self.variables[name]

    def column(self, name: str) -> pd.Series:
        """Return one variable for the disjoint regions."""
        self.variable(name)
        return self.frame[name]

    def value(self, region: str, name: str, year: int) -> float:
        """Return one figure of a region, district or the country; NaN where none is published."""
        self.variable(name)
        if region not in self.regions:
            raise UnknownNameError.of("region", region, self.regions)
        source = self.frame if self.regions[region].kind == "region" else self.aggregates
        return float(source[name].get((region, year), np.nan))

    def matrix(
        self, name: str, *, regions: Sequence[str] | None = None, years: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return one variable as regions × years; cells without a figure are NaN."""
        wide = self.column(name).unstack("year")
        return wide.reindex(index=list(regions or self.region_ids), columns=list(years or self.years))

    def select(self, *, years: tuple[int, int] | None = None, regions: Sequence[str] | None = None) -> Panel:
        """Return a copy limited to a span of years (both ends included) and to some regions."""
        frame, aggregates = self.frame, self.aggregates
        if regions is not None:
            for region in regions:
                if region not in self.region_ids:
                    raise UnknownNameError.of("region", region, self.region_ids)
            frame = frame[frame.index.get_level_values("region").isin(list(regions))]
        if years is not None:
            frame = _between(frame, years)
            aggregates = _between(aggregates, years) if len(aggregates) else aggregates
        return replace(self, frame=frame, aggregates=aggregates)

    def with_columns(self, columns: pd.DataFrame, variables: Mapping[str, Variable]) -> Panel:
        """Return a copy with further columns, aligned on (region, year)."""
        frame = self.frame.assign(**{str(name): columns[name] for name in columns})
        return replace(self, frame=frame, variables={**self.variables, **variables})

    def real_time(self) -> pd.DataFrame:
        """Return how far each variable was known: variable, edition, last_year, regions, kind.

        Raises
        ------
        DataError : the panel is not one as known at the end of a year.
        """
        if not self.knowledge:
            raise DataError(
                f"the panel holds the figures of vintage {self.vintage}", advice="Use load_panel(known_in=)"
            )
        rows = [(name, one.edition, one.last_year, one.regions, one.kind) for name, one in self.knowledge.items()]
        frame = pd.DataFrame(rows, columns=["variable", "edition", "last_year", "regions", "kind"])
        return frame.astype({"last_year": "Int64"})

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the figures of the disjoint regions."""
        return self.frame.copy()

    def tidy(self) -> pd.DataFrame:
        """Return (region, year, variable, value) without the missing cells."""
        long = self.frame.reset_index().melt(id_vars=list(INDEX), var_name="variable", value_name="value")
        return long.dropna(subset=["value"]).sort_values([*INDEX, "variable"], ignore_index=True)

    def __str__(self) -> str:
        years = self.years
        span = f"{years[0]}–{years[-1]}" if years else "no years"
        return f"{len(self.region_ids)} regions, {span}, {self.frame.shape[1]} variables, vintage {self.vintage}."


def _between(frame: pd.DataFrame, years: tuple[int, int]) -> pd.DataFrame:
    year = frame.index.get_level_values("year")
    return frame[(year >= years[0]) & (year <= years[1])]
