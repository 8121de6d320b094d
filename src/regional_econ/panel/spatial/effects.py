"""What does a change of a driver do at home, and what elsewhere? Direct, indirect and total effects; spillovers.

In the reduced form y = S(Xβ + WXθ + …), S = (I − ρW)⁻¹, the effect of unit j's driver on unit i's outcome is element
(i, j) of M = S(βI + θW). The direct effect is the mean of M's diagonal, the total one the mean of its row sums, the
indirect one their difference (LeSage & Pace). Coefficients alone say none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ._base.options import LEVELS, check_option
from regional_econ._base.seeds import rng_for
from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.demean import Floats
from regional_econ.panel.spatial.lattice import lag_of
from regional_econ.panel.spatial.regression import native_weights

Method = Literal["delta", "simulation"]
Direction = Literal["from", "to"]
KINDS = ("direct", "indirect", "total")
MAP_COLUMNS = ("region", "code", "district", "row", "column", "value", "status", "holds_zero")
_SEED = 20221231


@dataclass(frozen=True)
class _Multiplier:
    """The reduced form of one estimate: p terms, the places of β, θ and ρ among the K coefficients, and W (n, n)."""

    terms: tuple[str, ...]
    beta: Floats
    theta: Floats
    rho: float
    places: tuple[list[int], list[int] | None, int | None]
    weights: SpatialWeights

    @classmethod
    def of(cls, estimate: Estimate) -> _Multiplier:
        weights = native_weights(estimate.native)
        if weights is None:
            raise EstimationError(
                f"{estimate.spec.estimator} has no neighbours", advice="Fit sar, sem, sdm or slx with spatial weights"
            )
        labels = [str(label) for label in estimate.params.index]
        rho = labels.index("rho") if "rho" in labels else None
        lags = {label for label in labels if label.startswith("W(")}
        terms = tuple(label for label in labels if label not in lags | {"rho", "lambda"})
        own = [labels.index(term) for term in terms]
        lagged = [labels.index(lag_of(term)) for term in terms] if lags else None
        values = estimate.params.to_numpy()
        theta = np.zeros(len(own)) if lagged is None else values[lagged]
        return cls(terms, values[own], theta, 0.0 if rho is None else values[rho], (own, lagged, rho), weights)

    def averages(self, rho: float) -> Floats:
        """(2, 2): what β and θ count in the direct effect, and in the total one."""
        W, n = self.weights.matrix, len(self.weights.units)
        values = self.weights.eigenvalues
        own = np.array([(1 / (1 - rho * values)).sum().real, (values / (1 - rho * values)).sum().real])
        if self.weights.is_mean:
            return np.array([own / n, np.full(2, 1 / (1 - rho))])
        reached = np.linalg.solve(np.eye(n) - rho * W, np.column_stack([np.ones(n), W.sum(axis=1)]))
        return np.array([own, reached.sum(axis=0)]) / n

    def slopes(self, rho: float) -> Floats:
        """(2, 2): how the averages change with ρ."""
        W, n = self.weights.matrix, len(self.weights.units)
        S = np.linalg.inv(np.eye(n) - rho * W)
        first = S @ W @ S
        second = first @ W
        return np.array([[np.trace(first), np.trace(second)], [first.sum(), second.sum()]]) / n

    def effects(self, beta: Floats, theta: Floats, rho: float) -> Floats:
        """(3, p) direct, indirect and total effects of the terms."""
        direct, total = self.averages(rho) @ np.array([beta, theta])
        return np.array([direct, total - direct, total])

    def jacobian(self, size: int) -> Floats:
        """(3, p, K) derivatives of the effects with respect to the coefficients."""
        own, lagged, rho = self.places
        weights = self.averages(self.rho)
        found = np.zeros((3, len(self.terms), size))
        for row, average in ((0, weights[0]), (2, weights[1])):
            found[row, range(len(own)), own] = average[0]
            if lagged is not None:
                found[row, range(len(own)), lagged] = average[1]
        if rho is not None:
            moved = self.slopes(self.rho) @ np.array([self.beta, self.theta])
            found[0, :, rho], found[2, :, rho] = moved
        found[1] = found[2] - found[0]
        return found

    def matrix(self, term: str) -> Floats:
        """(n, n): the effect of each unit's driver (column) on each unit's outcome (row)."""
        if term not in self.terms:
            raise UnknownNameError.of("term", term, self.terms)
        place, n = self.terms.index(term), len(self.weights.units)
        right = self.beta[place] * np.eye(n) + self.theta[place] * self.weights.matrix
        return np.asarray(np.linalg.solve(np.eye(n) - self.rho * self.weights.matrix, right))

    def errors(self, term: str, covariance: Floats) -> Floats:
        """(n, n): the delta method's standard error of each element of `matrix`."""
        W, n = self.weights.matrix, len(self.weights.units)
        own, lagged, rho = self.places
        place = self.terms.index(term)
        S = np.linalg.inv(np.eye(n) - self.rho * W)
        slopes = [(own[place], S)]
        if lagged is not None:
            slopes.append((lagged[place], S @ W))
        if rho is not None:
            slopes.append((rho, S @ W @ self.matrix(term)))
        chosen = [column for column, _ in slopes]
        cube = np.array([slope for _, slope in slopes])
        variances = np.einsum("aij,ab,bij->ij", cube, covariance[np.ix_(chosen, chosen)], cube)
        return np.asarray(np.sqrt(np.maximum(variances, 0.0)))


def spatial_effects(
    estimate: Estimate, *, method: Method = "delta", draws: int = 5000, seed: int = _SEED, level: float = LEVELS[0]
) -> pd.DataFrame:
    """Direct, indirect and total effects of a spatial estimate's terms, averaged over its units.

    Islands count in the averages. "delta" takes errors from the derivatives; "simulation" draws coefficients from
    their normal distribution, leaves out draws of ρ outside the stable range, and takes quantiles: it shows the
    skewness that ρ near one brings.

    Source: LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7); Elhorst (2014, Spatial Econometrics, 2.7).
    Held against spatialreg 1.2-6's impacts, numerical derivatives and dense matrices
    (tests/panel/test_spatial_effects.py).

    Parameters
    ----------
    estimate : of sar, sem, sdm or slx.
    method : "delta" or "simulation".
    draws, seed : of the simulation.
    level : of the intervals.

    Returns
    -------
    Frame with term, effect (direct, indirect, total), estimate, std_error, conf_low, conf_high; in attrs, for
    simulations, n_unstable draws.

    Raises
    ------
    EstimationError : an estimate without neighbours, or more than half of the draws unstable.
    OptionError : an unknown method, a level outside (0, 1), fewer than 100 draws.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> line = SpatialWeights.of(range(12), np.eye(12, k=1) + np.eye(12, k=-1), "line")
    >>> effects = spatial_effects(fit("y ~ x", frame, estimator="sar", weights=line))
    >>> effects[["effect", "estimate"]].round(3).to_numpy().tolist()
    [['direct', 1.153], ['indirect', -0.142], ['total', 1.011]]
    """
    check_option("method", method, Method)
    _check_level(level)
    form = _Multiplier.of(estimate)
    values = form.effects(form.beta, form.theta, form.rho)
    covariance = estimate.covariance.to_numpy()
    unstable = 0
    if method == "delta":
        jacobian = form.jacobian(len(covariance))
        errors = np.sqrt(np.einsum("eti,ij,etj->et", jacobian, covariance, jacobian))
        reach = stats.t.ppf(0.5 + level / 2, float(np.min(estimate.df))) * errors
        low, high = values - reach, values + reach
    else:
        simulated, unstable = _simulated(form, estimate, draws, seed)
        errors = simulated.std(axis=0, ddof=1)
        low, high = np.quantile(simulated, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    rows = [
        (term, kind, values[place, column], errors[place, column], low[place, column], high[place, column])
        for column, term in enumerate(form.terms)
        for place, kind in enumerate(KINDS)
    ]
    table = pd.DataFrame(rows, columns=["term", "effect", "estimate", "std_error", "conf_low", "conf_high"])
    table.attrs["n_unstable"] = unstable
    return table


def spillovers(estimate: Estimate, term: str, unit: str, *, direction: Direction = "from") -> pd.Series:
    """The effect of one unit's driver on the outcome of each, or of each one's on it.

    Source: LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7). Held against dense matrices and the sums
    of powers of W (tests/panel/test_spatial_effects.py).

    Parameters
    ----------
    estimate : of sar, sem, sdm or slx.
    term : as in the formula.
    unit : id.
    direction : "from" it to each, or "to" it from each.

    Returns
    -------
    series by unit, the unit's own effect included

    Raises
    ------
    UnknownNameError : no such term or unit.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> line = SpatialWeights.of(range(12), np.eye(12, k=1) + np.eye(12, k=-1), "line")
    >>> found = fit("y ~ x", frame, estimator="sar", weights=line)
    >>> spillovers(found, "x", 0).round(3).head(3).tolist()
    [1.152, -0.075, 0.005]
    """
    table = spillover_intervals(estimate, term, unit, direction=direction)
    return pd.Series(
        table["estimate"].to_numpy(), index=pd.Index(table["region"], name="region"), name=f"{term} {direction} {unit}"
    )


def spillover_intervals(
    estimate: Estimate, term: str, unit: str, *, direction: Direction = "from", level: float = LEVELS[0]
) -> pd.DataFrame:
    """`spillovers` with intervals by the delta method.

    Source: LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7). Held against numerical derivatives of dense
    matrices (tests/panel/test_spatial_effects.py).

    Parameters
    ----------
    estimate, term, unit, direction : as in `spillovers`.
    level : of the intervals, each for one unit by itself.

    Returns
    -------
    One row a unit: region, estimate, std_error, conf_low, conf_high.

    Raises
    ------
    UnknownNameError : no such term or unit.
    OptionError : a level outside (0, 1).
    """
    check_option("direction", direction, Direction)
    _check_level(level)
    form = _Multiplier.of(estimate)
    units = list(form.weights.units)
    if unit not in units:
        raise UnknownNameError.of("unit", unit, map(str, units))
    place = units.index(unit)
    pair = np.array([form.matrix(term), form.errors(term, estimate.covariance.to_numpy())])
    values, errors = pair[:, :, place] if direction == "from" else pair[:, place]
    reach = stats.t.ppf(0.5 + level / 2, float(np.min(estimate.df))) * errors
    return pd.DataFrame(
        {"region": units, "estimate": values, "std_error": errors, "conf_low": values - reach,
         "conf_high": values + reach}
    )  # fmt: skip


def spillover_map(
    estimate: Estimate, panel: Panel, term: str, region: str, *, direction: Direction = "from"
) -> pd.DataFrame:
    """`spillovers` as the frame of a tile map; the region itself and those not in the estimate have no figure.

    Source: LeSage & Pace (2009, Introduction to Spatial Econometrics, 2.7). Held against dense matrices and the sums
    of powers of W (tests/panel/test_spatial_effects.py).

    Parameters
    ----------
    panel : whose regions have places on the map.
    estimate, term, region, direction : as in `spillovers`.

    Returns
    -------
    One row a region: region, code, district, row and column (from 0), value, status (published or missing), and
    holds_zero: whether the 95 % interval does.
    """
    table = spillover_intervals(estimate, term, region, direction=direction).set_index("region").drop(region)
    holds_zero = (table["conf_low"] <= 0) & (table["conf_high"] >= 0)
    rows = []
    for name in panel.region_ids:
        one = panel.regions[name]
        if one.tile is None:
            raise EstimationError(f"{name} has no place on the map", advice="Give it a tile in regions.yml")
        value = float(table["estimate"].get(name, np.nan))
        status = "missing" if np.isnan(value) else "published"
        unsure = bool(holds_zero.get(name, False))
        rows.append((name, name.partition("-")[2], one.district, *one.tile, value, status, unsure))
    frame = pd.DataFrame(rows, columns=list(MAP_COLUMNS))
    return frame.assign(row=frame["row"] - frame["row"].min(), column=frame["column"] - frame["column"].min())


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise OptionError(f"level cannot be {level}", advice="Give a number between 0 and 1, such as 0.95")


def _simulated(form: _Multiplier, estimate: Estimate, draws: int, seed: int) -> tuple[Floats, int]:
    """Effects (draws, 3, p) of coefficients drawn from their normal distribution, and how many were unstable."""
    if draws < 100:
        raise OptionError(f"draws cannot be {draws}", advice="Draw 100 or more")
    rng = rng_for(seed, "spatial_effects")
    drawn = rng.multivariate_normal(estimate.params.to_numpy(), estimate.covariance.to_numpy(), size=draws)
    own, lagged, rho = form.places
    low, high = form.weights.stable_range
    stable = np.ones(draws, dtype=bool) if rho is None else (drawn[:, rho] > low) & (drawn[:, rho] < high)
    if stable.mean() < 0.5:
        raise EstimationError(
            f"{int((~stable).sum())} of {draws} draws of ρ are unstable",
            advice="ρ is not known well enough for effects",
        )
    zero = np.zeros(len(own))
    found = [
        form.effects(one[own], zero if lagged is None else one[lagged], 0.0 if rho is None else float(one[rho]))
        for one in drawn[stable]
    ]
    return np.array(found), int((~stable).sum())
