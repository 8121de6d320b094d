"""A scenario as an XMILE file that any system dynamics program can run: the mean draw of the policy model.

Source: OASIS, XML Interchange Language for System Dynamics (XMILE) 1.0, 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.exports.diagram import diagram, mean_draw
from regional_econ.policy.exports.diagram_parts import Element
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
NAMESPACE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"


def nothing_done(simulator: Simulator) -> Floats:
    """Return the amounts (levers, years) of a model in which no lever is pulled."""
    return np.zeros((len(simulator.levers), len(simulator.years)))


def xmile(simulator: Simulator, amounts: Floats, *, name: str) -> str:
    """Return the mean draw under given amounts as the text of an XMILE file.

    Parameters
    ----------
    simulator : with all its draws; their mean is taken as :func:`regional_econ.policy.exports.diagram.mean_draw` says.
    amounts : what is done (levers, years), in each lever's unit.
    name : of the model.

    Raises
    ------
    OptionError : amounts of another shape or outside a lever's range.
    """
    return xmile_text(diagram(mean_draw(simulator), amounts), simulator.years, name=name)


def xmile_text(elements: Sequence[Element], years: Sequence[int], *, name: str) -> str:
    """Return a diagram as the text of an XMILE file, in yearly Euler steps.

    Parameters
    ----------
    elements : all stocks, flows and auxiliaries.
    years : the years simulated.
    name : of the model.

    >>> text = xmile_text([Element("stock", "k", "1.5", "RUB", "Money.")], (2023, 2024), name="m")
    >>> '<stock name="k">' in text and "<stop>2024</stop>" in text
    True
    """
    root = ElementTree.Element("xmile", {"version": "1.0", "xmlns": NAMESPACE})
    header = ElementTree.SubElement(root, "header")
    _text(header, "vendor", "regional-econ")
    _text(header, "name", name)
    product = _text(header, "product", "regional-econ policy export")
    product.set("version", "1")
    product.set("lang", "en")
    specs = ElementTree.SubElement(root, "sim_specs", {"method": "Euler", "time_units": "year"})
    for tag, value in (("start", years[0]), ("stop", years[-1]), ("dt", 1)):
        _text(specs, tag, str(value))
    variables = ElementTree.SubElement(ElementTree.SubElement(root, "model"), "variables")
    for element in elements:
        _element(variables, element, years)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _element(parent: ElementTree.Element, element: Element, years: Sequence[int]) -> None:
    node = ElementTree.SubElement(parent, element.kind, {"name": element.name})
    _text(node, "doc", element.doc)
    _text(node, "eqn", element.equation)
    for flow in element.inflows:
        _text(node, "inflow", flow)
    for flow in element.outflows:
        _text(node, "outflow", flow)
    if element.graph:
        graph = ElementTree.SubElement(node, "gf", {"type": "continuous"})
        _text(graph, "xpts", ",".join(map(str, years)))
        _text(graph, "ypts", ",".join(map(repr, element.graph)))
    _text(node, "units", element.units)


def _text(parent: ElementTree.Element, tag: str, text: str) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, tag)
    node.text = text
    return node
