"""Does sampling reach published posteriors, and give the same draws however it is run?"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pymc as pm
import pytest

from regional_econ._base.errors import Interrupted
from regional_econ.bayes import sampling
from regional_econ.bayes.gates import check
from regional_econ.bayes.trace import SamplerSettings, Trace

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "bayes.json"
# short steps: the posterior of tau narrows into a funnel
SETTINGS = SamplerSettings(draws=1000, tune=1000, target_accept=0.98)


def eight_schools() -> pm.Model:
    data = oracle("pdb_eight_schools_noncentered")["data"]
    with pm.Model() as model:
        mu = pm.Normal("mu", 0.0, 5.0)
        tau = pm.HalfCauchy("tau", 5.0)
        theta = pm.Deterministic("theta", mu + tau * pm.Normal("z", shape=8))
        pm.Normal("y", theta, np.array(data["sigma"], dtype=float), observed=np.array(data["y"], dtype=float))
    return model


def oracle(name: str) -> dict:
    entries = json.loads(ORACLE.read_text(encoding="utf-8"))
    return next(entry for entry in entries if entry["id"] == name)


def digest(trace: Trace) -> str:
    return hashlib.sha256(b"".join(trace.posterior[name].tobytes() for name in sorted(trace.posterior))).hexdigest()


@pytest.fixture(scope="module")
def schools() -> Trace:
    return sampling.sample_model(eight_schools(), seed=1, settings=SETTINGS)


def test_eight_schools_agree_with_the_reference_draws(schools: Trace) -> None:
    report = check(schools)
    size = min(report.ess_bulk, report.ess_tail)
    for name, reference in oracle("pdb_eight_schools_noncentered")["values"].items():
        draws = schools.draws("theta")[:, int(name[6]) - 1] if name.startswith("theta") else schools.draws(name)
        error = np.hypot(reference["mcse_mean"], reference["sd"] / np.sqrt(size))
        # five joint Monte Carlo errors, as the oracle proposes
        assert abs(draws.mean() - reference["mean"]) < 5 * error, name


def test_workers_change_no_draw(schools: Trace) -> None:
    two = sampling.sample_model(eight_schools(), seed=1, settings=replace(SETTINGS, jobs=2))
    assert digest(two) == digest(schools)
    other = sampling.sample_model(eight_schools(), seed=2, settings=SETTINGS)
    assert digest(other) != digest(schools)


def test_cold_and_warm_caches_give_the_same_draws(tmp_path: Path, schools: Trace) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_sampling as t;"
        "from regional_econ.bayes import sampling;"
        "print(t.digest(sampling.sample_model(t.eight_schools(), seed=1, settings=t.SETTINGS)))"
    )
    environment = {**os.environ, "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-c", code, str(Path(__file__).parent)]
    found = [subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)]
    assert {run.stdout.strip() for run in found} == {digest(schools)}


def test_a_short_trace_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    import nutpie

    whole = nutpie.sample

    def stopped(*args: object, **options: object) -> object:
        return whole(*args, **{**options, "draws": 7})

    monkeypatch.setattr(nutpie, "sample", stopped)
    with pytest.raises(Interrupted, match="28 of 4000"):
        sampling.sample_model(eight_schools(), seed=1, settings=SETTINGS)
