"""The search for a common break against regressions of resampled outcomes, and its rejections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.seeds import rng_for
from regional_econ.panel.diagnostics.breaks import break_test
from regional_econ.panel.fit import fit

FORMULA = "ln(gsp) ~ ln(emp) + unemp"


def largest_wald(table: pd.DataFrame, effects: str, years: range) -> tuple[float, int]:
    """Over the years, the Wald statistic (CR0) of the interactions, each from its own regression, over two terms."""
    found = {}
    for year in years:
        later = (table.index.get_level_values(1) >= year).astype(float)
        frame = table.assign(a_late=table.a * later, b_late=table.b * later)
        estimate = fit("y ~ a + b + a_late + b_late", frame, effects=effects, inference="cluster:region:CR0")
        gaps, spread = estimate.params.iloc[2:], estimate.covariance.iloc[2:, 2:]
        found[year] = float(gaps @ np.linalg.solve(spread, gaps)) / 2
    return max(found.values()), max(found, key=lambda year: found[year])


@pytest.mark.parametrize("effects", ["region", "region+year"])
def test_written_out(produc: pd.DataFrame, effects: str) -> None:
    estimate = fit(FORMULA, produc, effects=effects)
    table = pd.DataFrame({"y": np.log(produc.gsp), "a": np.log(produc.emp), "b": produc.unemp})
    found = break_test(estimate, draws=99)
    value, year = largest_wald(table, effects, range(1973, 1985))
    assert found.statistic == pytest.approx(value, rel=1e-6)
    assert found.details["break_year"] == year


@pytest.mark.parametrize("effects", ["region", "region+year"])
def test_every_resampled_panel_is_searched_anew(produc: pd.DataFrame, effects: str) -> None:
    """Outcomes of the regression without a break with residuals of changed signs, refitted for each year and draw.

    Residuals that are not the data's own are searched, so that some resampled statistics are larger.
    """
    noise = np.random.default_rng(1).normal(size=len(produc))
    table = pd.DataFrame({"y": noise, "a": np.log(produc.emp), "b": produc.unemp})
    restricted = fit("y ~ a + b", table, effects=effects)
    found = break_test(restricted, trim=0.45, draws=99, seed=5)
    assert (found.details["first_candidate"], found.details["last_candidate"]) == (1978, 1979)
    years, fitted = range(1978, 1980), restricted.predict()
    value = largest_wald(table, effects, years)[0]
    signs = 2.0 * rng_for(5, "breaks", "region").integers(0, 2, size=(99, 48)) - 1
    states = np.unique(produc.index.get_level_values(0), return_inverse=True)[1]
    residuals = table.y - fitted
    larger = sum(
        largest_wald(table.assign(y=fitted + residuals * row[states]), effects, years)[0] >= value for row in signs
    )
    assert 0 < larger < 99
    assert found.details["larger"] == larger
    assert found.p_value == (1 + larger) / 100


def drawn(rng: np.random.Generator, jump: float) -> pd.DataFrame:
    """85 × 24; x trends, errors follow their past and differ in size; the slope of x changes by jump in 2012."""
    years = np.arange(2000, 2024)
    x = rng.normal(size=(85, 24)).cumsum(axis=1) + 0.1 * years
    errors = np.zeros((85, 24))
    for t in range(24):
        errors[:, t] = (0.6 * errors[:, t - 1] if t else 0) + rng.normal(size=85) * rng.uniform(0.5, 1.5, size=85)
    y = (1 + jump * (years >= 2012)) * x + errors
    index = pd.MultiIndex.from_product([range(85), years], names=["region", "year"])
    return pd.DataFrame({"y": y.ravel(), "x": x.ravel()}, index=index)


def test_rejections_and_the_year() -> None:
    rng = np.random.default_rng(23)
    rejected, years = 0, []
    for sample in range(80):
        rejected += break_test(fit("y ~ x", drawn(rng, 0.0)), draws=99, seed=sample).p_value <= 0.05
        if sample < 20:
            found = break_test(fit("y ~ x", drawn(rng, 0.2)), draws=99, seed=sample)
            assert found.p_value <= 0.05
            years.append(found.details["least_squares_year"])
    # 5 % of 80 is 4 with a standard deviation of 1.9
    assert rejected <= 11
    assert sum(abs(year - 2012) <= 1 for year in years) >= 16, years


def test_some_terms_and_other_clusters(produc: pd.DataFrame) -> None:
    by_region = produc.rename(columns={"region": "census"})
    estimate = fit(FORMULA, by_region)
    one = break_test(estimate, ("unemp",), by="census", draws=99)
    assert (one.details["n_terms"], one.details["n_clusters"]) == (1, 9)
    assert "unemp" in one.null
    assert one.statistic != break_test(estimate, ("unemp",), draws=99).statistic


def test_refusals(produc: pd.DataFrame) -> None:
    estimate = fit(FORMULA, produc)
    with pytest.raises(OptionError, match="no term of the estimate"):
        break_test(estimate, ("emp",))
    with pytest.raises(OptionError, match="trim"):
        break_test(estimate, trim=0.6)
    with pytest.raises(OptionError, match="region effects"):
        break_test(fit(FORMULA, produc, effects="year"))
    with pytest.raises(OptionError, match="not defined for estimator"):
        break_test(fit(FORMULA, produc, estimator="cce"))
    few = produc.loc[produc.index.get_level_values(0).isin(produc.index.levels[0][:3])]
    with pytest.raises(EstimationError, match="clusters cannot test"):
        break_test(fit(FORMULA, few))
    first = produc.assign(once=produc.unemp * (produc.index.get_level_values(1) == 1970))
    with pytest.raises(EstimationError, match="no year can hold"):
        break_test(fit("ln(gsp) ~ ln(emp) + once", first), ("once",))
