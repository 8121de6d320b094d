"""Spreg's spatial lag panel fitted whenever a line arrives: python spreg_sdm.py data.csv weights.csv.

Prints the numbers that all peers must share on the first line, then the seconds of one fit a line. Its panels have
region effects only, so year means are taken out before; it gives no direct and indirect effects of panels.
"""

import sys
import time
import warnings

import libpysal
import numpy as np
import pandas as pd
import spreg

warnings.filterwarnings("ignore")
data = pd.read_csv(sys.argv[1])
block = np.loadtxt(sys.argv[2], delimiter=",")
names = ["x1", "x2", "x3", "x4"]


def fit() -> list[float]:
    """ρ and the eight coefficients."""
    rows = data[["y", *names]] - data.groupby("year")[["y", *names]].transform("mean")
    values = rows.to_numpy().reshape(-1, len(block), 5)
    lags = np.einsum("ij,tjk->tik", block, values[:, :, 1:])
    X = np.concatenate([values[:, :, 1:], lags], axis=2).reshape(len(rows), -1)
    weights = libpysal.weights.full2W(block)
    weights.transform = "r"
    model = spreg.Panel_FE_Lag(rows[["y"]].to_numpy(), X, weights)
    return [float(model.rho), *map(float, np.ravel(model.betas)[:8])]


print(*(f"{value:.17g}" for value in fit()), flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    fit()
    print(f"{time.perf_counter() - started:.9f}", flush=True)
