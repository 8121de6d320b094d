"""The pipeline on real data: it stops and resumes, reruns exactly what an edit touches, and gives the same bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from new_user import TASKS, NewUser
from walk import loose_digits, printed_numbers, read_page, wrong_numbers

from regional_econ._base.text import LANGS

Run = Callable[..., subprocess.CompletedProcess[str]]
PARTS = (
    "src", "analyses", "data", "reports/site", "reports/pdf", "reports/fonts", "reports/record", "requirements.lock",
    "CITATION.cff",
)  # fmt: skip
SECONDS_INTO_THE_NEXT_STEP = 5
PATIENCE_SECONDS = 600
LEAST = {"bootstrap_replications": 49}
INDICATORS = ["unemployment_pct", "researchers", "innovation_activity_pct"]
STEPS = {
    "task_data", "task_panel", "task_time_series", "task_dynamic", "task_dynamic_study", "task_heterogeneity",
    "task_spatial", "task_estimators", "task_questions", "task_causal", "task_stress", "task_falsifications",
    "task_events", "task_mining", "task_planted", "task_designs", "task_forecast", "task_backtest", "task_fans",
    "task_explore_forecast", "task_elasticities", "task_policy", "task_policy_answers", "task_policy_export",
    "task_policy_page", "task_levers", "task_policy_history", "task_referee", "task_specifications", "task_paper",
    "task_report",
}  # fmt: skip
PANEL = {"task_panel", "task_time_series", "task_dynamic", "task_heterogeneity", "task_spatial", "task_estimators"}
JUDGED = {"task_referee", "task_specifications", "task_report"}  # the pages on specifications show verdicts
RECORDED = {"task_planted", "task_dynamic_study"}  # they show a record, and read nothing else


def listen_to_ctrl_c() -> None:
    """A process started in the background ignores Ctrl-C; this one must not, whoever starts the tests."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment(project: Path, extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1", **extra}


@pytest.fixture(scope="module")
def project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose quick profile resamples less and forecasts three indicators."""
    folder = tmp_path_factory.mktemp("project")
    for part in PARTS:
        if (root / part).is_dir():
            shutil.copytree(root / part, folder / part)  # with what Python and numba compiled of it
        else:
            shutil.copy(root / part, folder / part)
    study = folder / "analyses" / "study.toml"
    text, quick = study.read_text(encoding="utf-8").split("[quick]")
    for setting, least in LEAST.items():
        quick, found = re.subn(rf"{setting} = .*", f"{setting} = {least}", quick)
        assert found == 1, setting
    text, found = re.subn(r"indicators = \[[^\]]*\]", f"indicators = {json.dumps(INDICATORS)}", text)
    assert found == 1
    study.write_text(f"{text}[quick]{quick}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(project: Path) -> Run:
    def call(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "regional_econ", "reproduce", "--profile", "quick", *arguments]
        return subprocess.run(
            command, cwd=project, env=environment(project, extra), capture_output=True, text=True, check=False
        )

    return call


def steps(done: subprocess.CompletedProcess[str], *outcomes: str) -> set[str]:
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    return {name for name, outcome in answer["data"]["steps"].items() if outcome in outcomes}


@pytest.fixture(scope="module")
def first(project: Path, run: Run) -> Path:
    """Stop a run in its middle by Ctrl-C, then let it finish; return the folder of results."""
    bld = project / "bld" / "kuzbass" / "quick"
    command = [sys.executable, "-m", "regional_econ", "reproduce", "--profile", "quick"]
    started = subprocess.Popen(
        command, cwd=project, env=environment(project, {}), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=listen_to_ctrl_c,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (bld / "artifacts" / "results.panel.json").is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(SECONDS_INTO_THE_NEXT_STEP)
    started.send_signal(signal.SIGINT)
    output, _ = started.communicate(timeout=PATIENCE_SECONDS)
    assert started.returncode in (2, 130, -signal.SIGINT), output  # a shell calls the last of them 130 too
    assert "Traceback" not in output
    assert "again" in output, "the next step is named"
    assert [path for path in bld.rglob("*.tmp")] == []
    done = run("--json")
    ran = steps(done, "success")
    assert ran < STEPS, "what was finished before the stop is not run again"
    assert steps(done, "success", "skip_unchanged") == STEPS
    return bld / "results"


def test_every_step_left_its_report(project: Path, first: Path) -> None:
    for name in ("en/referee.html", "ru/referee.html", "report_en.pdf", "report_ru.pdf"):
        assert (project / "reports" / "out" / name).stat().st_size > 20_000
    assert len(list(first.glob("*.json"))) > 20


def test_the_site_is_light_enough_to_send(project: Path, first: Path) -> None:
    """40 MB in all, and nothing of a figure that grows by itself: the full profile has more of them."""
    out = project / "reports" / "out"
    size = {path.relative_to(out): path.stat().st_size for path in out.rglob("*") if path.is_file()}
    assert sum(bytes for path, bytes in size.items() if path.suffix != ".pdf") <= 40_000_000
    for folder, most in (("figures", 24_000), ("charts", 14_000), ("numbers", 5_000)):
        own = [bytes for path, bytes in size.items() if path.parts[0] == folder]
        assert sum(own) / len(own) <= most, folder


def test_every_number_of_every_page_leads_to_its_result(project: Path, first: Path) -> None:
    site = project / "reports" / "out"
    known, read = printed_numbers(site), 0
    for lang in LANGS:
        for page in sorted((site / lang).glob("*.html")):
            read += len(read_page(page).numbers)
            assert list(wrong_numbers(page, known, lang)) == []
            assert list(loose_digits(page)) == []
    assert read > 20_000
    for row in known.values():
        result = json.loads((first / f"{row['result']}.json").read_text(encoding="utf-8"))
        value = result["values"][row["id"].removeprefix(f"{row['result']}.")]["value"]
        assert row["value"] == ("" if value is None else str(value))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_a_new_user_gets_there_in_five_actions(project: Path, first: Path, task: Callable[[NewUser], None]) -> None:
    pytest.importorskip("playwright", reason="needs Playwright, which comes with the development packages")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium, on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(locale="en-GB")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
        page.goto((project / "reports" / "out" / "en" / "index.html").as_uri())
        task(NewUser(page))
        browser.close()
    assert problems == []


def test_nothing_runs_twice_and_profiles_do_not_disturb_each_other(run: Run, first: Path) -> None:
    assert steps(run("--json"), "success") == set()
    assert steps(run("--explain", "--json", "--profile", "full"), "would_be_executed") == STEPS
    assert steps(run("--json"), "success") == set()


def test_a_group_runs_the_steps_that_lead_to_its_answer(project: Path, first: Path) -> None:
    kept = first.parent / "artifacts" / "elasticities.json"
    before = kept.stat().st_mtime_ns
    command = [sys.executable, "-m", "regional_econ", "elasticities", "build", "--profile", "quick", "--json"]
    done = subprocess.run(
        command, cwd=project, env=environment(project, {}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    shown = {row["id"] for row in json.loads(done.stdout)["data"]}
    assert shown == {parameter["id"] for parameter in json.loads(kept.read_text(encoding="utf-8"))["parameters"]}
    assert kept.stat().st_mtime_ns == before, "nothing changed, so nothing is made anew"


def test_a_scenario_leaves_as_stocks_and_flows(project: Path, first: Path) -> None:
    arguments = ["analyses/scenarios/rd_push.yml", "--out", "model.xmile", "--profile", "quick", "--json"]
    command = [sys.executable, "-m", "regional_econ", "policy", "export", *arguments]
    done = subprocess.run(
        command, cwd=project, env=environment(project, {}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told, text = json.loads(done.stdout)["data"], (project / "model.xmile").read_text(encoding="utf-8")
    assert text.count("<stock ") == told["stocks"] > 0


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("src/regional_econ/report/pdf.py", {"task_report"}),
        (
            "src/regional_econ/policy/scenarios/run.py",
            {"task_policy", "task_policy_export", "task_levers", "task_report"},
        ),
        ("src/regional_econ/referee/judge.py", JUDGED),
        ("src/regional_econ/panel/hausman.py", PANEL | {"task_report"}),
        ("src/regional_econ/_base/seeds.py", STEPS - {"task_data", "task_questions", "task_paper"} - RECORDED),
        ("data/claims.yml", {"task_data", "task_questions", "task_fans", "task_paper"} | JUDGED),
        ("data/questions.yml", {"task_questions", "task_falsifications", "task_paper"} | JUDGED),
        ("data/values.csv.gz", STEPS - RECORDED),
    ],
)
def test_an_edit_reruns_exactly_what_needs_the_file(
    project: Path, run: Run, first: Path, edited: str, expected: set[str]
) -> None:
    path = project / edited
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"\n")
        assert steps(run("--explain", "--json"), "would_be_executed") == expected
    finally:
        path.write_bytes(before)


def test_an_edit_really_reruns_and_only_that(project: Path, run: Run, first: Path) -> None:
    path = project / "src" / "regional_econ" / "referee" / "judge.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# an edit\n", encoding="utf-8")
    assert steps(run("--json"), "success") == {"task_referee"}, "a comment changes no result, so the report stands"


CIRCUMSTANCES = {"TZ": "Asia/Novokuznetsk", "PYTHONHASHSEED": "7", "LC_ALL": "C"}


def test_steps_made_anew_give_the_same_bytes_under_other_circumstances(run: Run, first: Path) -> None:
    bld, again = first.parent, ("panel", "causal", "elasticities", "policy", "referee")
    before = {path.name: path.read_bytes() for path in first.glob("*.json")}
    for name in again:
        (bld / "artifacts" / f"results.{name}.json").unlink()
    done = run("--json", "--jobs", "1", **CIRCUMSTANCES)
    assert steps(done, "success") == {f"task_{name}" for name in again}, "nothing they hand on has changed"
    assert {path.name: path.read_bytes() for path in first.glob("*.json")} == before


@pytest.mark.calibrate
def test_a_second_run_gives_the_same_bytes_under_other_circumstances(project: Path, run: Run, first: Path) -> None:
    """Everything but the posterior samples is made anew; those have a test of their own in tests/bayes."""
    bld = first.parent
    before = {path.name: path.read_bytes() for path in first.glob("*.json")}
    reports = {str(path): path.read_bytes() for path in (project / "reports" / "out").rglob("*.*")}
    for path in [*bld.glob("report/*.*"), *bld.glob("sections/*"), *bld.glob("artifacts/*.*"), *first.glob("*")]:
        if "forecast" not in path.name or path.parent.name == "sections":
            path.unlink()
    done = run("--json", "--jobs", "1", **CIRCUMSTANCES)
    assert steps(done, "success") == STEPS - {"task_forecast"}
    after = {path.name: path.read_bytes() for path in first.glob("*.json")}
    assert [name for name in {*before, *after} if before.get(name) != after.get(name)] == []
    assert {str(path): path.read_bytes() for path in (project / "reports" / "out").rglob("*.*")} == reports
