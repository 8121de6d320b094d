"""The pooled mean group estimator against a general maximiser, its information written out, and simulated panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from regional_econ._base.errors import EstimationError
from regional_econ.panel.fit import fit

Floats = NDArray[np.float64]
FORMULA = "ln(gsp) ~ ln(emp) + ln(pc)"


def blocks(rows: pd.DataFrame) -> list[tuple[Floats, Floats, Floats, Floats]]:
    """Of each state: Δy, y before, x and the short run [1, Δx]."""
    found = []
    for _, own in rows.groupby(level=0):
        y, x = np.log(own.gsp.to_numpy()), np.log(own[["emp", "pc"]].to_numpy())
        dx = np.diff(x, axis=0)
        found.append((np.diff(y), y[:-1], x[1:], np.column_stack([np.ones(len(dx)), dx])))
    return found


def likelihood(theta: Floats, parts: list[tuple[Floats, Floats, Floats, Floats]]) -> float:
    """Gaussian log-likelihood, each state's own coefficients and variance at their best for a long run."""
    total = 0.0
    for change, before, x, short in parts:
        X = np.column_stack([before - x @ theta, short])
        left = change - X @ np.linalg.lstsq(X, change, rcond=None)[0]
        total -= 0.5 * len(left) * (np.log(2 * np.pi * left @ left / len(left)) + 1)
    return total


def test_the_maximum_is_that_of_a_general_maximiser(produc: pd.DataFrame) -> None:
    parts = blocks(produc)
    estimate = fit(FORMULA, produc, estimator="pmg")
    theta = estimate.params.to_numpy()
    assert estimate.diagnostics["log_likelihood"] == pytest.approx(likelihood(theta, parts), rel=1e-12)
    search = minimize(
        lambda one: -likelihood(one, parts), np.array([0.6, 0.3]), method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 2000},
    )  # fmt: skip
    # the simplex stops at its own tolerance; the likelihood is flat to second order there
    np.testing.assert_allclose(theta, search.x, atol=1e-6)
    assert likelihood(theta, parts) >= -search.fun - 1e-8


def test_errors_are_the_inverse_information_written_out(produc: pd.DataFrame) -> None:
    """The block of the long run in the inverse of the information on θ and all φ_i (Pesaran, Shin & Smith)."""
    estimate = fit(FORMULA, produc, estimator="pmg")
    theta, parts = estimate.params.to_numpy(), blocks(produc)
    n, k = len(parts), 2
    information = np.zeros((k + n, k + n))
    adjustments = []
    for number, (change, before, x, short) in enumerate(parts):
        free = np.eye(len(change)) - short @ np.linalg.pinv(short)
        gap = before - x @ theta
        phi = (gap @ free @ change) / (gap @ free @ gap)
        left = free @ (change - phi * gap)
        variance = left @ left / len(left)
        adjustments.append(phi)
        information[:k, :k] += phi**2 * x.T @ free @ x / variance
        information[:k, k + number] = information[k + number, :k] = -phi * x.T @ free @ gap / variance
        information[k + number, k + number] = gap @ free @ gap / variance
    np.testing.assert_allclose(estimate.covariance, np.linalg.inv(information)[:k, :k], rtol=1e-6)
    assert estimate.diagnostics["adjustment"] == pytest.approx(np.mean(adjustments), rel=1e-8)
    assert estimate.diagnostics["adjustment_std_error"] == pytest.approx(np.std(adjustments, ddof=1) / n**0.5, rel=1e-8)


def test_known_long_run_is_found_and_covered() -> None:
    """y returns to 1.5 x at speeds between 0.2 and 0.6; 25 regions, 45 years, 150 samples."""
    rng = np.random.default_rng(11)
    index = pd.MultiIndex.from_product([range(25), range(45)], names=["region", "year"])
    found, covered = [], 0
    for _ in range(150):
        speed, spread = rng.uniform(0.2, 0.6, size=25), rng.uniform(0.5, 2, size=25)
        x = np.cumsum(rng.normal(size=(25, 65)), axis=1)
        y = np.zeros((25, 65))
        for t in range(1, 65):
            y[:, t] = y[:, t - 1] - speed * (y[:, t - 1] - 1.5 * x[:, t]) + spread * rng.normal(size=25)
        frame = pd.DataFrame({"y": y[:, 20:].ravel(), "x": x[:, 20:].ravel()}, index=index)
        row = fit("y ~ x", frame, estimator="pmg").tidy().iloc[0]
        found.append(row.estimate)
        covered += row.conf_low <= 1.5 <= row.conf_high
    assert np.mean(found) == pytest.approx(1.5, abs=3 * np.std(found) / 150**0.5 + 0.01)
    # 95 % of 150 is 142.5 with a standard deviation of 2.7; regressors of short samples cost a little
    assert 128 <= covered <= 149


def test_units_and_order_of_rows_do_not_matter(produc: pd.DataFrame) -> None:
    found = fit(FORMULA, produc, estimator="pmg")
    shuffled = produc.sample(frac=1, random_state=1)
    again = fit("gsp ~ emp", shuffled.assign(gsp=np.log(shuffled.gsp), emp=1e5 * np.log(shuffled.emp)), estimator="pmg")
    once = fit("ln(gsp) ~ ln(emp)", produc, estimator="pmg")
    np.testing.assert_allclose(again.params["emp"] * 1e5, once.params["ln(emp)"], rtol=1e-7)
    robust = found.vcov("own")
    pd.testing.assert_frame_equal(robust.covariance, found.covariance)


def test_years_are_calendar_years(produc: pd.DataFrame) -> None:
    """A missing year costs its own change and the next one's, never a change over two years."""
    holed = produc.drop(index=[("OHIO", 1978)])
    assert fit(FORMULA, holed, estimator="pmg").diagnostics["n_obs"] == 48 * 16 - 2


def test_too_short_for_a_short_run(produc: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="more than 6 rows"):
        fit(FORMULA, produc, estimator="pmg", years=(1975, 1980))
