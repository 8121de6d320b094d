"""What do published effects say of the next region's effect, once the findings that were never printed are counted?

Given the heterogeneity τ and the number of silent nulls everything is normal, so the answer is a finite mixture of
normals: τ at Gauss–Legendre points of its prior's quantiles, the number of nulls from the declared selection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regional_econ.elasticities.published import Relation, Selection

FloatArray = NDArray[np.float64]
TAU_POINTS = 8
_TAIL = 1e-3  # of the number of silent nulls


@dataclass(frozen=True)
class MetaPosterior:
    """A mixture of m normals over the k drivers of a relation.

    ``weight`` (m,), ``tau`` (m,), ``silent`` (m,) the number of nulls counted; ``location`` (m, k) and
    ``location_covariance`` (m, k, k) of the mean effects of all studies; ``covariance`` (m, k, k) of the effects of the
    next study, whose mean is the same.
    """

    weight: FloatArray
    tau: FloatArray
    silent: FloatArray
    location: FloatArray
    location_covariance: FloatArray
    covariance: FloatArray

    @property
    def mean(self) -> FloatArray:
        """(k,) mean of the mean effects, and of the next study's."""
        return np.asarray(self.weight @ self.location)

    @property
    def location_sd(self) -> FloatArray:
        """(k,) standard deviation of the mean effects."""
        return self._sd(self.location_covariance)

    @property
    def predictive_sd(self) -> FloatArray:
        """(k,) standard deviation of the next study's effects."""
        return self._sd(self.covariance)

    def _sd(self, covariance: FloatArray) -> FloatArray:
        second = np.diagonal(covariance, axis1=1, axis2=2) + self.location**2
        return np.asarray(np.sqrt(self.weight @ second - self.mean**2))


def meta_posterior(relation: Relation, *, tau_points: int = TAU_POINTS) -> MetaPosterior:
    """Return the posterior of a relation's mean effects and of the next study's.

    Mean effects ~ N(0, location_sd² R), R with the drivers' correlation; a study's effects ~ N(mean, τ² R); what it
    prints ~ N(its effect + bias, sd²), rows of one study sharing its deviation and bias; τ half-normal. Nulls, seen in
    words or silent, are estimates of zero of the drivers' average effect. Their number has the weight of the declared
    selection, whatever the likelihood of the zeros put in for them, which are not data.

    Parameters
    ----------
    relation : findings and nulls in one unit.
    tau_points : points over the heterogeneity.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.4 and 5.6; Schmidli et al. (2014), Biometrics 70,
    for the next study's effect as a prior. Held against the R package bayesmeta.
    """
    k = len(relation.drivers)
    R = np.full((k, k), relation.driver_correlation) + (1 - relation.driver_correlation) * np.eye(k)
    nodes, quadrature = np.polynomial.legendre.leggauss(tau_points)
    tau = relation.heterogeneity_sd * stats.norm.ppf(0.75 + nodes / 4)
    counts, shares = silent_nulls(relation.n_studies, len(relation.nulls), relation.selection)
    weight, location, spread = [], [], []
    for count, share in zip(counts, shares, strict=True):
        logs, mean, covariance = _given_tau(relation, R, tau, int(count))
        own = quadrature / 2 * np.exp(logs - logs.max())
        weight.append(share * own / own.sum())
        location.append(mean)
        spread.append(covariance)
    taus = np.tile(tau, len(counts))
    covariances = np.concatenate(spread)
    return MetaPosterior(
        np.concatenate(weight), taus, np.repeat(counts, tau_points).astype(float), np.concatenate(location),
        covariances, covariances + taus[:, None, None] ** 2 * R,
    )  # fmt: skip


def silent_nulls(n_printed: int, n_seen: int, selection: Selection) -> tuple[NDArray[np.intp], FloatArray]:
    """Return possible numbers of nulls without a figure behind so many printed studies, and their probabilities.

    Findings arrive one by one and are silent with the declared probability; the number of silent ones before the last
    printed study is negative binomial. At least those seen in words are there.

    >>> counts, shares = silent_nulls(4, 0, Selection(0.0, 1.0, "all findings are printed"))
    >>> counts.tolist(), shares.tolist()
    ([0], [1.0])
    """
    if n_printed == 0 or selection.silent == 0:
        return np.array([n_seen]), np.ones(1)
    law = stats.nbinom(n_printed, 1 - selection.silent)
    counts = np.arange(n_seen, max(int(law.isf(_TAIL)), n_seen) + 1)
    mass = law.pmf(counts)
    return counts, np.asarray(mass / mass.sum())


def _given_tau(
    relation: Relation, R: FloatArray, tau: FloatArray, n_nulls: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log evidence (T,), mean (T, k) and covariance (T, k, k) of the mean effects at each heterogeneity."""
    k, found = len(relation.drivers), relation.findings
    A = np.full((len(found) + n_nulls, k), 1 / k)
    for row, finding in enumerate(found):
        A[row] = [1 / len(finding.drivers) if driver in finding.drivers else 0.0 for driver in relation.drivers]
    y = np.array([*(finding.value - finding.bias.mean for finding in found), *np.zeros(n_nulls)])
    of_study = np.array([*(finding.about == "study" for finding in found), *[True] * n_nulls])
    groups = [*(finding.group for finding in found), *(f"null {number}" for number in range(n_nulls))]
    same = np.array([[a == b for b in groups] for a in groups], dtype=float).reshape(len(y), len(y))
    sd = np.array([*(finding.sd for finding in found), *[relation.null_sd] * n_nulls])
    bias = np.array([*(finding.bias.sd for finding in found), *np.zeros(n_nulls)])
    between = A @ R @ A.T * same * np.outer(of_study, of_study)
    noise = tau[:, None, None] ** 2 * between + np.outer(bias, bias) * same + np.diag(sd**2)
    prior = relation.location_sd**2 * R
    marginal = A @ prior @ A.T + noise
    gain = np.linalg.solve(marginal, np.broadcast_to(A @ prior, (len(tau), *(A @ prior).shape)))
    mean = np.einsum("tik,i->tk", gain, y)
    covariance = prior - np.einsum("tik,ij->tkj", gain, A @ prior)
    _, log_det = np.linalg.slogdet(2 * np.pi * marginal)
    solved = np.linalg.solve(marginal, np.broadcast_to(y[:, None], (len(tau), len(y), 1)))[:, :, 0]
    return -0.5 * (log_det + solved @ y), mean, (covariance + covariance.transpose(0, 2, 1)) / 2
