"""Texts in a CSV file that a spreadsheet program would compute."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_COMPUTED = re.compile(r"[=@\t\n]|[+-](?![\s\d.,]*%?$)")


def no_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts no spreadsheet program takes for formulas: an apostrophe stands before them.

    Numbers, and texts that are a number or a sign, stay as they are; lines end with LF, since CSV readers break at CR.

    Source: OWASP, "CSV Injection".

    >>> import pandas as pd
    >>> no_formulas(pd.DataFrame({"text": ["=1+1", "-1.5", "+"], "number": [-1.0, 0.0, 1.0]}))["text"].tolist()
    ["'=1+1", '-1.5', '+']
    """
    from pandas.api.types import is_numeric_dtype

    found = frame.copy()
    for place, kind in enumerate(frame.dtypes):
        if not is_numeric_dtype(kind):
            found.isetitem(place, list(map(_plain, frame.iloc[:, place])))
    return found


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if _COMPUTED.match(text) else text
