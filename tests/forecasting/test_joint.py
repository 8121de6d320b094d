"""Are indicators tied together as their surprises say, and does each one's own forecast stay as it is?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from growth_world import drawn_parameters, joint_normal, layout, with_figures, with_national
from scipy import stats

from regional_econ.bayes.growth_model import FACTOR_DF, Structure
from regional_econ.bayes.trace import Trace
from regional_econ.core.panel import Panel
from regional_econ.forecasting.choice import load_choice
from regional_econ.forecasting.data import IndicatorData, prepare
from regional_econ.forecasting.drivers import DRIVER_DF, Driver
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.joint import (
    Correlations,
    Surprises,
    correlations,
    joint_shocks,
    shrunk_correlation,
    surprises,
)
from regional_econ.forecasting.simulate import Shocks, Start, simulate

ORACLE = json.loads(
    (Path(__file__).resolve().parents[1] / "oracles" / "forecasting_correlation.json").read_text(encoding="utf-8")
)
STRUCTURES = {
    "chosen": load_choice().structure,
    "everything": Structure(drift=True, growth=True, factor=True, volatility=True, driver=True),
    "nothing": Structure(drift=False, growth=False, factor=False, volatility=False, driver=False),
}
COAL = Driver("coal", tuple(range(2015, 2024)), np.array([50.0, 65.0, 88.0, 107.0, 78.0, 61.0, 138.0, 345.0, 172.0]))
OIL = Driver("oil", tuple(range(2015, 2023)), np.array([52.0, 44.0, 54.0, 71.0, 64.0, 42.0, 71.0, 101.0]))
NATIONAL = np.array([[1.0, 0.6, -0.2, 0.3], [0.6, 1.0, 0.1, 0.0], [-0.2, 0.1, 1.0, 0.5], [0.3, 0.0, 0.5, 1.0]])
REGIONAL = np.array([[1.0, -0.5], [-0.5, 1.0]])
FOUND = Correlations(NATIONAL, REGIONAL, 0.5, 0.1)
D, H, N = 20_000, 4, 3


@pytest.mark.parametrize("name", ORACLE["cases"])
def test_correlations_without_gaps_are_those_of_corpcor(name: str) -> None:
    case = ORACLE["cases"][name]
    matrix, weight = shrunk_correlation(np.array(case["values"]))
    assert weight == pytest.approx(case["weight"], abs=1e-12)
    np.testing.assert_allclose(matrix, case["correlation"], atol=1e-12)


def test_with_gaps_the_formula_runs_over_the_rows_that_a_pair_shares() -> None:
    """Schäfer and Strimmer (2005), section 2 and appendix: λ = Σ Var(r) / Σ r² over the pairs."""
    rng = np.random.default_rng(3)
    values = rng.standard_normal((30, 4)) + 0.8 * rng.standard_normal((30, 1))
    values[rng.random(values.shape) < 0.25] = np.nan
    scaled = [(column - np.nanmean(column)) / np.nanstd(column, ddof=1) for column in values.T]
    r, variance = np.eye(4), np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            if i != j:
                products = [a * b for a, b in zip(scaled[i], scaled[j], strict=True) if np.isfinite(a * b)]
                n = len(products)
                mean = sum(products) / n
                r[i, j] = n / (n - 1) * mean
                variance[i, j] = n / (n - 1) ** 3 * sum((one - mean) ** 2 for one in products)
    weight = variance.sum() / (np.square(r).sum() - 4)
    matrix, found = shrunk_correlation(values)
    assert 0.0 < found == pytest.approx(weight, rel=1e-12)
    np.testing.assert_allclose(matrix, np.where(np.eye(4) > 0, 1.0, (1 - weight) * r), atol=1e-12)


def test_a_correlation_matrix_is_always_one() -> None:
    """Gaps can make pairs contradict each other, a constant column has no correlation, and two years say nothing."""
    one, nan = np.linspace(-1.0, 1.0, 40), np.full(40, np.nan)
    jumbled = np.random.default_rng(1).permutation(one)
    # first and second agree, second and third agree, first and third are opposite: no matrix has all that
    contradictory = np.concatenate(
        [np.stack([one, one, nan], axis=1), np.stack([nan, one, one], axis=1), np.stack([one, nan, -one], axis=1)]
    )
    cases = {
        "contradictory": contradictory, "constant": np.stack([one, np.full(40, 2.0), jumbled], axis=1),
        "empty": np.stack([one, nan, jumbled], axis=1), "two years": np.array([[1.0, 2.0], [3.0, 5.0]]),
    }  # fmt: skip
    for name, values in cases.items():
        matrix, weight = shrunk_correlation(values)
        assert 0.0 <= weight <= 1.0, name
        np.testing.assert_allclose(np.diag(matrix), 1.0, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-12, err_msg=name)
        assert np.linalg.eigvalsh(matrix).min() > 0.0, name
    assert np.array_equal(shrunk_correlation(np.stack([one, np.abs(one)], axis=1))[0].round(12), np.eye(2))


@pytest.mark.parametrize("name", STRUCTURES)
def test_surprises_of_a_region_are_whitened_figures(panel: Panel, name: str) -> None:
    """The standardised one-step errors of the joint normal written out by hand, without each region's first."""
    structure = STRUCTURES[name]
    rng = np.random.default_rng(5)
    data = layout(N, 24)
    data = replace(data, exposure=rng.uniform(0.0, 0.5, N), driver=rng.normal(0.0, 0.3, 24) * data.steps)
    given = drawn_parameters(rng, data, structure)
    data = with_figures(rng, given, with_national(rng, given, data))[0]
    steps = np.flatnonzero(data.steps)
    years = np.cumsum(data.steps).astype(int) + 1999
    posterior = {name: np.broadcast_to(value, (1, 2, *np.shape(value))) for name, value in vars(given).items()}
    posterior |= {"parts": posterior["parts"][:, :, : 3 if structure.growth else 2]}
    posterior |= {"variance": np.broadcast_to(given.variance, (1, 2, N))}
    flat = np.zeros((1, 2))
    prepared = IndicatorData(
        indicator("wear_pct"), ("a", "b", "c"), 2022, 2022, tuple(int(y) for y in years), np.zeros(N), data
    )
    found = surprises(prepared, Trace(posterior, flat > 0, flat, flat, 0), structure)
    assert found.years == tuple(range(2000, 2023))
    for i in range(N):
        mean, covariance, noise = joint_normal(given, data, i)
        seen = np.flatnonzero(data.weight[i])
        root = np.linalg.cholesky((covariance + np.diag(noise))[np.ix_(seen, seen)])
        expected = np.full(24, np.nan)
        expected[seen[1:]] = np.linalg.solve(root, data.observed[i, seen] - mean[seen])[1:]
        np.testing.assert_allclose(found.regional[:, i], expected[steps], rtol=1e-7, atol=1e-7)
    if not structure.factor:
        assert np.isnan(found.national).all()
        return
    centre = given.common_drift + given.factor_persistence * data.known_before * (data.before - given.common_drift)
    shock = stats.t.cdf((data.national - centre) / given.factor_sd, FACTOR_DF)
    expected = np.where(data.known > 0, stats.norm.ppf(shock), np.nan)
    np.testing.assert_allclose(found.national, expected[steps], rtol=1e-9, atol=1e-9)


def test_surprises_meet_in_their_calendar_year() -> None:
    """Indicators that start and end in other years, and prices, are held together year by year and region by region."""
    rng = np.random.default_rng(6)
    years = tuple(range(2000, 2023))
    common = rng.standard_normal((len(years), 40))
    shared = common.mean(axis=1) * np.sqrt(40)
    first = Surprises(years, shared, common)
    late = Surprises(years[4:], -shared[4:], -common[4:])
    apart = Surprises(years[:-3], rng.standard_normal(20), rng.standard_normal((20, 40)))
    price = Driver("coal", years, np.exp(np.cumsum(0.2 * shared)))
    found = correlations([first, late, apart], [price])
    assert found.national.shape == (4, 4)
    assert found.regional.shape == (3, 3)
    # each column is scaled over its own years, so what is the same in the shared years falls a little short of one
    kept = 1.0 - found.national_weight
    assert -kept <= found.national[0, 1] < -0.9 * kept
    assert 0.9 * kept < found.national[0, 3] <= kept
    assert -kept <= found.national[1, 3] < -0.9 * kept
    assert found.regional[0, 1] < -0.9 * (1.0 - found.regional_weight)
    assert abs(found.regional[0, 2]) < 5.0 / np.sqrt(20 * 40)
    # what all regions share in a year is the national shock's, not theirs
    again = correlations([replace(first, regional=common + 9.0 * shared[:, None]), late, apart], [price])
    np.testing.assert_allclose(again.regional, found.regional, atol=1e-12)


@pytest.fixture(scope="module")
def drawn() -> tuple[dict[str, Shocks], dict[str, np.ndarray]]:
    shocks, prices = joint_shocks(
        FOUND, ["a", "b"], (COAL, OIL), first_year=2023, n_draws=D, horizon=H, n_regions=N,
        rng=np.random.default_rng(12),
    )  # fmt: skip
    return dict(shocks), dict(prices)


def test_joint_shocks_have_the_wanted_correlations(drawn: tuple[dict[str, Shocks], dict[str, np.ndarray]]) -> None:
    shocks, prices = drawn
    national = np.stack([shocks["a"].national, shocks["b"].national, prices["coal"], prices["oil"]])
    # five Monte Carlo errors of a correlation, which are largest where it is 0
    error = 5.0 / np.sqrt(D)
    for h in range(H):
        np.testing.assert_allclose(np.corrcoef(national[:, :, h]), NATIONAL, atol=error)
        for i in range(N):
            for part in ("level", "growth", "noise"):
                pair = [getattr(shocks[name], part)[:, h, i] for name in ("a", "b")]
                np.testing.assert_allclose(np.corrcoef(pair), REGIONAL, atol=error)
    for place in range(2):
        pair = [shocks[name].state[:, place, 0] for name in ("a", "b")]
        np.testing.assert_allclose(np.corrcoef(pair), REGIONAL, atol=error)
    # nothing ties years, regions, or regions to the country
    for one, two in (
        (national[0, :, 0], national[1, :, 1]), (shocks["a"].level[:, 0, 0], shocks["b"].level[:, 0, 1]),
        (shocks["a"].level[:, 0, 0], shocks["b"].level[:, 1, 0]), (national[0, :, 0], shocks["a"].level[:, 0, 0]),
        (shocks["a"].level[:, 0, 0], shocks["b"].growth[:, 0, 0]),
        (shocks["a"].growth[:, 0, 0], shocks["b"].noise[:, 0, 0]),
        (shocks["a"].state[:, 0, 0], shocks["b"].state[:, 1, 0]),
    ):  # fmt: skip
        assert abs(np.corrcoef(one, two)[0, 1]) < error


def test_a_known_price_is_used_as_it_is_and_later_ones_are_drawn(
    drawn: tuple[dict[str, Shocks], dict[str, np.ndarray]],
) -> None:
    shocks, prices = drawn
    for name in ("a", "b"):
        driver = shocks[name].driver
        assert np.all(driver[:, 0] == pytest.approx(np.log(172.0 / 345.0), abs=1e-12))
        np.testing.assert_allclose(driver[:, 1:], COAL.change(prices["coal"])[:, 1:], atol=1e-12)
    later = shocks["a"].driver[:, 1:] / COAL.scale
    # one number in a million by chance
    assert stats.kstest(later.ravel(), stats.t(DRIVER_DF).cdf).pvalue > 1e-6


def test_the_forecast_of_one_indicator_stays_as_it_is(
    drawn: tuple[dict[str, Shocks], dict[str, np.ndarray]],
) -> None:
    """Whatever moves it together with others: in each year its paths have the distribution of independent shocks."""
    rng = np.random.default_rng(13)
    ones = np.ones(D)
    state = np.broadcast_to([[2.0], [0.3], [0.2], [0.05], [0.1]], (D, 5, N))
    start = Start(
        state=state, drift=np.full((D, N), 0.1), loading=np.full((D, N), 1.2), variance=np.full((D, N), 0.5),
        parts=np.broadcast_to([0.2, 0.5, 0.3], (D, 3)), persistence=0.6 * ones, common_drift=0.1 * ones,
        factor_sd=0.4 * ones, factor_persistence=0.5 * ones, last_growth=0.5 * ones, first_spread=ones,
        volatility_sd=0.2 * ones, last_volatility=0.1 * ones, driver_effect=0.0 * ones, exposure=np.full(N, 0.2),
    )  # fmt: skip
    alone = simulate(start, Shocks.independent(D, H, N, rng, COAL.change))
    for shocks in drawn[0].values():
        together = simulate(start, shocks)
        for h in range(H):
            for i in range(N):
                assert stats.ks_2samp(together[:, i, h], alone[:, i, h]).pvalue > 1e-5
        # and over the years together: regions move with each other by their loadings as they did
        np.testing.assert_allclose(
            np.corrcoef(together[:, 0, -1], together[:, 1, -1])[0, 1],
            np.corrcoef(alone[:, 0, -1], alone[:, 1, -1])[0, 1], atol=7.0 / np.sqrt(D),
        )  # fmt: skip


def test_paths_of_a_region_go_together_as_its_errors_do(
    drawn: tuple[dict[str, Shocks], dict[str, np.ndarray]],
) -> None:
    """Whatever part of the variance is level, growth, noise or the unknown state."""
    ones = np.ones(D)
    state = np.broadcast_to([[2.0], [0.3], [0.2], [0.05], [0.1]], (D, 5, N))
    start = Start(
        state=state, drift=np.zeros((D, N)), loading=np.zeros((D, N)), variance=np.full((D, N), 0.5),
        parts=np.broadcast_to([0.3, 0.3, 0.4], (D, 3)), persistence=0.6 * ones, common_drift=0.0 * ones,
        factor_sd=0.4 * ones, factor_persistence=0.5 * ones, last_growth=0.0 * ones, first_spread=ones,
        volatility_sd=0.0 * ones, last_volatility=0.0 * ones, driver_effect=0.0 * ones, exposure=np.zeros(N),
    )  # fmt: skip
    one, other = (simulate(start, shocks) for shocks in drawn[0].values())
    for h in range(H):
        for i in range(N):
            found = np.corrcoef(one[:, i, h], other[:, i, h])
            np.testing.assert_allclose(found, REGIONAL, atol=5.0 / np.sqrt(D))


def test_real_surprises_have_the_years_of_their_indicator(panel: Panel) -> None:
    structure = STRUCTURES["chosen"]
    data = prepare(panel, indicator("innovation_activity_pct"))
    n = len(data.regions)
    means = {
        "common_drift": 0.0, "break_mean": np.zeros(2), "break_sd": np.full(2, 0.5), "factor_sd": 0.4,
        "factor_persistence": 0.5, "loading": np.ones(n), "persistence": 0.5, "parts": np.array([0.3, 0.5, 0.2]),
        "variance": np.ones(n),
    }  # fmt: skip
    flat = np.zeros((1, 1))
    posterior = {name: np.asarray(value, dtype=float)[None, None] for name, value in means.items()}
    found = surprises(data, Trace(posterior, flat > 0, flat, flat, 0), structure)
    assert found.years == tuple(range(1999, 2023))
    known = [year for year, one in zip(found.years, found.national, strict=True) if np.isfinite(one)]
    assert known == [*range(2007, 2019), *range(2020, 2023)]
