"""What is studied: focal region, outcome, drivers, years, seed and the sizes of each profile."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from regional_econ._base.errors import StudyError, UnknownNameError

Profile = Literal["quick", "full"]
PROFILES: tuple[Profile, ...] = ("quick", "full")


@dataclass(frozen=True)
class ProfileSettings:
    """How much work a profile does; the models are the same."""

    forecast_draws: int
    forecast_tune: int
    backtest_origins: tuple[int, ...]
    backtest_draws: int
    backtest_tune: int
    ess_min: int
    bootstrap_replications: int


@dataclass(frozen=True)
class Study:
    """One study as its file describes it."""

    name: str
    focal_region: str
    comparison_regions: tuple[str, ...]
    outcome: str
    drivers: tuple[str, ...]
    first_year: int
    last_year: int
    forecast_end: int
    policy_end: int
    target_value: float
    target_year: int
    seed: int
    quick: ProfileSettings
    full: ProfileSettings

    def settings(self, profile: Profile) -> ProfileSettings:
        """Return the sizes of a profile."""
        return self.quick if profile == "quick" else self.full

    def __str__(self) -> str:
        return f"Study {self.name}: {self.outcome} in {self.focal_region}, {self.first_year}–{self.last_year}."


def load_study(path: Path) -> Study:
    """Read a study file.

    Raises
    ------
    StudyError : the file is missing, not TOML, lacks a key or holds a wrong one.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError("no such study file", where=str(path), advice="See analyses/study.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"not valid TOML: {error}", where=str(path), advice="Mend that line") from error
    profiles: dict[str, object] = {
        name: _build(ProfileSettings, document.pop(name, {}), f"{path}, [{name}]") for name in PROFILES
    }
    return _build(Study, {**document, **profiles}, str(path))


def _build[T](kind: type[T], given: Mapping[str, Any], where: str) -> T:
    known = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
    for key in given:
        if key not in known:
            raise StudyError(str(UnknownNameError.of("key", key, known)), where=where)
    missing = [key for key in known if key not in given]
    if missing:
        raise StudyError(f"key {missing[0]!r} is missing", where=where, advice="See analyses/study.toml")
    return kind(**{key: _convert(key, value, known[key], where) for key, value in given.items()})


def _convert(key: str, value: Any, kind: str, where: str) -> Any:
    expected: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "str": (str,)}
    if kind in expected and (isinstance(value, bool) or not isinstance(value, expected[kind])):
        raise StudyError(f"key {key!r} must be of type {kind}, not {value!r}", where=where, advice="Mend that line")
    if kind.startswith("tuple"):
        if not isinstance(value, list):
            raise StudyError(f"key {key!r} must be a list", where=where, advice="Write it in square brackets")
        return tuple(value)
    return float(value) if kind == "float" else value
