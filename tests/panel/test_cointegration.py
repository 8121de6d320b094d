"""Westerlund's tests against regressions region by region, a peer, and their rejections beside a common factor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.panel.diagnostics.cointegration import westerlund_test

Floats = NDArray[np.float64]


def long_run(values: Floats, bandwidth: int, centred: bool) -> float:
    left = values - values.mean() if centred else values
    gammas = [left[lag:] @ left[: len(left) - lag] / len(left) for lag in range(bandwidth + 1)]
    return float(gammas[0] + 2 * sum((1 - lag / (bandwidth + 1)) * gammas[lag] for lag in range(1, bandwidth + 1)))


def written_out(data: pd.DataFrame, terms: list[str], trend: str, lags: int, leads: int) -> dict[str, float]:
    """The four statistics with lstsq, state by state, the bandwidth two."""
    gt, ga, tops, bottoms, variances = [], [], 0.0, 0.0, []
    for _, own in data.groupby(level=0):
        y, x = np.log(own.gsp.to_numpy()), np.log(own[terms].to_numpy())
        dy, dx = np.diff(y), np.diff(x, axis=0)
        dates = range(lags, len(dy) - leads)
        moves = np.array([np.concatenate([dx[t - j] for j in range(-leads, lags + 1)]) for t in dates])
        past = np.array([[dy[t - j] for j in range(1, lags + 1)] for t in dates]).reshape(len(dates), lags)
        fixed = [np.ones(len(dates)), np.arange(len(dates))][: 2 if trend == "trend" else 1]
        level, outcome = y[list(dates)], dy[list(dates)]
        beside = np.column_stack([*fixed, x[list(dates)], past, moves])
        X = np.column_stack([level, beside])
        slopes = np.linalg.lstsq(X, outcome, rcond=None)[0]
        left = outcome - X @ slopes
        variance = left @ left / (len(left) - X.shape[1])
        error = np.sqrt(variance * np.linalg.inv(X.T @ X)[0, 0])
        shocks = left + moves @ slopes[-moves.shape[1] :]
        centred = trend == "trend"
        ratio = np.sqrt(long_run(shocks, 2, centred) / long_run(outcome, 2, centred))
        free = np.eye(len(dates)) - beside @ np.linalg.pinv(beside)
        gt.append(slopes[0] / error)
        ga.append(len(dates) * slopes[0] / ratio)
        tops += level @ free @ outcome / ratio
        bottoms += level @ free @ level
        variances.append(variance / ratio**2)
    pooled = tops / bottoms
    error = np.sqrt(np.mean(variances) / bottoms)
    return {"Gt": np.mean(gt), "Ga": np.mean(ga), "Pt": pooled / error, "Pa": len(dates) * pooled}


@pytest.mark.parametrize(
    ("terms", "trend", "lags", "leads"),
    [
        (["emp"], "intercept", 1, 0),
        (["emp"], "trend", 1, 0),
        (["emp"], "intercept", 1, 1),
        (["emp", "pc"], "intercept", 0, 0),
    ],
)
def test_written_out(produc: pd.DataFrame, terms: list[str], trend: str, lags: int, leads: int) -> None:
    formula = "ln(gsp) ~ " + " + ".join(f"ln({term})" for term in terms)
    found = westerlund_test(formula, produc, trend=trend, lags=lags, leads=leads, bandwidth=2, draws=99)
    expected = written_out(produc, terms, trend, lags, leads)
    for name, value in expected.items():
        # inverses of cross products of levels against QR
        assert found.details[name] == pytest.approx(value, rel=1e-5), name
    assert found.statistic == found.details["Gt"]
    pooled = westerlund_test(formula, produc, "Pa", trend=trend, lags=lags, leads=leads, bandwidth=2, draws=99)
    assert (pooled.statistic, pooled.p_value) == (found.details["Pa"], found.details["p_Pa"])


@pytest.mark.parametrize(
    ("terms", "trend", "lags", "leads", "value"),
    [("ln(emp)", "intercept", 1, 0, -0.76828427416), ("ln(emp)", "trend", 1, 0, -1.57116924635),
        ("ln(emp)", "intercept", 1, 1, -0.87189588090), ("ln(emp) + ln(pc)", "intercept", 0, 0, -1.42288062250),
        ("ln(emp)", "intercept", 2, 0, -0.64686946920)],
)  # fmt: skip
def test_the_peer(produc: pd.DataFrame, terms: str, trend: str, lags: int, leads: int, value: float) -> None:
    """Gt of the Python package Westerlund 0.1.2, after Stata's xtwest; the others there divide by fewer rows."""
    found = westerlund_test(f"ln(gsp) ~ {terms}", produc, trend=trend, lags=lags, leads=leads, draws=99)
    assert found.statistic == pytest.approx(value, abs=1e-9)


def test_rejections_beside_a_common_factor() -> None:
    """25 × 40, 60 samples at 5 %: y walks by itself, or returns to x at 0.4 a year; a factor moves all regions."""
    rng = np.random.default_rng(19)
    index = pd.MultiIndex.from_product([range(25), range(40)], names=["region", "year"])
    counts = {
        "null": dict.fromkeys(("Gt", "Ga", "Pt", "Pa"), 0),
        "alternative": dict.fromkeys(("Gt", "Ga", "Pt", "Pa"), 0),
    }
    for sample in range(60):
        loads, common = rng.normal(1, 0.5, size=(25, 1)), rng.normal(size=60)
        u = rng.normal(size=(25, 60)) + loads * common
        x = np.cumsum(rng.normal(size=(25, 60)), axis=1)
        apart, bound = np.cumsum(u, axis=1), np.zeros((25, 60))
        for t in range(1, 60):
            bound[:, t] = bound[:, t - 1] - 0.4 * (bound[:, t - 1] - x[:, t - 1]) + u[:, t]
        for name, y in (("null", apart), ("alternative", bound)):
            frame = pd.DataFrame({"y": y[:, 20:].ravel(), "x": x[:, 20:].ravel()}, index=index)
            details = westerlund_test("y ~ x", frame, draws=99, seed=sample).details
            for statistic in counts[name]:
                counts[name][statistic] += details[f"p_{statistic}"] <= 0.05
    # 5 % of 60 is 3 with a standard deviation of 1.7
    assert max(counts["null"].values()) <= 9, counts
    assert min(counts["alternative"].values()) >= 45, counts


def test_refusals(grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame) -> None:
    assert westerlund_test("inv ~ value", ragged_grunfeld, draws=99).details["left_out"] == "2, 5, 7"
    with pytest.raises(EstimationError, match="consecutive years"):
        westerlund_test("inv ~ value + capital", grunfeld, lags=3, leads=3)
    with pytest.raises(OptionError, match="draws"):
        westerlund_test("inv ~ value", grunfeld, draws=10)
    with pytest.raises(OptionError, match="statistic"):
        westerlund_test("inv ~ value", grunfeld, "Gr")
    again = [westerlund_test("inv ~ value", grunfeld, draws=99, seed=4).details for _ in range(2)]
    assert again[0] == again[1]
