"""A smaller SVG that looks the same: what a renderer writes for every mark, said once for all of them.

Coordinates keep two decimals: a hundredth of a pixel is nothing that an eye or a printer tells apart. What nobody sees
goes, and so do the roles of the renderer's own parts: the page says what a picture shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from xml.etree.ElementTree import Element, fromstring

_SPACE = "{http://www.w3.org/2000/svg}"
_DROPPED = re.compile(r"class|role|version|pointer-events|aria-.*")
_TEXT_ONLY = ("font-family", "font-size", "font-weight", "font-style", "text-anchor")
_SHARED = (
    *_TEXT_ONLY, "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
    "stroke-linecap", "stroke-linejoin",
)  # fmt: skip
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*(?:e[-+]?\d+[^A-Za-z]*)*)")
_SHIFT = re.compile(r"translate\(([-\d.e+]+),([-\d.e+]+)\)")
_CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0Z?")
_LINES = re.compile(r"(?:M-?[\d.]+(?: |(?=-))-?[\d.]+(?:[hv]-?[\d.]+|l-?[\d.]+(?: |(?=-))-?[\d.]+))+")
_MEASURES = ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "transform", "stroke-width")
_STEPS = {"M": 2, "L": 2, "H": 1, "V": 1, "h": 1, "v": 1, "C": 6, "A": 7, "Z": 0}


def smaller(svg: str) -> str:
    """Return an SVG of the chart renderer that looks the same and is a fraction as long.

    Parameters
    ----------
    svg : text of a whole SVG file, as Vega writes it.

    Examples
    --------
    >>> smaller('<svg xmlns="http://www.w3.org/2000/svg"><g class="a"><path d="M0.123,1L2.5,1" opacity="1"/></g></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M.12 1h2.38"/></svg>'
    """
    root = fromstring(svg)
    _clean(root, {})
    _share(root)
    _unwrap(root)
    return _written(root, ' xmlns="http://www.w3.org/2000/svg"')


def letters(svg: str) -> dict[int, frozenset[str]]:
    """Return the signs that an SVG of the chart renderer writes, by the weight of their font."""
    found: dict[int, set[str]] = {}
    for text in fromstring(svg).iter(f"{_SPACE}text"):
        weight = text.get("font-weight", "normal")
        number = int(weight) if weight.isdigit() else 600 if weight == "bold" else 400
        found.setdefault(number, set()).update("".join(text.itertext()))
    return {weight: frozenset(found[weight]) for weight in sorted(found)}


def _clean(element: Element, paint: Mapping[str, str]) -> None:
    """Drop what says nothing from an element and all below it; `paint` is what it inherits."""
    for name in [name for name in element.attrib if _DROPPED.fullmatch(name)]:
        del element.attrib[name]
    if element.get("opacity") == "1":
        del element.attrib["opacity"]
    own = dict(paint)
    own |= {name: element.attrib[name] for name in ("fill", "stroke") if name in element.attrib}
    kept: list[Element] = []
    for child in element:
        if _tag(child) == "defs" or _tag(child) == "clipPath":
            kept.append(child)
            continue
        _clean(child, own)
        if _is_seen(child, own):
            _shorten(child, own)
            kept.append(child)
    element[:] = _joined(kept)


def _is_seen(element: Element, paint: Mapping[str, str]) -> bool:
    """Whether an element leaves anything on the paper."""
    if element.get("opacity") == "0" or element.get("display") == "none":
        return False
    if _tag(element) == "g":
        return len(element) > 0
    if _tag(element) == "text":
        return bool("".join(element.itertext()).strip())
    if _tag(element) == "path" and not element.get("d"):
        return False
    return bool(_painted(element, paint))


def _painted(element: Element, paint: Mapping[str, str]) -> list[str]:
    """Return which of fill and stroke an element shows; a fill is there unless it is denied, a stroke is not."""
    asked = (("fill", "black"), ("stroke", "none"))
    return [name for name, usual in asked if element.get(name, paint.get(name, usual)) not in ("none", "transparent")]


def _shorten(element: Element, paint: Mapping[str, str]) -> None:
    """Say the place and the form of one element in fewer letters."""
    shown = _painted(element, paint)
    if _tag(element) != "g" and len(shown) == 1 and "opacity" in element.attrib:
        element.set(f"{shown[0]}-opacity", element.attrib.pop("opacity"))  # the same, and a group can say it
    kind, moved = _tag(element), _SHIFT.fullmatch(element.get("transform", ""))
    x, y = (float(moved[1]), float(moved[2])) if moved else (0.0, 0.0)
    if kind == "line" and "x1" not in element.attrib and "y1" not in element.attrib:
        element.set("d", f"M0,0L{element.attrib.pop('x2', '0')},{element.attrib.pop('y2', '0')}")
        element.tag, kind = f"{_SPACE}path", "path"
    if element.get("transform") and not moved:
        return
    if kind == "text":
        element.attrib.pop("transform", None)
        element.attrib |= {name: str(value) for name, value in (("x", x), ("y", y)) if value}
    elif kind == "g" and not x and not y:
        element.attrib.pop("transform", None)
    elif kind == "path":
        round_one, short = _CIRCLE.fullmatch(element.attrib["d"]), _path(element.attrib["d"], x, y)
        if round_one:
            del element.attrib["d"]
            element.tag = f"{_SPACE}circle"
            element.attrib |= {"cx": str(x), "cy": str(y), "r": round_one[1]}
        elif short:
            element.set("d", short)
        if round_one or short:
            element.attrib.pop("transform", None)


def _path(path: str, x: float, y: float) -> str:
    """Return the outline moved by x and y in relative steps of hundredths, or nothing where it holds other commands."""
    written: list[str] = []
    at, start = (0, 0), (0, 0)
    for command, text in _COMMAND.findall(path):
        values = [float(found) for found in _NUMBER.findall(text)]
        size = _STEPS.get(command)
        if size is None or (len(values) % size if size else values):
            return ""
        if not size:
            written.append("z")
            at = start
            continue
        for first in range(0, len(values), size):
            part = values[first : first + size]
            points = [*part[-2:]] if command in "MLA" else part if command == "C" else []
            ends = [(_cents(a + x), _cents(b + y)) for a, b in zip(points[::2], points[1::2], strict=True)]
            if command in "HVhv":
                goal = {
                    "H": (_cents(part[0] + x), at[1]), "V": (at[0], _cents(part[0] + y)),
                    "h": (at[0] + _cents(part[0]), at[1]), "v": (at[0], at[1] + _cents(part[0])),
                }  # fmt: skip
                ends = [goal[command]]
            steps = [value for end in ends for value in (end[0] - at[0], end[1] - at[1])]
            if command == "M" and first == 0:
                written.append("M" + _listed(ends[0]))
                start = ends[0]
            elif command == "A":
                written.append("a" + _listed([*map(_cents, part[:5]), *steps]))
            elif command == "C":
                written.append("c" + _listed(steps))
            elif not steps[1]:
                written.append("h" + _listed(steps[:1]))
            elif not steps[0]:
                written.append("v" + _listed(steps[1:]))
            else:
                written.append("l" + _listed(steps))
            at = ends[-1]
    return "".join(written)


def _joined(elements: list[Element]) -> list[Element]:
    """Make one path of straight lines that stand side by side and look alike, unless they shine through each other."""
    kept: list[Element] = []
    for element in elements:
        before = kept[-1] if kept else None
        if before is not None and _is_plain_line(before) and _is_plain_line(element) and _alike(before, element):
            before.set("d", before.attrib["d"] + element.attrib["d"])
        else:
            kept.append(element)
    return kept


def _is_plain_line(element: Element) -> bool:
    see_through = "opacity" in element.attrib or "stroke-opacity" in element.attrib
    return _tag(element) == "path" and not see_through and bool(_LINES.fullmatch(element.get("d", "")))


def _alike(one: Element, other: Element) -> bool:
    looks = [{name: value for name, value in each.attrib.items() if name != "d"} for each in (one, other)]
    return looks[0] == looks[1]


def _share(element: Element) -> set[str]:
    """Move what the children of each group say alike up to the group; return the names that matter to what is below."""
    if _tag(element) in ("defs", "clipPath"):
        return set()
    if _tag(element) not in ("svg", "g"):
        own = [name for name in _SHARED if name.partition("-")[0] in element.attrib]
        return {"fill", "stroke", *own, *(_TEXT_ONLY if _tag(element) == "text" else ())}
    matters = [(child, _share(child)) for child in element]
    for name in _SHARED:
        touched = [child for child, names in matters if name in names]
        if touched and all(name in child.attrib for child in touched):
            common = Counter(child.attrib[name] for child in touched).most_common(1)[0][0]
            element.set(name, common)
            for child in touched:
                if child.attrib[name] == common:
                    del child.attrib[name]
    return {name for _, names in matters for name in names}


def _unwrap(element: Element) -> None:
    """Drop groups that say nothing, and those of one child, which can say it itself."""
    kept: list[Element] = []
    for child in element:
        _unwrap(child)
        if _tag(child) == "g" and not child.attrib:
            kept.extend(child)
        elif _tag(child) == "g" and len(child) == 1 and set(child.attrib) <= set(_SHARED):
            child[0].attrib = {**child.attrib, **child[0].attrib}
            kept.append(child[0])
        else:
            kept.append(child)
    element[:] = kept


def _written(element: Element, more: str = "") -> str:
    """Return an element as text, its measures in hundredths."""
    attributes = "".join(f' {name}="{value}"' for name, value in _attributes(element))
    kind, inside = _tag(element), escape(element.text or "", quote=False) + "".join(map(_written, element))
    tail = escape(element.tail or "", quote=False)
    return f"<{kind}{more}{attributes}" + (f">{inside}</{kind}>" if inside else "/>") + tail


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        short = _NUMBER.sub(lambda found: _decimal(_cents(float(found[0]))), value) if name in _MEASURES else value
        yield name.rpartition("}")[2], escape(short)


def _cents(value: float) -> int:
    return round(value * 100)


def _decimal(cents: int) -> str:
    """Write hundredths without a zero that says nothing.

    >>> [_decimal(value) for value in (1250, -5, 300, 0)]
    ['12.5', '-.05', '3', '0']
    """
    whole, part = divmod(abs(cents), 100)
    text = f"{whole or ''}.{part:02d}".rstrip("0") if part else str(whole)
    return f"-{text}" if cents < 0 else text


def _listed(values: Iterable[int]) -> str:
    """Write numbers one after another, with a blank only where a sign does not part them."""
    return re.sub(r" (?=-)", "", " ".join(map(_decimal, values)))


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
