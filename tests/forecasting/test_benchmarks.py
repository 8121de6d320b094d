"""Are the benchmarks the textbook ones?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from regional_econ.core.panel import Panel
from regional_econ.forecasting.benchmarks import (
    BENCHMARKS,
    Benchmark,
    drift_forecast,
    ets_forecast,
    forecast,
    histories,
)
from regional_econ.forecasting.data import LEVEL, SHARE, prepare
from regional_econ.forecasting.scores import crps_normal, crps_sample


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
    known = histories(prepare(panel, origin=2016))
    for variable in (SHARE, LEVEL):
        made = forecast(known[variable], name, horizon=5)
        assert np.isfinite(made.mean).all()
        assert (np.diff(made.sd, axis=1) >= 0).all()


def test_even_quantiles_carry_a_normal_forecast(panel: Panel) -> None:
    made = forecast(histories(prepare(panel, origin=2016))[SHARE], "drift", horizon=5)
    y = made.mean + 0.7 * made.sd
    # 999 even quantiles leave out 1/1,998 at each end: some 1e-4 of the standard deviation
    near = crps_sample(made.quantile_draws(999), y)
    np.testing.assert_allclose(near, crps_normal(made.mean, made.sd, y), atol=5e-4 * made.sd.max())
