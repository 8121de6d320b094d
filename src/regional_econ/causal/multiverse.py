"""What do all admissible specifications say about each driver? Every one is estimated, none is selected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.parallel import map_cases
from regional_econ.causal.axes import AXES, Driver, Specification
from regional_econ.causal.cells import Batch, batches, cell_sample, sift_cell
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import GramBlocks, Solutions, factor_blocks, gram_blocks, mask_of, solve
from regional_econ.causal.sample import IntArray, Sample
from regional_econ.causal.scales import Contrast, FloatArray, contrast, interval_pp, newest_level
from regional_econ.causal.weights import axis_weights
from regional_econ.core.panel import Panel

_NUMBERS = ("estimate", "std_error", "std_error_iid")
_Blocks = dict[tuple[int, ...] | None, GramBlocks]
_COUNTS = ("df_resid", "n_obs", "n_regions")


@dataclass(frozen=True)
class MultiverseResult:
    """Every specification of every driver.

    ``table`` has a row a specification: driver, row (its number among the driver's, `causal.axes.Specification`), the
    axes (`causal.axes.AXES`), estimate, std_error, std_error_iid, df (clusters − 1), df_resid, n_obs, n_regions, change
    (the contrast of its measure), weight (sums to one a driver), and the effect of the contrast in percentage points of
    the focal region with its 95 % interval (pp, pp_low, pp_high).
    ``contrasts`` are by measure; a driver's first measure has its own name.
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
        if name not in self.table["driver"].cat.categories:
            raise UnknownNameError.of("driver", name, list(self.table["driver"].cat.categories))
        return self.table[self.table["driver"] == name].reset_index(drop=True)

    def curve(self, name: str) -> pd.DataFrame:
        """Return the specification curve: the driver's rows by rank of their effect in percentage points."""
        ordered = self.driver(name).sort_values("pp", kind="stable")
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
            codes = pd.factorize(rows[axis])[0]
            mass, sums = np.bincount(codes, weight), np.bincount(codes, weight * value)
            between = float(mass @ (sums / mass - centre) ** 2)
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
            for option, part in rows.groupby(axis, sort=False, observed=True)
        ]
        found = [
            (axis, option, len(part), _weighted_median(part), float(part["pp"].min()), float(part["pp"].max()))
            for axis, option, part in parts
        ]
        return pd.DataFrame(found, columns=["axis", "option", "specifications", "median_pp", "low_pp", "high_pp"])

    def spread(self, name: str) -> float:
        """Return the weighted sd of the logit estimates over specifications in the driver's own measure."""
        rows = self.driver(name)
        rows = rows[(rows["scale"] != "ln") & (rows["measure"] == name)]
        weight, value = rows["weight"].to_numpy(), rows["estimate"].to_numpy()
        centre = float(weight @ value / weight.sum())
        return float(np.sqrt(weight @ (value - centre) ** 2 / weight.sum()))

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()

    def __str__(self) -> str:
        counts = self.table.groupby("driver", sort=False, observed=True).size()
        return "Specifications: " + ", ".join(f"{driver} {n}" for driver, n in counts.items()) + "."


@dataclass(frozen=True)
class _Rows:
    """Specifications as arrays: ``codes`` (m, 1 + axes) of driver and axes, ``numbers`` (m, 3), ``counts`` (m, 3)."""

    codes: IntArray
    numbers: FloatArray
    counts: IntArray


def run(
    panel: Panel,
    multiverse: Multiverse,
    *,
    focal_region: str,
    vintages: Mapping[str, Panel] | None = None,
    jobs: int = 1,
) -> MultiverseResult:
    """Estimate every declared specification.

    Within a cell all specifications share the complete cases over all covariates admitted in its era × lag × vintage ×
    measure, so the sample does not change with the subset.

    Parameters
    ----------
    panel : official figures, the vintage ``newest``.
    multiverse : the declared specifications.
    focal_region : region whose newest official level effects are expressed at.
    vintages : official figures of the other declared vintages, by name.
    jobs : worker processes; the numbers do not depend on them.

    Returns
    -------
    all estimates with their axis weights.

    Raises
    ------
    EstimationError : a vintage is not given, or a cell has no complete cases or collinear covariates.

    Source: Simonsohn, Simmons & Nelson (2020, Nature Human Behaviour 4), Specification curve analysis. Held against
    `panel.fit`, specification by specification (tests/causal/test_drill_down.py).
    """
    year, level = newest_level(panel, multiverse.outcome, focal_region)
    contrasts = {
        name: contrast(panel, multiverse.terms[name], multiverse.rule, direction=driver.direction)
        for driver in multiverse.drivers.values()
        for name in driver.measures
    }
    cases = {str(number): batch for number, batch in enumerate(batches(panel, multiverse, vintages or {}))}
    found = list(map_cases(_estimate, cases, seed=0, jobs=jobs, label="specifications").values())
    table = _table(multiverse, found)
    table["change"] = table["measure"].map({name: one.change for name, one in contrasts.items()}).astype("float64")
    estimate, std_error, df, change = table[["estimate", "std_error", "df", "change"]].to_numpy(float).T
    logs = (table["scale"] == "ln").to_numpy()
    table["pp"], table["pp_low"], table["pp_high"] = interval_pp(estimate, std_error, df, change, level, logs)
    table["weight"] = np.concatenate(
        [axis_weights(group, level) for _, group in table.groupby("driver", sort=False, observed=True)]
    )
    return MultiverseResult(table, contrasts, focal_region, year, level, panel.checksum, multiverse.sha256)


def solve_alone(panel: Panel, multiverse: Multiverse, specification: Specification) -> Solutions:
    """Estimate one specification as :func:`run` does, without the others.

    Parameters
    ----------
    panel : official figures of the specification's vintage.
    multiverse, specification : the declaration, and what is asked of it.

    Returns
    -------
    the driver's coefficient and errors, arrays of one.

    Raises
    ------
    EstimationError : the cell has no complete cases or collinear covariates.

    Source: none, the same kernel on the same rows. Held against the table of :func:`run`
    (tests/causal/test_drill_down.py).
    """
    choices = specification.choices
    sample = cell_sample(panel, multiverse, choices)
    measure, *covariates = specification.terms
    ((_, found),) = _solved(sample, _blocks(sample), choices.lag, measure, [tuple(covariates)])
    return found


def _estimate(batch: Batch, seed: int) -> _Rows:
    """Estimate all specifications of some cells; nothing is drawn, so the seed does not matter."""
    multiverse, options = batch.multiverse, _options(batch.multiverse)
    codes: list[IntArray] = []
    numbers: list[FloatArray] = []
    counts: list[IntArray] = []
    for choices in batch.cells:
        sample = sift_cell(batch.layers, multiverse, choices)
        blocks = _blocks(sample)
        for driver in multiverse.drivers_of(choices.measure):
            measure, subsets = choices.measure or driver.id, multiverse.subsets(driver, choices.effects)
            for chosen, found in _solved(sample, blocks, choices.lag, measure, subsets):
                made = {**vars(choices), "measure": measure, "lag": choices.lag}
                head = [options["driver"][driver.id], *(options[axis][str(made[axis])] for axis in AXES[:-1])]
                own = np.array([options["covariates"]["+".join(subset) or "none"] for subset in chosen])
                codes.append(np.column_stack([np.broadcast_to(head, (len(own), len(head))), own]))
                numbers.append(np.column_stack([found.coef, found.std_error, found.std_error_iid]))
                ones = np.ones_like(found.df_resid)
                counts.append(np.column_stack([found.df_resid, found.n_obs * ones, found.n_regions * ones]))
    return _Rows(np.concatenate(codes), np.concatenate(numbers), np.concatenate(counts))


def _blocks(sample: Sample) -> _Blocks:
    """Return the blocks of all columns under None, or nothing where each set of columns needs its own."""
    return {} if sample.effects == "cce" else {None: gram_blocks(sample)}


def _solved(
    sample: Sample,
    blocks: _Blocks,
    lag: int,
    measure: str,
    subsets: list[tuple[str, ...]],
) -> Iterator[tuple[list[tuple[str, ...]], Solutions]]:
    """Yield subsets with their solutions: all at once, or one by one where each has averages of its own.

    ``blocks`` holds those of all columns under None; without them it fills with those of each set of columns.
    """
    driver = sample.columns_of((measure,), lag)[0]
    if None in blocks:
        masks = np.array([mask_of(sample.columns_of(subset, lag)) for subset in subsets], dtype=np.uint64)
        yield subsets, solve(blocks[None], driver, masks)
        return
    for subset in subsets:
        chosen = tuple(sorted((driver, *sample.columns_of(subset, lag))))
        if chosen not in blocks:
            blocks[chosen] = factor_blocks(sample, chosen)
        every = np.array([mask_of(tuple(range(len(chosen))))], dtype=np.uint64)
        yield [subset], solve(blocks[chosen], chosen.index(driver), every)


def _options(multiverse: Multiverse) -> dict[str, dict[str, int]]:
    """Return the code of every option of driver and axes, in the order of the declaration."""
    drivers: list[Driver] = list(multiverse.drivers.values())
    widest = multiverse.effects[0]
    labels = ["+".join(subset) or "none" for driver in drivers for subset in multiverse.subsets(driver, widest)]
    named: dict[str, list[str]] = {
        "driver": [driver.id for driver in drivers],
        "era": [era.id for era in multiverse.eras],
        "scale": list(multiverse.scales),
        "weights": list(multiverse.weights),
        "lag": sorted({str(lag) for era in multiverse.eras for lag in era.lags}, key=int),
        "effects": list(multiverse.effects),
        "measure": [measure for driver in drivers for measure in driver.measures],
        "sample": [sample.id for sample in multiverse.samples],
        "vintage": list(multiverse.vintages),
        "covariates": list(dict.fromkeys(labels)),
    }
    return {axis: {option: code for code, option in enumerate(options)} for axis, options in named.items()}


def _table(multiverse: Multiverse, found: list[_Rows]) -> pd.DataFrame:
    codes = np.concatenate([rows.codes for rows in found])
    order = np.argsort(codes[:, 0], kind="stable")
    codes = codes[order]
    columns: dict[str, object] = {}
    for place, (axis, options) in enumerate(_options(multiverse).items()):
        columns[axis] = pd.Categorical.from_codes(codes[:, place], categories=pd.Index(list(options)))
    numbers = np.concatenate([rows.numbers for rows in found])[order]
    counts = np.concatenate([rows.counts for rows in found])[order].astype(np.int32)
    columns |= {name: numbers[:, place] for place, name in enumerate(_NUMBERS)}
    columns |= {name: counts[:, place] for place, name in enumerate(_COUNTS)}
    table = pd.DataFrame(columns)
    lags = table["lag"].cat.categories.astype(int).to_numpy()
    table["lag"] = lags[table["lag"].cat.codes].astype(np.int8)
    counted = np.int16 if table["n_regions"].max() <= np.iinfo(np.int16).max else np.int32
    table["df"] = (table["n_regions"] - 1).astype(counted)
    table.insert(1, "row", table.groupby("driver", observed=True).cumcount().astype(np.int32) + 1)
    return table.astype({"n_regions": counted})


def _weighted_median(rows: pd.DataFrame) -> float:
    ordered = rows.sort_values("pp")
    below = ordered["weight"].cumsum().to_numpy(float)
    return float(ordered["pp"].iloc[int(np.searchsorted(below, below[-1] / 2))])
