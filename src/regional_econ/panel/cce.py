"""What is left once each region may load on common factors in its own way? Pooled common correlated effects."""

from __future__ import annotations

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Codes, Floats, group_means, group_sums
from regional_econ.panel.estimators import Sample
from regional_econ.panel.least_squares import Solution, Transformed

_NOTHING = 1e-9  # of a common column's length: a combination of the others in the years of some regions


def common_effects(sample: Sample) -> tuple[Sample, Transformed, dict[str, float | int | str]]:
    """Pooled common correlated effects: least squares on what `leave_factors` leaves.

    Units with no more rows than an intercept and k + 1 loadings would be fitted perfectly and are left out before
    averages are taken. The loadings of a unit are its own, so under clustered errors they count as one together.

    Parameters
    ----------
    sample : complete cases, k regressors.

    Returns
    -------
    the rows used, their regression, and what it reports: n_loadings, n_short (rows of units left out), df_resid

    Raises
    ------
    EstimationError : fewer than two units are long enough.

    Source: Pesaran (2006, Econometrica 74, eq. 65). Held against plm's pcce on Munnell's data
    (tests/panel/test_published.py).
    """
    k = sample.X.shape[1]
    long = (np.bincount(sample.units) > k + 2)[sample.units]
    rows = sample if long.all() else sample.rows(long)
    if not long.any() or rows.units[-1] == 0:
        raise EstimationError(
            f"fewer than two units have more than {k + 2} rows, as {k} regressors with loadings need",
            advice="Use fewer regressors, or region+year effects",
        )
    columns = np.column_stack([rows.y, rows.X])
    left, loadings = leave_factors(columns, rows.units, rows.year_codes)
    data = Transformed(
        left[:, 0], left[:, 1:], rows.names, rows.units, rows.years, rows.weights, (rows.units,),
        np.linalg.norm(rows.X, axis=0),
    )  # fmt: skip
    df = len(left) - k - loadings
    if df <= 0:
        raise EstimationError(f"{len(left)} observations leave no degrees of freedom", advice="Use fewer regressors")
    return rows, data, {"n_loadings": loadings, "n_short": int((~long).sum()), "df_resid": df}


def spread_of_slopes(data: Transformed, fit: Solution) -> tuple[Floats, int]:
    """Covariance of the pooled coefficients from the spread of the units' own slopes about their mean: (k, k), N.

    With A_i = X_i'M_iX_i and b_i the slopes of unit i, (ΣA_i)⁻¹ · N/(N−1) · Σ A_i(b_i − b̄)(b_i − b̄)'A_i · (ΣA_i)⁻¹.

    Raises
    ------
    EstimationError : a unit has fewer years than its own slopes need.
    """
    k, size = data.X.shape[1], int(data.units.max()) + 1
    products = group_sums((data.X[:, :, None] * data.X[:, None, :]).reshape(len(data.y), -1), data.units)
    own = products.reshape(size, k, k)
    scale = np.sqrt(np.einsum("nii->ni", own))
    scaled = own / (scale[:, :, None] * scale[:, None, :]) if scale.all() else np.zeros_like(own)
    if np.linalg.eigvalsh(scaled).min() <= _NOTHING:
        raise EstimationError("a unit has too few years for slopes of its own", advice="Use cluster:region")
    right = group_sums(data.X * data.y[:, None], data.units)
    slopes = np.linalg.solve(scaled, (right / scale)[:, :, None])[:, :, 0] / scale
    pulls = np.einsum("nij,nj->ni", own, slopes - slopes.mean(axis=0))
    return size / (size - 1) * fit.bread @ pulls.T @ pulls @ fit.bread, size


def leave_factors(values: Floats, units: Codes, years: Codes) -> tuple[Floats, int]:
    """Residuals of columns on the yearly averages of all of them, each unit with an intercept and loadings of its own.

    Averages are those of the units present in a year, each counting once, so an unbalanced panel needs no filling; a
    unit is freed of the averages of its own years. Where those are fewer than the averages and the intercept, or a
    combination of each other, the rank that they have is taken out and counted.

    Parameters
    ----------
    values : (n, p) outcome and regressors; units, years : (n,) codes 0 …, rows sorted by unit and year.

    Returns
    -------
    (n, p) residuals, and the number of intercepts and loadings taken out.

    Source: Pesaran (2006, Econometrica 74, eq. 21 and 65). Held against plm's pcce on Munnell's data
    (tests/panel/test_published.py).

    Examples
    --------
    >>> common = np.array([0.0, 1.0, 5.0, 2.0])
    >>> values = np.concatenate([2 * common + 1, 3 * common])[:, None]
    >>> left, loadings = leave_factors(values, np.repeat([0, 1], 4), np.tile(range(4), 2))
    >>> bool(np.abs(left).max() < 1e-12), loadings
    (True, 4)
    """
    averages = group_means(values, years, np.ones(len(values)))
    return free_of(values, averages[years], units)


def free_of(values: Floats, beside: Floats, units: Codes) -> tuple[Floats, int]:
    """Residuals of columns on others that all units share, each unit with an intercept and loadings of its own.

    Parameters
    ----------
    values : (n, p); beside : (n, q), equal in all rows of a year; units : (n,) codes 0 …, rows sorted by unit and year.

    Returns
    -------
    (n, p) residuals, and the number of intercepts and loadings taken out.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(units) != 0])
    lengths = np.diff(np.r_[starts, len(values)])
    patterns: dict[bytes, list[int]] = {}
    for unit, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        patterns.setdefault(beside[start : start + length].tobytes(), []).append(unit)
    left, loadings = np.empty(values.shape), 0
    for members in patterns.values():
        rows = starts[members][:, None] + np.arange(lengths[members[0]])
        basis = _basis(beside[rows[0]])
        block = values[rows]
        for _ in range(2):
            block = block - basis @ (basis.T @ block)
        left[rows] = block
        loadings += len(members) * basis.shape[1]
    return left, loadings


def _basis(averages: Floats) -> Floats:
    """An orthonormal basis of the intercept and the averages in some years."""
    centred = averages - averages.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    moving = lengths > _NOTHING * np.linalg.norm(averages, axis=0)
    turned, sizes, _ = np.linalg.svd(centred[:, moving] / lengths[moving], full_matrices=False)
    kept = turned[:, sizes > _NOTHING * max(1.0, float(sizes.max(initial=0.0)))]
    return np.column_stack([np.full(len(averages), len(averages) ** -0.5), kept])
