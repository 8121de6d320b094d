"""What the report shows, without a language and without a medium: rooms write sections, renderers read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from regional_econ._base.errors import StoreError
from regional_econ._base.files import read_json, write_json
from regional_econ._base.options import check_option

if TYPE_CHECKING:
    import pandas as pd

FigureKind = Literal[
    "fan", "coefficients", "scenario", "calibration", "small_multiples", "specification_curve", "tile_map",
    "availability", "statuses", "revisions", "waterfall", "density", "decomposition", "dag", "contour", "bars",
    "intervals", "histograms", "earlier_fans", "tornado", "course", "ranges",
]  # fmt: skip
PARTS: Mapping[str, tuple[str, ...]] = {
    "methods": ("methods",),
    "data": ("data",),
    "results": (
        "panel", "panel_robustness", "panel_dynamic", "panel_heterogeneity", "panel_spatial", "questions", "causal",
        "causal_stress", "causal_events", "causal_mining", "elasticities",
    ),
    "forecasts": ("forecast", "forecast_scores"),
    "policy": ("policy", "policy_answers", "levers", "policy_history"),
    "referee": ("referee", "referee_letter"),
    "diagnostics": (
        "panel_errors", "panel_diagnostics", "panel_time_series", "panel_power", "panel_dynamic_study",
        "panel_estimators", "causal_falsifications", "causal_planted", "scale",
    ),
    "sources": ("references", "provenance", "reproducibility", "speed"),
}  # fmt: skip
SECTION_ORDER = tuple(name for part in PARTS.values() for name in part)
Align = Literal["left", "right", "center"]
CardTone = Literal["for", "open", "none"]
OptionValue = str | float | int | bool | None | tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True)
class NumberRef:
    """A number by its result id; ``template`` may wrap it, as in ``({})``."""

    id: str
    template: str = "{}"


@dataclass(frozen=True)
class TextRef:
    """A text by its id, filled like a paragraph; ``own`` is the result that the text calls its own."""

    id: str
    own: str = ""


@dataclass(frozen=True)
class LabelRef:
    """The label of a variable or the name of a region, by its id."""

    id: str


@dataclass(frozen=True)
class Verbatim:
    """A string that is the same in both languages: an id, a file name, a quote."""

    text: str


@dataclass(frozen=True)
class Bilingual:
    """Words of the data in both languages, such as a quote and its translation; not a text of the report."""

    ru: str
    en: str


@dataclass(frozen=True)
class PageRef:
    """A link to a leaf by its id; where there are no leaves only its text is printed."""

    id: str
    text: str


@dataclass(frozen=True)
class Stack:
    """Several cells above each other, such as an estimate and its standard error."""

    cells: tuple[Cell, ...]


Cell = NumberRef | TextRef | LabelRef | Verbatim | Bilingual | PageRef | Stack


@dataclass(frozen=True)
class Column:
    """A table column: key, header (text id), alignment and relative width."""

    key: str
    header: str
    align: Align = "left"
    width: float = 1.0


@dataclass(frozen=True)
class Paragraph:
    """A text by its id; numbers in it stand by result id, ``own`` is the result that the text calls its own."""

    text: str
    own: str = ""


@dataclass(frozen=True)
class TableBlock:
    """A table: caption and headers are text ids."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class FigureBlock:
    """A figure: its kind, the frame it draws (which is also its CSV), caption and alt text by id."""

    id: str
    kind: FigureKind
    data: pd.DataFrame
    caption: str
    alt: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_option("figure kind", self.kind, FigureKind)


@dataclass(frozen=True)
class VerdictBlock:
    """One verdict: the claim with its checks, as in the claim schema; ``page`` is the leaf that tells all of it."""

    id: str
    claim: Mapping[str, Any]
    page: str = ""


@dataclass(frozen=True)
class CardBlock:
    """A card about one thing: its id and name, a tag in a colour, the words it starts from, and named facts.

    ``facts`` and ``more`` hold a label (text id) and a cell each; what is in ``more`` folds away on the site.
    """

    id: str
    title: Cell
    tag: str
    tone: CardTone
    lead: Cell
    facts: tuple[tuple[str, Cell], ...]
    more: tuple[tuple[str, Cell], ...] = ()

    def __post_init__(self) -> None:
        check_option("card tone", self.tone, CardTone)


@dataclass(frozen=True)
class FigureRef:
    """A figure of a section, shown again on a leaf by its id."""

    id: str


Block = Paragraph | TableBlock | FigureBlock | VerdictBlock | CardBlock
LeafBlock = Block | FigureRef
_CELLS: dict[str, type[Any]] = {
    "number": NumberRef,
    "text": TextRef,
    "label": LabelRef,
    "verbatim": Verbatim,
    "bilingual": Bilingual,
    "page": PageRef,
}
_CELL_NAMES = {kind: name for name, kind in _CELLS.items()}


@dataclass(frozen=True)
class Leaf:
    """A page of its own below a section; the site shows it, the PDF leaves it out."""

    id: str
    title: Cell
    blocks: tuple[LeafBlock, ...]


@dataclass(frozen=True)
class Section:
    """A titled run of blocks, and the leaves below it in the order in which one follows the other."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    leaves: tuple[Leaf, ...] = ()

    def write(self, path: Path) -> None:
        """Write the section as JSON."""
        document: dict[str, Any] = {"id": self.id, "title": self.title, "blocks": [_pack(one) for one in self.blocks]}
        if self.leaves:
            document["leaves"] = [
                {"id": leaf.id, "title": _pack_cell(leaf.title), "blocks": [_pack(block) for block in leaf.blocks]}
                for leaf in self.leaves
            ]
        write_json(path, document)

    @classmethod
    def read(cls, path: Path) -> Section:
        """Read a section.

        Raises
        ------
        StoreError : the file is missing or damaged.
        """
        document = read_json(path)
        try:
            blocks = tuple(_unpack(block) for block in document["blocks"])
            leaves = tuple(
                Leaf(leaf["id"], _unpack_cell(leaf["title"]), tuple(_unpack_leaf(one) for one in leaf["blocks"]))
                for leaf in document.get("leaves", ())
            )
            return cls(document["id"], document["title"], blocks, leaves)
        except (KeyError, TypeError) as error:
            raise StoreError("damaged section", where=str(path), advice="Delete it and run again") from error

    def __str__(self) -> str:
        below = f" and {len(self.leaves)} leaves" if self.leaves else ""
        return f"Section {self.id} with {len(self.blocks)} blocks{below}."


def _pack(block: LeafBlock) -> dict[str, Any]:
    match block:
        case Paragraph(text, own):
            return {"block": "paragraph", "text": text} | ({"own": own} if own else {})
        case FigureRef(id):
            return {"block": "figure_ref", "id": id}
        case TableBlock():
            columns = [vars(column) for column in block.columns]
            rows = [[_pack_cell(cell) for cell in row] for row in block.rows]
            return {
                "block": "table",
                "id": block.id,
                "caption": block.caption,
                "columns": columns,
                "rows": rows,
            }
        case FigureBlock():
            options = {key: list(v) if isinstance(v, tuple) else v for key, v in block.options.items()}
            return {
                "block": "figure", "id": block.id, "kind": block.kind, "caption": block.caption, "alt": block.alt,
                "options": options, "data": _pack_frame(block.data),
            }  # fmt: skip
        case VerdictBlock():
            page = {"page": block.page} if block.page else {}
            return {"block": "verdict", "id": block.id, "claim": dict(block.claim), **page}
        case CardBlock():
            facts, more = ([[label, _pack_cell(cell)] for label, cell in part] for part in (block.facts, block.more))
            return {
                "block": "card", "id": block.id, "title": _pack_cell(block.title), "tag": block.tag,
                "tone": block.tone, "lead": _pack_cell(block.lead), "facts": facts, "more": more,
            }  # fmt: skip


def _unpack_leaf(document: Mapping[str, Any]) -> LeafBlock:
    return FigureRef(document["id"]) if document["block"] == "figure_ref" else _unpack(document)


def _unpack(document: Mapping[str, Any]) -> Block:
    match document["block"]:
        case "paragraph":
            return Paragraph(document["text"], document.get("own", ""))
        case "table":
            columns = tuple(Column(**column) for column in document["columns"])
            rows = tuple(tuple(_unpack_cell(cell) for cell in row) for row in document["rows"])
            return TableBlock(document["id"], document["caption"], columns, rows)
        case "figure":
            from pandas import DataFrame

            options = {key: tuple(v) if isinstance(v, list) else v for key, v in document["options"].items()}
            data = DataFrame(document["data"]["rows"], columns=document["data"]["columns"])
            kind = document["kind"]
            return FigureBlock(document["id"], kind, data, document["caption"], document["alt"], options)
        case "verdict":
            return VerdictBlock(document["id"], document["claim"], document.get("page", ""))
        case "card":
            title, lead = _unpack_cell(document["title"]), _unpack_cell(document["lead"])
            facts, more = (
                tuple((label, _unpack_cell(cell)) for label, cell in document[part]) for part in ("facts", "more")
            )
            return CardBlock(document["id"], title, document["tag"], document["tone"], lead, facts, more)
        case other:
            raise KeyError(other)


def _pack_cell(cell: Cell) -> dict[str, Any]:
    if isinstance(cell, Stack):
        return {"cell": "stack", "cells": [_pack_cell(part) for part in cell.cells]}
    fields = {key: value for key, value in vars(cell).items() if key != "own" or value}
    return {"cell": _CELL_NAMES[type(cell)], **fields}


def _unpack_cell(document: Mapping[str, Any]) -> Cell:
    if document["cell"] == "stack":
        return Stack(tuple(_unpack_cell(part) for part in document["cells"]))
    fields = {key: value for key, value in document.items() if key != "cell"}
    cell: Cell = _CELLS[document["cell"]](**fields)
    return cell


def _pack_frame(frame: pd.DataFrame) -> dict[str, Any]:
    from pandas import isna

    columns = [str(column) for column in frame.columns]
    rows = frame.itertuples(index=False, name=None)
    return {"columns": columns, "rows": [[None if isna(value) else _plain(value) for value in row] for row in rows]}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


FIGURE_KINDS: tuple[str, ...] = get_args(FigureKind)
