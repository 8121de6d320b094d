"""What is studied: focal region, outcome, drivers, years, seed and the sizes of each profile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from regional_econ._base.errors import StudyError, UnknownNameError

Profile = Literal["quick", "full"]
_NAME = re.compile(r"[a-z0-9_-]+")
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
    indicators: tuple[str, ...]
    first_year: int
    last_year: int
    forecast_end: int
    policy_end: int
    target_value: float
    target_year: int
    target_probability: float
    programme_first_year: int
    programme_last_year: int
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
    except OSError as error:
        raise StudyError(f"cannot read: {error.strerror}", where=str(path), advice="See analyses/study.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"not valid TOML: {error}", where=str(path), advice="Mend that line") from error
    profiles: dict[str, object] = {
        name: _build(ProfileSettings, document.pop(name, {}), f"{path}, [{name}]") for name in PROFILES
    }
    study = _build(Study, {**document, **profiles}, str(path))
    _check(study, str(path))
    return study


def _check(study: Study, where: str) -> None:
    for name in PROFILES:
        if len(set(study.settings(name).backtest_origins)) < 2:
            advice = "A standard error over origins needs two different years at least"
            raise StudyError("too few backtest_origins", where=f"{where}, [{name}]", advice=advice)
    if _NAME.fullmatch(study.name) is None:
        raise StudyError(f"{study.name!r} is no name for a study", where=where, advice="Use a-z, 0-9, _ and -")
    if not study.drivers or len(set(study.drivers)) < len(study.drivers):
        raise StudyError("drivers must be named, each once", where=where, advice="Mend the list")
    if study.outcome not in study.indicators or len(set(study.indicators)) < len(study.indicators):
        raise StudyError("indicators must name the outcome, and each once", where=where, advice="Mend the list")
    if not study.first_year < study.last_year <= study.forecast_end <= study.policy_end:
        advice = "Order them as first_year < last_year <= forecast_end <= policy_end"
        raise StudyError("the years are out of order", where=where, advice=advice)
    if not study.last_year < study.target_year <= study.policy_end:
        raise StudyError("target_year lies outside the forecast", where=where, advice="Choose a later policy_end")
    if not 0.0 < study.target_probability < 1.0:
        raise StudyError("target_probability must lie between 0 and 1", where=where, advice="Mend that line")
    if not study.last_year < study.programme_first_year <= study.programme_last_year <= study.target_year:
        advice = "Order them as last_year < programme_first_year <= programme_last_year <= target_year"
        raise StudyError("the programme's years are out of order", where=where, advice=advice)


def _build[T](kind: type[T], given: Mapping[str, Any], where: str) -> T:
    if not isinstance(given, Mapping):
        raise StudyError(f"must be a table, not {given!r}", where=where, advice="See analyses/study.toml")
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
        inner = int if "int" in kind else str
        for item in value:
            if isinstance(item, bool) or not isinstance(item, inner):
                raise StudyError(f"key {key!r} cannot hold {item!r}", where=where, advice="Mend that line")
        return tuple(value)
    return float(value) if kind == "float" else value
