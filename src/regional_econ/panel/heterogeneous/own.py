"""What are the coefficients of each region by itself? Least squares of all regions at once, as stacked arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Codes, Floats
from regional_econ.panel.estimators import Sample
from regional_econ.panel.least_squares import COLLINEAR, Solution
from regional_econ.panel.variance_components import refuse_exact_fit


@dataclass(frozen=True, slots=True)
class OwnSlopes:
    """One regression a region.

    Attributes
    ----------
    slopes : (N, k).
    bread : (N, k, k) the regions' (X_i'X_i)⁻¹.
    residuals : (n,) of each region's own coefficients.
    lengths : (N,) rows of a region.
    """

    slopes: Floats
    bread: Floats
    residuals: Floats
    lengths: NDArray[np.int64]


def own_slopes(sample: Sample, y: Floats, X: Floats, names: tuple[str, ...], scale: Floats | None = None) -> OwnSlopes:
    """Least squares of each region by itself, regions of equal length in one stacked QR decomposition.

    Parameters
    ----------
    sample : whose rows these are; y : (n,), X : (n, k), names : k terms.
    scale : (n, k) columns before anything was taken out, against which "no variation left" is judged; X where None.

    Raises
    ------
    EstimationError : a region with no more rows than terms, or in which a term is a combination of the others; named;
        terms that fit the outcome exactly.
    """
    units, k = sample.units, X.shape[1]
    lengths = np.bincount(units)
    if lengths.min() <= k:
        raise EstimationError(
            f"{int(lengths.min())} rows cannot give {k} coefficients of its own",
            where=region_of(sample, int(lengths.argmin())),
            advice="Use fewer terms or a longer sample, or leave the region out",
        )
    slopes, bread = np.empty((len(lengths), k)), np.empty((len(lengths), k, k))
    residuals = np.empty(len(y))
    for members, rows in by_length(units):
        block = X[rows]
        before = np.linalg.norm((X if scale is None else scale)[rows], axis=1)
        norms = np.linalg.norm(block, axis=1)
        _refuse_fixed(sample, names, members, norms <= COLLINEAR * before)
        Q, R = np.linalg.qr(block / norms[:, None, :])
        _refuse_fixed(sample, names, members, np.abs(np.einsum("nii->ni", R)) <= COLLINEAR)
        inverse = np.linalg.inv(R) / norms[:, :, None]
        slopes[members] = np.einsum("nij,ntj,nt->ni", inverse, Q, y[rows], optimize=True)
        bread[members] = inverse @ inverse.transpose(0, 2, 1)
        residuals[rows] = y[rows] - np.einsum("ntk,nk->nt", block, slopes[members])
    refuse_exact_fit(y, float(residuals @ residuals))
    return OwnSlopes(slopes, bread, residuals, lengths)


def by_length(units: Codes) -> Iterator[tuple[Codes, Codes]]:
    """Regions of equal length: their codes (m,) and rows (m, T), rows sorted by region."""
    lengths = np.bincount(units)
    starts = np.cumsum(lengths) - lengths
    for length in np.unique(lengths):
        members = np.flatnonzero(lengths == length)
        yield members, starts[members][:, None] + np.arange(length)


def mean_of_regions(own: OwnSlopes, units: Codes, slopes: Floats | None = None) -> Solution:
    """The mean of the regions' coefficients, as a solution whose scores add up to each region's share in it.

    Clustered by region with the factor N/(N−1), these scores give Σ(b_i − b̄)(b_i − b̄)'/(N(N−1)).

    Parameters
    ----------
    own : the regressions; units : (n,) codes.
    slopes : (N, k) in place of theirs, such as jackknifed ones.
    """
    found = own.slopes if slopes is None else slopes
    mean, bread = found.mean(axis=0), own.bread.mean(axis=0)
    return weighed(mean, bread, (found - mean) / len(found), own, units)


def weighed(beta: Floats, bread: Floats, influence: Floats, own: OwnSlopes, units: Codes) -> Solution:
    """A solution of given coefficients whose scores spread each region's influence (N, k) evenly over its rows."""
    norms = np.sqrt(np.diag(bread))
    sums = np.linalg.solve(bread / np.outer(norms, norms), (influence / norms).T).T / norms
    return Solution(beta, own.residuals, bread, (sums / own.lengths[:, None])[units])


def long_enough(sample: Sample, needed: int, what: str) -> tuple[Sample, int]:
    """The rows of regions with more than `needed` rows, and the number of the others.

    Raises
    ------
    EstimationError : fewer than two regions are left.
    """
    long = (np.bincount(sample.units) > needed)[sample.units]
    rows = sample if long.all() else sample.rows(long)
    if not long.any() or rows.units[-1] == 0:
        raise EstimationError(
            f"fewer than two regions have more than {needed} rows, as {what} need",
            advice="Use fewer regressors or a longer sample",
        )
    return rows, int((~long).sum())


def region_of(sample: Sample, code: int) -> str:
    """The name of a region by its code."""
    return str(sample.index.get_level_values(0)[int(np.searchsorted(sample.units, code))])


def _refuse_fixed(sample: Sample, names: tuple[str, ...], members: Codes, fixed: NDArray[np.bool_]) -> None:
    if fixed.any():
        place, term = (int(number[0]) for number in np.nonzero(fixed))
        raise EstimationError(
            f"{names[term]} does not vary, or is a combination of other terms",
            where=f"{region_of(sample, int(members[place]))} by itself",
            advice="Leave the term or the region out, or use an estimator with common slopes",
        )
