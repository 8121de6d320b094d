"""``referee``: judge the claims of a paper, show one verdict or the table of all, and write them for other programs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regional_econ._base.errors import RegionalEconError, StoreError, UnknownNameError
from regional_econ.cli.options import DEFAULT_STUDY, JsonOption, ProfileOption, StudyOption, open_workspace
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ.core.claim import Claim
    from regional_econ.core.workspace import Workspace
    from regional_econ.referee.docket import Docket
    from regional_econ.referee.ledger import Entry
    from regional_econ.referee.wording import Wording

app = typer.Typer(help="Verdicts on the claims of the paper.", no_args_is_help=True)

ClaimsOption = Annotated[Path | None, typer.Option("--claims", help="A claims file; data/claims.yml by default.")]
DocumentOption = Annotated[
    Path | None, typer.Option("--document", help="The paper's text: quotes are held against it.")
]


@app.command("run")
def run_referee(
    claims: ClaimsOption = None,
    document: DocumentOption = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Judge all claims by the rules and count the labels."""
    from regional_econ.referee.run import counts

    entries = _entries(claims)
    messages = _check_document(entries, document)
    found = _judge(entries, claims, study, profile)
    judged, rules, by_label = found.claims, found.rules, counts(found.claims)
    text = "\n".join([f"{len(judged)} claims.", *(f"  {label}: {count}" for label, count in by_label.items())])
    again = f" --claims {claims}" if claims else ""
    dates = f"first set {rules.first_dated}, last amended {rules.frozen_at}"
    messages.append(f"Rules {rules.sha256[:12]}, {dates}. Next: regional-econ referee table{again}")
    data = {"counts": by_label, "total": len(judged), "rules_sha256": rules.sha256}
    emit("referee run", data, as_json=as_json, text=text, messages=messages)


@app.command("show")
def show(
    claim_id: Annotated[str, typer.Argument(help="A claim, such as Q11 or C12.")],
    claims: ClaimsOption = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Show one claim with its verdict and criteria, what would change it, its checks and its rule."""
    from regional_econ.referee.ledger import needed_for

    entries = _entries(claims)
    known = [entry.id for entry in entries]
    if claim_id not in known:
        raise UnknownNameError.of("claim", claim_id, known)
    found, words = _judge(needed_for(entries, [claim_id]), claims, study, profile), _words()
    claim = next(claim for claim in found.claims if claim.id == claim_id)
    verdict = claim.verdict
    lines = [
        str(claim),
        f"  “{claim.quote.text}”",
        f"  {claim.quote.translation}",
    ]
    for row in verdict.rule_trace:
        state = {True: "met", False: "not met", None: "not run"}[row.met]
        name = words.text(f"referee.criterion.{row.criterion}", "en")
        lines.append(f"  {name}: {_shown(row.value, words)} (threshold {_shown(row.threshold, words)}), {state}")
    if verdict.gap:
        lines.append(f"  Gap: {words.text(f'referee.gap.{verdict.gap}', 'en')}")
    if verdict.evsi is not None:
        lines.append(f"  Closing it is worth at most {verdict.evsi:.2g} percentage points to the choice of a measure")
    for old, new in reversed(list(pairwise(found.versions[claim_id]))):
        changed = "; ".join(words.text(f"referee.changed.{name}", "en") for name in new.changed)
        certainty = f" ({old.certainty})" if old.certainty else ""
        because = [words.text(f"referee.gap.{old.why.gap}", "en")] if old.why and old.why.gap else []
        because += [old.why.wrong] if old.why and old.why.wrong else []
        former = "".join(f" – {reason}" for reason in because)
        lines.append(f"  Supersedes {old.id}: {old.label}{certainty}{former}; what changed: {changed}")
    dates = f"first set {claim.rule.first_dated}, last amended {claim.rule.frozen_at}"
    lines.append(f"  Rules {claim.rule.rule_sha256[:12]}, {dates}")
    lines += _working(claim_id, found.claims, found.entries, shipped=claims is None)
    emit("referee show", claim.to_dict(), as_json=as_json, text="\n".join(lines))


@app.command("table")
def table(
    claim_type: Annotated[str | None, typer.Option("--type", help="Only one type, such as quantitative.")] = None,
    claims: ClaimsOption = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """List all claims with their labels."""
    from regional_econ._base.options import check_option
    from regional_econ.core.claim import ClaimType
    from regional_econ.referee.ledger import needed_for
    from regional_econ.referee.sections import verdict_rows

    if claim_type is not None:
        check_option("--type", claim_type, ClaimType)
    entries, words = _entries(claims), _words()
    wanted = [entry.id for entry in entries if claim_type in (None, entry.type)]
    found = _judge(needed_for(entries, wanted), claims, study, profile)
    rows = [row for row in verdict_rows(found.claims) if row["id"] in wanted]
    lines = []
    for row in rows:
        gap = words.text(f"referee.gap.{row['gap']}", "en") if row["gap"] else ""
        certainty = f" ({row['certainty']})" if row["certainty"] else ""
        lines.append(f"{row['id']:5s} {row['label']}{certainty}  {row['translation']}  {gap}".rstrip())
    emit("referee table", rows, as_json=as_json, text="\n".join(lines), messages=[f"{len(rows)} claims."])


@app.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="The folder for the files; made where it is missing.")],
    claims: ClaimsOption = None,
    document: DocumentOption = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Write all verdicts for other programs: JSON by schema, ClaimReview, and an RO-Crate of both with their inputs."""
    from regional_econ._base.files import sha256_bytes, write_bytes
    from regional_econ.referee.exports.files import export_files
    from regional_econ.referee.exports.made import Made

    if out.exists() and not out.is_dir():
        raise StoreError("cannot write into a file", where=str(out), advice="Name a folder")
    entries = _entries(claims)
    messages = _check_document(entries, document)
    found = _judge(entries, claims, study, profile)
    made = Made.of(open_workspace(study, profile)) if study.is_file() else Made.without_study()
    files = export_files(found, made)
    for name, content in files.items():
        write_bytes(out / name, content)
    data = {"folder": str(out), "files": {name: sha256_bytes(content) for name, content in files.items()}}
    text = "\n".join([f"Wrote to {out}:", *(f"  {name}, {len(content)} bytes" for name, content in files.items())])
    emit("referee export", data, as_json=as_json, text=text, messages=messages)


@app.command("letter")
def letter(
    lang: Annotated[str, typer.Option(help="ru or en.")] = "en",
    claims: ClaimsOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="A file for the letter; printed by default.")] = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Write the letter to the author and the editor, as Markdown."""
    from regional_econ._base.files import check_writable, write_text
    from regional_econ._base.options import check_option
    from regional_econ._base.text import LANGS, Lang
    from regional_econ.cli.referee_letter import letter_text

    check_option("--lang", lang, Lang)
    if out is not None:
        check_writable(out)
    entries = _entries(claims)
    found = _judge(entries, claims, study, profile)
    chosen = next(name for name in LANGS if name == lang)
    text = letter_text(found, chosen)
    data, shown = {"lang": lang, "text": text}, text.rstrip()
    if out is not None:
        write_text(out, text)
        shown = f"The letter lies in {out}."
    emit("referee letter", data, as_json=as_json, text=shown)


def _entries(claims: Path | None) -> tuple[Entry, ...]:
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.referee.known import known_words
    from regional_econ.referee.ledger import known_needs, load_claims

    return load_claims(
        claims, variables=load_variables(), regions=load_regions(), needs=known_needs(), words=known_words()
    )


def _judge(entries: tuple[Entry, ...], claims: Path | None, study: Path, profile: str) -> Docket:
    """Judge these claims; those of the project are held against the published verdicts, another paper's have none."""
    from regional_econ._base.options import check_option
    from regional_econ.core.study import Profile
    from regional_econ.referee.docket import docket
    from regional_econ.referee.exports.names import record_path
    from regional_econ.referee.versions import read_published
    from regional_econ.referee.worth import LEARNING

    check_option("--profile", profile, Profile)
    names = [entry.id for entry in entries]
    asking = next((entry for entry in entries if entry.estimand is not None), None)
    if asking is None and study == DEFAULT_STUDY and (claims is not None or not study.is_file()):
        return docket(None, claims=claims, names=names)  # a paper without effects needs no study
    workspace = open_workspace(study, profile)
    learned = workspace.results.path(LEARNING).is_file()
    return docket(
        _evidence(workspace, asking, study, profile) if asking else None,
        outcome=workspace.study.outcome,
        claims=claims,
        record=None if claims else read_published(record_path(workspace.root, workspace.study.name)),
        learning=workspace.results.read(LEARNING) if learned else None,
        names=names,
    )


def _working(claim_id: str, judged: tuple[Claim, ...], entries: tuple[Entry, ...], *, shipped: bool) -> list[str]:
    """The page of a claim as lines: what would change its verdict, how it was read, its checks and its rule."""
    from regional_econ.causal.questions import load_questions
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.referee.asked import by_claim
    from regional_econ.referee.cells import page_of
    from regional_econ.referee.ledger import load_changes
    from regional_econ.referee.pages import leaves
    from regional_econ.referee.values import claim_values
    from regional_econ.report.build import load_catalogue
    from regional_econ.report.document import read_leaf
    from regional_econ.report.plain import plain
    from regional_econ.report.words import Words

    questions, changes = by_claim(load_questions()) if shipped else {}, load_changes() if shipped else ()
    found = leaves(judged, entries, questions=questions, changes=changes)
    numbers = {
        f"referee.{claim.id}.{key}": value
        for claim, entry in zip(judged, entries, strict=True)
        if claim.id == claim_id
        for key, value in claim_values(claim, entry).items()
    }
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    words = Words("en", load_catalogue(), numbers, labels, regions)
    return plain(read_leaf(next(leaf for leaf in found if leaf.id == page_of(claim_id)), words))


def _evidence(workspace: Workspace, asking: Entry, study: Path, profile: str) -> Path:
    """The estimates of a study, which only claims on effects need."""
    path = workspace.artifact("causal_evidence.json")
    if not path.is_file():
        chosen = f" --study {study}" if study != DEFAULT_STUDY else ""
        message = f"claim {asking.id} is held against estimates that have not been made: no {path.name}"
        raise StoreError(message, where=str(path), advice=f"Run: regional-econ reproduce --profile {profile}{chosen}")
    return path


def _check_document(entries: tuple[Entry, ...], document: Path | None) -> list[str]:
    """Hold the quotes against the document, where one is given, and say so."""
    from regional_econ.referee.ledger import check_quotes

    if document is None:
        return []
    try:
        found = check_quotes(entries, _read(document))
    except RegionalEconError as error:
        raise error.at(str(document)) from error
    return [f"{found} quotes stand in {document.name} at their offsets."]


def _words() -> Wording:
    from regional_econ.referee.wording import Wording

    return Wording.load()


def _shown(value: float | str | None, words: Wording) -> str:
    if value is None:
        return "–"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    return words.text(f"referee.value.{value}", "en", value)


def _read(path: Path) -> bytes:
    advice = "Give the paper's text file"
    if not path.is_file():
        raise StoreError("the document is a folder" if path.is_dir() else "no such document", advice=advice)
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read the document: {error.strerror}", advice=advice) from error
