"""How was this number made? For each number that is shown: its result, its full value, its inputs, the code."""

from __future__ import annotations

import csv
import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.files import canonical_json, sha256_bytes
from regional_econ.core.code import Code, Made, whole_code
from regional_econ.core.results import Result, Scalar
from regional_econ.core.workspace import Workspace
from regional_econ.report.words import Words

CALLBACK = "regionalEcon.numbers"
_HASH = 12
_PLAIN, _MARKED = bytes.maketrans(b"<>&", b",.:"), bytes.maketrans(b",.:", b"<>&")


@dataclass(frozen=True)
class Ledger:
    """Every result of a run, and the code.

    Parameters
    ----------
    results : results by their id.
    made : the code that made each of them, by result id.
    code : the code that makes the report.

    Examples
    --------
    >>> from regional_econ.core.results import Value
    >>> ledger = Ledger({"demo": Result("demo", {"a.p50": Value(1.5, "%")})}, {}, Code("1", "0"))
    >>> ledger.home("demo.a.p50")
    ('demo', 'a.p50')
    """

    results: Mapping[str, Result]
    made: Mapping[str, Made]
    code: Code

    @property
    def stale(self) -> bool:
        """Whether any result was made by other code than its step has now."""
        return not all(one.current for one in self.made.values())

    def home(self, full_id: str) -> tuple[str, str]:
        """Return the result that holds a number, and its key there; the longest result id that fits is taken.

        Raises
        ------
        UnknownNameError : no result holds it.
        """
        parts = full_id.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            result_id, key = ".".join(parts[:cut]), ".".join(parts[cut:])
            if result_id in self.results and key in self.results[result_id].values:
                return result_id, key
        known = (f"{result_id}.{key}" for result_id, result in self.results.items() for key in result.values)
        raise UnknownNameError.of("result", full_id, known)

    def entries(self, full_ids: Iterable[str], words: Words) -> dict[str, Any]:
        """Return what a reader may ask about some numbers.

        Parameters
        ----------
        full_ids : full result ids, in any order, repeated or not.
        words : names of the units in the reader's language.

        Returns
        -------
        ``numbers`` (value at full precision, unit, Monte Carlo error, result id by full id) and ``results`` (SHA-256,
        inputs and code by result id).

        Raises
        ------
        UnknownNameError : a number without a result.
        StoreError : a result that does not say from what or by which code it was made.
        """
        numbers: dict[str, Any] = {}
        homes: set[str] = set()
        for full_id in sorted(set(full_ids)):
            result_id, key = self.home(full_id)
            value = self.results[result_id].values[key]
            homes.add(result_id)
            numbers[full_id] = {
                "value": _exact(value.value),
                "unit": _unit(value.unit, words),
                "error": "" if value.mc_error is None else _exact(float(value.mc_error)),
                "result": result_id,
            }
        return {
            "numbers": numbers,
            "results": {result_id: self._describe(result_id) for result_id in sorted(homes)},
        }

    def script(self, page: str, full_ids: Iterable[str], words: Words) -> str:
        """Return `entries`, deflated, as a classic script that hands them to the page."""
        told = deflated(script_json(self.entries(full_ids, words)))
        return f"{CALLBACK}({script_json(page)}, {script_json(told)});\n"

    def csv(self, full_ids: Iterable[str]) -> str:
        """Return numbers as a table: id, full value, unit, digits shown, Monte Carlo error, result and hash.

        Parameters
        ----------
        full_ids : full result ids, in any order, repeated or not.
        """
        homes = {full_id: self.home(full_id) for full_id in sorted(set(full_ids))}
        hashes = {
            result_id: self._sha(result_id)[:_HASH] for result_id in {result_id for result_id, _ in homes.values()}
        }
        text = StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(("id", "value", "unit", "digits", "error", "result", "sha256"))
        for full_id, (result_id, key) in homes.items():
            value = self.results[result_id].values[key]
            cells = (full_id, value.value, value.unit, value.digits, value.mc_error, result_id, hashes[result_id])
            table.writerow(cells)
        return text.getvalue()

    def _sha(self, result_id: str) -> str:
        return sha256_bytes(canonical_json(self.results[result_id].to_dict()).encode("utf-8"))

    def _describe(self, result_id: str) -> dict[str, Any]:
        result, made = self.results[result_id], self.made.get(result_id)
        if not result.inputs:
            raise StoreError(f"result {result_id} does not say what it was made from", advice="Give it its inputs")
        if made is None:
            advice = "Run: regional-econ reproduce"
            raise StoreError(f"result {result_id} does not say which code made it", advice=advice)
        return {
            "sha256": self._sha(result_id),
            "inputs": [[name, result.inputs[name]] for name in sorted(result.inputs)],
            "code": {"version": made.code.version, "sha256": made.code.sha256, "current": made.current},
        }


def read_ledger(workspace: Workspace) -> Ledger:
    """Return the results of a workspace with the code that made each, and the code that stands now."""
    store = workspace.results
    results = {result_id: store.read(result_id) for result_id in store.ids()}
    return Ledger(results, workspace.made(), whole_code(workspace.root / "requirements.lock"))


def script_json(value: object) -> str:
    """Return JSON that may stand in any script: no ``<``, ``>`` or ``&`` is left as such.

    >>> script_json("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def deflated(text: str) -> str:
    """Return a text as a fraction of its length, in letters that may stand in any script; a page inflates it.

    >>> inflated(deflated("[0,0,0]"))
    '[0,0,0]'
    """
    return b85encode(zlib.compress(text.encode("utf-8"), 9)).translate(_PLAIN).decode("ascii")


def inflated(packed: str) -> str:
    """Return the text that `deflated` packed, as a page does it."""
    return zlib.decompress(b85decode(packed.encode("ascii").translate(_MARKED))).decode("utf-8")


def _exact(value: Scalar) -> str:
    return "–" if value is None else str(value)


def _unit(unit: str, words: Words) -> str:
    key = f"report.unit.{unit}"
    return words.text(key) if unit and key in words.catalogue.texts else ""
