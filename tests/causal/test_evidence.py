"""What a verdict reads is complete, survives JSON, and every number that the report asks for exists."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from regional_econ._base.errors import StudyError
from regional_econ._base.text import Catalogue
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.evidence import CausalEvidence, causal_evidence, check_study, evidence_of
from regional_econ.causal.multiverse import MultiverseResult, run
from regional_econ.causal.sections import results, section
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, NumberRef, Paragraph, TableBlock
from regional_econ.core.study import Study, load_study


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="module")
def estimated(official: Panel, declared: Multiverse, study: Study) -> MultiverseResult:
    return run(official, declared, focal_region=study.focal_region)


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
        low, middle, high = found.effect_pp
        assert low < middle < high
        assert found.q_value >= found.p_value
        assert 0 <= found.robustness_value_clustered <= found.robustness_value <= 1
        inside = -found.delta_pp < found.placebo_low_pp and found.placebo_high_pp < found.delta_pp
        assert found.placebo_inside is inside
        assert (found.level_year, found.mc_error) == (2022, 0.0)


def test_the_smallest_effect_is_the_referees(root: Path, declared: Multiverse) -> None:
    rules = yaml.safe_load((root / "data" / "rules.yml").read_text(encoding="utf-8"))
    assert rules["causal"]["smallest_effect"]["value"] == declared.rule.smallest_effect_pp
    assert rules["causal"]["placebo_interval"] == declared.rule.placebo_level


def test_the_report_finds_every_number_and_text(
    root: Path, evidence: dict[str, CausalEvidence], estimated: MultiverseResult, declared: Multiverse
) -> None:
    numbers = {f"{result.id}.{key}" for result in results(evidence, estimated, declared) for key in result.values}
    texts = Catalogue.load([root / "data" / "texts" / "causal.yml"]).texts
    built = section(evidence, estimated)
    wanted = [built.title]
    for block in built.blocks:
        match block:
            case Paragraph(text):
                wanted.append(text)
            case TableBlock():
                wanted += [block.caption, *(column.header for column in block.columns)]
                cells = [cell for row in block.rows for cell in row]
                assert {cell.id for cell in cells if isinstance(cell, NumberRef)} <= numbers
            case FigureBlock():
                wanted += [block.caption, block.alt]
                for axis in ("era", "scale", "lag", "effects"):
                    wanted += [f"causal.{axis}.{value}" for value in block.data[axis].unique()]
    assert set(wanted) <= set(texts)
    for covariate in {str(found.result().values["strongest_covariate"].value) for found in evidence.values()}:
        assert covariate in texts or covariate in declared.drivers


def test_a_study_beyond_the_declaration_is_refused(official: Panel, declared: Multiverse, study: Study) -> None:
    with pytest.raises(StudyError, match="wear_pct"):
        check_study(replace(study, drivers=("waer_pct",)), declared)
    with pytest.raises(StudyError, match="innovation_activity_pct"):
        causal_evidence(official, replace(study, outcome="wear_pct"), declared)
