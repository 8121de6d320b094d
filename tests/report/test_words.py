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
from regional_econ.report.templates import check_template, literal
from regional_econ.report.words import Words, read_numbers


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
        ("{{ num('demo.change') }}", "\u22124,2\u00a0п.\u00a0п.", "\u22124.2\u00a0pp"),
        ("{{ num('demo.missing') }}", "нет данных", "not available"),
        ("{{ share('demo.probability') }}", "3\u00a0%", "3%"),
        ("{{ num('demo.share') }}", "12,3\u00a0%", "12.3%"),
        ("{{ num('demo.p_value') }}", "<\u00a00,001", "<\u00a00.001"),
        ("{{ plural('sample.regions', 'demo.n_regions') }}", "85\u00a0регионов", "85\u00a0regions"),
        ("{{ label('wear_pct') }}", "Степень износа основных фондов,\u00a0%", "Wear of fixed assets,\u00a0%"),
        ("{{ region(focal) }} {{ lit('2006–2022') }}", "Кемеровская область\u00a0— Кузбасс 2006–2022", None),
        ("{{ num('demo.change') }}.", "\u22124,2\u00a0п.\u00a0п.", "\u22124.2\u00a0pp."),
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
    assert [run.text for run in line.runs] == ["\u22124,2\u00a0п.\u00a0п."]
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
    [
        "Wear is 47", "about 12.5 %", "h=5", "in 2022", "from 2006–2022", "(8,4)", "{{ lit('12.5') }}",
        "{{ lit('85') }}", "{{ lit('rose 47') }}", "{{ lit('of 99') }} regions", "{{ lit('95') }} regions",
        "{{ lit('95') }} and {{ lit('80') }} regions", "{{ lit('50') }}{{ lit('80') }} %",
        "{{ lit('95') }},{{ lit('80') }}%",
        "{{ lit('2022') }}.{{ lit('2022') }}", "{{ 35 }}", "{{ 5 * 7 }} regions", "{{ '47.5' }}", "{{ 'a' ~ 'b' }}",
        "{% set a=12 %}{{ a }}", "{% if focal %}x{% endif %}", "{% raw %}47{% endraw %}", "{{ '%.1f' % 47.53 }}",
        "{{ name('about 47 percent') }}", "rose-47", "R47.5 %", "p0.03", "½ of regions", "Ⅳ regions", "x² is high",
        "C06{{ num('demo.wear') }}", "{{ num('demo.wear')|replace('4','9') }}", "{{ num('demo.wear')[:5] }}",
        "{{ num('demo.wear') ~ '9' }}", "{{ num('demo.wear').upper() }}", "{{ num('demo.wear', digits=-1) }}",
        "{{ num('demo.wear', digits=True) }}", "{{ num('demo.wear', unit='kg') }}", "{{ num(*['demo.wear']) }}",
        "{{ num('demo.wear', **{'digits': 1}) }}", "{{ num('demo.' ~ 'wear'|upper) }}", "{{ num(5) }}",
        "{{ year('demo.fifty', digits=1) }}", "{{ share('demo.probability', unit=False) }}", "{{ num }}",
    ],
)  # fmt: skip
def test_a_number_without_a_result_is_refused(template: str) -> None:
    with pytest.raises(TextError, match=r"num\("):
        filled(template)


def test_a_plural_form_hides_no_number() -> None:
    words = sample.words("en")
    plurals = {**words.catalogue.plurals, "x.n": {"en": {"one": "of 99", "other": "of 99 regions"}}}
    with pytest.raises(TextError, match="99"):
        replace(words, catalogue=replace(words.catalogue, plurals=plurals)).plural("x.n", "demo.n_regions")


def test_a_unit_hides_no_number() -> None:
    words = sample.words("en")
    texts = {**words.catalogue.texts, "report.unit.pp": Text("47 п. п.", "47 pp")}
    with pytest.raises(TextError, match="47"):
        replace(words, catalogue=replace(words.catalogue, texts=texts)).num("demo.change")


@pytest.mark.parametrize(
    "template", ["claim C06", "CR1S errors", "Осло-3", "RU-KEM", "R² is high", "(CR2, HC1).", "no digits"]
)
def test_names_with_digits_are_no_numbers(template: str) -> None:
    check_template("x", template, "en")
    assert filled(template) == template


@pytest.mark.parametrize("name", ["2022", "2006–22", "95", "Table 1", "Таблица 2", "C06", "Oslo 4", "v20260313"])
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
    ],
)
def test_what_cannot_be_filled_is_named(template: str, kind: type[RegionalEconError]) -> None:
    with pytest.raises(kind) as caught:
        filled(template)
    assert str(caught.value)


def test_an_id_without_a_name_is_refused() -> None:
    with pytest.raises(TextError, match="no_such_model"):
        sample.words("en").name("no_such_model")


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
            check_template(key, text.get(lang), lang)
    for key, forms in catalogue.plurals.items():
        for lang in LANGS:
            for form in forms[lang].values():
                check_template(key, form, lang)


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
