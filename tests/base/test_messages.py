"""Every refusal of the ground floor, letter by letter: what was wrong, where, and what to do next."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regional_econ._base import location, parallel
from regional_econ._base.determinism import single_thread
from regional_econ._base.errors import (
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
    sha256_bytes,
    sha256_file,
    write_json,
    write_text,
)
from regional_econ._base.options import check_whole, check_years
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ._base.text import Catalogue, format_number, plural_form


def double(case: int, seed: int) -> int:
    return 2 * case


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: DataError("no figures"), "no figures"),
        (lambda: DataError("no figures."), "no figures"),
        (lambda: DataError("no figures", where="a.csv"), "no figures (a.csv)"),
        (lambda: DataError("no figures", advice="Add some"), "no figures. Add some."),
        (lambda: DataError("no figures", advice="Add some."), "no figures. Add some."),
        (lambda: DataError("no figures in X", advice="Add X"), "no figures in X. Add X."),
        (lambda: DataError("no figures", where="a.csv").at("claim Q01"), "no figures (claim Q01, a.csv)"),
        (lambda: DataError("no figures").at("claim Q01"), "no figures (claim Q01)"),
        (lambda: DataError("no figures", where="a.csv, claim Q01").at("claim Q01"), "no figures (a.csv, claim Q01)"),
        (lambda: DataError("no figures", advice="Add some").at("a.csv"), "no figures (a.csv). Add some."),
        (lambda: UnknownNameError.of("key", "zzz", []), "unknown key 'zzz'. Known are: ."),
        (
            lambda: UnknownNameError.of("key", "zzz", [f"k{n:02d}" for n in range(12)], where="a.yml"),
            f"unknown key 'zzz' (a.yml). Known are: {', '.join(f'k{n:02d}' for n in range(12))}.",
        ),
        (
            lambda: UnknownNameError.of("key", "zzz", [f"k{n:02d}" for n in range(13)]),
            f"unknown key 'zzz'. Known are: {', '.join(f'k{n:02d}' for n in range(12))} ….",
        ),
        (
            lambda: UnknownNameError.of("key", "wear", ["wear_a", "wear_b", "wear_c", "wear_d"], where="a.yml"),
            "unknown key 'wear' (a.yml). Did you mean wear_d, wear_c, wear_b?",
        ),
        (
            lambda: UnknownNameError.of("year", "2015", ["999", "2024", "2023"], where="study.toml"),
            "unknown year '2015' (study.toml). Known are: 999 to 2024.",
        ),
        (
            lambda: UnknownNameError.of("year", "20x5", ["2023", "2035"]),
            "unknown year '20x5'. Did you mean 2035, 2023?",
        ),
        (lambda: UnknownNameError.of("year", "2015", ["2023", "all"]), "unknown year '2015'. Did you mean 2023?"),
        (lambda: UnknownNameError.of("region", "2015", ["1023", "9"]), "unknown region '2015'. Known are: 1023, 9."),
        (lambda: UnknownNameError.of("year", "2015", []), "unknown year '2015'. Known are: ."),
    ],
)
def test_an_error_reads_as_one_sentence_and_an_advice(make: Callable[[], RegionalEconError], text: str) -> None:
    assert str(make()) == text


def test_an_error_keeps_its_kind_where_it_is_placed() -> None:
    placed = DataError("no figures", where="a.csv", advice="Add some").at("row 3")
    assert type(placed) is DataError
    assert (placed.message, placed.where, placed.advice) == ("no figures", "row 3, a.csv", "Add some")
    assert placed.args == ("no figures",)


@pytest.mark.parametrize("value", ["3", 2.0, True, None, -1, 4])
def test_what_is_no_whole_number_from_the_least_up_is_refused(value: object) -> None:
    with pytest.raises(OptionError) as caught:
        check_whole("draws", value, least=5)
    assert str(caught.value) == f"draws cannot be {value!r}. Give a whole number, 5 or more."


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    check_whole("draws", 5, least=5)
    check_whole("draws", np.int64(7), least=5)
    check_whole("draws", 0)
    with pytest.raises(OptionError, match="0 or more"):
        check_whole("draws", -1)


@pytest.mark.parametrize("years", [None, (2006, 2022), [2006, 2006], (np.int64(2000), 2001)])
def test_years_are_a_first_and_a_last_one(years: object) -> None:
    check_years(years)


@pytest.mark.parametrize("years", [(2022, 2006), (2006,), (2006, 2010, 2022), "20", 2006, (2006.0, 2022.0), ("a", "b")])
def test_other_years_are_refused(years: object) -> None:
    with pytest.raises(OptionError) as caught:
        check_years(years)
    assert str(caught.value) == f"years cannot be {years!r}. Give the first and the last year, such as (2006, 2022)."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read: No such file or directory ({path}). "
               "Run: regional-econ reproduce, or the command that makes it."),
        ("{", "damaged JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1) ({path}). "
              "Delete it and run again."),
        ("[" * 100_000, "JSON nested too deeply ({path}). Delete it and run again."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_json_says_what_to_do(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        read_json(path)
    assert str(caught.value) == message.format(path=path)


def test_json_is_utf8_with_sorted_keys_and_one_space(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": [1], "а": "да", "a": None})
    assert (tmp_path / "a.json").read_bytes() == '{\n "a": null,\n "b": [\n  1\n ],\n "а": "да"\n}\n'.encode()
    assert read_json(tmp_path / "a.json") == {"b": [1], "а": "да", "a": None}
    assert canonical_json("é") == '"é"\n'


@pytest.mark.parametrize("value", [float("inf"), {1, 2}])
def test_what_json_cannot_hold_is_refused_with_its_place(tmp_path: Path, value: object) -> None:
    with pytest.raises(StoreError, match=rf"^not representable as JSON: .+ \({tmp_path}/c\.json\)\. Report this\.$"):
        write_json(tmp_path / "c.json", {"x": value})


def test_a_file_appears_with_rights_to_be_read_and_in_new_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.txt"
    write_text(path, "да\n")
    write_text(path, "нет\n")
    assert path.read_bytes() == "нет\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert sha256_file(path) == sha256_bytes("нет\n".encode()) == hashlib.sha256("нет\n".encode()).hexdigest()
    with atomic_path(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.name.startswith(".x.txt.")
        assert temporary.name.endswith(".tmp")


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        check_writable(tmp_path)
    assert str(caught.value) == f"cannot write: it is a folder ({tmp_path}). Name a file."
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        check_writable(tmp_path / "file" / "x.nc")
    place = tmp_path / "file" / "x.nc"
    assert str(caught.value) == f"cannot write: File exists ({place}). Choose a folder that can be written."
    check_writable(tmp_path / "a" / "b" / "x.nc")
    check_writable(tmp_path / "a" / "b" / "x.nc")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_disk_that_is_full_changes_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_words(*_: object) -> None:
        raise OSError("odd")

    monkeypatch.setattr("os.fsync", without_words)
    advice = "Free some space or choose a folder that can be written, then run again; nothing was changed."
    with pytest.raises(StoreError) as caught:
        write_text(tmp_path / "x.txt", "new")
    assert str(caught.value) == f"cannot write: odd ({tmp_path / 'x.txt'}). {advice}"


def test_a_run_sweeps_what_a_killed_one_left_and_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "bld" / "run"
    with run_lock(folder):
        pass
    (folder / "deep").mkdir()
    (folder / "deep" / ".x.nc.abc.tmp").touch()
    (folder / "kept.tmp").touch()
    with run_lock(folder):
        assert not (folder / "deep" / ".x.nc.abc.tmp").exists()
        assert (folder / "kept.tmp").exists()
        with pytest.raises(RegionalEconError) as caught, run_lock(folder, wait_seconds=0.3):
            pass
    assert str(caught.value) == f"another run works in this folder ({folder}). Wait until it has ended."
    (tmp_path / "file").touch()
    with (
        pytest.raises(StoreError, match=r"^cannot write: .+ \(.*file/run/\.lock\)\. Choose a folder"),
        run_lock(tmp_path / "file" / "run"),
    ):
        pass


def test_a_run_that_waits_goes_on_once_the_other_has_ended(tmp_path: Path) -> None:
    code = "import sys, time; from pathlib import Path; from regional_econ._base.files import run_lock\n"
    code += "with run_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with run_lock(tmp_path, wait_seconds=60):
            assert other.poll() is not None or other.wait(10) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- x\n", "the file holds no texts by id (t.yml). Write id: {ru: …, en: …}."),
        ("x: {ru: а, en: b}\nx: {ru: а, en: b}\n", "text id 'x' stands twice (t.yml). Rename one of them."),
        ("x: да\n", "text 'x' must hold exactly ru and en (t.yml). Write both halves."),
        ("x: {ru: да, en: yes, de: ja}\n", "text 'x' must hold exactly ru and en (t.yml). Write both halves."),
        ("x: {ru: да}\n", "text 'x' lacks its en half (t.yml). Translate it."),
        ("x: {ru: {}, en: a}\n", "text 'x' lacks its ru half (t.yml). Translate it."),
        ("x: {ru: да, en: see TBD}\n", "text 'x' is not finished in en (t.yml). Translate it."),
        ("x: {ru: {one: а, few: б}, en: b}\n", "plural 'x' in ru needs the forms one, few, many (t.yml). Add them."),
        (
            "x: {ru: {one: а, few: б, many: в}, en: b}\n",
            "text 'x' is plural in one language only (t.yml). Use one shape.",
        ),
        ("x: {ru: да, en: 'a {{ да }} Б'}\n", "the en half of text 'x' has Russian words (t.yml). Translate it."),
    ],
)
def test_a_text_that_is_not_whole_says_which_and_where(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "t.yml").write_text(content, encoding="utf-8")
    with pytest.raises(TextError) as caught:
        Catalogue.load([tmp_path / "t.yml"])
    assert str(caught.value) == message


def test_a_text_of_a_second_file_may_not_stand_in_the_first(tmp_path: Path) -> None:
    plural = "r: {ru: {one: а, few: б, many: в}, en: {one: a, other: b}}\n"
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(plural, encoding="utf-8")
    with pytest.raises(TextError) as caught:
        Catalogue.load([tmp_path / "a.yml", tmp_path / "b.yml"])
    assert str(caught.value) == "text id 'r' stands twice (b.yml). Rename one of them."
    (tmp_path / "empty.yml").write_text("", encoding="utf-8")
    (tmp_path / "c.yml").write_text("s: {ru: ' да ', en: ' yes '}\n", encoding="utf-8")
    found = Catalogue.load([tmp_path / "empty.yml", tmp_path / "a.yml", tmp_path / "c.yml"])
    assert (found.get("s", "ru"), found.get("s", "en")) == ("да", "yes")
    assert [found.plural("r", count, "en") for count in (1, -1, 2)] == ["a", "a", "b"]
    with pytest.raises(UnknownNameError) as unknown:
        found.plural("q", 1, "ru")
    assert str(unknown.value) == "unknown plural id 'q'. Known are: r."
    with pytest.raises(UnknownNameError) as unknown:
        found.get("q", "ru")
    assert str(unknown.value) == "unknown text id 'q'. Known are: s."


@pytest.mark.parametrize(
    ("counts", "form"),
    [
        ((1, 21, 101, -1, 131), "one"),
        ((2, 3, 4, 22, 34, 102, -2), "few"),
        ((0, 5, 9, 10, 11, 12, 13, 14, 15, 19, 20, 111, 112, 114, -11), "many"),
    ],
)
def test_russian_counts_take_their_form(counts: tuple[int, ...], form: str) -> None:
    assert {plural_form(count, "ru") for count in counts} == {form}


@pytest.mark.parametrize(
    ("value", "digits", "ru", "en"),
    [
        (0.0, 0, "0", "0"), (-0.4, 0, "0", "0"), (-0.5004, 3, "−0,500", "−0.500"), (9999.4, 0, "9999", "9999"),
        (10_000.0, 0, "10_000", "10,000"), (-9999.0, 0, "−9999", "−9999"), (9999.0, 1, "9_999,0", "9,999.0"),
        (-10_000.0, 0, "−10_000", "−10,000"),
    ],
)  # fmt: skip
def test_thousands_are_parted_from_ten_thousand_up_or_with_decimals(
    value: float, digits: int, ru: str, en: str
) -> None:
    assert format_number(value, digits, "ru").replace("\u202f", "_") == ru
    assert format_number(value, digits, "en") == en


def test_a_generator_is_seeded_by_its_key() -> None:
    same = np.random.Generator(np.random.PCG64(seed_for(3, "a", 1)))
    assert rng_for(3, "a", 1).integers(1 << 62) == same.integers(1 << 62)
    assert 0 <= seed_for(3) < 2**32
    assert rng_for(3, "a").random() != rng_for(4, "a").random() != rng_for(4, "b").random()


def test_figures_lie_in_the_wheel_or_in_the_clone_or_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "src" / "regional_econ"
    package.mkdir(parents=True)
    monkeypatch.setattr(location, "_PACKAGE", package)
    with pytest.raises(StoreError) as caught:
        location.data_dir()
    assert str(caught.value) == f"the compiled figures are missing ({package}). Install the package again."
    (tmp_path / "data").mkdir()
    assert location.data_dir() == tmp_path / "data"
    (package / "_data").mkdir()
    assert location.data_dir() == package / "_data"
    assert location.package_dir() == package


THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)  # fmt: skip


@pytest.mark.parametrize("loaded", [False, True])
def test_every_library_is_asked_for_one_thread(monkeypatch: pytest.MonkeyPatch, loaded: bool) -> None:
    import threadpoolctl

    for name in THREADS:
        monkeypatch.setenv(name, "4")
    modules: dict[str, Any] = {**sys.modules, "numba": np} if loaded else {"numpy": np, "threadpoolctl": threadpoolctl}
    monkeypatch.setattr("regional_econ._base.determinism.sys", type("System", (), {"modules": modules}))
    limits: list[object] = []
    monkeypatch.setattr(threadpoolctl, "threadpool_limits", limits.append)
    single_thread()
    # a numba that is loaded refuses another number
    assert [os.environ[name] for name in THREADS] == ["1"] * 5 + ["4" if loaded else "1"]
    assert limits == [1]
    monkeypatch.setattr("regional_econ._base.determinism.sys", type("System", (), {"modules": {}}))
    single_thread()
    assert limits == [1], "nothing is loaded, nothing to limit"


@pytest.mark.parametrize(
    ("label", "seconds", "said"), [("panels", 3.0, "panels: 2 cases\n"), ("panels", 1.0, ""), ("", 3.0, "")]
)
def test_long_work_says_at_its_end_how_much_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], label: str, seconds: float, said: str
) -> None:
    bars: list[dict[str, Any]] = []

    def bar(outcomes: Any, **options: Any) -> Any:
        bars.append(options)
        return outcomes

    times = iter((10.0, 10.0 + seconds))
    monkeypatch.setattr(parallel, "tqdm", bar)
    monkeypatch.setattr(parallel.time, "monotonic", lambda: next(times))
    assert map_cases(double, {"a": 1, "b": 2}, seed=1, label=label) == {"a": 2, "b": 4}
    assert capsys.readouterr().err == said
    assert bars == [{"total": 2, "desc": label, "delay": 2.0, "file": sys.stderr, "leave": False}]


def seed_of(_case: int, seed: int) -> int:
    return seed


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_seed_of_a_case_is_that_of_its_key(jobs: int) -> None:
    assert map_cases(seed_of, {"a": 1, "b": 1}, seed=5, jobs=jobs) == {"a": seed_for(5, "a"), "b": seed_for(5, "b")}


def test_cases_go_to_processes_only_where_there_are_two_and_more_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def pool(**options: Any) -> Callable[..., Any]:
        asked.append(options)
        return lambda calls: (function(*arguments, **named) for function, arguments, named in calls)

    monkeypatch.setattr(parallel, "Parallel", pool)
    two = {"a": 1, "b": 2}
    assert map_cases(double, two, seed=1) == map_cases(double, {"a": 1}, seed=1, jobs=2) | {"b": 4}
    assert asked == []
    assert map_cases(double, two, seed=1, jobs=2) == {"a": 2, "b": 4}
    assert asked == [{"n_jobs": 2, "return_as": "generator"}]
