"""A model small enough to be worked out by hand: the logit moves by Σ ε x of the levers in force that year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """Levers with effects (draws, levers) on the logit of a baseline (draws, years)."""

    years: tuple[int, ...]
    levers: tuple[str, ...]
    baseline: Floats
    effects: Floats

    @property
    def parameters(self) -> Mapping[str, Floats]:
        own = {f"effect.{lever}": self.effects[:, j] for j, lever in enumerate(self.levers)}
        return {**own, **{f"baseline.y.{year}": self.baseline[:, t] for t, year in enumerate(self.years)}}

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        own = {f"elasticity.d{j}": (f"effect.{lever}",) for j, lever in enumerate(self.levers)}
        return {**own, "baseline": tuple(f"baseline.y.{year}" for year in self.years)}

    def at(self, amounts: Floats, year: int) -> Floats:
        t = self.years.index(year)
        return 100.0 * expit(logit(self.baseline[:, t] / 100.0) + amounts[:, :, t] @ self.effects.T)

    def contributions(self, amounts: Floats) -> Floats:
        moved = np.stack([self.at(amounts[None], year)[0] for year in self.years], axis=1) - self.baseline
        parts = self.effects.T[:, :, None] * amounts[:, None, :]
        total = parts.sum(axis=0)
        return parts * np.divide(moved, total, out=np.zeros_like(moved), where=total != 0.0)


@pytest.fixture(scope="session")
def linear() -> Callable[..., Linear]:
    def build(means: list[float], sds: list[float], *, draws: int = 2000, seed: int = 1) -> Linear:
        rng = np.random.default_rng(seed)
        years = tuple(range(2023, 2036))
        base = -2.4 + rng.normal(0.0, 0.25, (draws, 1)) + np.zeros((1, len(years)))
        effects = np.array(means) + rng.normal(size=(draws, len(means))) * np.array(sds)
        return Linear(years, tuple(f"L{j + 1:02d}" for j in range(len(means))), 100.0 * expit(base), effects)

    return build
