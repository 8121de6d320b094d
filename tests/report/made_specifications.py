"""Declared specifications with invented estimates, and both pages on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from regional_econ.causal.axes import AXES
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.pages.explorer import explorers
from regional_econ.causal.scales import interval_pp
from regional_econ.causal.weights import axis_weights
from regional_econ.core.explorer import Explorer

ROOT = Path(__file__).resolve().parents[2]
LEVEL = 7.0
CHANGES = (0.5, 0.8, 1.1)


def shipped() -> Multiverse:
    """Return the declaration of the project."""
    return load_multiverse(ROOT / "analyses" / "multiverse.yml")


def small() -> Multiverse:
    """Return its first and last driver with two measures and three covariates, one vintage and two samples."""
    whole = shipped()
    kept = {}
    for name in (next(iter(whole.drivers)), "wear_pct"):
        driver = whole.drivers[name]
        measures, covariates = dict(list(driver.measures.items())[:2]), dict(list(driver.covariates.items())[:4])
        kept[name] = replace(driver, measures=measures, covariates=covariates)
    samples = tuple(sample for sample in whole.samples if sample.id in ("all", "without_2020"))
    return replace(whole, drivers=kept, samples=samples, vintages=whole.vintages[:1])


def table(multiverse: Multiverse, seed: int = 1) -> pd.DataFrame:
    """Return what `causal.multiverse.run` would return of a declaration, with drawn estimates."""
    rng, parts = np.random.default_rng(seed), []
    for driver in multiverse.drivers.values():
        listed = list(multiverse.specifications(driver.id))
        rows = pd.DataFrame([one.options() for one in listed])
        rows.insert(0, "driver", driver.id)
        rows.insert(1, "row", [one.row for one in listed])
        rows["lag"] = rows["lag"].astype(int)
        first = (rows[list(AXES[:-1])] != rows[list(AXES[:-1])].shift()).any(axis=1)
        cell = first.cumsum().to_numpy() - 1
        rows["n_regions"] = rng.integers(60, 85, cell[-1] + 1)[cell]
        rows["n_obs"] = rng.integers(200, 1400, cell[-1] + 1)[cell]
        rows["df"] = rows["n_regions"] - 1
        rows["std_error"] = rng.uniform(0.02, 0.4, len(rows))
        rows["std_error_iid"] = rows["std_error"] * rng.uniform(0.5, 0.9, len(rows))
        rows["estimate"] = rng.normal(0.05, 0.2, len(rows)) + 0.1 * (rows["era"] == "pooled")
        rows["change"] = rows["measure"].map(dict(zip(driver.measures, CHANGES, strict=False))).astype(float)
        rows["weight"] = axis_weights(rows, LEVEL)
        parts.append(rows)
    made = pd.concat(parts, ignore_index=True)
    numbers = made[["estimate", "std_error", "df", "change"]].to_numpy(float).T
    made["pp"], made["pp_low"], made["pp_high"] = interval_pp(*numbers, LEVEL, (made["scale"] == "ln").to_numpy())
    return made


def evidence(multiverse: Multiverse) -> dict[str, Any]:
    """Return what the pages read of the evidence on each driver."""
    lagged = SimpleNamespace(beyond=0.12, right_sign=0.61, negligible=0.83)
    about = {"level_pct": LEVEL, "level_year": 2022, "focal_region": "RU-KEM"}
    return {name: SimpleNamespace(**about, lagged_pp=(-0.4, 0.1, 0.6), lagged=lagged) for name in multiverse.drivers}


def pages() -> tuple[Explorer, Explorer]:
    """Return both pages on the small declaration, for the chapter of verdicts of the sample report."""
    declared, labels = small(), {"C12": ("report.label.contradicted", "claim_C12.html")}
    made = explorers(table(declared), declared, evidence(declared), {}, labels)
    return replace(made[0], section="referee"), replace(made[1], section="referee")
