"""What does the forecast look like to somebody who judges some moments otherwise? Entropic tilting of joint draws.

Among all weights on the draws that give chosen functions the judged means, those are taken that diverge least from
equal weights (Kullback–Leibler). They are w ∝ exp(λ'g), λ the minimum of the convex dual log Σ exp(λ'(g − ḡ))/n, found
by Newton's method.

Source: Robertson, Tallman and Whiteman (2005), "Forecasting using relative entropy"; held against the closed forms of a
tilted normal and against the dice of Jaynes (1978).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.special import logsumexp

from regional_econ._base.errors import DataError, EstimationError, OptionError, UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.core.conditions import check_scenario
from regional_econ.core.scales import Floats

if TYPE_CHECKING:
    from regional_econ.core.forecast import Forecast

_STEPS = 200
_MET = 1e-10  # in sds of the draws
_FARTHEST = 20.0  # of a log weight in one step: where a weight is nearly 1 the curvature is nearly 0
_SHORTEST = 1e-8
_ROUNDING = 1e-14


@dataclass(frozen=True)
class Moment:
    """A judged mean: of a function that gives one number a draw (draw,), in that number's unit."""

    name: str
    function: Callable[[Forecast], Floats]
    value: float


@dataclass(frozen=True)
class Weights:
    """Tilted weights.

    Parameters
    ----------
    weights : (n,) of the draws, sum 1.
    multipliers : (m,) λ of the moments, in one over their units; 0 for a moment that does not vary.
    divergence : Kullback–Leibler, Σ w log(n w), in nats.
    effective_draws : 1/Σw² (Kish).
    """

    weights: Floats
    multipliers: Floats
    divergence: float
    effective_draws: float


@dataclass(frozen=True)
class Tilted:
    """A tilted forecast: resampled draws, and the :class:`Weights` of the draws that it was made of."""

    forecast: Forecast
    weights: Floats
    multipliers: Floats
    divergence: float
    effective_draws: float

    def __str__(self) -> str:
        return (
            f"Judgement {self.forecast.scenario}: divergence {self.divergence:.3g} nats; {len(self.weights)} draws "
            f"that tell as much as {self.effective_draws:.0f} effective draws."
        )


def mean_of(variable: str, region: str, year: int, value: float) -> Moment:
    """Judge the mean of a variable, in its unit."""

    def draws(forecast: Forecast) -> Floats:
        array = forecast.draws(variable, region)
        years = [int(known) for known in array["year"].to_numpy()]
        if year not in years:
            raise UnknownNameError.of("forecast year", str(year), [str(known) for known in years])
        values = array.sel(year=year).to_numpy().astype(np.float64)
        if not np.isfinite(values).all():
            raise DataError(f"no forecast of {variable} in {region}", advice="Choose another region")
        return values

    return Moment(f"mean of {variable}, {region}, {year}", draws, value)


def probability_of(event: str, *, region: str, year: int, value: float) -> Moment:
    """Judge the probability of an event such as ``wear_pct >= 50``.

    Raises
    ------
    OptionError : a value outside 0–1.
    """
    if not 0 <= value <= 1:
        raise OptionError(f"a probability cannot be {value:g}", advice="Give a number from 0 to 1")
    name = f"P({event}, {region}, {year})"
    return Moment(
        name, lambda forecast: forecast.event_draws(event, region=region, year=year).astype(np.float64), value
    )


def tilt(forecast: Forecast, moments: Sequence[Moment], *, name: str) -> Tilted:
    """Tilt a forecast to judged moments and resample as many draws.

    Parameters
    ----------
    forecast : joint draws; all variables, regions and years move together.
    moments : what is judged; see :func:`mean_of` and :func:`probability_of`.
    name : the scenario's name; it follows that of an earlier scenario.

    Returns
    -------
    Tilted : its forecast holds systematically resampled draws in their old order (the more often, the heavier) and the
        diagnostics ``tilt_divergence`` and ``tilt_effective_draws``.

    Raises
    ------
    EstimationError : no weights of the draws give these moments; the message says what can be.
    OptionError, SchemaError : no moment, a value that is not finite, a function without one number a draw, or a name
        that is none.
    """
    scenario = check_scenario(forecast.scenario, name)
    if not moments:
        raise OptionError("no moment is judged", advice="Give a mean or a probability")
    values = np.column_stack([_values(forecast, moment) for moment in moments])
    found = tilting_weights(values, np.array([m.value for m in moments]), names=[m.name for m in moments])
    n = len(values)
    places = (np.arange(n) + rng_for(forecast.seed, "tilt", name).random()) / n
    drawn = np.minimum(np.searchsorted(np.cumsum(found.weights), places, side="right"), n - 1)
    diagnostics = {
        **forecast.diagnostics,
        "tilt_divergence": found.divergence,
        "tilt_effective_draws": found.effective_draws,
    }
    made = replace(
        forecast,
        variables={key: array.isel(draw=drawn) for key, array in forecast.variables.items()},
        scenario=scenario,
        diagnostics=diagnostics,
    )
    return Tilted(made, found.weights, found.multipliers, found.divergence, found.effective_draws)


def tilting_weights(values: Floats, wanted: Floats, *, names: Sequence[str] | None = None) -> Weights:
    """Return the weights nearest to equal ones under which the draws have given means.

    Parameters
    ----------
    values : (n, m) functions of the draws.
    wanted : (m,) their judged means; on the edge of what the draws allow, the limit is returned.
    names : of the moments, for messages.

    Raises
    ------
    OptionError : not as many judged means as moments.
    EstimationError : the means lie outside the draws' hull.

    Examples
    --------
    >>> found = tilting_weights(np.array([[0.0], [1.0]]), np.array([0.75]))
    >>> [round(float(weight), 6) for weight in found.weights]
    [0.25, 0.75]
    """
    n, m = values.shape
    if wanted.shape != (m,):
        raise OptionError(f"{m} moments cannot have {wanted.size} means", advice="Give one a moment")
    called = names or [f"moment {number}" for number in range(1, m + 1)]
    spread = values.std(axis=0)
    unit = np.where(spread > 0, spread, 1.0)
    apart = (values - wanted) / unit
    multipliers = _dual_minimum(apart)
    if multipliers is None:
        raise _infeasible(values, wanted, apart, called)
    log_weights = apart @ multipliers
    log_weights -= logsumexp(log_weights)
    weights = np.exp(log_weights)
    divergence = max(0.0, float(weights @ (log_weights + np.log(n))))
    return Weights(weights, np.where(spread > 0, multipliers / unit, 0.0), divergence, float(1 / (weights @ weights)))


def _values(forecast: Forecast, moment: Moment) -> Floats:
    if not np.isfinite(moment.value):
        raise OptionError(f"{moment.name} cannot be {moment.value:g}", advice="Give a finite number")
    values = np.asarray(moment.function(forecast), dtype=np.float64)
    n = next(iter(forecast.variables.values())).sizes["draw"]
    if values.shape != (n,) or not np.isfinite(values).all():
        raise OptionError(f"{moment.name} does not give one number a draw", advice=f"Return {n} finite numbers")
    return values


def _dual_minimum(apart: Floats) -> Floats | None:
    """Return λ (m,) of moments in sds from what is wanted (n, m), by damped Newton steps; None where there is none."""
    at = np.zeros(apart.shape[1])
    if not ((apart.min(axis=0) <= 0) & (apart.max(axis=0) >= 0)).all():
        return None
    height = _dual(apart, at)
    for _ in range(_STEPS):
        log_weights = apart @ at
        weights = np.exp(log_weights - logsumexp(log_weights))
        slope = weights @ apart
        if np.abs(slope).max() <= _MET:
            return at
        curvature = (apart * weights[:, None]).T @ apart - np.outer(slope, slope)
        step = -np.linalg.lstsq(curvature, slope, rcond=None)[0]
        length = min(1.0, _FARTHEST / max(float(np.abs(apart @ step).max()), _ROUNDING))
        descent = float(slope @ step)
        while not (trial := _dual(apart, at + length * step)) <= height + 1e-4 * length * descent + _ROUNDING:
            length /= 2
            if length < _SHORTEST:
                return None
        at, height = at + length * step, trial
    return None


def _dual(apart: Floats, at: Floats) -> float:
    return float(logsumexp(apart @ at)) - float(np.log(len(apart)))


def _infeasible(values: Floats, wanted: Floats, apart: Floats, names: Sequence[str]) -> EstimationError:
    """Return the error that names the first moment that no weights give together with those before it."""
    n, m = values.shape
    for last in range(m):
        low, high = float(values[:, last].min()), float(values[:, last].max())
        fits = low <= wanted[last] <= high
        before = np.vstack([np.ones(n), apart[:, :last].T])
        right = np.concatenate([[1.0], np.zeros(last)])
        if fits and last:
            system = np.vstack([before, apart[:, last]])
            fits = linprog(np.zeros(n), A_eq=system, b_eq=np.append(right, 0.0), method="highs").status == 0
            if not fits:
                low, high = _least(values[:, last], before, right), -_least(-values[:, last], before, right)
        if not fits:
            given = f" with {', '.join(names[:last])} as judged" if last else ""
            advice = f"The draws allow {low:.4g} to {high:.4g}{given}"
            return EstimationError(f"no weights give {names[last]} = {wanted[last]:.4g}", advice=advice)
    advice = "Judge them a little less extreme"
    return EstimationError(f"on the edge of what the draws allow: {', '.join(names)}", advice=advice)


def _least(values: Floats, system: Floats, right: Floats) -> float:
    weights = np.asarray(linprog(values, A_eq=system, b_eq=right, method="highs").x)
    return float(values @ weights)
