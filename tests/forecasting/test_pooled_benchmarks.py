"""Do the pooled benchmarks say what their formulas and their samples say, for all regions at once?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.forecasting.benchmarks import forecast
from regional_econ.forecasting.history import History, NormalForecast
from regional_econ.forecasting.pooled_benchmarks import (
    POOLED_BENCHMARKS,
    PooledBenchmark,
    climatology,
    combination,
    pooled_drift,
)
from regional_econ.forecasting.shrinkage import shrink_means, shrink_variances


def planted(seed: int, n: int, years: int, *, between: float = 0.3, national: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sd = np.sqrt(0.8 * 8 / rng.chisquare(8, n))
    drift = 0.4 + between * rng.normal(size=n)
    return drift[:, None] + national * rng.normal(size=years) + sd[:, None] * rng.normal(size=(n, years))


def history() -> History:
    changes = [np.array(row) for row in planted(0, 6, 12)]
    changes[1] = changes[1][-5:]
    changes[2][7] = np.nan
    changes[3] = changes[3][-2:]
    last = np.arange(6.0)
    last[4] = np.nan
    return History(tuple(changes), last)


def test_pooled_drift_is_its_formula_summed_by_hand() -> None:
    changes = planted(1, 8, 10)
    changes[0, :4] = changes[2, 5] = np.nan
    mean, sd = pooled_drift(changes, horizon=4)
    common, n = [np.mean([x for x in column if np.isfinite(x)]) for column in changes.T], []
    own, own_variance, total_variance = [], [], []
    for row in changes:
        known = [t for t in range(10) if np.isfinite(row[t])]
        n.append(float(len(known)))
        apart = [row[t] - common[t] for t in known]
        own.append(np.mean(apart))
        own_variance.append(np.var(apart, ddof=1))
        total_variance.append(np.var(row[known], ddof=1))
    dof = np.array(n) - 1
    shrunk = shrink_means(np.array(own), shrink_variances(np.array(own_variance), dof) / np.array(n))
    s2 = shrink_variances(np.array(total_variance), dof)
    for h in range(1, 5):
        np.testing.assert_allclose(mean[:, h - 1], h * (np.mean(common) + shrunk.mean), rtol=1e-12)
        variance = h * s2 + h**2 * (np.var(common, ddof=1) / 10 + shrunk.variance)
        np.testing.assert_allclose(sd[:, h - 1] ** 2, variance, rtol=1e-12)


@pytest.mark.parametrize("between", [0.0, 0.4])
def test_pooled_drift_holds_what_it_promises_and_beats_each_region_s_own(between: float) -> None:
    """Squares of the standardised errors over five years average one where regions' drifts are alike and where not."""
    squares, ratio = [], []
    for seed in range(150):
        table = planted(seed, 40, 17, between=between)
        outcome = table[:, 12:].cumsum(axis=1)
        mean, sd = pooled_drift(table[:, :12], horizon=5)
        squares.append((((outcome - mean) / sd) ** 2).mean(axis=0))
        own = table[:, :12].mean(axis=1)[:, None] * np.arange(1, 6)
        ratio.append(((outcome - mean) ** 2).mean() / ((outcome - own) ** 2).mean())
    # four Monte Carlo errors of 0.035, and some 0.05 by which estimated variances fatten the tails
    np.testing.assert_allclose(np.mean(squares, axis=0), 1.0, atol=0.19)
    assert np.mean(ratio) < 0.97


def test_climatology_is_all_past_changes_of_that_length() -> None:
    changes = np.array([[1.0, 2.0, np.nan, 4.0, 8.0], [np.nan, 0.0, 5.0, -1.0, 3.0]])
    made = climatology(changes, horizon=5)
    sums = {
        1: [1, 2, 4, 8, 0, 5, -1, 3], 2: [3, 12, 5, 4, 2], 3: [4, 7], 4: [7],
        5: [7 * 5 / 4],  # nobody has five in a row: the one sum of four goes on at its pace
    }  # fmt: skip
    for h, known in sums.items():
        expected = np.quantile(known, (np.arange(1, 1000) - 0.5) / 999, method="hazen")
        np.testing.assert_allclose(made[:, 0, h - 1], expected, atol=1e-12)
        np.testing.assert_array_equal(made[:, 0], made[:, 1])


def test_spans_without_a_sample_spread_like_a_random_walk() -> None:
    changes = np.random.default_rng(3).normal(0.5, 1.0, (400, 2))
    made = climatology(changes, horizon=4)
    # 999 even quantiles of 400 sums have nearly the sums' mean
    np.testing.assert_allclose(made[:, 0, 3].mean(), 2 * made[:, 0, 1].mean(), rtol=1e-4)
    np.testing.assert_allclose(made[:, 0, 3].std(), np.sqrt(2) * made[:, 0, 1].std(), rtol=1e-9)


def test_a_combination_has_the_mean_distribution_function() -> None:
    mean, sd = np.array([[0.0, 1.0]]), np.array([[1.0, 2.0]])
    members = [NormalForecast(mean, sd), NormalForecast(mean + 3.0, 0.5 * sd), NormalForecast(mean - 1.0, sd)]
    pool = combination(members, n=999).quantile_draws(19)
    for h in (0, 1):
        for k, level in enumerate((np.arange(1, 20) - 0.5) / 19):

            def cdf(x: float, h: int = h, level: float = level) -> float:
                return float(np.mean([norm.cdf(x, m.mean[0, h], m.sd[0, h]) for m in members]) - level)

            # between two of 3 × 999 even draws, wider in the tails
            assert pool[k, 0, h] == pytest.approx(brentq(cdf, -30.0, 30.0), abs=0.01)
    alone = combination(members[:1], n=99).quantile_draws(99)
    np.testing.assert_allclose(alone, members[0].quantile_draws(99), rtol=1e-12, atol=1e-12)


def test_members_of_unlike_shape_and_none_are_refused() -> None:
    one, two = (NormalForecast(np.zeros((2, h)), np.ones((2, h))) for h in (1, 2))
    with pytest.raises(EstimationError, match="same regions and horizons"):
        combination([one, two])
    with pytest.raises(EstimationError, match="no member"):
        combination([])


@pytest.mark.parametrize("name", POOLED_BENCHMARKS)
def test_each_region_with_figures_is_forecast_from_its_last(name: PooledBenchmark) -> None:
    given = history()
    draws = forecast(given, name, horizon=3).quantile_draws(9)
    assert draws.shape == (9, 6, 3)
    assert (
        np.isfinite(draws).all(axis=(0, 2)).tolist() == given.usable.tolist() == [True, True, True, False, False, True]
    )
    assert (np.diff(draws[:, given.usable], axis=0) >= 0).all()
    moved = forecast(History(given.changes, given.last + 100.0), name, horizon=3).quantile_draws(9)
    np.testing.assert_allclose(moved, draws + 100.0, rtol=1e-12)
    order = [5, 2, 0, 4, 3, 1]
    turned = History(tuple(given.changes[k] for k in order), given.last[order])
    np.testing.assert_allclose(forecast(turned, name, horizon=3).quantile_draws(9), draws[:, order], rtol=1e-9)
    halved = History(tuple(0.5 * row for row in given.changes), 0.5 * given.last)
    np.testing.assert_allclose(forecast(halved, name, horizon=3).quantile_draws(9), 0.5 * draws, rtol=1e-7)


@pytest.mark.parametrize("name", POOLED_BENCHMARKS)
def test_one_region_is_too_few_and_none_is_no_forecast(name: PooledBenchmark) -> None:
    with pytest.raises(EstimationError, match="needs two regions"):
        forecast(History((np.arange(9.0), np.ones(1)), np.ones(2)), name, horizon=2)
    assert np.isnan(forecast(History((np.ones(1),), np.ones(1)), name, horizon=2).quantile_draws(3)).all()


def test_an_unknown_pooled_benchmark_is_refused() -> None:
    with pytest.raises(OptionError, match="pooled_drift"):
        forecast(history(), "pooled", horizon=1)  # type: ignore[call-overload]
