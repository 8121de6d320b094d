"""The files for other programs hold to their formats, say what the verdicts say, and invent nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from regional_econ._base.errors import RegionalEconError, SchemaError, StoreError
from regional_econ._base.files import canonical_json, sha256_bytes, sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS
from regional_econ.causal.evidence import CausalEvidence, write_evidence
from regional_econ.cli.referee import app
from regional_econ.core.results import Result, Value
from regional_econ.core.schemas import validate
from regional_econ.core.workspace import Workspace
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.referee import docket as docket_module
from regional_econ.referee.docket import Docket, docket
from regional_econ.referee.exports.files import export_files
from regional_econ.referee.exports.made import Made
from regional_econ.referee.exports.names import CRATE, EVIDENCE, EXPORTS, REVIEWS, VERDICTS, by_hash
from regional_econ.referee.exports.verdicts import verdicts
from regional_econ.referee.ledger import load_claims
from regional_econ.referee.paper import load_paper
from regional_econ.referee.reads import aggregates_sha256
from regional_econ.referee.versions import Record
from regional_econ.referee.wording import Wording
from regional_econ.referee.worth import blocks, with_worth
from regional_econ.referee.worth import result as worth_result
from regional_econ.report.downloads import DOWNLOADS

OUTCOME = "innovation_activity_pct"
LEARNING = Result(
    "answers.learning", {"elasticity.rd_grp_pct": Value(0.0125, "pp", 3, 0.002), "rates": Value(0.5, "pp")}
)
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
vintages, figures = cache(load_vintages), cache(load_panel)


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """The official figures are parsed once for all tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docket_module, "load_vintages", vintages)
        patch.setattr(docket_module, "load_panel", figures)
        yield


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory, make_evidence: Callable[[str], CausalEvidence]) -> Path:
    path = tmp_path_factory.mktemp("evidence") / EVIDENCE
    write_evidence(
        path, {name: make_evidence(name) for name in ("rd_grp_pct", "researchers_per_10k_employed", "mining_share_pct")}
    )
    return path


@pytest.fixture(scope="module")
def made(root: Path) -> Made:
    return Made.of(replace(Workspace.current(), study_path=root / "analyses" / "study.toml"))


@pytest.fixture(scope="module")
def found(evidence: Path) -> Docket:
    first = docket(evidence, outcome=OUTCOME)
    old = replace(first.versions["C06"][-1], label="supported", reads={"rules": "0" * 64, "document": "0" * 64})
    old = replace(old, reads={**old.reads, "claim": "0" * 64})
    return docket(evidence, outcome=OUTCOME, record=Record({"C06": (old,)}), learning=LEARNING)


@pytest.fixture(scope="module")
def files(found: Docket, made: Made) -> Mapping[str, bytes]:
    return export_files(found, made)


def test_the_verdicts_hold_to_their_schema(found: Docket, files: Mapping[str, bytes], evidence: Path) -> None:
    document = json.loads(files[VERDICTS])
    validate(document, "verdicts", where=VERDICTS)
    assert [claim["id"] for claim in document["claims"]] == [entry.id for entry in load_claims()]
    assert sum(document["counts"].values()) == len(document["claims"])
    assert document["inputs"]["evidence"] == sha256_file(evidence)
    assert document["inputs"]["rules"] == document["rules"]["sha256"] == sha256_bytes(files["rules.yml"])
    assert document["inputs"]["claims"] == sha256_bytes(files["claims.yml"])
    for claim in document["claims"]:
        versions = document["versions"][claim["id"]]
        assert versions[-1]["label"] == claim["verdict"]["label"]
        assert claim["verdict"]["supersedes"] == (versions[-2]["id"] if len(versions) > 1 else None)
    assert len(document["versions"]["C06"]) == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("claims", 0, "verdict", "label"), "true"),
        (("claims", 0, "quote", "start"), "1"),
        (("versions", "C06", 0, "id"), "C06"),
        (("versions", "C06", 0, "label"), "true"),
        (("versions", "C06", 0, "reads", "code"), "0" * 64),
        (("versions", "C06", 0, "reads", "figures.Wear"), "0" * 64),
        (("versions", "C06", 1, "former"), ["C06"]),
        (("versions", "C06", 1, "why", "gap"), 1),
        (("inputs", "aggregates"), "0"),
        (("inputs", "rules"), "0"),
        (("software", "code_sha256"), None),
        (("counts", "true"), 1),
        (("paper", "url"), "x"),
    ],
)
def test_a_document_that_violates_the_schema_is_refused(
    files: Mapping[str, bytes], path: tuple[Any, ...], value: object
) -> None:
    document = json.loads(files[VERDICTS])
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(SchemaError, match=VERDICTS):
        validate(document, "verdicts", where=VERDICTS)


def test_nothing_is_written_of_verdicts_that_violate_the_schema(found: Docket, made: Made) -> None:
    with pytest.raises(SchemaError):
        verdicts(found, replace(made, code_sha256="unknown"))


def test_every_claim_has_a_review(found: Docket, files: Mapping[str, bytes], made: Made) -> None:
    document, words, paper = json.loads(files[REVIEWS]), Wording.load(), load_paper()
    assert document["@context"] == "https://schema.org"
    reviews = document["@graph"]
    assert [review["itemReviewed"]["identifier"] for review in reviews] == [claim.id for claim in found.claims]
    names = [node["@id"] for review in reviews for node in (review, review["itemReviewed"])]
    assert len(names) == len(set(names))
    for review, claim in zip(reviews, found.claims, strict=True):
        assert (review["@type"], review["itemReviewed"]["@type"]) == ("ClaimReview", "Claim")
        said = {part["@language"]: part["@value"] for part in review["claimReviewed"]}
        assert said == {"ru": claim.quote.text, "en": claim.quote.translation}
        appearance = review["itemReviewed"]["appearance"]
        assert appearance["@type"] == "ScholarlyArticle"
        assert (appearance["name"], appearance["@id"]) == (paper.title, by_hash(claim.quote.doc_sha256))
        rating = {part["@language"]: part["@value"] for part in review["reviewRating"]["alternateName"]}
        assert rating == {lang: words.text(f"report.label.{claim.verdict.label}", lang) for lang in LANGS}
        told = [part["@value"] for part in review["reviewRating"].get("ratingExplanation", [])]
        assert len(told) == 2 * ((claim.verdict.certainty is not None) + (claim.verdict.gap is not None))
        assert review["author"] == [{"@type": "Organization", "name": name} for name in made.authors]
        assert review["identifier"] == found.versions[claim.id][-1].id


def test_the_reviews_invent_neither_address_nor_date(files: Mapping[str, bytes]) -> None:
    text = files[REVIEWS].decode()
    assert set(re.findall(r"\w+://[^\"\s]*", text)) == {
        "https://schema.org",
        *re.findall(r"ni:///sha-256;[\w-]+", text),
    }
    assert "datePublished" not in text
    assert '"url"' not in text
    assert "{{" not in text, "a text with a hole in it"


def references(node: object, top: bool = True) -> Iterator[str]:
    """The ids that an entity of a flat graph refers to; a nested entity is none."""
    if isinstance(node, list):
        for part in node:
            yield from references(part, False)
    elif isinstance(node, dict) and not top:
        assert set(node) == {"@id"}, "the graph is flat"
        yield node["@id"]
    elif isinstance(node, dict):
        for key, part in node.items():
            if key not in ("@id", "@type"):
                yield from references(part, False)


def test_the_crate_holds_to_its_specification(files: Mapping[str, bytes], made: Made, found: Docket) -> None:
    """The MUSTs of RO-Crate 1.1: descriptor, root, flat graph with unique ids, every file, and no loose end."""
    document = json.loads(files[CRATE])
    assert set(document) == {"@context", "@graph"}
    context, terms = document["@context"]
    assert context == f"{SPECIFICATION}/context"
    nodes = {node["@id"]: node for node in document["@graph"]}
    assert len(nodes) == len(document["@graph"])
    assert all(node.get("@type") for node in nodes.values())
    descriptor, root = nodes["ro-crate-metadata.json"], nodes["./"]
    assert (descriptor["@type"], descriptor["about"]) == ("CreativeWork", {"@id": "./"})
    assert descriptor["conformsTo"] == {"@id": SPECIFICATION}
    assert root["@type"] == "Dataset"
    assert root["name"]
    assert root["description"]
    assert date.fromisoformat(root["datePublished"]).isoformat() == made.released
    assert root["license"] == {"@id": f"https://spdx.org/licenses/{made.licence}"}
    assert nodes[root["license"]["@id"]]["name"] == made.licence
    pointed = {name: set(references(node)) for name, node in nodes.items()}
    assert {*set().union(*pointed.values())} - set(nodes) == {SPECIFICATION}, "every other reference resolves"
    reached, todo = set[str](), ["ro-crate-metadata.json"]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += sorted(pointed.get(name, ()))
    assert set(nodes) <= reached, "nothing stands apart"
    listed = {part["@id"] for part in root["hasPart"]}
    assert listed == {name for name, node in nodes.items() if node["@type"] == "File"} == set(files) - {CRATE}
    for name in listed:
        assert nodes[name]["sha256"] == sha256_bytes(files[name])
        assert nodes[name]["contentSize"] == str(len(files[name]))
        assert re.fullmatch(r"application/[a-z+]+", nodes[name]["encodingFormat"])
    (deed,) = (node for node in nodes.values() if node["@type"] == "CreateAction")
    inputs = {part["@id"] for part in deed["object"]}
    apart = {
        "#panel", "#aggregates", "#values", "#vintages", "#variables", "#regions", "#questions", "#learning", "#record",
    }  # fmt: skip
    assert inputs == {"claims.yml", "rules.yml", EVIDENCE, *apart, by_hash(found.paper.sha256)}
    for name in apart - {"#record"}:
        assert nodes[name]["sha256"] == found.inputs[name[1:]]
    assert nodes["#record"]["sha256"] == found.former_sha256
    assert {part["@id"] for part in deed["result"]} == {VERDICTS, REVIEWS}
    software = nodes[deed["instrument"]["@id"]]
    assert (software["@type"], software["version"]) == ("SoftwareSourceCode", made.version)
    assert nodes[software["softwareRequirements"]["@id"]]["sha256"] == made.lock_sha256
    used = {key for node in nodes.values() for key in node}
    assert set(terms) <= used, "no term is declared that nothing uses"


def test_the_step_makes_what_the_page_offers(files: Mapping[str, bytes]) -> None:
    assert set(DOWNLOADS["referee"]) == set(files) == {*EXPORTS, EVIDENCE}


def test_an_author_is_named_where_the_claims_file_names_one(found: Docket, made: Made, tmp_path: Path) -> None:
    path, text = tmp_path / "claims.yml", found.files["claims"].read_text(encoding="utf-8")
    named_by = re.sub(r"\n  author: .*", "\n  author: A. N. Author", text)
    path.write_text(named_by, encoding="utf-8")
    for paper, named in ((replace(load_paper(), author=None), False), (load_paper(path), True)):
        files = export_files(replace(found, paper=paper), made)
        about = [review["itemReviewed"] for review in json.loads(files[REVIEWS])["@graph"]]
        writer = {"@type": "Person", "name": "A. N. Author"}
        assert [one.get("author") for one in about] == [writer if named else None] * len(found.claims)
        nodes = {node["@id"]: node for node in json.loads(files[CRATE])["@graph"]}
        article = nodes[by_hash(paper.sha256)]
        assert (nodes[article["author"]["@id"]]["name"] == "A. N. Author") if named else ("author" not in article)


def test_every_input_is_hashed_as_it_stands(found: Docket) -> None:
    """What a verdict depends on: a part left out, or another one's hash, and the page would promise too much."""
    data, panel = data_dir(), figures()
    files = {
        "values": "values.csv.gz", "vintages": "vintages.csv.gz", "variables": "variables.yml",
        "regions": "regions.yml", "claims": "claims.yml", "rules": "rules.yml", "questions": "questions.yml",
    }  # fmt: skip
    expected = {name: sha256_file(data / file) for name, file in files.items()}
    expected |= {"evidence": sha256_file(found.files["evidence"]), "document": load_paper().sha256}
    expected |= {"panel": panel.checksum, "aggregates": aggregates_sha256(panel)}
    expected |= {"learning": sha256_bytes(canonical_json(LEARNING.to_dict()).encode())}
    assert dict(found.inputs) == expected
    words = Wording.load()
    for name in (*expected, "record"):
        assert {words.text(f"referee.input.{name}", lang) for lang in LANGS}
    aggregates = panel.aggregates.copy()
    aggregates.loc[("RU", 2022), "wear_pct"] = 40.0
    other = replace(panel, aggregates=aggregates)
    assert other.checksum == panel.checksum
    assert aggregates_sha256(other) != aggregates_sha256(panel)


def test_the_files_are_the_same_bytes_twice(found: Docket, made: Made, files: Mapping[str, bytes]) -> None:
    old = found.versions["C06"][:1]
    again = docket(found.files["evidence"], outcome=OUTCOME, record=Record({"C06": old}), learning=LEARNING)
    assert export_files(again, made) == files


def test_the_worth_of_a_gap_is_that_of_its_driver_or_none(found: Docket) -> None:
    worth = {claim.id: claim.verdict.evsi for claim in found.claims if claim.verdict.evsi is not None}
    drivers = {claim.id: claim.estimand.x for claim in found.claims if claim.estimand is not None}
    assert worth == {name: 0.0125 for name, driver in drivers.items() if driver == "rd_grp_pct"} != {}
    assert found.worth is not None
    assert found.worth.values == dict.fromkeys(worth, LEARNING.values["elasticity.rd_grp_pct"])
    assert len(blocks(found.claims, found.worth)[-1].rows) == len(worth)  # type: ignore[union-attr]
    for learning, outcome in ((None, OUTCOME), (LEARNING, "grp_mln_rub"), (replace(LEARNING, values={}), OUTCOME)):
        assert worth_result(found.claims, learning, outcome=outcome) is None
    closed = [replace(claim, verdict=replace(claim.verdict, gap=None)) for claim in found.claims]
    assert worth_result(closed, LEARNING, outcome=OUTCOME) is None
    assert {claim.verdict.evsi for claim in with_worth(found.claims, None)} == {None}
    assert blocks(found.claims, None) == ()


PAPER = "Tomsk region. Universities should grow. Innovation activity lies above the national level."


@pytest.fixture
def project(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evidence: Path) -> Workspace:
    (tmp_path / "analyses").mkdir()
    (tmp_path / "analyses" / "study.toml").write_bytes((root / "analyses" / "study.toml").read_bytes())
    (tmp_path / "CITATION.cff").write_bytes((root / "CITATION.cff").read_bytes())
    (tmp_path / "paper.txt").write_text(PAPER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    here = Workspace.current()
    here.artifact(EVIDENCE).parent.mkdir(parents=True)
    here.artifact(EVIDENCE).write_bytes(evidence.read_bytes())

    def quoted(words: str) -> dict[str, object]:
        return {"text": words, "start": PAPER.index(words), "end": PAPER.index(words) + len(words)}

    above = {
        "kind": "benchmark", "variable": OUTCOME, "direction": "above", "region": "RU-TOM", "first_year": 2015,
        "last_year": 2022, "against": ["national"],
    }  # fmt: skip
    words = "Innovation activity lies above the national level"
    claims = [
        {"id": "T01", "type": "normative", "quote": quoted("Universities should grow")},
        {"id": "T02", "type": "descriptive", "quote": quoted(words), "checks": [above]},
    ]
    document = {"schema_version": "2", "document": {"sha256": sha256_bytes(PAPER.encode())}, "claims": claims}
    (tmp_path / "other.yml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return here


def test_another_paper_is_exported_by_its_claims_file_alone(project: Workspace) -> None:
    arguments = ["export", "--out", "made", "--claims", "other.yml", "--document", "paper.txt", "--json"]
    told = json.loads(CliRunner().invoke(app, arguments, catch_exceptions=False).stdout)
    assert {name: sha256_file(Path("made") / name) for name in told["data"]["files"]} == told["data"]["files"]
    assert told["messages"] == ["2 quotes stand in paper.txt at their offsets."]
    document = json.loads(Path("made", VERDICTS).read_text(encoding="utf-8"))
    validate(document, "verdicts", where=VERDICTS)
    assert document["paper"] == {"sha256": sha256_bytes(PAPER.encode())}
    assert document["claims"][1]["verdict"]["label"] == "confirmed"
    assert Path("made", "claims.yml").read_bytes() == Path("other.yml").read_bytes()
    first, second = json.loads(Path("made", REVIEWS).read_text(encoding="utf-8"))["@graph"]
    assert first["claimReviewed"] == ["Universities should grow"], "a language that nobody declared is not guessed"
    assert "name" not in second["itemReviewed"]["appearance"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--out", "paper.txt"], StoreError, "cannot write into a file"),
        (["--out", "made", "--document", "paper.txt"], SchemaError, "another document"),
        (["--out", "made", "--claims", "absent.yml"], StoreError, "no such claims file"),
        (["--out", "made", "--claims", "other.yml", "--document", "absent.txt"], StoreError, "no such document"),
    ],
)
def test_a_mistake_leaves_nothing_half_written(
    project: Workspace, arguments: list[str], error: type[RegionalEconError], message: str
) -> None:
    raised = CliRunner().invoke(app, ["export", *arguments]).exception
    assert isinstance(raised, error)
    assert message in str(raised)
    assert not Path("made").exists()


def test_a_project_without_a_citation_file_is_told_so(project: Workspace) -> None:
    Path("CITATION.cff").unlink()
    raised = CliRunner().invoke(app, ["export", "--out", "made", "--claims", "other.yml"]).exception
    assert isinstance(raised, StoreError)
    assert "no citation file" in str(raised)
    assert not Path("made").exists()
