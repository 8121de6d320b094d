"""Any specification reruns alone through `panel.fit` and agrees with the kernel, and its row finds it again."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.causal import drill_down as module
from regional_econ.causal.axes import AXES
from regional_econ.causal.declaration import NEWEST, Multiverse
from regional_econ.causal.drill_down import asked_choices, drill_down, specification_fit
from regional_econ.causal.multiverse import MultiverseResult, solve_alone
from regional_econ.cli.causal import app
from regional_econ.core.panel import Panel

# Both roads solve the same least squares in double precision; the kernel by normal equations.
TOLERANCE = 1e-8
# The same kernel on the same rows; only the order of the columns of a shared sample may differ.
SAME = 1e-10


@pytest.fixture(scope="module")
def panels(official: Panel, vintages: dict[str, Panel]) -> dict[str, Panel]:
    return {NEWEST: official, **vintages}


@pytest.fixture(scope="module")
def drawn(estimated: MultiverseResult) -> pd.DataFrame:
    """Three rows of every option of every axis, and more with the effects that have roads of their own."""
    rng = np.random.default_rng(20221231)
    table, chosen = estimated.table, set[int]()
    for axis in ("driver", *AXES[:-1]):
        for option in table[axis].unique():
            chosen |= set(rng.choice(np.flatnonzero(table[axis] == option), 3, replace=False).tolist())
    for effects in ("region_trend+year", "cce"):
        chosen |= set(rng.choice(np.flatnonzero(table["effects"] == effects), 12, replace=False).tolist())
    return table.iloc[sorted(chosen)]


def test_rows_rerun_alone(panels: dict[str, Panel], declared: Multiverse, drawn: pd.DataFrame) -> None:
    assert len(drawn) >= 100
    for _, row in drawn.iterrows():
        asked = declared.specification(row["driver"], row["row"])
        assert asked.options() == {axis: str(row[axis]) for axis in AXES}
        alone = specification_fit(panels, declared, asked)
        apart = np.array([alone.params.iloc[0] - row["estimate"], alone.std_errors.iloc[0] - row["std_error"]])
        assert (np.abs(apart) < TOLERANCE * row["std_error"]).all(), (asked, apart)
        assert (alone.diagnostics["n_obs"], alone.diagnostics["df_resid"]) == (row["n_obs"], row["df_resid"])
        assert alone.df == row["df"]


def test_the_rows_of_the_table_are_those_of_the_declaration(declared: Multiverse, estimated: MultiverseResult) -> None:
    for driver in declared.drivers:
        table = estimated.driver(driver)
        listed = pd.DataFrame([one.options() for one in declared.specifications(driver)])
        assert list(table["row"]) == [one.row for one in declared.specifications(driver)]
        assert (listed == table[list(AXES)].astype(str)).all(axis=None)


def test_the_command_lists_a_driver_by_choice(monkeypatch: pytest.MonkeyPatch, estimated: MultiverseResult) -> None:
    monkeypatch.setattr("regional_econ.causal.multiverse.run", lambda *_, **__: estimated)
    done = CliRunner().invoke(app, ["multiverse", "--driver", "wear_pct", "--json"], catch_exceptions=False)
    data = json.loads(done.stdout)["data"]
    assert data["summary"] == estimated.summary("wear_pct").to_dict("records")
    assert data["explained"] == estimated.explained("wear_pct").to_dict()


def test_a_drill_down_says_what_the_table_says(
    panels: dict[str, Panel], declared: Multiverse, estimated: MultiverseResult, drawn: pd.DataFrame
) -> None:
    for _, row in drawn.groupby("effects", observed=True).head(2).iterrows():
        found = drill_down(
            panels, declared, declared.specification(row["driver"], row["row"]), focal_region=estimated.focal_region
        )
        assert found.apart <= TOLERANCE
        kernel = [found.kernel.coef[0], found.kernel.std_error[0]]
        np.testing.assert_allclose(kernel, row[["estimate", "std_error"]].astype(float), rtol=SAME)
        np.testing.assert_allclose(found.pp, row[["pp", "pp_low", "pp_high"]].astype(float), rtol=SAME)
        assert found.change == pytest.approx(row["change"], rel=SAME)
        assert (found.level_year, found.level_pct) == (estimated.level_year, estimated.level_pct)
        assert found.kernel.n_regions == row["n_regions"]
        assert found.tidy()["n_obs"] == row["n_obs"]


def test_choices_come_with_their_reasons(declared: Multiverse) -> None:
    asked = declared.specification("wear_pct", 77_568)
    said = asked_choices(declared, asked)
    assert [axis for axis, _, _ in said] == [*AXES[:-1], *["covariate"] * 5]
    assert all(reason.ru and reason.en for _, _, reason in said)
    assert ("measure", "wear_all_pct") in {(axis, option) for axis, option, _ in said}


@pytest.mark.parametrize("row", [-1, 0, 77_569])
def test_a_row_out_of_range_is_named(declared: Multiverse, row: int) -> None:
    with pytest.raises(OptionError, match=rf"no specification {row}. Give a row from 1 to 77568"):
        declared.specification("wear_pct", row)


def test_an_unknown_driver_is_named(declared: Multiverse) -> None:
    with pytest.raises(UnknownNameError, match="wear_pct"):
        declared.specification("waer_pct", 1)


def test_roads_that_differ_are_refused(
    panels: dict[str, Panel], declared: Multiverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = declared.specification("wear_pct", 9)
    other = solve_alone(panels[NEWEST], declared, declared.specification("wear_pct", 10))
    monkeypatch.setattr(module, "solve_alone", lambda *_: other)
    with pytest.raises(EstimationError, match=r"differ by .* \(wear_pct, specification 9 of 77568\)"):
        drill_down(panels, declared, asked, focal_region="RU-KEM")


def test_a_vintage_that_is_not_given_is_named(official: Panel, declared: Multiverse) -> None:
    asked = declared.specification("wear_pct", 77_568)
    with pytest.raises(UnknownNameError, match="yearbook-2023"):
        specification_fit({NEWEST: official}, declared, asked)
