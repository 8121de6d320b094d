"""The report as a PDF, set by Typst from data: no text of the report is ever read as markup."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from regional_econ._base.errors import TextError
from regional_econ._base.files import canonical_json
from regional_econ.report.document import Document, Item, Picture, Prose, Table
from regional_econ.report.verdicts import VerdictCard


def render_pdf(document: Document, drawn: Mapping[str, str], templates: Path) -> bytes:
    """Render a document as a tagged PDF (PDF/UA-1).

    Only the fonts inside the Typst wheel are used, so that the PDF is the same on every machine.

    Parameters
    ----------
    document : the report in one language.
    drawn : SVG text by figure id.
    templates : folder with report.typ.

    Returns
    -------
    The file's bytes; the same document gives the same bytes.

    Raises
    ------
    TextError : Typst refused or warned (a missing glyph, for one); its own message is given.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes((templates / "report.typ").read_bytes())
        (folder / "document.json").write_text(canonical_json(_pack(document)), encoding="utf-8")
        for picture, svg in drawn.items():
            (folder / f"{picture}.svg").write_text(svg, encoding="utf-8")
        try:
            pdf, warnings = typst.compile_with_warnings(
                folder / "report.typ",
                root=folder,
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=["ua-1"],
                timestamp=0,
            )
        except typst.TypstError as error:
            raise TextError(f"the PDF cannot be set: {error.diagnostic}", advice="Mend report.typ") from error
    if warnings:
        raise TextError(f"the PDF is not clean: {warnings[0].message}", advice="Mend reports/templates/report.typ")
    return bytes(pdf)


def _pack(document: Document) -> dict[str, Any]:
    return {
        "lang": document.lang,
        "title": document.title,
        "subtitle": document.subtitle,
        "answer": document.answer,
        "terms": dict(document.terms),
        "chapters": [
            {"number": c.number, "title": c.title, "items": [_pack_item(item) for item in c.items]}
            for c in document.chapters
        ],
    }


def _pack_item(item: Item) -> dict[str, Any]:
    match item:
        case Prose(text):
            return {"kind": "prose", "text": text}
        case Table():
            heads = [vars(head) for head in item.heads]
            rows = [[list(cell) for cell in row] for row in item.rows]
            return {"kind": "table", "number": item.number, "caption": item.caption, "heads": heads, "rows": rows}
        case Picture():
            file = f"{item.id}.svg"
            return {
                "kind": "picture", "number": item.number, "caption": item.caption, "alt": item.alt, "file": file
            }  # fmt: skip
        case VerdictCard():
            reasons = [vars(reason) for reason in item.reasons]
            return {"kind": "verdict", **vars(item), "heads": list(item.heads), "reasons": reasons}
