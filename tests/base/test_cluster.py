"""Cases on the workers of a dask.distributed cluster: the same bytes, what a lost worker costs, what cannot be used."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import cluster_cases
import pytest
from made_up import DRAWS, REGION, made_up_elasticities, made_up_forecast, made_up_panel
from typer.testing import CliRunner

from regional_econ._base import cluster as cluster_module
from regional_econ._base.cluster import cluster_in_use, on_cluster
from regional_econ._base.errors import ClusterError, EstimationError, OptionError
from regional_econ._base.parallel import map_cases
from regional_econ.causal.bootstrap import region_bootstrap
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.multiverse import run as run_multiverse
from regional_econ.cli.main import main
from regional_econ.cli.options import working
from regional_econ.cli.policy import app as policy_app
from regional_econ.cli.steps import run_steps
from regional_econ.core.code import installation
from regional_econ.core.study import load_study
from regional_econ.core.workspace import Workspace
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_national
from regional_econ.forecasting.backtest import backtest

START_SECONDS = 60.0
FEW_FAILURES = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}  # of a case; by default three


class Cluster:
    """A scheduler on this machine, and workers by number; each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler = self.start(
            "scheduler", "--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--port", "0", **FEW_FAILURES
        )
        said = self.said("scheduler", r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)")
        self.address = said[1]
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, kind: str, *options: str, name: str = "", **environment: str) -> subprocess.Popen[bytes]:
        paths = [str(Path(cluster_cases.__file__).parent), *sys.path]
        known = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment}
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", *options]
        with (self.folder / f"{name or kind}.log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=known, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def said(self, name: str, pattern: str) -> re.Match[str]:
        deadline, log = time.monotonic() + START_SECONDS, self.folder / f"{name}.log"
        while time.monotonic() < deadline:
            found = re.search(pattern, log.read_text(encoding="utf-8"))
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(log.read_text(encoding="utf-8"))

    def add(self, *, threads: int = 1, **environment: str) -> subprocess.Popen[bytes]:
        name = f"worker{len(self.workers)}"
        options = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        self.workers.append(self.start("worker", self.address, *options, name=name, **environment))
        self.said(name, "Registered to")
        return self.workers[-1]

    def remove(self, worker: subprocess.Popen[bytes], first: Callable[[], None] = lambda: None) -> None:
        """End a worker, after something was done with it, and wait until the scheduler has noticed."""
        first()
        worker.kill()
        worker.wait()
        gone = sum(one.poll() is not None for one in self.workers)
        self.said("scheduler", rf"(?s)(Remove worker addr.*){{{gone}}}")

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
        for process in (*self.workers, self.scheduler):
            process.wait()


@contextmanager
def started(folder: Path, workers: int = 0) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add()
        yield cluster
    finally:
        cluster.end()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, for tests that leave them alive."""
    with started(tmp_path_factory.mktemp("cluster"), workers=2) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler, for tests that bring and end workers."""
    with started(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def declared(root: Path) -> Multiverse:
    return load_multiverse(root / "analyses" / "multiverse.yml")


def bootstrap(declared: Multiverse, _root: Path, _folder: Path) -> bytes:
    found = region_bootstrap(load_panel(), declared, reps=120, seed=3)
    return found.estimates.to_numpy().tobytes() + found.covariance.to_numpy().tobytes()


def multiverse(declared: Multiverse, _root: Path, _folder: Path) -> bytes:
    few = replace(declared, eras=declared.eras[:1], vintages=declared.vintages[:1], effects=declared.effects[:1])
    return run_multiverse(load_panel(), few, focal_region="RU-KEM").table.to_parquet()


def scores(_declared: Multiverse, root: Path, folder: Path) -> bytes:
    study = load_study(root / "analyses" / "study.toml")
    small = replace(study.quick, backtest_origins=(2012, 2014))
    record = root / "reports" / "record" / "benchmark_forecasts.parquet"
    few = replace(study, indicators=(study.outcome,), quick=small)
    found = backtest(load_panel(), load_national(), few, profile="quick", folder=folder, record=record)
    return b"".join(part.to_parquet() for part in (found.scores, found.joint, found.batches, found.gates))


def scenarios(_declared: Multiverse, root: Path, folder: Path, *options: str) -> bytes:
    study = folder / "analyses" / "study.toml"
    study.parent.mkdir(parents=True)
    text = (root / "analyses" / "study.toml").read_text(encoding="utf-8")
    study.write_text(text.replace("RU-KEM", REGION), encoding="utf-8")
    made_up_elasticities().write(Workspace(study, "full").artifact("x").parent)
    made_up_forecast(DRAWS, range(2023, 2036)).to_netcdf(Workspace(study, "full").artifact("forecast.nc"))
    files = [str(root / "analyses" / "scenarios" / f"{name}.yml") for name in ("coal_low", "rd_push")]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("regional_econ.data.load.load_panel", made_up_panel)
        done = CliRunner().invoke(policy_app, ["run", *files, *options, "--json", "--study", str(study)])
    assert done.exit_code == 0, done.exception
    return done.stdout_bytes


@pytest.mark.parametrize("work", [bootstrap, multiverse, pytest.param(scores, marks=pytest.mark.calibrate)])
def test_a_cluster_changes_no_byte(
    work: Callable[[Multiverse, Path, Path], bytes], cluster: Cluster, declared: Multiverse, root: Path, tmp_path: Path
) -> None:
    here = work(declared, root, tmp_path / "here")
    with on_cluster(cluster.address, installation) as workers:
        assert workers == 2
        assert cluster_in_use()
        there = work(declared, root, tmp_path / "there")
    assert not cluster_in_use()
    assert there == here


def test_scenarios_run_on_the_cluster_that_the_command_names(
    cluster: Cluster, declared: Multiverse, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, sent = scenarios(declared, root, tmp_path / "here"), []

    def on_workers(func: Callable[..., object], seeded: Mapping[str, object]) -> Iterator[object]:
        sent.extend(Path(key).stem for key in seeded)
        return cluster_module.on_workers(func, seeded)  # type: ignore[arg-type]

    monkeypatch.setattr("regional_econ._base.parallel.on_workers", on_workers)
    assert scenarios(declared, root, tmp_path / "there", "--cluster", cluster.address) == here
    assert sent == ["coal_low", "rd_push"]


def test_cases_run_on_all_workers_and_nowhere_else(cluster: Cluster, tmp_path: Path) -> None:
    cases = {str(number): (tmp_path, 0.05) for number in range(12)}
    with on_cluster(cluster.address, installation):
        found = map_cases(cluster_cases.pause, cases, seed=5)
    assert list(found) == list(cases)
    processes = {int(path.name.split("_")[1]) for path in tmp_path.iterdir()}
    assert processes == {worker.pid for worker in cluster.workers}


def test_a_killed_worker_costs_only_its_cases(own: Cluster, tmp_path: Path) -> None:
    first, second = own.add(), own.add()
    seen = tmp_path / "seen"
    seen.mkdir()
    cases = {str(number): (seen, 0.2) for number in range(20)}

    def kill() -> None:
        while len([path for path in seen.iterdir() if path.name.endswith(f"_{first.pid}")]) < 3:
            time.sleep(0.02)
        os.kill(first.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    with on_cluster(own.address, installation):
        killer.start()
        found = map_cases(cluster_cases.pause, cases, seed=5)
        killer.join()
    runs = [path.name.split("_") for path in seen.iterdir()]
    twice = [seed for seed, pid in runs if pid == str(second.pid) and [seed, str(first.pid)] in runs]
    assert 1 <= len(twice) <= 2  # what the lost worker was at, and a result that had not been fetched yet
    assert len(runs) == len(cases) + len(twice)
    elsewhere = tmp_path / "here"
    elsewhere.mkdir()
    assert found == map_cases(cluster_cases.pause, {key: (elsewhere, 0.0) for key in cases}, seed=5)


@pytest.mark.calibrate
def test_a_case_that_no_worker_survives_is_named(own: Cluster) -> None:
    for _ in range(3):
        own.add()
    with on_cluster(own.address, installation), pytest.raises(ClusterError, match="case b ended each of 2 workers"):
        map_cases(cluster_cases.fatal, {"a": 1, "b": 0}, seed=0)


def test_a_cluster_without_workers_is_not_waited_for_for_ever(
    own: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("regional_econ._base.cluster.LONELY_SECONDS", 1.0)
    own.add()
    cases = {str(n): (tmp_path, 30.0) for n in range(2)}
    threading.Timer(1.0, lambda: [worker.kill() for worker in own.workers]).start()
    with (
        pytest.raises(ClusterError, match=r"no worker is left \(tcp://.+\)\. Start workers and run again"),
        on_cluster(own.address, installation),
    ):
        map_cases(cluster_cases.pause, cases, seed=0, jobs=2)
    assert "no worker is left, waiting" in capsys.readouterr().err


@pytest.mark.calibrate
def test_a_lost_scheduler_is_named(own: Cluster, tmp_path: Path) -> None:
    own.add()
    cases = {str(number): (tmp_path, 1.0) for number in range(9)}
    threading.Timer(1.5, own.scheduler.kill).start()
    with pytest.raises(ClusterError, match="the scheduler was lost"), on_cluster(own.address, installation):
        map_cases(cluster_cases.pause, cases, seed=5)


def test_a_mistake_in_a_case_reaches_the_caller(cluster: Cluster) -> None:
    with (
        on_cluster(cluster.address, installation),
        pytest.raises(EstimationError, match=r"no such estimate \([01]\)\. Give other figures"),
    ):
        map_cases(cluster_cases.refuse, {"a": 0, "b": 1}, seed=0)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8786", "tcp://127.0.0.1", "http://x:1", "tcp://x:0", "tcp://x:70000", ""]
)
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(OptionError, match="tcp://HOST:PORT"), on_cluster(address, installation):
        pass


def test_a_scheduler_that_does_not_answer_is_named_soon() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address, began = f"tcp://127.0.0.1:{silent.getsockname()[1]}", time.monotonic()
        with pytest.raises(ClusterError, match="no scheduler answers"), on_cluster(address, installation):
            pass
        assert time.monotonic() - began < 15  # 5 s to connect, and what this machine adds when it is busy


def other_code(root: Path, folder: Path) -> dict[str, str]:
    """Environment of a worker whose code differs from ours in one line."""
    shutil.copytree(root / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "data").symlink_to(root / "data")
    with (folder / "src" / "regional_econ" / "_base" / "seeds.py").open("a", encoding="utf-8") as file:
        file.write("OTHER = 1\n")
    return {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{Path(cluster_cases.__file__).parent}"}


def test_workers_that_would_not_give_the_same_results_are_refused(own: Cluster, root: Path, tmp_path: Path) -> None:
    def refused(message: str) -> None:
        with pytest.raises(ClusterError, match=message), on_cluster(own.address, installation):
            pass

    refused("the cluster has no workers")
    others = other_code(root, tmp_path)
    lone = own.add(**others)
    refused(r"a worker has code [0-9a-f]{12}, and here it is [0-9a-f]{12} \(tcp://127.0.0.1:\d+\)")
    own.remove(lone)
    own.remove(own.add(threads=2), first=lambda: refused("2 threads of one process"))
    (tmp_path / "empty" / "regional_econ").mkdir(parents=True)
    (tmp_path / "empty" / "regional_econ" / "__init__.py").touch()
    own.remove(own.add(PYTHONPATH=str(tmp_path / "empty")), first=lambda: refused("cannot say what code it has"))
    early = own.add()
    with on_cluster(own.address, installation):
        own.add(**others)  # later than the others were asked
        own.remove(early)
        with pytest.raises(ClusterError, match="a worker has code"):
            map_cases(cluster_cases.pause, {"a": (tmp_path, 0.0), "b": (tmp_path, 0.0)}, seed=0)


def test_a_study_that_workers_do_not_have_is_named(cluster: Cluster, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    ask = partial(installation, study)
    study.touch()
    ask()  # what is here is read once
    study.unlink()
    with pytest.raises(ClusterError, match=f"a worker has the file {study} none"), on_cluster(cluster.address, ask):
        pass


def test_the_setting_reaches_the_steps_of_the_pipeline(cluster: Cluster, root: Path, tmp_path: Path) -> None:
    (tmp_path / "analyses").mkdir()
    study = tmp_path / "analyses" / "study.toml"
    study.write_bytes((root / "analyses" / "study.toml").read_bytes())
    shutil.copy(Path(__file__).parent / "cluster_step.py", tmp_path / "analyses" / "task_where.py")
    with working(study, "quick", 0, cluster.address) as workspace:
        run_steps(workspace)
    assert workspace.jobs == 2
    where = {int(line) for line in (tmp_path / "where.txt").read_text(encoding="utf-8").split()}
    assert where == {worker.pid for worker in cluster.workers}


@pytest.mark.parametrize(
    "command",
    [
        ["reproduce"],
        ["forecast", "run"],
        ["elasticities", "build"],
        ["causal", "multiverse"],
        ["report", "build"],
        ["policy", "run", "analyses/scenarios/rd_push.yml"],
    ],
)
def test_every_long_command_takes_a_cluster(
    command: list[str], root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    mistakes = {
        "127.0.0.1": "--cluster cannot be '127.0.0.1'. Give tcp://HOST:PORT",
        "tcp://127.0.0.1:1 --jobs 2": "--jobs and --cluster do not go together",
        "tcp://127.0.0.1:1 --jobs 1": "--jobs and --cluster do not go together",
    }
    if command == ["reproduce"]:  # 5 s
        mistakes["tcp://127.0.0.1:1"] = "no scheduler answers (tcp://127.0.0.1:1). Start one"
    for address, message in mistakes.items():
        options = ["--cluster", *address.split()]
        monkeypatch.setattr(sys, "argv", ["regional-econ", *command, *options])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert (stop.value.code, said.out) == (2, "")
        assert said.err.startswith(f"Error: {message}")
        assert said.err.count("\n") == 1


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"regional-econ\[cluster\]"), on_cluster("tcp://127.0.0.1:1", installation):
        pass
