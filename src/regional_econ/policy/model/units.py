"""Do the declared equations of the model count the same thing on both sides? Units, scales and constants alike.

``data/policy.yml`` declares each identity as a left side and a sum of products of variables, units and numbers; a slash
divides. Units come from the variables' own declaration, so a factor of 10 or 100 that is missing there is found.

The check sees the declaration, not the arithmetic of the model: signs are left out, and some of the model's equations
are declared in another form of the same identity (investment to GRP moves by the ratio of two volume indices, assets
are counted per unit of gross value). That the code counts with the declared constants is held by the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from regional_econ._base.errors import SchemaError
from regional_econ._base.location import data_dir
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.core.panel import Panel
from regional_econ.core.unit import Measure


def check_equations(panel: Panel, *, path: Path | None = None, units: Path | None = None) -> dict[str, Measure]:
    """Return what each declared equation counts.

    Parameters
    ----------
    panel : whose variables the equations name.
    path, units : the declarations, by default ``data/policy.yml`` and ``data/units.yml``.

    Raises
    ------
    SchemaError : sides or terms that do not count the same, with the line.
    UnknownNameError : a name that is neither a variable nor a unit.
    """
    path, units = path or data_dir() / "policy.yml", units or data_dir() / "units.yml"
    known = {name: _unit(place) for name, place in read_yaml_lines(units, SchemaError).entries().items()}
    known["share"] = Measure(1.0)
    known |= {name: known[v.unit] for name, v in panel.variables.items() if v.unit in known}
    return {
        name: _equation(place, known)
        for name, place in read_yaml_lines(path, SchemaError)["equations"].entries().items()
    }


def _equation(place: Place, known: Mapping[str, Measure]) -> Measure:
    parts = place.mapping(("left", "right"))
    left = _factor(parts["left"], parts["left"].text(), known)
    total: Measure | None = None
    for term in parts["right"].items():
        product = Measure.of_number(1.0)
        for factor in term.items():
            product = _times(product, factor, known)
        added = product if total is None else total.plus(product)
        if added is None:
            raise term.refuse(f"{place.name} adds {product} to {total}", "Mend the equation or a constant")
        total = added
    if total is None or not total.fits(left):
        raise place.refuse(f"{place.name} is {left} on the left and {total} on the right", "Mend it or a constant")
    return left


def _times(product: Measure, factor: Place, known: Mapping[str, Measure]) -> Measure:
    if isinstance(factor.value, int | float) and not isinstance(factor.value, bool):
        return product.times(Measure.of_number(float(factor.value)))
    name = factor.text()
    if name.startswith("/"):
        return product.over(_factor(factor, name[1:], known))
    return product.times(_factor(factor, name, known))


def _factor(place: Place, name: str, known: Mapping[str, Measure]) -> Measure:
    if name not in known:
        raise place.unknown("variable or unit", name, known)
    return known[name]


def _unit(place: Place) -> Measure:
    parts = place.entries()
    dimensions = {name: part.whole() for name, part in parts["dimensions"].entries().items()}
    return Measure(parts["scale"].number(), tuple(sorted(dimensions.items())))
