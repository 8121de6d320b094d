"""The committed records of results and of long runs, and how a rerun is held against them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regional_econ._base.errors import StoreError
from regional_econ._base.files import read_json
from regional_econ.core.results import SCHEMA_VERSION, Result, ResultStore, Value

RELATIVE_TOLERANCE = 1e-8
MONTE_CARLO_ERRORS = 5.0


@dataclass(frozen=True)
class Agreement:
    """How many recorded values a rerun meets, and a line for each that it does not."""

    agreeing: int
    total: int
    differences: tuple[str, ...]


def record_path(root: Path, study: str, profile: str) -> Path:
    """Return where a project records the results of a study and profile."""
    return root / "reports" / "record" / f"{study}.{profile}.json"


def record_of(store: ResultStore) -> dict[str, Any]:
    """Return all results of a store as one document."""
    results = {result_id: store.read(result_id).to_dict() for result_id in store.ids()}
    return {"schema_version": SCHEMA_VERSION, "results": results}


def read_record(path: Path) -> dict[str, Result]:
    """Read a record.

    Raises
    ------
    StoreError : there is none, or it is damaged.
    """
    if not path.is_file():
        raise StoreError("there is no record", where=str(path), advice="Run: regional-econ verify --record")
    document = read_json(path)
    try:
        return {key: Result.from_dict(value) for key, value in document["results"].items()}
    except (KeyError, TypeError) as error:
        raise StoreError("damaged record", where=str(path), advice="Restore it from version control") from error


def read_result(path: Path) -> Result | None:
    """Return a record of a long run, or None where it has not been made.

    Raises
    ------
    StoreError : the record is damaged.
    """
    if not path.is_file():
        return None
    try:
        return Result.from_dict(read_json(path))
    except (KeyError, TypeError) as error:
        raise StoreError("damaged record", where=str(path), advice="Restore it from version control") from error


def compare(record: Mapping[str, Result], store: ResultStore) -> Agreement:
    """Hold each recorded value against the store; new values that the record lacks count as differences too."""
    agreeing = total = 0
    differences: list[str] = []
    for result_id in sorted({*record, *store.ids()}):
        then = record[result_id].values if result_id in record else {}
        now = store.read(result_id).values if result_id in store.ids() else {}
        for key in sorted({*then, *now}):
            total += 1
            old, new = then.get(key), now.get(key)
            if old is not None and new is not None and agree(old, new):
                agreeing += 1
            else:
                differences.append(f"{result_id}.{key}: recorded {_show(old)}, now {_show(new)}")
    return Agreement(agreeing, total, tuple(differences))


def agree(old: Value, new: Value) -> bool:
    """Say whether two values are the same: exactly for words, to 1e-8 for numbers, within five Monte Carlo errors
    for sampled numbers.

    >>> agree(Value(1.0), Value(1.0 + 1e-12)), agree(Value(0.50, mc_error=0.01), Value(0.53, mc_error=0.01))
    (True, True)
    """
    if isinstance(old.value, bool | str | None) or isinstance(new.value, bool | str | None):
        return old.value == new.value
    if old.mc_error is not None and new.mc_error is not None:
        reach = MONTE_CARLO_ERRORS * math.hypot(old.mc_error, new.mc_error)
        return abs(float(old.value) - float(new.value)) <= reach + 1e-12
    return math.isclose(old.value, new.value, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12)


def _show(value: Value | None) -> str:
    return "nothing" if value is None else repr(value.value)
