"""A Scenario: which levers are pulled, how far and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ.core.elasticity import Grade
from regional_econ.core.schemas import validate

SCHEMA_VERSION = "1"


@dataclass(frozen=True)
class Setting:
    """A lever with its path: (year, value) pairs in the lever's unit, held between them."""

    lever: str
    path: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Scenario:
    """A scenario as the schema describes it."""

    id: str
    baseline_ref: str
    start: int
    end: int
    settings: tuple[Setting, ...]
    shocks: tuple[Mapping[str, Any], ...]
    draws_ref: str
    seed: int
    budget: Mapping[str, Any] | None = None
    target: Mapping[str, Any] | None = None
    include_grades: tuple[Grade, ...] = field(default=("A", "B"))

    def to_dict(self) -> dict[str, Any]:
        """Return the schema's form."""
        scenario: dict[str, Any] = {
            "id": self.id,
            "baseline_ref": self.baseline_ref,
            "start": self.start,
            "end": self.end,
            "settings": [
                {"lever": setting.lever, "path": [[year, value] for year, value in setting.path]}
                for setting in self.settings
            ],
            "shocks": [dict(shock) for shock in self.shocks],
            "draws_ref": self.draws_ref,
            "seed": self.seed,
            "include_grades": list(self.include_grades),
        }
        if self.budget is not None:
            scenario["budget"] = dict(self.budget)
        if self.target is not None:
            scenario["target"] = dict(self.target)
        return {"schema_version": SCHEMA_VERSION, "scenario": scenario}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, where: str = "scenario") -> Scenario:
        """Read the schema's form.

        Raises
        ------
        SchemaError : the document breaks the schema.
        """
        validate(document, "scenario", where=where)
        fields = dict(document["scenario"])
        settings = tuple(
            Setting(entry["lever"], tuple((int(year), float(value)) for year, value in entry["path"]))
            for entry in fields.pop("settings")
        )
        grades = tuple(fields.pop("include_grades", ("A", "B")))
        shocks = tuple(fields.pop("shocks"))
        known = {name for name in cls.__dataclass_fields__}
        unknown = sorted(set(fields) - known)
        if unknown:
            raise SchemaError(f"unknown key {unknown[0]!r}", where=where, advice=f"Known are: {', '.join(known)}")
        scenario = cls(settings=settings, include_grades=grades, shocks=shocks, **fields)
        _check(scenario, where)
        return scenario

    @classmethod
    def read(cls, path: Path) -> Scenario:
        """Read a YAML (or JSON) scenario file."""
        try:
            document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError("cannot read the scenario", where=str(path), advice="See analyses/scenarios") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark is not None else ""
            raise SchemaError("not valid YAML", where=f"{path}{line}", advice="Mend that line") from error
        return cls.from_dict(document, where=str(path))

    def __str__(self) -> str:
        return f"Scenario {self.id}: {len(self.settings)} levers, {self.start}–{self.end}."


def _check(scenario: Scenario, where: str) -> None:
    if scenario.end < scenario.start:
        raise SchemaError(f"it ends in {scenario.end}, before it starts in {scenario.start}", where=where)
    for name, given in (("shocks", scenario.shocks), ("budget", scenario.budget)):
        if given:
            advice = "Take the entry out; the scenario would run as if it were not there"
            raise SchemaError(f"{name} cannot be simulated", where=where, advice=advice)
