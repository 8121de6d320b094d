"""Are the coefficients those of other programs, and do paths simulated from them spread as their variance says?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.forecasting.growth_autoregressions import (
    Autoregression,
    fe_panel_ar,
    fit_fixed_effects,
    fit_mean_group,
    fit_pooled,
    mean_group,
    pooled_ar,
    predict,
)
from regional_econ.forecasting.shrinkage import shrink_variances
from regional_econ.panel.fit import fit

Fit = Callable[[np.ndarray], Autoregression]


def planted(seed: int, n: int, years: int, rho: float, *, spread: float = 0.0, unlike: float = 0.5) -> np.ndarray:
    """Stationary AR(1) changes (n, years) with regional constants and variances, and shocks common to a year."""
    rng = np.random.default_rng(seed)
    alpha = 0.5 + spread * rng.normal(size=n)
    sd = rng.uniform(1.0 - unlike, 1.0 + unlike, n)
    growth = alpha / (1 - rho) + rng.normal(size=n) * sd / np.sqrt(1 - rho**2)
    table = np.empty((n, years))
    for t in range(years):
        growth = alpha + rho * growth + 0.3 * rng.normal() + sd * rng.normal(size=n)
        table[:, t] = growth
    return table


def ragged(n: int = 12, years: int = 11) -> np.ndarray:
    table = planted(1, n, years, 0.4, spread=0.3)
    table[0, :6] = table[1, 4] = table[2, -2:] = np.nan
    return table


def pairs(changes: np.ndarray) -> pd.DataFrame:
    rows = [
        (i, t, changes[i, t], changes[i, t - 1])
        for i in range(len(changes))
        for t in range(1, changes.shape[1])
        if np.isfinite(changes[i, [t - 1, t]]).all()
    ]
    return pd.DataFrame(rows, columns=["region", "year", "growth", "before"])


def test_pooled_coefficients_and_their_errors_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    rows = pairs(ragged())
    other = sm.OLS(rows["growth"], sm.add_constant(rows["before"])).fit(
        cov_type="cluster", cov_kwds={"groups": rows["year"].to_numpy()}
    )
    model = fit_pooled(ragged())
    np.testing.assert_allclose([model.constant[3], model.persistence], other.params, rtol=1e-10)
    np.testing.assert_allclose(model.covariance[3], other.cov_params(), rtol=1e-9)
    squares = rows.assign(e2=other.resid**2).groupby("region")["e2"].agg(["sum", "count"])
    s2 = shrink_variances((squares["sum"] / squares["count"]).to_numpy(), squares["count"].to_numpy(dtype=float))
    np.testing.assert_allclose(model.variance, s2, rtol=1e-10)


def test_the_mean_group_is_the_mean_of_statsmodels_regressions() -> None:
    import statsmodels.api as sm

    changes = ragged()
    changes[3, :-4] = np.nan  # three pairs: not among the estimates
    each = np.array([
        sm.OLS(part["growth"], sm.add_constant(part["before"])).fit().params
        for _, part in pairs(changes).groupby("region")
        if len(part) >= 4
    ])  # fmt: skip
    model = fit_mean_group(changes)
    assert len(each) == 11
    np.testing.assert_allclose([model.constant[0], model.persistence], each.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(model.covariance[0], np.cov(each.T) / 11, rtol=1e-10)


@pytest.mark.parametrize("years", [9, 10])
def test_fixed_effects_have_the_jackknife_of_the_panel_room(years: int) -> None:
    changes = planted(2, 20, years, 0.3, spread=0.5)
    frame = pairs(changes).set_index(["region", "year"])
    other = float(fit("growth ~ before", frame, estimator="hpj", effects="region").params["before"])
    model = fit_fixed_effects(changes)
    assert model.persistence == pytest.approx(other, rel=1e-9)
    means = frame.groupby("region").mean()
    np.testing.assert_allclose(model.constant, means["growth"] - other * means["before"], rtol=1e-8)
    # the part of a constant's error that ρ brings, and the rest: e's variance over the number of pairs
    own = model.covariance[:, 0, 0] - means["before"] ** 2 * model.covariance[:, 1, 1]
    np.testing.assert_allclose(own, model.variance / (years - 1), rtol=1e-8)
    np.testing.assert_allclose(model.covariance[:, 0, 1], -means["before"] * model.covariance[:, 1, 1], rtol=1e-12)


def test_the_jackknife_takes_most_of_nickell_s_bias_away() -> None:
    """With ρ = 0.5 and 12 pairs within is too low by about 0.13, and its error by year is that of repetitions."""
    found, errors, within = [], [], []
    for seed in range(60):
        changes = planted(seed, 60, 13, 0.5, spread=0.5)
        model = fit_fixed_effects(changes)
        found.append(model.persistence)
        errors.append(np.sqrt(model.covariance[0, 1, 1]))
        growth, before = (part - part.mean(axis=1, keepdims=True) for part in (changes[:, 1:], changes[:, :-1]))
        within.append((growth * before).sum() / (before**2).sum())
    # three errors of a mean of sixty; the jackknife leaves terms of order 1/T²
    assert np.mean(within) - 0.5 == pytest.approx(-0.13, abs=0.03)
    assert abs(np.mean(found) - 0.5) < 0.03
    # the scores of short halves have means of their own by year (Nickell's bias), so the error is on the safe side
    assert 1.0 < np.mean(errors) / np.std(found) < 1.5


@pytest.mark.parametrize("estimate", [fit_pooled, fit_fixed_effects, fit_mean_group])
def test_simulated_paths_spread_as_the_variance_says(estimate: Fit) -> None:
    """Errors of growth, of the constants and of ρ, and two hidden last changes."""
    changes = ragged(50, 20)
    model = estimate(changes)
    mean, sd = predict(model, changes, horizon=6)
    rng, n = np.random.default_rng(4), 40_000
    for i in (0, 2):
        drawn = rng.multivariate_normal([model.constant[i], model.persistence], model.covariance[i], n)
        known = np.flatnonzero(np.isfinite(changes[i]))[-1]
        growth = np.full(n, changes[i, known])
        total, path = np.zeros(n), []
        for t in range(known + 1, changes.shape[1] + 6):
            growth = drawn[:, 0] + drawn[:, 1] * growth + rng.normal(0.0, np.sqrt(model.variance[i]), n)
            if t >= changes.shape[1]:
                total = total + growth
                path.append(total)
        spread = np.std(path, axis=1)
        # four Monte Carlo errors of an sd, and what the delta method leaves out: squares of the error of ρ
        np.testing.assert_allclose(sd[i], spread, rtol=0.05)
        np.testing.assert_allclose(mean[i], np.mean(path, axis=1), atol=0.05 * sd[i].max())


def test_without_parameter_errors_simulation_and_variance_agree_closely() -> None:
    model = Autoregression(np.array([0.2]), 0.6, np.zeros((1, 2, 2)), np.array([1.5]))
    changes = np.array([[1.0, 2.0, np.nan]])
    mean, sd = predict(model, changes, horizon=5)
    rng, n = np.random.default_rng(6), 200_000
    growth = 0.2 + 0.6 * 2.0 + rng.normal(0.0, np.sqrt(1.5), n)
    path = np.zeros((n, 5))
    for h in range(5):
        growth = 0.2 + 0.6 * growth + rng.normal(0.0, np.sqrt(1.5), n)
        path[:, h] = growth
    path = path.cumsum(axis=1)
    # five Monte Carlo errors of an sd and of a mean
    np.testing.assert_allclose(sd[0], path.std(axis=0), rtol=5 / np.sqrt(2 * n))
    np.testing.assert_allclose(mean[0], path.mean(axis=0), atol=5 * sd.max() / np.sqrt(n))


@pytest.mark.parametrize("rule", [pooled_ar, fe_panel_ar])
def test_forecasts_of_simulated_panels_hold_what_they_promise(rule: Callable[..., tuple]) -> None:
    """Squares of standardised errors average one where regions are alike, as the pooled AR asks."""
    squares = []
    for seed in range(100):
        table = planted(seed, 40, 21, 0.4, unlike=0.0)
        mean, sd = rule(table[:, :18], horizon=3)
        z = (table[:, 18:].cumsum(axis=1) - mean) / sd
        squares.append((z**2).mean(axis=0))
    # four Monte Carlo errors, taken from the panels' own spread
    np.testing.assert_allclose(np.mean(squares, axis=0), 1.0, atol=4 * np.std(squares, axis=0).max() / 10)


def test_short_panels_fall_back_on_the_pooled_coefficients() -> None:
    changes = planted(3, 6, 4, 0.2)  # three pairs a region
    for fallen in (fit_fixed_effects(changes), fit_mean_group(changes)):
        assert fallen.persistence == fit_pooled(changes).persistence


def test_a_region_without_a_pair_has_no_fixed_effect() -> None:
    changes = planted(3, 6, 12, 0.2)
    changes[0, ::2] = np.nan
    mean, _ = fe_panel_ar(changes, horizon=2)
    assert np.isnan(mean[0]).all()
    assert np.isfinite(mean[1:]).all()
    assert np.isfinite(pooled_ar(changes, horizon=2)[1]).all()


@pytest.mark.parametrize("changes", [np.ones((3, 6)), np.array([[1.0, 2.0, np.nan], [1.0, 3.0, np.nan]])])
def test_panels_that_cannot_give_a_coefficient_are_refused(changes: np.ndarray) -> None:
    for benchmark in (pooled_ar, fe_panel_ar, mean_group):
        with pytest.raises(EstimationError, match="fewer than two years, or do not vary"):
            benchmark(changes, horizon=1)
