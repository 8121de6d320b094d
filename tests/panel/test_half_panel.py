"""The half-panel jackknife against halves cut by hand, and on planted panels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.panel.fit import fit

FORMULA = "y ~ lag(y, 1) + x"
Planted = Callable[..., pd.DataFrame]


def halves(frame: pd.DataFrame, longer_first: bool) -> list[pd.DataFrame]:
    """Rows with a lag, cut by each region's own years."""
    rows = frame.assign(before=frame["y"].groupby("region").shift()).dropna()
    place = rows.groupby("region").cumcount()
    size = rows.groupby("region")["y"].transform("size")
    first = place < (size + 1) // 2 if longer_first else place < size // 2
    return [rows[first], rows[~first]]


def by_hand(frame: pd.DataFrame, effects: str) -> np.ndarray:
    whole = pd.concat(halves(frame, True)).sort_index()
    total = fit("y ~ before + x", whole, effects=effects).params  # type: ignore[arg-type]
    sides = [part for longer in (False, True) for part in halves(frame, longer)]
    parts = [
        len(part) / len(whole) / 2 * fit("y ~ before + x", part, effects=effects).params  # type: ignore[arg-type]
        for part in sides
    ]
    return (2 * total - sum(parts)).to_numpy()


@pytest.mark.parametrize("effects", ["region", "region+year"])
@pytest.mark.parametrize("n_years", [9, 10])
def test_twice_the_whole_less_its_halves(planted: Planted, effects: str, n_years: int) -> None:
    """Ten years have nine rows with a lag, and two ways to cut them."""
    frame = planted(1, 20, n_years, 0.5)
    estimate = fit(FORMULA, frame, estimator="hpj", effects=effects)  # type: ignore[arg-type]
    np.testing.assert_allclose(estimate.params, by_hand(frame, effects), rtol=1e-9)
    assert estimate.diagnostics["n_cuts"] == (1 if n_years == 9 else 2)


def test_regions_enter_and_leave(planted: Planted) -> None:
    frame = planted(2, 20, 10, 0.5)
    years, regions = frame.index.get_level_values("year"), frame.index.get_level_values("region")
    ragged = frame[~((regions < 3) & (years < 2003)) & ~((regions == 5) & (years > 2006))]
    np.testing.assert_allclose(fit(FORMULA, ragged, estimator="hpj").params, by_hand(ragged, "region+year"), rtol=1e-9)
    late = frame[~((regions == 5) & (years < 2006))]
    estimate = fit(FORMULA, late, estimator="hpj")
    assert estimate.diagnostics["n_short"] == 3  # four years have three rows with a lag
    assert estimate.diagnostics["n_regions"] == 19


def test_errors_are_the_jackknife_s_own(planted: Planted) -> None:
    """Clustered by region from each region's pull: the change that its leaving makes, to first order."""
    frame = planted(3, 60, 12, 0.5)
    estimate = fit(FORMULA, frame, estimator="hpj", inference="cluster:region:CR0")
    regions = frame.index.get_level_values("region")
    left_out = np.array([fit(FORMULA, frame[regions != one], estimator="hpj").params for one in range(60)])
    pulls = left_out - left_out.mean(axis=0)
    jackknife = np.sqrt(np.diag(pulls.T @ pulls))
    np.testing.assert_allclose(
        estimate.std_errors, jackknife, rtol=0.12
    )  # leverages of a sixtieth, twice as much in halves
    within = fit(FORMULA, frame, inference="cluster:region:CR0")
    assert estimate.std_errors["lag(y, 1)"] > 1.1 * within.std_errors["lag(y, 1)"]


def test_planted_panels(planted: Planted) -> None:
    draws = [planted(seed, 85, 16, 0.5) for seed in range(50)]
    within = [fit(FORMULA, one).params["lag(y, 1)"] for one in draws]
    found = [fit(FORMULA, one, estimator="hpj") for one in draws]
    estimates = np.array([one.params["lag(y, 1)"] for one in found])
    assert np.mean(within) < 0.47
    assert np.mean(estimates) == pytest.approx(0.5, abs=0.015)
    assert np.mean([one.std_errors["lag(y, 1)"] for one in found]) / estimates.std() == pytest.approx(1, abs=0.3)


def test_fitted_values_hold_the_effects(planted: Planted) -> None:
    frame = planted(4, 20, 9, 0.5)
    residuals = frame["y"].loc[fit(FORMULA, frame, estimator="hpj").predict().index]
    residuals = residuals - fit(FORMULA, frame, estimator="hpj").predict()
    assert np.abs(residuals.groupby("region").mean()).max() < 1e-10
    assert np.abs(residuals.groupby("year").mean()).max() < 1e-10


def test_refusals(planted: Planted) -> None:
    frame = planted(5, 20, 10, 0.5)
    holed = frame.copy()
    holed.loc[(4, 2005), "x"] = np.nan
    with pytest.raises(EstimationError, match=r"must follow each other.*4, before 2006"):
        fit(FORMULA, holed, estimator="hpj")
    years, regions = frame.index.get_level_values("year"), frame.index.get_level_values("region")
    late = frame.assign(reform=((years > 2007) & (regions < 10)).astype(float))
    with pytest.raises(EstimationError, match=r"reform does not vary.*the first half of the years"):
        fit(f"{FORMULA} + reform", late, estimator="hpj")
    turns = frame[(years - 2000) // 3 == regions % 3]
    with pytest.raises(EstimationError, match="no region has 4 years"):
        fit("y ~ x", turns, estimator="hpj")
