"""What is assumed about the future: a path of some variables, built in Python or read from a small file.

A YAML file names the scenario and its conditions; a region left out is "RU", a national driver's::

    name: cheap_coal
    cells:
      - {variable: coal_australian_usd_t, path: {2024: 110, 2025: 95, 2026: 90}}
      - {variable: investment_real_index, region: RU-KEM, year: 2025, value: 104, sd: 0.03}

A TOML file holds the same as ``[[cells]]`` tables. A CSV file has the columns variable, region, year, value and, if
wanted, sd; its cells stand apart by commas or, with decimal commas, by semicolons (as Excel writes it in Russian).
Without ``name``, and in CSV, the scenario is called as the file is.
"""

from __future__ import annotations

import csv
import io
import pathlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from regional_econ._base.errors import OptionError, SchemaError, StoreError, UnknownNameError
from regional_econ._base.yaml_lines import read_yaml_lines

NATIONAL = "RU"
OUTSIDE = 0.01
_LARGEST = 1e300
_NAME = re.compile(r"\w[\w-]*")
_KEYS = ("variable", "region", "year", "value", "path", "sd")
_ADVICE = "Write {variable, region, year, value} or {variable, region, path: {year: value}}"
type _Rows = tuple[str, list[tuple[str, Mapping[str, Any]]]]  # the name; place and keys of each entry


@dataclass(frozen=True)
class Cell:
    """One condition: the value of a variable in a region ("RU" for a national driver) and a year, in its unit.

    ``sd`` above 0 makes it a soft one: the value is met up to a normal error of that sd on the variable's scale (on a
    log scale 0.05 is about 5 %). ``where`` is the place in a file, for messages.
    """

    variable: str
    region: str
    year: int
    value: float
    sd: float = 0.0
    where: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.variable}, {self.region}, {self.year}"


@dataclass(frozen=True)
class Path:
    """What is assumed about the future: a scenario's name and its conditions, each cell once.

    ``where`` is the file that it was read from, for messages.

    Raises
    ------
    SchemaError : no cell, a cell twice, a value or sd that is no number, or a name that is no file name.

    Examples
    --------
    >>> print(Path("cheap_coal", (Cell("coal_australian_usd_t", "RU", 2025, 90.0),)))
    Path cheap_coal: 1 cell, coal_australian_usd_t, 2025–2025.
    """

    name: str
    cells: tuple[Cell, ...]
    where: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _check_name(self.name, self.where)
        if not self.cells:
            advice = "Name a variable, a year and a value"
            raise SchemaError(f"path {self.name} has no cell", where=self.where or None, advice=advice)
        seen: set[tuple[str, str, int]] = set()
        for cell in self.cells:
            if (cell.variable, cell.region, cell.year) in seen:
                raise SchemaError(f"{cell} stands twice", where=cell.where or None, advice="Delete one of them")
            seen.add((cell.variable, cell.region, cell.year))
            if not (abs(cell.value) < _LARGEST and 0 <= cell.sd < _LARGEST):
                advice = "Give a finite value, and an sd of 0 or more"
                raise SchemaError(f"{cell} = {cell.value} ± {cell.sd}", where=cell.where or None, advice=advice)

    @classmethod
    def read(cls, path: str | pathlib.Path) -> Path:
        """Read a YAML, TOML or CSV file of the form that the module describes.

        Raises
        ------
        StoreError : the file cannot be read.
        OptionError : its suffix is another one.
        SchemaError, UnknownNameError : it has another form.
        """
        file = pathlib.Path(path)
        try:
            content = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            advice = "Give a YAML, TOML or CSV file in UTF-8"
            raise StoreError("cannot read the path", where=str(file), advice=advice) from error
        suffix = file.suffix.lower()
        if suffix in (".yml", ".yaml"):
            name, rows = _read_yaml(file)
        elif suffix == ".toml":
            name, rows = _read_toml(file, content)
        elif suffix == ".csv":
            name, rows = _read_csv(file, content)
        else:
            raise OptionError(f"a path cannot be read from {file.name}", advice="Name it .yml, .yaml, .toml or .csv")
        return cls(name, tuple(cell for where, row in rows for cell in _cells(where, row)), file.name)

    def to_frame(self) -> pd.DataFrame:
        """Return variable, region, year, value, sd."""
        columns = ["variable", "region", "year", "value", "sd"]
        return pd.DataFrame([[getattr(cell, name) for name in columns] for cell in self.cells], columns=columns)

    def __str__(self) -> str:
        years = [cell.year for cell in self.cells]
        names = ", ".join(dict.fromkeys(cell.variable for cell in self.cells))
        return f"Path {self.name}: {_counted(len(years), 'cell')}, {names}, {min(years)}–{max(years)}."


@dataclass(frozen=True)
class Implausibility:
    """How far a path lies from what the forecast expects.

    Parameters
    ----------
    path : the conditions.
    distance : Mahalanobis distance from the draws' mean, in predictive sds.
    tail_probability : of a Gaussian forecast to lie as far or farther (chi2 with as many degrees as cells).
    share_farther : of the draws that lie as far or farther; it knows of heavy tails.
    n_draws : number of draws.
    z : each cell's distance from its mean in its own predictive sds, in the order of the path.
    """

    path: Path
    distance: float
    tail_probability: float
    share_farther: float
    n_draws: int
    z: tuple[float, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the path's frame with z."""
        return self.path.to_frame().assign(z=list(self.z))

    def __str__(self) -> str:
        draws = (
            f"{self.share_farther:.2g} of {self.n_draws} draws"
            if self.share_farther
            else (f"no draw of {self.n_draws}")
        )
        text = (
            f"Path {self.path.name} ({_counted(len(self.z), 'cell')}) lies {self.distance:.1f} predictive sds from the "
            f"forecast's mean; so far or farther: {self.tail_probability:.2g} by chi2, {draws}."
        )
        far = " It is far outside what the forecast holds possible: the answer extrapolates."
        return text + (far if self.tail_probability < OUTSIDE else "")


def check_scenario(scenario: str, name: str, *, where: str = "") -> str:
    """Return the name of a scenario to which another one is added; where: the file of its name, for messages.

    Raises
    ------
    SchemaError : a name that cannot be one of a file.
    OptionError : the scenario has that name already.

    >>> check_scenario("baseline", "coal"), check_scenario("coal", "experts")
    ('coal', 'coal+experts')
    """
    _check_name(name, where)
    if name in ("baseline", *scenario.split("+")):
        advice = "That name is taken; give another one"
        raise OptionError(f"a scenario cannot be called {name!r} here", where=where or None, advice=advice)
    return name if scenario == "baseline" else f"{scenario}+{name}"


def _check_name(name: str, where: str) -> None:
    if _NAME.fullmatch(name) is None:
        advice = "Use letters, digits, _ and -"
        raise SchemaError(f"{name!r} is no name for a scenario", where=where or None, advice=advice)


def _read_yaml(path: pathlib.Path) -> _Rows:
    document = read_yaml_lines(path, SchemaError).mapping(("name", "cells"), optional=("name",))
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for place in document["cells"].items():
        rows.append((place.where, {key: part.value for key, part in place.entries().items()}))
    return (document["name"].text() if "name" in document else path.stem), rows


def _read_toml(path: pathlib.Path, content: str) -> _Rows:
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise SchemaError(f"not valid TOML: {error}", where=path.name, advice="Mend that line") from error
    for key in document:
        if key not in ("name", "cells"):
            raise UnknownNameError.of("key", key, ("name", "cells"), where=path.name)
    name, cells = document.get("name", path.stem), document.get("cells")
    if not isinstance(name, str):
        raise SchemaError("name must be a text", where=path.name, advice="Write it in quotes")
    if not (isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)):
        raise SchemaError("the file holds no cells", where=path.name, advice="Write [[cells]] tables")
    return name, [(f"{path.name}, cell {number}", cell) for number, cell in enumerate(cells, start=1)]


def _read_csv(path: pathlib.Path, content: str) -> _Rows:
    apart = ";" if ";" in content.partition("\n")[0] else ","
    reader = csv.DictReader(io.StringIO(content), strict=True, delimiter=apart)
    known = tuple(key for key in _KEYS if key != "path")
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        for name in header:
            if name not in known:
                raise UnknownNameError.of("column", name, known, where=f"{path.name}, line 1")
        rows: list[tuple[str, Mapping[str, Any]]] = []
        for row in reader:
            where = f"{path.name}, line {reader.line_num}"
            if None in row or None in row.values():
                raise SchemaError(f"not {len(header)} cells", where=where, advice="Give as many as there are columns")
            rows.append((where, {key: _number_of(text.strip(), apart) for key, text in row.items() if text.strip()}))
    except csv.Error as error:
        raise SchemaError(f"not valid CSV: {error}", where=path.name, advice="Mend that line") from error
    return path.stem, rows


def _number_of(text: str, apart: str) -> object:
    """Return the number that a cell of a CSV file is, or its text; where semicolons part cells a comma is decimal."""
    return _plain(text.replace(",", ".") if apart == ";" else text)


def _plain(text: str) -> object:
    """Return the number that a text is, or the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _cells(where: str, row: Mapping[str, Any]) -> Iterator[Cell]:
    for key in row:
        if key not in _KEYS:
            raise UnknownNameError.of("key", str(key), _KEYS, where=where)
    variable, region, sd = row.get("variable"), row.get("region", NATIONAL), row.get("sd", 0.0)
    if not (isinstance(variable, str) and isinstance(region, str)):
        raise SchemaError("variable and region must be names", where=where, advice=_ADVICE)
    path = row.get("path")
    if ("path" in row) == ("value" in row or "year" in row):
        raise SchemaError(f"{variable} needs a year and a value, or a path", where=where, advice=_ADVICE)
    if path is None:
        pairs: Mapping[Any, Any] = {row.get("year"): row.get("value")}
    elif isinstance(path, Mapping):
        pairs = {_plain(str(year)): value for year, value in path.items()}
    else:
        raise SchemaError(f"the path of {variable} must be years with values", where=where, advice=_ADVICE)
    for year, value in pairs.items():
        if isinstance(year, bool) or not isinstance(year, int):
            raise SchemaError(
                f"the year of {variable} must be a whole number, not {year!r}", where=where, advice=_ADVICE
            )
        for name, number in (("value", value), ("sd", sd)):
            if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) < _LARGEST:
                message = f"the {name} of {variable} in {year} must be a number, not {number!r}"
                raise SchemaError(message, where=where, advice=_ADVICE)
        yield Cell(variable, region, year, float(value), float(sd), where)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
