"""`panel fit` on a file of one's own and `panel table`; the official reference is tested with the other commands."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import RegionalEconError
from regional_econ.cli.panel import app
from regional_econ.data.load import load_panel
from regional_econ.data.weights import load_weights
from regional_econ.panel.fit import fit
from regional_econ.panel.spatial.effects import spatial_effects

RUNNER = CliRunner()


@pytest.fixture
def file(grunfeld: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    grunfeld.to_csv(path)
    return path


def test_fit_on_a_file_of_one_s_own(file: Path, grunfeld: pd.DataFrame) -> None:
    options = ["--data", str(file), "--index", "firm,year", "--effects", "region", "--years", "1936-1950"]
    done = RUNNER.invoke(app, ["fit", "inv ~ value + lag(capital, 1)", *options, "--json"])
    answer = json.loads(done.stdout)
    ours = fit("inv ~ value + lag(capital, 1)", grunfeld, effects="region", years=(1936, 1950))
    assert answer["command"] == "panel fit"
    assert answer["data"]["glance"]["n_obs"] == 150
    assert [row["estimate"] for row in answer["data"]["tidy"]] == pytest.approx(ours.params.tolist(), rel=1e-12)
    assert answer["data"]["spec"]["inference"] == "cluster:region:CR1S"
    assert "lag(capital, 1)" in RUNNER.invoke(app, ["fit", "inv ~ lag(capital)", *options]).stdout


def test_spatial_weights_are_named_by_a_text() -> None:
    formula, years = "ln(wage_rub) ~ ln(investment_grp_pct)", "2010-2020"
    options = ["--estimator", "sdm:lee-yu", "--weights", "nearest:5", "--years", years]
    answer = json.loads(RUNNER.invoke(app, ["fit", formula, *options, "--json"]).stdout)["data"]
    found = fit(formula, load_panel(), estimator="sdm:lee-yu", weights=load_weights("nearest:5"), years=(2010, 2020))
    assert [row["estimate"] for row in answer["tidy"]] == pytest.approx(found.params.tolist(), rel=1e-12)
    assert [row["estimate"] for row in answer["effects"]] == pytest.approx(spatial_effects(found)["estimate"].tolist())
    assert answer["glance"]["left_out"].startswith("gaps: ")
    assert "nearest:5, row-standardised" in answer["spec"]["weights"]
    wrong = RUNNER.invoke(app, ["fit", formula, "--estimator", "sar", "--weights", "queen"])
    assert "contiguity, distance" in str(wrong.exception)
    none = RUNNER.invoke(app, ["fit", formula, "--estimator", "sar"])
    assert "needs spatial weights" in str(none.exception)


def test_table(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    answer = json.loads(RUNNER.invoke(app, ["table", "--json"]).stdout)["data"]
    assert {row["model"] for row in answer["tidy"]} == {row["model"] for row in answer["glance"]}
    assert set(answer["tests"]) == {"hausman", "mundlak", "hausman_years", "mundlak_years"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--years", "2006"], "2006-2022"),
        (["--index", "firm"], "firm,year"),
        (["--index", "frim,year"], "Did you mean firm"),
        (["--data", "nowhere.csv"], "no such file"),
        (["--data", "notes.txt"], r"\.csv or \.parquet"),
        (["--data", "broken.parquet"], "not a readable table"),
        (["--estimator", "ols"], "pooled, between, fe, re, re:wallace"),
        (["--inference", "stata"], "cluster:region"),
    ],
)
def test_wrong_options_list_the_right_ones(
    file: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
) -> None:
    monkeypatch.chdir(file.parent)
    Path("notes.txt").write_text("nothing", encoding="utf-8")
    Path("broken.parquet").write_text("nothing", encoding="utf-8")
    given = {"--data": str(file), "--index": "firm,year"} | dict(zip(options[::2], options[1::2], strict=True))
    arguments = [part for pair in given.items() for part in pair]
    done = RUNNER.invoke(app, ["fit", "inv ~ value", *arguments])
    assert isinstance(done.exception, RegionalEconError)
    with pytest.raises(RegionalEconError, match=message):
        raise done.exception
