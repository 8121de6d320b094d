"""Derived variables: arithmetic only, in the order of their dependence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.data.catalogue import load_variables
from regional_econ.data.derive import Derivation, derive


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
    ],
)
def test_refuses_anything_but_arithmetic(text: str) -> None:
    with pytest.raises(DataError, match=r"the formula of x holds"):
        _ = Derivation("x", text).inputs


def test_value_and_missing_denominator() -> None:
    frame = pd.DataFrame({"a": [6.0, 1.0, np.nan], "b": [3.0, 0.0, 1.0]})
    result = Derivation("x", "-(a - 2) * 10 / b + a").evaluate(frame)
    assert result.iloc[0] == pytest.approx(-(6 - 2) * 10 / 3 + 6)
    assert result.iloc[1:].isna().all()


def test_chain_circle_and_unknown_input() -> None:
    plain = load_variables()["grp_bln_rub"]
    frame = pd.DataFrame({"a": [2.0]})
    chain = {"c": replace(plain, id="c", formula="b + 1"), "b": replace(plain, id="b", formula="2 * a")}
    assert derive(frame, chain)["c"].iloc[0] == 5.0
    with pytest.raises(DataError, match="b, c depend on each other"):
        derive(frame, chain | {"b": replace(plain, id="b", formula="c / a")})
    with pytest.raises(UnknownNameError, match="formula of b"):
        derive(frame, {"b": replace(plain, id="b", formula="2 * z")})
