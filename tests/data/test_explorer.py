"""The catalogue's page says of every figure what a trace says, and holds every edition."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from regional_econ._base.errors import DataError
from regional_econ.core.explorer import Explorer
from regional_econ.core.panel import Panel
from regional_econ.data.load import load_vintages_of
from regional_econ.data.pages.explorer import explorer
from regional_econ.data.trace import TraceNode, trace

LARGEST_MB = 4  # of all parts together, compressed: the whole site may have 40


@dataclass(frozen=True)
class Figure:
    """One figure as the script of the page unpacks it."""

    newest: bool
    vintage: str
    source: str
    place: str
    status: str
    scale: float
    value: float | None


@dataclass(frozen=True)
class Reader:
    """A second implementation of what the script does with the parts."""

    parts: dict[str, Any]

    def figures(self, variable: str) -> dict[tuple[str, int], list[Figure]]:
        part, regions = self.parts[variable], [one["id"] for one in self.parts["main"]["regions"]]
        names = ("kind", "region", "year", "row", "column")
        columns = [np.cumsum([int(step) for step in part[name].split(" ")]).tolist() for name in names]
        found: dict[tuple[str, int], list[Figure]] = {}
        for kind, region, year, row, column, text in zip(*columns, part["value"].split(" "), strict=True):
            newest, vintage, source, prefix, status, scale = part["kinds"][kind]
            place = f"{prefix}{_letters(column)}{row}" if prefix else ""
            value = float(text) if text else None
            figure = Figure(bool(newest), vintage, source, place, status, scale, value)
            found.setdefault((regions[region], year), []).append(figure)
        return found

    def node(self, region: str, variable: str, year: int) -> TraceNode:
        main = self.parts["main"]
        declared = next(one for one in main["variables"] if one["id"] == variable)
        unit, newest = (
            declared["unit"]["en"],
            [one for one in self.figures(variable).get((region, year), []) if one.newest],
        )
        if "formula" in declared:
            inputs = tuple(self.node(region, *place) for place in declared["reads"][str(year)])
            value = newest[0].value if newest else None
            return TraceNode(region, variable, year, value, unit, "derived", formula=declared["formula"], inputs=inputs)
        if not newest:
            return TraceNode(region, variable, year, None, unit, "not_published")
        figure, source = newest[0], main["sources"][newest[0].source]
        places = [(one["source"], one["region"], one["year"]) for one in self.parts[variable]["mends"]]
        mends = [
            self.parts[variable]["mends"][n] for n, one in enumerate(places) if one == (figure.source, region, year)
        ]
        stated = mends[0]["expect"] if mends else figure.value
        return TraceNode(
            region, variable, year, figure.value, unit, figure.status, figure.vintage, source["file"], figure.place,
            None if stated is None else float(f"{stated / figure.scale:.15g}"), figure.scale,
            mends[0]["reason"]["en"] if mends else None, source["citation"], source["sha256"],
        )  # fmt: skip


def _letters(column: int) -> str:
    text = ""
    while column:
        column, letter = divmod(column - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


@pytest.fixture(scope="module")
def made(panel: Panel) -> Explorer:
    return explorer(panel, "RU-KEM")


@pytest.fixture(scope="module")
def reader(made: Explorer) -> Reader:
    return Reader(json.loads(json.dumps(made.parts)))


def test_chosen_cells_are_traced_as_the_command_traces_them(reader: Reader) -> None:
    for region, variable, year in (
        ("RU-KEM", "wear_pct", 2020),  # the cell that a new reader looks for
        ("RU-ARK", "innovative_goods_mln_rub", 2007),  # mended
        ("RU-CHU", "rd_grp_pct", 2020),  # an input is withheld
        ("RU", "researchers", 2022),  # scaled
        ("RU-KEM", "grp_real_mln_rub", 2016),  # a chain over years below another formula
        ("RU-KEM", "rd_real_per_employed_grp", 2023),
        ("RU-CR", "wear_pct", 2001),  # before the region had figures
    ):
        assert reader.node(region, variable, year) == trace(region, variable, year), (region, variable, year)


def test_random_cells_are_traced_as_the_command_traces_them(reader: Reader) -> None:
    main, draw = reader.parts["main"], np.random.default_rng(20261130)
    derived = [one["id"] for one in main["variables"] if "formula" in one]
    for place in range(24):
        region = str(draw.choice([one["id"] for one in main["regions"]]))
        names = derived if place % 2 else [one["id"] for one in main["variables"]]
        variable, year = str(draw.choice(names)), int(draw.integers(main["years"][0], main["years"][1] + 1))
        assert reader.node(region, variable, year) == trace(region, variable, year), (region, variable, year)


def test_every_derived_figure_in_use_is_that_of_the_panel(reader: Reader, panel: Panel) -> None:
    for declared in reader.parts["main"]["variables"]:
        if "formula" in declared:
            used = {place: one[0].value for place, one in reader.figures(declared["id"]).items() if one[0].newest}
            stands = panel.column(declared["id"]).dropna().to_dict()
            assert {place: used[place] for place in stands} == stands, declared["id"]


@pytest.mark.parametrize("variable", ["wear_pct", "grp_mln_rub", "rd_grp_pct", "grp_deflator_pct"])
def test_every_edition_of_a_figure_is_there(reader: Reader, variable: str) -> None:
    expected = {
        (row.region, row.year, row.vintage, row.value, row.newest)
        for row in load_vintages_of([variable])[variable].itertuples()
    }
    found = {
        (region, year, one.vintage, one.value, one.newest)
        for (region, year), figures in reader.figures(variable).items()
        for one in figures
        if one.value is not None
    }
    assert found == expected


def test_the_catalogue_is_complete_and_small(made: Explorer, panel: Panel) -> None:
    main = made.parts["main"]
    assert [one["id"] for one in main["variables"]] == list(panel.variables)
    assert set(made.parts) == {"main", *panel.variables}
    assert {one["id"] for one in main["regions"]} == set(panel.regions)
    assert set(made.labels) == set(panel.regions) | {one["chapter"] for one in main["variables"]}
    shares = next(one["shares"] for one in main["variables"] if one["id"] == "wear_pct")
    counts = panel.frame["wear_pct"].groupby("year").agg(lambda column: round(100 * column.notna().mean()))
    assert shares == counts.reindex(range(main["years"][0], main["years"][1] + 1), fill_value=0).tolist()
    parts = [json.dumps(one, ensure_ascii=False).encode() for one in made.parts.values()]
    assert sum(len(gzip.compress(one, mtime=0)) for one in parts) < LARGEST_MB * 2**20


def test_a_place_that_is_none_stops_the_page(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    from regional_econ.data.pages import explorer as module

    def damaged(name: str) -> Any:
        rows = read_rows(name).head(3)
        return rows.assign(cell=["somewhere", *rows["cell"][1:]])

    read_rows = module.read_rows
    monkeypatch.setattr(module, "read_rows", damaged)
    with pytest.raises(DataError, match="somewhere is no cell"):
        explorer(panel, "RU-KEM")
