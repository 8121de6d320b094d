"""Errors, options, texts, seeds, parallel work and files keep their promises."""

from __future__ import annotations

import errno
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regional_econ._base.errors import (
    BusyError,
    DataError,
    OptionError,
    RegionalEconError,
    StoreError,
    TextError,
    UnknownNameError,
)
from regional_econ._base.files import (
    atomic_path,
    canonical_json,
    check_writable,
    read_json,
    run_lock,
    sha256_file,
    write_json,
    write_text,
)
from regional_econ._base.options import QUANTILES_21, check_option
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ._base.text import Catalogue, format_number, plural_form


def draw(case: int, seed: int) -> float:
    return case + float(np.random.default_rng(seed).standard_normal())


def fail(case: int, seed: int) -> float:
    raise DataError("cell is empty", where=f"case {case}", advice="Fill it")


def test_an_error_says_what_where_and_what_next_and_survives_a_process_border() -> None:
    error = DataError("cell is empty", where="book.xlsx, sheet 2, B7", advice="Fill it")
    assert str(error) == "cell is empty (book.xlsx, sheet 2, B7). Fill it."
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (DataError, str(error))
    assert isinstance(error, RegionalEconError)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("waer_pct", "Did you mean wear_pct?"), ("zzz", "Known are: grp, wear_pct.")],
)
def test_an_unknown_name_lists_the_nearest_or_the_known(name: str, expected: str) -> None:
    assert str(UnknownNameError.of("variable", name, ["wear_pct", "grp"])).endswith(expected)


def test_a_wrong_option_lists_the_right_ones() -> None:
    with pytest.raises(OptionError, match=r"Choose one of: region, year\."):
        check_option("effects", "time", Literal["region", "year"])


def test_there_are_21_quantiles_symmetric_about_the_median() -> None:
    assert len(QUANTILES_21) == 21
    np.testing.assert_allclose(np.add(QUANTILES_21, QUANTILES_21[::-1]), 1.0, rtol=1e-12)  # rounding of 0.05 steps


@pytest.mark.parametrize(
    ("halves", "message"),
    [
        ("x: {ru: да}", "lacks its en half"),
        ("x: {ru: '  ', en: yes}", "lacks its ru half"),
        ("x: {ru: да, en: 5}", "lacks its en half"),
        ("x: {ru: да, en: yes}\nx: {ru: нет, en: no}", "stands twice"),
        ("x: {ru: {one: а, few: '', many: в}, en: {one: a, other: b}}", "lacks its ru half"),
        ("x: {ru: да, en: yes, de: ja}", "exactly ru and en"),
        ("x: {ru: {one: а, few: б, many: в}, en: {one: a}}", "needs the forms one, other"),
        ("x: {ru: да, en: {one: a, other: b}}", "plural in one language only"),
        ("x: {ru: да, en: TODO}", "not finished in en"),
        ("x: {ru: да, en: да}", "Russian words"),
        ("x: {ru: {one: а, few: б, many: в}, en: {one: a, other: в}}", "Russian words"),
    ],
)
def test_a_missing_half_names_the_text(tmp_path: Path, halves: str, message: str) -> None:
    path = tmp_path / "texts.yml"
    path.write_text(halves, encoding="utf-8")
    with pytest.raises(TextError, match=message) as caught:
        Catalogue.load([path])
    assert "'x'" in str(caught.value)


def test_a_file_of_texts_is_a_mapping_and_names_may_be_foreign(tmp_path: Path) -> None:
    path = tmp_path / "texts.yml"
    path.write_text("- x\n", encoding="utf-8")
    with pytest.raises(TextError, match=r"no texts by id.*texts\.yml"):
        Catalogue.load([path])
    path.write_text("x: {ru: English, en: Русский}\ny: {ru: Это, en: \"{{ lit('Осло-3') }}\"}\n", encoding="utf-8")
    assert Catalogue.load([path]).get("x", "en") == "Русский"


def test_texts_plurals_and_double_ids(tmp_path: Path) -> None:
    path = tmp_path / "texts.yml"
    path.write_text(
        "a: {ru: доля, en: share}\n"
        "r: {ru: {one: регион, few: региона, many: регионов}, en: {one: region, other: regions}}",
        encoding="utf-8",
    )
    texts = Catalogue.load([path])
    assert [texts.get("a", "ru"), texts.plural("r", 3, "ru"), texts.plural("r", 85, "ru")] == [
        "доля",
        "региона",
        "регионов",
    ]
    with pytest.raises(UnknownNameError, match="unknown text id"):
        texts.get("b", "ru")
    with pytest.raises(TextError, match="stands twice"):
        Catalogue.load([path, path])


@pytest.mark.parametrize(
    ("value", "digits", "ru", "en"),
    [
        (2188.8, 1, "2 188,8", "2,188.8"),
        (-0.04, 1, "0,0", "0.0"),
        (-1.5, 1, "−1,5", "−1.5"),
        (897.0, 0, "897", "897"),
        (2022.0, 0, "2022", "2022"),
        (1234567.0, 0, "1 234 567", "1,234,567"),
    ],
)
def test_numbers_are_written_as_each_language_does(value: float, digits: int, ru: str, en: str) -> None:
    assert format_number(value, digits, "ru").replace("\u202f", " ") == ru
    assert format_number(value, digits, "en") == en


@given(st.integers(min_value=0, max_value=10_000))
def test_russian_plural_depends_on_the_last_two_digits_only(count: int) -> None:
    assert plural_form(count, "ru") == plural_form(count % 100, "ru")


def test_seeds_are_stable_and_depend_on_every_part_of_the_key() -> None:
    assert seed_for(1, "a", 2) == 3935451613  # first bytes of sha256("1␟str:a␟int:2"), little-endian
    assert len({seed_for(1, "a", 2), seed_for(2, "a", 2), seed_for(1, "b", 2), seed_for(1, "a", "2")}) == 4
    assert rng_for(1, "x").integers(1 << 30) == rng_for(1, "x").integers(1 << 30)


@pytest.mark.parametrize("jobs", [1, 2])
def test_neither_worker_count_nor_order_changes_a_result(jobs: int) -> None:
    cases = {f"case {i}": i for i in range(5)}
    backwards = dict(reversed(cases.items()))
    expected = map_cases(draw, cases, seed=7)
    assert map_cases(draw, backwards, seed=7, jobs=jobs) == expected
    assert list(map_cases(draw, backwards, seed=7, jobs=jobs)) == list(backwards)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_case_reaches_the_caller(jobs: int) -> None:
    with pytest.raises(DataError, match="cell is empty"):
        map_cases(fail, {"a": 1, "b": 2}, seed=0, jobs=jobs)


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.txt"
    write_text(path, "old")

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(StoreError, match=r"No space left on device.*Free some space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.txt"]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path) -> None:
    def write_and_stop() -> None:
        with atomic_path(tmp_path / "x.bin") as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert list(tmp_path.iterdir()) == []


def test_json_is_canonical_and_refuses_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 0.1, "a": "да"})
    write_json(tmp_path / "b.json", {"a": "да", "b": 0.1})
    assert sha256_file(tmp_path / "a.json") == sha256_file(tmp_path / "b.json")
    assert canonical_json({"a": 1}) == '{\n "a": 1\n}\n'
    with pytest.raises(StoreError, match="not representable"):
        write_json(tmp_path / "c.json", {"x": float("nan")})
    assert not (tmp_path / "c.json").exists()


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe"])
def test_damaged_json_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(StoreError, match="damaged JSON"):
        read_json(tmp_path / "x.json")


def test_a_second_run_in_a_folder_says_so_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(BusyError, match="another run"), run_lock(tmp_path):
        pass
    code = "import sys, os; from pathlib import Path; from regional_econ._base.files import run_lock\n"
    code += "lock = run_lock(Path(sys.argv[1])); lock.__enter__(); os._exit(9)"
    command: Sequence[str] = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, check=False).returncode == 9
    with run_lock(tmp_path):
        pass


def test_a_place_is_tried_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    check_writable(tmp_path / "new" / "x.nc")
    assert list((tmp_path / "new").iterdir()) == []
    for place in (tmp_path, tmp_path / "file" / "x.nc"):
        with pytest.raises(StoreError, match="cannot write"):
            check_writable(place)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"
