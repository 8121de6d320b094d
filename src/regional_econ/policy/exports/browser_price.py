"""A price path for the page: what moves with the price by the forecast's own draws, as numbers to compute with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import DataError
from regional_econ.core.conditioning import Rule, conditioning_rule
from regional_econ.core.conditions import NATIONAL, Cell, Path
from regional_econ.core.scenario import Shock
from regional_econ.policy.model.baselines import COMPONENTS, is_forecast
from regional_econ.policy.model.inputs import Inputs

Floats = NDArray[np.float64]
_FORMS = ("logit_per_log", "logit_per_unit")


@dataclass(frozen=True)
class Price:
    """A national price whose path a page may set.

    Parameters
    ----------
    variable : its id in the forecast.
    last : its mean in the forecast's origin year.
    years : which a path fixes.
    declared : values by year of the paths that the study names (years,).
    """

    variable: str
    last: float
    years: tuple[int, ...]
    declared: Mapping[str, tuple[float, ...]]

    @classmethod
    def of(cls, inputs: Inputs, variable: str, last: float) -> Price:
        """Read the declared paths of a price among the inputs' regimes.

        Parameters
        ----------
        last : the price's mean in the forecast's origin year.

        Raises
        ------
        DataError : no path of it is declared.
        """
        declared = {
            name: {cell.year: cell.value for cell in path.cells}
            for name, path in inputs.regimes.items()
            if all((cell.variable, cell.region) == (variable, NATIONAL) for cell in path.cells)
        }
        if not declared:
            raise DataError(f"no path of {variable} is declared", advice="Declare one in data/forecast.yml")
        years = tuple(next(iter(declared.values())))
        return cls(
            variable, last, years, {name: tuple(path[year] for year in years) for name, path in declared.items()}
        )

    def shock(self, values: tuple[float, ...]) -> Shock:
        """Return the scenario's shock of a path (years,)."""
        return Shock(variable=self.variable, path=tuple(zip(self.years, values, strict=True)))


@dataclass(frozen=True)
class PricePart:
    """What the document and the numbers hold of a price; arrays have all draws."""

    document: Mapping[str, Any]
    arrays: Mapping[str, Floats]


def price_part(inputs: Inputs, price: Price, *, years: tuple[int, ...], drivers: tuple[str, ...]) -> PricePart | None:
    """Return what a page needs to condition on a price's path; None where other numbers would have to change too.

    That is so where the paths start after the first year without official figures, or where an effect is stated on logs
    of the outcome, whose reading on the logit depends on the outcome's median. In years with official figures, which no
    price moves, a driver's components are one and their slopes zero.

    Raises
    ------
    UnknownNameError, OptionError, DataError, EstimationError : a path that the forecast cannot take.
    """
    effects = [one.form for one in inputs.elasticities.parameters if one.target == inputs.outcome]
    if years[0] > inputs.baseline.origin + 1 or any(form not in _FORMS for form in effects):
        return None
    moved = {name for driver in drivers if is_forecast(inputs, driver) for name in COMPONENTS[driver]}
    names = (inputs.outcome, *sorted(moved))
    path = Path("price", tuple(Cell(price.variable, NATIONAL, year, price.last) for year in price.years))
    rule = conditioning_rule(inputs.baseline, path, names, region=inputs.region)
    arrays, slopes = {"price.apart": rule.apart}, {}
    for name in names:
        draws = inputs.baseline.draws(name, inputs.region).transpose("draw", "year")
        held = [int(year) for year in draws["year"].to_numpy()]
        free = [t for t, year in enumerate(years) if name == inputs.outcome or year > inputs.baseline.origin]
        columns = [held.index(years[t]) for t in free]
        own, values = np.zeros((len(price.years), len(years))), np.ones((len(draws), len(years)))
        own[:, free], values[:, free] = rule.slopes[name][:, columns], draws.to_numpy()[:, columns]
        slopes[name] = own.tolist()
        if name != inputs.outcome:
            arrays[f"component.{name}"] = values
    return PricePart(_document(price, rule) | {"slopes": slopes}, arrays)


def driver_components(inputs: Inputs, driver: str) -> dict[str, int]:
    """Return the forecast variables that a driver's baseline is a product of, with their powers; none if it is held."""
    return dict(COMPONENTS[driver]) if is_forecast(inputs, driver) else {}


def _document(price: Price, rule: Rule) -> dict[str, Any]:
    scales = {name: {"name": scale.name, "offset": scale.offset} for name, scale in rule.scales.items()}
    return {
        "variable": price.variable,
        "last": price.last,
        "years": list(price.years),
        "declared": {name: list(values) for name, values in price.declared.items()},
        "mean": rule.mean.tolist(),
        "spread": rule.spread.tolist(),
        "inverse": rule.inverse.tolist(),
        "scales": scales,
    }
