"""What a question to the simulator returns: paths of every driver, and the outcome of many scenarios in few figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Traces:
    """Everything about every driver under one set of amounts, each (drivers, draws, years).

    ``level`` is the driver's, of what assumed levers act on the points moved; ``moved`` is the change of what was
    observed (of a stock its flow), ``change`` Δx on the elasticity's scale, ``outside`` the excess over the domain,
    and ``effect`` the shift of the outcome's logit.
    """

    level: Floats
    moved: Floats
    change: Floats
    outside: Floats
    effect: Floats


@dataclass(frozen=True)
class Summary:
    """The outcome of many scenarios in one year, each (scenarios,): mean, sd and quantiles over draws in %, and the
    share of draws at or above the value asked for (NaN where none was)."""

    mean: Floats
    sd: Floats
    p05: Floats
    p50: Floats
    p95: Floats
    reached: Floats
