"""A Scenario: which levers are pulled, how far and when, and what else is assumed to happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from regional_econ._base.errors import SchemaError, StoreError, UnknownNameError
from regional_econ._base.yaml_lines import Place, read_yaml_lines, with_exponents
from regional_econ.core.conditions import NATIONAL
from regional_econ.core.elasticity import Grade
from regional_econ.core.schemas import validate

SCHEMA_VERSION = "1"
OUTCOMES = ("innovation_activity_pct",)
_FIRST_YEAR, _LAST_YEAR = 1990, 2200
Channel = Literal["forecast", "investment"]
type Points = tuple[tuple[int, float], ...]
_KEYS: Mapping[str, tuple[str, ...]] = {
    "": ("schema_version", "scenario"),
    "settings": ("lever", "path"),
    "shocks": ("regime", "variable", "region", "path", "channel", "mining_share_pct", "years"),
    "budget": ("total", "unit", "price_year", "per_year_max"),
    "target": ("outcome", "op", "value", "year", "prob"),
    "deficit": ("lag", "pass_through"),
}


@dataclass(frozen=True)
class Setting:
    """A lever with its path: (year, value) pairs in the lever's unit, held between them."""

    lever: str
    path: Points


@dataclass(frozen=True)
class Shock:
    """What else is assumed to happen: one of three.

    * ``regime``: a path that the study declares by name, such as a coal price that falls by half;
    * ``variable`` with ``path``: (year, value) pairs of a forecast variable in its unit, of ``region`` ("RU" for a
      national driver);
    * ``mining_share_pct`` with ``years``: the share of mining in regional product goes to this level; nine tenths of
      the gap are closed after so many years.

    ``channel`` says how a price path acts: ``forecast`` moves every variable as the joint forecast has it,
    ``investment`` moves investment alone by its response to the mining price. ``where`` is the place in a file.
    """

    regime: str | None = None
    variable: str | None = None
    region: str = NATIONAL
    path: Points = ()
    channel: Channel = "forecast"
    mining_share_pct: float | None = None
    years: float = 8.0
    where: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as a file writes it."""
        if self.mining_share_pct is not None:
            return {"mining_share_pct": self.mining_share_pct, "years": self.years}
        if self.regime is not None:
            return {"regime": self.regime, "channel": self.channel}
        path = [[year, value] for year, value in self.path]
        return {"variable": self.variable, "region": self.region, "path": path, "channel": self.channel}

    def __str__(self) -> str:
        if self.mining_share_pct is not None:
            return f"mining share to {self.mining_share_pct:g} % in {self.years:g} years"
        return self.regime or f"path of {self.variable}, {self.region}"


@dataclass(frozen=True)
class Deficit:
    """When the region's budget falls short of its median path, levers are cut ``lag`` years later, by the shortfall's
    share times ``pass_through``."""

    lag: int = 1
    pass_through: float = 1.0


@dataclass(frozen=True)
class Scenario:
    """A scenario as the schema describes it; ``deficit`` couples levers to the budget, None leaves them alone.

    ``places`` knows the lines of the file that it was read from, for messages.
    """

    id: str
    baseline_ref: str
    start: int
    end: int
    settings: tuple[Setting, ...]
    shocks: tuple[Shock, ...]
    draws_ref: str
    seed: int
    budget: Mapping[str, Any] | None = None
    target: Mapping[str, Any] | None = None
    include_grades: tuple[Grade, ...] = field(default=("A", "B"))
    deficit: Deficit | None = None
    places: _Finder | None = field(default=None, compare=False, repr=False)

    def where(self, *keys: str | int) -> str:
        """Return where an entry stands, by its keys: file and line, or the scenario's id if it is from no file."""
        return f"scenario {self.id}" if self.places is None else self.places.at(("scenario", *keys))

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
            "shocks": [shock.to_dict() for shock in self.shocks],
            "draws_ref": self.draws_ref,
            "seed": self.seed,
            "include_grades": list(self.include_grades),
        }
        if self.budget is not None:
            scenario["budget"] = dict(self.budget)
        if self.target is not None:
            scenario["target"] = dict(self.target)
        if self.deficit is not None:
            scenario["deficit"] = {"lag": self.deficit.lag, "pass_through": self.deficit.pass_through}
        return {"schema_version": SCHEMA_VERSION, "scenario": scenario}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, where: str = "scenario") -> Scenario:
        """Read the schema's form.

        Raises
        ------
        SchemaError : the document breaks the schema, or an entry says nothing that can be simulated.
        UnknownNameError : an unknown key.
        """
        return _parse(document, _Finder(where))

    @classmethod
    def read(cls, path: Path) -> Scenario:
        """Read a YAML (or JSON) scenario file; a mistake is named with its line.

        Raises
        ------
        StoreError : there is no such file.
        SchemaError, UnknownNameError : as :meth:`from_dict`, or the file is no text in UTF-8.
        """
        if not Path(path).is_file():
            raise StoreError("cannot read the scenario", where=str(path), advice="See analyses/scenarios")
        place = read_yaml_lines(Path(path), SchemaError)
        return _parse(place.value, _Finder(str(path), place))

    def __str__(self) -> str:
        also = f", {len(self.shocks)} shocks" if self.shocks else ""
        return f"Scenario {self.id}: {len(self.settings)} levers{also}, {self.start}–{self.end}."


@dataclass(frozen=True)
class _Finder:
    """Where an entry stands: the file's line where there is a file, otherwise its JSON path."""

    file: str
    place: Place | None = None

    def at(self, keys: Sequence[str | int]) -> str:
        place = self.place
        if place is None:
            steps = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
            return f"{self.file} at ${steps}"
        for key in keys:
            if str(key) not in place.parts:
                break
            place = place.parts[str(key)]
        return place.where


def _parse(document: Mapping[str, Any], finder: _Finder) -> Scenario:
    document = with_exponents(document, texts=("id",))
    validate(document, "scenario", where=finder.file, locate=finder.at)
    _check_keys(document, _KEYS[""], finder, ())
    fields = dict(document["scenario"])
    _check_keys(fields, [key for key in Scenario.__dataclass_fields__ if key != "places"], finder, ("scenario",))
    for name in ("settings", "shocks"):
        for number, entry in enumerate(fields[name]):
            _check_keys(entry, _KEYS[name], finder, ("scenario", name, number))
    for name in ("budget", "target", "deficit"):
        if name in fields:
            _check_keys(fields[name], _KEYS[name], finder, ("scenario", name))
    for key in ("total", "per_year_max"):
        if key in fields.get("budget", {}):
            _number(fields["budget"], key, finder, ("scenario", "budget"))
    fields |= {name: int(fields[name]) for name in ("start", "end", "seed")}
    _check_years(fields, finder)
    settings = tuple(
        Setting(entry["lever"], _points(entry["path"], finder, ("scenario", "settings", number, "path")))
        for number, entry in enumerate(fields.pop("settings"))
    )
    for number, setting in enumerate(settings):
        if any(setting.lever == other.lever for other in settings[:number]):
            at = ("scenario", "settings", number)
            message = f"lever {setting.lever} stands twice"
            raise SchemaError(message, where=finder.at(at), advice="Put all its years into one path")
        for position, (year, _) in enumerate(setting.path):
            here = ("scenario", "settings", number, "path", position)
            _check_inside(f"the path of {setting.lever} names", year, fields, finder, here)
    if "target" in fields:
        fields["target"] = _target(fields["target"], fields, finder)
    shocks = tuple(_shock(entry, finder, number) for number, entry in enumerate(fields.pop("shocks")))
    deficit = fields.pop("deficit", None)
    grades = tuple(fields.pop("include_grades", ("A", "B")))
    return Scenario(
        settings=settings, shocks=shocks, include_grades=grades, places=finder,
        deficit=None if deficit is None else _deficit(deficit, finder), **fields,
    )  # fmt: skip


def _check_years(fields: Mapping[str, Any], finder: _Finder) -> None:
    for name in ("start", "end"):
        if not _FIRST_YEAR <= fields[name] <= _LAST_YEAR:
            message = f"{name} {fields[name]} is no year between {_FIRST_YEAR} and {_LAST_YEAR}"
            raise SchemaError(
                message, where=finder.at(("scenario", name)), advice="Write years that the forecast holds"
            )
    if fields["end"] < fields["start"]:
        message = f"it ends in {fields['end']}, before it starts in {fields['start']}"
        raise SchemaError(message, where=finder.at(("scenario", "end")), advice="Put the years in order")


def _check_inside(
    what: str, year: int, fields: Mapping[str, Any], finder: _Finder, here: tuple[str | int, ...]
) -> None:
    start, end = fields["start"], fields["end"]
    if not start <= year <= end:
        message = f"{what} {year}, outside the scenario's {start} to {end}"
        raise SchemaError(
            message, where=finder.at(here), advice="Choose a year of the scenario, or move its start or end"
        )


def _target(entry: Mapping[str, Any], fields: Mapping[str, Any], finder: _Finder) -> dict[str, Any]:
    here = ("scenario", "target")
    if entry["outcome"] not in OUTCOMES:
        raise UnknownNameError.of("outcome", str(entry["outcome"]), OUTCOMES, where=finder.at((*here, "outcome")))
    if entry["op"] != ">=":
        message = f"the target's op {entry['op']!r} is not answered"
        raise SchemaError(
            message, where=finder.at((*here, "op")), advice='Write ">=": the outcome is to reach the value'
        )
    if not 0.0 < entry["value"] < 100.0:
        message = f"the target's value {entry['value']:g} is no share between 0 and 100 %"
        raise SchemaError(message, where=finder.at((*here, "value")), advice="For example: 12.5")
    if not 0.0 < entry["prob"] < 1.0:
        message = f"the target's prob {entry['prob']:g} is no probability"
        raise SchemaError(message, where=finder.at((*here, "prob")), advice="Write a number between 0 and 1")
    year = int(entry["year"])
    _check_inside("the target is of", year, fields, finder, (*here, "year"))
    return {**entry, "year": year}


def _shock(entry: Mapping[str, Any], finder: _Finder, number: int) -> Shock:
    here = ("scenario", "shocks", number)
    where = finder.at(here)
    kinds = [key for key in ("regime", "variable", "mining_share_pct") if key in entry]
    if len(kinds) != 1:
        advice = "Write one of: {regime: NAME}, {variable: NAME, path: [[year, value]]}, {mining_share_pct: NUMBER}"
        raise SchemaError("a shock is a regime, a variable's path or a mining share", where=where, advice=advice)
    allowed = {"regime": ("channel",), "variable": ("region", "path", "channel"), "mining_share_pct": ("years",)}
    kind = kinds[0]
    _check_keys(entry, (kind, *allowed[kind]), finder, here)
    if kind == "mining_share_pct":
        share = _number(entry, kind, finder, here)
        years = _number(entry, "years", finder, here) if "years" in entry else Shock.years
        if not 0.0 <= share <= 100.0 or years <= 0.0:
            message = "a mining share lies between 0 and 100 %, reached in years above 0"
            raise SchemaError(message, where=where, advice="For example: {mining_share_pct: 25, years: 6}")
        return Shock(mining_share_pct=share, years=years, where=where)
    for key in (kind, "region"):
        if not isinstance(entry.get(key, ""), str):
            raise SchemaError(f"{key} must be a name", where=finder.at((*here, key)), advice="Write its id")
    channel = str(entry.get("channel", "forecast"))
    if channel not in ("forecast", "investment"):
        message = f"channel cannot be {channel!r}"
        raise SchemaError(message, where=finder.at((*here, "channel")), advice="Choose forecast or investment")
    acts: Channel = "investment" if channel == "investment" else "forecast"
    if kind == "regime":
        return Shock(regime=entry["regime"], channel=acts, where=where)
    if "path" not in entry:
        raise SchemaError("a variable's shock needs a path", where=where, advice="Write path: [[year, value]]")
    return Shock(
        variable=entry["variable"],
        region=entry.get("region", NATIONAL),
        path=_points(entry["path"], finder, (*here, "path")),
        channel=acts,
        where=where,
    )


def _deficit(entry: Mapping[str, Any], finder: _Finder) -> Deficit:
    here = ("scenario", "deficit")
    lag = entry.get("lag", Deficit.lag)
    share = _number(entry, "pass_through", finder, here) if "pass_through" in entry else Deficit.pass_through
    if isinstance(lag, bool) or not isinstance(lag, int) or lag < 0 or share < 0.0:
        message = "a deficit needs a lag of whole years and a pass_through of 0 or more"
        raise SchemaError(message, where=finder.at(here), advice="For example: {lag: 1, pass_through: 1.0}")
    return Deficit(lag, share)


def _points(path: Any, finder: _Finder, here: tuple[str | int, ...]) -> Points:
    points = []
    for number, pair in enumerate(path if isinstance(path, list | tuple) else [path]):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(_is_number(part) for part in pair):
            message = f"{pair!r} is no pair of a year and a value"
            raise SchemaError(message, where=finder.at((*here, number)), advice="Write [[2027, 0.5], [2030, 1.0]]")
        if int(pair[0]) != pair[0]:
            raise SchemaError(f"{pair[0]!r} is no year", where=finder.at((*here, number)), advice="Write a whole year")
        points.append((int(pair[0]), float(pair[1])))
    years = [year for year, _ in points]
    for number, year in enumerate(years):
        if year in years[:number]:
            raise SchemaError(f"{year} stands twice", where=finder.at((*here, number)), advice="Keep one of them")
    return tuple(points)


def _number(entry: Mapping[str, Any], key: str, finder: _Finder, here: tuple[str | int, ...]) -> float:
    if not _is_number(entry[key]):
        message = f"{key} must be a number, not {entry[key]!r}"
        raise SchemaError(message, where=finder.at((*here, key)), advice="Write a number")
    return float(entry[key])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _check_keys(entry: Mapping[str, Any], known: Sequence[str], finder: _Finder, here: tuple[str | int, ...]) -> None:
    for key in entry:
        if key not in known:
            raise UnknownNameError.of("key", str(key), known, where=finder.at((*here, str(key))))
