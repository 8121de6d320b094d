"""How does a number of a policy answer show its doubt? Cells with an error, an interval, a grade over a prior share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from regional_econ.core.results import Value, digits_for
from regional_econ.core.section import Cell, Column, NumberRef, Stack, TextRef, Verbatim
from regional_econ.policy.scenarios.result import Z95

MARKS = Column("marks", "policy.column.marks", "center")
_END = re.compile(r"(?:.*[._])?(?:p\d\d|lo\d\d|hi\d\d|low|high)")


def error_values(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return each value that has an error and, as ``<key>.error``, the half-width of its 95 % Monte Carlo interval.

    Quantiles and ends are left out, since beside them stands an interval, and errors. Both have more digits where the
    error would be printed as zero. An error is an estimate too: by its own, a tenth, `verify` holds it to a factor of
    about two.

    >>> error_values({"reached": Value(0.2, "share", 3, 0.01), "gain.p50": Value(1.0, "pp", 2, 0.1)})["reached.error"]
    Value(value=0.01959963984540054, unit='share', digits=3, mc_error=0.001959963984540054)
    """
    found: dict[str, Value] = {}
    for key, value in values.items():
        if value.mc_error is not None and not _END.fullmatch(key) and not key.endswith("error"):
            error = Z95 * value.mc_error
            own = replace(value, digits=digits_for(error, value.digits))
            found |= {key: own, f"{key}.error": replace(own, value=error, mc_error=error / 10.0)}
    return found


def error_cell(key: str) -> Stack:
    """Return a number with its 95 % Monte Carlo error below, from :func:`error_values`."""
    return Stack((NumberRef(key), NumberRef(f"{key}.error", "± {}")))


def interval_cell(middle: str, low: str, high: str) -> Stack:
    """Return a number with its interval below."""
    return Stack((NumberRef(middle), *ends_cell(low, high).cells))


def ends_cell(low: str, high: str) -> Stack:
    """Return the two ends of an interval."""
    return Stack((NumberRef(low, "{} –"), NumberRef(high)))


def marks_cell(grade: str | None, prior_share: str, *, assumption: bool = False) -> Cell:
    """Return the grade of the weakest link over the prior share, for the column ``MARKS``; a dash without a grade.

    Parameters
    ----------
    grade : the grade itself, or the id of a result that holds it.
    prior_share : id of a result.
    assumption : say below that acting at all is an assumption.
    """
    if grade is None:
        return Verbatim("–")
    own = NumberRef(grade) if "." in grade else Verbatim(grade)
    said = (TextRef("policy_answers.assumption"),) if assumption else ()
    return Stack((own, NumberRef(prior_share), *said))
