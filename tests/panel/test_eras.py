"""The rows and years of the tables of estimates, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.eras import (
    broken,
    columns_of,
    inside,
    less_yearly_means,
    sample_of,
    study_eras,
    unbroken,
    whole,
)
from regional_econ.panel.estimators import Sample
from regional_econ.panel.fit import fit


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Region a has every year, b lacks one in between, c begins late."""
    years = {"a": range(2000, 2006), "b": (2000, 2001, 2003, 2004, 2005), "c": range(2002, 2006)}
    index = pd.MultiIndex.from_tuples([(r, y) for r, own in years.items() for y in own], names=["region", "year"])
    rng = np.random.default_rng(4)
    return pd.DataFrame(rng.normal(size=(len(index), 2)), index, ["y", "x"])


@pytest.fixture(scope="module")
def sample(frame: pd.DataFrame) -> Sample:
    return sample_of(fit("y ~ x", frame, estimator="pooled"))


def test_whole_and_unbroken_series(sample: Sample) -> None:
    assert whole(sample) == ("a",)
    assert broken(sample) == ("b",)
    assert unbroken(sample) == ("a", "c")


def test_codes_of_regions_left_out_do_not_move_the_others(sample: Sample) -> None:
    rest = sample.rows(sample.index.get_level_values(0) != "a")
    assert (whole(rest), broken(rest), unbroken(rest)) == ((), ("b",), ("c",))


def test_columns_are_those_of_the_frame_and_lose_their_yearly_means(frame: pd.DataFrame, sample: Sample) -> None:
    columns = columns_of(sample)
    np.testing.assert_array_equal(columns[["y", "x0"]].to_numpy(), frame.to_numpy())
    moved = less_yearly_means(columns)
    for year, rows in columns.groupby(level=1):
        np.testing.assert_allclose(moved.xs(year, level=1).to_numpy(), (rows - rows.mean()).to_numpy(), atol=1e-15)


def test_an_estimate_without_rows_is_refused(frame: pd.DataFrame) -> None:
    share = fit("y ~ x", np.exp(frame) / 100, estimator="fractional-logit")
    with pytest.raises(TypeError, match="fractional-logit does not keep"):
        sample_of(share)


def test_the_longest_run_of_one_method(panel: Panel, study: Study) -> None:
    assert study_eras(panel, study) == {"one_method": (2006, 2016), "all": (study.first_year, study.last_year)}
    assert inside((2006, 2017, 2022, 2023), (2006, 2022)) == (2017, 2022)
