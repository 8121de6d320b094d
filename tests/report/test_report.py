"""The finished report: both media, both languages, the same bytes every time, nothing unescaped."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import report_sample as sample
from pypdf import PdfReader

from regional_econ._base.errors import StoreError, TextError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.core.section import FIGURE_KINDS, Paragraph, Section
from regional_econ.core.workspace import Workspace
from regional_econ.report.build import SECTION_ORDER, picture, read_sections, write_report
from regional_econ.report.document import document


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_report(sample.sections(), [sample.words("ru"), sample.words("en")], sample.TEMPLATES, folder, front="sample")
    return folder


def page(folder: Path, lang: str) -> str:
    return (folder / f"report_{lang}.html").read_text(encoding="utf-8")


def pdf_text(folder: Path, lang: str) -> str:
    reader = PdfReader(io.BytesIO((folder / f"report_{lang}.pdf").read_bytes()))
    return " ".join(" ".join(leaf.extract_text().split()) for leaf in reader.pages)


class Elements(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_a_hostile_name_reaches_neither_page_nor_pdf_as_markup(built: Path, lang: str) -> None:
    text = page(built, lang)
    assert "script" not in {tag for tag, _ in Elements(text).found}
    assert "<b>region" not in text
    assert "<b>региона" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "#strong[Область]" in pdf_text(built, lang)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_page_asks_the_network_for_nothing_and_is_valid_enough(built: Path, lang: str) -> None:
    found = Elements(page(built, lang)).found
    assert dict(found)["html"]["lang"] == lang
    ids = [attrs["id"] for _, attrs in found if attrs.get("id")]
    assert len(ids) == len(set(ids))
    links = [attrs.get(key) or "" for _, attrs in found for key in ("src", "href", "xlink:href", "action")]
    other = "en" if lang == "ru" else "ru"
    assert {link.split(":")[0] for link in links if link and not link.startswith("#")} == {
        "data",
        f"report_{other}.html",
    }
    assert "@import" not in page(built, lang)
    assert not re.search(r"url\((?!#)", page(built, lang))
    targets = {link[1:] for link in links if link.startswith("#")}
    assert targets <= set(ids)
    pictures = [attrs for tag, attrs in found if attrs.get("role") == "img"]
    assert len(pictures) == len(FIGURE_KINDS)
    assert all(attrs["aria-label"] for attrs in pictures)


def test_page_and_pdf_hold_the_same_texts(built: Path) -> None:
    for lang in ("ru", "en"):
        words = sample.words(lang)
        read = document(sample.sections(), words, front="sample")
        flat = pdf_text(built, lang).replace("\u00a0", " ").replace("\u202f", " ")
        for text in (read.title, read.chapters[0].title, words.text("report.label.contradicted"), "C06"):
            assert text in unescape(page(built, lang))
            assert text in flat
        assert words.num("demo.grp", unit=False).replace("\u202f", " ") in flat


def test_the_download_beside_a_figure_is_its_frame(built: Path) -> None:
    links = [a for tag, a in Elements(page(built, "en")).found if tag == "a" and a.get("download") == "sample-fan.csv"]
    content = base64.b64decode(str(links[0]["href"]).partition("base64,")[2])
    assert content == (built / "figures" / "sample-fan.csv").read_bytes()
    assert content.decode().splitlines()[0] == "year,series,value"


def test_the_pdf_is_tagged_and_says_its_language(built: Path) -> None:
    for lang in ("ru", "en"):
        catalog = PdfReader(built / f"report_{lang}.pdf").trailer["/Root"]
        assert str(catalog["/Lang"]).startswith(lang)
        assert catalog["/MarkInfo"]["/Marked"]


def test_two_builds_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    texts = [sample.words("ru"), sample.words("en")]
    write_report(sample.sections(), texts, sample.TEMPLATES, tmp_path, front="sample")
    hashes = [
        {p.relative_to(f).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in f.rglob("*") if p.is_file()}
        for f in (built, tmp_path)
    ]
    assert hashes[0] == hashes[1]
    assert {name.rpartition(".")[2] for name in hashes[0]} == {"html", "pdf", "svg", "csv"}


def test_one_language_stands_alone(tmp_path: Path) -> None:
    write_report(sample.sections()[:1], [sample.words("en")], sample.TEMPLATES, tmp_path, front="sample")
    assert "report_ru" not in page(tmp_path, "en")


@pytest.mark.parametrize(("text", "kind"), [("sample.bare", TextError), ("sample.no_such_text", UnknownNameError)])
def test_a_bad_text_stops_the_build_before_anything_is_written(
    tmp_path: Path, text: str, kind: type[Exception]
) -> None:
    sections = [Section("data", "sample.data", (Paragraph(text),))]
    with pytest.raises(kind, match=text.replace(".", r"\.")):
        write_report(sections, [sample.words("en"), sample.words("ru")], sample.TEMPLATES, tmp_path, front="sample")
    assert not list(tmp_path.iterdir())


def test_a_gap_or_criterion_without_a_name_stops_the_build() -> None:
    words = sample.words("en")
    texts = {key: value for key, value in words.catalogue.texts.items() if key != "referee.criterion.sign_share"}
    with pytest.raises(TextError, match=r"referee\.criterion\.sign_share"):
        document(sample.sections(), replace(words, catalogue=replace(words.catalogue, texts=texts)), front="sample")


def test_every_label_and_certainty_has_a_name() -> None:
    schema = json.loads((sample.ROOT / "data" / "schemas" / "claim.schema.json").read_text(encoding="utf-8"))
    verdict = schema["properties"]["verdict"]["properties"]
    texts = sample.catalogue().texts
    for kind, names in (("label", verdict["label"]["enum"]), ("certainty", verdict["certainty"]["enum"])):
        missing = [name for name in names if name is not None and f"report.{kind}.{name}" not in texts]
        assert missing == []


def test_a_missing_section_names_the_command_that_makes_it(tmp_path: Path) -> None:
    study = tmp_path / "analyses" / "study.toml"
    study.parent.mkdir()
    study.write_bytes((sample.ROOT / "analyses" / "study.toml").read_bytes())
    workspace = Workspace(study, "quick")
    for name in SECTION_ORDER[:-1]:
        workspace.write_section(Section(name, "sample.data", ()))
    with pytest.raises(StoreError, match=r"provenance.*reproduce --profile quick"):
        read_sections(workspace)
    workspace.write_section(Section("provenance", "sample.data", ()))
    assert [section.id for section in read_sections(workspace)] == list(SECTION_ORDER)


def test_one_figure_can_leave_the_report(tmp_path: Path) -> None:
    study = tmp_path / "analyses" / "study.toml"
    study.parent.mkdir()
    study.write_bytes((sample.ROOT / "analyses" / "study.toml").read_bytes())
    workspace = Workspace(study, "quick")
    workspace.write_section(sample.sections()[0])
    svg = picture(workspace, "sample-fan", labels=sample.LABELS, regions=sample.REGIONS)
    assert svg.count("<path") > 10
    with pytest.raises(UnknownNameError, match="sample-fan"):
        picture(workspace, "sample-fam", labels=sample.LABELS, regions=sample.REGIONS)


def test_texts_of_the_report_have_both_halves_and_no_bare_number() -> None:
    for lang in ("ru", "en"):
        words = sample.words(lang)
        for key in words.catalogue.texts:
            if key.startswith(("report.figure", "report.label", "report.method", "report.choice", "report.unit")):
                assert words.text(key)
    assert isinstance(sample.LABELS["wear_pct"], Text)
