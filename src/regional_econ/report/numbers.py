"""How was this number made? For each number that is shown: its result, its full value, its inputs, the code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.files import canonical_json, sha256_bytes
from regional_econ._base.location import package_dir
from regional_econ.core.results import Result, ResultStore, Scalar
from regional_econ.report.words import Words

CALLBACK = "regionalEcon.numbers"
_VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Code:
    """The code that a report was made with: version of the package, SHA-256 over its sources and the lock."""

    version: str
    sha256: str


@dataclass(frozen=True)
class Ledger:
    """Every result of a run, and the code.

    Parameters
    ----------
    results : results by their id.
    code : the code behind them.

    Examples
    --------
    >>> from regional_econ.core.results import Value
    >>> ledger = Ledger({"demo": Result("demo", {"a.p50": Value(1.5, "%")})}, Code("1", "0"))
    >>> ledger.home("demo.a.p50")
    ('demo', 'a.p50')
    """

    results: Mapping[str, Result]
    code: Code

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
        ``numbers`` (value at full precision, unit, Monte Carlo error, result id by full id), ``results`` (SHA-256
        and inputs by result id) and ``code``.

        Raises
        ------
        UnknownNameError : a number without a result.
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
            "results": {result_id: _describe(self.results[result_id]) for result_id in sorted(homes)},
            "code": {"version": self.code.version, "sha256": self.code.sha256},
        }

    def script(self, page: str, full_ids: Iterable[str], words: Words) -> str:
        """Return `entries` as a classic script that hands them to the page."""
        return f"{CALLBACK}({script_json(page)}, {script_json(self.entries(full_ids, words))});\n"


def read_ledger(store: ResultStore, lock: Path) -> Ledger:
    """Return the results of a store with the code that stands now.

    Parameters
    ----------
    store : the results of a run.
    lock : the file with the versions of all packages; it may be missing in an installed wheel.
    """
    return Ledger({result_id: store.read(result_id) for result_id in store.ids()}, code_version(lock))


def code_version(lock: Path) -> Code:
    """Return the package's version and the SHA-256 over its sources and the lock file.

    Comments and layout do not count: what is hashed is each file's syntax tree.
    """
    folder = package_dir()
    named = _VERSION.search((folder / "__init__.py").read_text(encoding="utf-8"))
    digest = sha256(lock.read_bytes() if lock.is_file() else b"")
    for path in sorted(folder.rglob("*.py")):
        tree = ast.dump(ast.parse(path.read_bytes()))
        digest.update(f"{path.relative_to(folder).as_posix()}\0{tree}\0".encode())
    return Code(named[1] if named else "", digest.hexdigest())


def script_json(value: object) -> str:
    """Return JSON that may stand in any script: no ``<``, ``>`` or ``&`` is left as such.

    >>> script_json("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _exact(value: Scalar) -> str:
    return "–" if value is None else str(value)


def _unit(unit: str, words: Words) -> str:
    key = f"report.unit.{unit}"
    return words.text(key) if unit and key in words.catalogue.texts else ""


def _describe(result: Result) -> dict[str, Any]:
    content = canonical_json(result.to_dict()).encode("utf-8")
    return {"sha256": sha256_bytes(content), "inputs": [[name, result.inputs[name]] for name in sorted(result.inputs)]}
