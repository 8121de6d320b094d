"""Results by id: every number that is printed anywhere is read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.files import read_json, write_json

SCHEMA_VERSION = "1"
VERBATIM = "verbatim"  # the unit of words that are the same in both languages, such as a title or ids of claims
Scalar = float | int | str | bool | None


@dataclass(frozen=True)
class Value:
    """One value with unit and printed digits.

    ``mc_error`` is its Monte Carlo standard error; None means that a rerun must agree to 1e-8.
    """

    value: Scalar
    unit: str = ""
    digits: int = 2
    mc_error: float | None = None


@dataclass(frozen=True)
class Result:
    """Values under one id, with the hashes of what went in.

    >>> Result("demo", {"x": Value(1.5)}).values["x"].value
    1.5
    """

    id: str
    values: Mapping[str, Value]
    inputs: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; it holds no times."""
        values: dict[str, dict[str, Any]] = {}
        for key, value in self.values.items():
            entry: dict[str, Any] = {"value": _plain(value.value), "unit": value.unit, "digits": value.digits}
            if value.mc_error is not None:
                entry["mc_error"] = float(value.mc_error)
            values[key] = entry
        return {
            "id": self.id,
            "inputs": dict(self.inputs),
            "schema_version": SCHEMA_VERSION,
            "values": values,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Result:
        """Read the JSON form."""
        values = {key: Value(**entry) for key, entry in document["values"].items()}
        return cls(document["id"], values, dict(document["inputs"]))

    def __str__(self) -> str:
        return f"{self.id}: {len(self.values)} values."


@dataclass(frozen=True)
class ResultStore:
    """Results as JSON files in one folder."""

    folder: Path

    def path(self, result_id: str) -> Path:
        """Return the file of a result."""
        return self.folder / f"{result_id}.json"

    def write(self, result: Result) -> Path:
        """Write a result atomically and return its file."""
        path = self.path(result.id)
        write_json(path, result.to_dict())
        return path

    def read(self, result_id: str) -> Result:
        """Read a result.

        Raises
        ------
        UnknownNameError : no such result.
        StoreError : its file is damaged.
        """
        path = self.path(result_id)
        if not path.is_file():
            raise UnknownNameError.of("result", result_id, self.ids(), where=str(self.folder))
        try:
            return Result.from_dict(read_json(path))
        except (KeyError, TypeError) as error:
            raise StoreError("damaged result", where=str(path), advice="Delete it and run again") from error

    def ids(self) -> tuple[str, ...]:
        """Ids of all results, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.json")))

    def number(self, full_id: str) -> Value:
        """Return a value by its full id, ``<result id>.<key>``; the longest result id that fits is taken.

        Raises
        ------
        UnknownNameError : no result or no key of that name.
        """
        parts = full_id.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            result_id = ".".join(parts[:cut])
            if not self.path(result_id).is_file():
                continue
            result, key = self.read(result_id), ".".join(parts[cut:])
            if key in result.values:
                return result.values[key]
            raise UnknownNameError.of(f"value of result {result_id}", key, result.values)
        raise UnknownNameError.of("result", full_id, self.ids(), where=str(self.folder))


def digits_for(error: float, digits: int) -> int:
    """Return the digits of a number and of the error beside it: those given, or up to two more that show the error.

    >>> digits_for(0.3, 1), digits_for(0.03, 1), digits_for(0.0, 1)
    (1, 2, 1)
    """
    return next((wanted for wanted in range(digits, digits + 3) if round(error, wanted) > 0.0), digits)


def _plain(value: Scalar) -> Scalar:
    if value is None or isinstance(value, str | bool):
        return value
    number = float(value)
    return int(number) if isinstance(value, int) else number
