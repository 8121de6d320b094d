"""What a YAML file of declarations says, or which line of it breaks which rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from regional_econ._base import yaml_lines
from regional_econ._base.errors import OptionError, RegionalEconError, SchemaError, StudyError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines, with_exponents

DOCUMENT = """\
one: 1
half: 0.5
yes: true
name: "  два "
both: {ru: да, en: yes it is}
list:
  - a
  - b
  - a
inner:
  deep:
    - {x: 1}
    - {x: word}
"""


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "a.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def place(file: Callable[[str], Path]) -> Place:
    return read_yaml_lines(file(DOCUMENT))


def test_values_come_with_the_line_of_their_key(place: Place) -> None:
    assert place.line == 1
    assert place["one"].whole() == 1
    assert (place["one"].number(), place["half"].number()) == (1.0, 0.5)
    assert place["yes"].flag() is True
    assert place["name"].text() == "два"
    assert place["both"].both() == Text("да", "yes it is")
    assert [part.text() for part in place["list"].items()] == ["a", "b", "a"]
    assert place["list"].value == ["a", "b", "a"]
    assert place.value["inner"] == {"deep": [{"x": 1}, {"x": "word"}]}
    deep = place["inner"]["deep"].items()[1]["x"]
    assert (deep.line, deep.name, deep.where) == (13, "inner.deep.1.x", "a.yml, line 13")
    assert place["name"].option(Literal["  два "]) == "  два "
    assert place["both"].mapping(("ru", "en", "de"), optional=("de",)).keys() == {"ru", "en"}
    assert place["both"].entries().keys() == {"ru", "en"}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda p: p["none"], "a.yml lacks the key 'none' (a.yml, line 1). Add it."),
        (lambda p: p["inner"]["x"], "inner lacks the key 'x' (a.yml, line 10). Add it."),
        (lambda p: p["one"].entries(), "one must be a mapping (a.yml, line 1). Write keys and values."),
        (
            lambda p: p["both"].mapping(("ru", "en", "de", "fr"), ("fr",)),
            "both lacks the key 'de' (a.yml, line 5). Its keys are: ru, en, de, fr.",
        ),
        (
            lambda p: p["one"].items(),
            "one must be a list (a.yml, line 1). Write [a, b] or lines that begin with a dash.",
        ),
        (lambda p: p["one"].text(), "one must be a text (a.yml, line 1). Put it in quotes."),
        (lambda p: p["both"].text(), "both must be a text (a.yml, line 5). Write it."),
        (lambda p: p["list"].text(), "list must be a text (a.yml, line 6). Write it."),
        (lambda p: p["list"].texts(), "'a' stands twice in list (a.yml, line 9). Delete one of them."),
        (lambda p: p["half"].whole(), "half must be a whole number, not 0.5 (a.yml, line 2). Write one."),
        (lambda p: p["yes"].whole(), "yes must be a whole number, not True (a.yml, line 3). Write one."),
        (lambda p: p["yes"].number(), "yes must be a number, not True (a.yml, line 3). Write one."),
        (lambda p: p["name"].number(), "name must be a number, not '  два ' (a.yml, line 4). Write one."),
        (lambda p: p["one"].flag(), "one must be true or false, not 1 (a.yml, line 1). Write one of them."),
    ],
)
def test_a_refusal_names_file_line_and_rule(place: Place, ask: Callable[[Place], Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        ask(place)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "ask", "message"),
    [
        ("x:\n", lambda p: p["x"].text(), "x must be a text (a.yml, line 1). Write it."),
        ("x: '  '\n", lambda p: p["x"].text(), "x must be a text (a.yml, line 1). Write it."),
        ("\nx: .inf\n", lambda p: p["x"].number(), "x must be a finite number, not inf (a.yml, line 2). Write one."),
        ("x: .nan\n", lambda p: p["x"].number(), "x must be a finite number, not nan (a.yml, line 1). Write one."),
        ("x: {ru: да}\n", lambda p: p["x"].both(), "x lacks its en half (a.yml, line 1). Write both ru and en."),
        ("x: {en: a}\n", lambda p: p["x"].both(), "x lacks its ru half (a.yml, line 1). Write both ru and en."),
        ("x: {ru: да, en: 5}\n", lambda p: p["x"].both(), "x lacks its en half (a.yml, line 1). Write both ru and en."),
        (
            "x: {ru: ' ', en: a}\n",
            lambda p: p["x"].both(),
            "x lacks its ru half (a.yml, line 1). Write both ru and en.",
        ),
        ("x:\n  - 5\n", lambda p: p["x"].texts(), "x.0 must be a text (a.yml, line 2). Put it in quotes."),
    ],
)
def test_what_is_blank_endless_or_half_is_refused(
    file: Callable[[str], Path], text: str, ask: Callable[[Place], Any], message: str
) -> None:
    with pytest.raises(StudyError) as caught:
        ask(read_yaml_lines(file(text)))
    assert str(caught.value) == message


def test_an_unknown_key_is_named_at_its_own_line_with_the_nearest(file: Callable[[str], Path]) -> None:
    place = read_yaml_lines(file("inner:\n  name: a\n  widht: 2\n"))
    with pytest.raises(UnknownNameError) as caught:
        place["inner"].mapping(("name", "width"))
    assert str(caught.value) == "unknown key 'widht' (a.yml, line 3). Did you mean width?"


def test_a_word_outside_its_list_is_refused_with_the_list(place: Place) -> None:
    with pytest.raises(OptionError) as caught:
        place["inner"]["deep"].items()[1]["x"].option(Literal["row", "column"])
    assert str(caught.value) == "inner.deep.1.x cannot be 'word' (a.yml, line 13). Choose one of: row, column."
    assert place["one"].option(Literal["1"]) == "1"


def test_a_document_that_is_no_mapping_is_called_by_its_file(file: Callable[[str], Path]) -> None:
    assert str(read_yaml_lines(file("a: 1\n")).refuse("too long")) == "too long (a.yml, line 1)"
    assert str(read_yaml_lines(file("a: 1\n")).refuse("too long", "Cut it")) == "too long (a.yml, line 1). Cut it."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- a\n- b\n", r"not a mapping \(.*a\.yml\)\. Write keys and values at the top of the file\."),
        (b"", r"not a mapping \(.*a\.yml\)\. Write keys and values at the top of the file\."),
        (b"\xff\xfe\x00", r"cannot read the file \(.*a\.yml\)\. Give a text in UTF-8\."),
        (b"a: 1\nb: [1, 2\n", r"not valid YAML: .+ \(a\.yml, line \d\)\. Mend that line\."),
        (
            b"a: 1\nb:\n\t- 2\n",
            r"not valid YAML: .*cannot start any token.* \(a\.yml, line 3\)\. "
            r"Mend that line; indent with spaces, not tabs\.",
        ),
        (b"a: \x01\n", r"not valid YAML: .*characters are not allowed.* \(a\.yml\)\. Mend that line\."),
        (b"a: 1\nb: 2\na: 3\n", r"a stands twice, first in line 1 \(a\.yml, line 3\)\. Rename it\."),
        (b"x:\n  a: 1\n  a: 3\n", r"x\.a stands twice, first in line 2 \(a\.yml, line 3\)\. Rename it\."),
        (b"a: &a\n  b: *a\n", r"an entry holds itself \(.*a\.yml\)\. Write it out without \*aliases\."),
        (b"a: 1\nb: 2024-13-45\n", r"b cannot be read: month must be in 1\.\.12.* \(a\.yml, line 2\)\. Mend it\."),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(content)
    with pytest.raises(SchemaError) as caught:
        read_yaml_lines(path, SchemaError)
    assert re.fullmatch(message, str(caught.value)), str(caught.value)


def test_a_missing_file_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        read_yaml_lines(tmp_path / "none.yml")
    assert str(caught.value) == f"file does not exist ({tmp_path / 'none.yml'}). Give the file that declares it."


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes("\ufeffa: 1\n".encode())
    assert read_yaml_lines(tmp_path / "a.yml")["a"].whole() == 1


def test_aliases_may_repeat_but_not_multiply_without_end(
    file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "a: &a [1, 2]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    # the document, a with 2, b with 2 × 3, c with 2 × 7 inside: 1 + 3 + 7 + 15
    assert read_yaml_lines(file(text))["c"].value == [[[1, 2], [1, 2]], [[1, 2], [1, 2]]]
    monkeypatch.setattr(yaml_lines, "_MOST_ENTRIES", 26)
    assert read_yaml_lines(file(text))
    monkeypatch.setattr(yaml_lines, "_MOST_ENTRIES", 25)
    with pytest.raises(StudyError) as caught:
        read_yaml_lines(file(text))
    expected = r"more than 25 entries \(.*a\.yml\)\. Split it, or write it without \*aliases of \*aliases\."
    assert re.fullmatch(expected, str(caught.value))


def test_a_file_too_deep_is_refused(file: Callable[[str], Path]) -> None:
    with pytest.raises(StudyError, match=r"entries lie too deep in each other \(.*a\.yml\)\. Write fewer levels\.$"):
        read_yaml_lines(file("a: " + "[" * 900 + "]" * 900 + "\n"))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("5e9", 5e9), ("-1.5E-3", -1.5e-3), ("+2.e2", 200.0), ("5e", "5e"), ("a5e9", "a5e9"), ("5e9 ", "5e9 "),
        ("5", "5"), (7, 7), (None, None), (["1e2", ("2e2", "x")], [100.0, [200.0, "x"]]),
        ({"a": {"b": "1e3", "id": "1e3"}}, {"a": {"b": 1000.0, "id": "1e3"}}), ([{"id": "1e3"}], [{"id": "1e3"}]),
    ],
)  # fmt: skip
def test_numbers_with_a_bare_exponent_are_numbers(given: Any, wanted: Any) -> None:
    assert with_exponents(given, texts=("id",)) == wanted
    assert isinstance(with_exponents("1e3"), float)


def test_a_refusal_is_of_the_kind_that_the_reader_asked_for(file: Callable[[str], Path]) -> None:
    place = read_yaml_lines(file("a: {b: [1]}\n"), DataKind)
    with pytest.raises(DataKind):
        place["a"]["b"].items()[0].text()


class DataKind(RegionalEconError):
    """An error of its own."""
