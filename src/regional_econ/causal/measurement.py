"""How much of an estimate could errors in the figures explain?

The outcome is a share of the n organisations surveyed: its sampling noise widens errors and leaves coefficients where
they are. Drivers are revised: errors in them pull coefficients, their own mostly towards zero, those of the other
regressors anywhere. Two answers. With reliabilities: what a first figure was revised by is taken as the error that a
figure in use may still have, and the matrix of the regressors is corrected for it after the effects are taken out,
which remove signal and leave noise. Without: reverse regressions bound what any errors of the classical kind allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Term
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import GramBlocks, sweep
from regional_econ.causal.sample import Sample
from regional_econ.causal.scales import FloatArray, term_matrix
from regional_econ.core.panel import Panel

_REVISED = 1e-9
_SHARE = 0.5


@dataclass(frozen=True)
class OutcomeNoise:
    """Sampling noise of the outcome on the logit scale.

    ``sd`` is the root mean variance 1/(n p(1 − p)) of a cell, weighted as the rows; ``share`` its part of the residual
    variance that the covariates and effects leave. The noise makes estimates less precise; it does not bias them.
    """

    sd: float
    share: float
    n_obs: int


@dataclass(frozen=True)
class RevisionErrors:
    """Errors of first figures, as their later revision shows them.

    ``covariance`` (p, p) of the regressors' revisions in deviations from the year's mean; ``cells`` (p,) figures
    behind each, zero where no edition differs: its variance is then zero for want of evidence.
    """

    covariance: FloatArray
    cells: tuple[int, ...]


@dataclass(frozen=True)
class Corrected:
    """A coefficient before and after the correction.

    ``reliability`` is the share of the driver's variance within the effects that is no error, ``partial`` the share of
    what the covariates leave of it: 1 less that is how far a lone error pulls the coefficient towards zero.
    ``corrected_error`` is a jackknife over regions, the error covariance taken as known.
    """

    estimate: float
    corrected: float
    corrected_error: float
    reliability: float
    partial: float


@dataclass(frozen=True)
class ReverseBounds:
    """Bounds that need no reliability.

    ``driver_*``: only the driver errs (Frisch); ``all_*``: the driver and all covariates may (Klepper–Leamer), infinite
    where such errors could give any value.
    """

    driver_low: float
    driver_high: float
    all_low: float
    all_high: float


def outcome_noise(sample: Sample, columns: Sequence[int], organisations: FloatArray) -> OutcomeNoise:
    """Return the share of the residual variance that sampling of organisations makes.

    Parameters
    ----------
    sample : rows whose ``y`` is an empirical logit.
    columns : regressors.
    organisations : (n,) organisations behind each row's share.

    Source: Berkson (1955), the variance of an empirical logit; Hausman (2001), Journal of Economic Perspectives 15(4),
    on errors in the outcome. Held against binomial draws.
    """
    Z = sweep(np.column_stack([sample.X[:, list(columns)], sample.y]), sample)
    residual = Z[:, -1] - Z[:, :-1] @ np.linalg.lstsq(Z[:, :-1], Z[:, -1], rcond=None)[0]
    share = 1 / (1 + np.exp(-sample.y))
    variance = 1 / (organisations * share * (1 - share))
    free = sample.weights * free_shares(sample)
    noise = float(free @ variance / free.sum())
    total = float(residual @ residual / free.sum())
    return OutcomeNoise(float(np.sqrt(noise)), noise / total, len(sample.y))


def organisations_of(panel: Panel, multiverse: Multiverse, sample: Sample) -> FloatArray:
    """Return the organisations behind each row (n,): those declared per thousand employed, at the mean employment."""
    years = range(int(sample.year.min()), int(sample.year.max()) + 1)
    employed = panel.matrix("employed_thousand", years=years).mean(axis=1).to_numpy(dtype=float)
    return np.asarray(multiverse.organisations_per_thousand_employed * employed[sample.region])


def revision_errors(
    panel: Panel, editions: Mapping[str, Panel], terms: Sequence[Term], years: tuple[int, int]
) -> RevisionErrors:
    """Return the covariance of the regressors' revisions between older editions and the figures in use.

    A year counts for a regressor where an older edition differs in at least half of its regions; the revision that all
    regions share is taken out, as the year effects do.

    Parameters
    ----------
    panel : figures in use.
    editions : older ones, each a panel, by name.
    terms : regressors.
    years : first and last year of the figures.

    Raises
    ------
    EstimationError : no editions.
    """
    if not editions:
        raise EstimationError("no older editions, so no revisions", advice="Load some: load_panel('yearbook-2023')")
    span = range(years[0], years[1] + 1)
    newest = np.stack([term_matrix(panel, term, span).to_numpy(dtype=float) for term in terms])
    total, cells = np.zeros((len(terms), len(terms))), np.zeros(len(terms))
    for edition in editions.values():
        older = np.stack([term_matrix(edition, term, span).to_numpy(dtype=float) for term in terms])
        for t in range(len(span)):
            gap = older[:, :, t] - newest[:, :, t]
            known = np.isfinite(gap).all(axis=0)
            if known.sum() < 2:
                continue
            gap = gap[:, known]
            revised = (np.abs(gap) > _REVISED).mean(axis=1) >= _SHARE
            centred = np.where(revised[:, None], gap - gap.mean(axis=1, keepdims=True), 0.0)
            total += centred @ centred.T
            cells += revised * (known.sum() - 1)
    scale = np.sqrt(np.maximum(cells, 1))
    return RevisionErrors(total / np.outer(scale, scale), tuple(int(one) for one in cells))


def corrected_for_errors(sample: Sample, columns: Sequence[int], errors: FloatArray) -> Corrected:
    """Return the first regressor's coefficient corrected for errors in all regressors.

    Parameters
    ----------
    sample : complete cases.
    columns : regressors, the driver first.
    errors : (q, q) covariance of the errors of one row, independent over rows and of everything else.

    Returns
    -------
    estimate and correction b = (X'X − mE)⁻¹X'y, m the weighted rows that the effects leave.

    Raises
    ------
    EstimationError : the errors leave nothing of the regressors' variance.

    Source: Fuller (1987), Measurement Error Models, eq. 3.1.7; Griliches, Hausman (1986), Journal of Econometrics
    31(1), on errors after effects. Held against simulated errors, and against the attenuation formula.
    """
    chosen = list(columns)
    Z = sweep(np.column_stack([sample.X[:, chosen], sample.y]), sample)
    mass = np.bincount(sample.region, sample.weights * free_shares(sample))
    regions = np.unique(sample.region)
    grams = np.stack([Z[sample.region == region].T @ Z[sample.region == region] for region in regions])
    noise = mass[regions][:, None, None] * errors

    def solved(gram: FloatArray, taken: FloatArray) -> float:
        clean = gram[:-1, :-1] - taken
        if np.linalg.eigvalsh(clean).min() <= 0:
            raise EstimationError(
                "errors as large as these leave nothing of the regressors", advice="Use reverse regressions"
            )
        return float(np.linalg.solve(clean, gram[:-1, -1])[0])

    gram, taken = grams.sum(axis=0), noise.sum(axis=0)
    without = np.array([solved(gram - own, taken - part) for own, part in zip(grams, noise, strict=True)])
    count = len(regions)
    spread = (count - 1) / count * float(((without - without.mean()) ** 2).sum())
    inner = float(1 / np.linalg.inv(gram[:-1, :-1])[0, 0])
    return Corrected(
        float(np.linalg.solve(gram[:-1, :-1], gram[:-1, -1])[0]),
        solved(gram, taken),
        float(np.sqrt(spread)),
        float(1 - taken[0, 0] / gram[0, 0]),
        float(1 - taken[0, 0] / inner),
    )


def free_shares(sample: Sample) -> FloatArray:
    """Return what the effects leave of each row's error (n,): 1 less its leverage under them."""
    root = np.sqrt(sample.weights)[:, None]
    units = np.bincount(sample.unit, sample.weights)[sample.unit]
    dummies = np.eye(int(sample.cell.max()) + 1)[sample.cell]
    sums = np.zeros((int(sample.unit.max()) + 1, dummies.shape[1]))
    np.add.at(sums, sample.unit, dummies * sample.weights[:, None])
    mass = np.bincount(sample.unit, sample.weights)
    vectors, values, _ = np.linalg.svd(root * (dummies - (sums / mass[:, None])[sample.unit]), full_matrices=False)
    kept = vectors[:, values > 1e-9 * values[0]]
    return np.asarray(1 - sample.weights / units - (kept**2).sum(axis=1))


def attenuated(blocks: GramBlocks, columns: Sequence[int], reliabilities: Sequence[float]) -> pd.DataFrame:
    """Return what the coefficient would be if the driver alone erred, at given reliabilities within the effects.

    Parameters
    ----------
    blocks : swept sample.
    columns : regressors, the driver first.
    reliabilities : shares of the driver's variance within the effects that are no error.

    Returns
    -------
    Frame with reliability, partial, estimate; NaN where the error is all that the covariates leave of the driver.
    """
    gram, right = blocks.xx.sum(axis=2)[np.ix_(columns, columns)], blocks.xy.sum(axis=1)[list(columns)]
    inner = 1 / np.linalg.inv(gram)[0, 0]
    estimate = np.linalg.solve(gram, right)[0]
    given = np.asarray(reliabilities, dtype=float)
    partial = 1 - (1 - given) * gram[0, 0] / inner
    values = np.divide(estimate, partial, out=np.full_like(partial, np.nan), where=partial > 0)
    return pd.DataFrame({"reliability": given, "partial": partial, "estimate": values})


def reverse_bounds(blocks: GramBlocks, columns: Sequence[int]) -> ReverseBounds:
    """Return the bounds of the driver's coefficient from reverse regressions.

    If the driver alone errs, the coefficient lies between the direct regression and the one of the driver on the
    outcome, turned round. If all regressors may, it lies among all reverse regressions, provided that they agree on
    the sign of every coefficient; where they do not, it can be anything.

    Parameters
    ----------
    blocks : swept sample.
    columns : regressors, the driver first.

    Source: Frisch (1934); Klepper, Leamer (1984), Econometrica 52(1), Theorem 1. Held against each reverse regression
    by statsmodels.

    >>> one = GramBlocks(np.array([[[2.0]]]), np.array([[1.0]]), 1.0, 10, 1, 0)
    >>> found = reverse_bounds(one, [0])
    >>> found.driver_low, found.driver_high, found.all_high
    (0.5, 1.0, 1.0)
    """
    chosen = list(columns)
    gram, right = blocks.xx.sum(axis=2)[np.ix_(chosen, chosen)], blocks.xy.sum(axis=1)[chosen]
    whole = np.block([[np.array([[blocks.yy]]), right[None]], [right[:, None], gram]])
    inverse = np.linalg.inv(whole)
    # row j of the inverse is the regression of variable j on all others; in terms of the outcome: −row/its first entry
    slopes = -inverse[:, 1:] / inverse[:, [0]]
    own = sorted((float(slopes[0, 0]), float(slopes[1, 0])))
    agree = (np.sign(slopes) == np.sign(slopes[0])).all()
    wide = (float(slopes[:, 0].min()), float(slopes[:, 0].max())) if agree else (-np.inf, np.inf)
    return ReverseBounds(own[0], own[1], *wide)
