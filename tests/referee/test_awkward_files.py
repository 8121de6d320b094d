"""What a careless or hostile writer puts into claims or document is refused: one message, no traceback, exit 2."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from regional_econ.cli.main import main

Refused = Callable[..., str]
TITLE = "Научный потенциал Томской области: короткий обзор"
CLAIM = (
    'quote: {text: "Численность населения растёт", start: 629, end: 657,\n      translation: "The population grows"}'
)
EFFECT = (
    "checks: [{kind: effect, x: rd_grp_pct, y: innovation_activity_pct, population: all, contrast: one, horizon: one,"
    ' scale: pp, expected_sign: "+"}]'
)
BOMB = "a0: &a0 [" + ", ".join("x" * 10) + "]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)  # fmt: skip


@pytest.fixture
def files(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, bytes]:
    """The claims of the example without the remarks at their head, and its document."""
    folder = root / "analyses" / "second_paper"
    monkeypatch.chdir(tmp_path)
    text = (folder / "tomsk.yml").read_text(encoding="utf-8")
    return text[text.index("schema_version") :], (folder / "tomsk.txt").read_bytes()


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """The one message with which the program ends; it has printed nothing else."""

    def call(claims: bytes, document: bytes, *more: str) -> str:
        Path("claims.yml").write_bytes(claims)
        Path("paper.txt").write_bytes(document)
        arguments = ["referee", "run", "--claims", "claims.yml", "--document", "paper.txt", *more]
        monkeypatch.setattr(sys, "argv", ["regional-econ", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert (stop.value.code, out) == (2, ""), err
        assert err.startswith("Error: ")
        assert "Traceback" not in err
        assert err.count("\n") == 1
        return err

    return call


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: Q02", "id: Q01", r"claim Q01 stands twice, first in line \d+ \(claims\.yml, line 13\)\. Rename"),
        ("id: Q01", "id: foo", r"'foo' is no id of a claim \(claims\.yml, line 7\).*such as Q01"),
        ("id: Q01", "id: 12", r"id must be a text \(claims\.yml, line 7\)\. Put it in quotes"),
        ("start: 184, end: 239", "start: 185, end: 240",
         r"Q01 does not stand at 185.*claim Q01\)\. It stands at 184\."),
        ("start: 184, end: 239", "start: 184, end: 240",
         r"claim Q01: the offsets 184 to 240 do not fit 55 char.*line 9"),
        ("start: 184, end: 239", "start: -55, end: 0", r"claim Q01: the offsets -55 to 0 do not fit"),
        ("start: 184, end: 239", "start: 9184, end: 9239",
         r"Q01 quotes words after the last of 1225 characters.*line 7"),
        ("start: 184", "start: 184.0",
         r"claim Q01: .*start must be a whole number, not 184\.0 \(claims\.yml, line 9\)"),
        ('{text: "тыс. км", start: 383, end: 390}', '{text: "об", start: 0, end: 2}',
         r"quote of Q04 does not stand at 0.*stands at 26, 44, 75, 110, 206, …; choose the place that is meant"),
        (CLAIM, "quote: Численность", r"claim D03: claims\.7\.quote must be a mapping \(claims\.yml, line \d+\)"),
        ("characters: 1225", "characters: all", r"document\.characters must be a whole number.*line 5"),
        (f'title: "{TITLE}"', "title: [a]", r"document\.title must be a text \(claims\.yml, line 3\)"),
        ('schema_version: "2"', "schema_version:", r"has the form None, not 2 \(claims\.yml, line 1\)"),
        ('printed: "1 052,1"', 'printed: "abc"', r"claim Q01: 'abc' is not a printed number \(claims\.yml, line 12\)"),
        ('printed: "1 052,1"', "printed: 1052.1",
         r"claim Q01: .*printed must be a text \(.*line 12\)\. Put it in quotes"),
        ('printed: "1 052,1"', 'printed: "nan"', r"claim Q01: 'nan' is not a printed number"),
        ('printed: "1 052,1"', 'printed: "1e5"', r"claim Q01: '1e5' is not a printed number"),
        ("year: 2022", "year: 20222", r"claim Q01: 20222 is no year between 1700 and 2100 \(claims\.yml, line 12\)"),
        ("year: 2022", "year: '2022'", r"claim Q01: .*year must be a whole number, not '2022'"),
        ("region: RU-TOM", "region: RU-XXX",
         r"claim Q01: unknown region 'RU-XXX' \(claims\.yml, line 12\)\. Did you mean"),
        ("region: RU-TOM", "region: 70", r"claim Q01: .*region must be a text.*Put it in quotes"),
        ("variable: wear_pct", "variable: waer_pct", r"claim Q03: unknown variable 'waer_pct'.*Did you mean wear_pct"),
        ("scale: 1,", "scale: 0,", r"claim Q01: scale must be above zero, not 0 \(claims\.yml, line 12\)"),
        ("scale: 1,", "scale: -1,", r"claim Q01: scale must be above zero, not -1"),
        ("scale: 1,", "scale: .inf,", r"claim Q01: .*scale must be a finite number, not inf"),
        ("scale: 1,", "scale: 1, base: .nan,", r"claim Q01: .*base must be a finite number, not nan"),
        ("places: [1, 10]", "places: [-3, 10]", r"claim D02: places must be two.*line 48\)\. Write \[1, 10\]"),
        ("places: [1, 10]", "places: [10, 1]", r"claim D02: places must be two, the first not after the second"),
        ("first_year: 2015, last_year: 2022", "first_year: 2022, last_year: 2015",
         r"claim D01: first_year 2022 lies after last_year 2015 \(claims\.yml, line 42\)\. Swap them"),
        ("[national, median]", "[natinal]", r"claim D01: unknown group or region 'natinal'.*Did you mean national"),
        ("[national, median]", "[RU-TOM]", r"claim D01: RU-TOM is no benchmark of itself"),
        ("[national, median]", "[peers]", r"no peers are declared for RU-TOM \(claims\.yml, line 37, claim D01\)"),
        ("variable: population_thousand, region: RU-TOM, direction",
         "variable: population_thousand, region: RU, direction",
         r"unknown region 'RU' \(claims\.yml, line 49, claim D03\)"),
        ("kind: trend", "kind: trnd", r"claim D03: .*kind cannot be 'trnd' \(.*line 54\)\. Choose one of: number"),
        ("kind: trend, ", "", r"claim D03: .*lacks the key 'kind'"),
        ("direction: rising", "direction: up", r"claim D03: .*direction cannot be 'up'.*rising"),
        ("quantity: area", "quantity: aera", r"quantity cannot be 'aera' \(claims\.yml, line 25, claim Q04\)"),
        ("quantity: area", "parts: [Q01, Q01]", r"claim Q04: an internal check of unit needs quantity"),
        (', {text: "250", start: 395, end: 398}', "", r"share has 1 parts, not 2 \(claims\.yml, line 31, claim Q05\)"),
        ('parts: [{text: "40"', 'parts: [{text: "18", start: 458, end: 460}, {text: "40"',
         r"claim Q05: a number is held against itself"),
        ("of: [D02]", "of: [C02]", r"claim C02 names itself \(claims\.yml, line 80\)"),
        ("of: [D02]", "of: [D99]", r"claim C02: unknown claim 'D99' \(claims\.yml, line 80\)"),
        ("of: [D02]", "of: []", r"claim C02: an inference needs a premise \(claims\.yml, line 85\)"),
        ("of: [D02]", "of: [C03]", r"rests on itself: C02 → C03 → C02 \(claims\.yml, line 80, claim C02\)"),
        ("needs: ambiguous", "needs: ambigous",
         r"claim D04: unknown missing evidence 'ambigous'.*Did you mean ambiguous"),
        ("needs: ambiguous", "needs: false_in_most_cells", r"unknown missing evidence 'false_in_most_cells'"),
        ("    type: quantitative", "    proxy: extracted_txt\n    type: quantitative",
         r"claim Q01: unknown proxy 'extracted_txt' \(claims\.yml, line \d+\)\. Did you mean extracted_text"),
        ("printed: \"1 052,1\"", "printed: \"1 052,1\", unit: populaton_thousand",
         r"claim Q01: unknown unit 'populaton_thousand' \(claims\.yml, line 12\)\. Did you mean population_thousand"),
        ("of: [D02]", "of: [D02], unstated: cause_is_outcome",
         r"claim C02: unknown link 'cause_is_outcome' \(claims\.yml, line 85\)\. Did you mean cause_is_the_outcome"),
        ("    needs: ambiguous\n", "", r"claim D04 needs exactly one of checks and needs \(claims\.yml, line 55\)"),
        ("    needs: ambiguous", "    neds: ambiguous",
         r"claim D04: unknown key 'neds'.*line 59\)\. Did you mean needs"),
        ("    needs: ambiguous", "    <<: {needs: ambiguous}", r"claim D04: unknown key '<<'"),
        ("needs: ambiguous", "needs: *absent", r"not valid YAML: found undefined alias \(claims\.yml, line 59\)"),
        ("needs: ambiguous", "needs: !!python/name:os.system x", r"cannot be read: could not determine a constructor"),
        ("hedge: normative", "needs: ambiguous", r"claim D07 is normative: no data can test it"),
        ("type: definition", "type: defnition", r"claim D05: .*type cannot be 'defnition'.*definition"),
        ("reference: \"Закон", "reference: \"Указ", r"the reference of D06 is not in the document.*claim D06"),
        ("    needs: centres_history", f"    {EFFECT}", r"claim C01: .*lacks the key 'region'.*line 79"),
        ("    type: quantitative", "\ttype: quantitative", r"not valid YAML: found a tab.*\(claims\.yml, line 8\)"),
    ],
)  # fmt: skip
def test_a_wrong_claim_is_named_with_its_line(
    files: tuple[str, bytes], refused: Refused, old: str, new: str, message: str
) -> None:
    text, document = files
    assert old in text
    if new == "of: [C03]":
        text = text.replace("of: [D03]", "of: [C02]")
    found = refused(text.replace(old, new, 1).encode(), document)
    assert re.search(message, found), found


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        (b"", r"not a mapping \(claims\.yml\)"),
        (b"- a\n- b\n", r"not a mapping \(claims\.yml\)"),
        (b"schema_version: '2'\ndocument: {sha256: a}\nclaims: []\n", r"no claims are listed \(claims\.yml, line 3\)"),
        (b"schema_version: '2'\ndocument: {sha256: a}\nclaims: {Q01: 1}\n", r"claims must be a list \(.*line 3\)"),
        (b"schema_version: '2'\ndocument: {sha256: a}\nclaims: [Q01]\n", r"claims\.0 must be a mapping \(.*line 3\)"),
        (b"schema_version: '2'\ndocument: [a]\nclaims: []\n", r"document must be a mapping \(claims\.yml, line 2\)"),
        (b"a: &a [*a]\n", r"an entry holds itself \(claims\.yml\)"),
        (BOMB.encode(), r"more than 1000000 entries \(claims\.yml\)"),
        (
            b"a: " + b"[" * 20_000 + b"]" * 20_000,
            r"not valid YAML: exceeded maximum nesting depth|entries lie too deep",
        ),
        ("a: тест".encode("utf-16"), r"cannot read the file \(claims\.yml\)\. Give a text in UTF-8"),
        (b"a: \x00b", r"not valid YAML: control characters are not allowed \(claims\.yml\)"),
    ],
)
def test_a_file_that_is_no_claims_file_is_refused(
    files: tuple[str, bytes], refused: Refused, claims: bytes, message: str
) -> None:
    found = refused(claims, files[1])
    assert re.search(message, found), found


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda text: text + b" ", r"another document \(paper\.txt, claims\.yml, line 7\).*its sha256 is [0-9a-f]{64}"),
        (lambda text: text.replace(b"\n", b"\r\n"), r"another document.*Only its line ends or byte-order mark differ"),
        (lambda text: b"\xef\xbb\xbf" + text, r"another document.*Only its line ends or byte-order mark differ"),
        (lambda _: b"", r"another document"),
        (lambda _: bytes(range(256)), r"no text in UTF-8, from byte 128 on \(paper\.txt\)\. Save it as text in UTF-8"),
        (lambda text: text.decode().encode("cp1251"), r"no text in UTF-8, from byte 0 on \(paper\.txt\)"),
    ],
)
def test_another_or_damaged_document_is_refused(
    files: tuple[str, bytes], refused: Refused, made: Callable[[bytes], bytes], message: str
) -> None:
    text, document = files
    found = refused(text.encode(), made(document))
    assert re.search(message, found), found


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--document", "."), r"the document is a folder \(\.\)"),
        (("--claims", "."), r"the claims file is a folder \(\.\)"),
        (("--study", "nowhere.toml"), r"nowhere\.toml"),
        (("--profile", "fast"), r"--profile cannot be 'fast'"),
    ],
)
def test_folders_and_wrong_options_are_refused(
    files: tuple[str, bytes], refused: Refused, more: tuple[str, ...], message: str
) -> None:
    text, document = files
    assert re.search(message, refused(text.encode(), document, *more))


def test_byte_order_mark_and_line_ends_of_the_claims_file_do_not_matter(
    files: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, _ = files
    Path("claims.yml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    monkeypatch.setattr(sys, "argv", ["regional-econ", "referee", "show", "C03", "--claims", "claims.yml"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    assert "does_not_follow" in capsys.readouterr().out
