"""Is the model confidence set that of arch, and does it keep equal models as often as it says?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.forecasting.confidence_set import Statistic, circular_blocks, model_confidence_set

ARCH = json.loads(
    (Path(__file__).resolve().parents[1] / "oracles" / "forecasting_mcs.json").read_text(encoding="utf-8")
)
LOSSES = np.array([row.split() for row in ARCH["losses"]], dtype=float)
YEARS = np.array([row.split() for row in ARCH["resampled_years"]], dtype=int)


@pytest.mark.parametrize("statistic", ["T_max", "T_R"])
def test_p_values_and_order_equal_arch_on_the_same_resamples(statistic: Statistic) -> None:
    expected = ARCH["same_resamples"][statistic]
    found = model_confidence_set(LOSSES, ARCH["models"], YEARS, statistic=statistic)
    # arch counts shares of 150; two orders of summation
    assert dict(zip(found.models, found.p_values, strict=True)) == pytest.approx(expected, abs=1e-12)
    assert found.models == tuple(expected)


@pytest.mark.parametrize("statistic", ["T_max", "T_R"])
def test_p_values_equal_arch_on_resamples_of_our_own(statistic: Statistic) -> None:
    expected, draws = ARCH["own_resamples"][statistic], ARCH["own_resamples"]["draws"]
    own = circular_blocks(len(LOSSES), block=ARCH["block"], draws=draws, seed=1)
    found = model_confidence_set(LOSSES, ARCH["models"], own, statistic=statistic)
    for model, p_value in zip(found.models, found.p_values, strict=True):
        # four errors of the difference of two shares, and of the errors that standardise, which are resampled too
        error = np.sqrt(2 * expected[model] * (1 - expected[model]) / draws)
        assert p_value == pytest.approx(expected[model], abs=4 * error + 0.02 * expected[model]), model


def test_blocks_are_runs_on_a_circle_and_every_year_comes_as_often() -> None:
    rows = circular_blocks(10, block=3, draws=5000, seed=4)
    assert rows.shape == (5000, 10)
    steps = np.diff(rows, axis=1) % 10
    assert np.all(np.delete(steps, [2, 5, 8], axis=1) == 1)
    # 5,000 × 4 starts: four errors of a share of a tenth, in blocks of three
    np.testing.assert_allclose(np.bincount(rows.ravel()) / rows.size, 0.1, atol=4 * np.sqrt(0.09 * 3 / 50_000))
    assert np.array_equal(rows, circular_blocks(10, block=3, draws=5000, seed=4))
    assert not np.array_equal(rows, circular_blocks(10, block=3, draws=5000, seed=5))


def test_equal_models_are_dropped_as_often_as_said_and_a_worse_one_mostly() -> None:
    rng, names = np.random.default_rng(6), ["a", "b", "c", "d", "e"]

    def kept(n: int, worse: float) -> list[tuple[str, ...]]:
        resamples = circular_blocks(n, block=1, draws=299, seed=7)
        penalty = np.array([worse, 0.0, 0.0, 0.0, 0.0])
        losses = rng.normal(size=(400, n, 1)) + rng.normal(size=(400, n, 5)) + penalty
        return [model_confidence_set(one, names, resamples).included() for one in losses]

    # 13 % drop one of five at 60 years and 27 % at 7, as the docstring says; four errors of 400 and of its 2,000
    assert np.mean([len(one) < 5 for one in kept(60, 0.0)]) == pytest.approx(0.13, abs=0.075)
    assert np.mean([len(one) < 5 for one in kept(7, 0.0)]) == pytest.approx(0.27, abs=0.1)
    assert np.mean(["a" in one for one in kept(60, 0.8)]) < 0.1


def test_years_are_resampled_whole_and_models_may_come_in_any_order_or_unit() -> None:
    rows = circular_blocks(len(LOSSES), block=2, draws=400, seed=8)
    found = model_confidence_set(LOSSES, ARCH["models"], rows)
    shocks = np.random.default_rng(9).normal(0, 50, (len(LOSSES), 1))
    turned = model_confidence_set(1e3 * (LOSSES + shocks)[:, ::-1], ARCH["models"][::-1], rows)
    assert turned.to_frame().set_index("model")["p_value"].to_dict() == pytest.approx(
        found.to_frame().set_index("model")["p_value"].to_dict(), abs=0.005
    )  # rounding may move one of 400 resamples over the line
    assert found.included(0.0) == found.models[::-1]
    assert found.included()[0] == found.models[-1] == "best"
    assert str(found).startswith("90 % model confidence set (T_max, 24 years, 400 resamples): best")


def test_what_has_no_confidence_set_is_refused() -> None:
    rows = circular_blocks(6, block=1, draws=99, seed=1)
    losses = np.random.default_rng(1).normal(size=(6, 2))
    with pytest.raises(EstimationError, match=r"two models differ by a constant \(a and c\)"):
        model_confidence_set(np.c_[losses, losses[:, 0] + 1], ["a", "b", "c"], rows)
    with pytest.raises(EstimationError, match="sizes do not fit"):
        model_confidence_set(losses, ["a"], rows)
    with pytest.raises(EstimationError, match=r"not finite \(b, row 2\)"):
        model_confidence_set(np.where(np.arange(12).reshape(6, 2) == 5, np.nan, losses), ["a", "b"], rows)
    with pytest.raises(OptionError, match="block cannot be 7"):
        circular_blocks(6, block=7, draws=99, seed=1)
