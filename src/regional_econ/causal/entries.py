"""How is one entry of the declared specifications read? A wrong one is refused at its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place
from regional_econ.causal.axes import AXES, Driver, Era, Exclusion, Limit, Restriction, Term, TermTransform, Units

Change = Literal["rise", "fall"]
_DIRECTIONS: Mapping[str, int] = {"rise": 1, "fall": -1}


def read_options(place: Place, literal: Any) -> tuple[Any, ...]:
    """Return the keys of a mapping, each of them an option of a ``typing.Literal``."""
    return tuple(replace(entry, value=key).option(literal) for key, entry in place.entries().items())


def read_term(term_id: str, place: Place) -> Term:
    """Return a regressor."""
    optional = ("times", "per", "cut")
    entry = place.mapping(("variable", "transform", *optional), optional=optional)
    return Term(
        term_id,
        entry["variable"].text(),
        cast(TermTransform, entry["transform"].option(TermTransform)),
        entry["times"].text() if "times" in entry else None,
        entry["per"].texts() if "per" in entry else (),
        tuple(year.whole() for year in entry["cut"].items()) if "cut" in entry else (),
    )


def read_driver(driver_id: str, place: Place, terms: Mapping[str, Term]) -> Driver:
    """Return a driver, whose measures and covariates are terms and its first measure itself."""
    entry = place.mapping(("claimed_sign", "claims", "change", "measures", "covariates"), optional=("change",))
    covariates, measures = entry["covariates"].entries(), entry["measures"].entries()
    for name, at in ((driver_id, place), *measures.items(), *covariates.items()):
        if name not in terms:
            raise at.unknown("term", name, terms)
    if next(iter(measures), None) != driver_id:
        raise entry["measures"].refuse(f"the first measure of {driver_id} must be itself", "Name it first")
    for name in measures:
        if name in covariates:
            raise covariates[name].refuse(f"{name} measures {driver_id} and cannot be its covariate", "Leave it out")
    if entry["claimed_sign"].value not in (-1, 1):
        raise entry["claimed_sign"].refuse(f"claimed_sign of {driver_id} must be 1 or -1", "Write the sign")
    sign = entry["claimed_sign"].whole()
    return Driver(
        driver_id,
        sign,
        entry["claims"].texts(),
        _DIRECTIONS[entry["change"].option(Change)] if "change" in entry else sign,
        {name: reason.both() for name, reason in measures.items()},
        {name: reason.both() for name, reason in covariates.items()},
    )


def read_era(era_id: str, place: Place) -> Era:
    """Return a span of years with its lags and units."""
    entry = place.mapping(("years", "lags", "units", "reason"))
    years = tuple(year.whole() for year in entry["years"].items())
    if len(years) != 2 or years[0] > years[1]:
        raise entry["years"].refuse(f"years of {era_id} must be the first and the last year", "Write [2006, 2016]")
    units = cast(Units, entry["units"].option(Units))
    return Era(era_id, (years[0], years[1]), tuple(lag.whole() for lag in entry["lags"].items()), units)


def read_restriction(sample_id: str, place: Place) -> Restriction:
    """Return what a sample leaves out."""
    optional = ("regions", "smallest", "year")
    entry = place.mapping((*optional, "reason"), optional=optional)
    smallest = entry["smallest"].number() if "smallest" in entry else 0.0
    if not 0 <= smallest < 1:
        raise entry["smallest"].refuse(f"smallest of {sample_id} must be a share of the regions", "Write 0.1")
    return Restriction(
        sample_id,
        entry["regions"].texts() if "regions" in entry else (),
        smallest,
        entry["year"].whole() if "year" in entry else None,
    )


def read_limit(key: str, place: Place, options: Mapping[str, tuple[str, ...]]) -> Limit:
    """Return where ``axis.option`` is admissible; it and all others must be among the options by axis."""
    entry = place.mapping(("only", "max_covariates", "reason"), optional=("max_covariates",))
    axis, _, option = key.partition(".")
    if axis not in options or option not in options[axis]:
        raise place.unknown("option", key, [f"{name}.{one}" for name, some in options.items() for one in some])
    only: dict[str, tuple[str, ...]] = {}
    for other, some in entry["only"].mapping(AXES, optional=AXES).items():
        only[other] = tuple(str(one.value) for one in some.items())
        for one in some.items():
            if str(one.value) not in options.get(other, ()):
                raise one.unknown(f"option of {other}", str(one.value), options.get(other, ()))
    most = entry["max_covariates"].whole() if "max_covariates" in entry else None
    if most is not None and axis != "effects":
        raise entry["max_covariates"].refuse("max_covariates goes with an option of effects", "Delete it")
    return Limit(axis, option, only, most, entry["reason"].both())


def read_exclusion(place: Place) -> Exclusion:
    """Return what is left out, and why."""
    entry = place.mapping(("what", "reason"))
    return Exclusion(entry["what"].both(), entry["reason"].both())


def read_reasons(axes: Mapping[str, Place]) -> dict[str, Text]:
    """Return the reason of every option by ``axis.option``; each lag of an era must have one under ``lag``."""
    for axis in axes:
        if axis not in ("era", "sample"):
            for entry in axes[axis].entries().values():
                entry.mapping(("reason",))
    for era in axes["era"].entries().values():
        for lag in era["lags"].items():
            if str(lag.value) not in axes["lag"].entries():
                raise lag.refuse(f"no reason given for lag.{lag.value}", "Declare the lag under axes.lag")
    return {
        f"{axis}.{option}": entry["reason"].both()
        for axis, options in axes.items()
        for option, entry in options.entries().items()
    }
