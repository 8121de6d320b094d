"""The questions file is true to its graphs, covers the paper, and a mistake in it is named with its line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from altair.utils.schemapi import debug_mode

from regional_econ._base.errors import RegionalEconError, StudyError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ._base.yaml_lines import read_yaml_lines
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.pages import questions as questions_page
from regional_econ.causal.questions import Questions, load_questions
from regional_econ.core.section import FigureBlock, Section
from regional_econ.data.catalogue import load_variables
from regional_econ.referee.ledger import load_claims
from regional_econ.report.charts.draw import chart
from regional_econ.report.document import document
from regional_econ.report.words import Words

SMALL = """\
schema_version: "1"
nodes:
  wear_pct: {label: {ru: износ, en: wear}}
  rd_grp_pct: {label: {ru: затраты, en: spending}}
  patents_per_100k: {label: {ru: заявки, en: applications}}
  unemployment_pct: {label: {ru: безработица, en: unemployment}}
  grp_per_head_rub: {label: {ru: ВРП, en: GRP}}
  u: {kind: latent, label: {ru: нечто, en: something}}
  v: {kind: latent, label: {ru: иное, en: something else}}
questions:
  - id: small
    title: {ru: вопрос, en: question}
    status: testable
    claims: [C12]
    driver: rd_grp_pct
    outcome: wear_pct
    graph:
      edges:
        - {from: unemployment_pct, to: rd_grp_pct}
        - {from: unemployment_pct, to: wear_pct}
        - {from: rd_grp_pct, to: patents_per_100k}
        - {from: patents_per_100k, to: wear_pct}
        - {from: u, to: grp_per_head_rub}
        - {from: u, to: rd_grp_pct}
        - {from: v, to: grp_per_head_rub, untestable: {ru: так, en: so}}
        - {from: v, to: wear_pct}
      adjustment: [unemployment_pct]
      identified_by_adjustment: true
    estimand:
      words: {ru: слова, en: words}
      symbols: E[Y(1) − Y(0)]
      population: {ru: все, en: all}
      contrast: {ru: один, en: one}
      horizon: {ru: год, en: year}
      scale: {ru: штуки, en: pieces}
    threats:
      - {name: confounding, text: {ru: а, en: a}, answer: {ru: б, en: b}, designs: [leads]}
    designs: [leads, dml]
    falsifications:
      - {design: leads, test: {ru: а, en: a}, fails_if: {ru: б, en: b}, rule: {name: excludes_zero, number: 0.95}}
    regression: {lag: 1, years: [2006, 2022]}
    placebo_outcomes: [birth_rate]
"""
VARIABLES = ("birth_rate", "wear_pct", "rd_grp_pct", "patents_per_100k", "unemployment_pct", "grp_per_head_rub")
FRONT = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}


@pytest.fixture(scope="module")
def causal_claims() -> list[str]:
    return [entry.id for entry in load_claims() if entry.type == "causal"]


@pytest.fixture(scope="module")
def questions(causal_claims: list[str]) -> Questions:
    return load_questions(variables=load_variables(), claims=causal_claims)


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    text = SMALL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "questions.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_causal_claim_is_asked_once(questions: Questions, causal_claims: list[str]) -> None:
    asked = [claim for question in questions.by_id.values() for claim in question.claims]
    assert sorted(asked) == sorted(causal_claims)
    assert all(one.needed and one.reason for one in questions.with_status("not_testable"))
    assert all(one.threats and one.falsifications for one in questions.with_status("testable"))


def test_what_the_specifications_hold_fixed_is_what_the_graphs_allow(
    questions: Questions, declared: Multiverse
) -> None:
    """No covariate of the multiverse is a mediator in the graph of its driver, and the claims are the same."""
    asked = {
        one.driver.id: one
        for one in questions.with_status("testable")
        if one.outcome.id == declared.outcome and one.driver.id in declared.drivers
    }
    assert set(asked) == set(declared.drivers)
    for driver, one in asked.items():
        assert one.claims == declared.drivers[driver].claims
        assert "multiverse" in one.designs
        assert set(one.mediators()).isdisjoint(declared.drivers[driver].covariates)
        assert one.identification is not None
        nodes = one.identification.dag.nodes
        held = [nodes[node] for node in one.identification.adjustment if nodes[node].kind != "effect"]
        fixed = {variable for node in held for variable in (node.of or (node.id,))}
        fixed = {"grp_per_head" if name == "grp_per_head_rub" else name for name in fixed}
        assert fixed == set(declared.drivers[driver].covariates)


def test_no_effect_is_called_identified_while_something_unmeasured_moves_both_ends(questions: Questions) -> None:
    for one in questions.with_status("testable"):
        assert one.identification is not None
        dag, adjustment = one.identification.dag, one.identification.adjustment
        open_paths = dag.open_paths(one.driver.id, one.outcome.id, adjustment)
        assert one.identification.identified == (not open_paths)
        assert one.minimal_sets() == (), one.id
        assert one.identification.relies_on
        assert one.ideal_sets(), "with everything measured it would be identified"
        for path in open_paths:
            assert any(not dag.nodes[n].observed or n in one.identification.unadjusted for n in dag.closers(path))


def test_the_small_file_is_right(tmp_path: Path) -> None:
    found = load_questions(write(tmp_path), variables=VARIABLES, claims=["C12"]).question("small")
    assert found.minimal_sets() == (("unemployment_pct",),)
    assert found.mediators() == ("patents_per_100k",)
    assert found.standing() == "identified by adjustment"
    assert found.line == 11
    with pytest.raises(UnknownNameError, match="small"):
        load_questions(write(tmp_path)).question("smal")


RULE = ", rule: {name: excludes_zero, number: 0.95}"
FALSIFICATION = next(line for line in SMALL.splitlines(keepends=True) if "{design: leads, test" in line)
EDGE = "        - {from: unemployment_pct, to: rd_grp_pct}\n"
IDENTIFIED = "adjustment: [unemployment_pct]\n      identified_by_adjustment: true"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("wear_pct: {label", "waer_pct: {label", 3, "unknown variable 'waer_pct'"),
        ("en: wear}", "eng: wear}", 3, "label lacks its en half"),
        ("ru: вопрос,", "ru: '',", 12, "title lacks its ru half"),
        ("status: testable", "status: tested", 13, "testable, not_testable"),
        ("claims: [C12]", "claims: [C13]", 14, "unknown claim 'C13'"),
        ("claims: [C12]", "claims: []", 14, "without a claim needs a reason"),
        ("driver: rd_grp_pct", "driver: rd_grp", 15, "Did you mean rd_grp_pct"),
        ("driver: rd_grp_pct", "driver: u", 15, "u is latent"),
        ("outcome: wear_pct", "outcom: wear_pct", 16, "Did you mean outcome"),
        (EDGE, EDGE * 2, 20, "stands twice"),
        (EDGE, EDGE.replace("unemployment", "unemploiment"), 19, "Did you mean unemployment_pct"),
        ("{from: patents_per_100k, to: wear_pct}", "{from: patents_per_100k, to: u}", 24,
         "run in a circle: rd_grp_pct → patents_per_100k → u → rd_grp_pct"),
        ("{from: patents_per_100k, to: wear_pct}", "{from: wear_pct, to: patents_per_100k}", 18, "no arrows lead from"),
        ("adjustment: [unemployment_pct]", "adjustment: []", 27,
         "adjustment set {} leaves the backdoor path rd_grp_pct ← unemployment_pct → wear_pct open"),
        ("adjustment: [unemployment_pct]", "adjustment: [unemployment_pct, patents_per_100k]", 27,
         "patents_per_100k is a mediator between rd_grp_pct and wear_pct"),
        ("adjustment: [unemployment_pct]", "adjustment: [unemployment_pct, grp_per_head_rub]", 27,
         "holds the collider grp_per_head_rub, which opens the backdoor path"
         " rd_grp_pct ← u → grp_per_head_rub ← v → wear_pct"),
        ("adjustment: [unemployment_pct]", "adjustment: [unemployment_pct, u]", 27, "u is not measured"),
        ("adjustment: [unemployment_pct]", "adjustment: [unemployment_pct, wear_pct]", 27, "driver or the outcome"),
        ("adjustment: [unemployment_pct]", "adjustment: [grp_per_head_rub, unemploy]", 27, "node of this graph"),
        ("{from: v, to: wear_pct}", "{from: u, to: wear_pct}", 27,
         "leaves the backdoor path rd_grp_pct ← u → wear_pct open"),
        ("identified_by_adjustment: true", "identified_by_adjustment: false\n      relies_on: [leads]", 28,
         "yet {unemployment_pct} identifies it"),
        ("identified_by_adjustment: true", "identified_by_adjustment: true\n      relies_on: [leads]", 29,
         "relies on no other design"),
        ("identified_by_adjustment: true", "identified_by_adjustment: yes indeed", 28, "must be true or false"),
        ("      identified_by_adjustment: true\n", "", 17, "lacks the key 'identified_by_adjustment'"),
        (IDENTIFIED, IDENTIFIED + "\n      absent: [{from: u, to: rd_grp_pct, reason: {ru: а, en: a}}]", 29,
         "declared absent, yet it is drawn"),
        (IDENTIFIED, IDENTIFIED + "\n      linked: [unemployment_pct, patents_per_100k]", 29, "cannot be linked"),
        (IDENTIFIED, IDENTIFIED + "\n      unadjusted: {unemployment_pct: {ru: а, en: a}}", 27,
         "both held fixed and left unadjusted"),
        ("name: confounding", "name: confusion", 37, "reverse_causality, confounding"),
        ("answer: {ru: б, en: b}, designs: [leads]", "answer: {ru: б, en: b}, designs: [event]", 37,
         "event is no design of this question"),
        ("designs: [leads, dml]", "designs: [leads, dm]", 38, "neighbour-exposure"),
        ("designs: [leads, dml]", "designs: []", 38, "no design is named"),
        ("fails_if: {ru: б, en: b}", "fails_if: {ru: б}", 40, "fails_if lacks its en half"),
        (RULE, "", 40, "lacks the key 'rule'"),
        ("name: excludes_zero,", "name: excludes_one,", 40, "beyond_smallest_effect, excludes_zero"),
        ("name: excludes_zero,", "name: p_above,", 40, "the rule p_above does not judge leads"),
        ("{design: leads, test", "{design: dml, test", 40, "Leave it among the designs: it is shown"),
        (FALSIFICATION, 2 * FALSIFICATION, 41, "leads is judged twice"),
        ("designs: [leads, dml]", "designs: [leads, leads]", 38, "stands twice"),
        (", number: 0.95", "", 40, "lacks the key 'number'"),
        (", number: 0.95", ", number: 95", 40, "95.0 is no share between 0 and 1"),
        ("name: excludes_zero, number", "name: beyond_smallest_effect, number", 40, "this rule has no number"),
        ("lag: 1,", "lag: 0,", 41, "must lie at least a year before"),
        ("[2006, 2022]}", "[2022, 2006]}", 41, "years must be the first and the last one"),
        ("[2006, 2022]}", "[2006, 2022], rise_pct: -1}", 41, "-1.0 is not positive"),
        ("[2006, 2022]}", "[2006, 2022], smallest_effect: {value: 0.1}}", 41, "lacks the key 'reason'"),
        ("[birth_rate]", "[birth_rat]", 42, "Did you mean birth_rate"),
        ("wear_pct: {label", "wear_pct: {kind: built, of: [birth_rate], label", 42, "stands in the graph"),
        ("wear_pct: {label", "wear_pct: {transform: log, label", 3, "identity, ln, logit"),
        ("wear_pct: {label", "wear_pct: {earlier: -1, label", 3, "lies after the driver"),
        ("  - id: small", "  - id: small\n    id: large", 12, "stands twice, first in line 11"),
        ("{kind: latent, label: {ru: нечто", "{kind: built, label: {ru: нечто", 8, "built of nothing"),
        ("{kind: latent, label: {ru: нечто", "{kind: hidden, label: {ru: нечто", 8, "variable, built, event"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    path = write(tmp_path, (old, new))
    with pytest.raises(RegionalEconError) as caught:
        load_questions(path, variables=VARIABLES, claims=["C12"])
    assert message in str(caught.value)
    assert f"questions.yml, line {line})" in str(caught.value)


def test_a_latent_common_cause_must_be_owned_up_to(tmp_path: Path) -> None:
    latent = ("{from: v, to: wear_pct}", "{from: u, to: wear_pct}")
    honest = ("identified_by_adjustment: true", "identified_by_adjustment: false\n      relies_on: [leads]")
    found = load_questions(write(tmp_path, latent, honest)).question("small")
    assert found.standing() == "not identified by adjustment; relies on leads"
    assert found.minimal_sets() == ()
    assert found.ideal_sets() == (("unemployment_pct", "u"),)
    alone = write(tmp_path, latent, ("identified_by_adjustment: true", "identified_by_adjustment: false"))
    with pytest.raises(StudyError, match="no design is named that it relies on"):
        load_questions(alone)
    careless = write(tmp_path, latent, honest, ("adjustment: [unemployment_pct]", "adjustment: []"))
    with pytest.raises(StudyError, match=r"unemployment_pct → wear_pct open .*unemployment_pct would close it"):
        load_questions(careless)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    block = SMALL[SMALL.index("  - id: small") :]
    path.write_text(SMALL + block, encoding="utf-8")
    with pytest.raises(StudyError, match=r"small stands twice, first in line 11 \(questions.yml, line 43\)"):
        load_questions(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("claimed_sign: -1", "claimed_sign: minus", "claimed_sign of wear_pct must be 1 or -1"),
        ("outcome: innovation_activity_pct", "outcomes: innovation_activity_pct", "Did you mean outcome"),
        ("units: region_method", "units: regions", "region_method"),
        ("lags: [0, 1]", "lags: [0, one]", "must be a whole number, not 'one'"),
        ("The cause lies before the effect.", "", "axes.lag.1.reason lacks its en half"),
        ('unemployment_pct: {ru: "Состояние конъюнктуры.", en: "State of the cycle."}\n  wear',
         'unemploiment_pct: {ru: "Состояние.", en: "State."}\n  wear', "unknown term"),
        ("logit_sd_beyond_sampling: 0.28", "logit_sd_beyond_sampling: wide", "must be a number"),
        ("wear_beside_investment:", "patents:", "stands twice"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_specifications_is_named_with_its_line(
    root: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = (root / "analyses" / "multiverse.yml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    path = tmp_path / "multiverse.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RegionalEconError) as caught:
        load_multiverse(path)
    assert message in str(caught.value)
    assert f"(multiverse.yml, line {line})" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [1,\nb: 2}", "a.yml, line 2"), ("- a", "not a mapping"),
        ("a: 1\nb: 2\na: 3", "a stands twice, first in line 1 (a.yml, line 3)"),
        ("b: 1\na: 2024-13-45", "a cannot be read: month must be in 1..12"), ("a: 1\nb: !!int x", "(a.yml, line 2)"),
        (b"a: \xff", "cannot read the file"), ("a: &b [*b]", "holds itself"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_refused_with_its_line(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(StudyError, match=re.escape(message)):
        read_yaml_lines(path)


def test_lines_change_no_value(root: Path) -> None:
    for path in (data_dir() / "rules.yml", data_dir() / "questions.yml", root / "analyses" / "multiverse.yml"):
        assert read_yaml_lines(path).value == yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, questions: Questions, tmp_path: Path) -> None:
    texts = Catalogue.load([data_dir() / "texts" / name for name in ("questions.yml", "report.yml", "charts.yml")])
    result = questions_page.result(questions)
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    words = Words(lang, Catalogue({**texts.texts, **FRONT}, texts.plurals), numbers, {}, {})
    questions_page.section(questions).write(tmp_path / "questions.json")
    (chapter,) = document([Section.read(tmp_path / "questions.json")], words, front="front").chapters
    titles = [one.title.get(lang) for one in questions.by_id.values()]
    shown = " ".join(
        line.text
        for item in chapter.items
        if hasattr(item, "rows")
        for row in item.rows
        for cell in row
        for line in cell
    )
    assert all(title in shown for title in titles)
    used = {key for key in texts.texts if key.startswith("questions.")}
    named = set(re.findall(r"questions\.[\w.+-]+", (tmp_path / "questions.json").read_text(encoding="utf-8")))
    assert used - named <= {"questions.status.identified", "questions.status.not_testable"}


@pytest.mark.parametrize("lang", LANGS)
def test_no_label_of_a_graph_is_cut_on_a_phone(lang: Lang, questions: Questions) -> None:
    texts = Catalogue.load([data_dir() / "texts" / name for name in ("report.yml", "charts.yml")])
    words = Words(lang, texts, {}, {}, {})
    figures = [one for one in questions_page.section(questions).blocks if isinstance(one, FigureBlock)]
    assert len(figures) == len(questions.with_status("testable"))
    for figure in figures:
        with debug_mode(False):  # the tests of the charts check the schema
            drawn = chart("dag", figure.data, words, {}, "narrow").to_dict(validate=False)
        assert "…" not in json.dumps(drawn, ensure_ascii=False), figure.id


def test_a_graph_shows_what_it_holds_fixed(questions: Questions) -> None:
    frame = questions_page.graph_frame(questions.question("rd-activity"))
    role = frame[frame["part"] == "node"].set_index("id")["role"].to_dict()
    assert role == {
        "rd_grp_pct": "driver", "innovation_activity_pct": "outcome", "method_effects": "adjusted",
        "economy": "adjusted", "capital": "adjusted", "researchers_before": "adjusted", "knowledge": "measured",
        "past_activity": "measured", "opportunity": "latent",
    }  # fmt: skip
    pieces = frame[frame["part"] == "piece"]
    assert set(pieces.loc[pieces["role"] == "causal", "id"]) == {"rd_grp_pct", "rd_grp_pct@3", "knowledge"}
    assert set(pieces.loc[pieces["dashed"], "id"].str.split("[?@]").str[0]) == {"opportunity"}
    assert questions_page.graph_frame(questions.question("coal-output")).empty
