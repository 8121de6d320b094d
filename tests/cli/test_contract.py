"""The command line answers in text and JSON, and a user's mistake gets one message and exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from regional_econ.cli.main import main

REFERENCE = (
    "ln(innovation_activity_pct) ~ ln(rd_grp_pct) + ln(researchers_per_10k_employed)"
    " + ln(investment_grp_pct) + wear_pct"
)


@dataclass(frozen=True)
class Answer:
    """What a command ends with and says."""

    returncode: int
    stdout: str
    stderr: str


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regional_econ", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The program in the project's folder, without a process of its own."""
    monkeypatch.chdir(root)

    def call(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["regional-econ", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        return Answer(int(stop.value.code or 0), *capsys.readouterr())

    return call


def test_the_reference_specification_to_the_letter(root: Path) -> None:
    options = ["--effects", "region+year", "--inference", "cluster:region", "--years", "2006-2022", "--json"]
    done = process("panel", "fit", REFERENCE, *options, cwd=root)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["schema_version"], answer["command"]) == ("1", "panel fit")
    assert set(answer["data"]) == {"glance", "tidy", "spec"}
    assert (answer["data"]["glance"]["n_obs"], answer["data"]["glance"]["n_regions"]) == (1368, 85)
    errors = {row["term"]: row["std_error"] for row in answer["data"]["tidy"]}
    assert round(errors["ln(rd_grp_pct)"], 6) == 0.065010  # the figure that any tool must reproduce


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["panel", "fit", "ln(innovation_activity_pct) ~ waer_pct"], "wear_pct"),
        (["panel", "fit", "y ~ x + {__import__('os').system('true')}"], "position"),
        (["panel", "fit", "wear_pct ~ rd_grp_pct", "--effects", "both"], "region+year"),
        (["panel", "fit", "wear_pct ~ rd_grp_pct", "--years", "2022-2006"], "2022-2006"),
        (["data", "trace", "RU-KME", "wear_pct", "2022"], "RU-KEM"),
        (["data", "trace", "RU-KEM", "wear_pct", "1950"], "1950"),
        (["data", "build", "--sources", "/nonexistent"], "/nonexistent"),
        (["reproduce", "--study", "nowhere.toml"], "nowhere.toml"),
        (["reproduce", "--profile", "fast"], "quick, full"),
        (["referee", "show", "Q99"], "Q99"),
        (["causal", "show", "rd-activty"], "Did you mean rd-activity"),
        (["causal", "questions", "--file", "nowhere.yml"], "nowhere.yml"),
        (["causal", "multiverse", "--driver", "waer_pct"], "wear_pct"),
        (["causal", "multiverse", "--driver", "wear_pct", "--row", "77569"], "from 1 to 77568"),
        (["causal", "multiverse", "--row", "1"], "--driver"),
        (["policy", "run", "nowhere.yml"], "nowhere.yml"),
        (["policy", "target", "--indicator", "wear_pct"], "innovation_activity_pct"),
        (["policy", "rank", "--budget", "-5"], "--budget is -5"),
        (["policy", "rank", "--budget", "5e9"], "--costs FILE"),
        (["policy", "export", "nowhere.yml", "--out", "model.xmile"], "nowhere.yml"),
        (["elasticities", "check", "nowhere.json"], "nowhere.json"),
    ],
)
def test_a_mistake_gets_one_message(run: Callable[..., Answer], arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_mistake_ends_the_process_with_one_message(root: Path) -> None:
    done = process("policy", "run", "nowhere.yml", cwd=root)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.yml" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["data", "describe"],
        ["data", "describe", "wear_pct"],
        ["data", "trace", "RU-KEM", "wear_pct", "2022"],
        ["data", "revisions", "grp_mln_rub"],
        ["panel", "table"],
        ["causal", "questions"],
        ["causal", "show", "rd-activity"],
        ["causal", "show", "coal-output"],
    ],
)
def test_reading_commands_speak_json(run: Callable[..., Answer], arguments: list[str]) -> None:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {"schema_version", "command", "data", "messages"}
    assert answer["command"] == " ".join(arguments[:2])
    assert answer["data"]


def test_a_specification_reruns_alone(run: Callable[..., Answer]) -> None:
    asked = ["causal", "multiverse", "--driver", "wear_pct", "--row", "77568"]
    data = json.loads(run(*asked, "--json").stdout)["data"]
    assert (data["row"], data["n_specifications"]) == (77_568, 77_568)
    chosen = {choice["axis"]: choice["option"] for choice in data["choices"]}
    assert (chosen["measure"], chosen["vintage"], chosen["lag"]) == ("wear_all_pct", "yearbook-2023", "3")
    assert all(choice["reason"] for choice in data["choices"])
    assert abs(data["estimate"] - data["kernel"]["estimate"]) <= 1e-8 * data["std_error"]
    assert data["kernel"]["apart"] <= 1e-8
    assert data["effect"]["low"] < data["effect"]["pp"] < data["effect"]["high"]
    said = run(*asked).stdout
    assert f"{data['estimate']:+.6f}, error {data['std_error']:.6f}" in said
    assert f"{data['n_obs']} observations, {data['n_regions']} regions" in said
    assert "Sanctions and withheld data." in said


def test_a_trace_names_file_and_row(run: Callable[..., Answer]) -> None:
    done = run("data", "trace", "RU-KEM", "wear_pct", "2022")
    assert "tochno_regions_102" in done.stdout
    assert "row" in done.stdout
    assert "47.5" in done.stdout


def test_a_specification_of_mining_reruns_alone_on_the_built_price(run: Callable[..., Answer]) -> None:
    asked = ["causal", "multiverse", "--file", "analyses/multiverse_structure.yml", "--driver", "mining_share_pct"]
    data = json.loads(run(*asked, "--row", "2384", "--json").stdout)["data"]
    assert (data["row"], data["n_specifications"]) == (2384, 2384)
    chosen = [(choice["axis"], choice["option"]) for choice in data["choices"]]
    assert ("covariate", "mining_price") in chosen
    assert ("vintage", "yearbook-2023") in chosen
    assert abs(data["estimate"] - data["kernel"]["estimate"]) <= 1e-8 * data["std_error"]
