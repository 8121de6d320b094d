"""The command line answers in text and JSON, and a user's mistake gets one message and exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REFERENCE = (
    "ln(innovation_activity_pct) ~ ln(rd_grp_pct) + ln(researchers_per_10k_employed)"
    " + ln(investment_grp_pct) + wear_pct"
)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "regional_econ", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_reference_specification_to_the_letter(root: Path) -> None:
    options = ["--effects", "region+year", "--inference", "cluster:region", "--years", "2006-2022", "--json"]
    done = run("panel", "fit", REFERENCE, *options, cwd=root)
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
        (["elasticities", "check", "nowhere.json"], "nowhere.json"),
    ],
)
def test_a_mistake_gets_one_message(root: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, cwd=root)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


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
def test_reading_commands_speak_json(root: Path, arguments: list[str]) -> None:
    done = run(*arguments, "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {"schema_version", "command", "data", "messages"}
    assert answer["command"] == " ".join(arguments[:2])
    assert answer["data"]


def test_a_specification_reruns_alone(root: Path) -> None:
    asked = ["causal", "multiverse", "--driver", "wear_pct", "--row", "77568"]
    data = json.loads(run(*asked, "--json", cwd=root).stdout)["data"]
    assert (data["row"], data["n_specifications"]) == (77_568, 77_568)
    chosen = {choice["axis"]: choice["option"] for choice in data["choices"]}
    assert (chosen["measure"], chosen["vintage"], chosen["lag"]) == ("wear_all_pct", "yearbook-2023", "3")
    assert all(choice["reason"] for choice in data["choices"])
    assert abs(data["estimate"] - data["kernel"]["estimate"]) <= 1e-8 * data["std_error"]
    assert data["kernel"]["apart"] <= 1e-8
    assert data["effect"]["low"] < data["effect"]["pp"] < data["effect"]["high"]
    said = run(*asked, cwd=root).stdout
    assert f"{data['estimate']:+.6f}, error {data['std_error']:.6f}" in said
    assert f"{data['n_obs']} observations, {data['n_regions']} regions" in said
    assert "Sanctions and withheld data." in said


def test_a_trace_names_file_and_row(root: Path) -> None:
    done = run("data", "trace", "RU-KEM", "wear_pct", "2022", cwd=root)
    assert "tochno_regions_102" in done.stdout
    assert "row" in done.stdout
    assert "47.5" in done.stdout
