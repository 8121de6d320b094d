"""What is the average slope where the outcome follows its own past? CCE mean group with lags of the averages."""

from __future__ import annotations

import re

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.cce import free_of
from regional_econ.panel.demean import Floats, group_means
from regional_econ.panel.estimators import Sample
from regional_econ.panel.heterogeneous.mean_group import Extras, described
from regional_econ.panel.heterogeneous.own import OwnSlopes, long_enough, mean_of_regions, own_slopes, region_of
from regional_econ.panel.least_squares import Solution, Transformed


def dynamic_cce(
    sample: Sample, outcome: str, lags: int | None, *, jackknife: bool = False
) -> tuple[Sample, Transformed, Solution, Extras]:
    """Dynamic CCE mean group: own slopes with the yearly averages of outcome and terms, and lags of these, beside.

    The lagged outcome is a term of the formula, such as lag(y, 1); its average is one of the lagged averages and is not
    taken again. Averages are those of the regions present in a year. Rows whose earlier averages lie before the first
    year of the sample are lost. The half-panel jackknife is 2b − (b_a + b_b)/2, with b_a and b_b from the earlier and
    later half of the years.

    Source: Chudik & Pesaran (2015, J. Econometrics 188). Held against regressions with the averages
    written out and simulated biases (tests/panel/test_heterogeneous.py).

    Parameters
    ----------
    sample : complete cases, k regressors, one of them a lag of the outcome.
    outcome : the left-hand side.
    lags : of the averages; None for floor(T^(1/3)), T the years of the sample.
    jackknife : take the half-panel jackknife.

    Returns
    -------
    as `mean_group`, with average_lags, n_loadings and n_early (rows lost to the lags of the averages)

    Raises
    ------
    EstimationError : no lagged outcome, or too few years for slopes and loadings of their own.
    """
    own_past = re.compile(r"lag\(" + re.escape(outcome) + r", \d+\)")
    fresh = np.array([own_past.fullmatch(name) is None for name in sample.names])
    if fresh.all():
        raise EstimationError(
            f"dynamic-cce needs a lagged outcome, such as lag({outcome}, 1)", advice="Add it, or use cce-mean-group"
        )
    reach = int(np.cbrt(len(np.unique(sample.years)) + 1e-9)) if lags is None else lags
    columns = np.column_stack([sample.y, sample.X[:, fresh]])
    averages = _lagged(sample, columns, reach)
    there = ~np.isnan(averages).any(axis=1)
    late = sample.rows(there)
    if not there.any():
        raise EstimationError(f"no year has {reach} years before it", advice="Use fewer lags of the averages")
    needed = 1 + averages.shape[1] + sample.X.shape[1]
    rows, short = long_enough(late, needed, f"slopes and {averages.shape[1]} loadings of their own")
    beside = averages[there][np.isin(late.index.codes[0], rows.index.codes[0])]
    left, own, loadings = _regressed(rows, beside)
    slopes = _jackknifed(rows, beside, own) if jackknife else own.slopes
    extras = described(own, short, loadings) | {
        "average_lags": reach, "n_loadings": loadings, "n_early": int((~there).sum()),
    }  # fmt: skip
    scale = np.linalg.norm(rows.X, axis=0)
    data = Transformed(left[:, 0], left[:, 1:], rows.names, rows.units, rows.years, rows.weights, (rows.units,), scale)
    return rows, data, mean_of_regions(own, rows.units, slopes), extras


def _lagged(sample: Sample, columns: Floats, reach: int) -> Floats:
    """(n, (reach + 1) p) averages of each row's year and of the years before, NaN before the first year."""
    averages = group_means(columns, sample.year_codes, np.ones(len(columns)))
    first = int(sample.years.min())
    calendar = np.full((int(sample.years.max()) - first + 1 + reach, columns.shape[1]), np.nan)
    calendar[np.unique(sample.years) - first + reach] = averages
    return np.hstack([calendar[sample.years - first + reach - lag] for lag in range(reach + 1)])


def _regressed(rows: Sample, beside: Floats) -> tuple[Floats, OwnSlopes, int]:
    left, loadings = free_of(np.column_stack([rows.y, rows.X]), beside, rows.units)
    return left, own_slopes(rows, left[:, 0], left[:, 1:], rows.names, rows.X), loadings


def _jackknifed(rows: Sample, beside: Floats, own: OwnSlopes) -> Floats:
    """(N, k) slopes 2b_i − (b_ia + b_ib)/2, each region's own years halved."""
    needed = 1 + beside.shape[1] + rows.X.shape[1]
    if own.lengths.min() // 2 <= needed:
        raise EstimationError(
            f"half of {int(own.lengths.min())} rows are too few for the jackknife, which needs more than {needed}",
            where=region_of(rows, int(own.lengths.argmin())),
            advice="Use fewer terms or lags of the averages, or no jackknife",
        )
    place = np.arange(len(rows.y)) - np.searchsorted(rows.units, rows.units)
    late = place >= (own.lengths // 2)[rows.units]
    parts = [_regressed(rows.rows(half), beside[half])[1].slopes for half in (~late, late)]
    return np.asarray(2 * own.slopes - (parts[0] + parts[1]) / 2)
