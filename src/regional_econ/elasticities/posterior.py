"""What do the designs say about the effects, given their biases and the literature? Exact, by conditioning.

Given the conversion factor c, the heterogeneity of published effects, the number of nulls that were never printed and
the factor u on what errors of measurement take away, everything is jointly normal: effects ε ~ N(μ, Λ), estimates
e | ε ~ N(H(u)ε + m, S + B). Integrating ε out gives the weight of each, so the posterior is a finite mixture of normals
and its draws are independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq
from scipy.special import ndtr

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.elasticities.declared import Assumptions, Conversion
from regional_econ.elasticities.meta_analysis import meta_posterior
from regional_econ.elasticities.prior_share import doubt_from_priors, posterior_shares

FloatArray = NDArray[np.float64]
INNER_POINTS = 16
ATTENUATION_POINTS = 8
_NEGLIGIBLE = 1e-9  # weight of a component that is left out


@dataclass(frozen=True)
class EffectsPrior:
    """A mixture of m normals over k drivers before the designs: ``weight`` (m,), ``mean`` (m, k), ``covariance``.

    ``conversion`` (m,) is the factor of each component.
    """

    weight: FloatArray
    conversion: FloatArray
    mean: FloatArray
    covariance: FloatArray

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Return the mean (k,) and the covariance (k, k) of the whole mixture."""
        return _moments(self.weight, self.mean, self.covariance)


@dataclass(frozen=True)
class Posterior:
    """A mixture of m normals over k drivers: ``weight`` (m,), ``mean`` (m, k), ``covariance`` (m, k, k).

    ``conversion`` and ``attenuation`` (m,) are the two factors of each; ``shares`` (k, 3) as
    `elasticities.prior_share.posterior_shares` returns them, ``prior_doubt`` (k,) as `doubt_from_priors` does; ``pull``
    (designs, k): by how much the mean of a driver moves when a design's estimate of it does.
    """

    drivers: tuple[str, ...]
    weight: FloatArray
    conversion: FloatArray
    attenuation: FloatArray
    means: FloatArray
    covariances: FloatArray
    shares: FloatArray
    prior_doubt: FloatArray
    pull: FloatArray

    @property
    def mean(self) -> pd.Series:
        """Posterior means by driver."""
        return pd.Series(self.weight @ self.means, index=list(self.drivers))

    @property
    def covariance(self) -> pd.DataFrame:
        """Posterior covariance of the drivers' effects."""
        _, total = _moments(self.weight, self.means, self.covariances)
        return pd.DataFrame(total, index=list(self.drivers), columns=list(self.drivers))

    @property
    def prior_share(self) -> pd.Series:
        """Share of each effect's prior variance that the designs leave, their biases counted as noise."""
        return pd.Series(self.shares[:, 1:].sum(axis=1), index=list(self.drivers))

    @property
    def literature_share(self) -> pd.Series:
        """Share of each effect's prior variance that the designs would leave if they had sampling errors alone."""
        return pd.Series(self.shares[:, 2], index=list(self.drivers))

    @property
    def conversion_mean(self) -> float:
        """Posterior mean of the conversion factor."""
        return float(self.weight @ self.conversion)

    @property
    def attenuation_mean(self) -> float:
        """Posterior mean of the factor on what errors of measurement take away."""
        return float(self.weight @ self.attenuation)

    def quantiles(self, driver: str, levels: Sequence[float], *, extra_sd: float = 0.0) -> tuple[float, ...]:
        """Return exact quantiles of a driver's effect, with an independent normal spread added."""
        at = self.drivers.index(driver)
        mean, sd = self.means[:, at], np.sqrt(self.covariances[:, at, at] + extra_sd**2)
        low, high = float((mean - 10 * sd).min()), float((mean + 10 * sd).max())
        return tuple(
            float(brentq(lambda x, p=level: self.weight @ ndtr((x - mean) / sd) - p, low, high, xtol=1e-10))
            for level in levels
        )

    def draw(self, n: int, *, seed: int, chain: int) -> FloatArray:
        """Return n independent draws (n, k) of one chain."""
        rng = rng_for(seed, "elasticities", chain)
        chosen = rng.choice(len(self.weight), size=n, p=self.weight)
        noise = rng.standard_normal((n, len(self.drivers)))
        spread = np.einsum("nij,nj->ni", np.linalg.cholesky(self.covariances[chosen]), noise)
        return np.asarray(self.means[chosen] + spread)


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

    What errors of measurement take away from each design's estimate is declared; one factor u on all of it, uniform
    around one, is in doubt and integrated out at Gauss–Legendre points.

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
    for driver in drivers:
        _known(assumptions.drivers, driver, "driver")
    e = estimates.reindex(columns=list(drivers)).to_numpy(dtype=float).ravel()
    designs = [str(design) for design in estimates.index]
    labels = [(design, driver) for design in designs for driver in drivers]
    S = covariance.loc[labels, labels].to_numpy(dtype=float) if labels else np.zeros((0, 0))
    if not (np.isfinite(e).all() and np.isfinite(S).all()):
        raise EstimationError("estimates are not finite", where="synthesis", advice="Run the designs again")
    prior = effects_prior(assumptions, drivers, level_pct)
    k = len(drivers)
    if not labels:
        literature_alone = np.tile([0.0, 0.0, 1.0], (k, 1))
        return Posterior(
            drivers, prior.weight, prior.conversion, np.ones_like(prior.weight), prior.mean, prior.covariance,
            literature_alone, np.ones(k), np.zeros((0, k)),
        )  # fmt: skip
    H, m, B = bias_terms(designs, drivers, assumptions, specification_sd or {})
    G = np.kron(np.ones((len(designs), 1)), np.eye(k)) - H
    u, mass = attenuation_grid(assumptions.attenuation_half_width)
    # The designs enter through H'N⁻¹H and H'N⁻¹(e − m) alone, so that each component is an algebra of k drivers.
    at_u = H - (u - 1)[:, None, None] * G
    solved = np.linalg.solve(S + B, at_u)
    precision, score = at_u.transpose(0, 2, 1) @ solved, np.einsum("uik,i->uk", solved, e - m)
    inverse = np.linalg.inv(prior.covariance)
    V = np.linalg.inv(inverse[:, None] + precision)
    V = (V + V.transpose(0, 1, 3, 2)) / 2
    prior_score = np.einsum("mij,mj->mi", inverse, prior.mean)
    both = prior_score[:, None] + score
    mean = np.einsum("muij,muj->mui", V, both)
    # Log evidence but for what all components share.
    _, log_det = np.linalg.slogdet(np.eye(k) + prior.covariance[:, None] @ precision)
    quadratic = np.einsum("mi,mi->m", prior_score, prior.mean)[:, None] - np.einsum("mui,mui->mu", both, mean)
    logs = np.log(np.outer(prior.weight, mass)) - 0.5 * (log_det + quadratic)
    weight = np.exp(logs - logs.max())
    weight[weight <= _NEGLIGIBLE * weight.sum()] = 0.0
    weight /= weight.sum()
    gain = np.einsum("mu,muij,unj->in", weight, V, solved)
    pull = np.stack([np.diag(gain[:, at : at + k]) for at in range(0, len(e), k)])
    doubt = float(mass @ (u - 1) ** 2)
    moments = (*prior.moments(), H, G, doubt, S, B)
    component, point = np.nonzero(weight)
    kept = (component, point)
    return Posterior(
        drivers, weight[kept], prior.conversion[component], u[point], mean[kept], V[kept],
        posterior_shares(*moments), doubt_from_priors(*moments), pull,
    )  # fmt: skip


def attenuation_grid(half_width: float) -> tuple[FloatArray, FloatArray]:
    """Return points and weights of the factor on what errors of measurement take away, uniform around one.

    >>> points, weight = attenuation_grid(1.0)
    >>> bool(np.isclose(weight @ (points - 1) ** 2, 1 / 3))
    True
    """
    if half_width == 0:
        return np.ones(1), np.ones(1)
    nodes, quadrature = np.polynomial.legendre.leggauss(ATTENUATION_POINTS)
    return 1 + half_width * nodes, quadrature / 2


def conversion_grid(conversion: Conversion) -> tuple[FloatArray, FloatArray]:
    """Return points and prior weights of the clamped conversion factor: two atoms at the ends, and quantiles.

    >>> points, weight = conversion_grid(Conversion(0.5, 0.5, 0.0, 1.0))
    >>> bool(np.isclose(weight @ points, 0.5))
    True
    """
    at = stats.norm(conversion.centre, conversion.sd)
    below, above = float(at.cdf(conversion.low)), float(at.sf(conversion.high))
    nodes, quadrature = np.polynomial.legendre.leggauss(INNER_POINTS)
    inside = 1 - below - above
    points = np.concatenate([[conversion.low], at.ppf(below + inside * (nodes + 1) / 2), [conversion.high]])
    mass = np.concatenate([[below], inside * quadrature / 2, [above]])
    possible = mass > 0
    return points[possible], mass[possible]


def effects_prior(assumptions: Assumptions, drivers: tuple[str, ...], level_pct: float) -> EffectsPrior:
    """Return what is known of the effects before the designs speak.

    A published effect on ln of the share is divided by 1 − y to stand on the logit scale, one on patent counts is also
    multiplied by the conversion factor; each driver's discrepancy is added.

    Parameters
    ----------
    assumptions, drivers, level_pct : as in :func:`posterior`.
    """
    to_logit = 1 / (1 - level_pct / 100)
    metas = [(relation, meta_posterior(relation)) for relation in assumptions.relations]
    metas = [(relation, meta) for relation, meta in metas if set(relation.drivers) & set(drivers)]
    points, mass = conversion_grid(assumptions.conversion)
    if not any(relation.converted for relation, _ in metas):
        points, mass = np.array([assumptions.conversion.centre]), np.ones(1)
    cases = list(product(range(len(points)), *(range(len(meta.weight)) for _, meta in metas)))
    index = np.array(cases)
    weight, c = mass[index[:, 0]], points[index[:, 0]]
    mean = np.zeros((len(index), len(drivers)))
    covariance = np.tile(
        np.diag([assumptions.drivers[driver].discrepancy_sd ** 2 for driver in drivers]), (len(index), 1, 1)
    )
    for column, (relation, meta) in enumerate(metas, start=1):
        chosen = index[:, column]
        weight = weight * meta.weight[chosen]
        factor = to_logit * (c if relation.converted else np.ones_like(c))
        own = [at for at, driver in enumerate(relation.drivers) if driver in drivers]
        place = [drivers.index(relation.drivers[at]) for at in own]
        mean[:, place] = factor[:, None] * meta.location[chosen][:, own]
        block = factor[:, None, None] ** 2 * meta.covariance[chosen][:, own][:, :, own]
        covariance[np.ix_(range(len(index)), place, place)] += block
    return EffectsPrior(weight / weight.sum(), c, mean, covariance)


def bias_terms(
    designs: Sequence[str], drivers: Sequence[str], assumptions: Assumptions, specification_sd: Mapping[str, float]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return H (n, k), the mean m (n,) and the covariance B (n, n) of the estimates' biases, designs varying slowest.

    Biases of two designs of one family are correlated for the same driver; drivers are independent.

    Raises
    ------
    UnknownNameError : a design without a declared bias.
    """
    biases = [_known(assumptions.designs, design, "design") for design in designs]
    k = len(drivers)
    unit = np.array([assumptions.drivers[driver].unit for driver in drivers])
    upwards = np.array([assumptions.drivers[driver].upwards for driver in drivers])
    H = np.kron(np.array([[bias.reliability] for bias in biases]), np.eye(k))
    m = np.kron([bias.mean for bias in biases], unit * upwards)
    family = np.array([[a.family == b.family for b in biases] for a in biases], dtype=float)
    correlation = assumptions.bias_correlation * family
    np.fill_diagonal(correlation, 1.0)
    sd = np.array([bias.sd for bias in biases])
    B: FloatArray = np.kron(np.outer(sd, sd) * correlation, np.diag(unit**2)).astype(np.float64)
    for i, design in enumerate(designs):
        if design == "within":
            spread = [specification_sd.get(driver, 0.0) ** 2 for driver in drivers]
            B[i * k : (i + 1) * k, i * k : (i + 1) * k] += np.diag(spread)
    return np.asarray(H), np.asarray(m), B


def _moments(weight: FloatArray, mean: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    centre = weight @ mean
    gap = mean - centre
    return centre, np.asarray(np.einsum("m,mij->ij", weight, covariance) + (gap * weight[:, None]).T @ gap)


def _known[T](entries: Mapping[str, T], name: str, kind: str) -> T:
    if name not in entries:
        raise UnknownNameError.of(kind, name, entries, where="data/biases.yml")
    return entries[name]
