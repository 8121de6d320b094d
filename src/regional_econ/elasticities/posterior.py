"""What do the designs say about the effects, given their biases and the literature? Exact, by conditioning.

Given the conversion factor c everything is jointly normal: effects ε ~ N(μ_c, Λ_c), estimates e | ε ~ N(Hε + m, S + B).
Integrating ε out gives the weight of each c, so the posterior is a finite mixture of normals over a grid of c, and its
draws are independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.elasticities.declared import Assumptions, Conversion, DriverPrior

FloatArray = NDArray[np.float64]
INNER_POINTS = 200


@dataclass(frozen=True)
class Component:
    """The posterior given one conversion factor.

    ``mean`` (k,), ``covariance`` (k, k), ``prior_share`` (k,), and the log of prior weight times evidence.
    """

    conversion: float
    log_weight: float
    mean: FloatArray
    covariance: FloatArray
    prior_share: FloatArray


@dataclass(frozen=True)
class Posterior:
    """A mixture of normals over k drivers; ``weight`` (m,) belongs to ``components``."""

    drivers: tuple[str, ...]
    components: tuple[Component, ...]
    weight: FloatArray

    @property
    def mean(self) -> pd.Series:
        """Posterior means by driver."""
        means = np.stack([component.mean for component in self.components])
        return pd.Series(self.weight @ means, index=list(self.drivers))

    @property
    def covariance(self) -> pd.DataFrame:
        """Posterior covariance of the drivers' effects."""
        centre = self.mean.to_numpy()
        total = np.zeros((len(centre), len(centre)))
        for weight, component in zip(self.weight, self.components, strict=True):
            gap = component.mean - centre
            total += weight * (component.covariance + np.outer(gap, gap))
        return pd.DataFrame(total, index=list(self.drivers), columns=list(self.drivers))

    @property
    def prior_share(self) -> pd.Series:
        """Share of literature and bias priors in the posterior, by driver (see :func:`prior_share`)."""
        shares = np.stack([component.prior_share for component in self.components])
        return pd.Series(np.clip(self.weight @ shares, 0, 1), index=list(self.drivers))

    @property
    def conversion_mean(self) -> float:
        """Posterior mean of the conversion factor."""
        return float(self.weight @ np.array([component.conversion for component in self.components]))

    def draw(self, n: int, *, seed: int, chain: int) -> FloatArray:
        """Return n independent draws (n, k) of one chain."""
        rng = rng_for(seed, "elasticities", chain)
        chosen = rng.choice(len(self.components), size=n, p=self.weight)
        noise = rng.standard_normal((n, len(self.drivers)))
        draws = np.empty_like(noise)
        for number in np.unique(chosen):
            component, own = self.components[number], chosen == number
            draws[own] = component.mean + noise[own] @ np.linalg.cholesky(component.covariance).T
        return draws


def posterior(
    estimates: pd.DataFrame,
    covariance: pd.DataFrame,
    assumptions: Assumptions,
    *,
    drivers: tuple[str, ...],
    level_pct: float,
    specification_sd: Mapping[str, float] | None = None,
) -> Posterior:
    """Return the joint posterior of the drivers' effects on the logit scale for an average region.

    Parameters
    ----------
    estimates : design × driver; no rows: the posterior is the prior.
    covariance : sampling covariance, both axes labelled (design, driver).
    assumptions : biases and literature.
    drivers : which, in order.
    level_pct : level of the outcome at which elasticities of ln y are put on the logit scale, ε/(1 − y).
    specification_sd : spread of the within estimates over admissible specifications; it adds to the bias sd of the
        design ``within``.

    Raises
    ------
    UnknownNameError : a design or driver without declared priors.
    EstimationError : estimates or covariance that are not finite.
    """
    chosen = [_known(assumptions.drivers, driver, "driver") for driver in drivers]
    e = estimates.reindex(columns=list(drivers)).to_numpy(dtype=float).ravel()
    labels = [(str(design), driver) for design in estimates.index for driver in drivers]
    S = covariance.loc[labels, labels].to_numpy(dtype=float) if labels else np.zeros((0, 0))
    if not (np.isfinite(e).all() and np.isfinite(S).all()):
        raise EstimationError("estimates are not finite", where="synthesis", advice="Run the designs again")
    H, m, B = _bias_terms([str(design) for design in estimates.index], chosen, assumptions, specification_sd or {})
    grid, log_prior = conversion_grid(assumptions.conversion)
    components = []
    for c, log_weight in zip(grid, log_prior, strict=True):
        mean, prior = literature_prior(chosen, c, assumptions.shared_study_correlation, level_pct)
        components.append(_condition(float(c), float(log_weight), e - m, H, S, B, mean, prior))
    logs = np.array([component.log_weight for component in components])
    weight = np.exp(logs - logs.max())
    return Posterior(drivers, tuple(components), weight / weight.sum())


def conversion_grid(conversion: Conversion) -> tuple[FloatArray, FloatArray]:
    """Return points and log prior weights of the clamped conversion factor: two atoms at the ends, and quantiles.

    >>> points, logs = conversion_grid(Conversion(0.5, 0.5, 0.0, 1.0))
    >>> bool(np.isclose(np.exp(logs) @ points, 0.5))
    True
    """
    at = stats.norm(conversion.centre, conversion.sd)
    below, above = float(at.cdf(conversion.low)), float(at.sf(conversion.high))
    inner = below + (1 - below - above) * (np.arange(INNER_POINTS) + 0.5) / INNER_POINTS
    points = np.concatenate([[conversion.low], at.ppf(inner), [conversion.high]])
    mass = np.concatenate([[below], np.full(INNER_POINTS, (1 - below - above) / INNER_POINTS), [above]])
    possible = mass > 0
    return points[possible], np.log(mass[possible])


def literature_prior(
    drivers: list[DriverPrior], conversion: float, shared_correlation: float, level_pct: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean (k,) and covariance (k, k) of the effects before the data, given a conversion factor."""
    to_logit = 1 / (1 - level_pct / 100)
    factor = np.array([conversion * to_logit if prior.literature.converted else to_logit for prior in drivers])
    mean = factor * np.array([prior.literature.centre for prior in drivers])
    sd = factor * np.array([prior.literature.sd for prior in drivers])
    discrepancy = np.array([prior.literature.discrepancy_sd for prior in drivers])
    studies = [prior.literature.study for prior in drivers]
    shared = np.array([[a is not None and a == b for a in studies] for b in studies], dtype=float) * shared_correlation
    np.fill_diagonal(shared, 1.0)
    return mean, np.outer(sd, sd) * shared + np.diag(discrepancy**2)


def prior_share(
    covariance: FloatArray, prior: FloatArray, gain: FloatArray, S: FloatArray, B: FloatArray
) -> FloatArray:
    """Return for each driver the share of its posterior that comes from literature and bias priors.

    The designs' part of the posterior precision is d = 1 − (V Λ⁻¹)_kk. Of the variance of the combination of designs
    that the posterior uses (row k of the gain K), the part s = K S K' / K (S + B) K' is sampling, the rest is the bias
    prior's. The share is 1 − d·s: zero only when literature and biases are irrelevant, one without data.

    Parameters
    ----------
    covariance : posterior (k, k).
    prior : literature covariance Λ (k, k).
    gain : K (k, n), weights of the estimates in the posterior mean.
    S, B : sampling and bias covariance (n, n).
    """
    designs = 1 - np.diag(covariance @ np.linalg.inv(prior))
    if gain.shape[1] == 0:
        return np.ones(len(designs))
    sampling = np.einsum("ki,ij,kj->k", gain, S, gain)
    total = np.einsum("ki,ij,kj->k", gain, S + B, gain)
    share = np.divide(sampling, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(np.clip(1 - np.clip(designs, 0, 1) * share, 0, 1))


def _condition(
    conversion: float,
    log_prior: float,
    e: FloatArray,
    H: FloatArray,
    S: FloatArray,
    B: FloatArray,
    mean: FloatArray,
    prior: FloatArray,
) -> Component:
    noise = S + B
    marginal = H @ prior @ H.T + noise
    gain = np.linalg.solve(marginal, H @ prior).T
    residual = e - H @ mean
    covariance = prior - gain @ H @ prior
    covariance = (covariance + covariance.T) / 2
    evidence = 0.0
    if len(e):
        _, log_det = np.linalg.slogdet(2 * np.pi * marginal)
        evidence = -0.5 * (float(log_det) + float(residual @ np.linalg.solve(marginal, residual)))
    share = prior_share(covariance, prior, gain, S, B)
    return Component(conversion, log_prior + evidence, mean + gain @ residual, covariance, share)


def _bias_terms(
    designs: list[str], drivers: list[DriverPrior], assumptions: Assumptions, specification_sd: Mapping[str, float]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    k = len(drivers)
    H = np.zeros((len(designs) * k, k))
    m, variance = np.zeros(len(H)), np.zeros(len(H))
    for i, design in enumerate(designs):
        bias = _known(assumptions.designs, design, "design")
        for j, driver in enumerate(drivers):
            row = i * k + j
            H[row, j] = bias.reliability
            m[row] = driver.upwards * driver.unit * bias.mean
            variance[row] = (driver.unit * bias.sd) ** 2
            if design == "within":
                variance[row] += specification_sd.get(driver.driver, 0.0) ** 2
    return H, m, np.diag(variance)


def _known[T](entries: Mapping[str, T], name: str, kind: str) -> T:
    if name not in entries:
        raise UnknownNameError.of(kind, name, entries, where="data/biases.yml")
    return entries[name]
