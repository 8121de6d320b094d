"""What is in the panel: units, coverage, breaks, warnings and sources of each variable?"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import load_sources


@dataclass(frozen=True)
class Description:
    """One variable: what it means, where it comes from, and how many regions have a figure in each year."""

    id: str
    label_en: str
    label_ru: str
    unit: str
    formula: str | None
    price_basis: str | None
    figures: int
    regions: int
    first_year: int | None
    last_year: int | None
    breaks: tuple[str, ...]
    warnings: tuple[str, ...]
    sources: tuple[str, ...]
    regions_by_year: dict[str, int]

    def to_dict(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)

    def __str__(self) -> str:
        span = "no figures" if self.first_year is None else f"{self.first_year}–{self.last_year}"
        head = [
            f"{self.id}: {self.label_en} / {self.label_ru}",
            f"unit: {self.unit}" + (f", {self.price_basis} prices" if self.price_basis else ""),
            f"{self.figures} figures, {self.regions} regions, {span}",
        ]
        parts = [("formula", (self.formula,) if self.formula else ()), ("break", self.breaks)]
        parts += [("warning", self.warnings), ("source", self.sources)]
        lines = [f"{name}: {line}" for name, many in parts for line in many]
        years = ", ".join(f"{year}: {count}" for year, count in self.regions_by_year.items())
        return "\n".join([*head, *lines, f"regions by year: {years}"])


def describe(panel: Panel, variable: str) -> Description:
    """Return what one variable is and how far it reaches.

    Parameters
    ----------
    panel : with the variable among its columns.
    variable : id.

    Raises
    ------
    UnknownNameError : no such variable; the nearest names are given.

    Examples
    --------
    >>> from regional_econ.data.load import load_panel
    >>> describe(load_panel(), "wear_pct").last_year
    2023
    """
    declared = panel.variable(variable)
    column = panel.column(variable).dropna()
    years = column.index.get_level_values("year")
    counts = pd.Series(years).value_counts().sort_index()
    files = load_sources()
    return Description(
        id=variable,
        label_en=declared.label.en,
        label_ru=declared.label.ru,
        unit=declared.unit_label.en,
        formula=declared.formula,
        price_basis=declared.price_basis,
        figures=len(column),
        regions=len(column.index.unique("region")),
        first_year=int(years.min()) if len(years) else None,
        last_year=int(years.max()) if len(years) else None,
        breaks=tuple(f"{one.year} ({one.kind}): {one.note.en}" for one in declared.breaks),
        warnings=tuple(one.en for one in declared.warnings),
        sources=tuple(f"{files[name].file} ({files[name].origin.edition})" for name in declared.origins),
        regions_by_year={str(year): int(count) for year, count in counts.items()},
    )


def overview(panel: Panel) -> pd.DataFrame:
    """Return one row a variable: id, label, unit, figures, regions, first_year, last_year, derived.

    Parameters
    ----------
    panel : every variable of it is listed, one without any figure with 0 and missing years.
    """
    regions, years = (panel.frame.index.get_level_values(level) for level in ("region", "year"))
    rows = []
    for name, declared in panel.variables.items():
        known = panel.frame[name].notna().to_numpy()
        row = {"id": name, "label": declared.label.en, "unit": declared.unit_label.en, "figures": int(known.sum())}
        row |= {"regions": regions[known].nunique(), "derived": declared.formula is not None}
        row |= {"first_year": years[known].min(), "last_year": years[known].max()} if known.any() else {}
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(_OVERVIEW))
    return frame.astype({"first_year": "Int64", "last_year": "Int64"})


_OVERVIEW = ("id", "label", "unit", "figures", "regions", "first_year", "last_year", "derived")
