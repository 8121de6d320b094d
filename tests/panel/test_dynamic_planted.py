"""A planted dynamic panel: the bias of within is visible, and what takes it off does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from regional_econ.panel.dynamic.specification import difference_in_hansen
from regional_econ.panel.fit import fit

FORMULA = "y ~ lag(y, 1) + x"
Planted = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def panels(planted: Planted) -> list[pd.DataFrame]:
    return [planted(1000 + seed, 85, 12, 0.6) for seed in range(20)]


@pytest.mark.parametrize(
    ("estimator", "bias", "reach"),
    [
        ("fe", -0.058, 0.01),
        ("pooled", 0.09, 0.03),
        ("gmm-diff:collapse", 0.0, 0.03),
        ("gmm-diff:lags=2-4,collapse,steps=1", 0.0, 0.03),
        ("gmm-system:collapse", 0.0, 0.03),
        ("hpj", 0.02, 0.02),
    ],
)
def test_bias(panels: list[pd.DataFrame], estimator: str, bias: float, reach: float) -> None:
    """Reach: three standard errors of the mean of twenty panels; hpj at eleven years leaves some of order 1/T²."""
    found = np.array([fit(FORMULA, one, estimator=estimator).params["lag(y, 1)"] for one in panels])
    assert found.mean() - 0.6 == pytest.approx(bias, abs=reach)


def test_intervals_hold_the_planted_value(panels: list[pd.DataFrame]) -> None:
    """Of twenty 95 % intervals sixteen or more hold it, but for one study in 400; those of within hold it in none."""
    held = {"fe": 0, "gmm-diff:collapse": 0, "gmm-system:collapse": 0}
    for estimator in held:
        for one in panels:
            row = fit(FORMULA, one, estimator=estimator).tidy().set_index("term").loc["lag(y, 1)"]
            held[estimator] += bool(row["conf_low"] <= 0.6 <= row["conf_high"])
    assert held.pop("fe") <= 6
    assert min(held.values()) >= 16


def test_instruments_in_levels_that_fail_are_found(planted: Planted) -> None:
    """Regions whose outcome starts at zero and climbs: changes depend on the region effect, levels are no equation."""
    rejected = []
    for seed in range(8):
        frame = planted(seed, 85, 9, 0.8, burn=1, spread=2.0)
        estimate = fit(FORMULA, frame, estimator="gmm-system:lags=2-3")
        rejected.append(difference_in_hansen(estimate, "gmm(y), levels").p_value < 0.05)
        assert estimate.params["lag(y, 1)"] > 0.85
    assert sum(rejected) >= 6


def test_an_endogenous_regressor_needs_its_own_instruments(planted: Planted) -> None:
    """x that reacts to the error of the year: taken for exogenous it is biased upwards, instrumented it is not."""
    taken, instrumented = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n, length = 85, 45
        effects, y, x = rng.normal(size=n), np.zeros((length, n)), np.zeros((length, n))
        for t in range(1, length):
            error = rng.normal(size=n)
            x[t] = 0.7 * x[t - 1] + 0.5 * error + rng.normal(size=n)
            y[t] = 0.5 * y[t - 1] + x[t] + effects + error
        index = pd.MultiIndex.from_product([range(n), range(2000, 2015)], names=["region", "year"])
        frame = pd.DataFrame({"y": y[30:].T.ravel(), "x": x[30:].T.ravel()}, index=index)
        taken.append(fit(FORMULA, frame, estimator="gmm-diff:collapse").params["x"])
        own = "gmm-diff:lags=2-5,gmm(x)=2-5,collapse"
        instrumented.append(fit(FORMULA, frame, estimator=own).params["x"])
    assert np.mean(taken) > 1.2
    assert np.mean(instrumented) == pytest.approx(1.0, abs=0.12)
