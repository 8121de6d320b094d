"""Which paths does one indicator of all regions follow? A hierarchical state-space model, its states integrated out.

For region i and step s, with all figures on one scale and in one unit,

    observed[i, s] = level[i, s] + noise
    level[i, s]    = level[i, s−1] + μ + drift[i] + loading[i] · (c[s] − μ) + own[i, s]
                     + γ exposure[i] driver[s] + innovation
    own[i, s]      = ρ own[i, s−1] + shock
    c[s]           = μ + φ (c[before s] − μ) + σ t₅

The national growth c is taken as known: the median of the regions' growths, the cross-section average that stands for
an unobserved common factor when regions are many (Pesaran 2006). So its path need not be sampled, and cannot trade
places with the growths of 85 regions that persist.

A region has a volatility V[i] of its own, above a floor and drawn from a common distribution; all regions share the
parts of it that are noise, innovation and shocks to own growth. Drifts and loadings are partially pooled around 0 and
1. A year may carry two steps: the second is the same year measured by a new method, so that nothing moves but the
break. A break is a region's shift N(m, τ²) at a step, integrated out with the states; where a year is measured by both
methods it is tied by them, elsewhere the prior of m alone parts it from the growth of that year.

What a candidate leaves out (:class:`Structure`) is left out of the graph. One compiled model serves every indicator
and origin of one size: figures and the priors of :class:`GrowthPrior` are data, and a weight of zero hides a cell.

Source: Durbin and Koopman (2012), chapters 3 and 4; Pesaran (2006), Econometrica 74; the pooled variances follow Chung
et al. (2013), away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc
import pytensor.tensor

from regional_econ.bayes.kalman import level_growth_filter
from regional_econ.bayes.trace import Array

# the annotations of PyMC and PyTensor are partial, so a tensor is Any here
Tensor = Any
pm: Any = pymc
pt: Any = pytensor.tensor

FACTOR_DF = 5.0
N_BREAKS = 2
_NATIONAL = ("national", "known", "before", "known_before")
VOLATILITY_PERSISTENCE = 0.6
_SD_FLOOR, _FIRST_VARIANCE = 0.05, 400.0


@dataclass(frozen=True)
class Structure:
    """Which parts a model has.

    Parameters
    ----------
    drift : regions have drifts of their own.
    growth : regions' own growth persists.
    factor : regions share the swings of national growth, by their loadings, and these persist.
    volatility : variances share a yearly log factor, an AR(1) of coefficient 0.6.
    driver : regions move with a world price by their exposure.
    """

    drift: bool = True
    growth: bool = True
    factor: bool = True
    volatility: bool = False
    driver: bool = False


@dataclass(frozen=True)
class GrowthPrior:
    """Priors that are data, in units of the scale: sd of μ; mean and sd of φ."""

    common_sd: float = 0.25
    persistence: float = 0.5
    persistence_sd: float = 0.3

    def array(self) -> Array:
        """Return the three numbers."""
        return np.array([self.common_sd, self.persistence, self.persistence_sd])


@dataclass(frozen=True)
class GrowthData:
    """What the model sees; N regions, S steps.

    Parameters
    ----------
    observed, weight : (N, S), figures and 1 where one enters, else 0.
    steps : (S,), 1 for a year's first step, 0 for its second.
    national, known : (S,), the national growth c, and 1 where it is known; it is not at a break that no year bridges.
    before, known_before : (S,), c of the year before, and 1 where both are known.
    breaks : (2, S), 1 where the first, the second break of the indicator falls.
    exposure : (N,), of the regions to the driver.
    driver : (S,), the driver's change in the step's year.
    prior : the priors that are data.
    """

    observed: Array
    weight: Array
    steps: Array
    national: Array
    known: Array
    before: Array
    known_before: Array
    breaks: Array
    exposure: Array
    driver: Array
    prior: GrowthPrior = GrowthPrior()

    @property
    def shape(self) -> tuple[int, int]:
        """Regions and steps."""
        return self.observed.shape[0], self.observed.shape[1]

    def arrays(self, structure: Structure) -> dict[str, Array]:
        """Return the arrays that a model of that structure uses, by the names of its data; figures as (S, N)."""
        unused = set() if structure.driver else {"exposure", "driver"}
        if not structure.factor:
            unused |= set(_NATIONAL)
        across = {name: np.ascontiguousarray(getattr(self, name).T) for name in ("observed", "weight")}
        arrays = {**vars(self), **across, "prior": self.prior.array()}
        return {name: value for name, value in arrays.items() if name not in unused}


def build_growth_model(
    n_regions: int, n_steps: int, structure: Structure, *, store_log_lik: bool = False, with_prior: bool = False
) -> Any:
    """Build the model for panels of one size.

    Parameters
    ----------
    n_regions, n_steps : the size.
    structure : the parts it has.
    store_log_lik : keep the log likelihood of each draw.
    with_prior : leave the likelihood out, for draws from the prior.

    Returns
    -------
    The ``pymc.Model``, with data named as the fields of :class:`GrowthData`, figures as (S, N); ``state`` (5, N) is the
    filter's last state.
    """
    with pm.Model() as model:
        data = {name: pm.Data(name, np.zeros((n_steps, n_regions))) for name in ("observed", "weight")}
        data["breaks"] = pm.Data("breaks", np.zeros((N_BREAKS, n_steps)))
        data |= {"steps": pm.Data("steps", np.zeros(n_steps)), "prior": pm.Data("prior", GrowthPrior().array())}
        if structure.factor:
            data |= {name: pm.Data(name, np.zeros(n_steps)) for name in _NATIONAL}
        if structure.driver:
            data |= {"exposure": pm.Data("exposure", np.zeros(n_regions))}
            data |= {"driver": pm.Data("driver", np.zeros(n_steps))}
        steps = data["steps"]
        scale = _spread("log_sd_sd", 0.15, 0.4)
        log_sd = pm.Normal("log_sd", pm.Normal("log_sd_mean", -0.5, 1.0), scale, shape=n_regions)
        variance = pm.Deterministic("variance", _SD_FLOOR**2 + pt.exp(2.0 * log_sd))
        common = pm.Normal("common_drift", 0.0, data["prior"][0])
        parts = pm.Dirichlet("parts", np.array([2.0, 2.0, 1.0] if structure.growth else [2.0, 2.0]))
        if structure.growth:
            persistence = pm.Deterministic("persistence", 0.98 * pm.Beta("persistence_01", 2.0, 2.0))
            shock = parts[2] * variance
        else:
            persistence, shock = pt.zeros(()), 0.0 * variance
        shift = pm.Normal("break_mean", 0.0, 2.0, shape=N_BREAKS)
        shift_sd = _spread("break_sd", 0.1, 0.5, shape=N_BREAKS)
        everywhere = (common * steps) + (shift[:, None] * data["breaks"]).sum(axis=0)
        moves = [(pt.ones(n_regions), everywhere)]
        if structure.drift:
            drift = pm.Deterministic("drift", _spread("drift_sd", 0.03, 0.1) * pm.Normal("drift_z", shape=n_regions))
            moves.append((drift, steps))
        if structure.factor:
            loading = pm.Deterministic(
                "loading", 1.0 + _spread("loading_sd", 0.1, 0.2) * pm.Normal("loading_z", shape=n_regions)
            )
            moves.append((loading, _swings(data, common)))
        if structure.driver:
            moves.append((data["exposure"], pm.Normal("driver_effect", 0.0, 0.5) * data["driver"] * steps))
        yearly = (
            pt.exp(_volatility(n_steps, (data["weight"].sum(axis=1) > 0) * 1.0))
            if structure.volatility
            else pt.ones(n_steps)
        )
        total, state, *_ = level_growth_filter(
            data["weight"], data["observed"], steps, np.full(n_regions, _FIRST_VARIANCE),
            *(pt.stack(side) for side in zip(*moves, strict=True)), parts[0] * variance, parts[1] * variance, shock,
            yearly, (shift_sd[:, None] ** 2 * data["breaks"]).sum(axis=0), np.zeros(n_regions) + persistence,
        )  # fmt: skip
        if not with_prior:
            pm.Potential("likelihood", total)
        pm.Deterministic("state", state)
        if store_log_lik:
            pm.Deterministic("log_lik", total)
    return model


def _swings(data: dict[str, Tensor], common: Tensor) -> Tensor:
    """Return the swings of national growth (S,) around its mean, after adding the density of their process."""
    sd = _spread("factor_sd", 0.05, 0.4)
    persistence = pm.TruncatedNormal("factor_persistence", data["prior"][1], data["prior"][2], lower=-0.5, upper=0.98)
    swing = (data["national"] - common) * data["known"]
    surprise = (swing - persistence * (data["before"] - common) * data["known_before"]) / sd
    student = -0.5 * (FACTOR_DF + 1.0) * pt.log1p(surprise**2 / FACTOR_DF) - pt.log(sd)
    pm.Potential("national_growth", (data["known"] * student).sum())
    return swing


def _volatility(n_steps: int, seen: Tensor) -> Tensor:
    """Return the log factor of the variances (S,), with mean 0 over the steps that are seen."""
    lags = np.subtract.outer(np.arange(n_steps), np.arange(n_steps))
    weights = np.where(lags >= 0, VOLATILITY_PERSISTENCE ** np.maximum(lags, 0), 0.0)
    weights *= np.sqrt(1.0 - VOLATILITY_PERSISTENCE**2)
    weights[:, 0] /= np.sqrt(1.0 - VOLATILITY_PERSISTENCE**2)
    path = _spread("volatility_sd", 0.02, 0.3) * pt.dot(weights, pm.Normal("volatility_z", shape=n_steps))
    return pm.Deterministic("volatility", path - (path * seen).sum() / pt.maximum(seen.sum(), 1.0))


def _spread(name: str, floor: float, mean: float, shape: int | None = None) -> Tensor:
    """Return a spread above its floor: Gamma of shape 2, which avoids the boundary (Chung et al. 2013)."""
    above = pm.Gamma(f"{name}_above", alpha=2.0, beta=2.0 / mean, shape=shape)
    return pm.Deterministic(name, floor + above)
