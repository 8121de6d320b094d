"""Planted worlds: where drivers move the outcome it helps to know them, where they do not it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import DataError, OptionError
from regional_econ._base.options import QUANTILES_21
from regional_econ._base.text import Text
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Break, Variable
from regional_econ.elasticities.declared import load_assumptions
from regional_econ.policy.record.moves import Effects, from_logit, to_logit
from regional_econ.policy.record.paired import QUANTILE_COLUMNS, Cells, paired_cells
from regional_econ.policy.record.predictive import Comparison, compare, conditional_quantiles, gain, placebo
from regional_econ.policy.record.scoring import BlockMean

DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
OUTCOME = "innovation_activity_pct"
REGIONS = tuple(f"RU-R{number:02d}" for number in range(40))
YEARS = tuple(range(2000, 2017))
ORIGINS = (2008, 2009, 2010, 2011, 2012)
EFFECT, NOISE = np.array([0.8, 0.6, 0.5, -0.03]), 0.10


def world(seed: int = 1) -> Panel:
    """Drivers that walk on their own in every region."""
    rng = np.random.default_rng(seed)
    walks = rng.normal(0.0, 0.2, (4, len(REGIONS), len(YEARS))).cumsum(axis=2)
    index = pd.MultiIndex.from_product([REGIONS, YEARS], names=["region", "year"])
    frame = pd.DataFrame(
        {
            "rd_grp_pct": 0.5 * np.exp(walks[0].ravel()),
            "researchers_per_10k_employed": 20.0 * np.exp(walks[1].ravel()),
            "investment_grp_pct": 25.0 * np.exp(0.5 * walks[2].ravel()),
            "wear_pct": 50.0 + 8.0 * walks[3].ravel(),
        },
        index=index,
    )
    label = Text("показатель", "indicator")
    note = Text("другой охват", "another coverage")
    variables = {name: Variable(name, "%", label, label) for name in frame}
    variables["wear_pct"] = replace(variables["wear_pct"], breaks=(Break(2012, "coverage", note),))
    names = {region: Region(region, Text(region, region), "region") for region in REGIONS}
    return Panel(frame, variables, names, "made up")


def kept(seed: int = 2) -> pd.DataFrame:
    """Forecasts of no change at 8 % with the spread of the noise; what came true is planted later."""
    rng = np.random.default_rng(seed)
    rows = [(r, o, o + h) for o in ORIGINS for h in (1, 2, 3) for r in REGIONS]
    table = pd.DataFrame(rows, columns=["region", "origin", "target_year"]).assign(variable=OUTCOME)
    table["observed"] = from_logit(to_logit(np.array(8.0)) + rng.normal(0.0, NOISE, len(rows)))
    levels = to_logit(np.array(8.0)) + NOISE * stats.norm.ppf(np.array(QUANTILES_21))
    for name, value in zip(QUANTILE_COLUMNS, from_logit(levels), strict=True):
        table[name] = value
    return table


@pytest.fixture(scope="module")
def cells() -> Cells:
    return paired_cells(
        world(), kept(), load_assumptions(), drivers=DRIVERS, outcome=OUTCOME, depreciation=0.15, expectation="held"
    )


def moved_by_drivers(cells: Cells) -> Cells:
    return replace(cells, observed=from_logit(to_logit(cells.observed) + cells.arrived @ EFFECT))


def effects(mean: np.ndarray = EFFECT, sd: float = 0.01, later: int = 0) -> dict[int, Effects]:
    return {origin: Effects(origin + later, DRIVERS, mean, np.eye(4) * sd**2, np.ones(4)) for origin in ORIGINS}


def test_where_drivers_matter_knowing_them_is_found_to_help(cells: Cells) -> None:
    planted = moved_by_drivers(cells)
    found = compare(planted, effects())
    assert found.gain.low > 0.0
    # The conditional law is right, so what it promises comes: 600 cells of noise .1, about 3 % by chance.
    assert found.gain.value == pytest.approx(found.promised, rel=0.15)
    # Its error is noise / (sd of the shift · √cells) = .1 / (.13 · 24): four of them.
    assert slope(found).value == pytest.approx(1.0, abs=0.12)
    assert slope(found).low > 0.5
    assert placebo(planted, effects(), seed=1, n=99).share_as_good(found.gain.value) == pytest.approx(0.01)


def test_where_drivers_do_not_matter_knowing_them_does_not_help(cells: Cells) -> None:
    found = compare(cells, effects())
    assert found.gain.high < 0.0, "a wrong elasticity costs"
    assert slope(found).value == pytest.approx(0.0, abs=0.12)
    assert slope(found).high < 0.5
    other = placebo(cells, effects(), seed=1, n=99)
    assert other.share_as_good(found.gain.value) > 0.05
    low, high = other.interval
    assert low < found.gain.value < high


def slope(found: Comparison) -> BlockMean:
    assert found.slope is not None
    return found.slope


def test_effects_of_zero_change_nothing(cells: Cells) -> None:
    found = compare(cells, effects(np.zeros(4), 0.0))
    assert found.gain.value == pytest.approx(0.0, abs=1e-12)
    assert found.conditional == pytest.approx(found.unconditional, abs=1e-12)
    assert found.slope is None


def test_doubt_about_the_effects_widens_and_a_single_driver_moves_alone(cells: Cells) -> None:
    q = cells.quantiles[:, :1]
    wide = conditional_quantiles(q, np.zeros(1), np.full(1, 3.0 * NOISE**2))
    ratio = (to_logit(wide)[-1] - to_logit(wide)[0]) / (to_logit(q)[-1] - to_logit(q)[0])
    assert ratio[0] == pytest.approx(2.0, rel=1e-9)  # √(1 + 3)
    assert wide[10] == pytest.approx(q[10])
    alone = effects()[2008].only("wear_pct")
    assert alone.mean.tolist() == [0.0, 0.0, 0.0, -0.03]
    assert np.count_nonzero(alone.covariance) == 1


def test_what_was_known_only_later_is_refused(cells: Cells) -> None:
    for call in (compare, gain):
        with pytest.raises(DataError, match="those of 2009"):
            call(cells, effects(later=1))
        with pytest.raises(DataError, match="none"):
            call(cells, {})
    assert gain(cells, effects(later=-1)).value == compare(cells, effects()).gain.value


def test_a_figure_after_the_target_year_moves_no_cell(cells: Cells) -> None:
    panel = world()
    late = panel.frame.index.get_level_values("year") > 2015
    other = replace(panel, frame=panel.frame.mul(np.where(late, 9.0, 1.0), axis=0))
    again = paired_cells(
        other, kept(), load_assumptions(), drivers=DRIVERS, outcome=OUTCOME, depreciation=0.15, expectation="held"
    )
    np.testing.assert_array_equal(again.arrived, cells.arrived)
    assert cells.years == tuple(range(2009, 2016))


def test_no_move_crosses_a_change_of_method(cells: Cells) -> None:
    at = {year: cells.arrived[(cells.origin == 2011) & (cells.target_year == year), 3] for year in (2012, 2013, 2014)}
    assert all((moved == 0.0).all() for moved in at.values())
    wear = world().matrix("wear_pct")
    first = cells.arrived[(cells.origin == 2010) & (cells.target_year == 2011), 3]
    np.testing.assert_allclose(first, 3.0 / 8.0 * (wear[2011] - wear[2010]), atol=1e-12)


def test_whole_effects_at_once_are_the_moves_themselves() -> None:
    at_once = paired_cells(
        world(), kept(), load_assumptions(), drivers=DRIVERS, outcome=OUTCOME, depreciation=0.15,
        expectation="held", timing="at_once",
    )  # fmt: skip
    levels = np.log(world().matrix("rd_grp_pct"))
    own = at_once.arrived[(at_once.origin == 2009) & (at_once.target_year == 2012), 0]
    np.testing.assert_allclose(own, levels[2012] - levels[2009], atol=1e-12)


def test_kept_medians_are_the_expected_path_of_drivers_that_the_backtest_forecasts() -> None:
    rows = kept().drop(columns=["variable"])
    parts = [rows.assign(variable=name, **{"q0.5": value}) for name, value in (
        ("wear_pct", 47.0), ("researchers", 2000.0), ("employed_thousand", 1000.0),
    )]  # fmt: skip
    found = paired_cells(
        world(), pd.concat([kept(), *parts]), load_assumptions(), drivers=DRIVERS, outcome=OUTCOME, depreciation=0.15,
        timing="at_once",
    )  # fmt: skip
    own = (found.origin == 2008) & (found.target_year == 2010)
    panel = world()
    np.testing.assert_allclose(found.arrived[own, 3], panel.matrix("wear_pct")[2010] - 47.0)
    np.testing.assert_allclose(
        found.arrived[own, 1], np.log(panel.matrix("researchers_per_10k_employed")[2010] / 20.0), atol=1e-12
    )
    investment = np.log(panel.matrix("investment_grp_pct"))
    np.testing.assert_allclose(found.arrived[own, 2], investment[2010] - investment[2008], atol=1e-12)


def test_what_all_regions_share_can_be_taken_out(cells: Cells) -> None:
    own = cells.beside_others()
    for code in np.unique(own.codes):
        np.testing.assert_allclose(own.arrived[own.codes == code].mean(axis=0), 0.0, atol=1e-12)


def test_a_region_is_scored_on_its_own_cells_and_a_panel_without_drivers_is_refused(cells: Cells) -> None:
    own = cells.of_region(REGIONS[3])
    assert gain(own, effects()).n == len(ORIGINS) * 3
    empty = replace(world(), frame=world().frame.assign(rd_grp_pct=np.nan))
    with pytest.raises(DataError, match="no forecast"):
        paired_cells(empty, kept(), load_assumptions(), drivers=DRIVERS, outcome=OUTCOME, depreciation=0.15)
    with pytest.raises(OptionError, match="timing"):
        paired_cells(
            world(), kept(), load_assumptions(), drivers=DRIVERS, outcome=OUTCOME, depreciation=0.15,
            timing="sometimes",  # type: ignore[arg-type]
        )  # fmt: skip
