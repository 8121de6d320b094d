"""Does the study of calibration find ranks that are not uniform, and only those? And does a stopped one go on?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import calibrate
import numpy as np
import pytest
import sbc_study as study
from growth_world import figures_density, filter_arguments
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from regional_econ.bayes.gates import GateReport
from regional_econ.bayes.growth_model import GrowthData
from regional_econ.bayes.kalman import level_growth
from regional_econ.bayes.trace import SamplerSettings, Trace

LAST = study.L + 1


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coarser null law of the largest departure."""
    monkeypatch.setattr(study, "NULL_REPLICATIONS", 2000)
    study._null_departures.cache_clear()


def test_uniform_ranks_pass_as_often_as_they_should() -> None:
    rng = np.random.default_rng(1)
    found = np.array([(study.chi_square(x), study.ecdf_test(x)) for x in rng.integers(0, LAST, (400, 320))])
    for k, test in enumerate(("chi2", "ecdf")):
        for level in (0.05, 0.2, 0.5):
            # four Monte Carlo errors of 400 samples
            error = 4.0 * np.sqrt(level * (1 - level) / 400)
            assert np.mean(found[:, k] < level) == pytest.approx(level, abs=error), test


@pytest.mark.parametrize(("a", "b"), [(1.4, 1.0), (1.0, 1.4), (2.0, 2.0), (0.5, 0.5)])
def test_ranks_of_a_wrong_posterior_are_found(a: float, b: float) -> None:
    """Too high, too low, too wide and too narrow a posterior."""
    rng = np.random.default_rng(2)
    ranks = np.minimum((rng.beta(a, b, 320) * LAST).astype(np.int64), study.L)
    assert study.ecdf_test(ranks) < 0.005
    assert study.chi_square(ranks) < 0.01


def test_departures_are_the_least_binomial_p_values() -> None:
    ranks = np.array([[0, 0, 50, 199], [199, 199, 199, 199]])
    expected = []
    for sample in ranks:
        least = 1.0
        for k in range(1, LAST):
            hits, share = int((sample < k).sum()), k / LAST
            least = min(least, 2.0 * binom.cdf(hits, 4, share), 2.0 * (1.0 - binom.cdf(hits - 1, 4, share)))
        expected.append(least)
    np.testing.assert_allclose(study.departure(ranks), expected, rtol=1e-9)


def test_holm_is_that_of_statsmodels() -> None:
    p_values = np.random.default_rng(3).random(30) ** 3
    np.testing.assert_allclose(study.holm(p_values), multipletests(p_values, method="holm")[1], rtol=1e-12)


def test_intervals_hold_their_share_of_the_ranks() -> None:
    for level, (low, high) in study.INSIDE.items():
        assert (high - low + 1) / LAST == pytest.approx(level / 100)
        assert low == study.L - high


def test_a_world_is_the_same_each_time_and_keeps_its_future_back() -> None:
    one, two, other = study.world(7), study.world(7), study.world(8)
    assert one.truth == two.truth
    assert one.truth != other.truth
    assert one.data.shape == (study.N, study.S)
    assert all(np.isfinite(list(one.truth.values())))
    # filter and joint normal agree on figures drawn by the hand-written process
    likelihood = level_growth(*filter_arguments(one.given, one.data))[0]
    assert float(likelihood) == pytest.approx(figures_density(one.given, one.data), rel=1e-8)


def stand_in(simulated: study.World, shift: float) -> Trace:
    """Draws around the truth, all shifted."""
    given, data = simulated.given, simulated.data
    state = level_growth(*filter_arguments(given, data))[1]
    values = {**vars(given), "variance": given.variance, "state": state}
    kept = ("log_sd_mean", "log_sd_sd", "log_sd", "variance", "common_drift", "parts", "persistence", "loading_sd",
            "loading", "factor_sd", "factor_persistence", "break_mean", "break_sd", "state")  # fmt: skip
    posterior = {name: np.broadcast_to(values[name], (2, 150, *np.shape(values[name]))) for name in kept}
    moved = {name: value + shift for name, value in posterior.items() if name not in ("state", "variance", "parts")}
    flat = np.random.default_rng(0).standard_normal((2, 150))
    return Trace({**posterior, **moved}, flat > np.inf, flat, flat, 0)


@pytest.mark.parametrize(("shift", "rank"), [(-1e-6, study.L), (1e-6, 0)])
def test_a_rank_counts_the_draws_below_the_truth(shift: float, rank: int) -> None:
    simulated = study.world(0)
    ranks = study.ranks_of(simulated, stand_in(simulated, shift), 0)
    left_out = ("drift", "volatility", "driver")
    assert set(ranks) == {*(name for name in simulated.truth if not name.startswith(left_out)), study.LIKELIHOOD}
    for name in (
        "log_sd_mean",
        "persistence",
        "loading.gap",
        "log_sd.late",
        "break_mean.bridged",
        "break_sd.unbridged",
    ):
        assert ranks[name] == rank, name
    # levels and figures are drawn around the filter's state, which knows nothing of the shift
    around = [own for name, own in ranks.items() if name.startswith(("level", "figure"))]
    assert len(around) == 3 * len(study.FOLLOWED)
    assert all(0 < own < study.L for own in around)


def test_a_stopped_study_goes_on_and_says_what_it_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []
    worlds = {one.data.observed.tobytes(): one for one in map(study.world, range(6))}

    def sample(data: GrowthData, *, seed: int, settings: SamplerSettings, structure: object) -> Trace:
        if len(asked) == 4:
            asked.append(-1)
            raise KeyboardInterrupt
        asked.append(seed)
        return stand_in(worlds[data.observed.tobytes()], 1e-6)

    passed = GateReport(1.0, "none", 500.0, "none", 500.0, "none", 0, 1.0, 1)
    monkeypatch.setattr(calibrate, "ROOT", tmp_path)
    for name, value in (("SIMULATIONS", 6), ("BATCH_SIZE", 2), ("sample", sample), ("NULL_REPLICATIONS", 1000)):
        monkeypatch.setattr(study, name, value)
    monkeypatch.setattr(study, "check", lambda *_: passed)
    monkeypatch.setattr(study, "diagnose", lambda _: replace(passed, rhat=1.004))
    with pytest.raises(KeyboardInterrupt):
        calibrate.sbc(1)
    values = calibrate.sbc(1)
    # two finished batches were kept, and the third began again
    assert len(asked) == 4 + 1 + 2
    assert calibrate.sbc(1) == values
    assert len(asked) == 7
    assert values["simulations"].value == 6
    assert values["tests"].value == 2 * values["quantities"].value
    assert values["rhat_max"].value == 1.004
    assert values["failed_gates"].value == values["second_attempts"].value == 0
    # every rank is 0, which no uniform law gives, however many quantities there are
    assert values["persistence.ecdf_p"].value < 0.005
    assert values["persistence.covered80"].value == 0.0
    assert values["least_p_holm"].value < 0.05
