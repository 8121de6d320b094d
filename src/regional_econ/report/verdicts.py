"""A verdict as a reader meets it: the claim in its own words, the label, how sure, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from regional_econ._base.text import format_number
from regional_econ.core.provenance import spoken_place
from regional_econ.core.results import Scalar
from regional_econ.report.runs import Line, plain_line, unbroken
from regional_econ.report.words import NBSP, Words

Tone = Literal["for", "against", "open", "none"]
_TONES: dict[str, Tone] = {
    "confirmed": "for",
    "supported": "for",
    "leans_for": "for",
    "confirmed_with_error": "for",
    "contradicted": "against",
    "opposite": "against",
    "leans_against": "against",
    "does_not_follow": "against",
    "negligible": "against",
    "true_but_uninformative": "open",
    "inconclusive": "open",
}
_LEAST = 0.001
_NUMBER = r"-?\d+(?:\.\d+)?"
_BOUNDS = re.compile(rf"\[{_NUMBER}; {_NUMBER}\]|[<>] {_NUMBER}|{_NUMBER}–{_NUMBER}")
_WRITTEN = re.compile(r"-\d+(?:\.\d+)?|\d+\.\d+")  # what languages write differently; years are not grouped
_PLACED = re.compile(r"([a-z]+-[\d-]+), (\w+): (.+)")
_CHAPTER = re.compile(r"yearbook_\d{4}_(\d\d)")
_QUOTES = str.maketrans("“”", "«»")


@dataclass(frozen=True)
class Reason:
    """One line of the rule's trace: what was asked, what was found, what was needed, and whether it was met.

    What was found and needed carry the ids of their results.
    """

    criterion: str
    value: Line
    threshold: Line
    met: str


@dataclass(frozen=True)
class VerdictCard:
    """A verdict as it is read; `tone` steers the colour only, the label says it in words.

    Label and certainty carry the ids of their results; a verdict without certainty has an empty line. `page` is the
    leaf that tells all of it, empty where there is none.
    """

    id: str
    quote: str
    label: Line
    tone: Tone
    certainty: Line
    reasons: tuple[Reason, ...]
    gap: str
    heads: tuple[str, str, str, str]
    page: str = ""

    @property
    def anchor(self) -> str:
        """Id of the card inside its page."""
        return f"claim-{self.id}"


def verdict_card(claim: Mapping[str, Any], words: Words, *, page: str = "") -> VerdictCard:
    """Resolve a claim with its verdict into the reader's language.

    Parameters
    ----------
    claim : a claim as the claim schema describes it.
    words : texts, numbers and names of one language.
    page : the leaf that the card leads to.

    Raises
    ------
    TextError : a criterion, label or gap without a name in this language.
    UnknownNameError : a trace that the results do not hold.
    """
    verdict, quote = claim["verdict"], claim["quote"]
    return VerdictCard(
        id=str(claim["id"]),
        quote=_table_cell(claim, words) or _quoted(quote, words),
        label=_named(claim, "label", words),
        tone=_TONES.get(verdict["label"], "none"),
        certainty=_named(claim, "certainty", words),
        reasons=tuple(
            _reason(line, f"referee.{claim['id']}.trace.{number}", words)
            for number, line in enumerate(verdict["rule_trace"], start=1)
        ),
        gap=words.name(verdict["gap"], prefix="referee.gap") if verdict["gap"] else "",
        heads=_heads(words),
        page=page,
    )


def _named(claim: Mapping[str, Any], part: str, words: Words) -> Line:
    """Name the label or the certainty of a verdict; an empty line where the verdict has none."""
    value, full_id = claim["verdict"][part], f"referee.{claim['id']}.{part}"
    if value is None:
        return Line(())
    return plain_line(words.text(f"report.{part}.{value}"), full_id if full_id in words.numbers else None)


def _quoted(quote: Mapping[str, Any], words: Words) -> str:
    translated = quote.get("translation") if words.lang == "en" else ""
    return unbroken(str(translated or quote["text"]))


def _table_cell(claim: Mapping[str, Any], words: Words) -> str:
    """A quote that is a bare number of a table's cell says what it counts, where and when; else an empty text."""
    if any(map(str.isalpha, claim["quote"]["text"])):
        return ""
    check = next((check for check in claim["checks"] if "variable" in check["stats"]), None)
    if check is None:
        return ""
    reported, stats = check["reported"], check["stats"]
    printed = str(reported["string"])
    if words.lang == "en":
        digits = len(printed.replace(".", ",").partition(",")[2])
        printed = format_number(float(reported["value"]), digits, "en")
    unit = words.text(f"referee.unit.{stats['variable']}")
    number = printed + ("" if words.lang == "en" and unit == "%" else NBSP) + unit
    return f"{number} – {words.label(stats['variable'])}, {words.region(stats['region'])}, {stats['year']}"


def _heads(words: Words) -> tuple[str, str, str, str]:
    return (
        words.text("report.verdict.criterion"),
        words.text("report.verdict.found"),
        words.text("report.verdict.needed"),
        words.text("report.verdict.met"),
    )


def _reason(line: Mapping[str, Any], full_id: str, words: Words) -> Reason:
    met = {True: "report.yes", False: "report.no", None: "report.verdict.not_run"}[line["met"]]
    criterion = words.name(str(line["criterion"]), prefix="referee.criterion")
    found, needed = (_traced(line[part], f"{full_id}.{part}", words) for part in ("value", "threshold"))
    return Reason(criterion, found, needed, words.text(met))


def _traced(value: object, full_id: str, words: Words) -> Line:
    if value is None:
        return plain_line("–")
    return plain_line(_shown(words.value(full_id).value, words), full_id)


def _shown(value: Scalar, words: Words) -> str:
    if isinstance(value, bool):
        return words.text("report.yes" if value else "report.no")
    if isinstance(value, int | float):
        if 0 < value < _LEAST / 2:
            return "<" + NBSP + words.tick(_LEAST)
        return words.tick(round(float(value), 3 if abs(value) < 1 else 2))
    if _BOUNDS.fullmatch(str(value)):
        return _WRITTEN.sub(lambda number: words.tick(float(number.group())), str(value))
    if placed := _PLACED.fullmatch(str(value)):
        return _place(placed, words)
    named = words.name(str(value), prefix="referee.value")
    return named.translate(_QUOTES) if words.lang == "ru" else named


def _place(placed: re.Match[str], words: Words) -> str:
    """Say in which edition, in which of its files and where in it a figure stands."""
    edition, file, place = placed.groups()
    chapter = _CHAPTER.fullmatch(file)
    named = words.text(f"data.chapter.{chapter[1]}" if chapter else f"data.file.{file}")
    return f"{words.text(f'referee.edition.{edition}')}, {named}, {spoken_place(place).get(words.lang)}"
