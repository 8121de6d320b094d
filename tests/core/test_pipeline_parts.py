"""Results, studies, workspaces and records."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from regional_econ._base.errors import OptionError, StoreError, StudyError, UnknownNameError
from regional_econ._base.files import read_json, sha256_file
from regional_econ.core.record import compare, read_record, record_of
from regional_econ.core.results import Result, ResultStore, Value
from regional_econ.core.section import Paragraph, Section
from regional_econ.core.study import load_study
from regional_econ.core.workspace import Workspace, source_files


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    store = ResultStore(tmp_path / "results")
    store.write(Result("forecast.RU-KEM", {"y.2030.p50": Value(8.25, "%", 1, mc_error=0.02)}, {"panel": "0" * 64}))
    store.write(Result("panel", {"n": Value(1368, digits=0), "label": Value("inconclusive")}))
    return store


def test_numbers_are_found_by_their_full_id(store: ResultStore) -> None:
    assert store.number("forecast.RU-KEM.y.2030.p50") == Value(8.25, "%", 1, 0.02)
    assert store.read("forecast.RU-KEM").inputs == {"panel": "0" * 64}
    assert store.ids() == ("forecast.RU-KEM", "panel")


@pytest.mark.parametrize("wrong", ["forecast.RU-KEM.y.2031.p50", "forcast.RU-KEM.y", "panel"])
def test_a_wrong_id_names_the_nearest(store: ResultStore, wrong: str) -> None:
    with pytest.raises(UnknownNameError):
        store.number(wrong)


def test_a_damaged_result_says_so(store: ResultStore) -> None:
    store.path("panel").write_text('{"id": "panel"}', encoding="utf-8")
    with pytest.raises(StoreError, match="damaged result"):
        store.read("panel")


def test_nan_is_no_result(store: ResultStore) -> None:
    with pytest.raises(StoreError, match="not representable"):
        store.write(Result("bad", {"x": Value(math.nan)}))


@pytest.mark.parametrize(
    ("changed", "agreeing"),
    [
        (Value(8.25 + 0.1, "%", 1, 0.02), 3),  # within five errors of √2 · 0.02
        (Value(8.25 + 0.2, "%", 1, 0.02), 2),
        (Value("8.25"), 2),
    ],
)
def test_a_rerun_is_held_against_the_record(store: ResultStore, changed: Value, agreeing: int) -> None:
    record = {key: Result.from_dict(value) for key, value in record_of(store)["results"].items()}
    assert compare(record, store).differences == ()
    store.write(Result("forecast.RU-KEM", {"y.2030.p50": changed}))
    agreement = compare(record, store)
    assert (agreement.agreeing, agreement.total) == (agreeing, 3)
    store.write(Result("new", {"x": Value(1.0)}))
    assert compare(record, store).total == 4


def test_without_a_record_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="verify --record"):
        read_record(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("focal_region", "focal_regoin", "unknown key 'focal_regoin'. Did you mean focal_region"),
        ('outcome = "innovation_activity_pct"', "", "key 'outcome' is missing"),
        ("seed = 20221231", 'seed = "x"', "key 'seed' must be of type int"),
        ("drivers = [", 'drivers = "wear_pct" #', "key 'drivers' must be a list"),
        ("[full]", "[full", "not valid TOML"),
        ("backtest_origins = [2014, 2019]", "backtest_origins = [2019]", "too few backtest_origins"),
        ("target_probability = 0.5", "target_probability = 1", "target_probability must lie between 0 and 1"),
        ("programme_last_year = 2031", "programme_last_year = 2026", "the programme's years are out of order"),
    ],
)
def test_a_wrong_study_file_is_one_clear_error(root: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (root / "analyses" / "study.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "study.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_study_file_points_to_the_example(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"analyses/study\.toml"):
        load_study(tmp_path / "none.toml")


def test_profiles_have_folders_of_their_own(root: Path) -> None:
    quick, full = (Workspace(root / "analyses" / "study.toml", profile) for profile in ("quick", "full"))
    assert quick.bld != full.bld
    assert quick.bld.relative_to(root) == Path("bld/kuzbass/quick")
    assert len(quick.settings.backtest_origins) < len(full.settings.backtest_origins)


def test_the_environment_names_the_workspace(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("REGIONAL_ECON_PROFILE", "quick")
    assert Workspace.current().profile == "quick"
    monkeypatch.setenv("REGIONAL_ECON_PROFILE", "fast")
    with pytest.raises(OptionError, match="Choose one of: quick, full"):
        Workspace.current()


def test_the_code_of_a_step_is_found_through_all_imports_and_no_further() -> None:
    names = {path.name for path in source_files("regional_econ.core.results")}
    assert names == {"__init__.py", "results.py", "errors.py", "files.py"}


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Workspace:
    """The shipped study in a folder of its own."""
    (tmp_path / "analyses").mkdir()
    study = tmp_path / "analyses" / "study.toml"
    study.write_bytes((root / "analyses" / "study.toml").read_bytes())
    return Workspace(study, "quick")


def test_everything_of_a_study_has_its_place(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "bld" / "kuzbass" / "quick"
    assert workspace.artifact("a.parquet") == folder / "artifacts" / "a.parquet"
    assert workspace.index_path("panel") == folder / "artifacts" / "results.panel.json"
    assert workspace.explorer_path("claims") == folder / "explorers" / "claims.json"
    assert workspace.run_record == tmp_path / "reports" / "record" / "kuzbass.run.json"
    section = Section("panel", "panel.title", (Paragraph("p"),))
    assert workspace.write_section(section) == folder / "sections" / "panel.json"
    assert workspace.sections() == {"panel": section}


def test_a_step_s_results_replace_those_of_its_last_run(workspace: Workspace) -> None:
    code = workspace.code("regional_econ.core.results")
    workspace.write_results("panel", [Result("panel", {"n": Value(1.0)}), Result("old", {"n": Value(2.0)})], code)
    workspace.write_results("panel", [Result("panel", {"n": Value(3.0)})], code)
    assert workspace.results.ids() == ("panel",)
    assert workspace.results.number("panel.n") == Value(3.0)
    assert set(workspace.made()) == {"panel"}
    assert workspace.made()["panel"].current
    assert workspace.code_version(code) == workspace.made()["panel"].code


def test_results_under_another_lock_file_are_outdated(workspace: Workspace, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("numpy==2\n", encoding="utf-8")
    workspace.write_results("panel", [Result("panel", {"n": Value(1.0)})], workspace.code("regional_econ.core.results"))
    assert workspace.made()["panel"].current
    lock.write_text("numpy==3\n", encoding="utf-8")
    assert not workspace.made()["panel"].current


def test_results_that_are_not_as_they_were_written_are_made_anew(workspace: Workspace) -> None:
    code = workspace.code("regional_econ.core.results")
    results = [Result(name, {"n": Value(1.0)}) for name in ("cut", "gone", "whole")]
    workspace.write_results("panel", results, code)
    assert workspace.mark_damaged_results() == []
    workspace.results.path("cut").write_text("{", encoding="utf-8")
    workspace.results.path("gone").unlink()
    assert workspace.mark_damaged_results() == [workspace.results.path("cut"), workspace.results.path("gone")]
    hashes = read_json(workspace.index_path("panel"))["results"]
    assert hashes == {"cut": "", "gone": "", "whole": sha256_file(workspace.results.path("whole"))}
    assert workspace.mark_damaged_results() == [], "they are marked already"
    workspace.index_path("panel").write_text("[]", encoding="utf-8")
    assert workspace.mark_damaged_results() == [workspace.index_path("panel")]
    assert not workspace.index_path("panel").exists()


def test_a_study_outside_a_project_says_where_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError) as caught:
        _ = Workspace(tmp_path / "study.toml", "full").root
    assert str(caught.value) == f"no project folder ({tmp_path / 'study.toml'}). Run inside a clone of the project."
