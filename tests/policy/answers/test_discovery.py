"""PRIM against a planted box and against the package PRIM on the same draws."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.policy.answers.discovery import Box, discover, paste, peel, within

Floats = NDArray[np.float64]
ORACLE = Path(__file__).parents[2] / "oracles" / "policy_prim.json"
NAMES = ("a", "b", "c", "d")


def planted() -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    """The draws of tests/oracles/policy_prim.py."""
    ratio = 1.0
    for _ in range(40):
        ratio = (1.0 + ratio) ** (1.0 / 5.0)
    x = (0.5 + np.outer(np.arange(1, 2001), ratio ** -np.arange(1.0, 5.0))) % 1.0
    reached = (x[:, 0] > 0.2) & (x[:, 0] < 0.7) & (x[:, 1] > 0.5) & ~(x[:, 3] > 0.9)
    return dict(zip(NAMES, x.T, strict=True)), reached


def test_the_peeling_is_that_of_the_package_prim() -> None:
    theirs = json.loads(ORACLE.read_text(encoding="utf-8"))
    path = peel(*planted())
    density = np.array([box.density for box in path])
    coverage = np.array([box.coverage for box in path])
    mass = np.array([box.mass for box in path])
    # both peel 5 % a step; the package interpolates the cut between two draws, so that a few draws of 2,000 differ;
    # it goes on peeling when all inside are successes, where we end
    last = int((np.array(theirs["mass"]) >= mass[-1]).sum())
    assert last > 28
    for ours, others in ((density, theirs["density"]), (coverage, theirs["coverage"])):
        at = np.interp(np.log(theirs["mass"][:last]), np.log(mass[::-1]), ours[::-1])
        assert at == pytest.approx(others[:last], abs=0.015)
    assert path[-1].density == 1.0


def test_a_planted_box_is_found() -> None:
    inputs, reached = planted()
    box, _ = discover(inputs, reached, density=0.97)
    truth = {"a": (0.2, 0.7), "b": (0.5, np.inf), "d": (-np.inf, 0.9)}
    assert set(box.bounded) == set(truth)
    for name, (low, high) in truth.items():
        own = box.limits[NAMES.index(name)]
        # a slice of 5 % of a box half as wide as the cube
        assert own[0] == pytest.approx(low, abs=0.03), name
        assert own[1] == pytest.approx(high, abs=0.03), name
    assert np.isinf(box.limits[NAMES.index("c")]).all()
    assert box.density >= 0.97
    assert box.coverage > 0.93
    assert max(box.chance.values()) < 1e-6


def test_noise_makes_no_box() -> None:
    """With twelve inputs that say nothing the peeling still finds a dense box; draws it has not seen undo it."""
    rng = np.random.default_rng(3)
    inputs = {f"x{i}": rng.uniform(size=2000) for i in range(12)}
    reached = rng.uniform(size=2000) < 0.3
    box, path = discover(inputs, reached, density=0.8)
    assert max(one.density for one in path) < 0.5
    assert peel(inputs, reached)[-1].density > 0.5
    assert len(box.bounded) <= 1
    assert box.density < 0.4


def test_figures_of_a_box_are_counts() -> None:
    inputs, reached = planted()
    box = peel(inputs, reached)[10]
    inside = within(np.column_stack(list(inputs.values())), box.limits)
    assert box.mass == pytest.approx(inside.mean())
    assert box.density == pytest.approx(reached[inside].mean())
    assert box.coverage == pytest.approx(reached[inside].sum() / reached.sum())


def test_each_step_costs_a_slice_and_the_last_box_is_not_too_small() -> None:
    path = peel(*planted(), alpha=0.1, least=0.2)
    mass = np.array([box.mass for box in path])
    assert (mass[1:] / mass[:-1]).max() < 0.91
    assert (mass[1:] / mass[:-1]).min() > 0.89
    assert 0.2 <= mass[-1] < 0.2 / 0.89


def test_pasting_gives_back_what_peeling_took_too_much() -> None:
    """Beyond a bound at 0.7 all draws down to 0.5 are successes, and only three in four above it; below 0.5 none is."""
    x = np.linspace(0.0, 1.0, 2001)
    reached = (x > 0.5) & ((x < 0.7) | (np.arange(2001) % 4 != 0))
    narrow = Box(("x",), np.array([[0.7, np.inf]]), 0.0, 0.75, 0.3, {})
    wide = paste(narrow, {"x": x}, reached)
    # steps of 5 % of the draws inside: 0.015 to 0.025
    assert 0.5 < wide.limits[0, 0] < 0.525
    assert wide.density == pytest.approx(reached[x >= wide.limits[0, 0]].mean())
    assert paste(wide, {"x": x}, reached).limits.tolist() == wide.limits.tolist()


def test_whole_values_go_where_values_repeat() -> None:
    rng = np.random.default_rng(2)
    lag = rng.integers(1, 4, 900).astype(float)
    path = peel({"lag": lag, "noise": rng.uniform(size=900)}, lag < 2.0)
    box = next(box for box in path if box.density > 0.99)
    assert box.limits[0].tolist() == [-np.inf, 1.0]
    assert box.coverage == pytest.approx(1.0, abs=0.05)


def test_what_is_always_or_never_reached_has_no_box() -> None:
    with pytest.raises(OptionError, match="0 of 50 draws"):
        peel({"x": np.arange(50.0)}, np.zeros(50, dtype=bool))
