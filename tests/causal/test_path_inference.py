"""Inference by price paths on small made panels: sets with gaps, sets without bounds, and power that falls again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyfixest
import pytest

from regional_econ.causal.path_inference import PathInference
from regional_econ.causal.price_paths import exposure_design


@dataclass(frozen=True)
class World:
    """Twelve regions and six years, some rows missing; a price, one other path, and one that could have come."""

    frame: pd.DataFrame
    path: np.ndarray
    other: np.ndarray
    possible: np.ndarray

    @classmethod
    def of(cls, seed: int, kept: float) -> World:
        rng = np.random.default_rng(seed)
        region, time = (one.ravel() for one in np.indices((12, 6)))
        exposure, y = rng.uniform(0, 0.6, 12)[region], rng.normal(size=72)
        rows = rng.random(72) < kept
        frame = pd.DataFrame({"region": region, "time": time, "exposure": exposure, "y": y})[rows]
        return cls(frame, *rng.normal(size=(3, 6)).cumsum(axis=1))

    def inference(self) -> PathInference:
        """The other path stands nineteen times, so that an effect is rejected just where its |t| is the smaller."""
        exposure, time, region = (self.frame[name].to_numpy() for name in ("exposure", "time", "region"))
        design = exposure_design(self.frame["y"].to_numpy(), exposure, time, region, effects=(region, time))
        return PathInference.of(design, self.path, [np.tile(self.other, (19, 1))], self.possible[None, :])

    def ratio(self, effect: float) -> float:
        """The other path's |t| over the price's in the outcome less an effect, by pyfixest."""
        left = self.frame["y"] - effect * self.frame["exposure"] * self.path[self.frame["time"]]
        own, other = (
            abs(float(
                pyfixest.feols(
                    "y ~ x | region + time",
                    self.frame.assign(y=left, x=self.frame["exposure"] * path[self.frame["time"]]),
                    vcov={"CRV1": "region"},
                ).tstat()["x"]
            ))
            for path in (self.path, self.other)
        )  # fmt: skip
        return other / own


@pytest.mark.parametrize("seed", [0, 3])
def test_a_set_with_a_gap_is_found_whole(seed: int) -> None:
    world = World.of(seed, 0.85)
    inference = world.inference()
    kept = inference.confidence_set()
    (low, first), (second, high) = kept.pieces
    for end in (low, first, second, high):
        assert world.ratio(end) == pytest.approx(1.0, rel=1e-6)
    inside = [(low + first) / 2, (second + high) / 2, inference.estimate]
    outside = [low - 0.5, (first + second) / 2, high + 0.5]
    assert [kept.contains(effect) for effect in (*inside, *outside)] == [True] * 3 + [False] * 3
    assert [world.ratio(effect) > 1 for effect in (*inside[:2], *outside)] == [True] * 2 + [False] * 3
    assert kept.shape == "several pieces"
    assert kept.hull == (low, high)


def test_where_no_row_is_missing_the_far_effects_may_all_be_kept() -> None:
    """Then exposure × one path leaves no error beside another path: both |t| grow alike, and no effect is too large."""
    world = World.of(45, 1.0)
    kept = world.inference().confidence_set()
    assert kept.shape == "two half lines"
    (_, first), (second, _) = kept.pieces
    for end in (first, second):
        assert world.ratio(end) == pytest.approx(1.0, rel=1e-6)
    assert world.ratio((first + second) / 2) < 1 < min(world.ratio(-1e4), world.ratio(1e4))


def test_too_few_paths_reject_nothing_and_the_own_path_is_never_rejected() -> None:
    world = World.of(0, 0.85)
    design = world.inference().design
    few = PathInference.of(design, world.path, [world.other[None, :]], world.possible[None, :])
    same = PathInference.of(design, world.path, [np.tile(world.path, (19, 1))], world.possible[None, :])
    for one in (few, same):
        assert one.confidence_set().pieces == ((-np.inf, np.inf),)
    assert few.detectable() == np.inf
    assert same.p_values == (1.0,)


def test_processes_are_joined_since_all_must_reject() -> None:
    one, other = World.of(0, 0.85), World.of(3, 0.85)
    design = one.inference().design
    placebos = [np.tile(path, (19, 1)) for path in (one.other, other.other)]
    joint = PathInference.of(design, one.path, placebos, one.possible[None, :])
    alone = [PathInference.of(design, one.path, [path], one.possible[None, :]).confidence_set() for path in placebos]
    for effect in np.linspace(-12, 12, 241):
        assert joint.confidence_set().contains(effect) == any(single.contains(effect) for single in alone)


def test_an_effect_is_detectable_only_if_all_larger_ones_are_found_too() -> None:
    """Here the test finds an effect of 1.05, loses it beyond, and finds it for good from 16.7 on."""
    inference = World.of(11, 0.85).inference()
    found = {effect: inference.power(effect) for effect in (1.047, 5.0, 15.7, 17.0, 1e3, 1e5)}
    assert [chance >= 0.8 for chance in found.values()] == [True, False, False, True, True, True]
    effect = inference.detectable()
    assert 15.7 < effect < 17.0
    assert inference.power(effect * (1 - 1e-6)) < 0.8 <= inference.power(effect * (1 + 1e-6))


def test_power_takes_the_estimates_trace_out() -> None:
    """Whatever the price did to the outcome, what could be found is the same."""
    inference = World.of(11, 0.85).inference()
    moved = replace(inference, right=inference.right + 3.0 * inference.moved)
    assert moved.estimate == pytest.approx(inference.estimate + 3.0, rel=1e-9)
    assert moved.detectable() == pytest.approx(inference.detectable(), rel=1e-6)
