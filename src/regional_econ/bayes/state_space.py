"""Which paths do two indicators of all regions follow? One joint model, its states integrated out.

Region i has a state of two components: the *share* (innovation activity on a logit scale) and the *volume*
(log real GRP). In year t, for k in (share, volume),

    observed[k, i, t] = state[k, i, t] + loading[k, i] · F[k, t] + noise,          noise ~ N(0, R[k, i])
    state[:, i, t]    = state[:, i, t−1] + μ + drift[:, i] + innovation,          innovation ~ N(0, Q[i])
    F[k, t] = F[k, t−1] + c[k, t],   c[k, t] = φ[k] c[k, t−1] + σ[k] · t₅

μ + c[t] is the national growth of year t: its average μ reaches every region alike, its swings c by the region's
loading, so that drifts and loadings do not compete for the trend.

R[k, i] = (1 − s[k]) V[k, i] and Q[k, i] = s[k] V[k, i]: each region has its own volatility V, above a floor and drawn
from a common distribution, and all share the split s between what stays and what is noise; the off-diagonal of Q is
ρ √(Q[share] Q[volume]). Drifts and loadings are partially pooled too, around 0 and 1, because μ and F carry the
means.

The share changes its method twice. A region's shift is N(m, τ²); nobody needs a state before the shift once the year
is past, so a shift is an extra innovation of the share's state and is integrated out exactly: in a *bridged* year,
which is published under both methods, it falls between the two measurements and is tied by them; in an *unbridged*
year it falls before the only measurement, together with that year's common shock, and only the prior of m parts them.

The Kalman filter is an operation of its own with its gradient (:mod:`regional_econ.bayes.pair_filter`). One compiled
model serves every forecast origin: the figures are data, and a weight of zero hides a cell.

Source: Durbin and Koopman (2012), chapters 4 and 6.4 (one measurement at a time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc
import pytensor.tensor

from regional_econ.bayes.pair_filter import filter_pairs
from regional_econ.bayes.trace import Array

# the annotations of PyMC and PyTensor are partial, so a tensor is Any here
Tensor = Any
pm: Any = pymc
pt: Any = pytensor.tensor

INDICATORS = ("share", "volume")
SHARE_BEFORE, SHARE_AFTER, VOLUME = 0, 1, 2
FACTOR_DF = 5.0
LOG_SD_FLOOR, SHIFT_SD_FLOOR = 0.15, 0.05


@dataclass(frozen=True)
class StateSpaceData:
    """What the model sees.

    Parameters
    ----------
    observed : (3, regions, years): the share under the method in force before the year's break, the share under the
        method after it (in force from the first break on), the volume. Hidden cells hold 0.
    weight : same shape, 1 where a figure enters, 0 where it is missing or not yet published.
    bridged, unbridged : (years,), 1 in the break year with, without a measurement under both methods.
    origin : (years,), 1 in the year whose filtered state the trace keeps.
    """

    observed: Array
    weight: Array
    bridged: Array
    unbridged: Array
    origin: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Regions and years."""
        return self.observed.shape[1], self.observed.shape[2]

    def arrays(self) -> dict[str, Array]:
        """Return the arrays by the names of the model's data."""
        return dict(vars(self))


@dataclass(frozen=True)
class IndicatorPrior:
    """Weakly informative priors of one indicator, in the units of its scaled figures.

    Parameters
    ----------
    drift : mean and sd of the national drift.
    factor_sd : mean excess and floor of the scale of the common shock.
    log_sd : mean and sd of the typical log volatility.
    split : Beta parameters of the part of a region's variance that lasts.
    drift_sd, loading_sd : mean excess and floor of the regions' spread.
    sd_floor : least volatility, that of a survey of thousands of organisations.
    persistent : national growth is autocorrelated.
    centred : figures outweigh the prior of regional drifts and loadings, so these are sampled directly.
    """

    drift: tuple[float, float]
    factor_sd: tuple[float, float]
    log_sd: tuple[float, float]
    split: tuple[float, float]
    drift_sd: tuple[float, float]
    loading_sd: tuple[float, float]
    sd_floor: float
    persistent: bool
    centred: bool


PRIORS = {
    # no national drift expected in a share; shocks of about a tenth on the logit scale
    "share": IndicatorPrior(
        drift=(0.0, 0.03), factor_sd=(0.1, 0.03), log_sd=(-1.3, 0.7), split=(2.0, 2.0), drift_sd=(0.02, 0.01),
        loading_sd=(0.1, 0.1), sd_floor=0.05, persistent=False, centred=False,
    ),
    # in units of 5 %: long-run growth of 2 % ± 0.75 %, national shocks of a few per cent
    "volume": IndicatorPrior(
        drift=(0.4, 0.15), factor_sd=(0.8, 0.1), log_sd=(-0.2, 0.7), split=(4.0, 2.0), drift_sd=(0.15, 0.05),
        loading_sd=(0.2, 0.1), sd_floor=0.05, persistent=True, centred=True,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Filtered:
    """The filter's outcome.

    Parameters
    ----------
    log_likelihood : (), of all measurements; it alone has a gradient.
    parts : (years, 3, regions), of each measurement given those before it.
    mean : (2, regions), level of share and volume at the origin, the common path included.
    covariance : (3, regions), variance of the share, covariance, variance of the volume.
    """

    log_likelihood: Tensor
    parts: Tensor
    mean: Tensor
    covariance: Tensor


def build_model(n_regions: int, n_years: int, *, store_log_lik: bool = False) -> Any:
    """Build the model for panels of one size.

    Parameters
    ----------
    n_regions, n_years : the size.
    store_log_lik : keep the pointwise log likelihood, (years, 3, regions) a draw.

    Returns
    -------
    The ``pymc.Model``, with data named as the fields of :class:`StateSpaceData`.
    """
    with pm.Model() as model:
        shape = (3, n_regions, n_years)
        data = {"observed": pm.Data("observed", np.zeros(shape)), "weight": pm.Data("weight", np.zeros(shape))}
        data |= {name: pm.Data(name, np.zeros(n_years)) for name in ("bridged", "unbridged", "origin")}
        seen = [data["weight"][:2].sum(axis=(0, 1)), data["weight"][2].sum(axis=0)]
        parts = [_indicator(name, n_regions, n_years, seen[k]) for k, name in enumerate(INDICATORS)]
        shifts = [part for kind in ("bridged", "unbridged") for part in _shift(kind)]
        correlation = pm.Deterministic("correlation", 2.0 * pm.Beta("correlation_01", 4.0, 4.0) - 1.0)
        stacked = {key: [part[key] for part in parts] for key in parts[0]}
        filtered = kalman(data, **stacked, shifts=shifts, correlation=correlation)
        pm.Potential("likelihood", filtered.log_likelihood)
        pm.Deterministic("state_mean", filtered.mean)
        pm.Deterministic("state_covariance", filtered.covariance)
        if store_log_lik:
            pm.Deterministic("log_lik", filtered.parts)
    return model


def kalman(
    data: dict[str, Tensor],
    *,
    noise: Sequence[Tensor],
    innovation: Sequence[Tensor],
    drift: Sequence[Tensor],
    loading: Sequence[Tensor],
    path: Sequence[Tensor],
    shifts: Sequence[Tensor],
    correlation: Tensor,
) -> Filtered:
    """Filter all regions over the years.

    Parameters
    ----------
    data : tensors named as the fields of :class:`StateSpaceData`.
    noise, innovation : a pair (share, volume) of variances, (regions,).
    drift, loading : a pair of (regions,).
    path : a pair of common paths F, (years,).
    shifts : mean and variance of the bridged, mean and variance of the unbridged shift.
    correlation : between the innovations of a region's share and volume.
    """
    cross = correlation * pt.sqrt(innovation[0] * innovation[1])
    common = [level[:, None] * along[None, :] for level, along in zip(loading, path, strict=True)]
    total, parts, mean, covariance, *_ = filter_pairs(
        data["weight"], pt.concatenate([np.zeros(1), pt.ones_like(data["origin"][1:])]), data["bridged"],
        data["unbridged"], data["origin"], data["observed"] - pt.stack([common[0], common[0], common[1]]),
        pt.stack(list(drift)), pt.stack([innovation[0], cross, innovation[1]]), pt.stack(list(noise)),
        pt.stack(list(shifts)),
    )  # fmt: skip
    at_origin = [(one * data["origin"][None, :]).sum(axis=1) for one in common]
    return Filtered(total, parts, mean + pt.stack(at_origin), covariance)


def _indicator(name: str, n_regions: int, n_years: int, seen: Tensor) -> dict[str, Tensor]:
    """Return the tensors of one indicator that the filter needs."""
    prior = PRIORS[name]
    log_sd = _pooled(f"log_sd_{name}", n_regions, *prior.log_sd, scale=0.4, floor=LOG_SD_FLOOR)
    split = pm.Beta(f"split_{name}", *prior.split)
    mean = pm.Normal(f"national_drift_{name}", *prior.drift)
    variance = pm.Deterministic(f"variance_{name}", prior.sd_floor**2 + pt.exp(2.0 * log_sd))
    return {
        "noise": (1.0 - split) * variance,
        "innovation": split * variance,
        "drift": mean + _spread(f"drift_{name}", n_regions, 0.0, prior.drift_sd, centred=prior.centred),
        "loading": _spread(f"loading_{name}", n_regions, 1.0, prior.loading_sd, centred=prior.centred),
        "path": _common_path(name, prior, n_years, mean, seen),
    }


def _common_path(name: str, prior: IndicatorPrior, n_years: int, mean: Tensor, seen: Tensor) -> Tensor:
    """Return the common path F (years,); growth of a year without figures is free and moves nothing."""
    scale, floor = prior.factor_sd
    sd = pm.Deterministic(f"factor_sd_{name}", floor + _above(f"factor_sd_{name}", scale))
    persistence: Any = 0.0
    if prior.persistent:
        persistence = pm.TruncatedNormal(f"persistence_{name}", 0.6, 0.3, lower=-0.9, upper=0.95)
    growth = pm.Flat(f"growth_{name}", shape=n_years - 1)
    known = pt.gt(seen[1:], 0) * 1.0
    known_before = pt.concatenate([np.zeros(1), known[:-1]])
    before = pt.concatenate([np.zeros(1), growth[:-1]])
    surprise = (growth - mean - persistence * known_before * (before - mean)) / sd
    student = -0.5 * (FACTOR_DF + 1) * pt.log1p(surprise**2 / FACTOR_DF) - pt.log(sd)
    pm.Potential(f"growth_density_{name}", (known * student - 0.5 * (1 - known) * growth**2).sum())
    return pt.concatenate([np.zeros(1), pt.cumsum((growth - mean) * known)])


def _pooled(name: str, n: int, mean: float, sd: float, *, scale: float, floor: float) -> Tensor:
    centre = pm.Normal(f"{name}_mean", mean, sd)
    spread = pm.Deterministic(f"{name}_sd", floor + _above(f"{name}_sd", scale))
    return pm.Normal(name, centre, spread, shape=n)


def _spread(name: str, n: int, mean: float, size: tuple[float, float], *, centred: bool) -> Tensor:
    scale, floor = size
    spread = pm.Deterministic(f"{name}_sd", floor + _above(f"{name}_sd", scale))
    if centred:
        return pm.Normal(name, mean, spread, shape=n)
    return pm.Deterministic(name, mean + spread * pm.Normal(f"{name}_z", shape=n))


def _shift(kind: str) -> tuple[Tensor, Tensor]:
    """Return mean and variance of the regions' shifts at a change of method."""
    centre = 0.5 if kind == "bridged" else 0.0
    mean = pm.Normal(f"shift_{kind}", centre, 0.5)
    sd = pm.Deterministic(f"shift_{kind}_sd", SHIFT_SD_FLOOR + _above(f"shift_{kind}_sd", 0.25))
    return mean, sd**2


def _above(name: str, mean: float) -> Tensor:
    """Return how far a spread lies above its floor: Gamma of shape 2, which avoids the boundary (Chung et al. 2013)."""
    return pm.Gamma(f"{name}_above", alpha=2.0, beta=2.0 / mean)
