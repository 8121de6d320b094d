"""The simple benchmarks' forecasts of every indicator from every origin: half an hour of searches, kept as a record."""

from __future__ import annotations

import os

import numpy as np
from record import ROOT

from regional_econ.core.study import load_study
from regional_econ.data.load import load_panel
from regional_econ.forecasting.benchmark_store import RECORD, all_stored_forecasts, fingerprint, write_record
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.history import history_of
from regional_econ.forecasting.indicators import INDICATORS
from regional_econ.forecasting.outcomes import HORIZONS

STUDY = ROOT / "analyses" / "study.toml"


def main() -> None:
    """Make what is kept nowhere and write the record."""
    panel, study = load_panel(), load_study(STUDY)
    origins = sorted({*study.full.backtest_origins, *study.quick.backtest_origins})
    histories = {}
    for one in INDICATORS:
        for origin in origins:
            if np.isfinite(panel.matrix(one.source, years=[origin]).to_numpy()).any():
                known = history_of(prepare(panel, one, origin=origin))
                if known.usable.any():
                    histories[f"{one.id} {origin}"] = known
    folder = ROOT / "bld" / "benchmarks"
    found = all_stored_forecasts(histories, horizon=HORIZONS, folder=folder, jobs=os.cpu_count() or 1)
    record = {
        fingerprint(histories[key], name, horizon=HORIZONS): found[key][name] for key in found for name in BENCHMARKS
    }
    write_record(ROOT / RECORD, record)
    print(f"wrote {RECORD}: {len(record)} forecasts")


if __name__ == "__main__":
    main()
