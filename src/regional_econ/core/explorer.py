"""A page that a reader works with: the data it computes from, without a language and without a medium."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.files import read_json, write_json

EXPLORERS = ("explore_claims",)
MAIN = "main"


@dataclass(frozen=True)
class Explorer:
    """What a page needs to compute with, in the order of `EXPLORERS` on the site.

    Parameters
    ----------
    id : name of the page; its texts are ``explorer.<id without explore_>.…``, its script has the same name.
    section : the chapter that leads to it.
    parts : JSON values by name; ``main`` comes with the page, the others when its script asks for them.
    labels : ids of variables, regions and other things whose names its script prints.

    Raises
    ------
    UnknownNameError : another id, or no part ``main``.
    """

    id: str
    section: str
    parts: Mapping[str, Any]
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.id not in EXPLORERS:
            raise UnknownNameError.of("explorer", self.id, EXPLORERS)
        if MAIN not in self.parts:
            raise UnknownNameError.of("part", MAIN, self.parts)

    @property
    def prefix(self) -> str:
        """The beginning of the ids of its texts."""
        return f"explorer.{self.id.removeprefix('explore_')}"

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        write_json(path, {"id": self.id, "section": self.section, "labels": list(self.labels), "parts": self.parts})

    @classmethod
    def read(cls, path: Path) -> Explorer:
        """Read it.

        Raises
        ------
        StoreError : the file is missing or damaged.
        """
        document = read_json(path)
        try:
            return cls(document["id"], document["section"], document["parts"], tuple(document["labels"]))
        except (KeyError, TypeError) as error:
            raise StoreError("damaged explorer", where=str(path), advice="Delete it and run again") from error

    def __str__(self) -> str:
        return f"Explorer {self.id} with {len(self.parts)} parts."


def packed(values: ArrayLike, dtype: str = "float64") -> dict[str, Any]:
    """Return an array as a part of an explorer: its type, shape and little-endian bytes in base64.

    Parameters
    ----------
    values : of any shape.
    dtype : "float64", "float32", "uint32", "uint16", "uint8" or "int16", "int32".

    >>> packed([1, 2], "uint8")
    {'type': 'uint8', 'shape': [2], 'data': 'AQI='}
    """
    array = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    return {"type": dtype, "shape": list(array.shape), "data": b64encode(array.tobytes()).decode("ascii")}
