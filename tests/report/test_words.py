"""Texts take their numbers from results, their names from the catalogue, and fail loudly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import report_sample as sample

from regional_econ._base.errors import RegionalEconError, TextError, UnknownNameError
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.results import Result, ResultStore, Value
from regional_econ.report.build import load_catalogue
from regional_econ.report.runs import Line, Run, marked, plain_line, read_marks, unmarked
from regional_econ.report.words import Words, check_no_bare_numbers, literal, read_numbers


def line_of(template: str, lang: Lang = "en") -> Line:
    """Fill one template as if it stood in the catalogue."""
    words = sample.words(lang)
    texts = {**words.catalogue.texts, "x.y": Text(template, template)}
    return replace(words, catalogue=Catalogue(texts, words.catalogue.plurals)).line("x.y")


def filled(template: str, lang: Lang = "en") -> str:
    """Return its plain text."""
    return line_of(template, lang).text


@pytest.mark.parametrize(
    ("template", "ru", "en"),
    [
        ("{{ num('demo.grp') }}", "2\u202f170\u202f123\u00a0млн руб.", "2,170,123\u00a0RUB mln"),
        ("{{ num('demo.wear') }}", "47,5\u00a0%", "47.5%"),
        ("{{ num('demo.wear', unit=False, digits=0) }}", "48", "48"),
        ("{{ num('demo.change') }}", "\u22124,2\u00a0п. п.", "\u22124.2\u00a0pp"),
        ("{{ num('demo.missing') }}", "нет данных", "not available"),
        ("{{ share('demo.probability') }}", "3\u00a0%", "3%"),
        ("{{ num('demo.share') }}", "12,3\u00a0%", "12.3%"),
        ("{{ num('demo.p_value') }}", "<\u00a00,001", "<\u00a00.001"),
        ("{{ plural('sample.regions', 'demo.n_regions') }}", "85\u00a0регионов", "85\u00a0regions"),
        ("{{ label('wear_pct') }}", "Степень износа основных фондов,\u00a0%", "Wear of fixed assets,\u00a0%"),
        ("{{ region(focal) }} {{ lit('2006–2022') }}", "Кемеровская область\u00a0— Кузбасс 2006–2022", None),
        ("{{ num('demo.change') }}.", "\u22124,2\u00a0п. п.", "\u22124.2\u00a0pp."),
    ],
)
def test_numbers_are_written_as_each_language_does(template: str, ru: str, en: str | None) -> None:
    assert filled(template, "ru") == ru
    assert en is None or filled(template, "en") == en


@pytest.mark.parametrize(
    ("template", "runs"),
    [
        ("Wear is {{ num('demo.wear') }}.", [("Wear is ", None), ("47.5%", "demo.wear"), (".", None)]),
        ("{{ num('demo.change') }}.", [("\u22124.2\u00a0pp", "demo.change"), (".", None)]),
        ("{{ num('demo.wear', unit=False) }} %", [("47.5", "demo.wear"), ("\u00a0%", None)]),
        ("{{ share('demo.probability', digits=1) }}", [("3.1%", "demo.probability")]),
        ("{{ plural('sample.regions', 'demo.n_regions') }}", [("85\u00a0regions", "demo.n_regions")]),
        ("{{ num('demo.p' ~ year('demo.fifty')) }} in {{ lit('2022') }}", [("8.5%", "demo.p50"), (" in 2022", None)]),
        ("{{ region('RU-MRK') }}", [("a b", None)]),
    ],
)
def test_every_number_is_a_run_with_its_result(
    template: str, runs: list[tuple[str, str | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sample.NUMBERS, "demo.fifty", Value(50))
    monkeypatch.setitem(sample.REGIONS, "RU-MRK", Text("a", marked("a", "demo.p50") + " b\ue002"))
    assert line_of(template) == Line(tuple(Run(text, number) for text, number in runs))


def test_a_full_stop_is_not_doubled_behind_a_number() -> None:
    line = line_of("{{ num('demo.change') }}.", "ru")
    assert [run.text for run in line.runs] == ["\u22124,2\u00a0п. п."]
    assert line.numbers == ("demo.change",)


def test_a_line_is_cut_into_paragraphs_with_its_numbers() -> None:
    line = read_marks(f"One {marked('1', 'a.b')}.\nTwo.\n")
    assert [(part.text, part.numbers) for part in line.paragraphs()] == [("One 1.", ("a.b",)), ("Two.", ())]
    assert unmarked(marked("1", "a.b") + "\ue001") == "1"
    assert plain_line("x").paragraphs() == (plain_line("x"),)


def test_a_probability_never_rounds_to_certainty() -> None:
    words = replace(sample.words("en"), numbers={"p.low": Value(0.0004), "p.high": Value(0.9998), "p.nil": Value(0)})
    assert [words.share(f"p.{name}") for name in ("low", "high", "nil")] == ["<\u00a01%", ">\u00a099%", "<\u00a01%"]


@pytest.mark.parametrize(
    "template",
    ["Wear is 47", "about 12.5 %", "h=5", "in 2022", "from 2006–2022", "(8,4)", "{{ lit('12.5') }}", "{{ lit('85') }}"],
)
def test_a_number_without_a_result_is_refused(template: str) -> None:
    with pytest.raises(TextError, match=r"num\("):
        filled(template)


@pytest.mark.parametrize("template", ["claim C06", "CR1S errors", "Осло-3", "RU-KEM", "R² is high", "no digits"])
def test_names_with_digits_are_no_numbers(template: str) -> None:
    check_no_bare_numbers("x", template, "en")
    assert filled(template) == template


@pytest.mark.parametrize("name", ["2022", "2006–22", "95", "Table 1", "Таблица 2", "C06"])
def test_literals(name: str) -> None:
    assert literal(name) == name


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("{{ num('demo.waer') }}", UnknownNameError),
        ("{{ label('waer_pct') }}", UnknownNameError),
        ("{{ region('RU-XXX') }}", UnknownNameError),
        ("{{ nothing }}", TextError),
        ("{{ num('demo.wear' }}", TextError),
        ("{{ ''.__class__.__mro__ }}", TextError),
        ("{{ name('no_such_model') }}", TextError),
    ],
)
def test_what_cannot_be_filled_is_named(template: str, kind: type[RegionalEconError]) -> None:
    with pytest.raises(kind) as caught:
        filled(template)
    assert str(caught.value)


def test_a_missing_translation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "room.yml"
    path.write_text("room.intro: {ru: Привет}\n", encoding="utf-8")
    with pytest.raises(TextError, match=r"room\.intro"):
        Catalogue.load([path])


def test_no_room_writes_a_bare_number() -> None:
    catalogue = load_catalogue()
    assert len(catalogue.texts) > 100
    for key, text in catalogue.texts.items():
        for lang in LANGS:
            check_no_bare_numbers(key, text.get(lang), lang)


def test_a_term_is_read_with_its_variables_named() -> None:
    assert sample.words("en").name("lag(ln(wear_pct), 1)") == "lag(ln(Wear of fixed assets, %), 1)"


def test_the_longest_result_id_wins(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.write(Result("a", {"b.c": Value(1.0), "d": Value(3.0)}))
    store.write(Result("a.b", {"c": Value(2.0)}))
    numbers = read_numbers(store)
    assert {key: value.value for key, value in numbers.items()} == {"a.b.c": 2.0, "a.d": 3.0}
    assert store.number("a.b.c").value == numbers["a.b.c"].value


def test_ticks_have_the_digits_they_need() -> None:
    words = Words("ru", Catalogue({}, {}), {}, {}, {})
    assert [words.tick(v) for v in (0.05, 2.5, 10, -0.1, 12_500)] == ["0,05", "2,5", "10", "\u22120,1", "12\u202f500"]
