"""What do all admissible specifications say about each driver? Every one is estimated, none is selected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ.causal.declaration import Driver, Effects, Era, Multiverse, Scale
from regional_econ.causal.kernel import GramBlocks, gram_blocks, mask_of, solve
from regional_econ.causal.sample import Regressor, Sample, build_sample
from regional_econ.causal.scales import Contrast, FloatArray, contrast, effect_pp, newest_level
from regional_econ.core.panel import Panel

AXES = ("scale", "era", "lag", "effects", "covariates")


@dataclass(frozen=True)
class Cell:
    """One swept sample: all admitted regressors of one scale × era × lag × effects."""

    scale: Scale
    era: str
    lag: int
    effects: Effects
    sample: Sample
    blocks: GramBlocks

    def columns(self, terms: tuple[str, ...]) -> tuple[int, ...]:
        """Columns of some terms, in their order."""
        return tuple(self.sample.columns.index(f"{term}@{self.lag}") for term in terms)


@dataclass(frozen=True)
class MultiverseResult:
    """Every specification of every driver.

    ``table`` has a row a specification: driver, the axes (scale, era, lag, effects, covariates), estimate, std_error,
    std_error_iid, df (clusters − 1), df_resid, n_obs, n_regions, weight (sums to one a driver), and the effect of the
    driver's contrast in percentage points of the focal region with its 95 % interval (pp, pp_low, pp_high).
    """

    table: pd.DataFrame
    contrasts: dict[str, Contrast]
    focal_region: str
    level_year: int
    level_pct: float
    panel_checksum: str
    declaration_sha256: str

    def driver(self, name: str) -> pd.DataFrame:
        """Return the specifications of one driver."""
        if name not in self.contrasts:
            raise UnknownNameError.of("driver", name, self.contrasts)
        return self.table[self.table["driver"] == name].reset_index(drop=True)

    def curve(self, name: str) -> pd.DataFrame:
        """Return the specification curve: the driver's rows by rank of their effect in percentage points."""
        ordered = self.driver(name).sort_values(["pp", "era", "scale", "lag", "effects", "covariates"])
        ordered.insert(0, "rank", np.arange(1, len(ordered) + 1))
        return ordered.reset_index(drop=True)

    def explained(self, name: str) -> pd.Series:
        """Return the share of the weighted variance of effects that each axis explains alone."""
        rows = self.driver(name)
        weight, value = rows["weight"].to_numpy(), rows["pp"].to_numpy()
        centre = float(weight @ value)
        total = float(weight @ (value - centre) ** 2)
        shares = {}
        for axis in AXES:
            grouped = rows.assign(wv=weight * value).groupby(axis)[["weight", "wv"]].sum()
            between = float((grouped["weight"] * (grouped["wv"] / grouped["weight"] - centre) ** 2).sum())
            shares[axis] = between / total if total > 0 else 0.0
        return pd.Series(shares)

    def summary(self, name: str) -> pd.DataFrame:
        """Return the number, weighted median and range of a driver's effects in pp, of all and of each option.

        Columns axis, option (both "all" in the first row), specifications, median_pp, low_pp, high_pp. The median is
        the least effect below or at which half of the weight lies.
        """
        rows = self.driver(name)
        parts = [("all", "all", rows)]
        parts += [
            (axis, str(option), part)
            for axis in AXES
            if axis != "covariates"
            for option, part in rows.groupby(axis, sort=False)
        ]
        found = [
            (axis, option, len(part), _weighted_median(part), float(part["pp"].min()), float(part["pp"].max()))
            for axis, option, part in parts
        ]
        return pd.DataFrame(found, columns=["axis", "option", "specifications", "median_pp", "low_pp", "high_pp"])

    def spread(self, name: str) -> float:
        """Return the weighted sd of the logit estimates over specifications, per unit of the driver's transform."""
        rows = self.driver(name)
        rows = rows[rows["scale"] != "ln"]
        weight, value = rows["weight"].to_numpy(), rows["estimate"].to_numpy()
        centre = float(weight @ value / weight.sum())
        return float(np.sqrt(weight @ (value - centre) ** 2 / weight.sum()))

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()

    def __str__(self) -> str:
        counts = self.table.groupby("driver", sort=False).size()
        return "Specifications: " + ", ".join(f"{driver} {n}" for driver, n in counts.items()) + "."


def run(panel: Panel, multiverse: Multiverse, *, focal_region: str) -> MultiverseResult:
    """Estimate every declared specification.

    Within an era × lag cell all specifications of a scale and effects share the complete cases over all admitted
    covariates, so the sample does not change with the subset.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    focal_region : region whose newest official level effects are expressed at.

    Returns
    -------
    all estimates with their axis weights.

    Raises
    ------
    EstimationError : a cell without complete cases or with collinear covariates.

    Source: Simonsohn, Simmons, Nelson (2020), Specification curve analysis.
    """
    year, level = newest_level(panel, multiverse.outcome, focal_region)
    contrasts = {
        name: contrast(panel, multiverse.terms[name], multiverse.rule, direction=driver.claimed_sign)
        for name, driver in multiverse.drivers.items()
    }
    rows: list[pd.DataFrame] = []
    for cell in cells(panel, multiverse):
        rows += [_driver_rows(cell, driver) for driver in multiverse.drivers.values()]
    table = pd.concat(rows, ignore_index=True)
    table = table.sort_values("driver", key=lambda names: names.map(list(multiverse.drivers).index), kind="stable")
    table = _with_pp(table.reset_index(drop=True), contrasts, level)
    table["weight"] = np.concatenate([axis_weights(group, level) for _, group in table.groupby("driver", sort=False)])
    return MultiverseResult(
        table, contrasts, focal_region, year, level, panel.checksum, multiverse.sha256
    )  # fmt: skip


def axis_weights(rows: pd.DataFrame, level_pct: float) -> FloatArray:
    """Return the weights of some specifications of one driver: options weigh equally, eras by information.

    Parameters
    ----------
    rows : scale, era and std_error; the information of an era is the mean inverse variance of its rows.
    level_pct : level of the focal region, which brings errors on the logit scale to those of ln.

    Returns
    -------
    (m,), summing to one.
    """
    per_logit = np.where(rows["scale"] == "ln", 1.0, 1 - level_pct / 100)
    precision = 1 / (rows["std_error"] * per_logit) ** 2
    information = precision.groupby(rows["era"]).mean()
    era_weight = rows["era"].map(information / information.sum())
    n_in_era = rows.groupby("era")["std_error"].transform("size")
    return np.asarray((era_weight / n_in_era).to_numpy(dtype=float))


def _weighted_median(rows: pd.DataFrame) -> float:
    ordered = rows.sort_values("pp")
    below = ordered["weight"].cumsum().to_numpy(float)
    return float(ordered["pp"].iloc[int(np.searchsorted(below, below[-1] / 2))])


def cells(panel: Panel, multiverse: Multiverse) -> Iterator[Cell]:
    """Yield the swept sample of every scale × era × lag × effects."""
    for scale in multiverse.scales:
        for era in multiverse.eras:
            for lag in era.lags:
                for effects in multiverse.effects:
                    yield make_cell(panel, multiverse, scale=scale, era=era, lag=lag, effects=effects)


def make_cell(panel: Panel, multiverse: Multiverse, *, scale: Scale, era: Era, lag: int, effects: Effects) -> Cell:
    """Return the swept sample of one cell over all terms that any driver admits there."""
    regressors = [Regressor(term, lag) for term in multiverse.terms.values()]
    sample = build_sample(
        panel, multiverse, scale=scale, years=era.years, units=era.units, effects=effects, regressors=regressors
    )
    return Cell(scale, era.id, lag, effects, sample, gram_blocks(sample))


def subsets(driver: Driver) -> list[tuple[str, ...]]:
    """Return all subsets of a driver's admitted covariates, the empty one first, the full one last."""
    names = tuple(driver.covariates)
    return [subset for size in range(len(names) + 1) for subset in combinations(names, size)]


def _driver_rows(cell: Cell, driver: Driver) -> pd.DataFrame:
    chosen = subsets(driver)
    masks = np.array([mask_of(cell.columns(subset)) for subset in chosen], dtype=np.uint64)
    found = solve(cell.blocks, cell.columns((driver.id,))[0], masks)
    return pd.DataFrame(
        {
            "driver": driver.id,
            "scale": cell.scale,
            "era": cell.era,
            "lag": cell.lag,
            "effects": cell.effects,
            "covariates": ["+".join(subset) or "none" for subset in chosen],
            "estimate": found.coef,
            "std_error": found.std_error,
            "std_error_iid": found.std_error_iid,
            "df": found.n_regions - 1,
            "df_resid": found.df_resid,
            "n_obs": found.n_obs,
            "n_regions": found.n_regions,
        }
    )


def _with_pp(table: pd.DataFrame, contrasts: dict[str, Contrast], level: float) -> pd.DataFrame:
    from scipy.stats import t

    reach = t.ppf(0.975, table["df"]) * table["std_error"]
    for name, values in (
        ("pp", table["estimate"]), ("pp_low", table["estimate"] - reach), ("pp_high", table["estimate"] + reach),
    ):  # fmt: skip
        table[name] = 0.0
        for (driver, scale), group in table.groupby(["driver", "scale"], sort=False):
            change = contrasts[str(driver)].change
            chosen: Scale = "ln" if scale == "ln" else "logit_wls"
            table.loc[group.index, name] = effect_pp(values[group.index].to_numpy(), change, level, chosen)
    return table
