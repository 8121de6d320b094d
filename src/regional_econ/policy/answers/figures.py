"""What a sample of draws says in a few figures: median, interval, mean, and the probability of a gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.results import Value
from regional_econ.policy.scenarios.result import quantile_value

Floats = NDArray[np.float64]
SEARCHED, UNSEEN = slice(0, None, 2), slice(1, None, 2)


@dataclass(frozen=True)
class Spread:
    """A sample in a few figures, each with its Monte Carlo error: quantiles, mean, and the share above zero."""

    p10: Value
    p50: Value
    p90: Value
    mean: Value
    positive: Value

    @classmethod
    def of(cls, sample: Floats, *, unit: str = "pp") -> Spread:
        """Summarise draws (draws,)."""
        low, middle, high = (quantile_value(sample, level, unit=unit) for level in (0.1, 0.5, 0.9))
        mean = Value(float(sample.mean()), unit, 2, float(sample.std() / np.sqrt(len(sample))))
        return cls(low, middle, high, mean, share_value(sample > 0.0))

    def to_dict(self) -> dict[str, float | None]:
        """Return the figures, each with its Monte Carlo error, for JSON."""
        found = {name: getattr(self, name) for name in ("p10", "p50", "p90", "mean", "positive")}
        errors = {f"{name}_mc_error": value.mc_error for name, value in found.items()}
        return {**{name: _number(value) for name, value in found.items()}, **errors}


def share_value(hits: NDArray[np.bool_]) -> Value:
    """Return a share of draws with its binomial error.

    >>> share_value(np.array([True, False, True, True])).value
    0.75
    """
    share = float(hits.mean())
    return Value(share, "share", 3, share_error(share, len(hits)))


def change_value(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Value:
    """Return by how much a share of draws rises, with the error of a difference between pairs: only draws that cross
    count.

    >>> change_value(np.array([True, False, False, False]), np.array([True, True, False, False])).value
    0.25
    """
    up, down = float((after & ~before).mean()), float((before & ~after).mean())
    return Value(up - down, "share", 3, float(np.sqrt((up + down - (up - down) ** 2) / len(before))))


def share_error(share: float, draws: int) -> float:
    """Return the binomial standard error of a share of draws; where all or none hit, that of one draw, not zero.

    >>> share_error(0.5, 100)
    0.05
    """
    return float(np.sqrt(max(share * (1.0 - share), 1.0 / draws) / draws))


def _number(value: Value) -> float:
    return float(value.value or 0.0)
