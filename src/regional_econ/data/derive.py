"""How is a derived variable computed from others? By a declared formula, parsed here and never executed as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.variable import Variable

_OPERATIONS: dict[type[ast.operator], Callable[[pd.Series, pd.Series], pd.Series]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Derivation:
    """An arithmetic formula over variables of the same region and year.

    Examples
    --------
    >>> formula = Derivation("rd_grp_pct", "100 * rd_mln_rub / grp_mln_rub")
    >>> formula.inputs
    ('rd_mln_rub', 'grp_mln_rub')
    >>> frame = pd.DataFrame({"rd_mln_rub": [2.0], "grp_mln_rub": [400.0]})
    >>> float(formula.evaluate(frame).iloc[0])
    0.5
    """

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed formula.

        Raises
        ------
        DataError : it holds anything but names, numbers, brackets and + - * /.
        """
        try:
            tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            raise self._refused(self.text) from error
        for node in ast.walk(tree):
            if not isinstance(node, _ALLOWED) or (isinstance(node, ast.Constant) and not _is_number(node.value)):
                raise self._refused(ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__)
        return tree

    @property
    def inputs(self) -> tuple[str, ...]:
        """Variables that the formula reads, in its order."""
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.Name))
        ordered = sorted(found, key=lambda node: node.col_offset)
        return tuple(dict.fromkeys(node.id for node in ordered))

    def evaluate(self, frame: pd.DataFrame) -> pd.Series:
        """Return the derived column; a division by zero gives a missing value.

        Raises
        ------
        UnknownNameError : the formula reads a variable that is not there.
        """
        for name in self.inputs:
            if name not in frame.columns:
                raise UnknownNameError.of("variable", name, map(str, frame.columns), where=f"formula of {self.name}")
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._value(self.tree, frame).replace([np.inf, -np.inf], np.nan)

    def _value(self, node: ast.expr, frame: pd.DataFrame) -> pd.Series:
        match node:
            case ast.BinOp(left, operation, right):
                return _OPERATIONS[type(operation)](self._value(left, frame), self._value(right, frame))
            case ast.UnaryOp(ast.USub(), operand):
                return -self._value(operand, frame)
            case ast.Name(name):
                return frame[name]
            case ast.Constant(int() | float() as number):
                return pd.Series(float(number), index=frame.index)
        raise self._refused(ast.unparse(node))

    def _refused(self, part: str) -> DataError:
        return DataError(
            f"the formula of {self.name} holds {part!r}",
            where="variables.yml",
            advice="Use names of variables, numbers, brackets and + - * / only",
        )


def derive(frame: pd.DataFrame, variables: Mapping[str, Variable]) -> pd.DataFrame:
    """Return a frame with every derived variable added, in the order of their dependence.

    Parameters
    ----------
    frame : (region, year) × imported variables.
    variables : the catalogue; those with a formula are derived.

    Raises
    ------
    DataError : formulas that depend on each other in a circle.
    UnknownNameError : a formula that reads an unknown variable.
    """
    waiting = {name: Derivation(name, one.formula) for name, one in variables.items() if one.formula}
    columns = {str(name): frame[name] for name in frame.columns}
    while waiting:
        ready = [name for name, formula in waiting.items() if not set(formula.inputs) & set(waiting)]
        if not ready:
            raise DataError(
                f"the formulas of {', '.join(sorted(waiting))} depend on each other",
                where="variables.yml",
                advice="Break the circle",
            )
        for name in ready:
            columns[name] = waiting.pop(name).evaluate(pd.DataFrame(columns))
    return pd.DataFrame(columns)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ALLOWED = (ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Load, ast.Constant, *_OPERATIONS)
