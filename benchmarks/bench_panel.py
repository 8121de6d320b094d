"""Our regression beside linearmodels and pyfixest: the reference specification, the same numbers from each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from linearmodels.panel import PanelOLS
from pytest_benchmark.fixture import BenchmarkFixture

from regional_econ.core.design import design
from regional_econ.core.study import load_study
from regional_econ.data.load import load_panel
from regional_econ.panel.fit import fit
from regional_econ.panel.tables import reference_formula

ROOT = Path(__file__).resolve().parents[1]
PANEL = load_panel()
FORMULA = reference_formula(PANEL, load_study(ROOT / "analyses" / "study.toml"))
CASES = design(FORMULA, PANEL.frame, years=(2006, 2022))
FRAME = pd.concat([CASES.y, CASES.X], axis=1).set_axis(["y", "x1", "x2", "x3", "x4"], axis=1)
FLAT = FRAME.reset_index()
WHOLE = 1e-5  # pyfixest demeans to 1e-6 by default, and its defaults are what is timed


def _ours() -> pd.Series:
    return fit("y ~ x1 + x2 + x3 + x4", FRAME, effects="region+year", inference="cluster:region").params


def _linearmodels() -> pd.Series:
    model = PanelOLS(FRAME["y"], FRAME[["x1", "x2", "x3", "x4"]], entity_effects=True, time_effects=True)
    params: pd.Series = model.fit(cov_type="clustered", cluster_entity=True).params
    return params


def _pyfixest() -> pd.Series:
    params: pd.Series = pf.feols("y ~ x1 + x2 + x3 + x4 | region + year", FLAT, vcov={"CRV1": "region"}).coef()
    return params


PEERS: dict[str, Callable[[], pd.Series]] = {"ours": _ours, "linearmodels": _linearmodels, "pyfixest": _pyfixest}


@pytest.mark.benchmark(group="panel.reference")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("peer", PEERS)
def test_reference(benchmark: BenchmarkFixture, peer: str) -> None:
    found = benchmark.pedantic(PEERS[peer], rounds=10, iterations=1, warmup_rounds=1)
    np.testing.assert_allclose(found.to_numpy(), _ours().to_numpy(), rtol=WHOLE)
