"""The report as a PDF, set by Typst from data: no text of the report is ever read as markup."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import typst

from regional_econ._base.errors import TextError
from regional_econ._base.files import canonical_json
from regional_econ.report.charts.style import fonts_dir
from regional_econ.report.design import ROLES
from regional_econ.report.document import Card, Document, Fact, Item, Picture, Prose, Table
from regional_econ.report.packed import packed
from regional_econ.report.verdicts import VerdictCard

_COVER = "#163a66"
_LEVELS = (95, 80, 50)


def render_pdf(document: Document, drawn: Mapping[str, str], templates: Path, *, built: str = "") -> bytes:
    """Render a document as a tagged PDF (PDF/UA-1).

    Only the bundled fonts are used, in texts and in figures, so that the PDF is the same on every machine.

    Parameters
    ----------
    document : the report in one language.
    drawn : SVG text by figure id.
    templates : folder with report.typ.
    built : by which code, as the cover says it.

    Returns
    -------
    The file's bytes; the same document gives the same bytes.

    Raises
    ------
    TextError : Typst refused (a table wider than the page) or warned (a missing glyph); its own message is given.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes((templates / "report.typ").read_bytes())
        for picture, svg in drawn.items():
            (folder / f"{picture}.svg").write_text(svg, encoding="utf-8")
        packed_document = _pack(document) | {"built": built}
        for follow in (True, False):  # a chapter may follow on a page that is nearly empty, where figures allow it
            text = canonical_json(packed_document | {"follow": follow})
            (folder / "document.json").write_text(text, encoding="utf-8")
            pdf, warnings = _compiled(folder)
            if not any("converge" in message for message in warnings):
                break
    if warnings:
        raise TextError(f"the PDF is not clean: {warnings[0]}", advice="Mend reports/pdf/report.typ")
    return packed(pdf)


def _compiled(folder: Path) -> tuple[bytes, list[str]]:
    """Return the PDF of a folder and what Typst warns of."""
    try:
        pdf, warnings = typst.compile_with_warnings(
            folder / "report.typ",
            root=folder,
            font_paths=[fonts_dir()],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=0,
        )
    except typst.TypstError as error:
        raise TextError(f"the PDF cannot be set: {error.diagnostic}", advice="Mend report.typ") from error
    return bytes(pdf), [warning.message for warning in warnings]


def _pack(document: Document) -> dict[str, Any]:
    begins = {part.chapters[0]: part.title for part in document.parts}
    return {
        "lang": document.lang,
        "title": document.title,
        "subtitle": document.subtitle,
        "answer": [line.text for line in document.answer],
        "terms": dict(document.terms),
        "palette": {colour.name: colour.light for colour in ROLES} | {"deep": _COVER},
        "cover": _cover(document.pictures()),
        "summary": [{"title": part.title, "text": part.summary.text} for part in document.parts],
        "chapters": [
            {
                "part": begins.get(c.id, ""), "number": c.number, "title": c.title,
                "items": [_pack_item(item) for item in c.items],
            }
            for c in document.chapters
        ],
    }  # fmt: skip


def _pack_item(item: Item) -> dict[str, Any]:
    match item:
        case Prose():
            return {"kind": "prose", "text": item.text}
        case Table():
            return {
                "kind": "table", "number": item.number, "caption": item.caption.text,
                "heads": [{"text": head.text, "align": head.align} for head in item.heads],
                "rows": [[[line.text for line in cell] for cell in row] for row in item.rows],
            }  # fmt: skip
        case Picture():
            return {
                "kind": "picture", "number": item.number, "caption": item.caption.text, "alt": item.alt,
                "file": f"{item.id}.svg",
            }  # fmt: skip
        case VerdictCard():
            aligns = ("left", "right", "right", "left")
            return {
                "kind": "verdict", "id": item.id, "label": item.label.text, "tone": item.tone,
                "certainty": item.certainty.text, "quote": item.quote, "gap": item.gap,
                "heads": [{"text": head, "align": align} for head, align in zip(item.heads, aligns, strict=True)],
                "reasons": [[[r.criterion], [r.value.text], [r.threshold.text], [r.met]] for r in item.reasons],
            }  # fmt: skip
        case Card():
            return {
                "kind": "card", "id": item.id, "title": item.title.text, "tag": item.tag.text, "tone": item.tone,
                "lead": item.lead.text, "facts": _facts((*item.facts, *item.more)),
            }  # fmt: skip


def _facts(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [{"label": fact.label, "lines": [line.text for line in fact.lines]} for fact in facts]


def _cover(pictures: Sequence[Picture]) -> dict[str, Any] | None:
    """Return the report's first fan as lines and bands between 0 and 1, the ornament of the cover."""
    frame = next((picture.frame for picture in pictures if picture.kind == "fan"), None)
    if frame is None:
        return None
    wide = frame.pivot(index="year", columns="series", values="value").sort_index()
    wide = wide.filter(regex=r"^(actual_(?!later)|p50$|(lo|hi)(50|80|95)$)")
    lines = [_points(wide[name]) for name in wide if str(name).startswith("actual_")]
    start = max((line[-1:] for line in lines if line), default=[])
    bands = [
        start + _points(wide[f"lo{level}"]) + _points(wide[f"hi{level}"])[::-1]
        for level in _LEVELS
        if f"lo{level}" in wide
    ]
    lines.append(start + _points(wide["p50"]))
    years = (float(wide.index.min()), float(wide.index.max()))
    values = (float(wide.min().min()), float(wide.max().max()))
    return {
        "bands": [_scaled(band, years, values) for band in bands],
        "lines": [_scaled(line, years, values) for line in lines if len(line) > 1],
    }


def _points(series: pd.Series) -> list[tuple[float, float]]:
    known = series.dropna()
    return list(zip(known.index.to_numpy(float).tolist(), known.to_numpy(float).tolist(), strict=True))


def _scaled(
    points: Sequence[tuple[float, float]], years: tuple[float, float], values: tuple[float, float]
) -> list[list[float]]:
    return [
        [round((at - low) / (high - low or 1.0), 4) for at, (low, high) in zip(point, (years, values), strict=True)]
        for point in points
    ]
