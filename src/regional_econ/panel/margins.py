"""How much does the outcome move with a variable? Average marginal effects of any estimate of this room.

Every model here is y = F(η) with an index η that is linear in the coefficients, so that one calculus serves all
(`SingleIndex`): the identity for effects on a formula's left side; exp or the logistic curve at the observed left side
for effects in units of y; the logistic curve of Xβ for a fractional logit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ._base.options import LEVELS, check_option
from regional_econ.core.columns import Coding, Columns, elementary_factors
from regional_econ.core.estimate import Estimate, Model
from regional_econ.core.terms import RANGED, Call, Categorical, Formula, Interaction, Name, Term
from regional_econ.panel.covariance import Covariance
from regional_econ.panel.demean import Floats

With = Literal["term", "variable"]
Outcome = Literal["formula", "level"]
Curve = Callable[[Floats], tuple[Floats, Floats, Floats]]
ROUNDING = 1e-12  # of the variance that the same coefficients would have if all their errors added up


@dataclass(frozen=True, slots=True)
class SingleIndex:
    """A model on n rows: outcomes F(η), with the index η linear in K coefficients.

    Attributes
    ----------
    coding : the formula's factors on the rows.
    places : of the formula's columns among the K.
    X : (n, K) columns; those that are not the formula's are never changed.
    beta : (K,).
    index : (n,) η; only its changes matter where F is the identity.
    gradient : (n, K) ∂η/∂β on the rows: X where η is fitted, zeros where it is observed.
    curve : F, F' and F'' of an index (n,).
    weights : (n,) of the average, adding up to one.
    """

    coding: Coding
    places: Mapping[str, int]
    X: Floats
    beta: Floats
    index: Floats
    gradient: Floats
    curve: Curve
    weights: Floats


@runtime_checkable
class Differentiable(Protocol):
    """What stands behind an estimate that has marginal effects (`Estimate.native`)."""

    @property
    def covariance(self) -> Covariance:
        """Of all K coefficients."""
        ...

    def single_index(self, estimate: Estimate, outcome: Outcome) -> SingleIndex:
        """Return the model on the rows over which effects are averaged."""
        ...

    def freedom(self, contrasts: Floats) -> Floats:
        """Return degrees of freedom of the t distribution of contrasts (q, K): (q,)."""
        ...


def marginal_effects(
    estimate: Estimate,
    *,
    with_respect_to: With = "term",
    outcome: Outcome = "formula",
    names: str | Sequence[str] | None = None,
    level: float = LEVELS[0],
) -> pd.DataFrame:
    """Average marginal effects: the mean over the sample's rows of ∂(fitted outcome)/∂(variable).

    Interactions count in the effects of both their variables, a square x:x by 2x. Dummies C(…) have the mean change
    from the base level, the first. Region and year effects, the region means of mundlak and the fractional logit, and
    the neighbours' terms of slx are held: `spatial_effects` has what comes from neighbours.

    The rows are those of the estimate, with its weights. The coefficients of fd are effects on levels, taken at the
    later year of each difference; between takes the years behind its means, each region counting once.

    Errors are by the delta method from the estimate's covariance, the rows taken as given, as in Stata's margins.
    Intervals use its t distribution; for CR2 each effect has Satterthwaite degrees of freedom of its own, from its
    derivative by the coefficients. After a wild bootstrap, errors are CR1S with t(G−1): nothing is resampled.

    Source: Wooldridge (2010, Econometric Analysis, 2.2.5); Papke & Wooldridge (2008, J. Econometrics 145); Duan (1983,
    JASA 78) for what "level" leaves out. Held against statsmodels, recentred regressions and numerical derivatives
    (tests/panel/test_margins.py, test_fractional.py).

    Parameters
    ----------
    estimate : from `fit` or `fractional_logit`.
    with_respect_to : "term" takes variables as the formula writes them, ln(x) for ln x and lag(x, 1) for a value a year
        before. "variable" takes the derivative by x itself and sums over all terms in x, logarithms and lags included:
        a shift of x in every year. Changes, d(x) and diff_log(x), are variables of their own and are held.
    outcome : "formula" measures on the scale of the left side. "level" measures in units of y where ln(y) or logit(y)
        stands there: each row's effect is multiplied by dy/d(left side) at its observed y, and dummies change that y
        by all their effect. This is the effect at the observed outcome with the row's residual kept; it takes no
        expectation over the error, so nothing is retransformed. Where y itself is on the left, both are
        the same; so they are for the fractional logit, always in units of its outcome (percentage points with scale
        100).
    names : effects wanted, as the first column would name them; None gives all.
    level : of the intervals.

    Returns
    -------
    one row an effect: term, estimate, std_error, conf_low, conf_high

    Raises
    ------
    OptionError : an option that does not exist, or "level" with another left side than y, ln(y) or logit(y).
    UnknownNameError : a name that has no effect here.
    EstimationError : an estimator without such effects or an estimate of which only numbers were kept, data changed
        after the fit, or a negative variance from two-way clusters.

    Examples
    --------
    >>> from regional_econ.panel.fit import fit
    >>> index = pd.MultiIndex.from_product([list("abcd"), range(2000, 2006)], names=["region", "year"])
    >>> x, z = np.random.default_rng(1).normal(size=(2, 24)) + [[0], [5]]
    >>> frame = pd.DataFrame({"x": x, "z": z, "y": 2 * x + 3 * x * z}, index=index)
    >>> effects = marginal_effects(fit("y ~ x*z", frame, effects="region", inference="iid"))
    >>> effects["term"].tolist(), bool(np.isclose(effects["estimate"][0], 2 + 3 * z.mean()))
    (['x', 'z'], True)
    """
    check_option("with_respect_to", with_respect_to, With)
    check_option("outcome", outcome, Outcome)
    if not 0 < level < 1:
        raise OptionError(f"level cannot be {level}", advice="Give a number between 0 and 1, such as 0.95")
    native = estimate.native
    if not isinstance(native, Differentiable):
        raise _without_effects(estimate)
    effects = dict(_effects(native.single_index(estimate, outcome), with_respect_to))
    chosen = list(effects) if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in effects:
            raise UnknownNameError.of("effect", name, effects)
    matrix = native.covariance.matrix
    jacobian = np.array([effects[name][1] for name in chosen]).reshape(len(chosen), len(matrix))
    values = np.array([effects[name][0] for name in chosen])
    errors = _errors(jacobian, matrix, chosen)
    reach = stats.t.ppf(0.5 + level / 2, native.freedom(jacobian)) * errors
    return pd.DataFrame(
        {
            "term": chosen,
            "estimate": values,
            "std_error": errors,
            "conf_low": values - reach,
            "conf_high": values + reach,
        }
    )


def _without_effects(estimate: Estimate) -> EstimationError:
    """Why an estimate has none, and what says the same."""
    name, terms = estimate.spec.estimator, set(map(str, estimate.params.index))
    if not isinstance(estimate.native, Model):
        what = f"this {name} estimate keeps too little for marginal effects"
        return EstimationError(what, advice="Fit it again with fit")
    instead = "Use spatial_effects" if terms & {"rho", "lambda"} else "Read its coefficients"
    return EstimationError(f"{name} has no average marginal effects", advice=instead)


def coding_of(
    formula: Formula,
    frame: pd.DataFrame,
    columns: pd.DataFrame,
    levels: Mapping[Categorical, Sequence[object]],
) -> Coding:
    """Evaluate the factors of a fitted formula once more, on the rows of its columns.

    Parameters
    ----------
    formula, frame : of the fit.
    columns : (n, p) the formula's columns as fitted, indexed (unit, year).
    levels : of each categorical factor, the base first.

    Raises
    ------
    EstimationError : the frame was changed after the fit.
    """
    source, terms = Columns(frame), formula.expanded
    factors = {
        factor: source.labels(factor) if isinstance(factor, Categorical) else source.series(factor)
        for factor in elementary_factors(terms)
    }
    rows = {factor: np.asarray(series.reindex(columns.index)) for factor, series in factors.items()}
    coding = Coding(
        {factor: part for factor, part in rows.items() if not isinstance(factor, Categorical)},
        {factor: part for factor, part in rows.items() if isinstance(factor, Categorical)},
        frozenset(terms),
        levels,
    )
    for term in terms:
        for name, column in coding.term(term).items():
            if not np.array_equal(column, columns[name].to_numpy()):
                raise EstimationError(f"{name} was changed in the data after the fit", advice="Fit again")
    return coding


def identity(index: Floats) -> tuple[Floats, Floats, Floats]:
    """F(η) = η with F' and F''."""
    return index, np.ones_like(index), np.zeros_like(index)


def logistic(scale: float) -> Curve:
    """F(η) = scale · Λ(η) with F' and F''."""

    def curve(index: Floats) -> tuple[Floats, Floats, Floats]:
        mu = expit(index)
        density = scale * mu * (1 - mu)
        return scale * mu, density, density * (1 - 2 * mu)

    return curve


def curve_of(lhs: Name | Call, outcome: Outcome) -> Curve:
    """The curve from a formula's left side to the outcome: to itself, or to y, its lags and leads.

    Raises
    ------
    OptionError : a left side of which no level is known.

    >>> value, slope, _ = curve_of(Call("logit", Name("y")), "level")(np.zeros(1))
    >>> value.item(), slope.item()
    (50.0, 25.0)
    """
    functions: list[str] = []
    inner: Name | Call = lhs
    while isinstance(inner, Call):
        functions += [inner.function] if inner.function not in RANGED else []
        inner = inner.argument
    if outcome == "formula" or not functions:
        return identity
    match functions:
        case ["ln"]:
            return _exponential
        case ["logit"]:
            return logistic(100)
    raise OptionError(
        f"no level is known for {lhs} on the left side, only for y, ln(y) and logit(y)",
        advice='Use outcome="formula"',
    )


def _exponential(index: Floats) -> tuple[Floats, Floats, Floats]:
    level = np.exp(index)
    return level, level, level


def _errors(jacobian: Floats, matrix: Floats, names: Sequence[str]) -> Floats:
    variances = np.einsum("ij,jk,ik->i", jacobian, matrix, jacobian)
    largest = (np.abs(jacobian) @ np.sqrt(np.abs(np.diag(matrix)))) ** 2
    negative = variances < -ROUNDING * largest
    if negative.any():
        raise EstimationError(
            f"two-way clustering gives the effect of {names[int(negative.argmax())]} a negative variance",
            advice="Cluster by one dimension",
        )
    return np.asarray(np.sqrt(variances.clip(min=0.0)))


Effect = tuple[float, Floats]


def _effects(model: SingleIndex, with_respect_to: With) -> Iterator[tuple[str, Effect]]:
    """Names, effects and their derivatives by the coefficients (K,)."""
    slopes: dict[str, Floats] = {}
    for factor, values in model.coding.numeric.items():
        target, slope = str(factor), _slope(model, factor)
        if with_respect_to == "variable":
            variable, chain = _variable(factor, values)
            target, slope = str(variable), slope * chain[:, None]
        slopes[target] = slopes[target] + slope if target in slopes else slope
    for name, slope in slopes.items():
        yield name, _average(model, slope)
    for categorical in model.coding.labels:
        yield from _changes(model, categorical)


def _slope(model: SingleIndex, factor: Name | Call) -> Floats:
    """∂X/∂factor, (n, K): every term is a product, so that of the other factors, or 2x for x:x."""
    coding, slope = model.coding, np.zeros_like(model.X)
    values = coding.numeric[factor]
    others = replace(coding, numeric={**coding.numeric, factor: np.ones_like(values)})
    for term in _with(coding, factor):
        is_square = isinstance(term, Interaction) and term.left == term.right
        for name, column in others.term(term).items():
            slope[:, model.places[name]] = 2 * values if is_square else column
    return slope


def _variable(factor: Name | Call, values: Floats) -> tuple[Name | Call, Floats]:
    """The variable under logarithms, lags and leads, and ∂factor/∂variable (n,); changes are variables."""
    if isinstance(factor, Name) or factor.function in ("d", "diff_log"):
        return factor, np.ones_like(values)
    match factor.function:
        case "ln":
            inner = np.exp(values)
            slope = 1 / inner
        case "logit":
            inner = 100 * expit(values)
            slope = 100 / (inner * (100 - inner))
        case _:
            return _variable(factor.argument, values)
    variable, chain = _variable(factor.argument, inner)
    return variable, chain * slope


def _average(model: SingleIndex, slope: Floats) -> Effect:
    along = slope @ model.beta
    _, first, second = model.curve(model.index)
    weighted = model.weights * first
    return float(weighted @ along), weighted @ slope + (model.weights * second * along) @ model.gradient


def _changes(model: SingleIndex, categorical: Categorical) -> Iterator[tuple[str, Effect]]:
    base, *levels = model.coding.levels[categorical]
    before, at_base = _mean_outcome(model, categorical, base)
    for level in levels:
        after, at_level = _mean_outcome(model, categorical, level)
        yield f"{categorical}[{level}]", (after - before, at_level - at_base)


def _mean_outcome(model: SingleIndex, categorical: Categorical, level: object) -> Effect:
    """Mean outcome if every row had one level, and its derivatives by the coefficients."""
    labels = {**model.coding.labels, categorical: np.full(len(model.X), level, dtype=object)}
    coding, change = replace(model.coding, labels=labels), np.zeros_like(model.X)
    for term in _with(coding, categorical):
        for name, column in coding.term(term).items():
            place = model.places[name]
            change[:, place] = column - model.X[:, place]
    value, first, _ = model.curve(model.index + change @ model.beta)
    return float(model.weights @ value), (model.weights * first) @ (model.gradient + change)


def _with(coding: Coding, factor: Name | Call | Categorical) -> list[Term]:
    return [term for term in coding.terms if factor in elementary_factors([term])]
