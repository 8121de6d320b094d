"""Which forecast model was chosen, and by how much? All candidates from early origins, by the same scores.

Every candidate of ``data/forecast.yml`` forecasts every indicator from each origin of the choosing window; only target
years of that window count. The samples are short (two chains of 300) and held to no gates, their worst R-hat is
recorded: each candidate is judged on some 40,000 forecasts, whose mean hardly moves with the length of a chain. The
Monte Carlo errors are those between eight blocks of draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.bayes.gates import diagnose
from regional_econ.bayes.sampling import sample
from regional_econ.bayes.trace import SamplerSettings
from regional_econ.core.panel import Panel
from regional_econ.core.results import Value
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_national
from regional_econ.forecasting.choice import Choice, read_choice
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.drivers import Driver, drivers
from regional_econ.forecasting.indicators import IDS, indicator
from regional_econ.forecasting.outcomes import HORIZONS, outcomes, scoring_scale
from regional_econ.forecasting.scores import covered, crps_sample
from regional_econ.forecasting.simulate import Shocks, simulate, start_of

FIRST_ORIGIN = 2008
LEAST_YEARS = 4
SEED = 20221231
SETTINGS = SamplerSettings(draws=300, tune=300, chains=2)
DRAWS, BLOCKS = 1200, 8


@dataclass(frozen=True)
class Batch:
    """One candidate's forecasts of one indicator from one origin."""

    choice: Choice
    name: str
    origin: int
    last_target: int


def batches() -> dict[str, Batch]:
    """Return all batches by key, candidate after candidate."""
    found = read_choice()
    origins = range(FIRST_ORIGIN, found.windows.chosen_to_origin + 1)
    return {
        f"{candidate}.{name}.{origin}": Batch(choice, name, origin, found.windows.chosen_to_target)
        for candidate, choice in found.candidates.items()
        for name in IDS
        for origin in origins
    }


def run(part: Mapping[str, Batch], jobs: int, label: str) -> dict[str, Any]:
    """Run batches."""
    panel, national = load_panel(), load_national()
    cases = {key: (batch, panel, drivers(national, origin=batch.origin)) for key, batch in part.items()}
    return map_cases(_run, cases, seed=SEED, jobs=jobs, label=label)


def _run(case: tuple[Batch, Panel, tuple[Driver, ...]], _seed: int) -> dict[str, Any]:
    batch, panel, prices = case
    one = indicator(batch.name)
    if not np.isfinite(panel.matrix(one.source, years=[batch.origin]).to_numpy()).any():
        return {"cells": 0}
    data = prepare(panel, one, origin=batch.origin, prior=batch.choice.prior, price=prices[0].changes)
    truth = outcomes(panel, data)
    truth[:, max(batch.last_target - batch.origin, 0) :] = np.nan
    cells = np.isfinite(truth) & (np.isfinite(data.visible).sum(axis=1) >= LEAST_YEARS)[:, None]
    cells &= np.isfinite(data.last_level)[:, None]
    if not cells.any():
        return {"cells": 0}
    structure = batch.choice.structure
    trace = sample(data.model, seed=seed_for(SEED, batch.name, batch.origin), settings=SETTINGS, structure=structure)
    start = start_of(trace, structure, data.model)
    start = start.pick((np.arange(DRAWS, dtype=np.int64) * start.n_draws) // DRAWS)
    rng = rng_for(SEED, batch.name, batch.origin)
    shocks = Shocks.independent(DRAWS, HORIZONS, start.n_regions, rng, prices[0].change)
    values = one.from_scale(simulate(start, shocks) + data.base[None, :, None], data.last_level[None, :, None])
    return _scored(scoring_scale(values, one), scoring_scale(truth, one), cells) | {
        "rhat": diagnose(trace).rhat, "divergences": int(trace.divergent.sum()),
    }  # fmt: skip


def _scored(draws: NDArray[np.float64], truth: NDArray[np.float64], cells: NDArray[np.bool_]) -> dict[str, Any]:
    crps = crps_sample(draws[:, cells], truth[cells])
    blocks = [float(crps_sample(part, truth[cells]).sum()) for part in np.array_split(draws[:, cells], BLOCKS)]
    found: dict[str, Any] = {"cells": int(cells.sum()), "crps": float(crps.sum()), "blocks": blocks}
    for level in (80, 95):
        low, high = np.quantile(draws[:, cells], [0.5 - level / 200, 0.5 + level / 200], axis=0, method="hazen")
        found[f"covered{level}"] = float(covered(low, high, truth[cells]).sum())
    return found


def summary(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Value]:
    """Return mean CRPS and coverage by candidate and indicator, and each candidate's geometric mean over indicators."""
    values: dict[str, Value] = {}
    candidates = list(dict.fromkeys(key.split(".")[0] for key in found))
    for candidate in candidates:
        logs, block_logs = [], []
        for name in IDS:
            rows = [row for key, row in found.items() if key.startswith(f"{candidate}.{name}.") and row["cells"]]
            cells = sum(row["cells"] for row in rows)
            crps = sum(row["crps"] for row in rows) / cells
            blocks = np.array([row["blocks"] for row in rows]).sum(axis=0)
            logs.append(np.log(crps))
            block_logs.append(np.log(blocks))
            values[f"{candidate}.{name}.cells"] = Value(cells, digits=0)
            values[f"{candidate}.{name}.crps"] = Value(crps, digits=3, mc_error=crps * _error(np.log(blocks)))
            for level in (80, 95):
                share = 100.0 * sum(row[f"covered{level}"] for row in rows) / cells
                values[f"{candidate}.{name}.covered{level}"] = Value(share, "%", 0, 1.0)
            values[f"{candidate}.{name}.rhat"] = Value(max(row["rhat"] for row in rows), digits=3, mc_error=0.05)
        mean = float(np.exp(np.mean(logs)))
        values[f"{candidate}.crps"] = Value(mean, digits=3, mc_error=mean * _error(np.mean(block_logs, axis=0)))
    return values


def _error(blocks: NDArray[np.float64]) -> float:
    return float(blocks.std(ddof=1) / np.sqrt(len(blocks)))
