"""How far does each group of inputs carry the outcome, from its tenth to its ninetieth percentile?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.answers.smoothing import Features, fit, halves, select

Floats = NDArray[np.float64]
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Swing:
    """Conditional mean of the outcome where a group is unfavourable and where it is favourable, with its errors.

    A group of one parameter or many is ordered by what it implies for the outcome, E[Y | group]; ``low`` and ``high``
    are that mean's tenth and ninetieth percentile. Inputs that depend on the group move with it. The errors are those
    of the whole way there: the mean, the choice of terms, the fit and the percentile.
    """

    group: str
    low: float
    high: float
    low_error: float
    high_error: float
    mean: float

    @property
    def width(self) -> float:
        """High minus low."""
        return self.high - self.low


def tornado(outcome: Floats, inputs: Mapping[str, Floats]) -> tuple[Swing, ...]:
    """Return the swing of each group, the widest first.

    The outcome is regressed on terms that correlate with it beyond chance, so that a group which explains nothing has
    no swing, and the fitted mean is drawn in to the spread that it explains without the noise of the fit.

    Parameters
    ----------
    outcome : Y (draws,).
    inputs : group → its draws (draws, parameters).

    Source: Howard 1988, Management Science 34(6), for the diagram; Eschenbach 1992, Interfaces 22(6).

    >>> x = np.random.default_rng(1).normal(size=(4000, 1))
    >>> round(tornado(x[:, 0], {"x": x})[0].width, 1)  # 2 × 1.2816 standard deviations
    2.6
    """
    found = [_swing(name, outcome, draws) for name, draws in inputs.items()]
    return tuple(sorted(found, key=lambda swing: -swing.width))


def _swing(name: str, outcome: Floats, draws: Floats) -> Swing:
    features = Features.of(draws)
    low, high = _ends(outcome, features)
    samples = [_ends(outcome[rows], some) for rows, some in halves(features)]
    low_error, high_error = (float(error) for error in np.std(samples, axis=0, ddof=1))
    return Swing(name, low, high, low_error, high_error, float(outcome.mean()))


def _ends(outcome: Floats, features: Features) -> tuple[float, float]:
    smooth = fit(outcome, features, select(outcome[:, None], features, mains=False)[0])
    mean, centre = smooth.mean, float(outcome.mean())
    spread = float(mean.var())
    shrink = np.sqrt(max(smooth.explained, 0.0) / spread) if spread > 0.0 else 0.0
    low, high = np.quantile(centre + min(float(shrink), 1.0) * (mean - centre), [LOW, HIGH])
    return float(low), float(high)
