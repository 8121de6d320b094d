"""Which numbers of a claim are results? What was printed and found, the checks, the trace, what would change it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from regional_econ.core.claim import Check, Claim, Criterion
from regional_econ.core.results import Scalar, Value
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import Rank
from regional_econ.referee.turns import turns

_EFFECTS = ("lagged", "averaged", "alone")
_POINTS = (*_EFFECTS, "leads", "power", "shrinkage")
_SHARES = ("benchmark", "trend", "specificity", "specification_curve")
_MOST_DIGITS = 3


def claim_values(claim: Claim, entry: Entry) -> dict[str, Value]:
    """Return the values of the result ``referee.<claim>``.

    Parameters
    ----------
    claim : with its verdict.
    entry : the same claim as listed.
    """
    verdict = claim.verdict
    values = {"label": Value(verdict.label), "certainty": Value(verdict.certainty), "gap": Value(verdict.gap)}
    values |= {"quote.start": Value(claim.quote.start, digits=0), "quote.end": Value(claim.quote.end, digits=0)}
    checks = {check.id: check for check in claim.checks}
    if entry.number is not None:
        digits = entry.number.digits
        values["printed"] = Value(entry.number.value / entry.number.scale, digits=digits)
        figure, year = official(claim)
        values["official"] = Value(figure, digits=decimals(figure, digits + 1))
        values["official_year"] = Value(year, digits=0)
        if "recompute" in checks:
            values["chance_match_rate"] = Value(checks["recompute"].stats["chance_match_rate"], digits=3)
    for check in (checks[name] for name in _EFFECTS if name in checks):
        values |= _effect_values(check)
    for check in claim.checks:
        values |= {f"check.{check.id}.{key}": value for key, value in check_values(check).items()}
    for number, listed in enumerate(entry.checks, start=1):
        if isinstance(listed, Rank) and listed.share is not None:
            values[f"reading.{number}.share"] = counted_share(listed.share)
    for number, turn in enumerate(turns(claim), start=1):
        values |= {f"turn.{number}.{key}": value for key, value in turn.values.items()}
    if claim.rule.sesoi is not None:
        values["smallest_effect"] = Value(claim.rule.sesoi["value"], "pp", 1)
    return values | _trace_values(verdict.rule_trace)


def check_values(check: Check) -> dict[str, Value]:
    """Return what was reported and computed, the interval and the tolerance of a check, as far as there are any."""
    low, high = check.interval or (None, None)
    reported, tolerance = check.reported or {}, check.tolerance or {}
    found: dict[str, Scalar] = {
        "reported": reported.get("value"), "computed": check.computed, "low": low, "high": high,
        "at_least": tolerance.get("low"), "at_most": tolerance.get("high"),
    }  # fmt: skip
    printed = _printed_digits(check)
    values = {key: _scaled(check, value, printed) for key, value in found.items() if value is not None}
    shares = {key: counted_share(tolerance[key]) for key in ("probability", "true_share") if key in tolerance}
    return values | shares


def number_check(claim: Claim) -> Check:
    """Return the row of a claim's printed number, wherever it stands among the claim's checks."""
    return next(
        check
        for check in claim.checks
        if check.kind == "recompute" or (check.kind == "series_available" and "nearest_years" in check.stats)
    )


def official(claim: Claim) -> tuple[float | None, int | None]:
    """Return the official figure that a printed number is shown beside, and its year: else that of the nearest year."""
    first = number_check(claim)
    if first.computed is not None:
        return first.computed, int(first.stats["year"])
    nearest: Mapping[str, float] = first.stats["nearest_years"]
    if not nearest:
        return None, None
    year = max(nearest)
    return nearest[year], int(year)


def decimals(value: float | None, most: int) -> int:
    """Return how many decimals a figure has, at most as many as said.

    >>> decimals(2711.9, 2), decimals(0.14434, 3), decimals(None, 2)
    (1, 3, 0)
    """
    known = 0.0 if value is None else value
    return next((digits for digits in range(most) if abs(round(known, digits) - known) < 1e-9), most)


def counted_share(share: float | None) -> Value:
    """Return a share of things that were counted in per cent: all of them are 100, not nearly so.

    >>> counted_share(0.8).digits, counted_share(8 / 9).digits, counted_share(1.0).value
    (0, 1, 100.0)
    """
    percent = None if share is None else 100.0 * share
    return Value(percent, "%", decimals(percent, 1))


def _trace_values(trace: Sequence[Criterion]) -> dict[str, Value]:
    """What each criterion found and needed: ``trace.<line>.value`` and ``trace.<line>.threshold``."""
    return {
        f"trace.{line}.{part}": Value(value, digits=3)
        for line, criterion in enumerate(trace, start=1)
        for part, value in (("value", criterion.value), ("threshold", criterion.threshold))
        if value is not None
    }


def _effect_values(check: Check) -> dict[str, Value]:
    low, high = check.interval or (None, None)
    points = {"p05": low, "p50": check.computed, "p95": high}
    values = {f"{check.id}.{key}": Value(value, "pp", 2) for key, value in points.items()}
    return values | {f"{check.id}.{key}": Value(float(check.stats[key]), digits=2) for key in ("beyond", "negligible")}


def _printed_digits(check: Check) -> int:
    """Decimals of the printed number, which its half-width tells."""
    halfwidth = (check.reported or {}).get("halfwidth")
    if not halfwidth:
        return 0
    return max(0, round(-math.log10(2.0 * float(halfwidth))))


def _scaled(check: Check, value: Scalar, printed: int) -> Value:
    """A number of a check in the check's unit, with as many digits as it deserves."""
    number = None if value is None else float(value)
    if check.kind in _SHARES:
        return counted_share(number)
    if check.id in _POINTS:
        return Value(number, "pp", 2)
    if check.kind in ("recompute", "revision_range", "series_available"):
        return Value(number, digits=decimals(number, printed + 1))
    return Value(number, digits=decimals(number, _MOST_DIGITS))
