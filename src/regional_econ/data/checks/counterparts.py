"""Which published figures are imported nowhere and only held against others?

Some tables print what another file prints too, or what can be computed from figures of a third. They are read for the
cross-check alone: a mistake of a file or a reader that nothing else can see shows up as a cell that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from regional_econ.data.catalogue import Series, SourceFile, load_catalogue
from regional_econ.data.files.readers import Figure, Reading, read_series
from regional_econ.data.regions import load_regions

WEAR_DIGITS = 2
"""Digits that a wear computed from values in whole million roubles is good for: 0.5 in 10,000 is 0.005 points."""

_ASSETS = {"coverage": "commercial without small business"}
_ALL_SECTIONS = {"okved2_section": "Всего по обследуемым видам экономической деятельности"}
_TOTALS = ("fixed_assets_totals", _ASSETS)
_INDUSTRIES = ("fixed_assets_industries", {**_ASSETS, **_ALL_SECTIONS})

COUNTERPARTS: Mapping[str, tuple[Series, ...]] = {
    "grp_per_head_rub": (
        Series("table", "national_accounts", "check", "rosstat-2025-03", title="^валовой региональный продукт на душу"),
        Series("table", "yearbook_2023_08", "check", "yearbook-2023",
               title="Валовой региональный продукт на душу населения", unit_line="рублей"),
        Series("tochno", "tochno", "check", "tochno-2026", code="Y477110006", unit_line="Рублей"),
    ),
    "investment_per_head_rub": (
        Series("table", "yearbook_2023_10", "check", "yearbook-2023",
               title="Инвестиции в основной капитал на душу населения", unit_line="рублей"),
        Series("tochno", "tochno", "check", "tochno-2026", code="Y477110108"),
    ),
    "women_per_1000_men": (
        Series("table", "yearbook_2023_01", "check", "yearbook-2023", title="Соотношение мужчин и женщин"),
        Series("tochno", "tochno", "check", "tochno-2026", code="Y477110371"),
        Series("extract", "yearbook_2021", "check", "yearbook-2021", column="gender"),
    ),
    "grp_share_pct": (
        Series("table", "national_accounts", "check", "rosstat-2025-03",
               title="^региональная структура валового регионального продукта"),
    ),
}  # fmt: skip
"""Figures that more than one file prints, by a name of their own where no variable has it."""


class Counterpart(NamedTuple):
    """One figure held against others: what it is, where it comes from; computed ones say so in their source."""

    variable: str
    region: str
    year: int
    vintage: str
    value: float | None
    source: str
    cell: str


def read_counterparts(
    files: Mapping[str, SourceFile], reading: Reading, chosen: Iterable[str] | None = None
) -> list[Counterpart]:
    """Read the declared counterparts and compute those that follow from other figures.

    Computed are wear_pct, from the full and the residual value of the fixed assets of commercial organisations without
    small business, and grp_share_pct, from the gross regional product of all regions.

    Parameters
    ----------
    files : source files by id.
    reading : the folder of official files.
    chosen : names; all by default.

    Raises
    ------
    DataError : a file is missing or damaged, or lacks a table.
    """
    names = {*COUNTERPARTS, "wear_pct"} if chosen is None else set(chosen)
    found: list[Counterpart] = []
    for name in sorted(names & set(COUNTERPARTS)):
        for series in COUNTERPARTS[name]:
            found += [_row(name, one, series.source) for one in read_series(series, files[series.source], reading)]
    if "wear_pct" in names:
        found += _wear(files, reading)
    if "grp_share_pct" in names:
        found += _grp_shares(files, reading)
    return found


def _row(name: str, one: Figure, source: str) -> Counterpart:
    return Counterpart(name, one.region, one.year, one.vintage, one.value, source, one.place)


def _wear(files: Mapping[str, SourceFile], reading: Reading) -> list[Counterpart]:
    """Districts are left out: the files keep their borders of the time, so a ratio of theirs is another one."""
    disjoint = {one.id for one in load_regions().values() if one.kind == "region"}
    found: list[Counterpart] = []
    for source, where in (_TOTALS, _INDUSTRIES):
        columns = (
            Series("records", source, "check", "rosstat-2024", column=column, where=where)
            for column in ("full_book_value", "residual_value")
        )
        full, residual = (read_series(series, files[source], reading) for series in columns)
        left = {(one.region, one.year): one.value for one in residual}
        for one in full:
            rest = left.get((one.region, one.year))
            if one.value and rest is not None and one.region in disjoint:
                wear = round(100 * (1 - rest / one.value), WEAR_DIGITS)
                found.append(_row("wear_pct", one._replace(value=wear), source))
    return found


def _grp_shares(files: Mapping[str, SourceFile], reading: Reading) -> list[Counterpart]:
    figures: dict[tuple[str, int], Figure] = {}
    for series in load_catalogue()["grp_mln_rub"].series:
        if series.source == "national_accounts":
            for one in read_series(series, files[series.source], reading):
                figures.setdefault((one.region, one.year), one)
    shares: list[Counterpart] = []
    for (region, year), one in figures.items():
        whole = figures.get(("RU", year))
        if region != "RU" and one.value is not None and whole is not None and whole.value:
            share = one._replace(value=100 * one.value / whole.value)
            shares.append(_row("grp_share_pct", share, "national_accounts, computed"))
    return shares
