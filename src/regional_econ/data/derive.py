"""How is a derived variable computed from others? By a declared formula, parsed here and never executed as code.

A formula holds names of variables, numbers, brackets, + - * / and two functions over the years of a region:
``lag(x)``, the figure of the year before, and ``chain(x)``, the level of an index of the previous year in percent, 100
in the base year: 2022 or, where most regions have no index of 2022 yet, the newest year before of which half of them
have one. Its unit follows from those of its variables and must be the declared one.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.unit import Measure, Unit
from regional_econ.core.variable import Variable
from regional_econ.data.chain import BASE_YEAR as BASE_YEAR
from regional_econ.data.chain import Years

FUNCTIONS = ("chain", "lag")
_OPERATIONS: dict[type[ast.operator], Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Derivation:
    """An arithmetic formula over variables of the same region.

    Examples
    --------
    >>> formula = Derivation("rd_grp_pct", "100 * rd_mln_rub / grp_mln_rub")
    >>> formula.inputs
    ('rd_mln_rub', 'grp_mln_rub')
    >>> frame = pd.DataFrame({"rd_mln_rub": [2.0], "grp_mln_rub": [400.0]})
    >>> float(formula.evaluate(frame).iloc[0])
    0.5
    >>> years = pd.MultiIndex.from_product([["RU-KEM"], [2021, 2022, 2023]], names=["region", "year"])
    >>> prices = pd.DataFrame({"cpi_pct": [108.0, 125.0, 110.0]}, index=years)
    >>> [round(float(x)) for x in Derivation("level", "chain(cpi_pct)").evaluate(prices)]
    [80, 100, 110]
    """

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed formula.

        Raises
        ------
        DataError : it holds anything but names, numbers, brackets, + - * / and the functions.
        """
        try:
            tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            raise self._refused(self.text) from error
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                if not _is_known_call(node):
                    raise self._refused(ast.unparse(node))
            elif not isinstance(node, _ALLOWED) or (isinstance(node, ast.Constant) and not _is_number(node.value)):
                raise self._refused(ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__)
        return tree

    @property
    def inputs(self) -> tuple[str, ...]:
        """Variables that the formula reads, in its order."""
        called = {id(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.Name) and id(node) not in called)
        ordered = sorted(found, key=lambda node: node.col_offset)
        return tuple(dict.fromkeys(node.id for node in ordered))

    def read_by(self, function: str) -> tuple[str, ...]:
        """Variables that the formula reads within one of the functions.

        >>> Derivation("deflator", "100 * a / lag(a) / b").read_by("lag")
        ('a',)
        """
        inside = [node.args[0] for node in ast.walk(self.tree) if _is_call(node, function)]
        names = {node.id for part in inside for node in ast.walk(part) if isinstance(node, ast.Name)}
        return tuple(name for name in self.inputs if name in names)

    def base_year(self, frame: Mapping[str, pd.Series] | pd.DataFrame) -> int | None:
        """Return the year whose prices the formula gives: the newest base of its chains; None without a chain.

        Parameters
        ----------
        frame : as for ``evaluate``.
        """
        chained = [node.args[0] for node in ast.walk(self.tree) if _is_call(node, "chain")]
        if not chained:
            return None
        columns, years = self._columns(frame), Years(frame[self.inputs[0]].index, self.name)
        return max(years.base(self._value(inside, columns, years)) for inside in chained)

    def evaluate(self, frame: Mapping[str, pd.Series] | pd.DataFrame, *, base_year: int | None = None) -> pd.Series:
        """Return the derived column; a division by zero gives a missing value.

        Parameters
        ----------
        frame : columns by name with one index; with ``lag`` or ``chain`` the index has the levels region and year.
        base_year : of the chains; by default 2022 or the newest year before for which at least half of the regions of
            the frame have the index.

        Raises
        ------
        UnknownNameError : the formula reads a variable that is not there.
        DataError : it reads other years and the index names none.
        """
        columns = self._columns(frame)
        index = frame[self.inputs[0]].index if self.inputs else pd.RangeIndex(0)
        with np.errstate(all="ignore"):
            values = self._value(self.tree, columns, Years(index, self.name, base_year))
        values = np.broadcast_to(np.asarray(values, dtype="float64"), (len(index),))
        return pd.Series(np.where(np.isfinite(values), values, np.nan), index=index)

    def _columns(self, frame: Mapping[str, pd.Series] | pd.DataFrame) -> dict[str, np.ndarray]:
        for name in self.inputs:
            if name not in frame:
                raise UnknownNameError.of("variable", name, map(str, frame), where=f"formula of {self.name}")
        return {name: np.asarray(frame[name], dtype="float64") for name in self.inputs}

    def measure(self, units: Mapping[str, Unit]) -> Measure:
        """Return what the result of the formula counts.

        Parameters
        ----------
        units : of the variables that it reads, by variable.

        Raises
        ------
        DataError : it adds numbers that count different things, or its functions do not fit what they read.
        UnknownNameError : a variable without a unit.
        """
        return self._measure(self.tree, units)

    def _value(self, node: ast.expr, columns: Mapping[str, np.ndarray], years: Years) -> np.ndarray:
        match node:
            case ast.BinOp(left, operation, right):
                first, second = self._value(left, columns, years), self._value(right, columns, years)
                return _OPERATIONS[type(operation)](first, second)
            case ast.UnaryOp(ast.USub(), operand):
                return -self._value(operand, columns, years)
            case ast.Call(ast.Name("lag"), [inside]):
                return years.before(self._value(inside, columns, years))
            case ast.Call(ast.Name("chain"), [inside]):
                return years.level(self._value(inside, columns, years))
            case ast.Name(name):
                return columns[name]
            case ast.Constant(int() | float() as number):
                return np.asarray(float(number))
        raise self._refused(ast.unparse(node))

    def _measure(self, node: ast.expr, units: Mapping[str, Unit]) -> Measure:
        match node:
            case ast.BinOp(left, ast.Mult(), right):
                return self._measure(left, units).times(self._measure(right, units))
            case ast.BinOp(left, ast.Div(), right):
                return self._measure(left, units).over(self._measure(right, units))
            case ast.BinOp(left, operation, right):
                return self._sum(left, right, -1 if isinstance(operation, ast.Sub) else 1, units)
            case ast.UnaryOp(ast.USub(), operand):
                return self._measure(operand, units).negative()
            case ast.Call(ast.Name("lag"), [inside]):
                return self._measure(inside, units).renamed(_A_YEAR_BEFORE)
            case ast.Call(ast.Name("chain"), [inside]):
                return self._chained(inside, units)
            case ast.Name(name) if name in units:
                return units[name].measure
            case ast.Name(name):
                raise UnknownNameError.of("variable", name, units, where=f"formula of {self.name}")
            case ast.Constant(int() | float() as number):
                return Measure.of_number(float(number))
        raise self._refused(ast.unparse(node))

    def _sum(self, left: ast.expr, right: ast.expr, sign: int, units: Mapping[str, Unit]) -> Measure:
        first, second = self._measure(left, units), self._measure(right, units)
        total = first.plus(second, sign)
        if total is None:
            raise DataError(
                f"the formula of {self.name} adds what cannot be added: "
                f"{ast.unparse(left)} in {_named(left, first, units)} and "
                f"{ast.unparse(right)} in {_named(right, second, units)}",
                where="variables.yml",
                advice="Bring both to one unit first",
            )
        return total

    def _chained(self, inside: ast.expr, units: Mapping[str, Unit]) -> Measure:
        index = self._measure(inside, units)
        if not any(index.fits(Measure(0.01, dimensions)) for dimensions in ((), (("price", 1),))):
            raise DataError(
                f"the formula of {self.name} chains {ast.unparse(inside)}, which counts {index}",
                where="variables.yml",
                advice="Chain an index of the previous year in percent",
            )
        return index.renamed(_OF_THE_BASE_YEAR)

    def _refused(self, part: str) -> DataError:
        return DataError(
            f"the formula of {self.name} holds {part!r}",
            where="variables.yml",
            advice=f"Use names of variables, numbers, brackets, + - * / and {' and '.join(FUNCTIONS)} only",
        )


def derive(frame: pd.DataFrame, variables: Mapping[str, Variable], *, base_year: int | None = None) -> pd.DataFrame:
    """Return a frame with every derived variable added, in the order of their dependence.

    Parameters
    ----------
    frame : (region, year) × imported variables.
    variables : the catalogue; those with a formula are derived.
    base_year : of every chain; by default the one that ``Derivation.evaluate`` finds.

    Raises
    ------
    DataError : formulas that depend on each other in a circle.
    UnknownNameError : a formula that reads an unknown variable.
    """
    columns = {str(name): frame[name] for name in frame.columns}
    for formula in ordered(variables):
        columns[formula.name] = formula.evaluate(columns, base_year=base_year)
    return pd.DataFrame({name: column.to_numpy() for name, column in columns.items()}, index=frame.index)


def base_years(frame: pd.DataFrame, variables: Mapping[str, Variable]) -> dict[str, int]:
    """Return the base year of every variable at constant prices: of its own chain, or of one that it reads.

    Parameters
    ----------
    frame : (region, year) × all variables, the derived ones included.
    variables : the catalogue.
    """
    found: dict[str, int] = {}
    for formula in ordered(variables):
        own = formula.base_year(frame)
        bases = [found[name] for name in formula.inputs if name in found] + ([] if own is None else [own])
        if bases:
            found[formula.name] = max(bases)
    return found


def ordered(variables: Mapping[str, Variable]) -> list[Derivation]:
    """Return the formulas of the derived variables, each after those that it reads.

    Raises
    ------
    DataError : formulas that depend on each other in a circle.
    """
    waiting = {name: Derivation(name, one.formula) for name, one in variables.items() if one.formula}
    found: list[Derivation] = []
    while waiting:
        ready = [name for name, formula in waiting.items() if not set(formula.inputs) & set(waiting)]
        if not ready:
            raise DataError(
                f"the formulas of {', '.join(sorted(waiting))} depend on each other",
                where="variables.yml",
                advice="Break the circle",
            )
        found += [waiting.pop(name) for name in ready]
    return found


def imported_inputs(variables: Mapping[str, Variable], name: str) -> tuple[str, ...]:
    """Return the imported variables that a variable rests on: itself, or the inputs of its formula to the last."""
    formula = variables[name].formula
    if formula is None:
        return (name,)
    parts = [imported_inputs(variables, part) for part in Derivation(name, formula).inputs]
    return tuple(dict.fromkeys(part for inputs in parts for part in inputs))


def check_units(variables: Mapping[str, Variable], units: Mapping[str, Unit]) -> None:
    """Check that every formula gives the declared unit of its variable.

    Parameters
    ----------
    variables : the catalogue.
    units : by unit id.

    Raises
    ------
    DataError : a formula adds different things, gives other dimensions, or misses a factor, which is named.
    UnknownNameError : a formula that reads an unknown variable.
    """
    of_variable = {name: units[one.unit] for name, one in variables.items()}
    for name, variable in variables.items():
        if variable.formula is None:
            continue
        declared, found = units[variable.unit].measure, Derivation(name, variable.formula).measure(of_variable)
        if found.bare is not None:
            raise DataError(f"the formula of {name} reads no variable", where="variables.yml", advice="Complete it")
        if found.dimensions != declared.dimensions:
            raise DataError(
                f"the formula of {name} counts {found}, its unit {variable.unit} counts {declared}",
                where="variables.yml",
                advice="Correct the formula or the unit",
            )
        if not found.fits(declared):
            raise DataError(
                f"the formula of {name} misses a factor of {found.scale / declared.scale:.12g} to give {variable.unit}",
                where="variables.yml",
                advice="Multiply by it or declare another unit",
            )


def _named(node: ast.expr, measure: Measure, units: Mapping[str, Unit]) -> str:
    return units[node.id].id if isinstance(node, ast.Name) and node.id in units else str(measure)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_call(node: ast.AST, function: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function


def _is_known_call(node: ast.Call) -> bool:
    known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
    return known and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred)


_ALLOWED = (ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Load, ast.Constant, *_OPERATIONS)
# Roubles of the year before differ from this year's by a year of price change; chained to the base year, a price
# index turns roubles of that year into roubles of its own.
_A_YEAR_BEFORE: Mapping[str, Mapping[str, int]] = {"rub": {"rub": 1, "price": -1}}
_OF_THE_BASE_YEAR: Mapping[str, Mapping[str, int]] = {"price": {"rub": 1, "rub_2022": -1}}
