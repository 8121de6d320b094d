"""Whose doubt is it? Shapley effects: shares of the variance by groups of inputs that may depend on each other.

A group's effect is its average gain of Var E[Y | X_S] over all orders in which the groups may be learned. The effects
sum to the variance, whatever the dependence, where Sobol indices do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.policy.answers.smoothing import Features, fit, select

Floats = NDArray[np.float64]
MOST_GROUPS = 10


@dataclass(frozen=True)
class ShapleyEffects:
    """Shares of the variance (groups,) with their Monte Carlo standard errors (groups,).

    ``explained`` is the sum of the shares: what a regression on all inputs together explains. One less it is what the
    regression has missed, so that it measures the method; the shares' errors offset each other in it, and
    ``explained_error`` is its own. ``first`` (groups,) are the first-order shares
    Var E[Y | X_i] / Var Y.
    """

    groups: tuple[str, ...]
    shares: Floats
    errors: Floats
    first: Floats
    variance: float
    explained_error: float

    @property
    def explained(self) -> float:
        """Sum of the shares."""
        return float(self.shares.sum())

    def tidy(self) -> list[dict[str, float | str]]:
        """Return group, share, mc_error, first_order by falling share."""
        order = np.argsort(-self.shares, kind="stable")
        return [
            {
                "group": self.groups[i],
                "share": float(self.shares[i]),
                "mc_error": float(self.errors[i]),
                "first_order": float(self.first[i]),
            }
            for i in order
        ]


def shapley_effects(outcome: Floats, inputs: Mapping[str, Floats]) -> ShapleyEffects:
    """Return Shapley effects of groups of inputs from given draws.

    The terms of the regression are chosen once, for all inputs together; a subset keeps those of its own inputs.

    Parameters
    ----------
    outcome : Y (draws,).
    inputs : group → its draws (draws, parameters), joint with those of the others.

    Raises
    ------
    OptionError : no groups, more than ten of them (every subset is fitted), or an outcome without spread.

    Source: Owen 2014, SIAM/ASA JUQ 2(1), equation 5; Song, Nelson and Staum 2016, SIAM/ASA JUQ 4(1), for dependent
    inputs; Broto, Bachoc and Depecker 2020, SIAM/ASA JUQ 8(2), for estimation from given data over all subsets.
    """
    names, count = tuple(inputs), len(inputs)
    if not 1 <= count <= MOST_GROUPS:
        raise OptionError(f"Shapley effects of {count} groups", advice=f"Give 1 to {MOST_GROUPS}; join small groups")
    variance = float(outcome.var(ddof=1))
    if variance <= 0.0:
        raise OptionError("the outcome does not vary, so that there is no variance to share", advice="Pull a lever")
    parts: dict[tuple[int, ...], Floats] = {(): np.zeros_like(outcome)}
    features = Features.of(np.column_stack(list(inputs.values())))
    owner = np.repeat(np.arange(count), [draws.shape[1] for draws in inputs.values()])
    terms = select(outcome[:, None], features, mains=True)[0]
    for chosen in (some for size in range(1, count + 1) for some in combinations(range(count), size)):
        inside = [term for term in terms if all(owner[column] in chosen for column, _ in term)]
        parts[chosen] = fit(outcome, features, inside).parts
    effects = np.zeros((count, len(outcome)))
    for chosen, part in parts.items():
        for i in range(count):
            if i not in chosen:
                weight = factorial(len(chosen)) * factorial(count - len(chosen) - 1) / factorial(count)
                effects[i] += weight * (parts[tuple(sorted((*chosen, i)))] - part)
    shares = effects.mean(axis=1) / variance
    apart = effects - np.outer(shares, (outcome - outcome.mean()) ** 2)
    scale = variance * np.sqrt(len(outcome))
    errors, whole = apart.std(axis=1) / scale, float(apart.sum(axis=0).std() / scale)
    first = np.array([parts[(i,)].mean() for i in range(count)]) / variance
    return ShapleyEffects(names, shares, errors, first, variance, whole)
