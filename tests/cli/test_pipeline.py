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
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from new_user import TASKS, NewUser
from walk import loose_digits, printed_numbers, read_page, wrong_numbers

from regional_econ._base.files import sha256_file
from regional_econ._base.text import LANGS
from regional_econ.core.section import SECTION_ORDER
from regional_econ.replication.archive import HASHES
from regional_econ.replication.contents import FOLDERS, ROOT_FILES

Run = Callable[..., subprocess.CompletedProcess[str]]
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
    "task_scale", "task_report",
}  # fmt: skip
PANEL = {"task_panel", "task_time_series", "task_dynamic", "task_heterogeneity", "task_spatial", "task_estimators"}
JUDGED = {"task_referee", "task_specifications", "task_report"}  # the pages on specifications show verdicts
STATE = {"pytask.lock", "syntax.json", "run.json"}  # times and memories of the runs
KILL_SEED, SECONDS_TO_LIVE = 20221231, (20.0, 120.0)  # three of them end before the run would, on any machine so far
RECORDED = {"task_planted", "task_dynamic_study", "task_scale"}  # they show a record, and read nothing else


def listen_to_ctrl_c() -> None:
    """A process started in the background ignores Ctrl-C; this one must not, whoever starts the tests."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment(project: Path, extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1", **extra}


def command_line(project: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regional_econ", *arguments]
    return subprocess.run(
        command, cwd=project, env=environment(project, extra), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose quick profile resamples less and forecasts three indicators."""
    folder = tmp_path_factory.mktemp("project")
    for part in (*FOLDERS, *ROOT_FILES):
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
        return command_line(project, "reproduce", "--profile", "quick", *arguments, **extra)

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
    assert sum(size.values()) <= 40_000_000
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


@pytest.fixture(scope="module")
def replication(project: Path, first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The replication package of the small study, unpacked elsewhere."""
    folder = tmp_path_factory.mktemp("replication")
    archive, options = str(folder / "replication.zip"), ("--profile", "quick")
    for command in (("verify", "--record"), ("package", "--out", archive)):
        done = command_line(project, *command, *options)
        assert done.returncode == 0, done.stderr
    shutil.unpack_archive(archive, folder)
    return folder / "kuzbass-replication"


def test_the_replication_package_is_whole(project: Path, replication: Path) -> None:
    hashes = dict(line.split("  ", 1)[::-1] for line in (replication / HASHES).read_text("utf-8").splitlines())
    there = {path.relative_to(replication).as_posix(): path for path in replication.rglob("*") if path.is_file()}
    assert set(there) == {*hashes, HASHES}
    assert {name: sha256_file(there[name]) for name in hashes} == hashes
    state = tomllib.loads((project / "bld" / "kuzbass" / "quick" / "pytask.lock").read_text("utf-8"))
    read = {
        path
        for task in state["task"]
        for path in task["depends_on"]
        if path.startswith("../../../") and "::" not in path
    }
    assert len(read) > 500
    for path in read:
        name = path.removeprefix("../../../")
        assert hashes[f"project/{name}"] == sha256_file(project / name), name


def test_the_replication_package_lists_every_table_and_figure_with_its_line(replication: Path) -> None:
    text, site = (replication / "README.md").read_text("utf-8"), replication / "project" / "reports" / "out"
    listed = re.findall(r"^\| ((?:Table|Figure) \d+) \| .* \| `(.+)` \| (\d+) \| `(.+)` \|$", text, flags=re.M)
    pages = [(site / "en" / f"{section}.html").read_text("utf-8") for section in SECTION_ORDER]
    printed = re.findall(r"<figcaption><b>((?:Table|Figure) \d+)\.</b>", "".join(pages))
    assert len(printed) > 200
    assert [number for number, *_ in listed] == printed
    for _, program, line, output in listed:
        lines = (replication / "project" / program).read_text("utf-8").splitlines()
        assert "section" in lines[int(line) - 1], (program, line)
        assert (site / output).is_file()
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert headings == [
        "Overview", "Data availability and provenance statements", "Dataset list", "Computational requirements",
        "Description of programs", "Instructions to replicators", "List of tables and programs", "References",
        "По-русски",
    ]  # fmt: skip
    assert set(re.findall(r"^\| `(task_\w+)` \| .*(?: s| min) \|$", text, flags=re.M)) == STEPS
    assert "of a run from nothing: not recorded" in text, "the committed record is of the full profile"


NO_NETWORK = """
import socket

def refuse(self, address):
    raise OSError(f"no network here: {address}")

for name in ("connect", "connect_ex"):
    setattr(socket.socket, name, refuse)
"""


@pytest.fixture
def offline(replication: Path, tmp_path: Path) -> dict[str, str]:
    """The unpacked package's own code, and no connection to anywhere."""
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    found = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{replication / 'project' / 'src'}"}
    asks = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    asked = subprocess.run(asks, env={**os.environ, **found}, capture_output=True, text=True, check=False)
    assert "no network here" in asked.stderr
    return found


def check_verified(project: Path, offline: dict[str, str]) -> None:
    done = command_line(project, "verify", "--profile", "quick", "--json", **offline)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)["data"]
    assert answer["agreeing"] == answer["total"] > 5_000


def test_the_replication_package_is_verified_and_knows_what_would_run_without_a_network(
    replication: Path, offline: dict[str, str]
) -> None:
    project = replication / "project"
    check_verified(project, offline)
    done = command_line(project, "reproduce", "--profile", "quick", "--explain", "--json", **offline)
    assert steps(done, "would_be_executed") == STEPS
    (project / "data" / "rules.yml").rename(project / "data" / "rules.away")
    done = command_line(project, "reproduce", "--profile", "quick", "--explain", "--json", **offline)
    (project / "data" / "rules.away").rename(project / "data" / "rules.yml")
    assert done.returncode != 0, "an input that is missing is noticed"


@pytest.mark.calibrate
def test_the_replication_package_is_made_anew_without_a_network(replication: Path, offline: dict[str, str]) -> None:
    project = replication / "project"
    out = project / "reports" / "out"
    before = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert len(before) > 500
    shutil.rmtree(out)
    shutil.rmtree(project / "bld")
    done = command_line(project, "reproduce", "--profile", "quick", "--json", **offline)
    assert steps(done, "success") == STEPS
    check_verified(project, offline)
    (out / ".lock").unlink()  # of the run; a package has none
    after = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)] == []


def test_a_step_runs_alone_as_a_process(project: Path, first: Path) -> None:
    command, extra = [sys.executable, "analyses/task_scale.py"], {"REGIONAL_ECON_PROFILE": "quick"}
    section = project / "bld" / "kuzbass" / "quick" / "sections" / "scale.json"
    before = section.read_bytes()
    section.unlink()
    done = subprocess.run(
        command, cwd=project, env=environment(project, extra), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert "read reports/record/calibrate.scale.json" in told
    assert "wrote bld/kuzbass/quick/sections/scale.json" in told
    assert section.read_bytes() == before


def test_nothing_runs_twice_and_profiles_do_not_disturb_each_other(run: Run, first: Path) -> None:
    assert steps(run("--json"), "success") == set()
    assert steps(run("--explain", "--json", "--profile", "full"), "would_be_executed") == STEPS
    assert steps(run("--json"), "success") == set()


def test_a_group_runs_the_steps_that_lead_to_its_answer(project: Path, first: Path) -> None:
    kept = first.parent / "artifacts" / "elasticities.json"
    before = kept.stat().st_mtime_ns
    done = command_line(project, "elasticities", "build", "--profile", "quick", "--json")
    assert done.returncode == 0, done.stderr
    shown = {row["id"] for row in json.loads(done.stdout)["data"]}
    assert shown == {parameter["id"] for parameter in json.loads(kept.read_text(encoding="utf-8"))["parameters"]}
    assert kept.stat().st_mtime_ns == before, "nothing changed, so nothing is made anew"


def test_a_scenario_leaves_as_stocks_and_flows(project: Path, first: Path) -> None:
    arguments = ["analyses/scenarios/rd_push.yml", "--out", "model.xmile", "--profile", "quick", "--json"]
    done = command_line(project, "policy", "export", *arguments)
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


CIRCUMSTANCES = {
    "TZ": "Asia/Novokuznetsk", "PYTHONHASHSEED": "7", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0",
}  # fmt: skip


def test_steps_made_anew_give_the_same_bytes_under_other_circumstances(run: Run, first: Path) -> None:
    bld, again = first.parent, ("panel", "causal", "elasticities", "policy", "referee")
    before = {path.name: path.read_bytes() for path in first.glob("*.json")}
    for name in again:
        (bld / "artifacts" / f"results.{name}.json").unlink()
    done = run("--json", "--jobs", "1", **CIRCUMSTANCES)
    assert steps(done, "success") == {f"task_{name}" for name in again}, "nothing they hand on has changed"
    assert {path.name: path.read_bytes() for path in first.glob("*.json")} == before


def all_files(project: Path) -> dict[str, bytes]:
    """Intermediates with the posterior's draws, results, sections and report, without the state of the runs."""
    paths = (path for part in ("bld/kuzbass/quick", "reports/out") for path in (project / part).rglob("*"))
    kept = (path for path in paths if path.is_file() and path.name not in STATE and ".pytask" not in path.parts)
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in kept}


@pytest.mark.calibrate
@pytest.mark.parametrize(("jobs", "kills"), [(1, 0), (2, 0), (4, 3)])
def test_a_run_from_nothing_gives_the_same_bytes_under_other_circumstances(
    project: Path, first: Path, jobs: int, kills: int
) -> None:
    """With other numbers of workers; the last is killed three times on its way, at moments drawn from a seed."""
    before = all_files(project)
    for part in ("bld", "reports/out"):
        shutil.rmtree(project / part)
    command = [sys.executable, "-m", "regional_econ", "reproduce", "--profile", "quick", "--json", "--jobs", str(jobs)]
    extra = environment(project, CIRCUMSTANCES)
    for seconds in np.random.default_rng(KILL_SEED).uniform(*SECONDS_TO_LIVE, size=kills):
        started = subprocess.Popen(command, cwd=project, env=extra, stdout=subprocess.DEVNULL, start_new_session=True)
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(seconds)
        os.killpg(started.pid, signal.SIGKILL)
        assert started.wait() == -signal.SIGKILL
    done = subprocess.run(command, cwd=project, env=extra, capture_output=True, text=True, check=False)
    assert steps(done, "success", "skip_unchanged") == STEPS
    after = all_files(project)
    assert [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)] == []
    assert list((project / "bld").rglob("*.tmp")) == []
