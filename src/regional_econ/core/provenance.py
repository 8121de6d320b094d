"""Where a figure comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from regional_econ._base.text import Text

_CELL = re.compile(r"(\S+)!([A-Z]+\d+)")
_ROW = re.compile(r"\brow (\d+)")
_LINE = re.compile(r"\bline (\d+)")


@dataclass(frozen=True)
class Origin:
    """One official file: who made it, which edition, under which terms, with its hash."""

    id: str
    producer: str
    title: str
    edition: str
    citation: str
    accessed: str
    licence: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.producer}: {self.title} ({self.edition})."


def spoken_place(place: str) -> Text:
    """Return how a reader is told where in a file a figure stands.

    Parameters
    ----------
    place : ``sheet!cell`` of a workbook, ``row n`` of a table or ``line n`` of a text; words may stand before it.

    Examples
    --------
    >>> spoken_place("national_accounts: 1!S82").ru
    'national_accounts: лист 1, ячейка S82'
    >>> spoken_place("row 12").en
    'row 12 (counted from 0)'
    """
    ru = _LINE.sub(r"строка текста \1", _ROW.sub(r"строка \1 (считая с 0)", _CELL.sub(r"лист \1, ячейка \2", place)))
    en = _ROW.sub(r"row \1 (counted from 0)", _CELL.sub(r"sheet \1, cell \2", place))
    return Text(ru, en)
