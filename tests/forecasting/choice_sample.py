"""Made-up records of the candidate models and of simulation-based calibration, in the form that the studies write."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np

from regional_econ.core.results import Result, Value
from regional_econ.forecasting.choice import read_choice
from regional_econ.forecasting.indicators import IDS

ROOT = Path(__file__).resolve().parents[2]
CHOICE = read_choice()
CHOSEN = CHOICE.chosen.name
CRPS = {name: 5.0 + 0.1 * k for k, name in enumerate(CHOICE.candidates)} | {CHOSEN: 4.7}


def record(crps: dict[str, float]) -> Result:
    """A record of candidates as the study writes it, every second indicator with twice the forecasts."""
    values: dict[str, Value] = {}
    for name, mean in crps.items():
        for k, one in enumerate(IDS):
            values[f"{name}.{one}.cells"] = Value(100 * (1 + k % 2), digits=0)
            values[f"{name}.{one}.covered80"] = Value(80.0 + 3.0 * (k % 2), "%", 0, 1.0)
            values[f"{name}.{one}.covered95"] = Value(94.0, "%", 0, 1.0)
        values[f"{name}.crps"] = Value(mean, digits=3, mc_error=0.003 * mean)
    return Result("calibrate.candidates", values)


@cache
def calibration(ranks_of_growth: int | None, failed: int = 0) -> Result:
    """A record that the study's own summary makes of made-up ranks."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import sbc_study
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    rng, n = np.random.default_rng(5), 40
    names = ("log_sd_mean", "log_sd.gap", "level.late", "own_growth.gap", "figure.whole.h5", "log_likelihood")
    ranks = {name: rng.integers(0, sbc_study.L + 1, n).tolist() for name in names}
    if ranks_of_growth is not None:
        ranks["own_growth.gap"] = [ranks_of_growth] * n
    sampled = {"ess": [500.0] * n, "rhat": [1.004] * n, "divergences": [0.0] * n, "attempts": [1.0] * n}
    flags = [1.0] * failed + [0.0] * (n - failed)
    return Result("calibrate.sbc", sbc_study.summary({"batch-0": {"ranks": ranks, **sampled, "failed": flags}}))
