"""Regions: 85 disjoint units with their own ids, codes and places, and every spelling of the files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.data.catalogue import load_sources
from regional_econ.data.files.workbooks import Shelf
from regional_econ.data.regions import load_former_units, load_region_names, load_regions, parts_of


def test_units_are_disjoint_and_belong_to_districts() -> None:
    regions = load_regions()
    kinds = [one.kind for one in regions.values()]
    assert [kinds.count(one) for one in ("region", "oblast", "district", "country")] == [85, 2, 8, 1]
    districts = {one.id for one in regions.values() if one.kind == "district"}
    assert all(one.district in districts for one in regions.values() if one.kind in ("region", "oblast"))
    late = {one.id: one.first_year for one in regions.values() if one.first_year > 1998}
    assert late == {"RU-CR": 2014, "RU-SEV": 2014}
    assert {one.id for one in regions.values() if one.own_id and one.kind == "region"} == set(late)


def test_parts_cover_each_aggregate_once() -> None:
    regions = load_regions()
    in_districts = [part for one in regions.values() if one.kind == "district" for part in parts_of(one.id, regions)]
    assert sorted(in_districts) == list(parts_of("RU", regions))
    assert parts_of("OB-ARK", regions) == ("RU-ARK", "RU-NEN")
    assert parts_of("RU-KEM", regions) == ("RU-KEM",)
    with pytest.raises(UnknownNameError):
        parts_of("RU-XXX", regions)


def test_former_units_have_successors() -> None:
    regions = load_regions()
    former = load_former_units()
    assert {one.successor for one in former} == {"RU-PER", "RU-KYA", "RU-KAM", "RU-IRK", "RU-ZAB"}
    merged = {one.id: change.date for one in regions.values() for change in one.history if change.kind == "merged"}
    assert all(merged[one.successor] == one.until for one in former)


def test_codes_are_those_of_the_files(sources: Path) -> None:
    regions, names, files = load_regions(), load_region_names(), load_sources()
    (sheet, *_) = Shelf().open(sources / files["population_emiss"].file)
    okato = {names.resolve(str(row[0])): str(row[1]) for row in sheet.rows[1:] if len(str(row[1])) == 11}
    okato.pop(None)  # okrugs that were merged into krais
    assert {one.id: f"{one.okato}000" for one in regions.values() if one.okato} == okato
    collection = pd.read_parquet(
        sources / files["tochno"].file, columns=["object_name", "object_okato", "object_oktmo"]
    )
    of_collection: dict[str | None, set[tuple[str, str]]] = {}
    for name, okato_number, oktmo_number in collection.drop_duplicates().itertuples(index=False):
        codes = (f"{okato_number:08d}", f"{oktmo_number:08d}")
        of_collection.setdefault(names.resolve(str(name)), set()).add(codes)
    for one in regions.values():
        if one.kind == "region" and one.id not in ("RU-ARK", "RU-TYU"):
            assert of_collection[one.id] == {(one.okato, one.oktmo)}, one.id
    # the collection writes the whole oblast's code beside its part too, and a third code beside some of its rows
    assert of_collection["RU-ARK"] < of_collection["OB-ARK"] == {("11000000", "11000000"), ("11200000", "11700000")}
    assert of_collection["RU-TYU"] < of_collection["OB-TYU"] == {("71000000", "71000000"), ("71200000", "71600000")}


def test_tiles_form_a_map() -> None:
    tiles = {one.id: one.tile for one in load_regions().values() if one.kind == "region"}
    assert len(set(tiles.values())) == 85
    places = {name: place for name, place in tiles.items() if place is not None}
    west, east = min(places, key=lambda name: places[name][1]), max(places, key=lambda name: places[name][1])
    assert (west, east) == ("RU-KGD", "RU-SAK")
    row, column = places["RU-KEM"]
    for neighbour in ("RU-NVS", "RU-TOM", "RU-ALT", "RU-KK", "RU-KYA", "RU-AL"):
        assert abs(places[neighbour][0] - row) <= 1, neighbour
        assert abs(places[neighbour][1] - column) <= 1, neighbour


@pytest.mark.parametrize(
    ("spelling", "region"),
    [
        ("Кемеровская область — Кузбасс", "RU-KEM"),
        ("Кемеpовская область", "RU-KEM"),  # a Latin p inside
        ("Ямало-Hенецкий авт.округ", "RU-YAN"),  # a Latin H inside
        ("Калинингpадская область", "RU-KGD"),
        ("Pecпyбликa Кoми", "RU-KO"),  # Latin letters that no file has yet
        ("Республика Северная Осетия ‑ Алания", "RU-SE"),  # a dash that no file has yet
        ("Центральный    \n   федеральный округ2);3)", "FD-C"),
        ("  Архангельская область без Ненецкого авт.округа", "RU-ARK"),
        ("Южный федеральный округ (с 29.07.2016)", "FD-S"),  # a date in brackets is no footnote mark
        ("Архангельская область", "OB-ARK"),  # okrug included
        ("Тюменская область", "OB-TYU"),
        ("Эвенкийский автономный округ (Красноярский край)", None),
        ("Российская Федерация, млрд руб.", None),  # another unit than the rows below it
        ("в том числе:", None),
    ],
)
def test_spellings(spelling: str, region: str | None) -> None:
    assert load_region_names().resolve(spelling) == region


def test_every_row_of_figures_in_the_files_is_named(sources: Path) -> None:
    names, shelf = load_region_names(), Shelf()
    unknown: set[str] = set()
    rows = 0
    for book in sorted((sources / "yearbook_2023").glob("Раздел *.xlsx")):
        for sheet in shelf.open(book):
            for row in sheet.rows:
                if sum(isinstance(content, float | int) for content in row[1:]) >= 3 and isinstance(row[0], str):
                    rows += 1
                    if row[0].strip(" _") and not names.knows(row[0]):
                        unknown.add(row[0])
    assert rows > 40_000
    assert not unknown


def test_unknown_spelling_names_the_nearest_and_the_place() -> None:
    with pytest.raises(UnknownNameError, match=r"Кемеровскя область.*\(book.xlsx, 1!A9\).*Кемеровская область"):
        load_region_names().resolve("Кемеровскя область", where="book.xlsx, 1!A9")
    with pytest.raises(UnknownNameError):
        load_region_names().resolve("Российская Федерация, трлн руб.")  # another unit hides in the name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tile: [3, 12]", "tile: [3, 13]", r"RU-KEM and RU-\w+ share the tile|RU-\w+ and RU-KEM share the tile"),
        ("parent: OB-ARK", "parent: OB-XXX", "names the unit OB-XXX"),
        ("kind: renamed", "kind: mended", "RU-KEM is not declared well.*no kind of change"),
        ('ru: "Томская область", ', "", "RU-TOM is not declared well"),
    ],
)
def test_a_bad_entry_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    shutil.copy(data_dir() / "regions.yml", tmp_path)
    path = tmp_path / "regions.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_regions(tmp_path)
