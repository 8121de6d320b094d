"""What can go wrong, as one tree: each message says what was wrong, where, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self


class RegionalEconError(Exception):
    """A mistake that a user can mend.

    Parameters
    ----------
    message : what was wrong.
    where : the place (file, sheet, cell; region, year).
    advice : what to do next.

    Examples
    --------
    >>> str(RegionalEconError("no such sheet", where="book.xlsx", advice="Check the edition"))
    'no such sheet (book.xlsx). Check the edition.'
    """

    def __init__(self, message: str, *, where: str | None = None, advice: str | None = None) -> None:
        self.message = message
        self.where = where
        self.advice = advice
        super().__init__(message)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f". {self.advice.rstrip('.')}." if self.advice else ""
        return f"{self.message.rstrip('.')}{place}{advice}"

    def at(self, place: str) -> Self:
        """Return the same error with a place before the one it names, unless that holds it already.

        >>> str(DataError("no figures", where="values.csv").at("claim Q01"))
        'no figures (claim Q01, values.csv)'
        """
        known = self.where or ""
        where = known if place in known else ", ".join(part for part in (place, known) if part)
        return type(self)(self.message, where=where, advice=self.advice)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.where, self.advice)


def _rebuild(kind: type[RegionalEconError], message: str, where: str | None, advice: str | None) -> RegionalEconError:
    return kind(message, where=where, advice=advice)


class DataError(RegionalEconError):
    """An official file or the compiled snapshot is missing, damaged or not what it should be."""


class FormulaError(RegionalEconError):
    """A formula that the grammar does not know."""


class UnknownNameError(RegionalEconError):
    """A name (variable, region, key, result) that does not exist."""

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> Self:
        """Build the error with the nearest known names.

        >>> str(UnknownNameError.of("variable", "waer_pct", ["wear_pct", "grp"]))
        "unknown variable 'waer_pct'. Did you mean wear_pct?"

        Of years the span says more than the nearest spelling:

        >>> str(UnknownNameError.of("forecast year", "2015", ["2023", "2024", "2035"]))
        "unknown forecast year '2015'. Known are: 2023 to 2035."
        """
        names = sorted(set(known))
        if "year" in kind and names and all(one.isdecimal() for one in (name, *names)):
            first, last = min(names, key=int), max(names, key=int)
            return cls(f"unknown {kind} {name!r}", where=where, advice=f"Known are: {first} to {last}")
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        if near:
            return cls(f"unknown {kind} {name!r}", where=where, advice=f"Did you mean {', '.join(near)}?")
        listed = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
        return cls(f"unknown {kind} {name!r}", where=where, advice=f"Known are: {listed}")

    def __str__(self) -> str:
        text = super().__str__()
        return text.replace("?.", "?")


class OptionError(RegionalEconError):
    """An option outside its list."""


class StudyError(RegionalEconError):
    """A study file that cannot be used."""


class SchemaError(RegionalEconError):
    """A document that breaks its schema."""


class EstimationError(RegionalEconError):
    """An estimate that these data cannot give."""


class SamplingError(RegionalEconError):
    """A posterior sample that failed its gates."""


class Interrupted(RegionalEconError):
    """A run that was stopped before it was complete; what was finished is kept."""


class StoreError(RegionalEconError):
    """A result, section or file that is missing or damaged."""


class BusyError(RegionalEconError):
    """Another run works in the same folder."""


class ClusterError(RegionalEconError):
    """A cluster that cannot be reached or used, or that was lost."""


class TextError(RegionalEconError):
    """A text without one of its languages, or a number in it without a source."""
