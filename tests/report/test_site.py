"""The site: nothing unescaped, nothing from outside, every link and number accounted for, the same bytes every time."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import report_sample as sample
from fontTools.ttLib import TTFont
from walk import loose_digits, printed_numbers, read_page, wrong_numbers

from regional_econ._base.errors import OptionError, StoreError, UnknownNameError
from regional_econ.core.code import Code, Made
from regional_econ.core.section import FIGURE_KINDS, Section
from regional_econ.report.build import write_report
from regional_econ.report.charts.style import DARK, PAPER
from regional_econ.report.design import ROLES, theme_css
from regional_econ.report.document import document
from regional_econ.report.folder import MANIFEST, Part, read_report, replace_files
from regional_econ.report.numbers import inflated
from regional_econ.report.search import search_entries

LANGS = ("ru", "en")
KILOBYTE = 1024


def build(out: Path, *langs: str, only: Part = "site", sections: list[Section] | None = None) -> list[Path]:
    texts = [sample.words(lang) for lang in LANGS if lang in (langs or LANGS)]
    found = sample.sections() if sections is None else sections
    return write_report(found, texts, sample.ledger(), sample.SOURCES, out, front="sample", only=only)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(folder)
    return folder


class Page(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.found if name in attrs]

    def addresses(self) -> Iterator[str]:
        yield from (address for name in ("href", "src") for address in self.all(name))
        up = next(iter(self.all("data-path")), "")
        yield from (up + value for name in ("data-vega", "data-search", "data-numbers") for value in self.all(name))


def pages(site: Path) -> list[Path]:
    return sorted(site.glob("*/*.html"))


def handed(path: Path) -> list[object]:
    """The arguments with which a script calls the page, the last of them unpacked."""
    call = path.read_text(encoding="utf-8")
    *names, packed = json.loads(f"[{call[call.index('(') + 1 : call.rindex(')')]}]")
    return [*names, json.loads(inflated(packed))]


def test_a_hostile_name_is_escaped_in_every_file_that_a_browser_reads(site: Path) -> None:
    read = [path for path in site.rglob("*") if path.suffix in (".html", ".js", ".svg") and path.name != "vega.js"]
    assert [path for path in read if "<script>alert" in path.read_text(encoding="utf-8")] == []
    assert all("src" in attrs for path in pages(site) for tag, attrs in Page(path).found if tag == "script")
    shown = (site / "en" / "data.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<b>region" not in (site / "en" / "referee.html").read_text(encoding="utf-8")
    assert sample.HOSTILE in json.dumps(handed(site / "search" / "en.js"), ensure_ascii=False)


@pytest.mark.parametrize("missing", ["report.card.data", "report.site.search", "report.design.kind.fan"])
def test_a_missing_text_stops_the_build_by_its_id_before_anything_is_written(tmp_path: Path, missing: str) -> None:
    words = sample.words("en")
    texts = {key: text for key, text in words.catalogue.texts.items() if key != missing}
    poorer = replace(words, catalogue=replace(words.catalogue, texts=texts))
    with pytest.raises(UnknownNameError, match=missing.replace(".", r"\.")):
        write_report(
            sample.sections()[:1], [poorer], sample.ledger(), sample.SOURCES, tmp_path, front="sample", only="site"
        )
    assert not list(tmp_path.iterdir())


def test_every_link_leads_somewhere_and_none_leaves_the_folder(site: Path) -> None:
    read = {path: Page(path) for path in [site / "index.html", *pages(site)]}
    lost = []
    for path, page in read.items():
        ids = page.all("id")
        assert len(ids) == len(set(ids)), path
        for address in page.addresses():
            target, _, anchor = address.partition("#")
            target = target.partition("?")[0]
            if address == "data:,":
                continue
            goal = (path.parent / target).resolve() if target else path
            if not goal.is_file() or not goal.is_relative_to(site) or (anchor and anchor not in read[goal].all("id")):
                lost.append((path.name, address))
        for figure in page.all("data-chart"):
            if not (site / "charts" / f"{figure}_{path.parent.name}.js").is_file():
                lost.append((path.name, figure))
    assert lost == []


def test_nothing_is_asked_of_the_network(site: Path) -> None:
    outside = re.compile(r"(?:https?:|[\"'(])//")
    allowed = re.compile(r"http://www\.w3\.org/(?:2000/svg|1999/xlink)")
    for path in site.rglob("*"):
        if path.suffix in (".html", ".css", ".js", ".svg") and path.name != "vega.js":
            assert not outside.search(allowed.sub("", path.read_text(encoding="utf-8"))), path
    assert not re.search(r"\b(fetch|XMLHttpRequest|import)\s*\(", (site / "assets" / "site.js").read_text("utf-8"))
    assert not any(attrs.get("type") == "module" for path in pages(site) for _, attrs in Page(path).found)
    fonts = re.findall(r'url\("([^"]+)"\)', (site / "assets" / "site.css").read_text(encoding="utf-8"))
    assert fonts
    assert all((site / "assets" / font).is_file() for font in fonts)


def test_the_site_stays_light(site: Path) -> None:
    own = [site / "en" / "index.html", site / "numbers" / "en" / "index.js", *(site / "assets").rglob("*.*")]
    assert sum(path.stat().st_size for path in own if path.name != "vega.js") < 1000 * KILOBYTE
    assert (site / "assets" / "vega.js").stat().st_size < 1000 * KILOBYTE
    assert (site / "assets" / "site.js").stat().st_size < 20 * KILOBYTE


def test_a_figure_weighs_little(site: Path) -> None:
    """A drawing says once what it says often and brings only its letters; a live chart is deflated, each number too."""
    for folder, most in (("figures", 14), ("charts", 8), ("numbers", 2)):
        size = [path.stat().st_size for path in (site / folder).rglob("*.*")]
        assert sum(size) / len(size) < most * KILOBYTE, folder
    assert {path.suffix for path in (site / "figures").iterdir()} == {".svg"}, (
        "the page makes a PNG when it is asked for"
    )


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    few = sample.sections()[::2]
    for name in ("one", "other"):
        build(tmp_path / name, sections=few)
    assert read_report(tmp_path / "one") == read_report(tmp_path / "other")
    assert (tmp_path / "one" / MANIFEST).read_bytes() == (tmp_path / "other" / MANIFEST).read_bytes()


def test_every_number_on_a_page_can_be_asked_how_it_was_made(site: Path) -> None:
    for path in pages(site):
        shown = {unescape(number) for number in Page(path).all("data-id")}
        _, told = handed(site / "numbers" / path.parent.name / f"{path.stem}.js")
        assert set(told["numbers"]) == shown, path
        for entry in told["numbers"].values():
            assert entry["result"] in told["results"]
    wear = handed(site / "numbers" / "en" / "data.js")[1]["numbers"]["demo.wear"]
    assert (wear["value"], wear["unit"]) == ("47.5", "%")


def test_a_number_without_a_result_stops_the_build(tmp_path: Path) -> None:
    ledger = replace(sample.ledger(), results={})
    with pytest.raises(UnknownNameError, match=r"demo\."):
        write_report(sample.sections()[:1], [sample.words("en")], ledger, sample.SOURCES, tmp_path, front="sample")
    assert not list(tmp_path.iterdir())


def test_what_a_rule_found_and_needed_is_a_number_that_can_be_asked(site: Path) -> None:
    shown = {"referee.C06.trace.1.value", "referee.C06.trace.1.threshold", "referee.C06.trace.2.threshold"}
    for lang in LANGS:
        assert shown <= set(Page(site / lang / "referee.html").all("data-id"))


def test_a_result_that_hides_what_it_was_made_from_stops_the_build(tmp_path: Path) -> None:
    ledger = sample.ledger()
    ledger = replace(ledger, results={**ledger.results, "demo": replace(ledger.results["demo"], inputs={})})
    with pytest.raises(StoreError, match="demo"):
        write_report(sample.sections()[:1], [sample.words("en")], ledger, sample.SOURCES, tmp_path, front="sample")
    assert not list(tmp_path.iterdir())


def test_both_languages_have_the_same_pages_with_the_same_anchors(site: Path) -> None:
    for path in pages(site):
        twin = site / ("en" if path.parent.name == "ru" else "ru") / path.name
        assert Page(path).all("id") == Page(twin).all("id")
        page = Page(path)
        assert dict(page.found)["html"]["lang"] == path.parent.name
        assert [a["href"] for _, a in page.found if a.get("data-do") == "language"] == [
            f"../{twin.parent.name}/{path.name}"
        ]


def test_one_language_stands_alone(tmp_path: Path) -> None:
    build(tmp_path, "en", sections=sample.sections()[:1])
    assert {path.parent.name for path in pages(tmp_path)} == {"en"}
    assert not any("/ru/" in address for path in pages(tmp_path) for address in Page(path).addresses())


def test_the_page_of_the_design_system_shows_every_kind(site: Path) -> None:
    page = Page(site / "en" / "design.html")
    assert {f"kind-{kind}" for kind in FIGURE_KINDS} <= set(page.all("id"))
    assert len(page.all("data-chart")) == len(FIGURE_KINDS)


def test_pictures_say_what_they_show_and_give_their_data(site: Path) -> None:
    frame = sample.FIGURES["fan"][0]
    lines = (site / "data" / "sample-fan.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == list(frame.columns)
    assert len(lines) == len(frame) + 1
    for path in pages(site):
        page = Page(path)
        assert all(attrs.get("alt") for tag, attrs in page.found if tag == "img")
        assert all(attrs.get("aria-label") for _, attrs in page.found if attrs.get("role") in ("img", "region"))
    figure = (site / "figures" / "sample-fan_en.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme" in figure
    assert not re.search("|".join(DARK), (site / "en" / "index.html").read_text(encoding="utf-8"))


def test_an_svg_file_brings_the_fonts_that_it_uses(site: Path) -> None:
    drawings = sorted((site / "figures").glob("*.svg"))
    assert drawings
    for path in drawings:
        text = path.read_text(encoding="utf-8")
        fonts = re.findall(r"@font-face\{[^}]*font-weight:(\d+);src:url\(data:font/woff2;base64,([^)]*)\)", text)
        known = {int(weight): set(TTFont(io.BytesIO(b64decode(font))).getBestCmap()) for weight, font in fonts}
        used: dict[int, set[int]] = {}
        for weight, words in written(ElementTree.fromstring(text)):
            used.setdefault(weight, set()).update(map(ord, words))
        assert known == used, path.name


def written(element: ElementTree.Element, weight: int = 400) -> Iterator[tuple[int, str]]:
    """The words of a picture with the weight of their letters, which a group may say for all that stands in it."""
    own = int(element.get("font-weight", weight))
    if element.tag.endswith("text"):
        yield own, "".join(element.itertext())
    for child in element:
        yield from written(child, own)


def test_what_can_be_found_has_an_address(site: Path) -> None:
    read = document(sample.sections(), sample.words("en"), front="sample")
    entries = search_entries(read)
    assert {entry.kind for entry in entries} == {"chapter", "text", "figure", "table", "row", "claim", "card"}
    assert next(entry.title for entry in entries if entry.url == "referee.html#claim-C06").startswith("C06")
    for entry in entries:
        name, _, anchor = entry.url.partition("#")
        assert not anchor or anchor in Page(site / "en" / name).all("id")


def test_what_an_earlier_build_left_goes_and_what_is_not_the_reports_stays(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text("1")
    replace_files(tmp_path, {"data/old.csv": b"1", "old/page.html": b"2", "report_ru.pdf": b"3"})
    replace_files(tmp_path, {"data/new.csv": b"1"}, only="site")
    assert not (tmp_path / "old").exists()
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == [MANIFEST, "mine.csv", "new.csv", "report_ru.pdf"]
    replace_files(tmp_path, {"report_ru.pdf": b"4"}, only="pdf")
    assert read_report(tmp_path) == {"data/new.csv": b"1", "report_ru.pdf": b"4"}
    replace_files(tmp_path, {"index.html": b"5"})
    assert set(read_report(tmp_path)) == {"index.html"}
    (tmp_path / "index.html").unlink()
    with pytest.raises(StoreError, match=r"index\.html"):
        read_report(tmp_path)


def test_a_list_of_files_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "out"
    (inside / "x").mkdir(parents=True)
    (tmp_path / "precious").write_text("1")
    (inside / MANIFEST).write_text('{"../precious": "0"}')
    with pytest.raises(StoreError, match="precious"):
        replace_files(inside, {})
    assert (tmp_path / "precious").is_file()


@pytest.mark.parametrize("blocked", ["b.html", "c"])
def test_a_folder_in_the_way_is_named_before_anything_is_written(tmp_path: Path, blocked: str) -> None:
    if blocked == "c":
        (tmp_path / "c").write_text("a file")
    else:
        (tmp_path / "b.html").mkdir()
    with pytest.raises(StoreError, match=blocked):
        replace_files(tmp_path, {"a.html": b"1", "b.html": b"2", "c/d.html": b"3"})
    assert [path.name for path in tmp_path.iterdir()] == [blocked]


@pytest.mark.parametrize("listed", ['["a.html"]', '{"mine": "0"}', '"x"'])
def test_a_damaged_list_of_files_says_so(tmp_path: Path, listed: str) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / MANIFEST).write_text(listed)
    with pytest.raises(StoreError, match=f"mine|{MANIFEST}"):
        replace_files(tmp_path, {"a.html": b"1"})
    assert (tmp_path / "mine").is_dir()
    assert not (tmp_path / "a.html").exists()


def test_a_chapter_cannot_take_the_place_of_a_page(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="design"):
        build(tmp_path, "en", sections=[Section("design", "sample.data", ())])


def test_each_number_names_the_code_that_made_it_and_a_page_says_when_it_has_changed(tmp_path: Path) -> None:
    ledger = sample.ledger()
    old = {**ledger.made, "demo": Made(Code("0.9", "a" * 64), current=False)}
    for name, made in (("new", ledger.made), ("old", old)):
        words = [sample.words("en")]
        told = replace(ledger, made=made)
        write_report(sample.sections()[:1], words, told, sample.SOURCES, tmp_path / name, front="sample", only="site")
    demo = handed(tmp_path / "old" / "numbers" / "en" / "data.js")[1]["results"]["demo"]
    assert demo["code"] == {"version": "0.9", "sha256": "a" * 64, "current": False}
    notice = sample.words("en").text("report.site.stale")
    assert notice in (tmp_path / "old" / "en" / "data.html").read_text(encoding="utf-8")
    assert notice not in (tmp_path / "new" / "en" / "data.html").read_text(encoding="utf-8")


def test_a_number_made_by_nobody_knows_which_code_stops_the_build(tmp_path: Path) -> None:
    ledger = replace(sample.ledger(), made={})
    with pytest.raises(StoreError, match="which code made it"):
        write_report(sample.sections()[:1], [sample.words("en")], ledger, sample.SOURCES, tmp_path, front="sample")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(theme: str) -> None:
    ground = {"paper", "panel", "rule"}
    poor = {role.name: role.contrast(theme) for role in ROLES if role.name not in ground and role.contrast(theme) < 4.5}
    assert poor == {}
    assert theme_css().count(f"--c{PAPER[1:]}:") == 4


def test_every_printed_number_has_its_row_and_the_row_says_the_same(site: Path) -> None:
    known, read = printed_numbers(site), 0
    for lang in LANGS:
        for path in sorted((site / lang).glob("*.html")):
            read += len(read_page(path).numbers)
            assert list(wrong_numbers(path, known, lang)) == []
    assert read > 50
    assert set(known) <= set(sample.NUMBERS)
    assert {row["sha256"] for row in known.values()} == {
        origin["sha256"][:12] for page in (site / "numbers" / "en").glob("*.js") for origin in origins(page).values()
    }


def origins(script: Path) -> dict[str, dict[str, str]]:
    """Return the results that a page's numbers come from."""
    found: dict[str, dict[str, str]] = handed(script)[1]["results"]  # type: ignore[index]
    return found


def test_the_walk_sees_a_number_that_drifted_and_one_that_is_only_typed(site: Path, tmp_path: Path) -> None:
    known = printed_numbers(site)
    path = tmp_path / "data.html"
    text = (site / "en" / "data.html").read_text(encoding="utf-8")
    shown = next(text for full_id, text in read_page(site / "en" / "data.html").numbers if full_id == "demo.wear")
    path.write_text(text.replace(shown, "47.6%"), encoding="utf-8")
    assert any("demo.wear" in problem for problem in wrong_numbers(path, known, "en"))
    path.write_text(text.replace("</figcaption>", " in 85 regions</figcaption>", 1), encoding="utf-8")
    assert len(list(loose_digits(path))) == len(list(loose_digits(site / "en" / "data.html"))) + 1
    del known["demo.wear"]
    assert any("has no row" in problem for problem in wrong_numbers(site / "en" / "data.html", known, "en"))
