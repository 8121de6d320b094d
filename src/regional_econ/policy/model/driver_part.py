"""One driver in the model, and how a change of it counts: as its elasticity has it, whatever a push of it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.elasticity import LOG_FORMS, Elasticity
from regional_econ.policy.model.drivers import Push

Floats = NDArray[np.float64]
_PERCENT = ("%", "percent")


@dataclass(frozen=True)
class DriverPart:
    """One driver in the model: its elasticity, push, newest official level, equation, rates, and lags of its effect.

    ``lags`` counts the lag weights 0, 1, …; ``persistent`` says that φ spreads the effect instead. ``history`` is real
    R&D expenditure to the forecast's origin, in roubles of that year; empty for a driver without a stock. ``knee`` is
    the level above which returns may decrease, infinite where none is known: 900 researchers at the employment of the
    newest official year (Perret 2017). ``rare`` are the five-year fall and rise that one window in a hundred exceeded:
    beyond them, or beyond the elasticity's own domain, the effect's spread is widened. ``held`` says that the forecast
    lacks what the driver consists of, so that it stays at its newest official level. ``apart`` is how many points wear
    of all organisations, whose stocks and rates are known, lies from the driver in the newest year; 0 for others.
    """

    driver: str
    elasticity: Elasticity
    push: Push
    newest: float
    equation: int
    rates: tuple[str, ...]
    lags: int
    persistent: bool
    history: Floats
    knee: float
    rare: tuple[float, float]
    held: bool
    apart: float

    @property
    def edge(self) -> float:
        """How far, in the improving direction, the driver can go before it leaves what any region has seen: the largest
        five-year change or the outermost level, whichever comes first; as the elasticity's form counts."""
        domain, direction = self.elasticity.domain, self.push.direction
        limit = domain.x_max if direction > 0 else domain.x_min
        room = np.log(max(limit, 1e-12) / self.newest) if self.logs else limit - self.newest
        return float(max(min(domain.max_abs_change, direction * room), 0.0))

    @property
    def logs(self) -> bool:
        """Whether changes of the driver count in logs, as its elasticity has them, and not in its unit."""
        return self.elasticity.form in LOG_FORMS

    @property
    def unit(self) -> str:
        """In what a change of the driver is told."""
        if self.logs:
            return "log points"
        return "percentage points" if self.elasticity.unit_from in _PERCENT else self.elasticity.unit_from

    def moved(self, change: float) -> float:
        """Return the driver's level after a change c ≥ 0 of its newest one in the improving direction."""
        own = self.push.direction * change
        return float(self.newest * np.exp(own)) if self.logs else self.newest + own

    def pushes(self, change: float) -> float:
        """Return how many pushes make a change c ≥ 0 of the newest level in the improving direction."""
        return self.push.between(self.newest, self.moved(change))
