"""Charts made of charts, as Altair makes them but without its copies.

Altair copies every part of a layered or concatenated chart, rows and all, whenever it makes, configures or writes one:
a part might hold a parameter that belongs to the whole. Ours hold none, and nothing changes them afterwards. Where a
part does hold something of that kind, as in a chart that a user goes on to build with, Altair does its own work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

_OF_THE_WHOLE = ("params", "name", "width", "height", "view")


class Layers(alt.LayerChart):
    """A chart in layers."""

    def __init__(self, data: Any = alt.Undefined, layer: Sequence[Any] = (), **kwargs: Any) -> None:
        if all(isinstance(part, alt.Chart) and _plain(part) for part in layer):
            data, parts = _with_shared_data(data, layer)
            super(alt.LayerChart, self).__init__(data=data, layer=parts, **kwargs)
        else:
            super().__init__(data=data, layer=layer, **kwargs)


class Grid(alt.ConcatChart):
    """Layered charts beside and below each other."""

    def __init__(
        self, data: Any = alt.Undefined, concat: Sequence[Any] = (), columns: Any = alt.Undefined, **kwargs: Any
    ) -> None:
        if all(isinstance(part, Layers) and _plain(part) for part in concat):
            data, parts = _with_shared_data(data, concat)
            super(alt.ConcatChart, self).__init__(data=data, concat=parts, columns=columns, **kwargs)
        else:
            super().__init__(data=data, concat=concat, columns=columns, **kwargs)


class Beside(alt.HConcatChart):
    """Layered charts beside each other."""

    def __init__(self, data: Any = alt.Undefined, hconcat: Sequence[Any] = (), **kwargs: Any) -> None:
        if all(isinstance(part, Layers) and _plain(part) for part in hconcat):
            data, parts = _with_shared_data(data, hconcat)
            super(alt.HConcatChart, self).__init__(data=data, hconcat=parts, **kwargs)
        else:
            super().__init__(data=data, hconcat=hconcat, **kwargs)


def _plain(part: Any) -> bool:
    if isinstance(part, Layers):
        return part.params is alt.Undefined and all(_plain(layer) for layer in part.layer)
    return all(getattr(part, name) is alt.Undefined for name in _OF_THE_WHOLE)


def _with_shared_data(data: Any, parts: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Return the data of the whole, which are those that all parts share, and the parts without these."""
    shared = parts[0].data if data is alt.Undefined and parts else data
    if shared is alt.Undefined or not all(part.data is shared for part in parts):
        return data, list(parts)
    bare = [part.copy(deep=False) for part in parts]
    for part in bare:
        part.data = alt.Undefined
    return shared, bare
