"""Do the scores equal their closed forms, another implementation and published numbers?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import scoringrules
from scipy import stats

from regional_econ._base.errors import DataError, EstimationError, OptionError
from regional_econ._base.options import QUANTILES_21
from regional_econ.forecasting.scores import (
    covered,
    crps_normal,
    crps_sample,
    energy_score,
    interval_score,
    log_score_sample,
    pit_sample,
    weighted_interval_score,
)

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "bayes.json"
ENTRIES = {entry["id"]: entry for entry in json.loads(ORACLE.read_text(encoding="utf-8"))}
CLOSED = ENTRIES["crps_closed_forms"]["values"]
LOG_CLOSED = {
    "normal(y=.3,0,1)": (stats.norm(), 0.3),
    "student_t(y=1,df=5)": (stats.t(5), 1.0),
    "lognormal(1.5,0,.5)": (stats.lognorm(0.5), 1.5),
}
SAMPLED = {
    "student_t(y=1,df=5,loc=0,scale=1)": (stats.t(5), 1.0),
    "lognormal(y=1.5,mulog=0,sdlog=.5)": (stats.lognorm(0.5), 1.5),
    "beta(y=.3,a=2,b=5)": (stats.beta(2, 5), 0.3),
    "gamma(y=1,shape=2,rate=1)": (stats.gamma(2), 1.0),
    "logistic(y=1,0,1)": (stats.logistic(), 1.0),
    "laplace(y=1,0,1)": (stats.laplace(), 1.0),
}


@pytest.mark.parametrize("name", [name for name in CLOSED if name.startswith("normal")])
def test_normal_crps_equals_the_oracle(name: str) -> None:
    y, mean, sd = (float(x) for x in re.findall(r"=(-?[\d.]+)", name))
    score = float(crps_normal(np.array(mean), np.array(sd), np.array(y)))
    assert score == pytest.approx(CLOSED[name]["value"], abs=1e-9)  # the oracle prints ten digits


@pytest.mark.parametrize("name", SAMPLED)
def test_sample_crps_of_even_quantiles_comes_near_the_closed_form(name: str) -> None:
    law, y = SAMPLED[name]
    draws = law.ppf((np.arange(20_000) + 0.5) / 20_000)
    # the heaviest tail (t₅) loses what lies beyond 1/40,000: about 1e-4
    assert float(crps_sample(draws, np.array(y))) == pytest.approx(CLOSED[name]["value"], abs=2e-4)


def test_scores_equal_scoringrules() -> None:
    rng = np.random.default_rng(0)
    draws, y = rng.normal(size=(301, 4, 5)), rng.normal(size=(4, 5))
    other = scoringrules.crps_ensemble(y, np.moveaxis(draws, 0, -1), estimator="nrg")
    # two orders of summation of 301² terms
    np.testing.assert_allclose(crps_sample(draws, y), other, rtol=0, atol=1e-12)
    low, high = np.quantile(draws, (0.1, 0.9), axis=0)
    np.testing.assert_allclose(
        interval_score(low, high, y, level=0.8), scoringrules.interval_score(y, low, high, 0.2), rtol=0, atol=1e-12
    )


def test_scores_scale_and_a_point_forecast_costs_its_error() -> None:
    rng = np.random.default_rng(1)
    draws, y = rng.normal(size=(200, 3)), rng.normal(size=3)
    np.testing.assert_allclose(crps_sample(7 * draws, 7 * y), 7 * crps_sample(draws, y), rtol=1e-12)
    assert float(crps_sample(np.full((50, 1), 2.0), np.array([5.0]))[0]) == 3.0


def test_coverage_counts_the_ends_and_levels_are_checked() -> None:
    low, high, y = np.zeros(4), np.ones(4), np.array([-0.1, 0.0, 1.0, 1.1])
    assert covered(low, high, y).tolist() == [0.0, 1.0, 1.0, 0.0]
    with pytest.raises(OptionError, match=r"level cannot be 80"):
        interval_score(low, high, y, level=80)


def two_piece_quantiles(levels: np.ndarray, mode: np.ndarray, sd_left: np.ndarray, sd_right: np.ndarray) -> np.ndarray:
    """Quantiles of two half normals of one height at the mode, (levels, ...)."""
    left = sd_left / (sd_left + sd_right)
    tau = np.asarray(levels).reshape(-1, *[1] * np.ndim(mode))
    below = mode + sd_left * stats.norm.ppf(np.minimum(tau / (2 * left), 0.5))
    above = mode + sd_right * stats.norm.ppf(np.maximum(1 - (1 - tau) / (2 * (1 - left)), 0.5))
    return np.where(tau <= left, below, above)


def test_the_fan_of_the_bank_of_england_holds_the_two_piece_law_and_the_scores_by_it() -> None:
    fan = ENTRIES["boe_fan_2013Q1"]
    mode, sd, skew = (np.array(fan["data"][name]) for name in ("mode", "uncertainty", "skew"))
    levels = np.array([float(level) for level in fan["values"]["published_quantiles"]])
    ours = two_piece_quantiles(levels, mode, sd / np.sqrt(1 + skew), sd / np.sqrt(1 - skew))
    published = np.array(list(fan["values"]["published_quantiles"].values()))
    np.testing.assert_allclose(ours, published, rtol=0, atol=1e-6)  # printed to seven digits
    draws = two_piece_quantiles((np.arange(20_000) + 0.5) / 20_000, np.array(0.0), np.array(1.0), np.array(2.0))
    expected = CLOSED["two_piece_normal(y=1,sd1=1,sd2=2,mode=0)"]["value"]
    # even quantiles lose what lies beyond 1/40,000
    assert float(crps_sample(draws, np.array(1.0))) == pytest.approx(expected, abs=2e-5)
    # 399 levels stand for the integral of the quantile loss; what lies beyond 1/400 is missing
    tau = np.arange(1, 400) / 400
    quantiles = two_piece_quantiles(tau, np.array(0.0), np.array(1.0), np.array(2.0))
    assert float(weighted_interval_score(quantiles, np.array(1.0), levels=tau)) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("name", LOG_CLOSED)
def test_log_score_of_many_even_quantiles_comes_near_the_closed_form(name: str) -> None:
    law, y = LOG_CLOSED[name]
    draws = law.ppf((np.arange(200_000) + 0.5) / 200_000)
    narrow = log_score_sample(draws, np.array(y), bandwidth=np.array(0.01))
    # h² / 2 times the second derivative of the density over the density: below 1e-3 at h = 0.01
    assert float(narrow) == pytest.approx(ENTRIES["log_score_closed_forms"]["values"][name], abs=1e-3)


def test_log_score_is_that_of_the_kernel_widened_law() -> None:
    draws = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    y = np.array([-2.5, 0.0, 0.3, 2.0])
    width = 1.06 * draws.std(ddof=1) * 4000**-0.2  # below IQR / 1.34 = 1.007 of a normal law
    found = log_score_sample(np.tile(draws[:, None], 4), y)
    # a sum over 4,000 even quantiles stands for the integral
    np.testing.assert_allclose(found, -stats.norm(0, np.sqrt(1 + width**2)).logpdf(y), rtol=0, atol=2e-3)


def test_log_energy_and_weighted_interval_scores_equal_scoringrules() -> None:
    rng = np.random.default_rng(2)
    draws, y = rng.normal(size=(301, 4, 5)), rng.normal(size=(4, 5))
    draws[:, 2:] **= 3  # heavy tails: the quartiles set the bandwidth, else mostly the sd
    last = np.moveaxis(draws, 0, -1)
    np.testing.assert_allclose(log_score_sample(draws, y), scoringrules.logs_ensemble(y, last), rtol=0, atol=1e-8)
    width = np.full((4, 5), 0.3)
    other = scoringrules.logs_ensemble(y, last, bw=width)
    np.testing.assert_allclose(log_score_sample(draws, y, bandwidth=width), other, rtol=0, atol=1e-8)
    joint = 50.0 + rng.normal(size=(1100, 12)) * np.arange(1, 13)  # more draws than two blocks
    scored = scoringrules.es_ensemble(joint[3] + 1, joint, estimator="nrg")
    assert energy_score(joint, joint[3] + 1) == pytest.approx(float(scored), abs=1e-8)
    quantiles = np.quantile(draws, QUANTILES_21, axis=0)
    low, high = np.moveaxis(quantiles[:10], 0, -1), np.moveaxis(quantiles[:10:-1], 0, -1)
    alpha = 2 * np.array(QUANTILES_21[:10])
    other = scoringrules.weighted_interval_score(y, quantiles[10], low, high, alpha)
    np.testing.assert_allclose(weighted_interval_score(quantiles, y), other, rtol=0, atol=1e-8)


def test_energy_score_of_one_quantity_is_its_crps_also_with_ties_and_far_from_zero() -> None:
    rng = np.random.default_rng(3)
    for draws in (rng.normal(size=700), rng.integers(0, 3, 1300).astype(float), 1e6 + rng.normal(size=600)):
        y = draws[5] + 0.4
        # distances of coinciding draws are lost at 1e-8 of their size
        assert energy_score(draws[:, None], np.array([y])) == pytest.approx(float(crps_sample(draws, y)), abs=1e-8)


def test_energy_score_counts_margins_in_the_units_given() -> None:
    rng = np.random.default_rng(4)
    draws, y, unit = rng.normal(size=(400, 3)), rng.normal(size=3), np.array([1e-3, 1.0, 1e7])
    assert energy_score(draws * unit, y * unit, scale=unit) == pytest.approx(energy_score(draws, y), rel=1e-12)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert energy_score(draws @ turn, y @ turn) == pytest.approx(energy_score(draws, y), rel=1e-12)
    assert energy_score(np.tile(y, (50, 1)), y + np.array([3.0, 4.0, 0.0])) == pytest.approx(5.0, rel=1e-12)


def test_pit_is_uniform_for_exchangeable_outcomes_also_with_ties() -> None:
    rng = np.random.default_rng(5)
    for sample in (rng.normal(size=(20, 4000)), rng.poisson(0.7, (20, 4000)), np.zeros((20, 4000))):
        pit = pit_sample(sample[1:], sample[0], np.random.default_rng(6))
        assert stats.kstest(pit, "uniform").pvalue > 0.001
        assert np.all((pit >= 0) & (pit < 1))
    low = pit_sample(np.zeros((99, 1)), np.array([-1.0]), rng)
    assert 0 <= low[0] < 0.01
    wide = pit_sample(2.0 * rng.normal(size=(99, 4000)), rng.normal(size=4000), rng)
    assert stats.kstest(wide, "uniform").pvalue < 1e-6


def test_scores_refuse_what_they_cannot_judge() -> None:
    with pytest.raises(EstimationError, match=r"no density \(forecast 1 in flat order\)"):
        log_score_sample(np.array([[0.0, 2.0], [1.0, 2.0]]), np.zeros(2))
    with pytest.raises(OptionError, match="bandwidth"):
        log_score_sample(np.arange(5.0), np.array(0.0), bandwidth=np.array(0.0))
    with pytest.raises(DataError, match="differ in size"):
        energy_score(np.zeros((5, 3)), np.zeros(1))
    with pytest.raises(OptionError, match="scale"):
        energy_score(np.zeros((5, 3)), np.zeros(3), scale=np.zeros(3))
    for levels in ((0.1, 0.9), (0.1, 0.5, 0.8), (0.9, 0.5, 0.1), (0.0, 0.5, 1.0)):
        with pytest.raises(OptionError, match="symmetric"):
            weighted_interval_score(np.zeros((len(levels), 2)), np.zeros(2), levels=levels)
