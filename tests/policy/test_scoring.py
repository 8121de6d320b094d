"""Scores of the policy model against hand arithmetic, closed forms and the forecasts' own scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regional_econ._base.errors import DataError, OptionError
from regional_econ._base.options import QUANTILES_21
from regional_econ.forecasting.scores import crps_normal, weighted_interval_score
from regional_econ.policy.record.scoring import (
    BlockMean,
    Critical,
    block_mean,
    block_skill,
    influence,
    quantile_score,
    skill,
    theil,
    widest,
)

ROUNDING = 1e-10
PREDICTED = np.array([1.0, 2.0, 3.0, 6.0])
OBSERVED = np.array([2.0, 2.0, 5.0, 5.0])


def test_theil_parts_against_hand_arithmetic() -> None:
    # Errors −1, 0, −2, 1: MSE 6/4. Means 3 and 3.5, variances 3.5 and 2.25, covariance 12.75 − 3 · 3.5 = 2.25.
    parts = theil(PREDICTED, OBSERVED)
    assert parts.mse == pytest.approx(1.5, abs=ROUNDING)
    assert parts.bias == pytest.approx(0.25 / 1.5, abs=ROUNDING)
    assert parts.variance == pytest.approx((np.sqrt(3.5) - 1.5) ** 2 / 1.5, abs=ROUNDING)
    assert parts.covariance == pytest.approx(2.0 * (np.sqrt(3.5) * 1.5 - 2.25) / 1.5, abs=ROUNDING)


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=30).filter(
        lambda pairs: max(abs(p - a) for p, a in pairs) > 1e-3
    )
)
def test_theil_parts_sum_to_one_and_none_is_negative(pairs: list[tuple[float, float]]) -> None:
    parts = theil(*np.array(pairs).T)
    shares = np.array([parts.bias, parts.variance, parts.covariance])
    # Squares of numbers up to 50 less each other: rounding of 1e-12 over an MSE of at least 1e-7 or so.
    assert shares.sum() == pytest.approx(1.0, abs=1e-4)
    assert shares.min() > -1e-4


@pytest.mark.parametrize(
    ("predicted", "part"),
    [
        (OBSERVED + 2.0, "bias"),
        (OBSERVED.mean() + 3.0 * (OBSERVED - OBSERVED.mean()), "variance"),
        (OBSERVED[::-1], "covariance"),
    ],
)
def test_a_planted_error_is_wholly_of_its_kind(predicted: np.ndarray, part: str) -> None:
    assert getattr(theil(predicted, OBSERVED), part) == pytest.approx(1.0, abs=ROUNDING)


def test_no_error_has_no_parts_and_unequal_series_are_refused() -> None:
    assert theil(OBSERVED, OBSERVED).mse == 0.0
    assert np.isnan(theil(OBSERVED, OBSERVED).bias)
    with pytest.raises(DataError, match="differ in size"):
        theil(OBSERVED, OBSERVED[1:])


def test_skill_of_a_perfect_model_is_one_and_of_the_rival_itself_zero() -> None:
    rival = float(np.abs(PREDICTED - OBSERVED).mean())
    assert skill(0.0, rival) == 1.0
    assert skill(rival, rival) == 0.0
    assert skill(2.0 * rival, rival) == -1.0
    assert np.isnan(skill(1.0, 0.0))


def test_quantile_score_is_that_of_the_forecasts_and_near_the_crps() -> None:
    rng = np.random.default_rng(3)
    mean, sd, observed = rng.normal(size=200), rng.uniform(0.5, 2.0, 200), rng.normal(size=200)
    quantiles = mean + sd * stats.norm.ppf(np.array(QUANTILES_21))[:, None]
    own = quantile_score(quantiles, observed)
    np.testing.assert_allclose(own, weighted_interval_score(quantiles, observed), rtol=1e-12)
    # 21 levels leave out the tails beyond 2.5 %, where the loss is largest for a miss: about 3 % of the mean here.
    assert own.mean() == pytest.approx(crps_normal(mean, sd, observed).mean(), rel=0.04)
    with pytest.raises(OptionError, match="quantiles"):
        quantile_score(quantiles[1:], observed)


def test_block_mean_of_equal_blocks_is_the_error_of_their_means() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(7, 30)) + rng.normal(size=(7, 1))
    found = block_mean(values.ravel(), np.repeat(np.arange(7), 30))
    means = values.mean(axis=1)
    assert found.value == pytest.approx(means.mean(), abs=ROUNDING)
    assert found.std_error == pytest.approx(means.std(ddof=1) / np.sqrt(7), abs=ROUNDING)
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 6) * found.std_error, abs=ROUNDING)
    assert found.interval80[0] == pytest.approx(found.value - stats.t.ppf(0.9, 6) * found.std_error)
    assert found.detectable == pytest.approx((stats.t.ppf(0.975, 6) + stats.t.ppf(0.8, 6)) * found.std_error)
    with pytest.raises(DataError, match="two"):
        block_mean(values.ravel(), np.zeros(210, dtype=np.int64))


def test_a_slopes_influence_is_least_squares_with_a_clustered_error() -> None:
    rng = np.random.default_rng(5)
    x, blocks = rng.normal(size=300), np.repeat(np.arange(10), 30)
    y = 0.7 * x + rng.normal(size=10)[blocks] * x + rng.normal(size=300)
    value, scores = influence(x, y)
    slope = float(np.linalg.lstsq(x[:, None], y, rcond=None)[0][0])
    sums = np.array([(x * (y - slope * x))[blocks == g].sum() for g in range(10)])
    assert value == pytest.approx(slope, abs=ROUNDING)
    assert block_mean(scores, blocks).std_error == pytest.approx(np.sqrt(10 / 9 * (sums**2).sum()) / (x @ x), rel=1e-9)
    with pytest.raises(DataError, match="zero"):
        influence(np.zeros(300), y)


def test_a_model_a_fifth_better_in_every_cell_has_that_skill_without_doubt() -> None:
    rival = np.random.default_rng(6).gamma(1.0, 3.0, 200)
    blocks = np.arange(200) // 50
    found = block_skill(0.8 * rival, rival, blocks)
    assert found.value == pytest.approx(0.2, abs=ROUNDING)
    assert found.half == pytest.approx(0.0, abs=ROUNDING)
    with pytest.raises(DataError, match="no error"):
        block_skill(rival, 0.0 * rival, blocks)


def test_the_skills_error_is_that_of_a_ratio() -> None:
    rng = np.random.default_rng(7)
    own = np.empty(2000)
    said = np.empty(2000)
    for number in range(2000):
        scale = rng.gamma(4.0, 0.25, 60)
        found = block_skill(scale * rng.gamma(4.0, 0.2, 60), scale * rng.gamma(4.0, 0.25, 60), np.arange(60))
        own[number], said[number] = found.value, found.std_error
    # 2,000 repetitions know a standard deviation to 1.6 %; linearising costs a few more with 60 blocks.
    assert np.sqrt((said**2).mean()) == pytest.approx(own.std(), rel=0.06)


def test_the_wider_interval_wins_and_what_all_would_find_counts() -> None:
    values, coarse, fine = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 0, 1, 1]), np.arange(4)
    first, second = block_mean(values, coarse), block_mean(values, fine)
    found = widest([first, second])
    assert widest([second, first]) == found
    assert (found.low, found.high) == (first.low, first.high)
    blunt = BlockMean(second.value, second.std_error, 4, Critical(1.0, 2.0, 100.0))
    assert widest([first, blunt]).half == first.half
    assert widest([first, blunt]).detectable == pytest.approx(blunt.detectable)
    sure = block_mean(np.ones(4), fine)
    assert widest([sure, sure]) == sure
