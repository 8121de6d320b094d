"""Which events are studied? The sourced table, read and checked before anything is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from regional_econ._base.errors import StudyError, UnknownNameError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ._base.text import Text

OutcomeTransform = Literal["identity", "ln"]
_OUTCOME_KEYS = ("variable", "per", "times", "transform", "reason")
_EVENT_KEYS = (
    "label", "region", "year", "source", "other_events", "withheld", "reason", "years", "years_reason",
    "backdated", "outcomes",
)  # fmt: skip


@dataclass(frozen=True)
class EventOutcome:
    """One outcome: ``times`` · variable / ``per``, then the transform."""

    id: str
    variable: str
    transform: OutcomeTransform
    per: str | None
    times: float
    reason: str


@dataclass(frozen=True)
class Event:
    """One dated event in one region.

    ``others`` are the regions with an event of the same kind by first year, with ``others_source``; None where no
    sourced table exists, and inference is then withheld for ``reason``.
    """

    id: str
    label: Text
    region: str
    year: int
    source: str
    others: Mapping[str, int] | None
    others_source: str
    reason: Text | None
    years: tuple[int, int]
    backdated: tuple[int, ...]
    outcomes: tuple[EventOutcome, ...]
    sha256: str

    @property
    def withheld(self) -> bool:
        """Whether inference is withheld."""
        return self.others is None

    def __str__(self) -> str:
        inference = "inference withheld" if self.withheld else f"{len(self.others or ())} other regions left out"
        return f"{self.label.en}: {self.region}, {self.year}, {len(self.outcomes)} outcomes, {inference}."


def load_events(path: Path | None = None) -> dict[str, Event]:
    """Read and check the table of events.

    Parameters
    ----------
    path : YAML file; ``data/events.yml`` by default.

    Returns
    -------
    events by id.

    Raises
    ------
    StudyError : the file is missing, not YAML, lacks a key; a source or reason is empty; or ``withheld`` does not agree
        with the table of other events: it must be true without a sourced table and false with one.
    UnknownNameError : a key that is not known.
    """
    path = path or data_dir() / "events.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StudyError("file does not exist", where=str(path), advice="See data/events.yml") from error
    except yaml.YAMLError as error:
        raise StudyError(f"not valid YAML: {error}", where=str(path), advice="Mend the file") from error
    try:
        digest = sha256_file(path)
        return {key: _event(key, entry, digest) for key, entry in document["events"].items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        advice = "Compare it with data/events.yml"
        raise StudyError(f"missing or wrong key: {error}", where=str(path), advice=advice) from error


def _event(event_id: str, entry: Mapping[str, Any], digest: str) -> Event:
    _check_keys(entry, _EVENT_KEYS, event_id)
    others, others_source = _others(entry["other_events"])
    if bool(entry["withheld"]) != (others is None):
        raise ValueError(f"withheld of {event_id} must be {str(others is None).lower()}: see other_events")
    first, last = entry["years"]
    if not first < entry["year"] <= last:
        raise ValueError(f"the year of {event_id} lies outside its years")
    return Event(
        id=event_id,
        label=Text(entry["label"]["ru"], entry["label"]["en"]),
        region=entry["region"],
        year=int(entry["year"]),
        source=_said(entry["source"], f"source of {event_id}"),
        others=others,
        others_source=others_source,
        reason=_said_in_both(entry["reason"], f"reason of {event_id}") if others is None else None,
        years=(int(first), int(last)),
        backdated=tuple(int(year) for year in entry["backdated"]),
        outcomes=tuple(_outcome(key, value) for key, value in entry["outcomes"].items()),
        sha256=digest,
    )


def _others(entry: Mapping[str, Any] | None) -> tuple[dict[str, int] | None, str]:
    if entry is None:
        return None, ""
    _check_keys(entry, ("source", "regions"), "other_events")
    regions = {str(region): int(year) for region, year in entry["regions"].items()}
    return regions, _said(entry["source"], "source of other_events")


def _outcome(outcome_id: str, entry: Mapping[str, Any]) -> EventOutcome:
    _check_keys(entry, _OUTCOME_KEYS, outcome_id)
    check_option(f"transform of {outcome_id}", entry["transform"], OutcomeTransform)
    reason = _said(entry["reason"], f"reason of {outcome_id}")
    per, times = entry.get("per"), float(entry.get("times", 1))
    return EventOutcome(outcome_id, entry["variable"], entry["transform"], per, times, reason)


def _said_in_both(value: Mapping[str, Any], what: str) -> Text:
    return Text(_said(value["ru"], what), _said(value["en"], what))


def _said(text: Any, what: str) -> str:
    if not str(text or "").strip():
        raise ValueError(f"{what} is empty")
    return str(text).strip()


def _check_keys(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in found:
        if key not in known:
            raise UnknownNameError.of("key", key, known, where=where)
