"""System and difference GMM by pyxtabond2 0.0.4 on the UK firms, for tests/panel/test_gmm.py.

Run in this folder, in an environment of its own with pyxtabond2: python panel_xtabond2.py
"""

from __future__ import annotations

import json
from importlib.metadata import version

import numpy as np
import pandas as pd
from pyxtabond2 import GMMStyle, IVStyle, PyXtabond2

frame = pd.read_csv("data/empl_uk.csv").sort_values(["firm", "year"])
for name, column in {"n": "emp", "w": "wage", "k": "capital", "ys": "output"}.items():
    frame[name] = np.log(frame[column])
    for lag in (1, 2):
        before = frame[["firm", "year", name]].assign(year=frame["year"] + lag)
        frame[f"{name}{lag}"] = frame[["firm", "year"]].merge(before, how="left", on=["firm", "year"])[name].to_numpy()
LEAN = ["n1", "n2", "w", "w1", "k", "ys", "ys1"]
SMALL = ["n1", "w", "w1", "k", "k1"]


def dummies(first: int) -> list[str]:
    names = [f"yr{year}" for year in range(first, 1985)]
    for name in names:
        frame[name] = (frame["year"] == int(name[2:])).astype(float)
    return names


def case(x: list[str], gmm: list[GMMStyle], standard: list[str], years: list[str], **options: object) -> dict:
    fit = PyXtabond2(
        frame,
        id_col="firm",
        time_col="year",
        dep_var="n",
        x_vars=x + years,
        gmm=gmm,
        iv=[IVStyle(standard + years)],
        **options,
    ).fit()
    beta, se = np.ravel(fit.beta), np.ravel(fit.se)
    names = list(fit.x_names)
    shown = [*x, *(["_cons"] if "_cons" in names else [])]
    return {
        "coef": {name: float(beta[names.index(name)]) for name in shown},
        "se": {name: float(se[names.index(name)]) for name in shown},
        "n_instruments": int(fit.engine.n_instruments),
        "diag": plain(fit.diag),
    }


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(np.ravel(value).tolist() if np.ndim(value) else float(value))
    return None if isinstance(value, float) and np.isnan(value) else value


own = [GMMStyle(["n"], lag=(2, None))]
more = [GMMStyle([name], lag=(2, None)) for name in ("n", "w", "k")]
few = [GMMStyle([name], lag=(2, 3), collapse=True) for name in ("n", "w", "k")]
cases = {
    "diff_iid": case(LEAN, own, LEAN[2:], dummies(1979), model_type="difference"),
    "diff_one": case(LEAN, own, LEAN[2:], dummies(1979), model_type="difference", robust=True),
    "diff_two": case(LEAN, own, LEAN[2:], dummies(1979), model_type="difference", robust=True, twostep=True),
    "system_iid": case(SMALL, own, SMALL[1:], dummies(1978), model_type="system"),
    "system_one": case(SMALL, own, SMALL[1:], dummies(1978), model_type="system", robust=True),
    "system_two": case(SMALL, own, SMALL[1:], dummies(1978), model_type="system", robust=True, twostep=True),
    "system_more": case(SMALL, more, [], dummies(1978), model_type="system", robust=True, twostep=True),
    "system_few": case(SMALL, few, [], dummies(1978), model_type="system", robust=True, twostep=True),
}
with open("panel_xtabond2.json", "w", encoding="utf-8") as file:
    json.dump({"versions": {"pyxtabond2": version("pyxtabond2")}, "cases": cases}, file, indent=1)
