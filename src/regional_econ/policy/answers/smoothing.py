"""How much of an outcome do some of its uncertain inputs explain? Conditional means from given draws, by regression.

E[Y | X] is fitted by least squares on products of polynomials of single inputs, orthonormal over the draws. Which
products enter is chosen from the draws, a round at a time: those that correlate with what is left beyond chance, among
all to the second degree and all that have a factor more than one already chosen, to the sixth. What multiplies shows in
its pairs first, so that few candidates lead to products of many inputs. With inputs that depend on each other the fit
is still the conditional mean, which is all that Shapley effects, tornado and value of information need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import OptionError

Floats = NDArray[np.float64]
Term = tuple[tuple[int, int], ...]
_ALONE, _PRODUCT, _DEGREE = 3, 2, 6
_ROUNDS, _A_ROUND = 20, 40
_CHANCE = 0.03
_HALVES, _SEED = 20, 1
_LEAST_DRAWS_A_TERM = 5
_STILL, _NOTHING, _RANK = 1e-8, 1e-6, 1e-10


@dataclass(frozen=True)
class Smooth:
    """A fitted conditional mean of one outcome.

    ``mean`` is E[Y | X] (draws,). ``parts`` (draws,) average to Var E[Y | X]: each draw's squared distance from the
    mean less its squared residual over one minus its leverage, so that noise which the fit has followed is not counted
    (the HC2 correction). ``terms`` is the number of regressors.
    """

    mean: Floats
    parts: Floats
    terms: int

    @property
    def explained(self) -> float:
        """Var E[Y | X]; it may fall a little below zero where the inputs explain nothing."""
        return float(self.parts.mean())


@dataclass(frozen=True)
class Features:
    """Polynomials of single inputs by degree, one to six, each (draws, inputs): orthonormal over the draws and centred.

    A still input is zero, and so is a degree that few distinct values cannot tell from lower ones.
    """

    powers: tuple[Floats, ...]

    @classmethod
    def of(cls, inputs: Floats) -> Features:
        """Standardise inputs (draws, inputs) and raise them.

        Source: Oladyshkin and Nowak 2012, Reliability Engineering & System Safety 106, for polynomials of any
        distribution.
        """
        spread = inputs.std(axis=0)
        moving = spread > _STILL * np.maximum(np.abs(inputs).max(axis=0, initial=0.0), 1e-300)
        z = np.where(moving, (inputs - inputs.mean(axis=0)) / np.where(moving, spread, 1.0), 0.0)
        found = [np.ones_like(z)]
        for _ in range(_DEGREE):
            raised = found[-1] * z
            size = np.sqrt((raised**2).mean(axis=0))
            for lower in found * 2:  # twice, because rounding spoils it once
                raised = raised - lower * (raised * lower).mean(axis=0)
            left = np.sqrt((raised**2).mean(axis=0))
            new = left > _RANK * size
            found.append(np.where(new, raised / np.where(new, left, 1.0), 0.0))
        return cls(tuple(found[1:]))

    @property
    def shape(self) -> tuple[int, int]:
        """Draws and inputs."""
        return self.powers[0].shape[0], self.powers[0].shape[1]

    def columns(self, terms: Sequence[Term]) -> Floats:
        """Return the products that the terms name (draws, terms); a term is (input, degree) pairs."""
        found = np.ones((self.shape[0], len(terms)))
        for at, term in enumerate(terms):
            for column, degree in term:
                found[:, at] *= self.powers[degree - 1][:, column]
        return found


def conditional_mean(outcome: Floats, inputs: Floats) -> Smooth:
    """Fit the conditional mean of an outcome given inputs.

    Parameters
    ----------
    outcome : Y (draws,).
    inputs : X (draws, inputs); a constant input adds nothing.

    Raises
    ------
    OptionError : too few draws for so many inputs.

    Source: Strong, Oakley and Brennan 2014, Medical Decision Making 34(3), for the regression; Blatman and Sudret 2011,
    Journal of Computational Physics 230(6), for choosing few of many polynomials.

    >>> x = np.linspace(-1.0, 1.0, 101)
    >>> bool(np.allclose(conditional_mean(x**2, x[:, None]).mean, x**2))
    True
    """
    features = Features.of(inputs)
    return fit(outcome, features, select(outcome[:, None], features, mains=True)[0])


def select(outcomes: Floats, features: Features, *, mains: bool) -> list[tuple[Term, ...]]:
    """Return the terms that each outcome (draws, outcomes) is to be regressed on.

    Parameters
    ----------
    mains : let every input in to the third degree whatever it correlates with; otherwise a group that explains nothing
        gets no term, and no noise with it.

    Source: Jakeman, Eldred and Sargsyan 2015, Journal of Computational Physics 289, for candidates that grow from what
    is chosen.
    """
    alone = tuple(((column, degree),) for column in range(features.shape[1]) for degree in range(1, _ALONE + 1))
    chosen: list[tuple[Term, ...]] = [alone if mains else () for _ in range(outcomes.shape[1])]
    moving = [int(i) for i in np.flatnonzero(features.powers[0].any(axis=0))]
    known = {_term(some) for k in range(1, _PRODUCT + 1) for some in combinations_with_replacement(moving, k)}
    size = np.linalg.norm(outcomes - outcomes.mean(axis=0), axis=0)
    for _ in range(_ROUNDS):
        left = np.column_stack([y - fit(y, features, terms).mean for y, terms in zip(outcomes.T, chosen, strict=True)])
        left[:, np.linalg.norm(left, axis=0) <= _NOTHING * size] = 0.0
        known |= {more for terms in chosen for more in _grown(terms, moving)}
        candidates = sorted(known)
        critical = float(stats.norm.isf(_CHANCE / (2.0 * max(len(candidates), 1))))
        scores = _scores(left, features, candidates)
        room = [len(left) // _LEAST_DRAWS_A_TERM - len(terms) - 1 for terms in chosen]
        new = [
            _beyond(row, candidates, terms, critical)[: max(most, 0)]
            for row, terms, most in zip(scores.T, chosen, room, strict=True)
        ]
        if not any(new):
            break
        chosen = [(*terms, *more) for terms, more in zip(chosen, new, strict=True)]
    return chosen


def halves(features: Features) -> Iterator[tuple[NDArray[np.int_], Features]]:
    """Yield twenty random halves of the draws, as rows and the features there; the same ones each time.

    What is computed anew in each, the choice of terms with it, has over the halves the spread that it has over other
    samples of all the draws: a half varies twice as much about the truth, half of that about the whole. Leaving out
    small blocks cannot show the choice, because nearly all that is left chooses alike; draws with replacement choose by
    chance too often, because they repeat what the sample has by chance.

    Source: Shao and Wu 1989, Annals of Statistics 17(3), for leaving out a constant share.
    """
    rng, draws = np.random.default_rng(_SEED), features.shape[0]
    for _ in range(_HALVES):
        rows = np.sort(rng.permutation(draws)[: draws // 2])
        yield rows, Features(tuple(power[rows] for power in features.powers))


def fit(outcome: Floats, features: Features, terms: Sequence[Term]) -> Smooth:
    """Regress an outcome (draws,) on a constant and the terms.

    Raises
    ------
    OptionError : too few draws for so many terms.

    Source: MacKinnon and White 1985, Journal of Econometrics 29(3), for the correction HC2.
    """
    draws = len(outcome)
    if draws < _LEAST_DRAWS_A_TERM * (len(terms) + 1):
        raise OptionError(
            f"{draws} draws are too few for {len(terms)} terms of {features.shape[1]} inputs",
            advice="Give more draws, or smaller groups of parameters",
        )
    basis = _orthonormal(np.column_stack([np.ones(draws), features.columns(terms)]))
    mean = basis @ (basis.T @ outcome)
    leverage = np.minimum((basis**2).sum(axis=1), 1.0 - 1e-9)
    centred = outcome - outcome.mean()
    return Smooth(mean, centred**2 * draws / (draws - 1) - (outcome - mean) ** 2 / (1.0 - leverage), basis.shape[1])


def _grown(terms: Iterable[Term], moving: Sequence[int]) -> set[Term]:
    """Return the terms times one input more each, to the sixth degree."""
    spelled = [[column for column, degree in term for _ in range(degree)] for term in terms]
    return {_term((*columns, more)) for columns in spelled if len(columns) < _DEGREE for more in moving}


def _term(columns: tuple[int, ...]) -> Term:
    return tuple((column, columns.count(column)) for column in sorted(set(columns)))


def _scores(left: Floats, features: Features, candidates: Sequence[Term]) -> Floats:
    """Return √n times the absolute correlation of each candidate with what is left (candidates, outcomes)."""
    scaled = left / np.maximum(np.linalg.norm(left, axis=0), 1e-300)
    factors = np.full((len(candidates), max(map(len, candidates), default=0), 2), -1, dtype=np.int64)
    for at, term in enumerate(candidates):
        factors[at, : len(term)] = term
    powers = np.ascontiguousarray(np.stack(features.powers).transpose(0, 2, 1))
    found = np.zeros((len(candidates), left.shape[1]))
    correlations(powers, factors, np.ascontiguousarray(scaled.T), found)
    return np.asarray(np.abs(found) * np.sqrt(len(left)), dtype=np.float64)


def _correlations(powers: Floats, factors: NDArray[np.int64], left: Floats, found: Floats) -> None:
    """Fill in the correlations (terms, outcomes) of products with centred outcomes of length one (outcomes, draws).

    Parameters
    ----------
    powers : polynomials (degrees, inputs, draws).
    factors : input and degree of each factor of a term (terms, factors, 2), −1 where there is none.
    """
    draws = powers.shape[2]
    product = np.empty(draws)
    for at in range(len(factors)):
        for i in range(draws):
            product[i] = 1.0
        for k in range(factors.shape[1]):
            column, degree = factors[at, k, 0], factors[at, k, 1]
            if column >= 0:
                for i in range(draws):
                    product[i] *= powers[degree - 1, column, i]
        mean = product.mean()
        size = 0.0
        for i in range(draws):
            size += (product[i] - mean) ** 2
        if size > 0.0:
            for j in range(left.shape[0]):
                total = 0.0
                for i in range(draws):
                    total += (product[i] - mean) * left[j, i]
                found[at, j] = total / np.sqrt(size)


correlations = njit(cache=True)(_correlations)


def _beyond(scores: Floats, candidates: Sequence[Term], known: Sequence[Term], critical: float) -> tuple[Term, ...]:
    had = set(known)
    order = np.argsort(-scores, kind="stable")
    new = [candidates[i] for i in order if scores[i] > critical and candidates[i] not in had]
    return tuple(new[:_A_ROUND])


def _orthonormal(regressors: Floats) -> Floats:
    """Return an orthonormal basis of the span, without directions that others already span."""
    scaled = regressors / np.maximum(np.linalg.norm(regressors, axis=0), 1e-300)
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = values > _RANK * values[-1]
    return np.asarray(scaled @ (vectors[:, kept] / np.sqrt(values[kept])), dtype=np.float64)
