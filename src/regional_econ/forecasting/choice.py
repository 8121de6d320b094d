"""Which model forecasts? What was tried and what was chosen, frozen with its date in ``data/forecast.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.bayes.growth_model import GrowthPrior, Structure
from regional_econ.forecasting.drivers import DRIVERS

_KEYS = ("schema_version", "windows", "rule", "candidates", "chosen", "frozen_on", "scenarios")


@dataclass(frozen=True)
class Windows:
    """Years of choosing and of judging.

    Parameters
    ----------
    chosen_to_origin, chosen_to_target : last origin and target year that the choice looked at.
    judged_from : first origin of the judgement.
    """

    chosen_to_origin: int
    chosen_to_target: int
    judged_from: int


@dataclass(frozen=True)
class PriceScenario:
    """A path of a world price: multiples of its last yearly mean for the first years after the origin."""

    name: str
    label: Text
    price: str
    multiples: tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """A model: its name, its parts and the priors that are data."""

    name: str
    structure: Structure
    prior: GrowthPrior


@dataclass(frozen=True)
class ChoiceFile:
    """All that the file holds."""

    candidates: Mapping[str, Choice]
    chosen: Choice
    windows: Windows
    rule: Text
    frozen_on: date
    scenarios: tuple[PriceScenario, ...]


def load_choice() -> Choice:
    """Return the chosen model."""
    return read_choice().chosen


def read_choice(path: Path | None = None) -> ChoiceFile:
    """Read a file of candidates and choice; by default the package's own.

    Raises
    ------
    StudyError : a key is missing or wrong; file and line are named.
    UnknownNameError : an unknown key, price or chosen candidate.
    """
    place = read_yaml_lines(path or data_dir() / "forecast.yml")
    found = place.mapping(_KEYS)
    candidates = {name: _candidate(name, part) for name, part in found["candidates"].entries().items()}
    chosen = found["chosen"].text()
    if chosen not in candidates:
        raise found["chosen"].unknown("candidate", chosen, candidates)
    years = found["windows"].mapping([one.name for one in fields(Windows)])
    windows = Windows(**{name: part.whole() for name, part in years.items()})
    try:
        frozen_on = date.fromisoformat(found["frozen_on"].text())
    except ValueError as error:
        raise found["frozen_on"].refuse("frozen_on must be a date", "Write it as 2026-01-31") from error
    scenarios = tuple(_scenario(name, part) for name, part in found["scenarios"].entries().items())
    return ChoiceFile(candidates, candidates[chosen], windows, found["rule"].both(), frozen_on, scenarios)


def _candidate(name: str, place: Place) -> Choice:
    flags, numbers = ([one.name for one in fields(kind)] for kind in (Structure, GrowthPrior))
    parts = place.mapping([*flags, *numbers])
    structure = Structure(**{key: parts[key].flag() for key in flags})
    return Choice(name, structure, GrowthPrior(**{key: parts[key].number() for key in numbers}))


def _scenario(name: str, place: Place) -> PriceScenario:
    parts = place.mapping(("label", "price", "multiples"))
    price = parts["price"].text()
    if price not in DRIVERS:
        raise parts["price"].unknown("price", price, DRIVERS)
    multiples = tuple(part.number() for part in parts["multiples"].items())
    if not multiples or min(multiples) <= 0.0:
        raise parts["multiples"].refuse("a price path needs positive multiples", "Write them as [1.2, 1.5]")
    return PriceScenario(name, parts["label"].both(), price, multiples)
