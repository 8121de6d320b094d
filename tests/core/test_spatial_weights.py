"""Matrices of spatial weights: kinds, standardisation, islands, distances, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ.core.distances import distances_km
from regional_econ.core.spatial_weights import (
    SpatialWeights,
    contiguity_weights,
    distance_weights,
    flow_weights,
    nearest_weights,
)

PLACES = {"a": (0.0, 0.0), "b": (0.0, 1.0), "c": (0.0, 3.0), "d": (60.0, 170.0)}
DEGREE_KM = 6371.0088 * np.pi / 180
RING = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)
STREET = np.triu(np.ones((4, 4)), 1)


def test_great_circles() -> None:
    """Moscow to Novosibirsk about 2,810 km, to Vladivostok about 6,420 km; nothing wraps wrongly at 180°."""
    km = distances_km([(55.7558, 37.6173), (55.0084, 82.9357), (43.1155, 131.8855), (65.0, 179.5), (65.0, -179.5)])
    assert km[0, 1] == pytest.approx(2811, abs=5)
    assert km[0, 2] == pytest.approx(6418, abs=10)
    assert km[3, 4] == pytest.approx(DEGREE_KM * np.cos(np.radians(65)), rel=1e-4)
    np.testing.assert_array_equal(km, km.T)


@pytest.mark.parametrize(
    ("radius", "expected"),
    [(None, [1.0, 0.5]), (150.0, [0.0, 1.0]), (250.0, [1.0, 0.5])],
)
def test_inverse_distance(radius: float | None, expected: list[float]) -> None:
    found = distance_weights(PLACES, radius_km=radius, standardisation="none")
    pair = np.array([found.matrix[1, 2], found.matrix[0, 1]]) * DEGREE_KM
    np.testing.assert_allclose(pair, [expected[0] / 2, 1.0], rtol=1e-9)
    assert ("d" in found.islands) == (radius is not None)
    assert np.allclose(
        distance_weights(PLACES, radius_km=radius).matrix.sum(axis=1), [1, 1, expected[0] or 0, not radius]
    )


def test_nearest() -> None:
    found = nearest_weights(PLACES, 2)
    np.testing.assert_array_equal(found.matrix[0], [0, 0.5, 0.5, 0])
    np.testing.assert_array_equal((found.matrix > 0).sum(axis=1), 2)
    assert found.is_mean
    assert not found.islands
    assert not np.array_equal(found.matrix, found.matrix.T)


def test_flows() -> None:
    flows = pd.DataFrame(
        [("a", "a", 9.0), ("a", "b", 6.0), ("b", "a", 2.0), ("b", "c", 1.0), ("c", "a", 4.0)],
        columns=["origin", "destination", "thousand_rub"],
    )
    rows = {d: flow_weights(flows, direction=d).matrix for d in ("both", "bought", "sold")}  # type: ignore[arg-type]
    np.testing.assert_allclose(rows["bought"][0], [0, 2 / 6, 4 / 6])
    np.testing.assert_allclose(rows["sold"][0], [0, 1, 0])
    np.testing.assert_allclose(rows["both"][0], [0, 8 / 12, 4 / 12])


def test_flows_in_32_bits_are_added_up_without_loss() -> None:
    most = 2_000_000_000
    frame = pd.DataFrame({"origin": list("aabb"), "destination": list("abab"), "thousand_rub": most}).astype(
        {"thousand_rub": "int32"}
    )
    np.testing.assert_array_equal(flow_weights(frame, standardisation="none").matrix, [[0, 2 * most], [2 * most, 0]])


def test_contiguity_and_islands() -> None:
    pairs = pd.DataFrame({"region": ["a", "b", "b", "c"], "neighbour": ["b", "a", "c", "b"]})
    found = contiguity_weights(pairs, ["a", "b", "c", "d"])
    np.testing.assert_array_equal(found.matrix[1], [0.5, 0, 0.5, 0])
    assert found.islands == ("d",)
    assert not found.is_mean
    assert str(found) == "contiguity, row-standardised, 4 units, islands d"
    assert found.to_frame().to_numpy().tolist()[:2] == [["a", "b", 1.0], ["b", "a", 0.5]]
    np.testing.assert_array_equal(found.lag(np.array([1.0, 2, 3, 4])), [2, 2, 2, 0])


@pytest.mark.parametrize("how", ["row", "spectral", "none"])
def test_some_of_the_units_are_standardised_anew(how: str) -> None:
    raw = np.random.default_rng(0).random((5, 5)) * (1 - np.eye(5))
    whole = SpatialWeights.of("abcde", raw, "random", how)  # type: ignore[arg-type]
    part = whole.among(["d", "a", "c"])
    again = SpatialWeights.of("dac", raw[np.ix_([3, 0, 2], [3, 0, 2])], "random", how)  # type: ignore[arg-type]
    # rows of a part are those of the raw part, but the whole's own row sums differ, so only proportions are the same
    if how == "row":
        np.testing.assert_allclose(part.matrix.sum(axis=1), 1)
    np.testing.assert_allclose(part.matrix / part.matrix.sum(axis=1, keepdims=True),
                               again.matrix / again.matrix.sum(axis=1, keepdims=True), rtol=1e-12)  # fmt: skip
    assert whole.among("abcde") is whole


@pytest.mark.parametrize("how", ["row", "spectral", "none"])
def test_the_model_is_singular_at_the_ends_of_the_range(how: str) -> None:
    ring = np.roll(np.eye(7), 1, axis=1) + np.roll(np.eye(7), -1, axis=1)
    ring[0, 3] = ring[3, 0] = 2.0
    found = SpatialWeights.of(range(7), ring, "ring", how)  # type: ignore[arg-type]
    low, high = found.stable_range
    assert low < 0 < high
    for end in (low, high):
        assert abs(np.linalg.det(np.eye(7) - end * found.matrix)) < 1e-9
    inside = [np.linalg.det(np.eye(7) - rho * found.matrix) for rho in np.linspace(low, high, 99)[1:-1]]
    assert min(inside) > 0
    if how != "none":
        assert high == pytest.approx(1)


def test_a_circle_of_one_way_streets_is_bounded() -> None:
    circle = SpatialWeights.of("abc", np.roll(np.eye(3), 1, axis=1), "circle")
    assert circle.stable_range == pytest.approx((-1.0, 1.0))


def test_a_frame_gives_the_same_weights_as_its_array() -> None:
    framed = SpatialWeights.of("abcd", pd.DataFrame(RING, list("abcd"), list("abcd")), "ring")
    np.testing.assert_array_equal(framed.matrix, SpatialWeights.of("abcd", RING, "ring").matrix)


def test_who_only_buys_is_a_unit_too() -> None:
    frame = pd.DataFrame({"origin": ["a", "b"], "destination": ["b", "c"], "thousand_rub": [1.0, 2.0]})
    found = flow_weights(frame)
    assert found.units == ("a", "b", "c")
    np.testing.assert_allclose(found.matrix, [[0, 1, 0], [1 / 3, 0, 2 / 3], [0, 1, 0]])


def flows(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["origin", "destination", "thousand_rub"])


def borders(**columns: list[str]) -> Callable[[], SpatialWeights]:
    return lambda: contiguity_weights(pd.DataFrame(columns), ["a", "b"])


def bad(matrix: Any, units: str = "abcd", how: Any = "row") -> Callable[[], SpatialWeights]:
    return lambda: SpatialWeights.of(units, matrix, "bad", how)


NO_CIRCLE = "the weights lead round no circle, so no range of ρ is bounded"
NOWHERE = ((90.5, 1.0), (-90.5, 1.0), (1.0, 180.5), (1.0, -180.5), (np.nan, 1.0), (1.0, np.nan))
KILOMETRES = "Give kilometres, such as 1000."
DEGREES = "Give latitude and longitude in degrees."


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (bad([["x"] * 4] * 4), DataError,
         "the weights are no square of numbers: could not convert string to float: 'x' (bad). Mend it."),
        (bad(np.ones(4)), DataError,
         "4 units need 4 × 4 weights, not (4,) (bad). Give each unit a row and a column."),
        (bad(RING[:3]), DataError,
         "4 units need 4 × 4 weights, not (3, 4) (bad). Give each unit a row and a column."),
        (bad(None), DataError, "4 units need 4 × 4 weights, not () (bad). Give each unit a row and a column."),
        (bad(RING, "abba"), DataError,
         "named twice among the units of the weights: a, b (bad). Name each unit once."),
        *((bad(np.where(RING > 0, wrong, 0.0)), DataError, "a weight is no number (bad: a, b). Mend the matrix.")
          for wrong in (np.nan, np.inf)),
        (bad(RING - 3 * np.eye(4)[::-1]), DataError, "a weight is negative (bad: a, d). Mend the matrix."),
        (bad(RING + np.diag([0, 0, 1, 0])), DataError,
         "a weight makes a unit its own neighbour (bad: c, c). Mend the matrix."),
        (bad(np.zeros((2, 2)), "ab"), DataError,
         "all weights are zero (bad). Take a larger radius, or other weights."),
        *((bad(pd.DataFrame(RING, list(rows), list(columns))), DataError,
           "the index and the columns of the weights are not the units in their order (bad). "
           "Give weights.loc[units, units].") for rows, columns in (("dcba", "dcba"), ("abcd", "dcba"))),
        (bad(RING, how="column"), OptionError,
         "standardisation cannot be 'column'. Choose one of: row, spectral, none."),
        (bad(STREET, how="spectral"), DataError,
         f"{NO_CIRCLE} (bad). Use slx, or weights by which influence can return."),
        (lambda: SpatialWeights.of("abcd", STREET, "street").stable_range, DataError,
         f"{NO_CIRCLE} (street). Use slx, or weights by which influence can return."),
        (lambda: SpatialWeights(tuple("abcd"), RING, "raw"), DataError,
         'the row of a adds up to 2, not one (raw). Use SpatialWeights.of, or standardisation="none".'),
        *((lambda matrix=matrix: SpatialWeights(tuple("abcd"), matrix, "raw", "none"), DataError,
           "the weights are no array of real numbers (raw). Use SpatialWeights.of.")
          for matrix in (RING.tolist(), RING * 1j)),
        (lambda: SpatialWeights.of("abcd", RING, "ring").among(["a", "z"]), UnknownNameError,
         "unknown unit 'z' (weights ring). Known are: a, b, c, d."),
        *((lambda radius=radius: distance_weights(PLACES, radius_km=radius), OptionError,
           f"radius_km cannot be {radius}. {KILOMETRES}") for radius in (-1, 0, "10", float("nan"))),
        (lambda: distance_weights(PLACES | {"e": (0.0, 0.0)}), DataError,
         "a and e are in one place. Use contiguity or nearest."),
        *((lambda count=count: nearest_weights(PLACES, count), OptionError,
           f"nearest cannot be {count}. Give a number from 1 to 3.") for count in (0, 4, 1.5)),
        (lambda: distance_weights({"a": (0.0, 0.0)}), DataError,
         "1 places give no neighbours (distance weights). Give two or more."),
        (lambda: nearest_weights({}, 1), DataError,
         "0 places give no neighbours (nearest weights). Give two or more."),
        *((lambda place=place: distance_weights(PLACES | {"z": place}), DataError,
           f"the place of z is {place[0]}, {place[1]} (distance weights). {DEGREES}") for place in NOWHERE),
        *((lambda place=place: nearest_weights(PLACES | {"z": place}, 1), DataError,
           f"the place of z is {place[0]}, {place[1]} (nearest weights). {DEGREES}") for place in NOWHERE),
        *((lambda value=value: flow_weights(flows(("b", "a", 2.0), ("a", "b", value))), DataError,
           "the flow from a to b is negative or no number. Mend the flows.") for value in (-1.0, np.nan)),
        (lambda: flow_weights(flows(("a", "b", 1.0), ("a", "b", 2.0))), DataError,
         "the flow from a to b stands twice. Mend the flows."),
        (lambda: flow_weights(flows(("a", "b", 1.0)), direction="up"), OptionError,  # type: ignore[arg-type]
         "direction cannot be 'up'. Choose one of: both, bought, sold."),
        (lambda: flow_weights(flows(("a", "b", 1.0)).drop(columns="destination")), UnknownNameError,
         "unknown column of flows 'destination'. Known are: origin, thousand_rub."),
        (borders(region=["a"], neighbour=["b"]), DataError,
         "a borders on b, but not the other way round (pairs of neighbours). Give each pair in both directions."),
        (borders(region=["a", "z"], neighbour=["b", "a"]), UnknownNameError,
         "unknown region 'z' (pairs of neighbours). Known are: a, b."),
        (borders(region=["a"]), UnknownNameError,
         "unknown column of pairs of neighbours 'neighbour'. Known are: region."),
    ],
)  # fmt: skip
def test_what_is_refused_whole(ask: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        ask()
    assert str(caught.value) == message


def test_rows_of_unequal_length_are_no_square() -> None:
    with pytest.raises(DataError, match="no square of numbers"):
        bad([[1.0], [1.0, 2.0]])()


def test_ends_of_what_is_allowed_are_allowed() -> None:
    poles = {"n": (90.0, 0.0), "s": (-90.0, 180.0), "e": (0.0, -180.0)}
    half = float(distances_km([poles["n"], poles["e"]])[0, 1])
    found = distance_weights(poles, radius_km=half, standardisation="none")
    assert (found.matrix > 0).sum() == 4
    assert nearest_weights(PLACES, 3).matrix[0].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert nearest_weights(PLACES, 1).to_frame().columns.tolist() == ["unit", "neighbour", "weight"]
