"""The formula grammar: what parses, what it means, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regional_econ._base.errors import DataError, FormulaError, UnknownNameError
from regional_econ.core.design import design
from regional_econ.core.formula import parse_formula

YEARS = [2000, 2001, 2002, 2004]  # 2003 is a gap on purpose


@pytest.fixture
def frame() -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["A", "B"], YEARS], names=["region", "year"])
    return pd.DataFrame(
        {
            "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            "x": [10.0, 20.0, 40.0, 50.0, 1.0, 2.0, 4.0, 99.0],
            "z": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
            "era": ["old", "old", "new", "new", "old", "old", "new", "new"],
        },
        index=index,
    )


@pytest.mark.parametrize(
    ("text", "canonical", "terms"),
    [
        ("y~x", "y ~ x", ["x"]),
        ("ln( y ) ~ lag(x)", "ln(y) ~ lag(x, 1)", ["lag(x, 1)"]),
        ("y ~ lag(x,1:2)", "y ~ lag(x, 1:2)", ["lag(x, 1)", "lag(x, 2)"]),
        ("y ~ d(x, 1) + d(x,5)", "y ~ d(x) + d(x, 5)", ["d(x)", "d(x, 5)"]),
        ("y ~ diff_log(x)+lead(x,2)", "y ~ diff_log(x) + lead(x, 2)", ["diff_log(x)", "lead(x, 2)"]),
        ("y ~ a*C(e)", "y ~ a*C(e)", ["a", "C(e)", "a:C(e)"]),
        ("y ~ ln(lag(x, 0:1)):z", "y ~ ln(lag(x, 0:1)):z", ["ln(lag(x, 0)):z", "ln(lag(x, 1)):z"]),
        ("y ~ x + x + a*x", "y ~ x + x + a*x", ["x", "a", "a:x"]),
        ("logit(y) ~ lag + d + C", "logit(y) ~ lag + d + C", ["lag", "d", "C"]),
        ("доля ~ ln(врп)", "доля ~ ln(врп)", ["ln(врп)"]),
    ],
)
def test_parses_and_round_trips(text: str, canonical: str, terms: list[str]) -> None:
    formula = parse_formula(text)
    assert str(formula) == canonical
    assert parse_formula(canonical) == formula
    assert [str(term) for term in formula.expanded] == terms


ALPHABET = st.one_of(st.text(max_size=60), st.text(alphabet="yx ~+:*(),12lnagdC_", max_size=60))


@given(ALPHABET)
@settings(max_examples=400, deadline=None)
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        formula = parse_formula(text)
    except FormulaError:
        return  # any other exception fails the test
    assert parse_formula(str(formula)) == formula


def test_functions_have_their_values(frame: pd.DataFrame) -> None:
    built = design("y ~ ln(x) + logit(x) + lag(x, 1) + lead(x, 1) + d(x) + diff_log(x)", frame)
    assert built.names == ("ln(x)", "logit(x)", "lag(x, 1)", "lead(x, 1)", "d(x)", "diff_log(x)")
    assert list(built.index) == [("A", 2001), ("B", 2001)]
    expected = [np.log(20), np.log(20 / 80), 10.0, 40.0, 10.0, np.log(2)]
    np.testing.assert_allclose(built.X.loc[("A", 2001)], expected, rtol=1e-15)


def test_leads_end_where_a_unit_ends_though_others_go_on(frame: pd.DataFrame) -> None:
    built = design("y ~ lead(x, 1)", frame.drop(("B", 2004)))
    assert built.X["lead(x, 1)"].to_dict() == {("A", 2000): 20.0, ("A", 2001): 40.0, ("B", 2000): 2.0, ("B", 2001): 4.0}


def test_lags_go_by_year_not_by_row_and_reach_before_the_sample(frame: pd.DataFrame) -> None:
    shuffled = frame.sample(frac=1, random_state=3)
    assert set(design("y ~ lag(x, 1)", shuffled).index) == {("A", 2001), ("A", 2002), ("B", 2001), ("B", 2002)}
    assert design("y ~ lag(x, 2)", shuffled).X.loc[("B", 2004), "lag(x, 2)"] == 4.0
    early = design("y ~ lag(x, 1)", frame, years=(2001, 2001))
    assert early.X["lag(x, 1)"].tolist() == [10.0, 1.0]


def test_complete_cases_and_dropped_logarithms_are_counted(frame: pd.DataFrame) -> None:
    built = design("ln(z) ~ x", frame)
    assert len(built.y) == 7
    assert (built.undefined, built.incomplete) == ({"ln(z)": 1}, 1)
    assert design("ln(z) ~ x", frame, years=(2001, 2004)).undefined == {"ln(z)": 0}


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("y ~ C(era)", ("C(era)[old]",)),
        ("y ~ x*C(era)", ("x", "C(era)[old]", "x:C(era)[old]")),
        ("y ~ C(era):x", ("C(era)[new]:x", "C(era)[old]:x")),
        ("y ~ C(year)", ("C(year)[2001]", "C(year)[2002]", "C(year)[2004]")),
    ],
)
def test_dummies_drop_the_first_level_only_where_it_is_redundant(
    frame: pd.DataFrame, formula: str, names: tuple[str, ...]
) -> None:
    assert design(formula, frame).names == names


@pytest.mark.parametrize(
    ("formula", "error", "message"),
    [
        ("y ~ xx", UnknownNameError, "unknown variable 'xx'.*Did you mean x"),
        ("y ~ rd_grp", UnknownNameError, "rd_grp_pct"),
        ("y ~ era", FormulaError, r"Write C\(era\)"),
        ("y ~ lag(x, 9)", DataError, "no row has all of y, x"),
    ],
)
def test_formulas_that_do_not_fit_the_frame(
    frame: pd.DataFrame, formula: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        design(formula, frame, ["rd_grp_pct"])


def test_frames_that_are_no_panel(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"2 rows repeat an index pair, the first is \(A, 2000\)"):
        design("y ~ x", pd.concat([frame, frame.iloc[:2]]))
    with pytest.raises(DataError, match="two levels"):
        design("y ~ x", frame.reset_index())
    with pytest.raises(DataError, match="whole years"):
        design("y ~ x", frame.rename(index=str, level="year"))
    with pytest.raises(DataError, match=r"ln\(x\) is infinite \(B, 2000\)"):
        design("y ~ ln(x)", frame.replace({"x": {1.0: np.inf}}))
