"""Regions: 85 disjoint units with their own ids, and every spelling of the files."""

from __future__ import annotations

import pytest

from regional_econ._base.errors import UnknownNameError
from regional_econ.data.regions import load_region_names, load_regions


def test_units_are_disjoint_and_belong_to_districts() -> None:
    regions = load_regions()
    kinds = [one.kind for one in regions.values()]
    assert (kinds.count("region"), kinds.count("district"), kinds.count("country")) == (85, 8, 1)
    districts = {one.id for one in regions.values() if one.kind == "district"}
    assert all(one.district in districts for one in regions.values() if one.kind == "region")
    late = {one.id: one.first_year for one in regions.values() if one.first_year > 1998}
    assert late == {"RU-CR": 2014, "RU-SEV": 2014}


@pytest.mark.parametrize(
    ("spelling", "region"),
    [
        ("Кемеровская область — Кузбасс", "RU-KEM"),
        ("Кемеpовская область", "RU-KEM"),  # a Latin p inside
        ("Ямало-Hенецкий авт.округ", "RU-YAN"),  # a Latin H inside
        ("Калинингpадская область", "RU-KGD"),
        ("Центральный    \n   федеральный округ2);3)", "FD-C"),
        ("  Архангельская область без Ненецкого авт.округа", "RU-ARK"),
        ("Южный федеральный округ (с 29.07.2016)", "FD-S"),  # a date in brackets is no footnote mark
        ("Архангельская область", None),  # okrug included: left out
        ("в том числе:", None),
    ],
)
def test_spellings(spelling: str, region: str | None) -> None:
    assert load_region_names().resolve(spelling) == region


def test_unknown_spelling_names_the_nearest_and_the_place() -> None:
    with pytest.raises(UnknownNameError, match=r"Кемеровскя область.*\(book.xlsx, 1!A9\).*Кемеровская область"):
        load_region_names().resolve("Кемеровскя область", where="book.xlsx, 1!A9")
    with pytest.raises(UnknownNameError):
        load_region_names().resolve("Российская Федерация, млрд руб.")  # another unit hides in the name
