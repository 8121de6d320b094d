"""Are the tests of equal accuracy the published ones, and do they reject as often as they say?"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import signal, stats
from scipy.integrate import quad
from statsmodels.api import OLS

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.forecasting.skill import (
    Alternative,
    LongRun,
    block_mean,
    diebold_mariano,
    origin_block_interval,
    panel_equal_accuracy,
    sign_flip,
)

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "bayes.json"
ENTRIES = {entry["id"]: entry for entry in json.loads(ORACLE.read_text(encoding="utf-8"))}
# Kiefer & Vogelsang (2005), table 1, Bartlett kernel: one-sided level, then cv(b) = a0 + a1 b + a2 b² + a3 b³
KIEFER_VOGELSANG = {
    0.100: (1.2816, 1.3040, 0.5135, -0.3386),
    0.050: (1.6449, 2.1859, 0.3142, -0.3427),
    0.025: (1.9600, 2.9694, 0.4160, -0.5324),
    0.010: (2.3263, 4.1618, 0.5368, -0.9060),
}
LOBATO = {0.10: 28.31, 0.05: 45.40, 0.025: 66.57, 0.01: 99.76}  # Lobato (2001), table 1, one mean


def with_statistic(value: float, n: int, M: int) -> np.ndarray:
    """A series whose mean over its Bartlett standard error is a given number."""
    e = np.random.default_rng(3).normal(size=n)
    e -= e.mean()
    weights = np.maximum(1 - np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / M, 0)
    return e + value * np.sqrt(e @ weights @ e) / n


@pytest.mark.parametrize("k", [int(k) for k in ENTRIES["signflip_min_p"]["values"]])
def test_unanimous_years_have_the_least_p_of_the_oracle(k: int) -> None:
    found = sign_flip(-np.arange(1.0, k + 1))
    assert found.p_value == ENTRIES["signflip_min_p"]["values"][str(k)]
    assert (found.n, found.mean) == (k, -(k + 1) / 2)


def test_sign_flips_equal_scipys_permutations() -> None:
    d = np.random.default_rng(0).normal(0.4, 1.0, 9)
    other = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(d).p_value == pytest.approx(other.pvalue, abs=1e-12)
    long = np.random.default_rng(1).normal(0.4, 1.0, 24)
    drawn = sign_flip(long, draws=40_000, seed=2)
    exact = stats.permutation_test((long,), np.mean, permutation_type="samples", n_resamples=100_000, rng=5)
    # four Monte Carlo errors of two shares
    assert drawn.p_value == pytest.approx(exact.pvalue, abs=4 * np.sqrt(0.25 * 0.2 * (1 / 40_000 + 1 / 100_000)))
    assert drawn == sign_flip(long, draws=40_000, seed=2)
    assert drawn.p_value != sign_flip(long, draws=40_000, seed=3).p_value


def test_sign_flips_are_exact_over_all_signs_and_count_ties() -> None:
    sizes = np.array([0.3, 0.9, 1.1, 2.0, 0.2, 1.7])
    p_values = np.array([sign_flip(sizes * signs).p_value for signs in product((-1, 1), repeat=6)])
    for level in np.unique(p_values):
        assert np.mean(p_values <= level) == level
    assert sign_flip(np.array([0.1, 0.2, -0.3])).p_value == 1.0
    assert sign_flip(np.full(21, 0.1), draws=999).p_value == 1 / 1000


@pytest.mark.parametrize(
    ("name", "power", "horizon", "alternative"),
    [
        ("h1_squared", 2, 1, "two_sided"),
        ("h10_squared", 2, 10, "two_sided"),
        ("h1_absolute", 1, 1, "two_sided"),
        ("one_sided_less_h1", 2, 1, "less"),
        ("one_sided_greater_h1", 2, 1, "greater"),
    ],
)
def test_harvey_correction_equals_r(name: str, power: int, horizon: int, alternative: Alternative) -> None:
    entry = ENTRIES["diebold_mariano_hln_R"]
    one, two = (np.abs(np.array(entry["data"][key])) ** power for key in ("e1", "e2"))
    found = diebold_mariano(one - two, horizon=horizon, method="hln", alternative=alternative)
    assert found.p_value == pytest.approx(entry["values"][name], abs=5e-5)  # printed to four digits


def test_daniell_is_the_mean_periodogram_of_scipy_and_bartlett_the_hac_error_of_statsmodels() -> None:
    d = 0.2 + np.convolve(np.random.default_rng(4).normal(size=32), [1, 0.6, 0.3], "valid")
    density = signal.periodogram(d, detrend="constant")[1][1:4] / 2  # two-sided; 3 = ⌊30^(1/3)⌋
    daniell = diebold_mariano(d, horizon=3)
    assert daniell.statistic == pytest.approx(d.mean() / np.sqrt(density.mean() / 30), rel=1e-10)
    assert daniell.p_value == pytest.approx(2 * stats.t(6).sf(abs(daniell.statistic)), rel=1e-10)
    hac = OLS(d, np.ones(30)).fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": False})
    bartlett = diebold_mariano(d, horizon=3, method="bartlett")  # 5 = ⌊√30⌋ weights 1 − j / 5
    assert bartlett.statistic == pytest.approx(float(hac.tvalues[0]), rel=1e-10)
    assert diebold_mariano(d, horizon=3, bandwidth=5).reference == "t(10)"


@pytest.mark.parametrize("level", KIEFER_VOGELSANG)
@pytest.mark.parametrize(("n", "M"), [(49, 7), (25, 5), (10, 5), (12, 12)])
def test_fixed_b_law_has_the_critical_values_of_kiefer_and_vogelsang(level: float, n: int, M: int) -> None:
    critical = float(np.polynomial.polynomial.polyval(M / n, KIEFER_VOGELSANG[level]))
    found = diebold_mariano(with_statistic(critical, n, M), horizon=1, method="bartlett", bandwidth=M)
    assert found.statistic == pytest.approx(critical, rel=1e-10)
    # cubics fitted to simulated quantiles: up to 5 % of the level away
    assert found.p_value == pytest.approx(2 * level, rel=0.06)


@pytest.mark.parametrize("level", LOBATO)
def test_fixed_b_law_at_one_equals_lobato_and_its_closed_form(level: float) -> None:
    statistic = np.sqrt(LOBATO[level] / 2)  # Bartlett at b = 1 is twice his variance
    found = diebold_mariano(with_statistic(statistic, 12, 12), horizon=1, method="bartlett", bandwidth=12).p_value
    assert found == pytest.approx(level, rel=0.02)  # his quantiles are simulated

    def integrand(angle: float) -> float:
        root = np.sqrt(2.0) * statistic / np.sin(angle)  # E exp(−s ∫ B²) = (√(2s) / sinh √(2s))^½
        return float(np.exp(0.5 * (np.log(2 * root) - root - np.log1p(-np.exp(-2 * root)))))

    assert found == pytest.approx(2 / np.pi * quad(integrand, 0, np.pi / 2)[0], abs=1e-5)  # 400 points on (0, 1)


def test_a_far_statistic_and_a_near_one_have_the_p_values_that_bound_them() -> None:
    e = with_statistic(0.0, 30, 5)
    near, far = (diebold_mariano(e + shift, horizon=1, method="bartlett").p_value for shift in (1e-9, 1e3))
    assert near == pytest.approx(1.0, abs=1e-6)
    assert far < 1e-6


@pytest.mark.parametrize(("method", "low", "high"), [("hln", 0.03, 0.07), ("daniell", 0.03, 0.07)])
def test_independent_years_reject_as_often_as_they_say(method: LongRun, low: float, high: float) -> None:
    rng = np.random.default_rng(7)
    p_values = [diebold_mariano(rng.normal(size=9), horizon=1, method=method).p_value for _ in range(2000)]
    # t(8) and t(4) exactly: four errors of a share of 5 % in 2,000
    assert low < np.mean(np.array(p_values) < 0.05) < high


def test_overlapping_horizons_deceive_at_eight_years_and_less_at_thirty() -> None:
    rng = np.random.default_rng(8)

    def rejected(n: int) -> float:
        series = [np.convolve(rng.normal(size=n + 4), np.ones(5), "valid") for _ in range(1000)]
        return float(np.mean([diebold_mariano(d, horizon=5).p_value < 0.05 for d in series]))

    # 31 and 9 % as the docstring says, four errors of 1,000
    assert rejected(8) == pytest.approx(0.31, abs=0.06)
    assert rejected(30) == pytest.approx(0.09, abs=0.04)


def test_panel_test_is_the_test_of_clustered_errors() -> None:
    rng = np.random.default_rng(9)
    years = rng.permutation(np.repeat(np.arange(2014, 2022), rng.integers(3, 9, 8)))
    values = rng.normal(-0.3, 1.0, len(years)) + 0.01 * (years - 2014)
    found = panel_equal_accuracy(values, years, horizon=1, method="hln")
    mean, error = block_mean(values, years)
    assert found.statistic == pytest.approx(mean / error, rel=1e-10)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert (found.n, found.reference) == (8, "t(7)")
    clustered = OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": years})
    assert error == pytest.approx(float(clustered.bse[0]), rel=1e-10)
    interval = origin_block_interval(values, years, level=0.8)
    half = stats.t(7).ppf(0.9) * float(clustered.bse[0])
    assert (interval.low, interval.high) == pytest.approx((mean - half, mean + half), rel=1e-10)
    balanced = rng.normal(size=(12, 5))
    of_cells = panel_equal_accuracy(balanced.ravel(), np.repeat(np.arange(12), 5), horizon=2)
    of_means = diebold_mariano(balanced.mean(axis=1), horizon=2)
    assert of_cells.p_value == pytest.approx(of_means.p_value, rel=1e-10)


def test_panel_tests_and_intervals_keep_their_size_under_strong_dependence_between_regions() -> None:
    rng, years = np.random.default_rng(10), np.repeat(np.arange(8), 40)
    cells = [(rng.normal(size=(8, 1)) + rng.normal(size=(8, 40))).ravel() for _ in range(600)]
    clustered = [panel_equal_accuracy(d, years, horizon=1, method="hln").p_value for d in cells]
    smoothed = [panel_equal_accuracy(d, years, horizon=1).p_value for d in cells]
    naive = [stats.ttest_1samp(d, 0.0).pvalue for d in cells]
    intervals = [origin_block_interval(d, years, level=0.8) for d in cells]
    # four errors of a share of 5 % in 600; the t test over cells takes regions as independent
    assert np.mean(np.array(clustered) < 0.05) == pytest.approx(0.05, abs=0.036)
    assert np.mean(np.array(smoothed) < 0.05) == pytest.approx(0.05, abs=0.036)
    assert np.mean(np.array(naive) < 0.05) > 0.5
    assert np.mean([one.low <= 0.0 <= one.high for one in intervals]) == pytest.approx(0.8, abs=0.066)


def test_results_say_what_they_are() -> None:
    d = np.array([-0.3, -0.1, -0.2, -0.4])
    expected = "sign flips by year: mean differential -0.25, statistic -0.25, p 0.125 (all 2^4 sign flips, 4 periods)."
    assert str(sign_flip(d)) == expected
    single = origin_block_interval(np.array([1.0, 3.0]), np.array([7, 7]))
    assert single.mean == 2.0
    assert np.isnan([single.error, single.low, single.high]).all()


def test_what_cannot_be_tested_is_refused() -> None:
    d = np.array([-0.3, 0.1, -0.2, 0.4, 0.3, -0.2])
    with pytest.raises(EstimationError, match=r"not finite \(position 2\)"):
        sign_flip(np.array([0.1, 0.2, np.nan]))
    with pytest.raises(EstimationError, match="a row of 2 or more"):
        sign_flip(np.array([0.1]))
    with pytest.raises(EstimationError, match=r"not positive.*Take method 'daniell'"):
        diebold_mariano(np.array([1.0, -1.0, 1.0, -1.0, 1.2, -1.0]), horizon=2, method="hln")
    with pytest.raises(EstimationError, match="not positive"):
        diebold_mariano(np.full(9, 0.1), horizon=1)
    with pytest.raises(EstimationError, match="more periods than the horizon"):
        diebold_mariano(d, horizon=6, method="hln")
    with pytest.raises(OptionError, match="'hln' has no bandwidth"):
        diebold_mariano(d, horizon=1, method="hln", bandwidth=2)
    with pytest.raises(OptionError, match="Give 2 at most"):
        diebold_mariano(d, horizon=1, bandwidth=3)
    with pytest.raises(OptionError, match="level cannot be 95"):
        origin_block_interval(d, np.arange(6), level=95)
    with pytest.raises(EstimationError, match="a block to each value"):
        panel_equal_accuracy(d, np.arange(5), horizon=1)
