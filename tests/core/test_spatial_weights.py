"""Matrices of spatial weights: kinds, standardisation, islands, distances, and what is none."""

from __future__ import annotations

from collections.abc import Callable

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


def test_contiguity_and_islands() -> None:
    pairs = pd.DataFrame({"region": ["a", "b", "b", "c"], "neighbour": ["b", "a", "c", "b"]})
    found = contiguity_weights(pairs, ["a", "b", "c", "d"])
    np.testing.assert_array_equal(found.matrix[1], [0.5, 0, 0.5, 0])
    assert found.islands == ("d",)
    assert not found.is_mean
    assert str(found) == "contiguity, row-standardised, 4 units, islands d"
    assert found.to_frame().to_numpy().tolist()[:2] == [["a", "b", 1.0], ["b", "a", 0.5]]
    np.testing.assert_array_equal(found.lag(np.array([1.0, 2, 3, 4])), [2, 2, 2, 0])
    with pytest.raises(UnknownNameError, match="'c'"):
        contiguity_weights(pairs, ["a", "b"])


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
    with pytest.raises(UnknownNameError, match="'z'"):
        whole.among(["a", "z"])


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


def test_one_way_streets_bound_nothing() -> None:
    street = SpatialWeights.of("abc", np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), "street")
    with pytest.raises(DataError, match="lead round no circle"):
        _ = street.stable_range
    circle = SpatialWeights.of("abc", np.roll(np.eye(3), 1, axis=1), "circle")
    assert circle.stable_range == pytest.approx((-1.0, 1.0))


@pytest.mark.parametrize(
    ("units", "matrix", "message"),
    [
        ("ab", np.zeros((3, 3)), "2 units need 2 × 2"),
        ("aa", np.eye(2)[::-1], "a stand twice"),
        ("ab", np.array([[0, np.nan], [1, 0]]), r"is no number \(bad: a, b\)"),
        ("ab", np.array([[0, -1], [1, 0]]), r"is negative \(bad: a, b\)"),
        ("ab", np.eye(2), r"its own neighbour \(bad: a, a\)"),
        ("ab", np.zeros((2, 2)), "all weights are zero"),
    ],
)
def test_no_weights(units: str, matrix: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        SpatialWeights.of(units, matrix, "bad")


def test_options() -> None:
    with pytest.raises(OptionError, match="row, spectral, none"):
        SpatialWeights.of("ab", np.eye(2)[::-1], "pair", "column")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="radius_km cannot be -1"):
        distance_weights(PLACES, radius_km=-1)
    with pytest.raises(OptionError, match="from 1 to 3"):
        nearest_weights(PLACES, 4)
    with pytest.raises(DataError, match="a and e are in one place"):
        distance_weights(PLACES | {"e": (0.0, 0.0)})


RING = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)
STREET = np.triu(np.ones((4, 4)), 1)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([["x"] * 4] * 4, "no square of numbers"),
        ([[1.0], [1.0, 2.0]], "no square of numbers"),
        (np.ones(4), "4 units need 4 × 4"),
        (RING[:3], "4 units need 4 × 4"),
        (None, "4 units need 4 × 4"),
        (np.where(RING > 0, np.inf, 0.0), r"is no number \(bad: a, b\)"),
        (pd.DataFrame(RING, list("dcba"), list("dcba")), "not the units in their order"),
    ],
)
def test_matrices_that_are_none(matrix: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        SpatialWeights.of("abcd", matrix, "bad")  # type: ignore[arg-type]


def test_a_frame_gives_the_same_weights_as_its_array() -> None:
    framed = SpatialWeights.of("abcd", pd.DataFrame(RING, list("abcd"), list("abcd")), "ring")
    np.testing.assert_array_equal(framed.matrix, SpatialWeights.of("abcd", RING, "ring").matrix)


def test_a_matrix_that_is_not_what_it_says() -> None:
    with pytest.raises(DataError, match="row of a adds up to 2, not one"):
        SpatialWeights(tuple("abcd"), RING, "ring")
    with pytest.raises(DataError, match="no array of real numbers"):
        SpatialWeights(tuple("abcd"), RING.tolist(), "ring")
    with pytest.raises(DataError, match="no array of real numbers"):
        SpatialWeights(tuple("abcd"), RING * 1j, "ring", "none")
    with pytest.raises(DataError, match="lead round no circle"):
        SpatialWeights.of("abcd", STREET, "street", "spectral")


@pytest.mark.parametrize(
    ("flows", "error", "message"),
    [
        ([("a", "b", -1.0), ("b", "a", 2.0)], DataError, "from a to b is negative"),
        ([("a", "b", np.nan), ("b", "a", 2.0)], DataError, "from a to b is negative or no number"),
        ([("a", "b", 1.0), ("a", "b", 2.0)], DataError, "from a to b stands twice"),
    ],
)
def test_flows_that_are_none(flows: list[tuple[str, str, float]], error: type[Exception], message: str) -> None:
    frame = pd.DataFrame(flows, columns=["origin", "destination", "thousand_rub"])
    with pytest.raises(error, match=message):
        flow_weights(frame)
    with pytest.raises(UnknownNameError, match="column of flows 'destination'"):
        flow_weights(frame.drop(columns="destination"))


def test_who_only_buys_is_a_unit_too() -> None:
    frame = pd.DataFrame({"origin": ["a", "b"], "destination": ["b", "c"], "thousand_rub": [1.0, 2.0]})
    found = flow_weights(frame)
    assert found.units == ("a", "b", "c")
    np.testing.assert_allclose(found.matrix, [[0, 1, 0], [1 / 3, 0, 2 / 3], [0, 1, 0]])


def test_neighbours_in_one_direction_only() -> None:
    with pytest.raises(DataError, match="a borders on b, but not the other way round"):
        contiguity_weights(pd.DataFrame({"region": ["a"], "neighbour": ["b"]}), ["a", "b"])
    with pytest.raises(UnknownNameError, match="column of pairs of neighbours 'neighbour'"):
        contiguity_weights(pd.DataFrame({"region": ["a"]}), ["a", "b"])


@pytest.mark.parametrize("make", [distance_weights, lambda places: nearest_weights(places, 1)])
def test_places_that_are_none(make: Callable[[dict[str, tuple[float, float]]], SpatialWeights]) -> None:
    for wrong in ((np.nan, 1.0), (91.0, 1.0), (1.0, 181.0)):
        with pytest.raises(DataError, match="the place of z is"):
            make(PLACES | {"z": wrong})
    with pytest.raises(DataError, match="0 places give no neighbours"):
        make({})


def test_options_of_another_type() -> None:
    with pytest.raises(OptionError, match="radius_km cannot be 10"):
        distance_weights(PLACES, radius_km="10")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="radius_km cannot be nan"):
        distance_weights(PLACES, radius_km=float("nan"))
    with pytest.raises(OptionError, match=r"nearest cannot be 1\.5"):
        nearest_weights(PLACES, 1.5)  # type: ignore[arg-type]
