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

EXPLORERS = (
    "explore_policy",
    "explore_forecast",
    "explore_workbench",
    "explore_specifications",
    "explore_claims",
    "explore_data",
)
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
    shares : id of the explorer whose parts, scripts with two names (``<id>.model.js``) and texts it uses, so that they
        stand on the site once; it has no parts of its own then.

    Raises
    ------
    UnknownNameError : another id, or no part ``main``.
    """

    id: str
    section: str
    parts: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    shares: str = ""

    def __post_init__(self) -> None:
        for name in (self.id, self.shares or self.id):
            if name not in EXPLORERS:
                raise UnknownNameError.of("explorer", name, EXPLORERS)
        if MAIN not in self.parts and not self.shares:
            raise UnknownNameError.of("part", MAIN, self.parts)

    @property
    def prefix(self) -> str:
        """The beginning of the ids of its texts."""
        return text_prefix(self.id)

    @property
    def home(self) -> str:
        """The explorer whose parts it uses: itself, or the one it shares them with."""
        return self.shares or self.id

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        about = {"id": self.id, "section": self.section, "labels": list(self.labels), "shares": self.shares}
        write_json(path, {**about, "parts": self.parts})

    @classmethod
    def read(cls, path: Path) -> Explorer:
        """Read it.

        Raises
        ------
        StoreError : the file is missing or damaged.
        """
        document = read_json(path)
        try:
            labels = tuple(document["labels"])
            return cls(document["id"], document["section"], document["parts"], labels, document["shares"])
        except (KeyError, TypeError) as error:
            raise StoreError("damaged explorer", where=str(path), advice="Delete it and run again") from error

    def __str__(self) -> str:
        return f"Explorer {self.id} with {len(self.parts)} parts."


def text_prefix(explorer_id: str) -> str:
    """Return the beginning of the ids of an explorer's texts.

    >>> text_prefix("explore_policy")
    'explorer.policy'
    """
    return f"explorer.{explorer_id.removeprefix('explore_')}"


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
