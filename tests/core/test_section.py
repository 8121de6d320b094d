"""Sections survive their files, block by block and cell by cell, and damage is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import OptionError, StoreError
from regional_econ.core.section import (
    Bilingual,
    CardBlock,
    Column,
    FigureBlock,
    FigureRef,
    LabelRef,
    Leaf,
    NumberRef,
    PageRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
    VerdictBlock,
)

FRAME = pd.DataFrame({"year": np.array([2020, 2021]), "series": ["p50", None], "value": [1.5, float("nan")]})
OPTIONS = {"origin_year": 2022, "break_years": (2017.0, 2019.0), "log": True, "unit": "%", "order": ("b", "a")}
CELLS = (
    NumberRef("panel.n"),
    NumberRef("panel.n", "({})"),
    TextRef("t"),
    TextRef("t", "panel"),
    LabelRef("wear_pct"),
    Verbatim("18.12.1"),
    Bilingual("да", "yes"),
    PageRef("claim_c01", "C01"),
    Stack((Verbatim("a"), Stack((Verbatim("b"), NumberRef("n"))))),
)
CARD = CardBlock(
    "L01", Bilingual("имя", "name"), "tag", "open", TextRef("lead"), (("unit", Verbatim("%")),), (("more", CELLS[-1]),)
)
PLAIN = (
    Paragraph("p"),
    Paragraph("p", "panel"),
    TableBlock("t", "c", (Column("a", "h", "right", 2.0), Column("b", "h")), (CELLS[:2], CELLS[2:4], CELLS[4:6])),
    TableBlock("u", "c", (Column("a", "h", "center"),), tuple((cell,) for cell in CELLS)),
    VerdictBlock("v", {"id": "Q06", "checks": [{"id": "main"}]}),
    VerdictBlock("w", {"id": "Q07"}, "claim_q07"),
    CARD,
)
FIGURE = FigureBlock("f", "fan", FRAME, "caption", "alt", OPTIONS)
SECTION = Section(
    "s",
    "title",
    (*PLAIN, FIGURE),
    (Leaf("one", TextRef("title"), (FigureRef("f"), *PLAIN)), Leaf("two", Verbatim("2"), (Paragraph("q"),))),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    SECTION.write(tmp_path / "s.json")
    return tmp_path / "s.json"


def test_every_block_and_cell_survives(path: Path) -> None:
    again = Section.read(path)
    assert (again.id, again.title) == ("s", "title")
    assert again.blocks[:-1] == PLAIN
    assert again.leaves == SECTION.leaves
    assert str(again) == "Section s with 8 blocks and 2 leaves."
    assert str(Section("s", "t", PLAIN)) == "Section s with 7 blocks."


def test_a_figure_keeps_its_frame_and_options(path: Path) -> None:
    figure = Section.read(path).blocks[-1]
    assert isinstance(figure, FigureBlock)
    assert (figure.id, figure.kind, figure.caption, figure.alt) == ("f", "fan", "caption", "alt")
    assert figure.options == OPTIONS
    pd.testing.assert_frame_equal(figure.data, FRAME)


def test_what_is_empty_is_not_written(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["blocks"][0] == {"block": "paragraph", "text": "p"}
    assert "page" not in document["blocks"][4]
    assert document["blocks"][3]["rows"][2] == [{"cell": "text", "id": "t"}]
    Section("s", "t", PLAIN).write(path)
    assert "leaves" not in json.loads(path.read_text(encoding="utf-8"))
    assert Section.read(path) == Section("s", "t", PLAIN)


@pytest.mark.parametrize(
    "damaged",
    [
        {"id": "s", "title": "t"},
        {"id": "s", "title": "t", "blocks": [{"block": "film"}]},
        {"id": "s", "title": "t", "blocks": [{"block": "paragraph"}]},
        {"id": "s", "title": "t", "blocks": [], "leaves": [{"id": "l", "title": {"cell": "film"}, "blocks": []}]},
        {"id": "s", "title": "t", "blocks": 3},
    ],
)
def test_a_damaged_section_says_what_to_do(path: Path, damaged: dict[str, Any]) -> None:
    path.write_text(json.dumps(damaged), encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        Section.read(path)
    assert str(caught.value) == f"damaged section ({path}). Delete it and run again."


def test_a_kind_or_tone_that_is_none_is_refused() -> None:
    with pytest.raises(OptionError, match="Choose one of: fan, coefficients"):
        FigureBlock("f", "pie", FRAME, "c", "a")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="Choose one of: for, open, none"):
        CardBlock("c", Verbatim("c"), "tag", "against", Verbatim("l"), ())  # type: ignore[arg-type]
