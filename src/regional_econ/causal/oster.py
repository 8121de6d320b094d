"""If what is unobserved selected like what is observed, where would the estimate be? Movements of estimate and R².

The short regression has the driver alone, the controlled one the covariates too; effects are taken out of both, so that
both R² are shares of what the effects leave. With W₁ the index of the observed covariates, W₂ that of the unobserved
ones, independent of them, and selection of proportion δ, δ cov(d, W₁)/var(W₁) = cov(d, W₂)/var(W₂). The estimate β*
for a given δ solves a cubic in ν = β̃ − β*, at δ = 1 a quadratic:

    (1 − δ)c ν³ + (2 − δ)aτσ ν² + {(R̃ − R°)σ_y τ + στa² − δ(R_max − R̃)σ_y(σ − τ)} ν − δ(R_max − R̃)σ_y a σ = 0

with a = β° − β̃, σ = var(d), τ = var(d | covariates), σ_y = var(y), c = τσ − τ².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.causal.kernel import GramBlocks
from regional_econ.causal.scales import FloatArray

RMaxRule = Literal["1.3 R", "one"]
_REAL = 1e-9


@dataclass(frozen=True)
class Movements:
    """What the two regressions say.

    ``short`` and ``r2_short`` with the driver alone, ``controlled`` and ``r2_controlled`` with the covariates;
    variances of the outcome, of the driver, and of the driver's residual on the covariates.
    """

    short: float
    r2_short: float
    controlled: float
    r2_controlled: float
    var_outcome: float
    var_driver: float
    var_residual: float


@dataclass(frozen=True)
class BiasAdjusted:
    """Estimates β* for one δ: the ``chosen`` one, and all real ``roots``; NaN where no root is admissible."""

    chosen: float
    roots: tuple[float, ...]


@dataclass(frozen=True)
class Oster:
    """Selection on unobservables of one driver.

    ``delta`` is the proportion that brings the estimate to zero (a negative one: no selection in the direction of the
    observed one does); ``adjusted`` is β* at δ = 1.
    """

    movements: Movements
    r2_max: float
    rule: RMaxRule
    delta: float
    adjusted: BiasAdjusted

    def __str__(self) -> str:
        return (
            f"Selection of {self.delta:.2f} times the observed brings {self.movements.controlled:.3f} to zero; "
            f"as much as the observed, to {self.adjusted.chosen:.3f} (R² at most {self.r2_max:.3f})."
        )


def oster(blocks: GramBlocks, driver: int, covariates: Sequence[int], *, rule: RMaxRule = "1.3 R") -> Oster:
    """Return δ for a zero effect and the bias-adjusted estimate of a driver.

    Parameters
    ----------
    blocks : swept sample.
    driver, covariates : columns.
    rule : the largest R² that all covariates, observed or not, could reach: "1.3 R" is 1.3 times that of the controlled
        regression, at most one (Oster's cut from randomised studies), "one" is one.

    Returns
    -------
    δ and β*.

    Raises
    ------
    OptionError : another rule.
    EstimationError : no covariates, or covariates that move neither the estimate nor R².

    Source: Oster (2019), Unobservable selection and coefficient stability, JBES 37(2), Propositions 1-3. Held against
    populations with known selection, and against the moment equations solved numerically.
    """
    check_option("rule", rule, RMaxRule)
    found = movements(blocks, driver, covariates)
    r2_max = min(1.0, 1.3 * found.r2_controlled) if rule == "1.3 R" else 1.0
    return Oster(found, r2_max, rule, delta_for(found, r2_max), adjusted_estimate(found, r2_max))


def movements(blocks: GramBlocks, driver: int, covariates: Sequence[int]) -> Movements:
    """Return estimates, R² and variances of the short and the controlled regression.

    Raises
    ------
    EstimationError : no covariates.
    """
    if not covariates:
        raise EstimationError("no covariates, so nothing moves", advice="Name covariates of the controlled regression")
    gram, right = blocks.xx.sum(axis=2), blocks.xy.sum(axis=1)
    columns = [driver, *covariates]
    coef = np.linalg.solve(gram[np.ix_(columns, columns)], right[columns])
    short = right[driver] / gram[driver, driver]
    others = list(covariates)
    share = np.linalg.solve(gram[np.ix_(others, others)], gram[others, driver])
    return Movements(
        float(short),
        float(short * right[driver] / blocks.yy),
        float(coef[0]),
        float(coef @ right[columns] / blocks.yy),
        blocks.yy / blocks.n_obs,
        float(gram[driver, driver]) / blocks.n_obs,
        float(gram[driver, driver] - gram[others, driver] @ share) / blocks.n_obs,
    )


def delta_for(found: Movements, r2_max: float, *, effect: float = 0.0) -> float:
    """Return the proportion of selection under which the driver's effect is ``effect``.

    Parameters
    ----------
    found : the movements.
    r2_max : largest R².
    effect : the effect.

    Returns
    -------
    δ; infinite where no proportion gives that effect.

    Raises
    ------
    EstimationError : ``r2_max`` below the controlled R².

    Source: Oster (2019), Proposition 3.

    >>> delta_for(Movements(0.8, 0.4, 0.6, 0.5, 1.0, 1.0, 0.9), 0.65) > 1
    True
    """
    free, scaled = _parts(found, r2_max)
    nu = np.array([1.0, *np.cumprod(np.full(3, found.controlled - effect))])
    below = float(scaled @ nu)
    return float(free @ nu / below) if below != 0 else float("inf")


def adjusted_estimate(found: Movements, r2_max: float, *, delta: float = 1.0) -> BiasAdjusted:
    """Return the effects that a proportion of selection leaves.

    Of several real roots the nearest to the controlled estimate is chosen among those under which the driver still
    varies with the observed index in the direction seen (Assumption 3).

    Parameters
    ----------
    found : the movements.
    r2_max : largest R².
    delta : proportion of selection on unobservables to selection on observables.

    Returns
    -------
    the chosen effect and all of them.

    Raises
    ------
    EstimationError : ``r2_max`` below the controlled R².

    Source: Oster (2019), Propositions 1 and 2.

    >>> found = Movements(0.8, 0.4, 0.6, 0.5, 1.0, 1.0, 0.9)
    >>> adjusted_estimate(found, 0.65, delta=delta_for(found, 0.65)).roots[0] < 1e-9
    True
    """
    free, scaled = _parts(found, r2_max)
    polynomial = (free - delta * scaled)[::-1]
    leading = np.flatnonzero(np.abs(polynomial) > _REAL * np.abs(polynomial).max())
    roots = np.roots(polynomial[leading[0] :]) if leading.size else np.array([])
    nu = np.sort(roots[np.abs(roots.imag) <= _REAL * np.maximum(1.0, np.abs(roots))].real)
    direction = found.var_driver * (found.short - found.controlled)
    same = (direction + nu * (found.var_driver - found.var_residual)) * direction > 0
    kept = nu[same]
    chosen = found.controlled - kept[np.argmin(np.abs(kept))] if kept.size else np.nan
    return BiasAdjusted(float(chosen), tuple(float(found.controlled - one) for one in nu[::-1]))


def _parts(found: Movements, r2_max: float) -> tuple[FloatArray, FloatArray]:
    """Numerator and denominator of δ as polynomials in ν, coefficients (4,) from the constant on."""
    left = (r2_max - found.r2_controlled) * found.var_outcome
    if left < 0:
        raise EstimationError(
            f"an R² of at most {r2_max:.3f} is below {found.r2_controlled:.3f} of the regression",
            advice="Give a larger one",
        )
    a, sigma, tau = found.short - found.controlled, found.var_driver, found.var_residual
    gained = (found.r2_controlled - found.r2_short) * found.var_outcome
    cubic = tau * sigma - tau**2
    free = np.array([0.0, gained * tau + sigma * tau * a**2, 2 * tau * a * sigma, cubic])
    scaled = np.array([left * a * sigma, left * (sigma - tau), tau * a * sigma, cubic])
    return free, scaled
