"""How much of an outcome do some of its uncertain inputs explain? Conditional means from given draws, by regression.

E[Y | X] is fitted by least squares on Hermite polynomials of the standardised inputs: all of degree three of a few
inputs; of many, each to degree three and products of two, of the twenty inputs that matter most alone where there are
more. With inputs that depend on each other the fit is still the conditional mean, which is all that Shapley effects,
tornado and value of information need.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError

Floats = NDArray[np.float64]
_FEW = 5
_MOST_CROSSED = 20
_LEAST_DRAWS_A_TERM = 5
_STILL = 1e-8
_RANK = 1e-10


@dataclass(frozen=True)
class Smooth:
    """A fitted conditional mean.

    ``mean`` is E[Y | X] (draws, outcomes). ``parts`` (draws, outcomes) average to Var E[Y | X]: each draw's squared
    distance from the mean less its squared residual over one minus its leverage, so that noise which the fit has
    followed is not counted (the HC2 correction). ``terms`` is the number of regressors.
    """

    mean: Floats
    parts: Floats
    terms: int

    @property
    def explained(self) -> Floats:
        """Var E[Y | X] (outcomes,); it may fall a little below zero where the inputs explain nothing."""
        return np.asarray(self.parts.mean(axis=0), dtype=np.float64)


def conditional_mean(outcomes: Floats, inputs: Floats) -> Smooth:
    """Fit the conditional mean of outcomes given inputs.

    Parameters
    ----------
    outcomes : (draws, outcomes).
    inputs : (draws, inputs); a constant input adds nothing.

    Raises
    ------
    OptionError : too few draws for so many inputs.

    Source: Strong, Oakley and Brennan 2014, Medical Decision Making 34(3), section "Regression"; the correction of
    the residuals is MacKinnon and White 1985, HC2.

    >>> x = np.linspace(-1.0, 1.0, 101)[:, None]
    >>> bool(np.allclose(conditional_mean(x**2, x).mean, x**2))
    True
    """
    basis = _orthonormal(terms(inputs, outcomes))
    draws, count = basis.shape
    if draws < _LEAST_DRAWS_A_TERM * count:
        raise OptionError(
            f"{draws} draws are too few for {count} terms of {inputs.shape[1]} inputs",
            advice="Give more draws, or smaller groups of parameters",
        )
    mean = basis @ (basis.T @ outcomes)
    leverage = np.minimum((basis**2).sum(axis=1), 1.0 - 1e-9)
    centred = outcomes - outcomes.mean(axis=0)
    parts = centred**2 * draws / (draws - 1) - (outcomes - mean) ** 2 / (1.0 - leverage)[:, None]
    return Smooth(mean, parts, count)


def terms(inputs: Floats, outcomes: Floats) -> Floats:
    """Return the regressors (draws, terms) with the constant first.

    >>> draws = np.random.default_rng(1).normal(size=(50, 2))
    >>> terms(draws, draws[:, :1]).shape
    (50, 10)
    """
    spread = inputs.std(axis=0)
    moving = spread > _STILL * np.maximum(np.abs(inputs).max(axis=0, initial=0.0), 1e-300)
    z = (inputs[:, moving] - inputs[:, moving].mean(axis=0)) / spread[moving]
    second, third = (z**2 - 1.0) / np.sqrt(2.0), (z**3 - 3.0 * z) / np.sqrt(6.0)
    crossed = _crossed(z, second, outcomes)
    found = [np.ones(len(z)), *z.T, *second.T, *third.T]
    found += [z[:, i] * z[:, j] for i, j in combinations(crossed, 2)]
    if z.shape[1] <= _FEW:
        found += [z[:, i] * second[:, j] for i in crossed for j in crossed if i != j]
        found += [z[:, i] * z[:, j] * z[:, k] for i, j, k in combinations(crossed, 3)]
    return np.column_stack(found)


def subsets(count: int) -> list[tuple[int, ...]]:
    """Return all subsets of 0 … count − 1, the empty one first, ordered by size.

    >>> subsets(2)
    [(), (0,), (1,), (0, 1)]
    """
    return [chosen for size in range(count + 1) for chosen in combinations(range(count), size)]


def _crossed(z: Floats, second: Floats, outcomes: Floats) -> list[int]:
    """Return the inputs whose products enter: all, or the twenty that matter most alone to some outcome."""
    if z.shape[1] <= _MOST_CROSSED:
        return list(range(z.shape[1]))
    centred = outcomes - outcomes.mean(axis=0)
    scaled = centred / np.maximum(np.linalg.norm(centred, axis=0), 1e-300)
    alone = ((z.T @ scaled) ** 2 + (second.T @ scaled) ** 2).max(axis=1)
    return sorted(int(i) for i in np.argsort(-alone, kind="stable")[:_MOST_CROSSED])


def _orthonormal(regressors: Floats) -> Floats:
    """Return an orthonormal basis of the span, without directions that others already span."""
    scaled = regressors / np.maximum(np.linalg.norm(regressors, axis=0), 1e-300)
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = values > _RANK * values[-1]
    return np.asarray(scaled @ (vectors[:, kept] / np.sqrt(values[kept])), dtype=np.float64)
