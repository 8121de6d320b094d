"""What a verdict reads is complete, survives JSON, and every number that the report asks for exists."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ._base.errors import StudyError
from regional_econ._base.files import write_json
from regional_econ._base.text import Catalogue
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.distribution import confidence_distribution
from regional_econ.causal.evidence import CausalEvidence, causal_evidence, check_study, evidence_of
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.pages.records import Recorded
from regional_econ.causal.sections import results, section
from regional_econ.causal.weights import axis_weights
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.study import Study


@pytest.fixture(scope="module")
def evidence(
    official: Panel, declared: Multiverse, study: Study, estimated: MultiverseResult
) -> dict[str, CausalEvidence]:
    return evidence_of(official, study, declared, estimated)


def test_evidence_survives_json(evidence: dict[str, CausalEvidence], study: Study) -> None:
    assert tuple(evidence) == study.drivers
    for found in evidence.values():
        assert CausalEvidence.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_evidence_is_consistent(evidence: dict[str, CausalEvidence]) -> None:
    for found in evidence.values():
        for part in (found.averaged, found.lagged, found.alone):
            assert part.beyond + part.negligible + part.wrong_beyond == pytest.approx(1)
            assert part.right_sign + part.wrong_sign == pytest.approx(1)
        for low, middle, high in (found.effect_pp, found.lagged_pp, found.alone_pp):
            assert low < middle < high
        assert found.q_value >= found.p_value
        assert 0 <= found.robustness_value_clustered <= found.robustness_value <= 1
        inside = -found.delta_pp < found.placebo_low_pp and found.placebo_high_pp < found.delta_pp
        assert found.placebo_inside is inside
        assert (found.level_year, found.mc_error) == (2022, 0.0)


def test_what_decides_is_of_the_lagged_specifications(
    evidence: dict[str, CausalEvidence], estimated: MultiverseResult, declared: Multiverse
) -> None:
    for driver, found in evidence.items():
        assert found.deciding_lag == declared.rule.deciding_lag == 1
        rows = estimated.driver(driver)
        rows = rows[rows["lag"] >= 1]
        rows = rows.assign(weight=axis_weights(rows, found.level_pct))
        own = confidence_distribution(
            rows, change=rows["change"].to_numpy(), level_pct=found.level_pct, claimed_sign=found.claimed_sign
        )
        assert found.n_lagged == len(rows) < found.n_specs
        assert found.lagged == own.probabilities(found.delta_pp)
        assert (found.sign_share, found.p_value) == (own.sign_share(), own.p_value())
        assert found.mde_pp == own.minimal_detectable_pp()
        assert found.averaged != found.lagged


def test_the_names_of_eras_carry_their_years(root: Path, declared: Multiverse) -> None:
    texts = Catalogue.load([root / "data" / "texts" / "causal.yml"])
    for era in declared.eras:
        years = f"{era.years[0]}–{era.years[1]}"
        assert all(years in texts.get(f"causal.era.{era.id}", lang) for lang in ("ru", "en"))


@pytest.mark.parametrize("records", [(), ("bench.json",), ("bench.json", "calibrate.permutation.json")])
def test_the_report_finds_every_number_and_text(
    root: Path, tmp_path: Path, evidence: dict[str, CausalEvidence], estimated: MultiverseResult, declared: Multiverse,
    records: tuple[str, ...], permutation: Result, named: Callable[..., list[str]],
) -> None:  # fmt: skip
    if "bench.json" in records:
        shutil.copy(root / "reports" / "record" / "bench.json", tmp_path)
    if "calibrate.permutation.json" in records:
        write_json(tmp_path / "calibrate.permutation.json", permutation.to_dict())
    recorded = Recorded.read(tmp_path, len(estimated.table))
    made = results(evidence, estimated, declared, recorded)
    numbers = {f"{result.id}.{key}" for result in made for key in result.values}
    texts = Catalogue.load([root / "data" / "texts" / "causal.yml"]).texts
    built = section(evidence, estimated, declared, recorded)
    wanted = named(built.blocks, [built.title], numbers)
    absent = {key for key in wanted if key.endswith(".absent")}
    assert absent == {f"causal.{kind}.absent" for kind in ("cost", "permutation")[len(records) :]}
    for covariate in {str(found.result().values["strongest_covariate"].value) for found in evidence.values()}:
        assert covariate in texts or covariate in declared.drivers


def test_a_study_beyond_the_declaration_is_refused(official: Panel, declared: Multiverse, study: Study) -> None:
    with pytest.raises(StudyError, match="wear_pct"):
        check_study(replace(study, drivers=("waer_pct",)), declared)
    with pytest.raises(StudyError, match="innovation_activity_pct"):
        causal_evidence(official, replace(study, outcome="wear_pct"), declared)
