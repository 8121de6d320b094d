"""Tilting moves draws to given moments at the least divergence: closed forms, Jaynes' dice, and what cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from regional_econ._base.errors import DataError, EstimationError, OptionError, RegionalEconError
from regional_econ.core.forecast import Forecast
from regional_econ.core.tilting import Moment, mean_of, probability_of, tilt, tilting_weights

GRID = norm.ppf((np.arange(100_000) + 0.5) / 100_000)


@pytest.mark.parametrize("mean", [0.3, -0.7])
def test_a_normal_tilted_to_a_mean_is_that_normal(mean: float) -> None:
    # the oracle `entropic_tilt_normal`; midpoints of 100,000 equal parts hold the tails of these to 1e-3
    found = tilting_weights(GRID[:, None], np.array([mean]))
    assert found.divergence == pytest.approx(mean**2 / 2, abs=2e-4)
    assert found.multipliers[0] == pytest.approx(mean, abs=1e-3)
    assert found.weights @ GRID == pytest.approx(mean, abs=1e-9)
    assert found.weights @ GRID**2 - mean**2 == pytest.approx(1.0, abs=1e-3)
    # 1/Σw² of n draws: n·exp(−m²) in the limit
    assert found.effective_draws / len(GRID) == pytest.approx(np.exp(-(mean**2)), abs=1e-3)


@pytest.mark.parametrize(("mean", "variance"), [(0.4, 0.5), (0.0, 0.8)])
def test_a_normal_tilted_to_mean_and_variance_is_that_normal(mean: float, variance: float) -> None:
    moments = np.column_stack([GRID, GRID**2])
    found = tilting_weights(moments, np.array([mean, variance + mean**2]))
    assert found.divergence == pytest.approx(0.5 * (variance + mean**2 - 1 - np.log(variance)), abs=1e-4)
    below = found.weights[mean + np.sqrt(variance) >= GRID].sum()
    assert below == pytest.approx(norm.cdf(1), abs=1e-4)


def test_jaynes_dice() -> None:
    # Jaynes (1978), "Where do we stand on maximum entropy?": the dice whose mean is 4.5; entropy 1.61358
    faces = np.arange(1.0, 7.0)
    found = tilting_weights(faces[:, None], np.array([4.5]))
    assert found.weights.round(5).tolist() == [0.05435, 0.07877, 0.11416, 0.16545, 0.23977, 0.34749]
    assert np.log(6) - found.divergence == pytest.approx(1.61358, abs=5e-6)


@pytest.mark.parametrize("judged", [1e-6, 0.5, 0.99, 1 - 1e-6])
def test_a_rare_event_has_the_divergence_of_two_coins(judged: float) -> None:
    # a first Newton step is far too long here
    hits = (np.arange(4_000) < 4).astype(float)
    found = tilting_weights(hits[:, None], np.array([judged]))
    share = 0.001
    expected = judged * np.log(judged / share) + (1 - judged) * np.log((1 - judged) / (1 - share))
    assert found.divergence == pytest.approx(expected, rel=1e-9)
    assert found.weights[:4] == pytest.approx(judged / 4, rel=1e-8)


def test_no_other_weights_diverge_less() -> None:
    values = np.random.default_rng(3).normal(size=(12, 2))
    wanted = np.array([0.2, -0.1])
    found = tilting_weights(values, wanted)
    constraints = [{"type": "eq", "fun": lambda w: w.sum() - 1}, {"type": "eq", "fun": lambda w: w @ values - wanted}]
    primal = minimize(
        lambda w: np.sum(w * np.log(12 * w)), np.full(12, 1 / 12), bounds=[(1e-12, 1)] * 12, constraints=constraints,
        method="SLSQP", options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert primal.success
    assert found.divergence == pytest.approx(primal.fun, abs=1e-8)
    assert found.weights == pytest.approx(primal.x, abs=1e-5)  # what SLSQP reaches


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(0.1, 1e4), st.floats(-1e3, 1e3))
def test_units_and_origin_of_a_moment_change_nothing(wanted: float, unit: float, origin: float) -> None:
    values = np.random.default_rng(4).normal(size=(200, 1))
    plain = tilting_weights(values, np.array([wanted]))
    other = tilting_weights(origin + unit * values, np.array([origin + unit * wanted]))
    assert other.weights == pytest.approx(plain.weights, rel=1e-6)
    assert unit * other.multipliers == pytest.approx(plain.multipliers, abs=1e-6)


def test_a_repeated_moment_and_the_draws_own_mean_change_nothing() -> None:
    values = np.random.default_rng(4).normal(size=(200, 1))
    once = tilting_weights(values, np.array([0.3]))
    twice = tilting_weights(np.hstack([values, 2 * values, np.ones((200, 1))]), np.array([0.3, 0.6, 1.0]))
    assert twice.weights == pytest.approx(once.weights, rel=1e-8)
    own = tilting_weights(values, values.mean(axis=0))
    assert own.divergence == pytest.approx(0, abs=1e-12)
    assert own.effective_draws == pytest.approx(200)


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    rng = np.random.default_rng(9)
    share = 10 + rng.normal(size=(4_000, 1, 2)).cumsum(axis=2)
    other = share + rng.normal(size=(4_000, 1, 2))
    coordinates = {"region": ["RU-KEM"], "year": [2024, 2025]}
    arrays = {
        name: xr.DataArray(values.astype("float32"), dims=("draw", "region", "year"), coords=coordinates)
        for name, values in (("share_pct", share), ("other", other))
    }
    arrays["other"] = arrays["other"].assign_attrs(scale="identity")
    return Forecast(arrays, 2023, "baseline", 5, "0" * 64, {"rhat_max": 1.0})


def test_a_judgement_moves_the_whole_joint_forecast(forecast: Forecast) -> None:
    moments = [
        mean_of("share_pct", "RU-KEM", 2025, 11.0),
        probability_of("share_pct >= 10", region="RU-KEM", year=2024, value=0.7),
        Moment("gap", lambda f: f.draws("other", "RU-KEM").sel(year=2025).to_numpy() - 10.0, 1.1),
    ]
    made = tilt(forecast, moments, name="experts")
    after = made.forecast
    assert after.draws("share_pct").shape == (4_000, 1, 2)
    share = after.draws("share_pct", "RU-KEM")
    # systematic resampling holds a mean to less than the sd over √n_eff
    assert float(share.sel(year=2025).mean()) == pytest.approx(11.0, abs=0.02)
    assert after.probability("share_pct >= 10", region="RU-KEM", year=2024)[0] == pytest.approx(0.7, abs=0.005)
    assert made.weights @ moments[0].function(forecast) == pytest.approx(11.0, abs=1e-7)
    pairs = np.column_stack([array.to_numpy().reshape(4_000, 2) for array in forecast.variables.values()])
    known = {row.tobytes() for row in pairs}
    again = np.column_stack([array.to_numpy().reshape(4_000, 2) for array in after.variables.values()])
    assert {row.tobytes() for row in again} <= known
    assert after.scenario == "experts"
    assert after.diagnostics["tilt_divergence"] == made.divergence > 0
    assert after.diagnostics["tilt_effective_draws"] == made.effective_draws < 4_000
    assert after.diagnostics["rhat_max"] == 1.0
    assert "effective draws" in str(made)
    assert after.draws("other").attrs == {"scale": "identity"}
    second = tilt(forecast, moments, name="experts").forecast
    xr.testing.assert_identical(second.draws("other"), after.draws("other"))
    chained = tilt(after, [mean_of("other", "RU-KEM", 2024, 10.0)], name="b")
    assert chained.forecast.scenario == "experts+b"


def test_each_draw_is_taken_as_often_as_its_weight_says(forecast: Forecast) -> None:
    made = tilt(forecast, [mean_of("share_pct", "RU-KEM", 2025, 11.0)], name="a")
    before = forecast.draws("share_pct", "RU-KEM").sel(year=2025).to_numpy()
    taken = made.forecast.draws("share_pct", "RU-KEM").sel(year=2025).to_numpy()
    values, counts = np.unique(taken, return_counts=True)
    weight = dict(zip(before.tolist(), (4_000 * made.weights).tolist(), strict=True))
    # systematic resampling: the whole part below or above
    assert all(abs(count - weight[value]) < 1 for value, count in zip(values.tolist(), counts.tolist(), strict=True))


def test_what_cannot_be_is_refused_with_what_can(forecast: Forecast) -> None:
    draws = forecast.draws("share_pct", "RU-KEM").sel(year=2025).to_numpy()
    called = r"mean of share_pct, RU-KEM, 2025 = 60\. "
    with pytest.raises(EstimationError, match=rf"{called}The draws allow {draws.min():.4g} to {draws.max():.4g}"):
        tilt(forecast, [mean_of("share_pct", "RU-KEM", 2025, 60.0)], name="a")
    certain = [
        probability_of("share_pct >= 10", region="RU-KEM", year=2024, value=0.9),
        probability_of("share_pct >= 9", region="RU-KEM", year=2024, value=0.5),
    ]
    with pytest.raises(EstimationError, match=r"share_pct >= 9.*0\.9 to 1"):
        tilt(forecast, certain, name="a")
    with pytest.raises(EstimationError, match=r"P\(share_pct >= 90.*0 to 0"):
        tilt(forecast, [probability_of("share_pct >= 90", region="RU-KEM", year=2024, value=0.1)], name="a")


def test_means_that_rounding_puts_past_an_edge_are_refused_with_advice() -> None:
    # the judged means must add up to at most 1; linear programming allows 1e-7 more, which no weights reach
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert tilting_weights(corners, np.array([0.5, 0.5])).weights == pytest.approx([0.0, 0.5, 0.5], abs=1e-9)
    wanted = r"on the edge of what the draws allow: moment 1, moment 2\. Judge them a little less extreme"
    with pytest.raises(EstimationError, match=wanted):
        tilting_weights(corners, np.array([0.5, 0.5 + 1e-8]))


def test_a_region_without_figures_cannot_be_judged(forecast: Forecast) -> None:
    empty = {name: array * np.float32("nan") for name, array in forecast.variables.items()}
    with pytest.raises(DataError, match="no forecast of share_pct in RU-KEM"):
        tilt(replace(forecast, variables=empty), [mean_of("share_pct", "RU-KEM", 2025, 11.0)], name="a")


def test_a_sure_event_leaves_the_draws_in_which_it_happens(forecast: Forecast) -> None:
    made = tilt(forecast, [probability_of("share_pct > 10", region="RU-KEM", year=2025, value=1.0)], name="a")
    share, _ = forecast.probability("share_pct > 10", region="RU-KEM", year=2025)
    assert made.divergence == pytest.approx(-np.log(share), abs=1e-8)
    assert made.effective_draws == pytest.approx(4_000 * share, rel=1e-6)
    assert made.forecast.probability("share_pct > 10", region="RU-KEM", year=2025)[0] == 1.0


@pytest.mark.parametrize(
    ("moments", "name", "message"),
    [
        ([], "a", "no moment"),
        ([mean_of("share", "RU-KEM", 2025, 11.0)], "a", "Did you mean share_pct"),
        ([mean_of("share_pct", "RU-KEM", 2035, 11.0)], "a", "2035"),
        ([mean_of("share_pct", "RU-KEM", 2025, float("nan"))], "a", "mean of share_pct, RU-KEM, 2025 cannot be nan"),
        ([Moment("short", lambda _: np.zeros(3), 0.0)], "a", "one number a draw"),
        ([Moment("hole", lambda _: np.full(4_000, np.nan), 0.0)], "a", "one number a draw"),
        ([mean_of("share_pct", "RU-KEM", 2025, 11.0)], "baseline", "baseline"),
        ([mean_of("share_pct", "RU-KEM", 2025, 11.0)], "../a", "no name"),
    ],
)
def test_a_wrong_moment_is_named(forecast: Forecast, moments: list[Moment], name: str, message: str) -> None:
    with pytest.raises(RegionalEconError, match=message):
        tilt(forecast, moments, name=name)


def test_a_probability_lies_between_0_and_1() -> None:
    with pytest.raises(OptionError, match="from 0 to 1"):
        probability_of("share_pct >= 1", region="RU-KEM", year=2025, value=12.0)


def test_weights_of_another_number_of_moments_are_refused() -> None:
    with pytest.raises(OptionError, match="2 moments"):
        tilting_weights(np.zeros((5, 2)), np.zeros(3))
