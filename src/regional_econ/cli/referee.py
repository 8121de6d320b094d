"""``referee``: judge the claims of the paper, show one verdict, or the table of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regional_econ._base.errors import RegionalEconError, StoreError, UnknownNameError
from regional_econ.cli.options import DEFAULT_STUDY, JsonOption, ProfileOption, StudyOption, open_workspace
from regional_econ.cli.output import emit

if TYPE_CHECKING:
    from regional_econ.causal.evidence import CausalEvidence
    from regional_econ.core.claim import Claim
    from regional_econ.referee.ledger import Entry

app = typer.Typer(help="Verdicts on the claims of the paper.", no_args_is_help=True)

ClaimsOption = Annotated[Path | None, typer.Option("--claims", help="A claims file; data/claims.yml by default.")]


@app.command("run")
def run_referee(
    claims: ClaimsOption = None,
    document: Annotated[
        Path | None, typer.Option("--document", help="The paper's text: quotes are held against it.")
    ] = None,
    study: StudyOption = DEFAULT_STUDY,
    profile: ProfileOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Judge all claims by the rules and count the labels."""
    from regional_econ.referee.ledger import check_quotes
    from regional_econ.referee.rules import load_rules
    from regional_econ.referee.run import counts

    entries, messages = _entries(claims), []
    if document is not None:
        try:
            found = check_quotes(entries, _read(document))
        except RegionalEconError as error:
            raise error.at(str(document)) from error
        messages.append(f"{found} quotes stand in {document.name} at their offsets.")
    judged = _judge(entries, claims, study, profile)
    by_label = counts(judged)
    rules = load_rules()
    text = "\n".join([f"{len(judged)} claims.", *(f"  {label}: {count}" for label, count in by_label.items())])
    again = f" --claims {claims}" if claims else ""
    messages.append(f"Rules {rules.sha256[:12]}, dated {rules.frozen_at}. Next: regional-econ referee table{again}")
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
    needed = needed_for(entries, [claim_id])
    judged = _judge(needed, claims, study, profile)
    claim = next(claim for claim in judged if claim.id == claim_id)
    texts = _texts()
    verdict = claim.verdict
    lines = [
        str(claim),
        f"  “{claim.quote.text}”",
        f"  {claim.quote.translation}",
    ]
    for row in verdict.rule_trace:
        state = {True: "met", False: "not met", None: "not run"}[row.met]
        name = texts(f"referee.criterion.{row.criterion}")
        lines.append(f"  {name}: {_shown(row.value, texts)} (threshold {_shown(row.threshold, texts)}), {state}")
    if verdict.gap:
        lines.append(f"  Gap: {texts(f'referee.gap.{verdict.gap}')}")
    lines.append(f"  Rules {claim.rule.rule_sha256[:12]}, dated {claim.rule.frozen_at}")
    lines += _working(claim_id, judged, needed, shipped=claims is None)
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
    entries, texts = _entries(claims), _texts()
    wanted = [entry.id for entry in entries if claim_type in (None, entry.type)]
    judged = _judge(needed_for(entries, wanted), claims, study, profile)
    rows = [row for row in verdict_rows(judged) if row["id"] in wanted]
    lines = []
    for row in rows:
        gap = texts(f"referee.gap.{row['gap']}") if row["gap"] else ""
        certainty = f" ({row['certainty']})" if row["certainty"] else ""
        lines.append(f"{row['id']:5s} {row['label']}{certainty}  {row['translation']}  {gap}".rstrip())
    emit("referee table", rows, as_json=as_json, text="\n".join(lines), messages=[f"{len(rows)} claims."])


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
    from regional_econ.referee.ledger import load_title

    check_option("--lang", lang, Lang)
    if out is not None:
        check_writable(out)
    entries = _entries(claims)
    judged = _judge(entries, claims, study, profile)
    chosen = next(name for name in LANGS if name == lang)
    text = letter_text(judged, entries, load_title(claims), open_workspace(study, profile), chosen)
    data, shown = {"lang": lang, "text": text}, text.rstrip()
    if out is not None:
        write_text(out, text)
        shown = f"The letter lies in {out}."
    emit("referee letter", data, as_json=as_json, text=shown)


def _entries(claims: Path | None) -> tuple[Entry, ...]:
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.referee.ledger import known_needs, load_claims

    return load_claims(claims, variables=load_variables(), regions=load_regions(), needs=known_needs())


def _judge(entries: tuple[Entry, ...], claims: Path | None, study: Path, profile: str) -> list[Claim]:
    from functools import cache

    from regional_econ.causal.questions import load_questions
    from regional_econ.data.catalogue import load_sources
    from regional_econ.data.load import load_panel, load_vintages
    from regional_econ.referee.rules import load_rules
    from regional_econ.referee.run import run

    evidence = _evidence(entries, study, profile)
    hashes = {name: source.origin.sha256 for name, source in load_sources().items()}
    own = claims is None
    return run(
        entries, evidence, load_rules(), panel=load_panel(), vintages=cache(load_vintages), hashes=hashes,
        questions=load_questions() if own else None, own_lists=own,
    )  # fmt: skip


def _working(claim_id: str, judged: list[Claim], entries: tuple[Entry, ...], *, shipped: bool) -> list[str]:
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


def _evidence(entries: tuple[Entry, ...], study: Path, profile: str) -> dict[str, CausalEvidence]:
    """The estimates of a study, which only claims on effects need: a paper without them needs no study either."""
    from regional_econ._base.options import check_option
    from regional_econ.causal.evidence import read_evidence
    from regional_econ.core.study import Profile

    check_option("--profile", profile, Profile)
    asking = next((entry for entry in entries if entry.estimand is not None), None)
    if asking is None and study == DEFAULT_STUDY:
        return {}
    workspace = open_workspace(study, profile)
    if asking is None:
        return {}
    path = workspace.artifact("causal_evidence.json")
    if not path.is_file():
        chosen = f" --study {study}" if study != DEFAULT_STUDY else ""
        message = f"claim {asking.id} is held against estimates that have not been made: no {path.name}"
        raise StoreError(message, where=str(path), advice=f"Run: regional-econ reproduce --profile {profile}{chosen}")
    return read_evidence(path)


def _texts() -> Callable[..., str]:
    from regional_econ._base.location import data_dir
    from regional_econ._base.text import Catalogue

    catalogue = Catalogue.load([data_dir() / "texts" / "referee.yml"])

    def text(key: str, default: str = "") -> str:
        if default and key not in catalogue.texts:
            return default
        return re.sub(r"\{\{ lit\('(.*?)'\) \}\}", r"\1", catalogue.get(key, "en"))

    return text


def _shown(value: float | str | None, texts: Callable[..., str]) -> str:
    if value is None:
        return "–"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    return texts(f"referee.value.{value}", value)


def _read(path: Path) -> bytes:
    advice = "Give the paper's text file"
    if not path.is_file():
        raise StoreError("the document is a folder" if path.is_dir() else "no such document", advice=advice)
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read the document: {error.strerror}", advice=advice) from error
