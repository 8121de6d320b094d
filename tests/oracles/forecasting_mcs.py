"""Model confidence sets by arch on made-up losses, for tests/forecasting/test_confidence_set.py.

Run in this folder, in an environment of its own with arch: python forecasting_mcs.py
"""

from __future__ import annotations

import json
from importlib.metadata import version

import numpy as np
from arch.bootstrap import MCS

YEARS, BLOCK, SEED = 24, 3, 20
MODELS = ["best", "near", "middle", "worse", "worst"]

rng = np.random.default_rng(6)
common = rng.gamma(4.0, 0.25, (YEARS, 1))
losses = np.round(common * (1.0 + rng.normal(0.0, 0.45, (YEARS, 5))) + [0.0, 0.1, 0.15, 0.1, 0.4], 4)


def run(method: str, draws: int) -> tuple[dict[str, float], list[list[int]]]:
    found = MCS(losses, 0.1, reps=draws, block_size=BLOCK, method=method, bootstrap="circular", seed=SEED)
    found.compute()
    values = found.pvalues["Pvalue"]
    rows = [[int(t) for t in row] for row in found._bootstrap_indices]
    return {MODELS[int(k)]: float(value) for k, value in values.items()}, rows


rows = run("R", 150)[1]
assert rows == run("max", 150)[1]
result = {
    "made_by": f"forecasting_mcs.py with arch {version('arch')}, numpy {version('numpy')}",
    "what": "p-values of two statistics, eliminated models first; resampled_years are the rows of the 150 resamples",
    "block": BLOCK,
    "models": MODELS,
    "losses": [" ".join(f"{value:.4f}" for value in row) for row in losses],
    "same_resamples": {"T_R": run("R", 150)[0], "T_max": run("max", 150)[0]},
    "own_resamples": {"draws": 20_000, "T_R": run("R", 20_000)[0], "T_max": run("max", 20_000)[0]},
    "resampled_years": [" ".join(map(str, row)) for row in rows],
}
with open("forecasting_mcs.json", "w", encoding="utf-8") as out:
    json.dump(result, out, indent=1)
    out.write("\n")
