"""YAML that remembers its lines, so that a refusal names file, line and the rule that is broken."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from regional_econ._base.errors import OptionError, RegionalEconError, StudyError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ._base.text import LANGS, Text

_MOST_ENTRIES = 1_000_000

_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")


@dataclass(frozen=True)
class Place:
    """A value of a YAML file, the line of its key, and the places inside it.

    ``value`` is the plain value (mappings, lists and scalars), ``parts`` the places by key or by position, ``name``
    the path of keys that leads here, and ``error`` what a refusal raises.
    """

    value: Any
    line: int
    file: str
    name: str = ""
    error: type[RegionalEconError] = StudyError
    parts: Mapping[str, Place] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.file}, line {self.line}"

    def refuse(self, rule: str, advice: str | None = None) -> RegionalEconError:
        """Return the error that says which rule is broken here."""
        return self.error(rule, where=self.where, advice=advice)

    def unknown(self, kind: str, name: str, known: Collection[str]) -> UnknownNameError:
        """Return the error of an unknown name, with the nearest known ones."""
        return UnknownNameError.of(kind, name, known, where=self.where)

    def entries(self) -> Mapping[str, Place]:
        """Return the places of a mapping by key.

        Raises
        ------
        RegionalEconError : it is no mapping.
        """
        if not isinstance(self.value, dict):
            raise self.refuse(f"{self._called} must be a mapping", "Write keys and values")
        return self.parts

    def mapping(self, known: Collection[str], optional: Collection[str] = ()) -> Mapping[str, Place]:
        """Return the places of a mapping whose keys are fixed.

        Parameters
        ----------
        known : every key that may stand here.
        optional : those that may be left out.

        Raises
        ------
        UnknownNameError : an unknown key, at its own line.
        RegionalEconError : a key is missing.
        """
        found = self.entries()
        for key, part in found.items():
            if key not in known:
                raise part.unknown("key", key, known)
        for key in known:
            if key not in found and key not in optional:
                raise self.refuse(f"{self._called} lacks the key {key!r}", f"Its keys are: {', '.join(known)}")
        return found

    def __getitem__(self, key: str) -> Place:
        """Return the place of a key that must stand in this mapping, whatever else does."""
        found = self.entries()
        if key not in found:
            raise self.refuse(f"{self._called} lacks the key {key!r}", "Add it")
        return found[key]

    def items(self) -> tuple[Place, ...]:
        """Return the places of a list.

        Raises
        ------
        RegionalEconError : it is no list.
        """
        if not isinstance(self.value, list):
            raise self.refuse(f"{self._called} must be a list", "Write [a, b] or lines that begin with a dash")
        return tuple(self.parts.values())

    def text(self) -> str:
        """Return a text that is not blank.

        Raises
        ------
        RegionalEconError : it is no text, or blank.
        """
        if not isinstance(self.value, str) or not self.value.strip():
            plain = self.value is not None and not isinstance(self.value, dict | list | str)
            raise self.refuse(f"{self._called} must be a text", "Put it in quotes" if plain else "Write it")
        return self.value.strip()

    def texts(self) -> tuple[str, ...]:
        """Return a list of different texts."""
        found = tuple(part.text() for part in self.items())
        for number, part in enumerate(self.items()):
            if found[number] in found[:number]:
                raise part.refuse(f"{found[number]!r} stands twice in {self._called}", "Delete one of them")
        return found

    def whole(self) -> int:
        """Return a whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.refuse(f"{self._called} must be a whole number, not {self.value!r}", "Write one")
        return self.value

    def number(self) -> float:
        """Return a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.refuse(f"{self._called} must be a number, not {self.value!r}", "Write one")
        if not math.isfinite(self.value):
            raise self.refuse(f"{self._called} must be a finite number, not {self.value!r}", "Write one")
        return float(self.value)

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.refuse(f"{self._called} must be true or false, not {self.value!r}", "Write one of them")
        return self.value

    def option(self, literal: Any) -> str:
        """Return one of the options of a ``typing.Literal``.

        Raises
        ------
        OptionError : another word, with file, line and the right options.
        """
        try:
            check_option(self._called, str(self.value), literal)
        except OptionError as error:
            raise OptionError(error.message, where=self.where, advice=error.advice) from error
        return str(self.value)

    def both(self) -> Text:
        """Return a text in both languages.

        Raises
        ------
        RegionalEconError : a half is missing or blank.
        """
        for lang in LANGS:
            half = self.entries().get(lang)
            if half is None or not isinstance(half.value, str) or not half.value.strip():
                raise self.refuse(f"{self._called} lacks its {lang} half", "Write both ru and en")
        halves = self.mapping(LANGS)
        return Text(halves["ru"].text(), halves["en"].text())

    @property
    def _called(self) -> str:
        return self.name or self.file


def read_yaml_lines(path: Path, error: type[RegionalEconError] = StudyError) -> Place:
    """Read a YAML file with the line of everything in it.

    Parameters
    ----------
    path : the file, a mapping at its top.
    error : what a refusal raises.

    Returns
    -------
    the place of the whole document.

    Raises
    ------
    error : the file is missing, no text in UTF-8, not YAML, not a mapping, holds a key twice, lies too deep, or grows
        through its aliases without end or beyond a million entries.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.yml"
    >>> _ = file.write_text("one: 1\\ntwo: {ru: два}\\n", encoding="utf-8")
    >>> read_yaml_lines(file)["two"].both()
    Traceback (most recent call last):
    regional_econ._base.errors.StudyError: two lacks its en half (a.yml, line 2). Write both ru and en.
    """
    try:
        loader = yaml.CSafeLoader(Path(path).read_text(encoding="utf-8-sig"))
        node = loader.get_single_node()
    except FileNotFoundError as missing:
        raise error("file does not exist", where=str(path), advice="Give the file that declares it") from missing
    except (OSError, UnicodeDecodeError) as unread:
        raise error("cannot read the file", where=str(path), advice="Give a text in UTF-8") from unread
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(broken, "problem", None) or getattr(broken, "reason", None) or str(broken)
        advice = "Mend that line" + ("; indent with spaces, not tabs" if "cannot start any token" in problem else "")
        raise error(f"not valid YAML: {problem}", where=f"{Path(path).name}{line}", advice=advice) from broken
    if not isinstance(node, yaml.MappingNode):
        raise error("not a mapping", where=str(path), advice="Write keys and values at the top of the file")
    try:
        entries = _entries(node, {})
        if entries == math.inf:
            raise error("an entry holds itself", where=str(path), advice="Write it out without *aliases")
        if entries > _MOST_ENTRIES:
            advice = "Split it, or write it without *aliases of *aliases"
            raise error(f"more than {_MOST_ENTRIES} entries", where=str(path), advice=advice)
        return _place(loader, node, 1, Path(path).name, "", error)
    except RecursionError as deep:
        raise error("entries lie too deep in each other", where=str(path), advice="Write fewer levels") from deep


def with_exponents(value: Any, *, texts: Collection[str] = ()) -> Any:
    """Return a document with 5e9 as a number; YAML reads it as a text, and 5.0e+9 as a number.

    Parameters
    ----------
    texts : keys whose values stay as they are.

    >>> with_exponents({"total": "5e9", "unit": "rub", "id": "1e5"}, texts=("id",))
    {'total': 5000000000.0, 'unit': 'rub', 'id': '1e5'}
    """
    if isinstance(value, Mapping):
        return {key: part if key in texts else with_exponents(part, texts=texts) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [with_exponents(part, texts=texts) for part in value]
    return float(value) if isinstance(value, str) and _EXPONENT.fullmatch(value) else value


def _entries(node: yaml.Node, known: dict[int, float]) -> float:
    """How many entries a node has once its aliases are written out; endless where one holds itself."""
    if id(node) not in known:
        known[id(node)] = math.inf
        known[id(node)] = 1.0 + sum(_entries(part, known) for _, part, _ in _inside(node))
    return known[id(node)]


def _place(
    loader: yaml.CSafeLoader, node: yaml.Node, line: int, file: str, name: str, error: type[RegionalEconError]
) -> Place:
    parts: dict[str, Place] = {}
    for key, part, at in _inside(node):
        longer = f"{name}.{key}" if name else key
        if key in parts:
            first = parts[key].line
            raise error(f"{longer} stands twice, first in line {first}", where=f"{file}, line {at}", advice="Rename it")
        parts[key] = _place(loader, part, at, file, longer, error)
    if isinstance(node, yaml.MappingNode):
        value: Any = {key: part.value for key, part in parts.items()}
    elif isinstance(node, yaml.SequenceNode):
        value = [part.value for part in parts.values()]
    else:
        try:
            value = loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as wrong:
            problem = getattr(wrong, "problem", None) or str(wrong)
            raise error(f"{name} cannot be read: {problem}", where=f"{file}, line {line}", advice="Mend it") from wrong
    return Place(value, line, file, name, error, parts)


def _inside(node: yaml.Node) -> Iterator[tuple[str, yaml.Node, int]]:
    """Yield key or position, node and line of what a node holds."""
    if isinstance(node, yaml.MappingNode):
        for key, part in node.value:
            yield str(key.value), part, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield str(number), part, part.start_mark.line + 1
