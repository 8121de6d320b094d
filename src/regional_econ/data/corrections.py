"""Which mistakes of the sources are mended, which known differences are accepted, and do they still exist?

Every entry carries a reason and the value it expects; once the source mends itself, the guard stops the build.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regional_econ._base.errors import DataError
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ._base.text import Text
from regional_econ.data.declared import read_yaml
from regional_econ.data.files.figures import Figure
from regional_econ.data.files.workbooks import Status


@dataclass(frozen=True)
class Correction:
    """One mended figure: where it stands, what the source says (``expect``), what is used instead, and why.

    A ``value`` that is no number (``.nan``) takes out a figure of another row, where the right one is not known, or
    a dash where the source withholds the figure; ``status`` then says which, ``missing`` unless it is declared.
    """

    variable: str
    source: str
    region: str
    year: int
    expect: float
    value: float
    reason: Text
    status: Status | None = None

    def __post_init__(self) -> None:
        if self.status is None:
            return
        check_option("status", self.status, Status)
        if (self.status in ("missing", "confidential")) != math.isnan(self.value):
            raise DataError(
                f"a figure of {self.value} cannot be {self.status}",
                where=f"corrections.yml, {self.variable}, {self.region}, {self.year}",
                advice="Give .nan as the value of a figure that is missing or confidential",
            )

    @property
    def mended_status(self) -> Status:
        """Return the status of the mended figure."""
        return self.status or ("missing" if math.isnan(self.value) else "published")


@dataclass(frozen=True)
class AcceptedDifference:
    """One figure in which a checking file differs: both values as they stand, and why that is accepted."""

    variable: str
    region: str
    year: int
    imported: float | None
    checked: float | None
    reason: str


@dataclass(frozen=True)
class Corrections:
    """All declared corrections and accepted differences."""

    corrections: tuple[Correction, ...]
    accepted: tuple[AcceptedDifference, ...]

    def apply(self, variable: str, source: str, figures: list[Figure]) -> list[Figure]:
        """Return the figures of one series with the mended values.

        Raises
        ------
        DataError : a correction whose figure is gone or no longer has the expected value.
        """
        mended = list(figures)
        for one in self.corrections:
            if (one.variable, one.source) != (variable, source):
                continue
            places = [i for i, f in enumerate(mended) if (f.region, f.year) == (one.region, one.year)]
            if not places or not same(mended[places[0]].value, one.expect):
                found = mended[places[0]].value if places else "nothing"
                raise DataError(
                    f"the correction expects {one.expect}, the source has {found}",
                    where=f"corrections.yml, {variable}, {one.region}, {one.year}",
                    advice="The source has mended itself: take the entry out",
                )
            value = None if math.isnan(one.value) else one.value
            mended[places[0]] = mended[places[0]]._replace(value=value, status=one.mended_status)
        return mended


def load_corrections(folder: Path | None = None) -> Corrections:
    """Return the entries of ``corrections.yml``.

    Raises
    ------
    DataError : an entry that lacks a field, has one too many, or gives a number to what is withheld.
    OptionError : a status that does not exist.
    """
    document = read_yaml((folder or data_dir()) / "corrections.yml")
    try:
        return Corrections(
            tuple(map(_correction, document.get("corrections") or ())),
            tuple(AcceptedDifference(**entry) for entry in document.get("accepted_differences") or ()),
        )
    except (KeyError, TypeError) as error:
        raise DataError(f"an entry is not complete: {error}", where="corrections.yml", advice="Mend it") from error


def _correction(entry: dict[str, Any]) -> Correction:
    return Correction(**{**entry, "reason": Text(**entry["reason"])})


def same(first: float | None, second: float | None) -> bool:
    """Return whether two figures are the same up to the last digits of a float.

    >>> same(None, None), same(10.833698, 10.8)
    (True, False)
    """
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-9)
