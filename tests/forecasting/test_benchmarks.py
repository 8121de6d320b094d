"""Are the benchmarks the textbook ones?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from regional_econ._base.errors import OptionError
from regional_econ.core.panel import Panel
from regional_econ.forecasting.benchmarks import (
    BENCHMARKS,
    Benchmark,
    auto_arima_forecast,
    drift_forecast,
    ets_forecast,
    forecast,
    naive_forecast,
    theta_forecast,
)
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.history import EmpiricalForecast, History, history_of
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.scores import crps_normal, crps_sample

ENGINES = {"ets": ets_forecast, "auto_arima": auto_arima_forecast, "theta": theta_forecast}
Z = norm.ppf(0.975)


def broken(n: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Changes of which a break hides one, and the joined series of which they are the changes."""
    changes = np.random.default_rng(7).normal(0.4, 0.6, n - 1)
    changes[3:] += 0.5 * changes[2:-1]
    changes[10] = np.nan
    return changes, 50.0 - np.cumsum(np.nan_to_num(np.append(changes, 0.0))[::-1])[::-1]


def test_drift_equals_simulation_of_walks_with_an_uncertain_drift() -> None:
    rng = np.random.default_rng(0)
    changes = rng.normal(0.3, 0.8, 9)
    mean, sd = drift_forecast(changes, 5.0, horizon=4)
    s = changes.std(ddof=1)
    drift = rng.normal(changes.mean(), s / 3.0, 200_000)
    walk = 5.0 + np.cumsum(drift[:, None] + rng.normal(0.0, s, (200_000, 4)), axis=1)
    # five Monte Carlo errors of a mean, and of a standard deviation
    np.testing.assert_allclose(walk.mean(axis=0), mean, atol=5 * sd.max() / np.sqrt(200_000))
    np.testing.assert_allclose(walk.std(axis=0), sd, rtol=5 / np.sqrt(2 * 200_000))


def test_drift_equals_statsforecast() -> None:
    from statsforecast.models import RandomWalkWithDrift

    y = np.cumsum(np.random.default_rng(1).normal(0.2, 1.0, 20))
    other = RandomWalkWithDrift().forecast(y=y, h=5, level=[95])
    mean, sd = drift_forecast(np.diff(y), float(y[-1]), horizon=5)
    np.testing.assert_allclose(mean, other["mean"], rtol=1e-6)  # statsforecast works in single precision
    # both add h²/n for the drift; statsforecast divides the sum of squares of the 19 changes by 19, we by 18
    half = (other["hi-95"] - other["lo-95"]) / 2 / norm.ppf(0.975)
    np.testing.assert_allclose(sd, half * np.sqrt(19 / 18), rtol=1e-6)


def test_naive_equals_statsforecast() -> None:
    from statsforecast.models import Naive

    y = np.cumsum(np.random.default_rng(2).normal(0.2, 1.0, 20))
    other = Naive().forecast(y=y, h=5, level=[95])
    mean, sd = naive_forecast(np.diff(y), float(y[-1]), horizon=5)
    np.testing.assert_allclose(mean, other["mean"], rtol=1e-6)  # statsforecast works in single precision
    np.testing.assert_allclose(sd, (other["hi-95"] - other["lo-95"]) / 2 / Z, rtol=1e-6)


def test_ets_and_auto_arima_equal_statsforecast_on_the_joined_series() -> None:
    from statsforecast.models import AutoARIMA, AutoETS

    changes, y = broken()
    for one, engine in ((ets_forecast, AutoETS(model="AZN")), (auto_arima_forecast, AutoARIMA(season_length=1))):
        mean, sd = one(changes, 50.0, horizon=5)
        other = engine.fit(y).predict(h=5, level=[95])
        # sums of one series in two orders, and optimisers that start from them
        np.testing.assert_allclose(mean, other["mean"], rtol=1e-6)
        np.testing.assert_allclose(sd, (other["hi-95"] - other["lo-95"]) / 2 / Z, rtol=1e-4)


def test_auto_arima_is_that_of_statsmodels_with_the_order_of_least_aicc() -> None:
    from statsmodels.tsa.arima.model import ARIMA

    rng = np.random.default_rng(2)  # KPSS tests ask for one difference, as the candidates have it
    growth = np.zeros(60)
    for t in range(1, 60):
        growth[t] = 0.6 * growth[t - 1] + rng.normal()
    y = np.cumsum(growth + 0.3)
    mean, sd = auto_arima_forecast(np.diff(y), float(y[-1]), horizon=4)
    fits = [
        ARIMA(y, order=(p, 1, q), trend=trend).fit()
        for p, q in ((0, 0), (1, 0), (0, 1), (1, 1))
        for trend in ("n", "t")
    ]
    best = min(fits, key=lambda fit: fit.aicc).get_forecast(4)
    # the variance of the errors is divided by n − k and by n, 59 and at most 3 less: under 3 % of the sd
    # and the two filters start from first levels of unlike vagueness, which the drift feels
    np.testing.assert_allclose(mean, best.predicted_mean, atol=0.02 * sd.max())
    np.testing.assert_allclose(sd, best.se_mean, rtol=0.03)


def test_theta_equals_statsforecast_and_its_band_with_many_draws() -> None:
    from statsforecast.models import Theta
    from statsforecast.theta import compute_pi_samples

    changes, y = broken()
    mean, sd = theta_forecast(changes, 50.0, horizon=5)
    fitted = Theta(season_length=1).fit(y)
    np.testing.assert_allclose(mean, fitted.predict(h=5)["mean"], rtol=1e-6)
    found, alpha = fitted.model_, fitted.model_["par"]["alpha"]
    sigma = np.std(found["residuals"][3:], ddof=1)
    state = np.random.get_state()
    many = compute_pi_samples(
        n=len(y), h=5, states=found["states"], sigma=sigma, alpha=alpha, theta=2.0, mean_y=found["mean_y"],
        n_samples=20_000,
    ).std(axis=1)  # fmt: skip
    np.random.set_state(state)
    assert sd[0] == pytest.approx(sigma, rel=1e-6)
    # four Monte Carlo errors of an sd; from the second year on the engine's draws also move its trend, by some per cent
    assert sd[0] == pytest.approx(many[0], rel=4 / np.sqrt(40_000))
    np.testing.assert_allclose(sd, many, rtol=0.05)


def test_theta_has_the_variance_of_smoothing_simulated_and_by_statsmodels() -> None:
    """Exponential smoothing with drift is the ARIMA(0, 1, 1) with drift whose moving average is α − 1."""
    from statsforecast.models import Theta
    from statsmodels.tsa.arima.model import ARIMA

    rng = np.random.default_rng(5)
    y = np.cumsum(rng.normal(0.2, 1.0, 80)) + rng.normal(0.0, 1.0, 80)
    _, sd = theta_forecast(np.diff(y), float(y[-1]), horizon=5)
    alpha = Theta(season_length=1).fit(y).model_["par"]["alpha"]
    level, path = np.zeros(100_000), []
    for _ in range(5):
        shock = rng.normal(0.0, sd[0], 100_000)
        path.append((level + shock).std())
        level = level + alpha * shock
    np.testing.assert_allclose(sd, path, rtol=5 / np.sqrt(200_000))
    arima = ARIMA(y, order=(0, 1, 1), trend="t").smooth([0.2, alpha - 1.0, sd[0] ** 2])
    # what the first of 80 years leaves in the filter
    np.testing.assert_allclose(sd, arima.get_forecast(5).se_mean, rtol=1e-6)


@pytest.mark.parametrize("name", ENGINES)
def test_series_that_an_engine_cannot_take_are_random_walks(name: str) -> None:
    changes = np.array([0.1, -0.2, np.nan, 0.3, 0.5])
    for one, two in zip(ENGINES[name](changes, 2.0, horizon=3), naive_forecast(changes, 2.0, horizon=3), strict=True):
        np.testing.assert_array_equal(one, two)
    mean = ENGINES[name](np.append(changes, 0.7), 2.0, horizon=3)[0]
    assert np.isfinite(mean).all()


def test_regions_with_few_years_or_no_last_figure_are_not_forecast() -> None:
    changes = (np.array([1.0, 2.0, 0.5]), np.full(2, 1.0), np.array([1.0, np.nan, 2.0]), np.ones(9))
    history = History(changes, np.array([1.0, 1.0, 1.0, np.nan]))
    assert history.usable.tolist() == [True, False, False, False]
    for name in BENCHMARKS:
        made = forecast(history, name, horizon=2)
        assert np.isfinite(made.mean).all(axis=1).tolist() == history.usable.tolist()
        assert np.isfinite(made.sd).all(axis=1).tolist() == history.usable.tolist()


def test_an_unknown_benchmark_and_an_empty_horizon_are_refused() -> None:
    with pytest.raises(OptionError, match="horizon cannot be 0"):
        forecast(History((np.ones(3),), np.ones(1)), "naive", horizon=0)
    with pytest.raises(OptionError, match="benchmark cannot be 'arima'"):
        forecast(History((np.ones(3),), np.ones(1)), "arima", horizon=1)  # type: ignore[call-overload]


def test_empirical_quantiles_come_back_and_are_thinned() -> None:
    known = np.sort(np.random.default_rng(1).normal(size=(200, 2, 3)), axis=0)
    made = EmpiricalForecast(known)
    np.testing.assert_allclose(made.quantile_draws(200), known, rtol=1e-12)
    # the quantile at ¼ lies halfway between the 50th and the 51st of 200
    np.testing.assert_allclose(made.quantile_draws(2)[0], (known[49] + known[50]) / 2)


def test_ets_of_a_long_series_is_that_of_statsmodels() -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    y = 10 + np.cumsum(np.random.default_rng(3).normal(0.0, 0.5, 60)) + np.random.default_rng(4).normal(0.0, 0.5, 60)
    mean, sd = ets_forecast(np.diff(y), float(y[-1]), horizon=3)
    fitted = ETSModel(y, error="add").fit(disp=False)
    # two optimisers of one likelihood; the variances divide by n − k and by n
    np.testing.assert_allclose(mean, fitted.forecast(3), atol=0.1)
    assert sd[0] == pytest.approx(np.sqrt(fitted.mse), rel=0.1)
    assert np.all(np.diff(sd) > 0)


def test_short_series_fall_back_to_simpler_forms() -> None:
    changes = np.array([0.1, -0.2, 0.3])
    mean, sd = ets_forecast(changes, 2.0, horizon=4)
    assert mean.tolist() == [2.0] * 4
    np.testing.assert_allclose(sd, np.sqrt(np.mean(changes**2) * np.arange(1, 5)))
    trending = ets_forecast(np.full(7, 0.5) + np.tile([0.01, -0.01], 4)[:7], 9.0, horizon=2)[0]
    assert trending[0] == trending[1]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_region_with_figures_is_forecast(panel: Panel, name: Benchmark) -> None:
    few = panel.select(regions=panel.region_ids[:4])
    for variable in ("innovation_activity_pct", "grp_real_index"):
        made = forecast(history_of(prepare(few, indicator(variable), origin=2012)), name, horizon=5)
        assert np.isfinite(made.mean).all()
        assert (np.diff(made.sd, axis=1) >= -1e-9 * made.sd[:, 1:]).all()


def test_even_quantiles_carry_a_normal_forecast(panel: Panel) -> None:
    made = forecast(history_of(prepare(panel, indicator("innovation_activity_pct"), origin=2016)), "drift", horizon=5)
    y = made.mean + 0.7 * made.sd
    # 999 even quantiles leave out 1/1,998 at each end: some 1e-4 of the standard deviation
    near = crps_sample(made.quantile_draws(999), y)
    np.testing.assert_allclose(near, crps_normal(made.mean, made.sd, y), atol=5e-4 * made.sd.max())
