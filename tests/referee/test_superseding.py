"""A verdict changes only where something that it reads has changed, and then names the former one and the change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, StoreError
from regional_econ._base.files import canonical_json, read_json, write_json
from regional_econ._base.location import data_dir
from regional_econ.causal.evidence import CausalEvidence, write_evidence
from regional_econ.cli.main import app
from regional_econ.core.claim import Claim
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, ResultStore, Value
from regional_econ.core.section import TableBlock
from regional_econ.core.workspace import Workspace
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.referee import docket as docket_module
from regional_econ.referee import superseded_page
from regional_econ.referee.docket import docket
from regional_econ.referee.examine import Sources
from regional_econ.referee.exports.names import VERDICTS, record_path
from regional_econ.referee.ledger import Entry, load_claims
from regional_econ.referee.listed_checks import Benchmark, Premise, Printed, Rank, Trend
from regional_econ.referee.reads import Reads, entry_hashes, reads_of
from regional_econ.referee.rules import Rules, load_rules
from regional_econ.referee.run import run
from regional_econ.referee.versions import Record, Version, read_published, renewed, supersede, superseded
from regional_econ.referee.wording import Wording

KEPT = ("Q11", "C06", "C12b")
vintages, figures = cache(load_vintages), cache(load_panel)


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """The official figures are parsed once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docket_module, "load_vintages", vintages)
        patch.setattr(docket_module, "load_panel", figures)
        yield


@pytest.fixture(scope="module")
def panel() -> Panel:
    return figures()


@pytest.fixture(scope="module")
def few(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """A claim of every kind: numbers, descriptions of wear, an effect, inferences with what they rest on."""
    known = {entry.id: entry for entry in entries}
    kept = set(KEPT) | {entry.id for entry in entries if entry.number or reads_wear(entry)}
    todo = [entry.id for entry in entries if entry.type == "inference"]
    while todo:
        kept.add(todo[-1])
        checks = known[todo.pop()].checks
        todo += [name for check in checks if isinstance(check, Premise) for name in check.of]
    return tuple(entry for entry in entries if entry.id in kept)


def reads_wear(entry: Entry) -> bool:
    return any(isinstance(check, Benchmark | Trend | Rank) and check.variable == "wear_pct" for check in entry.checks)


@pytest.fixture(scope="module")
def evidence(make_evidence: Callable[[str], CausalEvidence]) -> dict[str, CausalEvidence]:
    return {name: make_evidence(name) for name in ("rd_grp_pct", "researchers_per_10k_employed", "mining_share_pct")}


class Bench:
    """Everything that verdicts are made of, one part of which a test may change."""

    def __init__(
        self, entries: Sequence[Entry], evidence: Mapping[str, CausalEvidence], rules: Rules, panel: Panel
    ) -> None:
        self.entries, self.evidence, self.rules, self.panel = tuple(entries), evidence, rules, panel
        self.vintages: Callable[[str], pd.DataFrame] = vintages

    def judged(self) -> tuple[list[Claim], dict[str, Reads]]:
        sources = Sources(self.panel, self.vintages, {}, self.evidence, {entry.id: entry for entry in self.entries})
        claims = run(self.entries, self.evidence, self.rules, panel=self.panel, vintages=self.vintages, hashes={})
        return claims, reads_of(claims, sources, self.rules)

    def published(self) -> Record:
        return renewed(Record(), supersede(*self.judged(), Record())[1])

    def entry(self, name: str) -> Entry:
        return next(entry for entry in self.entries if entry.id == name)

    def confirmed_number(self, record: Record) -> tuple[Entry, Printed]:
        """A claim that prints a number which is confirmed."""
        return next(
            (entry, entry.number)
            for entry in self.entries
            if entry.number is not None and record.versions[entry.id][-1].label == "confirmed"
        )

    def put(self, changed: Entry) -> None:
        self.entries = tuple(changed if entry.id == changed.id else entry for entry in self.entries)


@pytest.fixture
def bench(few: tuple[Entry, ...], evidence: dict[str, CausalEvidence], rules: Rules, panel: Panel) -> Bench:
    return Bench(few, evidence, rules, panel)


def flipped(bench: Bench, record: Record) -> dict[str, Version]:
    """The present versions of the verdicts that supersede another one."""
    claims, versions = supersede(*bench.judged(), record)
    named = {claim.id: claim.verdict.supersedes for claim in claims if claim.verdict.supersedes}
    assert named == {name: found[-2].id for name, found in versions.items() if len(found) > 1}
    return {name: versions[name][-1] for name in named}


def test_nothing_is_superseded_where_nothing_changes(bench: Bench) -> None:
    record = bench.published()
    assert flipped(bench, record) == {}
    assert superseded(record, supersede(*bench.judged(), record)[1]) == ()
    assert {name: found[-1].label for name, found in record.versions.items()} == {
        claim.id: claim.verdict.label for claim in bench.judged()[0]
    }


def test_a_changed_rule_is_named(bench: Bench, tmp_path: Path) -> None:
    record = bench.published()
    text = (data_dir() / "rules.yml").read_text(encoding="utf-8")
    assert "year_window: 3 " in text
    path = tmp_path / "rules.yml"
    path.write_text(text.replace("year_window: 3 ", "year_window: 0 "), encoding="utf-8")
    bench.rules = load_rules(path)
    found = flipped(bench, record)
    assert found, "some number is confirmed with another year"
    direct = {name for name in found if bench.entry(name).number}
    assert direct
    for name in direct:
        assert found[name].changed == ("rules",)


def test_a_changed_figure_is_named_by_the_claims_that_read_it(bench: Bench) -> None:
    record = bench.published()
    entry, number = bench.confirmed_number(record)

    def edited(variable: str) -> pd.DataFrame:
        frame = vintages(variable)
        if variable != number.variable:
            return frame
        return frame.assign(value=frame["value"].where(frame["region"] != number.region, frame["value"] * 1.7))

    bench.vintages = edited
    found = flipped(bench, record)
    assert found[entry.id].changed == ("figures",)
    for other, version in found.items():
        assert set(version.changed) <= {"figures", "premises"}, other
        if bench.entry(other).number:
            assert bench.entry(other).number.variable == number.variable  # type: ignore[union-attr]


def test_a_change_of_other_figures_leaves_what_a_description_reads(bench: Bench) -> None:
    before = bench.judged()[1]
    frame = bench.panel.frame.copy()
    frame["wear_pct"] *= 2.0
    bench.panel = replace(bench.panel, frame=frame)
    after = bench.judged()[1]
    readers = {entry.id for entry in bench.entries if reads_wear(entry)}
    differing = {name for name in before if before[name].get("figures") != after[name].get("figures")}
    assert readers
    assert differing == readers


def test_a_changed_entry_is_named_and_a_moved_one_is_not(bench: Bench) -> None:
    record = bench.published()
    for entry in bench.entries:
        bench.put(replace(entry, line=entry.line + 3))
    assert bench.judged()[1] == {name: found[-1].reads for name, found in record.versions.items()}
    entry, number = bench.confirmed_number(record)
    bench.put(replace(entry, checks=(replace(number, printed="987654,3"),)))
    found = flipped(bench, record)
    assert found[entry.id].changed == ("claim",)
    assert found[entry.id].label != "confirmed"


def test_another_estimate_is_named_and_an_inference_names_its_premise(bench: Bench) -> None:
    record = bench.published()
    driver = "researchers_per_10k_employed"
    own = bench.evidence[driver]
    surely = replace(own.lagged, right_sign=0.01, wrong_sign=0.99)
    away = replace(own, lagged=surely, alone=surely, averaged=surely, sign_share=0.01, sign_share_all=0.01)
    bench.evidence = {**bench.evidence, driver: away}
    found = flipped(bench, record)
    assert (found["C06"].label, found["C06"].changed) == ("leans_against", ("evidence",))
    for name, one in found.items():
        assert one.changed == (("premises",) if bench.entry(name).type == "inference" else ("evidence",)), name


def test_the_last_places_of_an_estimate_are_no_change(bench: Bench) -> None:
    before = bench.judged()[1]["C06"]
    driver = "researchers_per_10k_employed"
    bench.evidence = {**bench.evidence, driver: replace(bench.evidence[driver], mde_pp=0.9 * (1 + 1e-13))}
    assert bench.judged()[1]["C06"] == before
    bench.evidence = {**bench.evidence, driver: replace(bench.evidence[driver], mde_pp=0.9001)}
    after = bench.judged()[1]["C06"]
    assert {key for key in before if before[key] != after[key]} == {"evidence"}


def test_an_inference_names_the_verdicts_on_its_premises(bench: Bench) -> None:
    claims, reads = bench.judged()
    inference = next(entry for entry in bench.entries if entry.id == "C13")
    (check,) = inference.checks
    assert isinstance(check, Premise)
    premise = next(claim for claim in claims if claim.id == check.of[0])
    sources = Sources(bench.panel, bench.vintages, {}, bench.evidence, {entry.id: entry for entry in bench.entries})
    other = replace(premise, verdict=replace(premise.verdict, label="not_tested", certainty=None))
    after = reads_of([other if claim is premise else claim for claim in claims], sources, bench.rules)
    differing = {name: {key for key in reads[name] if reads[name][key] != after[name][key]} for name in reads}
    resting = {
        entry.id
        for entry in bench.entries
        for check in entry.checks
        if isinstance(check, Premise) and premise.id in check.of
    }
    assert "C13" in resting
    assert {name: keys for name, keys in differing.items() if keys} == {name: {"premises"} for name in resting}


@pytest.mark.parametrize("part", ["label", "certainty", "gap", "wrong"])
def test_another_verdict_without_a_reason_is_refused(bench: Bench, part: str) -> None:
    record = bench.published()
    old = record.versions["Q11"][-1]
    assert old.label == "confirmed_with_error"
    assert old.why is not None
    assert old.why.gap != "error_year"
    said = {
        "label": replace(old, label="contradicted"),
        "certainty": replace(old, certainty="high"),
        "gap": replace(old, why=replace(old.why, gap="error_year")),
        "wrong": replace(old, why=replace(old.why, wrong="yearbook-1999")),
    }[part]
    wrong = Record({**record.versions, "Q11": (said,)}, "kuzbass.verdicts.json")
    with pytest.raises(DataError, match=r"the verdict on Q11 is .* is published, and nothing that it reads") as raised:
        supersede(*bench.judged(), wrong)
    assert "kuzbass.verdicts.json" in str(raised.value)
    assert "rules.yml" in str(raised.value)


def test_a_renewed_record_says_what_the_run_said_and_keeps_all_versions(bench: Bench) -> None:
    claims, reads = bench.judged()
    first = bench.published()
    old = replace(first.versions["Q11"][-1], label="contradicted", reads={**reads["Q11"], "rules": "0" * 64})
    record = Record({**first.versions, "Q11": (old,)})
    named, versions = supersede(claims, reads, record)
    assert next(claim for claim in named if claim.id == "Q11").verdict.supersedes == old.id
    assert versions["Q11"][-1].changed == ("rules",)
    again = renewed(record, versions)
    assert supersede(claims, reads, again) == (named, versions)
    assert superseded(again, versions) == superseded(record, versions)
    assert again.versions["Q11"][0] == old
    later = {**reads, "Q11": {**reads["Q11"], "figures": "1" * 64}}
    kept = renewed(again, supersede(claims, later, again)[1])
    assert [one.label for one in kept.versions["Q11"]] == ["contradicted", old_label(claims, "Q11")]
    assert kept.versions["Q11"][-1].reads["figures"] == "1" * 64, "the same verdict is now published on these figures"
    assert kept.versions["Q11"][-1].changed == ("rules",), "why it differs from the former one stays"


def old_label(claims: Sequence[Claim], name: str) -> str:
    return next(claim.verdict.label for claim in claims if claim.id == name)


def test_a_claim_that_is_listed_no_more_stays_visible(bench: Bench) -> None:
    record = bench.published()
    versions = supersede(*bench.judged(), record)[1]
    gone = versions.pop("C12b")
    (one,) = superseded(record, versions)
    assert (one.old, one.new, one.changed) == (gone[-1], None, ("claim",))
    assert renewed(record, versions).versions["C12b"] == gone


@pytest.fixture
def project(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evidence: dict[str, CausalEvidence]
) -> Workspace:
    """A project whose evidence is made up and whose record says something else about C06."""
    (tmp_path / "analyses").mkdir()
    (tmp_path / "analyses" / "study.toml").write_bytes((root / "analyses" / "study.toml").read_bytes())
    (tmp_path / "CITATION.cff").write_bytes((root / "CITATION.cff").read_bytes())
    monkeypatch.chdir(tmp_path)
    here = Workspace.current()
    write_evidence(here.artifact("causal_evidence.json"), evidence)
    found = docket(here.artifact("causal_evidence.json"), outcome=here.study.outcome)
    now = found.versions["C06"][-1]
    old = replace(now, label="supported", certainty="low", reads={**now.reads, "evidence": "0" * 64})
    path = record_path(here.root, here.study.name)
    write_json(path, Record({**found.versions, "C06": (old,)}).to_dict())
    return here


def call(*arguments: str) -> str:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False).stdout


def test_the_command_and_the_page_name_the_former_verdict(project: Workspace) -> None:
    record = read_published(record_path(project.root, project.study.name))
    old = record.versions["C06"][-1]
    assert old.why is not None
    because = Wording.load().text(f"referee.gap.{old.why.gap}", "en")
    shown = call("referee", "show", "C06")
    assert f"Supersedes {old.id}: supported (low) – {because}; what changed: The estimated effect" in shown
    rules = load_rules()
    assert (rules.first_dated, rules.frozen_at) == ("2026-11-24", "2026-11-30")
    assert f"Rules {rules.sha256[:12]}, first set {rules.first_dated}, last amended {rules.frozen_at}" in shown
    assert json.loads(call("referee", "show", "C06", "--json"))["data"]["verdict"]["supersedes"] == old.id
    evidence = project.artifact("causal_evidence.json")
    found = docket(evidence, outcome=project.study.outcome, record=record)
    table = superseded_page.blocks(found)[-1]
    assert isinstance(table, TableBlock)
    shown = canonical_json([str(cell) for row in table.rows for cell in row])
    assert len(table.rows) == 1
    assert old.why is not None
    assert f"referee.gap.{old.why.gap}" in shown
    for part in ("C06", old.id, "report.label.supported", "report.label.inconclusive", "referee.changed.evidence"):
        assert part in shown
    (none,) = superseded_page.blocks(docket(evidence, outcome=project.study.outcome))
    assert none.text == "referee.superseded.none"  # type: ignore[union-attr]


def test_a_recorded_run_publishes_its_verdicts_and_keeps_the_former(project: Workspace) -> None:
    path = record_path(project.root, project.study.name)
    old = read_published(path).versions["C06"][-1]
    call("referee", "export", "--out", str(project.artifact(VERDICTS).parent))
    before = project.artifact(VERDICTS).read_bytes()
    ResultStore(project.bld / "results").write(Result("demo", {"x": Value(1.5)}))
    fan = project.bld / "report" / "figures" / "forecast.fan_innovation_activity_pct_en.svg"
    fan.parent.mkdir(parents=True)
    fan.write_text("<svg/>", encoding="utf-8")
    write_json(project.bld / "run.json", {"minutes": 1.0})
    told = json.loads(call("verify", "--record", "--json"))["data"]
    assert json.loads(project.run_record.read_text(encoding="utf-8")) == {"minutes": 1.0}
    kept = read_published(path)
    assert told["verdicts"] == len(kept.versions)
    assert [one.label for one in kept.versions["C06"]] == ["supported", "inconclusive"]
    assert kept.versions["C06"][0] == old
    call("referee", "export", "--out", str(project.artifact(VERDICTS).parent))
    assert project.artifact(VERDICTS).read_bytes() == before, "a renewed record changes nothing that is said"


@pytest.mark.parametrize("damage", ["id", "label", "key", "empty"])
def test_a_damaged_record_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "record.json"
    version = Version("C06", "supported", "low", {"rules": "0" * 64})
    document = Record({"C06": (version,)}).to_dict()
    write_json(path, document)
    assert read_published(path).versions == {"C06": (version,)}
    one = document["claims"]["C06"]
    if damage == "id":
        one[0]["id"] = "C06.000000000000"
    elif damage == "label":
        one[0]["label"] = "contradicted"
    elif damage == "key":
        del one[0]["reads"]
    else:
        one.clear()
    write_json(path, document)
    with pytest.raises(StoreError, match="damaged verdicts"):
        read_published(path)


def series_of(bench: Bench) -> dict[str, Mapping[str, str]]:
    """The hashes of series by claim."""
    return {
        name: {key: sha256 for key, sha256 in reads.items() if key.startswith("figures")}
        for name, reads in bench.judged()[1].items()
    }


def wear_in_part(panel: Panel, part: str) -> Panel:
    """The panel with one thing changed that a description of wear may read."""
    own = panel.variables["wear_pct"]
    if part == "aggregates":
        aggregates = panel.aggregates.copy()
        aggregates.loc[("RU", 2022), "wear_pct"] = 40.0
        return replace(panel, aggregates=aggregates)
    if part == "district":
        region = panel.regions["RU-TOM"]
        return replace(panel, regions={**panel.regions, "RU-TOM": replace(region, district="FD-URAL")})
    changed = replace(own, unit="pp") if part == "unit" else replace(own, breaks=())
    return replace(panel, variables={**panel.variables, "wear_pct": changed})


def test_why_a_verdict_stands_is_part_of_it(bench: Bench) -> None:
    """Another edition that agrees is another verdict, though its label and certainty stay."""
    record = bench.published()
    old = record.versions["Q11"][-1]
    assert old.why is not None
    assert old.why.wrong is not None

    def renamed(variable: str) -> pd.DataFrame:
        frame = vintages(variable)
        return frame.assign(vintage=frame["vintage"].replace(old.why.wrong, "yearbook-1999"))

    bench.vintages = renamed
    found = flipped(bench, record)
    assert (found["Q11"].label, found["Q11"].certainty) == (old.label, old.certainty)
    assert found["Q11"].why == replace(old.why, wrong="yearbook-1999")
    assert found["Q11"].changed == ("figures",)


def test_a_published_id_stays_where_the_same_verdict_rests_on_other_figures(bench: Bench) -> None:
    claims, reads = bench.judged()
    record = bench.published()
    ids = [record.versions["Q11"][-1].id]
    for number in (1, 2, 1):
        other = {**reads, "Q11": {**reads["Q11"], "figures": str(number) * 64}}
        record = renewed(record, supersede(claims, other, record)[1])
        (one,) = record.versions["Q11"]
        ids.append(one.id)
        assert {one.id, *one.former} == set(ids)
        assert one.id not in one.former
    assert len(set(ids)) == 3, "the third one is the first again"


def test_a_record_that_tells_no_reason_is_compared_by_what_it_tells(bench: Bench) -> None:
    claims, reads = bench.judged()
    first = bench.published()
    old = replace(first.versions["Q11"][-1], why=None)
    versions = supersede(claims, reads, Record({**first.versions, "Q11": (old,)}))[1]
    assert versions["Q11"] == (replace(first.versions["Q11"][-1], former=(old.id,)),)


@pytest.mark.parametrize("older", [False, True], ids=["by series", "older record"])
def test_another_variable_is_no_change_of_figures(bench: Bench, older: bool) -> None:
    """A claim that is held against another series tells of its entry, not of figures that nobody touched."""
    record = bench.published()
    name = next(entry.id for entry in bench.entries if reads_wear(entry) and len(entry.checks) == 1)
    entry, before = bench.entry(name), record.versions[name][-1]
    if older:
        kept = {key: sha256 for key, sha256 in before.reads.items() if not key.startswith("figures.")}
        record = Record({**record.versions, name: (replace(before, reads=kept),)})
    (check,) = entry.checks
    assert isinstance(check, Benchmark | Trend | Rank)
    for variable in ("researchers", "grp_mln_rub", "population", "unemployment_pct"):
        if variable in bench.panel.variables:
            bench.put(replace(entry, checks=(replace(check, variable=variable),)))
            if bench.judged()[0][[one.id for one in bench.entries].index(name)].verdict.label != before.label:
                break
    found = flipped(bench, record)
    assert found[name].changed == ("claim",)


@pytest.mark.parametrize("older", [False, True], ids=["by series", "older record"])
def test_changed_figures_of_the_same_series_are_told_by_any_record(bench: Bench, older: bool) -> None:
    claims, reads = bench.judged()
    was = {key: "1" * 64 if key.startswith("figures") else sha256 for key, sha256 in reads["Q11"].items()}
    if older:
        was = {key: sha256 for key, sha256 in was.items() if not key.startswith("figures.")}
    old = Version("Q11", "contradicted", "high", was)
    assert supersede(claims, reads, Record({"Q11": (old,)}))[1]["Q11"][-1].changed == ("figures",)
    both = replace(old, reads={**was, "claim": "2" * 64})
    told = supersede(claims, reads, Record({"Q11": (both,)}))[1]["Q11"][-1].changed
    assert told == (("claim",) if older else ("claim", "figures")), "an older record cannot tell the two apart"


@pytest.mark.parametrize("part", ["aggregates", "unit", "method", "district"])
def test_every_part_of_a_column_is_read(bench: Bench, part: str) -> None:
    before = series_of(bench)
    bench.panel = wear_in_part(bench.panel, part)
    after = series_of(bench)
    wear = {name for name in before if "figures.wear_pct" in before[name]}
    assert wear == {entry.id for entry in bench.entries if reads_wear(entry)} != set()
    for name in wear:
        for key in ("figures", "figures.wear_pct"):
            assert before[name][key] != after[name][key]


def test_other_definitions_of_a_number_are_read(bench: Bench) -> None:
    entry, other = next(
        (entry, bench.rules.number.definitions[entry.number.variable][0].variable)
        for entry in bench.entries
        if entry.number is not None and bench.rules.number.definitions.get(entry.number.variable)
    )
    number, before = entry.number, series_of(bench)[entry.id]
    assert number is not None

    def edited(variable: str) -> pd.DataFrame:
        frame = vintages(variable)
        return frame.assign(value=frame["value"] + 1.0) if variable == other else frame

    bench.vintages = edited
    after = series_of(bench)[entry.id]
    assert {key for key in before if before[key] != after[key]} == {"figures", f"figures.{other}.{number.region}"}


def test_the_published_verdicts_are_on_the_claims_as_they_are_listed(root: Path) -> None:
    published = read_published(record_path(root, "kuzbass")).versions
    present = entry_hashes(load_claims())
    stale = [name for name in present if published[name][-1].reads["claim"] != present[name]]
    assert not stale, "Renew the record: regional-econ reproduce && regional-econ verify --record"


def test_the_published_verdicts_are_of_those_of_the_committed_results(root: Path) -> None:
    published = read_published(record_path(root, "kuzbass"))
    results = read_json(root / "reports" / "record" / "kuzbass.full.json")["results"]
    assert set(published.versions) == {entry.id for entry in load_claims()}
    for name, versions in published.versions.items():
        values = results[f"referee.{name}"]["values"]
        assert (versions[-1].label, versions[-1].certainty) == (values["label"]["value"], values["certainty"]["value"])
        assert versions[-1].reads["rules"] == results["referee.summary"]["inputs"]["rules"]
