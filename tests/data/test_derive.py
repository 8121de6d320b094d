"""Derived variables: arithmetic only, in the order of their dependence, with units that follow from their inputs."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.unit import Measure
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import load_units, load_variables
from regional_econ.data.derive import BASE_YEAR, Derivation, base_years, check_units, derive

UNITS = load_units()
VARIABLES = load_variables()
DERIVED = [name for name, one in VARIABLES.items() if one.formula]
REGIONS, YEARS = ("RU-KEM", "RU-TOM"), tuple(range(2018, 2025))
PANEL = pd.MultiIndex.from_product([REGIONS, YEARS], names=["region", "year"])


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.b",
        "a ** b",
        "a if b else a",
        "[a]",
        "a +",
        "'a' * 2",
        "True * a",
        "a // b",
        "max(a, b)",
        "lag(a, 2)",
        "lag(x=a)",
        "chain(*a)",
        "chain",
        "lag(chain)(a)",
    ],
)
def test_refuses_anything_but_arithmetic(text: str) -> None:
    formula = Derivation("x", text)
    if text == "chain":  # a name like any other: there is no such variable
        with pytest.raises(UnknownNameError):
            formula.evaluate(pd.DataFrame({"a": [1.0]}))
        return
    with pytest.raises(DataError, match=r"the formula of x holds"):
        _ = formula.inputs


def test_value_and_missing_denominator() -> None:
    frame = pd.DataFrame({"a": [6.0, 1.0, np.nan], "b": [3.0, 0.0, 1.0]})
    result = Derivation("x", "-(a - 2) * 10 / b + a").evaluate(frame)
    assert result.iloc[0] == pytest.approx(-(6 - 2) * 10 / 3 + 6)
    assert result.iloc[1:].isna().all()


def test_dependence_circle_and_unknown_input() -> None:
    plain = VARIABLES["grp_bln_rub"]
    frame = pd.DataFrame({"a": [2.0]})
    chain = {"c": replace(plain, id="c", formula="b + 1"), "b": replace(plain, id="b", formula="2 * a")}
    assert derive(frame, chain)["c"].iloc[0] == 5.0
    with pytest.raises(DataError, match="b, c depend on each other"):
        derive(frame, chain | {"b": replace(plain, id="b", formula="c / a")})
    with pytest.raises(UnknownNameError, match="formula of b"):
        derive(frame, {"b": replace(plain, id="b", formula="2 * z")})


def test_lag_and_chain_stay_within_a_region_and_stop_at_a_gap() -> None:
    index = np.array([102.0, 105, 110, 90, 120, 100, 101, 102, 105, np.nan, 90, 120, 100, 101])
    frame = pd.DataFrame({"i": index, "x": np.arange(14.0)}, index=PANEL)
    before = Derivation("y", "lag(x)").evaluate(frame)
    assert before["RU-KEM"].tolist()[1:] == [0, 1, 2, 3, 4, 5]
    assert np.isnan(before.loc[("RU-KEM", 2018)])
    assert np.isnan(before.loc[("RU-TOM", 2018)])  # not the other region's last year
    level = Derivation("y", "chain(i)").evaluate(frame)
    assert level.loc[("RU-KEM", BASE_YEAR)] == 100.0
    assert level.loc[("RU-KEM", 2024)] == pytest.approx(100 * 1.0 * 1.01)
    assert level.loc[("RU-KEM", 2019)] == pytest.approx(100 / (1.10 * 0.90 * 1.20))
    assert level["RU-TOM"].isna().tolist() == [True, True, False, False, False, False, False]  # 2020 is unknown
    assert level["RU-TOM"].loc[2020] == pytest.approx(100 / (0.90 * 1.20))
    shuffled = frame.sample(frac=1.0, random_state=1)
    pd.testing.assert_series_equal(Derivation("y", "chain(i)").evaluate(shuffled).reindex(PANEL), level)
    with pytest.raises(DataError, match="the formula of y reads other years"):
        Derivation("y", "chain(i)").evaluate(frame.reset_index(drop=True))


def test_growth_and_its_chain_give_the_level_back() -> None:
    level = pd.Series(np.linspace(50.0, 500.0, 14), index=PANEL)
    frame = pd.DataFrame({"x": level})
    frame["growth"] = Derivation("g", "100 * x / lag(x)").evaluate(frame)
    chained = Derivation("l", "chain(growth)").evaluate(frame)
    base = level.xs(BASE_YEAR, level="year").reindex(PANEL.get_level_values("region")).to_numpy()
    np.testing.assert_allclose(chained, 100 * level / base, rtol=1e-12)  # products of at most seven floats


def test_the_chain_is_anchored_at_the_newest_year_that_half_of_the_regions_know() -> None:
    index = pd.Series(110.0, index=PANEL)
    index.loc[(slice(None), [2021, 2022, 2023, 2024])] = np.nan
    index.loc[("RU-TOM", 2021)] = 120.0  # half of the regions know 2021
    frame, formula = pd.DataFrame({"i": index}), Derivation("y", "chain(i)")
    assert formula.base_year(frame) == 2021
    level = formula.evaluate(frame)
    assert level.loc[("RU-TOM", 2021)] == 100.0
    assert level.loc[("RU-TOM", 2020)] == pytest.approx(100 / 1.2)
    assert formula.base_year(frame.drop(("RU-TOM", 2021))) == 2020
    chosen = formula.evaluate(frame, base_year=2020)["RU-KEM"].dropna()
    assert chosen.to_dict() == pytest.approx({2018: 100 / 1.1**2, 2019: 100 / 1.1, 2020: 100.0})
    later = frame.fillna(105.0)
    assert formula.base_year(later) == BASE_YEAR  # never after 2022, though 2023 and 2024 are known
    assert formula.base_year(frame * np.nan) == BASE_YEAR
    assert Derivation("y", "2 * lag(i)").base_year(frame) is None
    plain = VARIABLES["grp_real_mln_rub"]
    catalogue = {"y": replace(plain, id="y", formula="chain(i)"), "z": replace(plain, id="z", formula="y / 2")}
    assert base_years(derive(frame, catalogue), catalogue) == {"y": 2021, "z": 2021}


def test_a_formula_says_what_it_reads_within_a_function() -> None:
    formula = Derivation("x", "100 * a / lag(a + b) / chain(c)")
    assert (formula.read_by("lag"), formula.read_by("chain")) == (("a", "b"), ("c",))


def _variable(formula: str, unit: str) -> dict[str, Variable]:
    return VARIABLES | {"x": replace(VARIABLES["grp_bln_rub"], id="x", formula=formula, unit=unit)}


@pytest.mark.parametrize(
    ("formula", "unit", "message"),
    [
        ("population_avg + grp_mln_rub", "persons", r"adds.*population_avg in persons and grp_mln_rub in mln_rub"),
        ("wear_pct - rd_mln_rub", "percent", r"adds.*wear_pct in percent and rd_mln_rub in mln_rub"),
        ("grp_mln_rub + grp_bln_rub", "mln_rub", r"adds.*grp_mln_rub in mln_rub and grp_bln_rub in bln_rub"),
        ("population_avg - population_thousand", "persons", r"adds.*persons and population_thousand in thousand_pers"),
        ("grp_mln_rub - grp_real_mln_rub", "mln_rub", r"adds.*mln_rub and grp_real_mln_rub in mln_rub_2022"),
        ("exports_mln_usd + grp_mln_rub", "mln_usd", r"adds.*mln_usd and grp_mln_rub in mln_rub"),
        ("wear_pct + cpi_pct", "percent", r"adds.*percent and cpi_pct in index_dec"),
        ("grp_mln_rub + 5", "mln_rub", r"adds.*grp_mln_rub in mln_rub and 5 in 0.2"),
        ("rd_mln_rub / population_avg", "percent", r"x counts 1000000 rub/persons, its unit percent counts 0.01"),
        ("grp_real_mln_rub / 1000", "bln_rub", r"x counts 1000000000 rub_2022, its unit bln_rub counts 1000000000 rub"),
        ("rd_mln_rub / grp_mln_rub", "percent", r"misses a factor of 100 to give percent"),
        ("100 * rd_mln_rub / grp_bln_rub", "percent", r"misses a factor of 0.001 to give percent"),
        ("researchers / employed_thousand", "per_10k", r"misses a factor of 10 to give per_10k"),
        ("chain(grp_mln_rub)", "percent", r"chains grp_mln_rub, which counts 1000000 rub"),
        ("chain(wear_pct / 100)", "percent", r"chains wear_pct / 100, which counts 1"),
        ("rd_mln_rub / chain(cpi_pct)", "mln_rub_2022", r"misses a factor of 100 to give mln_rub_2022"),
        ("100 * rd_mln_rub / chain(cpi_pct)", "mln_rub", r"counts 1000000 rub_2022, its unit mln_rub"),
        ("100 * grp_mln_rub / lag(grp_mln_rub)", "percent", r"counts 0.01 price, its unit percent counts 0.01"),
        ("2 + 3", "percent", r"reads no variable"),
    ],
)
def test_a_formula_whose_unit_is_not_the_declared_one_is_refused(formula: str, unit: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_units(_variable(formula, unit), UNITS)


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("100 * rd_mln_rub / grp_mln_rub", "percent"),
        ("10 * researchers / employed_thousand", "per_10k"),
        ("100 * (1 - rd_mln_rub / grp_mln_rub)", "percent"),
        ("100 * (2 - 1) * rd_mln_rub / grp_mln_rub", "percent"),
        ("-100 * rd_mln_rub / -grp_mln_rub", "percent"),
        ("wear_pct - 100", "percent"),  # a bare number beside a share is in the share's unit
        ("1000 * grp_bln_rub + rd_mln_rub", "mln_rub"),
        ("100 * rd_mln_rub / chain(cpi_pct) + 100 * rd_mln_rub / chain(grp_deflator_pct)", "mln_rub_2022"),
        ("chain(grp_real_index_pct)", "percent"),
        ("wear_pct - lag(wear_pct)", "percent"),
    ],
)
def test_a_formula_with_the_declared_unit_passes(formula: str, unit: str) -> None:
    check_units(_variable(formula, unit), UNITS)


@pytest.mark.parametrize("name", DERIVED)
def test_conversion_constants_fit_the_quantities(name: str) -> None:
    """An oracle that knows nothing of scales: the formula on numbers, and without constants on quantities, agree."""
    formula = Derivation(name, str(VARIABLES[name].formula))
    units = {one: UNITS[VARIABLES[one].unit] for one in VARIABLES}
    rng = np.random.default_rng(7)
    numbers: dict[str, float] = {}
    quantities: dict[str, float] = {}

    def leaf(node: ast.expr) -> ast.expr:
        key = ast.unparse(node)
        if key not in numbers:
            measure = Derivation(name, key).measure(units)
            numbers[key] = float(rng.uniform(1.0, 2.0))
            quantities[key] = numbers[key] * measure.scale
        return node

    class Leaves(ast.NodeVisitor):
        def visit_Call(self, node: ast.Call) -> None:
            leaf(node)

        def visit_Name(self, node: ast.Name) -> None:
            leaf(node)

    tree = formula.tree
    Leaves().visit(tree)
    number, quantity = _value(tree, numbers, drop=False), _value(tree, quantities, drop=True)
    # a dozen operations on floats
    assert number * UNITS[VARIABLES[name].unit].scale == pytest.approx(quantity, rel=1e-12)


def _value(node: ast.expr, known: dict[str, float], *, drop: bool, beside: str = "*") -> float:
    match node:
        case ast.BinOp(left, operation, right):
            sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(operation)]
            one, two = (_value(side, known, drop=drop, beside=sign) for side in (left, right))
            return {"+": one + two, "-": one - two, "*": one * two, "/": one / two}[sign]
        case ast.UnaryOp(_, operand):
            return -_value(operand, known, drop=drop, beside=beside)
        case ast.Constant(number):
            assert isinstance(number, int | float)
            return 1.0 if drop and beside in "*/" else float(number)
    return known[ast.unparse(node)]


def test_measures_print_what_they_count() -> None:
    assert str(Measure(1e6, (("rub", 1),)).over(Measure(1.0, (("persons", 2),)))) == "1000000 rub/persons^2"
    assert str(UNITS["km_per_1000_km2"].measure) == "1e-06 1/m"
    assert UNITS["mln_rub"].measure.over(UNITS["mln_rub"].measure) == Measure(1.0)
