"""Pesaran's CIPS against plm's cipstest, critical values from his tables, and rejections beside a common factor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.seeds import rng_for
from regional_econ.panel.unit_roots.cips import cips_power, cips_test
from regional_econ.panel.unit_roots.first_generation import unit_root_test


def test_plm(produc: pd.DataFrame, plm_heterogeneous: list[dict[str, Any]]) -> None:
    entries = [one for one in plm_heterogeneous if one["kind"] == "cips"]
    assert len(entries) == 8
    for entry in entries:
        options = entry["options"]
        trend = {"drift": "intercept", "trend": "trend"}[options["exo"]]
        found = cips_test(
            produc, "ln(gsp)", trend=trend, lags=options["lags"], truncated=options["truncated"], draws=99
        )
        assert found.statistic == pytest.approx(entry["stat"], abs=1e-9)


@pytest.mark.parametrize(
    ("trend", "n", "t", "level", "table"),
    [("intercept", 20, 20, 5, -2.25), ("intercept", 50, 50, 5, -2.15), ("intercept", 20, 50, 1, -2.40),
        ("trend", 20, 20, 5, -2.76), ("trend", 50, 50, 5, -2.65)],
)  # fmt: skip
def test_tables(trend: str, n: int, t: int, level: int, table: float) -> None:
    """Pesaran (2007, tables II(b) and II(c)), recalled; T counts the changes, and tables have two decimals."""
    index = pd.MultiIndex.from_product([range(n), range(t + 1)], names=["region", "year"])
    values = np.cumsum(np.random.default_rng(0).normal(size=(n, t + 1)), axis=1)
    frame = pd.DataFrame({"y": values.ravel()}, index=index)
    found = cips_test(frame, "y", trend=trend, lags=0, draws=1999)
    assert found.details[f"critical_{level}"] == pytest.approx(table, abs=0.06)


def test_size_and_power_beside_a_factor() -> None:
    """30 × 40 with a factor that walks or returns: CIPS keeps its size where IPS rejects at random."""
    rng = np.random.default_rng(8)
    index = pd.MultiIndex.from_product([range(30), range(40)], names=["region", "year"])
    counts = {"null": 0, "alternative": 0, "ips": 0}
    for sample in range(40):
        loads = rng.normal(1, 0.5, size=(30, 1))
        own, common = rng.normal(size=(30, 70)), 2 * rng.normal(size=70)
        shocks = own + loads * common
        walk, back = np.cumsum(shocks, axis=1), np.zeros((30, 70))
        for t in range(1, 70):
            back[:, t] = 0.5 * back[:, t - 1] + shocks[:, t]
        null, alternative = (pd.DataFrame({"y": one[:, 30:].ravel()}, index=index) for one in (walk, back))
        counts["null"] += cips_test(null, "y", draws=99, seed=sample).p_value <= 0.05
        counts["alternative"] += cips_test(alternative, "y", draws=99, seed=sample).p_value <= 0.05
        counts["ips"] += unit_root_test(null, "y", lags=1).p_value <= 0.05
    # 5 % of 40 is 2 with a standard deviation of 1.4
    assert counts["null"] <= 6
    assert counts["alternative"] >= 37
    assert counts["ips"] >= 8


def test_refusals(grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame) -> None:
    found = cips_test(ragged_grunfeld, "inv", draws=99)
    assert (found.details["left_out"], found.details["n_regions"]) == ("2, 5, 7", 7)
    with pytest.raises(EstimationError, match="10 consecutive years of inv"):
        cips_test(grunfeld, "inv", years=(1935, 1941))
    with pytest.raises(OptionError, match="draws"):
        cips_test(grunfeld, "inv", draws=10)
    with pytest.raises(OptionError, match="lags"):
        cips_test(grunfeld, "inv", lags=-1)


def test_seeds(grunfeld: pd.DataFrame) -> None:
    first, again, other = (cips_test(grunfeld, "inv", draws=199, seed=seed) for seed in (1, 1, 2))
    assert (first.p_value, first.details) == (again.p_value, again.details)
    assert first.statistic == other.statistic
    assert first.details["critical_5"] != other.details["critical_5"]


@pytest.mark.parametrize("shifts", [(), (6,)])
def test_power_is_the_share_of_panels_that_the_test_itself_rejects(shifts: tuple[int, ...]) -> None:
    n, t, rho, draws, seed = 6, 12, 0.3, 99, 4
    index = pd.MultiIndex.from_product([range(n), range(2000, 2000 + t)], names=["region", "year"])
    walks = pd.DataFrame({"x": np.random.default_rng(2).normal(size=n * t).cumsum()}, index=index)
    test = cips_test(walks, "x", lags=0, draws=199)
    rng = rng_for(seed, "cips power", f"{rho:g}", str(shifts))
    values = rng.normal(size=(draws, n, t))
    values[..., 0] /= np.sqrt(1 - rho**2)
    for year in range(1, t):
        values[..., year] += rho * values[..., year - 1]
    for place in shifts:
        values[..., place:] += rng.normal(size=(draws, n, 1)) / np.sqrt(1 - rho**2)
    rejected = 0
    for own in values:
        found = cips_test(pd.DataFrame({"x": own.ravel()}, index=index), "x", lags=0, draws=99)
        rejected += found.statistic < float(test.details["critical_5"])
    power = cips_power(test, rho, shifts=shifts, draws=draws, seed=seed)
    assert power == pytest.approx(rejected / draws)
    assert 0.05 < power < 1
