"""The pages on the declared specifications get every estimate once; rows of another order are refused."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.evidence import CausalEvidence, evidence_of
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.pages.explorer import explorers
from regional_econ.causal.weights import axis_weights
from regional_econ.core.explorer import Explorer
from regional_econ.core.panel import Panel
from regional_econ.core.study import load_study

VERDICTS = {"C12": ("report.label.inconclusive", "claim_C12.html")}
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def evidence(
    official: Panel, declared: Multiverse, estimated: MultiverseResult, root: Path
) -> dict[str, CausalEvidence]:
    return evidence_of(official, load_study(root / "analyses" / "study.toml"), declared, estimated)


@pytest.fixture(scope="module")
def pages(
    declared: Multiverse, estimated: MultiverseResult, evidence: dict[str, CausalEvidence]
) -> tuple[Explorer, Explorer]:
    return explorers(estimated.table, declared, evidence, {"wear_pct": "C"}, VERDICTS)


def unpacked(part: dict[str, Any]) -> np.ndarray:
    found = np.frombuffer(b64decode(part["data"]), dtype=np.dtype(part["type"]).newbyteorder("<"))
    return found.reshape(part["shape"])


def joined(part: dict[str, Any]) -> np.ndarray:
    return np.ascontiguousarray(unpacked(part).T).view("<f4").ravel()


def test_every_estimate_is_there_once(
    pages: tuple[Explorer, Explorer], declared: Multiverse, estimated: MultiverseResult
) -> None:
    for driver in declared.drivers:
        rows, part = estimated.driver(driver), pages[0].parts[driver]
        for name in ("estimate", "std_error"):
            assert np.array_equal(joined(part[name]), rows[name].to_numpy(np.float32))
        plain = unpacked(part["std_error_iid"]) / 10.0 ** part["iid_digits"]
        assert np.abs(plain - rows["std_error_iid"]).max() <= 0.5000001 * 10.0 ** -part["iid_digits"]
        assert rows["std_error_iid"].median() >= 100 * 10.0 ** -part["iid_digits"]
        cell = (rows[["era", "scale", "weights", "lag", "effects", "measure", "sample", "vintage"]]).astype(str)
        number = (cell != cell.shift()).any(axis=1).cumsum().to_numpy() - 1
        assert np.array_equal(unpacked(part["n_obs"])[number], rows["n_obs"])
        assert np.array_equal(unpacked(part["n_regions"])[number], rows["n_regions"])
        size = np.bincount(number)
        assert np.allclose((unpacked(part["weight"]) / size)[number], rows["weight"], rtol=1e-12)
        lagged = (rows["lag"] >= declared.rule.deciding_lag).to_numpy()
        own = axis_weights(rows[lagged], estimated.level_pct)
        deciding = (unpacked(part["deciding_weight"]) / size)[number]
        assert np.allclose(deciding[lagged], own, rtol=1e-12)
        assert not deciding[~lagged].any()


def test_both_pages_stay_small(pages: tuple[Explorer, Explorer]) -> None:
    size = sum(len(zlib.compress(json.dumps(part).encode(), 9)) for part in pages[0].parts.values())
    assert size < MOST_BYTES
    assert pages[1].parts == {}
    assert pages[1].home == pages[0].id


def test_a_driver_brings_its_changes_evidence_grade_and_verdicts(
    pages: tuple[Explorer, Explorer],
    declared: Multiverse,
    estimated: MultiverseResult,
    evidence: dict[str, CausalEvidence],
) -> None:
    main = pages[0].parts["main"]
    for name, driver in declared.drivers.items():
        told = main["drivers"][name]
        assert told["changes"] == [estimated.contrasts[measure].change for measure in driver.measures]
        assert told["evidence"]["beyond"] == evidence[name].lagged.beyond
        assert told["n"] == declared.n_specifications(name)
    assert main["drivers"]["wear_pct"]["grade"] == "C"
    assert main["drivers"]["rd_grp_pct"]["verdicts"] == [["C12", *VERDICTS["C12"]]]
    assert "report.label.inconclusive" in pages[1].labels


def test_a_driver_without_evidence_is_shown_without(
    declared: Multiverse, estimated: MultiverseResult, evidence: dict[str, CausalEvidence]
) -> None:
    fewer = {name: found for name, found in evidence.items() if name != "wear_pct"}
    main = explorers(estimated.table, declared, fewer, {}, {})[0].parts["main"]
    assert main["drivers"]["wear_pct"]["evidence"] is None
    assert main["drivers"]["rd_grp_pct"]["verdicts"] == []


def test_rows_of_another_declaration_are_refused(
    declared: Multiverse, estimated: MultiverseResult, evidence: dict[str, CausalEvidence]
) -> None:
    with pytest.raises(EstimationError, match="declared"):
        explorers(estimated.table, replace(declared, vintages=declared.vintages[:1]), evidence, {}, {})


def test_a_sample_that_differs_between_covariates_is_refused(
    declared: Multiverse, estimated: MultiverseResult, evidence: dict[str, CausalEvidence]
) -> None:
    table: pd.DataFrame = estimated.table.copy()
    table.loc[3, "n_obs"] += 1
    with pytest.raises(EstimationError, match="n_obs differs"):
        explorers(table, declared, evidence, {}, {})
