"""An explorer keeps what it is given, and refuses what its page could not show."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ.core.explorer import MAIN, Explorer, packed


def test_an_explorer_comes_back_as_it_was_written(tmp_path: Path) -> None:
    given = Explorer("explore_claims", "referee", {MAIN: {"a": [1, None]}, "b": "ё"}, ("wear_pct",))
    given.write(tmp_path / "one.json")
    assert Explorer.read(tmp_path / "one.json") == given
    assert given.prefix == "explorer.claims"


@pytest.mark.parametrize(("name", "parts"), [("explore_claim", {MAIN: 1}), ("explore_claims", {"other": 1})])
def test_an_unknown_page_and_one_without_data_are_refused(name: str, parts: dict[str, int]) -> None:
    with pytest.raises(UnknownNameError):
        Explorer(name, "referee", parts)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"id": "explore_claims"}', encoding="utf-8")
    with pytest.raises(StoreError, match=r"one\.json"):
        Explorer.read(tmp_path / "one.json")


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint16", "int16", "uint8"])
def test_an_array_is_packed_with_its_low_byte_first(dtype: str) -> None:
    values = np.array([[0, 1, 2], [3, 100, 127]])
    found = packed(values.T.astype(">f8").T, dtype)
    back = np.frombuffer(b64decode(found["data"]), dtype=np.dtype(dtype).newbyteorder("<")).reshape(found["shape"])
    assert found["type"] == dtype
    assert np.array_equal(back, values)
