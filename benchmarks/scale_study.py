"""What do large panels cost? Processor time and memory of a fit, a multiverse and a posterior by the number of units.

Each measurement is a process of its own, one at a time, after a small run that loads and compiles what is loaded late.
Time is the processor's (one thread works), so that neighbours on the machine count little; memory is the process's
peak, packages and data included. The panels are made up (`scale_world`).

fit         two-way within regression of eight regressors, errors clustered by unit
multiverse  13,440 declared specifications, all in one process
sampler     the shipped forecast model of one indicator: 2 chains of 300 + 500 draws; compilation apart
firms       the same regression of four inputs on up to 10⁷ rows, errors clustered by firm
places      the same, errors clustered by municipality
subsets     eight regressions on as many rows: one input beside every subset of the others, errors clustered by firm
sums        firms added up by municipality and year, and the forecast model of that panel, as in sampler
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scale_world as world
from record import ROOT

from regional_econ.bayes.gates import diagnose
from regional_econ.bayes.sampling import sample
from regional_econ.bayes.trace import SamplerSettings
from regional_econ.causal.declaration import load_multiverse
from regional_econ.causal.kernel import Solutions, gram_blocks, solve
from regional_econ.causal.multiverse import run as run_multiverse
from regional_econ.causal.pages.scale import ROWS, UNITS
from regional_econ.causal.sample import Sample
from regional_econ.core.panel import Panel
from regional_econ.core.results import Value
from regional_econ.forecasting.choice import load_choice
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.indicators import Indicator, indicator
from regional_econ.panel.fit import fit

OF_UNITS = dict.fromkeys(("fit", "multiverse", "sampler"), UNITS)
SIZES = OF_UNITS | dict.fromkeys(("firms", "places", "subsets", "sums"), ROWS)
REPEATS = {"fit": 5, "multiverse": 3}  # the least of them counts: what is beyond it is the machine's
FORMULA = (
    "ln(innovation_activity_pct) ~ ln(rd_grp_pct) + ln(researchers_per_10k_employed) + ln(investment_grp_pct)"
    " + wear_pct + ln(grp_mln_rub) + ln(population_avg) + unemployment_pct + ln(employed_thousand)"
)
OF_FIRMS = f"output ~ {' + '.join(world.REGRESSORS)}"
SETTINGS = SamplerSettings(draws=500, tune=300, chains=2)
DIGITS = {"seconds": 3, "gib": 2, "compile_seconds": 1, "ess": 0, "steps": 1, "rows": 0}


@dataclass(frozen=True)
class Measured:
    """One measurement to be made: what, at which size."""

    kind: str
    size: int


def batches() -> dict[str, Measured]:
    """Return all measurements by key."""
    return {f"{kind}.{size}": Measured(kind, size) for kind, sizes in SIZES.items() for size in sizes}


def run(part: Mapping[str, Measured], _jobs: int, label: str) -> dict[str, dict[str, float]]:
    """Make measurements, each in a process of its own and one at a time."""
    found = {}
    for key, one in part.items():
        print(f"{label}: {key}", file=sys.stderr)
        command = [sys.executable, __file__, one.kind, str(one.size)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        found[key] = json.loads(done.stdout)
    return found


def summary(found: Mapping[str, Mapping[str, float]]) -> dict[str, Value]:
    """Return what was measured by ``<kind>.<size>.<what>``, and the settings."""
    values = {
        f"{key}.{name}": Value(
            number, {"gib": "GiB", "seconds": "s", "compile_seconds": "s"}.get(name, ""), DIGITS[name]
        )
        for key, one in found.items()
        for name, number in one.items()
    }
    iterations = SETTINGS.chains * (SETTINGS.draws + SETTINGS.tune)
    return values | {"iterations": Value(iterations, digits=0)}


def measure(kind: str, size: int) -> dict[str, float]:
    """Measure here: processor seconds, peak memory in GiB, and what else a kind tells."""
    if kind == "fit":
        panel = world.municipal(size)
        return _timed(lambda: fit(FORMULA, panel), lambda: fit(FORMULA, world.municipal(UNITS[0])), REPEATS[kind])
    if kind == "multiverse":
        declared = world.specifications(load_multiverse(ROOT / "analyses" / "multiverse.yml"))

        def every(panel: Panel) -> object:
            return run_multiverse(panel, declared, focal_region="RU-KEM")

        panel = world.municipal(size)
        return _timed(lambda: every(panel), lambda: every(world.municipal(UNITS[0])), REPEATS[kind])
    if kind == "sampler":
        return _sampled(world.municipal(size), indicator("innovation_activity_pct"))
    frame = world.firms(size)
    if kind == "sums":
        began = time.process_time()
        panel = world.sums(frame)
        added = time.process_time() - began
        found = _sampled(panel, world.OUTPUT)
        return found | {"seconds": found["seconds"] + added}
    if kind == "subsets":
        return _timed(lambda: every_subset(frame), lambda: every_subset(world.firms(10**4)), 1)
    errors = f"cluster:{'region' if kind == 'firms' else 'municipality'}"
    first = world.firms(10**4)
    return _timed(lambda: fit(OF_FIRMS, frame, inference=errors), lambda: fit(OF_FIRMS, first, inference=errors), 1)


def every_subset(frame: pd.DataFrame) -> Solutions:
    """Regress output on the first input and every subset of the others, effects of firms and years taken out.

    Firms of one year stay: they change no coefficient, but the count of rows in the errors' factor.
    """
    firm, year = (np.unique(codes, return_inverse=True)[1] for codes in frame.index.codes)
    X = frame[list(world.REGRESSORS)].to_numpy()
    names = tuple(map(str, frame.index.unique("firm")))
    sample = Sample(
        frame["output"].to_numpy(), X, world.REGRESSORS, firm, firm, year, year, np.ones(len(X)), names, "region+year"
    )
    return solve(gram_blocks(sample), 0, np.arange(2 ** (X.shape[1] - 1), dtype=np.uint64) << np.uint64(1))


def _timed(work: Callable[[], object], before: Callable[[], object], repeats: int) -> dict[str, float]:
    before()
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return {"seconds": min(seconds), "gib": peak_gib()}


def _sampled(panel: Panel, of: Indicator) -> dict[str, float]:
    choice = load_choice()
    data = prepare(panel, of, prior=choice.prior).model
    began = time.process_time()
    sample(data, seed=1, settings=replace(SETTINGS, draws=10, tune=10, chains=1), structure=choice.structure)
    compiled = time.process_time()
    trace = sample(data, seed=1, settings=SETTINGS, structure=choice.structure)
    seconds, report = time.process_time() - compiled, diagnose(trace)
    return {
        "seconds": seconds, "gib": peak_gib(), "compile_seconds": compiled - began,
        "ess": min(report.ess_bulk, report.ess_tail), "steps": float(trace.n_steps.mean()),
    }  # fmt: skip


def peak_gib() -> float:
    """Peak memory of this process, in GiB (Linux), without what its parent held when it began."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return float(status.partition("VmHWM:")[2].split()[0]) / 2**20


def main(kind: str, size: str) -> dict[str, Any]:
    """Measure and print as JSON."""
    found = measure(kind, int(size))
    print(json.dumps(found))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
