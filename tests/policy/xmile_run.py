"""A small XMILE interpreter: Euler steps of one year, lazily evaluated equations. It shares nothing with the export."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from xml.etree import ElementTree

SPACE = "{http://docs.oasis-open.org/xmile/ns/XMILE/v1.0}"
TOKEN = re.compile(r"\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|[^\W\d]\w*|[-+*/^(),=<>])")
FUNCTIONS = {
    "LN": math.log,
    "EXP": math.exp,
    "MAX": max,
    "MIN": min,
    "ABS": abs,
    "choose": lambda c, a, b: (a if c else b)(),
}
PYTHON = {"=": "==", "^": "**"}


def to_python(equation: str) -> str:
    """Translate: ``IF c THEN a ELSE b`` becomes a call that evaluates one branch only."""
    found, open_ifs = "", [0]
    position = 0
    while position < len(equation.rstrip()):
        token = TOKEN.match(equation, position)
        assert token is not None, equation[position:]
        position, text = token.end(), token.group(1)
        if text == "IF":
            open_ifs[-1] += 1
            found += "choose("
        elif text in ("THEN", "ELSE"):
            found += ", lambda: "
        elif text == "(":
            open_ifs.append(0)
            found += "("
        elif text == ")":
            found += ")" * open_ifs.pop() + ")"
        elif re.match(r"[^\W\d]", text) and text not in FUNCTIONS:
            found += f"value('{text}')"
        else:
            found += PYTHON.get(text, text)
    return found + ")" * open_ifs[0]


def run(text: str) -> dict[str, list[float]]:
    """Run a model; return every variable by year."""
    root = ElementTree.fromstring(text)
    specs = root.find(f"{SPACE}sim_specs")
    variables = root.find(f"{SPACE}model/{SPACE}variables")
    assert specs is not None
    assert variables is not None
    start, stop = (int(specs.findtext(f"{SPACE}{tag}", "")) for tag in ("start", "stop"))
    assert specs.findtext(f"{SPACE}dt") == "1"
    code, graphs, stocks = {}, {}, {}
    for node in variables:
        name = node.attrib["name"]
        assert name not in code, f"{name} stands twice"
        code[name] = compile(to_python(node.findtext(f"{SPACE}eqn", "")), name, "eval")
        graph = node.find(f"{SPACE}gf")
        if graph is not None:
            xs, ys = (list(map(float, graph.findtext(f"{SPACE}{tag}", "").split(","))) for tag in ("xpts", "ypts"))
            graphs[name] = dict(zip(xs, ys, strict=True))
        if node.tag == f"{SPACE}stock":
            stocks[name] = [[flow.text for flow in node.findall(f"{SPACE}{way}")] for way in ("inflow", "outflow")]
    path: dict[str, list[float]] = {name: [] for name in code}
    held: dict[str, float] = {}
    for year in range(start, stop + 1):
        now: dict[str, float] = {"TIME": float(year), **held}
        value = lookup(now, code, graphs)
        for name in code:
            path[name].append(value(name))
        held = {
            name: now[name] + sum(value(flow) for flow in into) - sum(value(flow) for flow in out)
            for name, (into, out) in stocks.items()
        }
    return path


def lookup(
    now: dict[str, float], code: dict[str, object], graphs: dict[str, dict[float, float]]
) -> Callable[[str], float]:
    def value(name: str) -> float:
        if name not in now:
            found = eval(code[name], {"value": value, **FUNCTIONS})
            now[name] = graphs[name][found] if name in graphs else float(found)
        return now[name]

    return value
