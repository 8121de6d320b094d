"""One large regression in a process of its own: ``python one_fit.py ours 50000 20`` prints seconds and memory as JSON.

A million rows and ten regressors with two-way effects, clustered by unit. A small fit first loads what a package loads
late; peak memory is that of the whole process, data and packages included.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

OURS = "ours"
package = import_module("regional_econ" if sys.argv[1] == OURS else "pyfixest")  # ours sets threads before numpy starts

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

N_REGRESSORS = 10
NAMES = [f"x{number}" for number in range(N_REGRESSORS)]
RIGHT = " + ".join(NAMES)


def panel(n_units: int, n_years: int) -> pd.DataFrame:
    """Normal regressors, all with slope one, and effects of both kinds; columns stand apart in memory."""
    rng = np.random.default_rng(20221231)
    index = pd.MultiIndex.from_product([range(n_units), range(1, n_years + 1)], names=["region", "year"])
    columns = {name: rng.standard_normal(len(index)) for name in NAMES}
    y = rng.standard_normal(len(index))
    for column in columns.values():
        y += column
    y += np.repeat(rng.standard_normal(n_units), n_years)
    y += np.tile(rng.standard_normal(n_years), n_units)
    return pd.DataFrame({"y": y, **columns}, index=index, copy=False)


def ours(frame: pd.DataFrame) -> list[float]:
    """Coefficients of our fit."""
    fit: Callable[..., Any] = import_module("regional_econ.panel.fit").fit
    return list(map(float, fit(f"y ~ {RIGHT}", frame, effects="region+year", inference="cluster:region").params))


def theirs(frame: pd.DataFrame) -> list[float]:
    """Coefficients of pyfixest's fit with its defaults."""
    return list(map(float, package.feols(f"y ~ {RIGHT} | region + year", frame, vcov={"CRV1": "region"}).coef()))


def main(peer: str, n_units: int, n_years: int) -> None:
    """Fit and print."""
    run = ours if peer == OURS else theirs
    small, large = panel(30, 20), panel(n_units, n_years)
    if peer != OURS:
        small, large = small.reset_index(), large.reset_index()
    run(small)
    started = time.perf_counter()
    coefficients = run(large)
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux
    found = {"seconds": seconds, "peak_mb": peak_mb, "coefficients": coefficients}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
