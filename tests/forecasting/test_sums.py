"""Sums over regions are coherent draw by draw, and reconciliation is the projection it is said to be."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, EstimationError, OptionError, UnknownNameError
from regional_econ.core.forecast import Forecast
from regional_econ.forecasting.sums import (
    Reconciliation,
    national_total,
    reconcile,
    reconciled_draws,
    with_totals,
)

Floats = NDArray[np.float64]
METHODS = get_args(Reconciliation)
N, REGIONS, YEARS = 500, ("RU-A", "RU-B", "RU-C", "RU-D"), (2024, 2025, 2026)


def base(seed: int = 1, n: int = N) -> tuple[Floats, Floats]:
    """Draws of a total (n,) and of four regions (n, 4) that do not add up to it."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    regions = np.array([400.0, 200.0, 100.0, 50.0]) + common * [9.0, 6.0, -1.0, 2.0] + rng.normal(size=(n, 4)) * 3
    return 770 + 5 * rng.normal(size=n), regions


def summing(n_regions: int) -> Floats:
    return np.vstack([np.ones(n_regions), np.eye(n_regions)])


@pytest.mark.parametrize("method", ["ols", "wls", "mint"])
def test_the_projection_is_that_of_mint(method: str) -> None:
    # Wickramasuriya, Athanasopoulos and Hyndman (2019), eq. 8: S(S'W⁻¹S)⁻¹S'W⁻¹ ŷ, with the n + 1 series in one vector
    total, regions = base()
    inside = np.cov(regions.T) if method == "mint" else np.diag(regions.var(axis=0, ddof=1))
    w = np.zeros((5, 5))
    w[0, 0], w[1:, 1:] = total.var(ddof=1), inside
    w = np.eye(5) if method == "ols" else w
    s, inverse = summing(4), np.linalg.inv(w)
    projection = s @ np.linalg.inv(s.T @ inverse @ s) @ s.T @ inverse
    expected = np.column_stack([total, regions]) @ projection.T
    found = reconciled_draws(total, regions, method)  # type: ignore[arg-type]
    assert np.column_stack([found.sum(axis=1), found]) == pytest.approx(expected, rel=1e-10)


def test_a_given_national_forecast_is_gaussian_conditioning_on_the_sum() -> None:
    total, regions = base()
    covariance = np.cov(regions.T)
    expected = regions + np.outer(total - regions.sum(axis=1), covariance.sum(axis=1) / covariance.sum())
    found = reconciled_draws(total, regions, "national")
    assert found == pytest.approx(expected, rel=1e-10)
    assert found.sum(axis=1) == pytest.approx(total, rel=1e-12)
    fixed = reconciled_draws(np.full(N, 800.0), regions, "national")
    kept = covariance - np.outer(covariance.sum(axis=0), covariance.sum(axis=0)) / covariance.sum()
    assert np.cov(fixed.T) == pytest.approx(kept, abs=1e-8)
    assert reconciled_draws(total, regions, "bottom-up") == pytest.approx(regions, rel=1e-12)
    shares = reconciled_draws(total, regions, "proportions")
    assert shares / shares.sum(axis=1, keepdims=True) == pytest.approx(regions / regions.sum(axis=1, keepdims=True))
    assert shares.sum(axis=1) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 50))
def test_a_coherent_sample_is_left_alone_and_projecting_twice_is_once(method: str, seed: int) -> None:
    total, regions = base(seed, 60)
    coherent = reconciled_draws(regions.sum(axis=1), regions, method)  # type: ignore[arg-type]
    assert coherent == pytest.approx(regions, rel=1e-12)
    once = reconciled_draws(total, regions, method)  # type: ignore[arg-type]
    again = reconciled_draws(once.sum(axis=1), once, method)  # type: ignore[arg-type]
    assert again == pytest.approx(once, rel=1e-12)


def test_the_more_certain_side_moves_less() -> None:
    total, regions = base()
    gap = (total - regions.sum(axis=1)).mean()
    sharp = 770 + 0.1 * (total - 770)
    moved = [
        reconciled_draws(t, regions, "mint").sum(axis=1).mean() - regions.sum(axis=1).mean() for t in (total, sharp)
    ]
    assert 0 < moved[0] < moved[1] < 1.001 * gap


def test_no_region_falls_below_zero() -> None:
    total, regions = base()
    low = np.column_stack([regions, np.abs(regions[:, 0] - 400) * 0.01])
    found = reconciled_draws(0.4 * total, low, "ols")
    assert found.min() == 0
    assert found.sum(axis=1) == pytest.approx(low.sum(axis=1) + (0.4 * total - low.sum(axis=1)) * 5 / 6, rel=1e-10)
    with pytest.raises(EstimationError, match="below 0"):
        reconciled_draws(-total, regions, "national")


def forecast() -> Forecast:
    rng = np.random.default_rng(3)
    people = 100 + rng.normal(size=(N, 4, 3)).cumsum(axis=2)
    rd = np.exp(rng.normal(size=(N, 3, 3)))
    rd[:, 1] = np.nan
    rate = 5 + rng.normal(size=(N, 4, 3))
    arrays = {
        name: xr.DataArray(
            values.astype("float32"), dims=("draw", "region", "year"),
            coords={"region": list(REGIONS[: values.shape[1]]), "year": list(YEARS)}, attrs={"scale": "log"},
        )
        for name, values in (("population_thousand", people), ("rd_mln_rub", rd), ("unemployment_pct", rate))
    }  # fmt: skip
    return Forecast(arrays, 2023, "baseline", 1, "0" * 64, {"rhat_max": 1.0})


def test_a_total_is_the_sum_draw_by_draw_and_says_who_is_missing() -> None:
    made = forecast()
    total = national_total(made, "population_thousand")
    np.testing.assert_array_equal(total.draws, made.draws("population_thousand").to_numpy().astype(float).sum(axis=1))
    assert total.draws.dims == ("draw", "year")
    assert (total.regions, total.without) == (REGIONS, ())
    rd = national_total(made, "rd_mln_rub")
    assert (rd.regions, rd.without) == (("RU-A", "RU-C"), ("RU-B",))
    assert "without RU-B" in str(rd)
    whole = with_totals(made)
    fan = whole.fan("RU", "population_thousand")
    assert fan["p50"].to_numpy() == pytest.approx(np.median(total.draws, axis=0), rel=1e-6)
    assert [str(r) for r in whole.draws("unemployment_pct")["region"].to_numpy()] == list(REGIONS)
    assert whole.diagnostics["total_without.rd_mln_rub"] == "RU-B"
    assert "total_without.population_thousand" not in whole.diagnostics
    assert whole.draws("population_thousand").attrs == {"scale": "log"}
    np.testing.assert_array_equal(national_total(whole, "population_thousand").draws, total.draws)
    xr.testing.assert_identical(with_totals(whole).draws("rd_mln_rub"), whole.draws("rd_mln_rub"))


@pytest.mark.parametrize("method", METHODS)
def test_a_reconciled_forecast_adds_up(method: str) -> None:
    made = with_totals(forecast())
    rng = np.random.default_rng(8)
    given = xr.DataArray(410 + rng.normal(size=(N, 2)), dims=("draw", "year"), coords={"year": [2025, 2026]})
    after = reconcile(made, "population_thousand", given, method=method)  # type: ignore[arg-type]
    parts = after.draws("population_thousand")
    np.testing.assert_array_equal(parts.sel(year=2024), made.draws("population_thousand").sel(year=2024))
    regions = parts.sel(region=list(REGIONS)).to_numpy().astype(float)
    # float32 holds seven digits
    assert parts.sel(region="RU").to_numpy() == pytest.approx(regions.sum(axis=1), rel=1e-6)
    if method in ("national", "proportions"):
        assert regions.sum(axis=1)[:, 1:] == pytest.approx(given.to_numpy(), rel=1e-6)
    assert parts.dtype == np.float32
    xr.testing.assert_identical(after.draws("unemployment_pct"), made.draws("unemployment_pct"))
    assert after.diagnostics["reconciled.population_thousand"] == method
    gap = np.mean(given.to_numpy() - made.draws("population_thousand", "RU").sel(year=[2025, 2026]).to_numpy())
    assert after.diagnostics["reconciled_gap.population_thousand"] == pytest.approx(gap, rel=1e-5)


def test_a_national_path_without_draws_is_met_by_each_draw() -> None:
    path = xr.DataArray([405.0, 412.0], dims=("year",), coords={"year": [2025, 2026]})
    after = reconcile(forecast(), "population_thousand", path, method="national")
    assert national_total(after, "population_thousand").draws.sel(year=[2025, 2026]).to_numpy() == pytest.approx(
        np.tile([405.0, 412.0], (N, 1)), rel=1e-6
    )
    driver = xr.DataArray(
        np.tile([405.0, 412.0], (N, 1, 1)).reshape(N, 1, 2), dims=("draw", "region", "year"),
        coords={"region": ["RU"], "year": [2025, 2026]},
    )  # fmt: skip
    again = reconcile(forecast(), "population_thousand", driver, method="national")
    xr.testing.assert_identical(again.draws("population_thousand"), after.draws("population_thousand"))
    rd = reconcile(forecast(), "rd_mln_rub", path / 100, method="proportions").draws("rd_mln_rub")
    assert np.isnan(rd.sel(region="RU-B")).all()


def test_what_is_no_sum_is_refused() -> None:
    made = forecast()
    path = xr.DataArray([405.0], dims=("year",), coords={"year": [2025]})
    with pytest.raises(OptionError, match="population_thousand"):
        national_total(made, "unemployment_pct")
    with pytest.raises(UnknownNameError, match="researchers"):
        national_total(made, "researchers")
    with pytest.raises(OptionError, match="bottom-up, ols"):
        reconcile(made, "population_thousand", path, method="best")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="2024–2026"):
        reconcile(made, "population_thousand", path.assign_coords(year=[2030]), method="ols")
    short = xr.DataArray(np.zeros((3, 1)), dims=("draw", "year"), coords={"year": [2025]})
    with pytest.raises(OptionError, match="3 draws"):
        reconcile(made, "population_thousand", short, method="ols")
    with pytest.raises(OptionError, match="finite"):
        reconcile(made, "population_thousand", path * np.nan, method="ols")
    with pytest.raises(EstimationError, match="proportions"):
        reconciled_draws(np.ones(2), np.zeros((2, 3)), "proportions")
    empty = made.variables["rd_mln_rub"] * np.nan
    with pytest.raises(DataError, match="no region"):
        national_total(Forecast({"rd_mln_rub": empty}, 2023, "baseline", 1, "", {}), "rd_mln_rub")
    constant = made.variables["population_thousand"] * 0 + 100
    still = Forecast({"population_thousand": constant.astype("float32")}, 2023, "baseline", 1, "", {})
    with pytest.raises(EstimationError, match="do not vary"):
        reconcile(still, "population_thousand", path, method="national")
