"""Peers beside us in one run: ``make bench`` writes the ratios of median times to ``reports/record/bench.json``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import version_of
from record import ROOT, write_record

from regional_econ.core.results import VERBATIM, Value

OURS = "ours"


def main() -> None:
    """Run all benchmark suites and write one record of ratios: the peer's median time over ours, by group."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "bench.json"
        suites = sorted(str(path) for path in (ROOT / "benchmarks").glob("bench_*.py"))
        command = [sys.executable, "-m", "pytest", "-q", *suites, "--benchmark-only", f"--benchmark-json={output}"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            sys.exit("Error: a benchmark failed; see above. Mend it and run: make bench")
        runs = json.loads(output.read_text(encoding="utf-8"))["benchmarks"]
    medians: dict[tuple[str, str], float] = {}
    for run in runs:
        medians[run["group"], str(run["params"]["peer"])] = run["stats"]["median"]
    values: dict[str, Value] = {}
    for (group, peer), median in sorted(medians.items()):
        values[f"{group}.{peer}.median_ms"] = Value(1000 * median, "ms", 4)
        if peer != OURS:
            values[f"{group}.{peer}.times_slower"] = Value(median / medians[group, OURS], "×", 1)
            print(f"{group}: {peer} takes {median / medians[group, OURS]:.1f} times as long")
    peers = sorted({peer for _, peer in medians if not peer.startswith(OURS)})
    values |= {f"version.{peer}": Value(version_of(peer), VERBATIM) for peer in peers}
    print(f"wrote {write_record('bench', values).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
