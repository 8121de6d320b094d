"""Scores leave by origin, and grouped as others read them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scores_sample as sample
from typer.testing import CliRunner

from regional_econ._base.errors import StoreError
from regional_econ.cli.main import app
from regional_econ.core.results import ResultStore
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.score_export import grouped_scores, read_scores, scores_by_origin, write_scores
from regional_econ.forecasting.summary import summarise, windowed

ROOT = Path(__file__).parents[2]
VARIABLES = ("wear_pct", "researchers")


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return sample.backtest((2010, 2012, 2014), VARIABLES, regions=3).scores


def test_an_origin_s_skill_is_that_of_its_scores_alone(scores: pd.DataFrame) -> None:
    table = scores_by_origin(scores, "early")
    assert table["origin"].tolist() == [2010, 2012, 2014]
    chosen = windowed(scores, "early")
    best = str(summarise(chosen)["benchmark"].iloc[0])
    for row in table.to_dict("records"):
        own = chosen[chosen["origin"] == row["origin"]]
        means = own.groupby(["variable", "model"])["crps"].mean().unstack()
        for name, other in (("skill_best", best), ("skill_ets", "ets")):
            expected = 100 * (1 - np.exp(np.log(means[MODEL] / means[other]).mean()))
            assert row[name] == pytest.approx(expected, rel=1e-12)
        model = own[own["model"] == MODEL]
        assert (row["n"], row["indicators"]) == (len(model), 2)
        assert row["covered80"] == pytest.approx(100 * model["covered80"].mean())


def test_grouped_scores_are_means_over_regions(scores: pd.DataFrame, tmp_path: Path) -> None:
    scores.to_parquet(tmp_path / "scores.parquet")
    write_scores(read_scores(tmp_path / "scores.parquet"), tmp_path / "grouped.csv")
    table = pd.read_csv(tmp_path / "grouped.csv")
    assert table.columns[:5].tolist() == ["model", "variable", "horizon", "origin", "n"]
    assert len(table) == len(grouped_scores(scores)) == len(scores) // 3
    one = table.query("model == @MODEL and variable == 'wear_pct' and horizon == 2 and origin == 2012").iloc[0]
    own = scores.query("model == @MODEL and variable == 'wear_pct' and horizon == 2 and origin == 2012")
    assert one["n"] == 3
    assert one["crps"] == pytest.approx(own["crps"].mean(), rel=1e-6)


def test_without_a_backtest_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no backtest was run") as refused:
        read_scores(tmp_path / "scores.parquet")
    assert "regional-econ reproduce" in str(refused.value)
    (tmp_path / "scores.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match="damaged"):
        read_scores(tmp_path / "scores.parquet")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "analyses" / "study.toml", tmp_path / "analyses" / "study.toml")
    store = ResultStore(tmp_path / "bld" / "kuzbass" / "full" / "results")
    for result in sample.full_results():
        store.write(result)
    return tmp_path / "analyses" / "study.toml"


def test_the_command_prints_origins_and_writes_the_grouped_table(study: Path, tmp_path: Path) -> None:
    folder = study.parents[1] / "bld" / "kuzbass" / "full" / "artifacts"
    asked = ["forecast", "scores", "--study", str(study), "--by", "origin", "--window", "early", "--json"]
    assert "reproduce" in str(CliRunner().invoke(app, asked).exception)
    folder.mkdir()
    sample.full().scores.to_parquet(folder / "backtest_scores.parquet")
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "scores.csv")])
    assert done.exit_code == 0, done.output
    assert [row["origin"] for row in json.loads(done.output)["data"]["scores"]] == list(range(2008, 2016))
    assert (tmp_path / "scores.csv").read_text(encoding="utf-8").startswith("model,variable,horizon,origin,n,crps")


def test_before_a_run_the_next_step_is_named(study: Path) -> None:
    for path in (study.parents[1] / "bld" / "kuzbass" / "full" / "results").glob("*.json"):
        path.unlink()
    done = CliRunner().invoke(app, ["forecast", "scores", "--study", str(study)])
    assert "Run: regional-econ reproduce" in str(done.exception)
