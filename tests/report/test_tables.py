"""A table of regressions: the same words in every format, nothing in them read as markup, the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pandas as pd
import pytest
import report_sample as sample
import typst
from pypdf import PdfReader

from regional_econ._base.errors import OptionError
from regional_econ._base.text import LANGS, Lang, Text
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.report.tables import RegressionTable, etable

NASTY = sample.HOSTILE + " $x$ 50% _a_ `raw` // @ref *b* ~ ^ {c} \\"


def estimate_of(terms: list[str], effects: str, n_obs: int = 1368) -> Estimate:
    params = pd.Series(-np.arange(1.0, len(terms) + 1), index=terms)
    covariance = pd.DataFrame(np.eye(len(terms)) * 0.25, index=terms, columns=terms)
    return Estimate(params, covariance, Spec("y ~ x", "fe", effects, "cluster:region"), "", {"n_obs": n_obs, "r2": 0.5})


def two(lang: Lang = "en") -> RegressionTable:
    models = [estimate_of(["ln(x)", "wear_pct"], "region"), estimate_of(["wear_pct"], "region+year", 41)]
    return etable(models, names=["A", NASTY], labels={"wear_pct": Text("Износ", NASTY)}, lang=lang)


def test_the_frame_has_a_column_a_model_and_a_standard_error_under_each_coefficient() -> None:
    models = [estimate_of(["ln(x)", "wear_pct"], "region"), estimate_of(["wear_pct"], "own")]
    frame = etable(models, digits=2).to_frame()
    assert frame["(1)"].tolist() == ["−1.00", "(0.50)", "−2.00", "(0.50)", "1368", "0.500", "region", "cluster:region"]
    assert frame["(2)"].tolist() == ["", "", "−1.00", "(0.50)", "1368", "0.500", "own", "cluster:region"]
    assert list(frame.index[:3]) == [("ln(x)", "estimate"), ("ln(x)", "std_error"), ("wear_pct", "estimate")]


def test_both_languages_have_their_words_and_their_decimal_sign() -> None:
    assert {("Наблюдения", ""), ("Износ", "estimate")} <= set(two("ru").to_frame().index)
    assert "регион и год" in str(two("ru"))
    assert "−1,000" in str(two("ru"))
    assert str(two("ru")).endswith("В скобках стандартные ошибки.")


def test_two_variables_of_one_label_keep_their_own_rows() -> None:
    same = {"a": Text("x", "x"), "b": Text("x", "x")}
    assert etable(estimate_of(["a", "b"], "none"), labels=same).to_frame().iloc[:4, 0].tolist() == [
        "−1.000", "(0.500)", "−2.000", "(0.500)",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_html_escapes_every_text_and_repeats_its_bytes(lang: Lang) -> None:
    page = two(lang).to_html()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "−1,000<br>(0,500)" in page or lang == "en"
    assert page == two(lang).to_html()
    assert not re.search(r"(src|href)=|url\(|@import", page)


@pytest.mark.parametrize("lang", LANGS)
def test_typst_reads_every_text_as_text(lang: Lang, tmp_path: Path) -> None:
    (tmp_path / "t.typ").write_text("#set page(width: 90cm)\n" + two(lang).to_typst(), encoding="utf-8")
    page = PdfReader(io.BytesIO(typst.compile(tmp_path / "t.typ"))).pages[0].extract_text()
    assert "".join(NASTY.split()) in "".join(page.split())


def test_latex_escapes_what_latex_would_read() -> None:
    text = two().to_latex()
    assert r"\& \#strong[Область] \$x\$ 50\% \_a\_" in text
    assert r"\textasciitilde{} \textasciicircum{} \{c\} \textbackslash{}" in text
    assert r"\makecell{$-$1.000\\(0.500)}" in text


def test_word_holds_the_same_texts_without_author_or_time(tmp_path: Path) -> None:
    one, other = two("ru").to_docx(tmp_path / "a.docx"), two("ru").to_docx(tmp_path / "b.docx")
    assert one.read_bytes() == other.read_bytes()
    rows = [[cell.text for cell in row.cells] for row in docx.Document(str(one)).tables[0].rows]
    assert rows[0] == ["", "A", NASTY]
    assert rows[2] == ["Износ", "−2,000\n(0,500)", "−1,000\n(0,500)"]
    with zipfile.ZipFile(one) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode("utf-8")
    assert "creator" not in properties
    assert "created" not in properties


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lang": "fr"}, "lang cannot be 'fr'"),
        ({"names": ["A"]}, "1 names"),
        ({"names": ["A", "A"]}, "1 of them different"),
        ({"digits": -1}, "digits cannot be -1"),
    ],
)
def test_options_that_make_no_table_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        etable([estimate_of(["x"], "region"), estimate_of(["x"], "year")], **options)
    with pytest.raises(OptionError, match="no estimates"):
        etable([])
