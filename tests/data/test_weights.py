"""Weights between Russian regions, and the places that distances are taken between."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from regional_econ._base.errors import OptionError
from regional_econ.core.distances import distances_km
from regional_econ.data.regions import load_region_names, load_regions, parts_of
from regional_econ.data.tables import WITHOUT_OUTLINE, load_flows, load_neighbours
from regional_econ.data.weights import load_weights

_OBLASTS = {"OB-ARK": "RU-ARK", "OB-TYU": "RU-TYU"}  # outlines show the okrugs apart


@pytest.mark.parametrize(
    ("text", "units", "islands"),
    [
        ("contiguity", 83, ("RU-KGD", "RU-SAK")),
        ("distance", 85, ()),
        ("distance:800km", 85, ("RU-CHU", "RU-KYA", "RU-SA")),
        ("nearest:5", 85, ()),
        ("flows", 85, ()),
        ("flows:bought", 85, ()),
        ("flows:sold", 85, ("RU-IN",)),
    ],
)
def test_each_kind(text: str, units: int, islands: tuple[str, ...]) -> None:
    found = load_weights(text)
    assert (found.name, len(found.units), found.islands) == (text, units, islands)
    sums = found.matrix.sum(axis=1)
    np.testing.assert_allclose(sums[sums > 0], 1, rtol=1e-12)
    # rows that feel an island lead out of the network, so that the largest eigenvalue may fall short of one
    assert 1 - 1e-9 < found.stable_range[1] < 1.001


def test_neighbours_are_near() -> None:
    """Centres of neighbours are nearer than those of other regions, in the median by far."""
    weights, places = load_weights("contiguity"), {one.id: one.place for one in load_regions().values()}
    km = distances_km([places[str(unit)] for unit in weights.units])  # type: ignore[misc]
    touching = weights.matrix > 0
    assert np.median(km[touching]) < 0.3 * np.median(km[~touching])
    assert int(touching.sum()) == len(load_neighbours())


def test_bought_goods_are_shares_of_what_came_from_other_regions() -> None:
    flows = load_flows().query("destination == 'RU-KEM' and origin != 'RU-KEM'").set_index("origin")["thousand_rub"]
    weights = load_weights("flows:bought")
    row = weights.matrix[weights.units.index("RU-KEM")]
    expected = (flows / flows.sum()).reindex(weights.units, fill_value=0.0)
    np.testing.assert_allclose(row, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    ["", "queen", "distance:", "distance:500", "distance:farkm", "nearest", "nearest:x", "flows:", "contiguity:2"],
)
def test_other_texts_list_the_right_ones(text: str) -> None:
    with pytest.raises(OptionError, match="contiguity, distance, distance:1000km, nearest:5, flows"):
        load_weights(text)


def test_places_are_the_centres_of_the_outlines(sources: Path) -> None:
    """By projecting to an equal-area cylinder strip by strip, where places were computed by great-circle arcs."""
    regions, names = load_regions(), load_region_names()
    seen = set()
    for feature in json.loads((sources / "ru_regions.geojson").read_text(encoding="utf-8"))["features"]:
        unit = names.resolve(feature["properties"]["name"])
        assert unit is not None
        region = regions[_OBLASTS.get(unit, unit)]
        seen.add(region.id)
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        centre = sum(
            _moment(np.array(ring)[:, :2], place > 0) for polygon in polygons for place, ring in enumerate(polygon)
        )
        latitude = np.degrees(np.arctan2(centre[2], np.hypot(centre[0], centre[1])))
        longitude = np.degrees(np.arctan2(centre[1], centre[0]))
        assert region.place is not None
        # edges are arcs there and straight in longitude and latitude here: metres at this resolution
        assert distances_km([region.place, (latitude, longitude)])[0, 1] < 2.0, region.id
    assert seen == set(parts_of("RU", regions)) - set(WITHOUT_OUTLINE)


def _moment(ring: np.ndarray, is_hole: bool) -> np.ndarray:
    """∫ r dA over a ring, by Green's theorem in longitude and latitude with its edges cut fine."""
    steps = np.linspace(0, 1, 9)[:, None, None]
    fine = (ring[:-1] + steps * np.diff(ring, axis=0)).transpose(1, 0, 2).reshape(-1, 2)
    longitude, latitude = np.radians(fine).T
    d, middle_lon, middle_lat = np.diff(longitude), _mid(longitude), _mid(latitude)
    d = (d + np.pi) % (2 * np.pi) - np.pi
    strip = (middle_lat + np.sin(middle_lat) * np.cos(middle_lat)) / 2  # ∫ cos² from the equator
    found = -np.array([(strip * np.cos(middle_lon) * d).sum(), (strip * np.sin(middle_lon) * d).sum(),
                       (np.sin(middle_lat) ** 2 / 2 * d).sum()])  # fmt: skip
    area = -(np.sin(middle_lat) * d).sum()
    sign = np.sign(area) * (-1 if is_hole else 1)
    return np.asarray(sign * found)


def _mid(values: np.ndarray) -> np.ndarray:
    return np.asarray((values[1:] + values[:-1]) / 2)
