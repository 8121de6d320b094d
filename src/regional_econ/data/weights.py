"""Which weights of neighbours does a text name? Contiguity, distance, nearest regions, or the goods they trade."""

from __future__ import annotations

from typing import cast

from regional_econ._base.errors import OptionError
from regional_econ.core.spatial_weights import (
    Direction,
    SpatialWeights,
    Standardisation,
    contiguity_weights,
    distance_weights,
    flow_weights,
    nearest_weights,
)
from regional_econ.data.regions import load_regions, parts_of
from regional_econ.data.tables import WITHOUT_OUTLINE, load_flows, load_neighbours

KINDS = ("contiguity", "distance", "nearest", "flows")
FORMS = "contiguity, distance, distance:1000km, nearest:5, flows, flows:bought, flows:sold"


def load_weights(text: str, *, standardisation: Standardisation = "row") -> SpatialWeights:
    """Return spatial weights between Russian regions.

    Source: `data/sources.yml` for borders, outlines and flows. Held against the places of the outlines and shares of
    the goods bought (tests/data/test_weights.py).

    Parameters
    ----------
    text : "contiguity" (a common border; 83 regions in borders before 2014, Kaliningrad and Sakhalin are islands),
        "distance" (1/km between the regions' centres, all 85), "distance:1000km" (the same within a radius),
        "nearest:5" (equal weights of the nearest), "flows" (goods traded in 2016, both directions), "flows:bought" or
        "flows:sold". A city and the region around it have centres so near that 1/km makes them almost each other's
        only neighbour. Flows of 2016 are an outcome of the economy too: before 2016 they come later than what they
        explain.
    standardisation : "row", "spectral" or "none".

    Raises
    ------
    OptionError : another text, listing the right ones.

    Examples
    --------
    >>> weights = load_weights("contiguity")
    >>> len(weights.units), weights.islands
    (83, ('RU-KGD', 'RU-SAK'))
    >>> traded = load_weights("flows:bought").to_frame().set_index(["unit", "neighbour"])["weight"]
    >>> traded["RU-KEM"].nlargest(2).round(3).to_dict()
    {'RU-OMS': 0.367, 'RU-NVS': 0.067}
    """
    kind, colon, option = str(text).strip().partition(":")
    regions = load_regions()
    disjoint = parts_of("RU", regions)
    match kind:
        case "contiguity" if not colon:
            outlined = [one for one in disjoint if one not in WITHOUT_OUTLINE]
            return contiguity_weights(load_neighbours(), outlined, standardisation=standardisation)
        case "distance" | "nearest":
            places = {one: place for one in disjoint if (place := regions[one].place) is not None}
            if kind == "nearest" and option.isascii() and option.isdigit():
                return nearest_weights(places, int(option), standardisation=standardisation)
            if kind == "distance" and not colon:
                return distance_weights(places, standardisation=standardisation)
            km = option.removesuffix("km")
            if kind == "distance" and km != option and km.isascii() and km.isdigit():
                return distance_weights(places, radius_km=float(km), standardisation=standardisation)
        case "flows" if option in ("bought", "sold") or not colon:
            direction = cast("Direction", option or "both")
            return flow_weights(load_flows(), direction=direction, standardisation=standardisation)
    raise OptionError(f"weights cannot be {text!r}", advice=f"Choose one of: {FORMS}")
