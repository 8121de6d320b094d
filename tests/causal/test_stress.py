"""All stress tests at once: the same numbers as each alone, the same bytes twice, and a table a test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import StudyError
from regional_econ._base.text import Text
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.effort import Effort
from regional_econ.causal.evidence import alone_row
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.placebo_table import PlaceboOutcome
from regional_econ.causal.stress import StressTests, stress_tests
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_neighbours

SMALL = Effort(splits=1, resamples=199, exchanges=99, simulations=5)
PLACEBOS = (PlaceboOutcome("birth_rate", "ln", Text("роды решены раньше", "births are decided on earlier")),)
DRIVERS = ["rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct"]


@pytest.fixture(scope="module")
def editions() -> dict[str, Panel]:
    """Older editions."""
    return {name: load_panel(name) for name in ("yearbook-2021", "yearbook-2023")}


def small_run(official: Panel, declared: Multiverse, study: Study, editions: dict[str, Panel]) -> StressTests:
    return stress_tests(
        official, declared, study, editions=editions, pairs=load_neighbours(), placebos=PLACEBOS, effort=SMALL
    )


@pytest.fixture(scope="module")
def found(official: Panel, declared: Multiverse, study: Study, editions: dict[str, Panel]) -> StressTests:
    """One small run."""
    return small_run(official, declared, study, editions)


def test_every_table_has_every_driver(found: StressTests) -> None:
    assert len(found.tables()) == 15
    for name, table in found.tables().items():
        assert list(dict.fromkeys(table["driver"])) == DRIVERS, name


def test_all_start_from_the_specification_shown_alone(
    found: StressTests, estimated: MultiverseResult, declared: Multiverse
) -> None:
    rows = pd.concat([alone_row(estimated, declared, driver) for driver in DRIVERS])
    expected, errors = rows["estimate"].to_numpy(), rows["std_error"].to_numpy()
    for table, column in (
        (found.robustness, "estimate"), (found.errors_in_variables, "estimate"), (found.family, "estimate"),
        (found.selection, "estimate"), (found.double_ml[::2], "linear"), (found.oster[::2], "controlled"),
        (found.attenuation[found.attenuation["reliability"] == 1], "estimate"),
        (found.contours.groupby("driver", sort=False).head(1), "estimate"),
    ):  # fmt: skip
        np.testing.assert_allclose(table[column], expected, rtol=1e-6)  # several algebras of the same regression
    np.testing.assert_allclose(found.robustness["std_error"], errors, rtol=1e-6)
    # the family's t has no small-sample factor, CR1S has the same one for all drivers of a sample and K
    ratio = found.family["std_error"].to_numpy() / errors
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3)
    exchanged = found.randomisation[found.randomisation["within"] == "district"]
    np.testing.assert_allclose(exchanged["t"], found.family["t"], rtol=1e-6)


def test_tables_agree_where_they_speak_of_the_same(found: StressTests) -> None:
    merged = found.extremes[found.extremes["r2_outcome"] == 1].groupby("driver", sort=False)["breakdown"].first()
    np.testing.assert_allclose(merged, found.robustness["partial_r2"], rtol=1e-9)
    assert (found.family["p_stepdown"] >= found.family["p_value"]).all()
    assert (found.errors_in_variables["partial"] <= found.errors_in_variables["reliability"]).all()
    assert (found.outcome_noise["share"].between(0.1, 0.9)).all()
    assert (found.neighbours["n_regions"] == 81).all()


def test_the_same_seed_gives_the_same_bytes(
    found: StressTests, official: Panel, declared: Multiverse, study: Study, editions: dict[str, Panel]
) -> None:
    again = small_run(official, declared, study, editions)
    other = small_run(official, declared, replace(study, seed=1), editions)
    drawn = {"double_ml", "family", "randomisation"}
    for name, table in found.tables().items():
        pd.testing.assert_frame_equal(table, again.tables()[name], check_exact=True)
        assert table.equals(other.tables()[name]) is (name not in drawn), name


def test_another_outcome_is_refused(official: Panel, declared: Multiverse, study: Study) -> None:
    with pytest.raises(StudyError, match="specifications are about"):
        small_run(official, declared, replace(study, outcome="wage_rub_month"), {})
