"""All computed specifications as data for two pages: one shows how they spread, the other works with one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS
from regional_econ.causal.axes import AXES, Driver
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.weights import axis_weights
from regional_econ.core.explorer import MAIN, Explorer, packed

SPECIFICATIONS, WORKBENCH = "explore_specifications", "explore_workbench"
_TEXTS = {"weights": "weight"}
_PROBABILITIES = ("beyond", "right_sign", "negligible")


def explorers(
    table: pd.DataFrame,
    multiverse: Multiverse,
    evidence: Mapping[str, CausalEvidence],
    grades: Mapping[str, str],
    verdicts: Mapping[str, tuple[str, str]],
) -> tuple[Explorer, Explorer]:
    """Return ``explore_specifications`` with a part a driver, and ``explore_workbench``, which shares its data.

    Parameters
    ----------
    table : all specifications, `causal.multiverse.MultiverseResult.table`.
    multiverse : their declaration; the page decodes the choices of a row from it.
    evidence : by driver, for those that verdicts are given on.
    grades : grade of each driver's elasticity, where it has one.
    verdicts : label and page of each claim that has a verdict, by claim.

    Raises
    ------
    EstimationError : the rows are not those of the declaration, or differ within a cell in what is stored once a cell.
    """
    first = next(iter(evidence.values()))
    parts = {
        driver.id: _part(table[table["driver"] == driver.id], multiverse, driver, first.level_pct)
        for driver in multiverse.drivers.values()
    }
    clusters = sorted({int(number) for number in table["df"].unique()})
    main = {
        "outcome": multiverse.outcome,
        "region": first.focal_region,
        "level": first.level_pct,
        "year": first.level_year,
        "delta": multiverse.rule.smallest_effect_pp,
        "deciding_lag": multiverse.rule.deciding_lag,
        "quantile": multiverse.rule.change_quantile,
        "window": multiverse.rule.change_window_years,
        "t": {df: float(stdtrit(df, (1 + LEVELS[0]) / 2)) for df in clusters},
        "declared": declared_choices(multiverse),
        "drivers": {
            driver.id: {
                "n": int((table["driver"] == driver.id).sum()),
                "changes": _changes(table[table["driver"] == driver.id], driver),
                "evidence": _evidence(evidence.get(driver.id)),
                "grade": grades.get(driver.id, ""),
                "verdicts": [[claim, *verdicts[claim]] for claim in driver.claims if claim in verdicts],
            }
            for driver in multiverse.drivers.values()
        },
    }
    labels = tuple(sorted(_labels(multiverse, first, verdicts)))
    return (
        Explorer(SPECIFICATIONS, "causal", {MAIN: main, **parts}, labels),
        Explorer(WORKBENCH, "causal", {}, labels, shares=SPECIFICATIONS),
    )


def declared_choices(multiverse: Multiverse) -> dict[str, Any]:
    """Return axes, drivers, limits and reasons as JSON, from which a page decodes the choices of a row."""
    return {
        "scale": list(multiverse.scales),
        "weights": list(multiverse.weights),
        "era": [{"id": era.id, "lags": list(era.lags)} for era in multiverse.eras],
        "effects": list(multiverse.effects),
        "sample": [sample.id for sample in multiverse.samples],
        "vintage": list(multiverse.vintages),
        "alone": {key: str(value) for key, value in vars(multiverse.alone).items()},
        "logs": [name for name, term in multiverse.terms.items() if term.transform == "ln"],
        "limits": [asdict(limit) for limit in multiverse.admissible],
        "drivers": [
            {
                "id": driver.id,
                "sign": driver.claimed_sign,
                "measures": list(driver.measures),
                "covariates": list(driver.covariates),
                "reasons": {name: asdict(text) for name, text in {**driver.measures, **driver.covariates}.items()},
            }
            for driver in multiverse.drivers.values()
        ],
        "reasons": {option: asdict(reason) for option, reason in multiverse.reasons.items()},
        "exclusions": [asdict(one) for one in multiverse.exclusions.values()],
    }


def _part(rows: pd.DataFrame, multiverse: Multiverse, driver: Driver, level_pct: float) -> dict[str, Any]:
    """A driver's estimates and errors a row; observations, regions and weights a cell."""
    cells = [cell for cell in multiverse.cells() if driver in multiverse.drivers_of(cell.measure)]
    counts = np.array([len(multiverse.subsets(driver, cell.effects)) for cell in cells])
    if len(rows) != counts.sum() or not np.array_equal(rows["row"], np.arange(1, len(rows) + 1)):
        what = f"{len(rows)} rows, {counts.sum()} declared"
        raise EstimationError(what, where=driver.id, advice="Estimate again: regional-econ reproduce")
    starts = np.cumsum(counts) - counts
    lagged = (rows["lag"] >= multiverse.rule.deciding_lag).to_numpy()
    deciding = np.zeros(len(rows))
    deciding[lagged] = axis_weights(rows[lagged], level_pct)
    plain, digits = _shown(rows["std_error_iid"])
    return {
        "estimate": packed(_planes(rows["estimate"]), "uint8"),
        "std_error": packed(_planes(rows["std_error"]), "uint8"),
        "std_error_iid": packed(plain, "uint16"),
        "iid_digits": digits,
        "n_obs": packed(_once(rows["n_obs"], starts, counts, driver), "uint16"),
        "n_regions": packed(_once(rows["n_regions"], starts, counts, driver), "uint8"),
        "weight": packed(np.add.reduceat(rows["weight"].to_numpy(), starts)),
        "deciding_weight": packed(np.add.reduceat(deciding, starts)),
    }


def _planes(values: pd.Series) -> NDArray[np.uint8]:
    """The bytes of float32 numbers, all first ones before all second ones: so they pack into a sixth less."""
    numbers = np.ascontiguousarray(values, dtype="<f4")
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, 4).T)


def _shown(values: pd.Series) -> tuple[NDArray[np.float64], int]:
    """Return positive numbers as multiples of their last shown digit, and the digits: some three mean something."""
    least = 2 - int(np.floor(np.log10(values.median())))
    digits = min(least, int(np.floor(np.log10(np.iinfo(np.uint16).max / values.max()))))
    return np.rint(values.to_numpy(dtype=float) * 10.0**digits), digits


def _once(values: pd.Series, starts: NDArray[np.int64], counts: NDArray[np.int64], driver: Driver) -> FloatArray:
    """Return what all rows of a cell share, once a cell."""
    first = values.to_numpy()[starts]
    if not np.array_equal(np.repeat(first, counts), values):
        what = f"{values.name} differs between covariates of one sample"
        raise EstimationError(what, where=driver.id, advice="Report this: samples are declared not to")
    return np.asarray(first)


def _changes(rows: pd.DataFrame, driver: Driver) -> list[float]:
    by_measure = rows.groupby("measure", observed=True)["change"].first()
    return [float(by_measure[measure]) for measure in driver.measures]


def _evidence(found: CausalEvidence | None) -> dict[str, Any] | None:
    """The probabilities that verdicts read; none for a driver without evidence."""
    if found is None:
        return None
    return {"interval": list(found.lagged_pp), **{name: getattr(found.lagged, name) for name in _PROBABILITIES}}


def _labels(multiverse: Multiverse, first: CausalEvidence, verdicts: Mapping[str, tuple[str, str]]) -> set[str]:
    options = {f"causal.{_TEXTS.get(axis, axis)}.{name}" for axis, _, name in map(_split, multiverse.reasons)}
    drivers = multiverse.drivers.values()
    terms = {name for driver in drivers for name in (driver.id, *driver.covariates)}
    return (
        options
        | {f"causal.choice.{axis}" for axis in AXES}
        | {f"causal.measure.{name}" for driver in drivers for name in driver.measures}
        | {f"causal.term.{name}" for name in terms}
        | {label for driver in drivers for claim in driver.claims if claim in verdicts for label in verdicts[claim][:1]}
        | {multiverse.outcome, first.focal_region}
    )


def _split(key: str) -> tuple[str, str, str]:
    return key.partition(".")
