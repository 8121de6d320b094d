"""Seven ways to compare regions, each reduced to region blocks so that a resample of regions is a weighted sum.

All regress the empirical logit of the outcome on the drivers of the year before, with GRP per head and unemployment:
within (region × method and year effects), within_newest (the method in force alone), between (means of the newest
method), long_difference (last against first three years of the first method), first_difference (within a method),
dynamic (lagged outcome, region and year effects, first method; its long-run effect) and iv (within, every driver
instrumented by its own value a year earlier: errors of measurement that do not last cancel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Units
from regional_econ.causal.conditional_strength import conditional_f
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.instruments import instrumented
from regional_econ.causal.sample import BoolArray, IntArray, Regressor, Sample, build_sample
from regional_econ.causal.scales import FloatArray
from regional_econ.core.panel import Panel

CONTROLS = ("grp_per_head", "unemployment_pct")
LAG = 1
INSTRUMENT_LAG = 2  # three years before, the instruments say nothing any more (Kleibergen-Paap F below one)
EDGE_YEARS = 3


@dataclass(frozen=True)
class Design:
    """A design as region blocks.

    ``gram`` (G, d, d) and ``right`` (G, d) over all regions of the panel (zero where a region is absent): Z'X and Z'y,
    Z being X itself but for the design with instruments; the first ``n_drivers`` of the d columns are the drivers.
    ``persistence`` is the column of the lagged outcome: the effect is then divided by one minus its coefficient.
    ``strength`` (n_drivers,) is the conditional first-stage F of each driver where there are instruments.
    """

    id: str
    gram: FloatArray
    right: FloatArray
    n_drivers: int
    n_obs: int
    n_regions: int
    persistence: int | None = None
    strength: tuple[float, ...] = ()

    def estimate(self, multiplicity: FloatArray) -> FloatArray:
        """Return the drivers' effects for each resample.

        Parameters
        ----------
        multiplicity : (R, G) how often each region is drawn.

        Returns
        -------
        (R, n_drivers).
        """
        # Plain sums: a threaded matrix product rounds differently with the number of threads.
        gram = np.einsum("rg,gij->rij", multiplicity, self.gram)
        right = np.einsum("rg,gi->ri", multiplicity, self.right)
        coef = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
        effects = coef[:, : self.n_drivers]
        if self.persistence is not None:
            effects = effects / (1 - coef[:, [self.persistence]])
        return np.asarray(effects)


def build_designs(panel: Panel, multiverse: Multiverse) -> tuple[Design, ...]:
    """Return the seven designs on the panel.

    Parameters
    ----------
    panel : official figures.
    multiverse : outcome, drivers, terms and eras; designs use its eras ``pooled``, ``oslo4_wide`` and ``oslo3``.

    Raises
    ------
    EstimationError : a design without enough observations.
    """
    n_drivers = len(multiverse.drivers)
    plain = designs_of(
        _sample(panel, multiverse, "pooled", "region_method"),
        _sample(panel, multiverse, "oslo4_wide", "region"),
        _sample(panel, multiverse, "oslo3", "region"),
        n_drivers,
    )
    return *plain, instrumented_design(_sample(panel, multiverse, "pooled", "region_method", earlier=True), n_drivers)


def designs_of(pooled: Sample, newest: Sample, first: Sample, n_drivers: int) -> tuple[Design, ...]:
    """Return the six designs without instruments on samples that are already built.

    Parameters
    ----------
    pooled, newest, first : all years with region × method effects, the newest method, the first one.
    n_drivers : how many of the leading columns are drivers.

    Raises
    ------
    EstimationError : a design without enough observations.
    """
    lagged, n_columns = _with_lagged_outcome(first)
    return (
        _within("within", pooled, n_drivers),
        _within("within_newest", newest, n_drivers),
        _collapsed("between", newest, n_drivers, newest.year >= 0, None),
        _long_difference(first, n_drivers),
        _first_difference(pooled, n_drivers),
        replace(_within("dynamic", lagged, n_drivers), persistence=n_columns - 1),
    )


def instrumented_design(sample: Sample, n_drivers: int) -> Design:
    """Return the within design in which every driver is instrumented by its own earlier value.

    As many instruments as drivers, so the estimate solves Z'Xb = Z'y and a resample of regions is a weighted sum. An
    earlier value alone would not do: the mean that is taken out of a unit's T rows holds the errors of both years, and
    their product has expectation −(T−1)/T of the error's variance. The driver itself has (T−1) of it, so the earlier
    value plus a T-th of the driver is free of errors that are independent over years, also where they are common to
    drivers; with gaps the part is c/(T(T−1)), c the pairs of consecutive years.

    Parameters
    ----------
    sample : drivers, then controls, then the drivers' earlier values, which stand last.
    n_drivers : how many.

    Raises
    ------
    EstimationError : instruments that do not vary of their own.

    Source: Griliches, Hausman (1986), J. Econometrics 31; Wansbeek (2001), J. Econometrics 104: moments of a panel that
    are free of errors of measurement.
    """
    kept = sample.X.shape[1] - n_drivers
    drivers, controls = sample.X[:, :n_drivers], sample.X[:, n_drivers:kept]
    now, _ = _consecutive(sample)
    T, pairs = np.bincount(sample.unit), np.bincount(sample.unit[now], minlength=int(sample.unit.max()) + 1)
    instruments = sample.X[:, kept:] + (pairs / (T * (T - 1)))[sample.unit, None] * drivers
    dummies = np.eye(int(sample.cell.max()) + 1)[sample.cell]
    own = _demeaned(np.column_stack([drivers, instruments, controls, dummies, sample.y]), sample.unit)
    own = own * np.sqrt(sample.weights)[:, None]
    D = own[:, sample.X.shape[1] : -1]
    rest = np.column_stack([own[:, 2 * n_drivers : sample.X.shape[1]], D[:, _independent(D)]])
    X, Z = (np.column_stack([own[:, at : at + n_drivers], rest]) for at in (0, n_drivers))
    data = instrumented(
        sample.y, drivers, instruments, controls=controls,
        effects=(sample.unit, sample.cell), weights=sample.weights, cluster=sample.region,
    )  # fmt: skip
    strength = tuple(float(f) for f in conditional_f(data, errors="CR1S"))
    made = _blocks("iv", X, own[:, -1], sample.region, len(sample.regions), n_drivers, left=Z)
    return replace(made, strength=strength)


def _sample(panel: Panel, multiverse: Multiverse, era_id: str, units: Units, *, earlier: bool = False) -> Sample:
    names = [*multiverse.drivers, *(name for name in CONTROLS if name in multiverse.terms)]
    return build_sample(
        panel, multiverse, scale="logit", weights="precision", years=multiverse.era(era_id).years, units=units,
        effects="region+year",
        regressors=[
            *(Regressor(multiverse.terms[name], LAG) for name in names),
            *(Regressor(multiverse.terms[name], INSTRUMENT_LAG) for name in multiverse.drivers if earlier),
        ],
    )  # fmt: skip


def _within(design_id: str, sample: Sample, n_drivers: int) -> Design:
    dummies = np.eye(int(sample.cell.max()) + 1)[sample.cell]
    Z = _demeaned(np.column_stack([sample.X, dummies, sample.y]), sample.unit)
    X, D, y = Z[:, : sample.X.shape[1]], Z[:, sample.X.shape[1] : -1], Z[:, -1]
    columns = np.column_stack([X, D[:, _independent(D)]])
    root = np.sqrt(sample.weights)
    return _blocks(design_id, columns * root[:, None], y * root, sample.region, len(sample.regions), n_drivers)


def _collapsed(
    design_id: str,
    sample: Sample,
    n_drivers: int,
    late: BoolArray,
    early: BoolArray | None,
) -> Design:
    """One row a region: its mean over ``late``, less its mean over ``early`` where given."""
    Z = np.column_stack([sample.X, sample.y])
    rows, regions, weights = [], [], []
    for region in np.unique(sample.region):
        own = sample.region == region
        if not (own & late).any() or (early is not None and not (own & early).any()):
            continue
        mean = Z[own & late].mean(axis=0)
        rows.append(mean if early is None else mean - Z[own & early].mean(axis=0))
        regions.append(region)
        weights.append(sample.weights[own][0])
    data, root = np.array(rows), np.sqrt(np.array(weights))
    if len(data) <= data.shape[1] + 1:
        raise EstimationError("too few regions", where=design_id, advice="Check the variables of the design")
    columns = np.column_stack([data[:, :-1], np.ones(len(data))])
    return _blocks(
        design_id, columns * root[:, None], data[:, -1] * root, np.array(regions), len(sample.regions), n_drivers
    )


def _long_difference(sample: Sample, n_drivers: int) -> Design:
    years = np.unique(sample.year)
    late = sample.year > years[-1] - EDGE_YEARS
    early = sample.year < years[0] + EDGE_YEARS
    return _collapsed("long_difference", sample, n_drivers, late, early)


def _first_difference(sample: Sample, n_drivers: int) -> Design:
    now, before = _consecutive(sample)
    columns = np.column_stack([sample.X[now] - sample.X[before], _year_dummies(sample.year[now])])
    y = sample.y[now] - sample.y[before]
    root = np.sqrt(sample.weights[now])
    return _blocks(
        "first_difference", columns * root[:, None], y * root, sample.region[now], len(sample.regions), n_drivers
    )


def _with_lagged_outcome(sample: Sample) -> tuple[Sample, int]:
    now, before = _consecutive(sample)
    X = np.column_stack([sample.X[now], sample.y[before]])
    unit = np.unique(sample.unit[now], return_inverse=True)[1]
    cell = np.unique(sample.cell[now], return_inverse=True)[1]
    lagged = replace(
        sample, y=sample.y[now], X=X, columns=(*sample.columns, "outcome@1"), region=sample.region[now],
        unit=np.asarray(unit), cell=np.asarray(cell), year=sample.year[now], weights=sample.weights[now],
    )  # fmt: skip
    return lagged, X.shape[1]


def _consecutive(sample: Sample) -> tuple[IntArray, IntArray]:
    same = (np.diff(sample.unit) == 0) & (np.diff(sample.region) == 0) & (np.diff(sample.year) == 1)
    before = np.flatnonzero(same)
    return before + 1, before


def _year_dummies(year: IntArray) -> FloatArray:
    codes = np.unique(year, return_inverse=True)[1]
    return np.asarray(np.eye(int(codes.max()) + 1)[codes])


def _demeaned(Z: FloatArray, unit: IntArray) -> FloatArray:
    sums = np.zeros((int(unit.max()) + 1, Z.shape[1]))
    np.add.at(sums, unit, Z)
    return np.asarray(Z - (sums / np.bincount(unit)[:, None])[unit])


def _independent(D: FloatArray) -> Sequence[int]:
    """Columns of demeaned dummies that are not sums of the others, found one by one."""
    kept: list[int] = []
    basis = np.empty((len(D), 0))
    for column in range(D.shape[1]):
        rest = D[:, column] - basis @ (basis.T @ D[:, column])
        norm = float(np.linalg.norm(rest))
        if norm > 1e-8 * max(1.0, float(np.linalg.norm(D[:, column]))):
            basis = np.column_stack([basis, rest / norm])
            kept.append(column)
    return kept


def _blocks(
    design_id: str,
    columns: FloatArray,
    y: FloatArray,
    region: IntArray,
    n_regions: int,
    n_drivers: int,
    *,
    left: FloatArray | None = None,
) -> Design:
    Z = columns if left is None else left
    size = columns.shape[1]
    gram, right = np.zeros((n_regions, size, size)), np.zeros((n_regions, size))
    np.add.at(gram, region, Z[:, :, None] * columns[:, None, :])
    np.add.at(right, region, Z * y[:, None])
    return Design(design_id, gram, right, n_drivers, len(y), len(np.unique(region)))
