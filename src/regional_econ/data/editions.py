"""When was each edition published, and with which delay do figures appear, as declared in ``vintages.yml``?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.core.variable import Variable
from regional_econ.data.declared import read_yaml

FILE = "vintages.yml"


@dataclass(frozen=True, order=True)
class Edition:
    """One edition of official figures.

    ``published`` is (year, month); ``about`` says that only the year or a bound is known, and ``note`` what it rests
    on: then the later month is given, so that no edition counts as known before it was.
    """

    published: tuple[int, int]
    id: str
    label: Text
    about: bool = False
    note: str = ""

    @property
    def year(self) -> int:
        """The year of publication."""
        return self.published[0]

    def __str__(self) -> str:
        about = "about " if self.about else ""
        return f"{self.id}: {self.label.en}, published {about}{self.published[0]}-{self.published[1]:02d}."


@dataclass(frozen=True)
class Lags:
    """Years from the year of a figure to the year at whose end it is known: by variable, by source, by default."""

    default: int
    sources: Mapping[str, int]
    variables: Mapping[str, int]

    def of(self, variable: Variable) -> int:
        """Return the lag of a variable: its own, else the longest of its sources, else the default."""
        if variable.id in self.variables:
            return self.variables[variable.id]
        declared = [self.sources[name] for name in variable.origins if name in self.sources]
        return max(declared, default=self.default)


def load_editions(folder: Path | None = None) -> dict[str, Edition]:
    """Return every declared edition by id, the oldest first.

    Parameters
    ----------
    folder : where ``vintages.yml`` lies; the compiled data by default.

    Raises
    ------
    DataError : an entry without a month of publication or without one of its labels.

    Examples
    --------
    >>> load_editions()["yearbook-2023"].published
    (2023, 12)
    """
    document = read_yaml((folder or data_dir()) / FILE)
    editions = sorted(_edition(str(name), entry) for name, entry in _mapping(document, "editions").items())
    return {one.id: one for one in editions}


def load_lags(folder: Path | None = None) -> Lags:
    """Return the declared publication lags.

    Raises
    ------
    DataError : a lag that is no whole number of years.

    Examples
    --------
    >>> from regional_econ.data.catalogue import load_variables
    >>> variables = load_variables()
    >>> load_lags().of(variables["grp_mln_rub"]), load_lags().of(variables["wear_pct"])
    (2, 1)
    """
    entry = _mapping(read_yaml((folder or data_dir()) / FILE), "publication_lags")
    numbers = [entry.get("default"), *_mapping(entry, "sources").values(), *_mapping(entry, "variables").values()]
    if not all(isinstance(one, int) and one >= 0 for one in numbers):
        raise DataError("a publication lag is no whole number of years", where=FILE, advice="Give 0, 1, 2, …")
    return Lags(int(entry["default"]), dict(entry["sources"]), dict(entry["variables"]))


def check_editions(vintages: Iterable[str], folder: Path | None = None) -> None:
    """Stop where an edition in use is not declared; the build calls it with every vintage of its rows.

    Raises
    ------
    UnknownNameError : the first edition without an entry, with the nearest declared ones.
    """
    declared = load_editions(folder)
    for name in sorted(set(vintages)):
        if name not in declared:
            raise UnknownNameError.of("vintage", name, declared, where=f"{FILE} has no date of publication for it")


def _edition(name: str, entry: Any) -> Edition:
    try:
        month = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(entry["published"]))
        if month is None:
            raise ValueError(f"published is {entry['published']!r}, not year-month")
        label = Text(str(entry["label"]["ru"]), str(entry["label"]["en"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"edition {name} is not declared well: {error}", where=FILE, advice="Mend the entry") from error
    published = (int(month[1]), int(month[2]))
    return Edition(published, name, label, bool(entry.get("about", False)), str(entry.get("note", "")))


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = document.get(key)
    if not isinstance(part, Mapping):
        raise DataError(f"{key} is missing or no mapping", where=FILE, advice="Restore it from version control")
    return part
