"""What would be worth learning first? Expected value of perfect information about groups of parameters.

A decision is made on the average benefit. Knowing some parameters first, one would choose by the conditional mean of
the benefit; what that choice gains on average is the information's value, in the unit of the benefit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.policy.answers.figures import share_error
from regional_econ.policy.answers.smoothing import Features, fit, halves, select

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Learning:
    """Value of information on groups (groups,) as estimated, with Monte Carlo errors; and on everything at once.

    ``best`` is the option with the largest average benefit; ``switches`` (groups,) is how often another one would be
    chosen once the group were known.
    """

    groups: tuple[str, ...]
    options: tuple[str, ...]
    best: str
    estimates: Floats
    errors: Floats
    switches: Floats
    everything: float
    everything_error: float
    n_draws: int

    @property
    def values(self) -> Floats:
        """The estimates held between zero and ``everything``: what a fit puts outside is its noise."""
        return np.clip(self.estimates, 0.0, self.everything)

    def tidy(self) -> list[dict[str, float | str]]:
        """Return group, value, mc_error, switches and their error by falling value."""
        order = np.argsort(-self.values, kind="stable")
        return [
            {
                "group": self.groups[i],
                "value": float(self.values[i]),
                "mc_error": float(self.errors[i]),
                "switches": float(self.switches[i]),
                "switches_mc_error": share_error(float(self.switches[i]), self.n_draws),
            }
            for i in order
        ]


def value_of_learning(benefits: Mapping[str, Floats], inputs: Mapping[str, Floats]) -> Learning:
    """Return the expected value of partial perfect information, by regression.

    Parameters
    ----------
    benefits : option → its benefit in each draw (draws,), all in one unit; doing nothing is an option of zeros.
    inputs : group → its draws (draws, parameters); one group may hold several others and is then worth learning them
        together.

    Raises
    ------
    OptionError : fewer than two options.

    Source: Strong, Oakley and Brennan 2014, Medical Decision Making 34(3), equations 3 to 7.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(4000, 1))
    >>> learned = value_of_learning({"nothing": np.zeros(4000), "act": x[:, 0]}, {"x": x})
    >>> round(float(learned.values[0]), 1)  # the mean of a standard normal above zero is 0.399
    0.4
    """
    if len(benefits) < 2:
        raise OptionError("nothing to decide with one option", advice="Give two options or more")
    options, gains = tuple(benefits), np.column_stack(list(benefits.values()))
    best = int(gains.mean(axis=0).argmax())
    found = [_learned(gains, draws, best) for draws in inputs.values()]
    estimates, errors, switches = (np.array([one[k] for one in found]) for k in range(3))
    spread = (gains.max(axis=1) - gains[:, best]).std()
    everything, error = _gain(gains, gains), float(spread / np.sqrt(len(gains)))
    return Learning(tuple(inputs), options, options[best], estimates, errors, switches, everything, error, len(gains))


def _learned(gains: Floats, draws: Floats, best: int) -> tuple[float, float, float]:
    """Return the value, its standard error by halves of the draws, and how often one switches.

    An option's benefit is regressed on terms that correlate with it beyond chance: a group that says nothing about it
    must not change the choice by noise. What the choice of terms may have missed is in the error.
    """
    features = Features.of(draws)
    known = _fitted(gains, features)
    samples = [_gain(_fitted(gains[rows], some), gains[rows]) for rows, some in halves(features)]
    return _gain(known, gains), float(np.std(samples, ddof=1)), float((known.argmax(axis=1) != best).mean())


def _fitted(gains: Floats, features: Features) -> Floats:
    terms = select(gains, features, mains=False)
    return np.column_stack([fit(gain, features, own).mean for gain, own in zip(gains.T, terms, strict=True)])


def _gain(known: Floats, gains: Floats) -> float:
    """Return how much more the best option of each draw brings than the best option on average."""
    return float(known.max(axis=1).mean() - gains.mean(axis=0).max())
