"""Studies of the methods: ``make calibrate [PART=name]``; finished batches are kept, so a stopped study goes on.

size   how often each kind of standard error rejects a true null at nominal 5 % on panels of 85 regions × 17 years
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from record import ROOT, write_record

from regional_econ._base.files import read_json, sha256_bytes, write_json
from regional_econ._base.parallel import map_cases
from regional_econ.core.results import Value
from regional_econ.core.workspace import source_files
from regional_econ.panel.fit import fit

N_REGIONS, N_YEARS = 85, 17
BATCHES, BATCH_SIZE = 20, 50
SEED = 20221231
Process = Literal["independent", "common_factor"]
PROCESSES: tuple[Process, ...] = ("independent", "common_factor")
INFERENCES = ("cluster:region", "dk", "cluster:region+year")


@dataclass(frozen=True)
class Batch:
    """Replications of one data-generating process."""

    process: Process
    number: int


def size() -> dict[str, Value]:
    """Rejection rates of the true null β = 0 under two-way effects, with their Monte Carlo errors."""
    code = sha256_bytes("".join(sorted(path.read_text("utf-8") for path in source_files(fit.__module__))).encode())
    folder = ROOT / "bld" / "calibrate" / f"size-{code[:12]}"
    cases = {f"{process}-{number}": Batch(process, number) for process in PROCESSES for number in range(BATCHES)}
    todo = {key: case for key, case in cases.items() if not (folder / f"{key}.json").is_file()}
    jobs = os.cpu_count() or 1
    keys = list(todo)
    for start in range(0, len(keys), 2 * jobs):
        chunk = {key: todo[key] for key in keys[start : start + 2 * jobs]}
        for key, rejections in map_cases(
            size_batch, chunk, seed=SEED, jobs=jobs, label=f"size {start + len(chunk)}"
        ).items():
            write_json(folder / f"{key}.json", rejections)
    n = BATCHES * BATCH_SIZE
    values = {"replications": Value(n, digits=0)}
    for process in PROCESSES:
        batches = [read_json(folder / f"{process}-{number}.json") for number in range(BATCHES)]
        for inference in INFERENCES:
            rate = sum(batch[inference] for batch in batches) / n
            error = float(np.sqrt(rate * (1 - rate) / n))
            values[f"{process}.{inference}.rejects_pct"] = Value(100 * rate, "%", 1, 100 * error)
    return values


def size_batch(batch: Batch, seed: int) -> dict[str, int]:
    """Count the rejections in one batch."""
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(INFERENCES, 0)
    for _ in range(BATCH_SIZE):
        frame = simulate(batch.process, rng)
        for inference in INFERENCES:
            tidy = fit("y ~ x", frame, effects="region+year", inference=inference).tidy()
            counts[inference] += int(tidy["p_value"].iloc[0] < 0.05)
    return counts


def simulate(process: Process, rng: np.random.Generator) -> pd.DataFrame:
    """Draw one panel with β = 0; the common factor loads on x and on the error with region-specific loadings."""
    x, u = rng.standard_normal((2, N_REGIONS, N_YEARS))
    if process == "common_factor":
        factor, loadings = rng.standard_normal((2, 1, N_YEARS)), rng.standard_normal((2, N_REGIONS, 1))
        x, u = x + loadings[0] * factor[0], u + loadings[0] * factor[1]
    index = pd.MultiIndex.from_product([range(N_REGIONS), range(N_YEARS)], names=["region", "year"])
    return pd.DataFrame({"y": u.ravel(), "x": x.ravel()}, index=index)


PARTS: dict[str, Callable[[], dict[str, Value]]] = {"size": size}


def main(part: str) -> None:
    """Run one part or all of them and write their records."""
    if part not in (*PARTS, "all"):
        sys.exit(f"Error: unknown part {part!r}. Choose one of: all, {', '.join(PARTS)}.")
    for name, study in PARTS.items():
        if part in (name, "all"):
            print(f"wrote {write_record(f'calibrate.{name}', study()).relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "all")
