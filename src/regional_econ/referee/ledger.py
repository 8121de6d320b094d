"""The claims of the paper as the project's claims file lists them, each located by hash and character offsets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from regional_econ._base.errors import OptionError, SchemaError, StoreError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ.core.claim import ClaimType, Estimand, Hedge, Quote

Relation = Literal["equals", "less"]
_KEYS = {"id", "type", "retyped", "hedge", "quote", "number", "estimand", "proxy", "needs"}
_QUOTE = {"text", "start", "end", "translation"}
_NUMBER = {"variable", "region", "year", "printed", "scale", "relation"}
_ESTIMAND = set(Estimand.__dataclass_fields__)
_RETYPED = {"from", "why"}


@dataclass(frozen=True)
class Printed:
    """A printed number: ``value`` and ``halfwidth`` are in the variable's unit, ``year`` None where undated."""

    variable: str
    region: str
    year: int | None
    printed: str
    scale: float
    relation: Relation

    @property
    def digits(self) -> int:
        """Decimals as printed.

        >>> Printed("x", "r", 2015, "2 711,9", 1.0, "equals").digits
        1
        """
        return len(self.printed.replace(".", ",").partition(",")[2])

    @property
    def value(self) -> float:
        """The number in the variable's unit."""
        plain = self.printed.replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(",", ".")
        return float(plain) * self.scale

    @property
    def halfwidth(self) -> float:
        """Half of the last printed digit, in the variable's unit."""
        return 0.5 * 10.0**-self.digits * self.scale


@dataclass(frozen=True)
class Entry:
    """One claim before its verdict.

    ``needs`` is the id of the missing evidence where the claim is not examined; ``proxy`` says what of the claim the
    variable does not measure; ``line`` is its line in the claims file.
    """

    id: str
    type: ClaimType
    hedge: Hedge
    quote: Quote
    number: Printed | None
    estimand: Estimand | None
    proxy: str | None
    needs: str | None
    line: int


def load_claims(path: Path | None = None, *, variables: Collection[str] | None = None) -> tuple[Entry, ...]:
    """Read a claims file.

    Parameters
    ----------
    path : the file; ``data/claims.yml`` by default.
    variables : known variable ids; with them, an unknown variable is refused.

    Raises
    ------
    StoreError : no such file.
    SchemaError : not YAML, a wrong or missing key, a wrong value, or an id that stands twice, with its line.
    UnknownNameError : an unknown variable, with its line and the nearest names.
    """
    path = path or data_dir() / "claims.yml"
    if not path.is_file():
        raise StoreError("no such claims file", where=str(path), advice="See data/claims.yml")
    document = _with_lines(path)
    about, claims = document.get("document"), document.get("claims")
    sha256 = about.get("sha256", "") if isinstance(about, dict) else ""
    if not sha256 or not isinstance(claims, list) or not all(isinstance(claim, dict) for claim in claims):
        advice = "See data/claims.yml"
        raise SchemaError("a claims file needs document.sha256 and claims", where=path.name, advice=advice)
    entries = tuple(_entry(raw, sha256, path.name) for raw in document["claims"])
    seen: dict[str, int] = {}
    for entry in entries:
        if entry.id in seen:
            place = f"{path.name}, line {entry.line}"
            raise SchemaError(f"claim {entry.id} stands twice, first in line {seen[entry.id]}", where=place)
        seen[entry.id] = entry.line
        for variable in _variables(entry) if variables is not None else ():
            if variable not in (variables or ()):
                place = f"{path.name}, line {entry.line}"
                raise UnknownNameError.of("variable", variable, variables or (), where=place)
    return entries


def check_quotes(entries: Collection[Entry], document: bytes, *, where: str = "claims.yml") -> int:
    """Hold every quote against the document and return how many were found.

    Raises
    ------
    SchemaError : another document, or a quote that does not stand at its offsets.
    """
    text, sha256 = document.decode("utf-8"), sha256_bytes(document)
    for entry in entries:
        quote = entry.quote
        place = f"{where}, line {entry.line}"
        if quote.doc_sha256 != sha256:
            advice = "Locate the quotes in this document again"
            raise SchemaError("the quotes are from another document", where=place, advice=advice)
        if text[quote.start : quote.end] != quote.text:
            found = text.find(quote.text)
            advice = f"It stands at {found}" if found >= 0 else "Copy it from the document, letter by letter"
            raise SchemaError(f"the quote of {entry.id} does not stand at {quote.start}", where=place, advice=advice)
    return len(entries)


def _variables(entry: Entry) -> tuple[str, ...]:
    number = (entry.number.variable,) if entry.number else ()
    return (*number, *((entry.estimand.x, entry.estimand.y) if entry.estimand else ()))


def _entry(raw: dict[str, Any], sha256: str, name: str) -> Entry:
    line = raw.pop("__line__", 0)
    place = f"{name}, line {line}"
    _check_keys(raw, _KEYS, {"id", "type", "quote"}, place)
    for key in ("quote", "number", "estimand", "retyped"):
        if not isinstance(raw.get(key, {}), dict):
            raise SchemaError(f"{key} of {raw['id']} is no mapping", where=place, advice="See data/claims.yml")
    _check_keys(raw["quote"], _QUOTE, {"text", "start", "end"}, place)
    _check_keys(raw.get("number", {}), _NUMBER, _NUMBER if "number" in raw else set(), place)
    _check_keys(raw.get("estimand", {}), _ESTIMAND, _ESTIMAND if "estimand" in raw else set(), place)
    _check_keys(raw.get("retyped", {}), _RETYPED, _RETYPED if "retyped" in raw else set(), place)
    hedge = raw.get("hedge", "certain")
    try:
        check_option("type", raw["type"], ClaimType)
        check_option("hedge", hedge, Hedge)
        if "number" in raw:
            check_option("relation", raw["number"]["relation"], Relation)
    except OptionError as error:
        raise SchemaError(error.message, where=place, advice=error.advice) from error
    examined = ("number" in raw) + ("estimand" in raw)
    if examined + ("needs" in raw) != 1:
        raise SchemaError(
            f"claim {raw['id']} needs exactly one of number, estimand and needs",
            where=place,
            advice="Say what it is held against, or what evidence is missing",
        )
    if raw.get("estimand", {}).get("expected_sign", "+") not in ("+", "-"):
        message = f"expected_sign of {raw['id']} is neither + nor -"
        raise SchemaError(message, where=place, advice="Write the sign that the claim states")
    quote = raw["quote"]
    located = Quote(quote["text"], sha256, int(quote["start"]), int(quote["end"]), quote.get("translation", ""))
    return Entry(
        raw["id"], raw["type"], hedge, located, _printed(raw.get("number"), place),
        Estimand(**raw["estimand"]) if "estimand" in raw else None, raw.get("proxy"), raw.get("needs"), line,
    )  # fmt: skip


def _printed(raw: dict[str, Any] | None, place: str) -> Printed | None:
    if raw is None:
        return None
    year = None if raw["year"] is None else int(raw["year"])
    number = Printed(raw["variable"], raw["region"], year, str(raw["printed"]), float(raw["scale"]), raw["relation"])
    try:
        _ = number.value
    except ValueError as error:
        message = f"{number.printed!r} is not a printed number"
        raise SchemaError(message, where=place, advice="Write it as printed") from error
    return number


def _check_keys(found: Collection[str], known: set[str], needed: set[str], place: str) -> None:
    for key in found:
        if key not in known and key != "__line__":
            error = UnknownNameError.of("key", key, known)
            raise SchemaError(error.message, where=place, advice=error.advice)
    for key in sorted(needed - set(found)):
        raise SchemaError(f"key {key!r} is missing", where=place, advice=f"Known are: {', '.join(sorted(known))}")


def _with_lines(path: Path) -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        """Keeps the line of each claim."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
        loader.flatten_mapping(node)
        built = {str(key): value for key, value in loader.construct_mapping(node, deep=True).items()}
        if "id" in built:
            built["__line__"] = node.start_mark.line + 1
        return built

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise SchemaError("not valid YAML", where=f"{path.name}{line}", advice="Mend that line") from error
    if not isinstance(document, dict):
        raise SchemaError("a claims file is a mapping", where=path.name, advice="See data/claims.yml")
    return document
