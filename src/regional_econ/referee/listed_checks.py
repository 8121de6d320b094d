"""What a claim is held against, as the claims file lists it: one frozen object a check, refused with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from regional_econ._base.yaml_lines import Place
from regional_econ.core.claim import ClaimType, Estimand
from regional_econ.referee.known import Known

Relation = Literal["equals", "less", "reached"]
Side = Literal["above", "below"]
Movement = Literal["rising", "falling", "flat", "volatile"]
End = Literal["high", "low"]
Comparison = Literal["equals", "less", "greater"]
Within = Literal["equal", "sum", "difference", "growth", "index", "share", "product", "unit", "caption"]
Cited = Literal["exists", "kind", "dated", "covers", "before_paper"]
Kind = Literal["number", "benchmark", "trend", "rank", "effect", "internal", "citation", "premise"]
Sign = Literal["+", "-"]

ANY_REGION = "any"
FIRST_YEAR, LAST_YEAR = 1700, 2100
GROUPS = ("national", "median", "district", "peers")
_PRINTED = re.compile(r"[-\N{MINUS SIGN}]?\d[\d \N{NO-BREAK SPACE}]*([.,]\d+)?", re.ASCII)
_ON_FIGURES: tuple[Kind, ...] = ("number", "benchmark", "trend", "rank", "internal", "citation")
KINDS: Mapping[ClaimType, tuple[Kind, ...]] = {
    "quantitative": _ON_FIGURES,
    "descriptive": _ON_FIGURES,
    "causal": ("effect",),
    "inference": ("premise",),
    "normative": (),
    "definition": (),
    "attribution": (),
}


@dataclass(frozen=True)
class Printed:
    """A printed number: ``value`` and ``halfwidth`` are in the variable's unit, ``year`` None where undated.

    ``base`` is added to it: 100 where growth is printed and the variable is an index. The region ``any`` stands for
    some region: the relation ``reached`` then holds if the highest one does. ``unit`` is the text id of the printed
    unit where another claim on the variable prints another one.
    """

    variable: str
    region: str
    year: int | None
    printed: str
    scale: float
    relation: Relation
    base: float = 0.0
    unit: str | None = None

    @property
    def digits(self) -> int:
        """Decimals as printed.

        >>> Printed("x", "r", 2015, "2 711,9", 1.0, "equals").digits
        1
        """
        return len(self.printed.replace(".", ",").partition(",")[2])

    @property
    def value(self) -> float:
        """The number in the variable's unit."""
        plain = self.printed.replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(",", ".")
        plain = plain.replace("\N{MINUS SIGN}", "-")
        return float(plain) * self.scale + self.base

    @property
    def halfwidth(self) -> float:
        """Half of the last printed digit, in the variable's unit."""
        return 0.5 * 10.0**-self.digits * self.scale


@dataclass(frozen=True)
class Benchmark:
    """A region lies above or below each of ``against`` in the years: one of ``GROUPS``, or a region."""

    variable: str
    region: str
    direction: Side
    against: tuple[str, ...]
    first_year: int
    last_year: int


@dataclass(frozen=True)
class Trend:
    """A region's series rises, falls, stays flat or is volatile over the years; a chain index by its level."""

    variable: str
    region: str
    direction: Movement
    first_year: int
    last_year: int


@dataclass(frozen=True)
class Rank:
    """A region is among the highest or lowest ``share`` of all, or between two ``places``; one of them is given."""

    variable: str
    region: str
    direction: End
    share: float | None
    places: tuple[int, int] | None
    first_year: int
    last_year: int


@dataclass(frozen=True)
class Words:
    """Words of the document with their offsets."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Internal:
    """What the document says twice; a part is the id of a claim with a printed number, or words.

    ``printed`` is what the parts must give: words of the document, or what the claim itself says. Growth and share are
    in per cent, growth and index from the first part to the second, a share of the first in the second; a caption is
    held against the words that announce it, a unit against the ``quantity`` that it measures. ``scale`` multiplies a
    printed number.
    """

    what: Within
    printed: str | Words
    parts: tuple[str | Words, ...]
    relation: Comparison = "equals"
    scale: float = 1.0
    quantity: str | None = None

    @property
    def repeated(self) -> str | None:
        """The claim whose number is printed again here, where the check is that the two are equal."""
        again = self.what == "equal" and self.relation == "equals" and isinstance(self.parts[0], str)
        return str(self.parts[0]) if again else None


@dataclass(frozen=True)
class Citation:
    """What a citation is asked: ``reference`` is its entry in the list of references, ``year`` the stated one."""

    reference: str
    year: int | None
    what: Cited


@dataclass(frozen=True)
class Premise:
    """The claims that an inference rests on; ``unstated`` is the text id of a link that the paper does not give."""

    of: tuple[str, ...]
    unstated: str | None = None


ListedCheck = Printed | Benchmark | Trend | Rank | Internal | Citation | Premise | Estimand


def read_check(place: Place, claim: str, claim_type: ClaimType, known: Known) -> ListedCheck:
    """Read one check of a claim.

    Raises
    ------
    UnknownNameError : an unknown key, variable or region, with its line and the nearest names.
    SchemaError : a missing key, a wrong value, or a kind that does not go with the claim's type.
    OptionError : an unknown kind, direction or relation, with the right ones.
    """
    kind = cast(Kind, place["kind"].option(Kind))
    admitted = KINDS[claim_type]
    if kind not in admitted:
        message = f"claim {claim} is {claim_type} and cannot be held against {kind}"
        raise place.refuse(message, f"Use {', '.join(admitted)}, or correct the type")
    made, optional = _READERS[kind]
    keys = [field.name for field in fields(_OBJECTS[kind])]
    return made({key: part for key, part in place.mapping(["kind", *keys], optional).items() if key != "kind"}, known)


def _number(parts: Mapping[str, Place], known: Known) -> Printed:
    year = None if parts["year"].value is None else _year(parts["year"])
    number = Printed(
        known.variable(parts["variable"]), known.region(parts["region"], (ANY_REGION,)), year, parts["printed"].text(),
        _scale(parts["scale"]), cast(Relation, parts["relation"].option(Relation)),
        parts["base"].number() if "base" in parts else 0.0,
        known.word("unit", parts["unit"]) if "unit" in parts else None,
    )  # fmt: skip
    if not _PRINTED.fullmatch(number.printed):
        raise parts["printed"].refuse(f"{number.printed!r} is not a printed number", "Write it as printed")
    if (number.region == ANY_REGION) != (number.relation == "reached"):
        raise parts["relation"].refuse("region any and relation reached go together", "Name the region, or use both")
    return number


def _benchmark(parts: Mapping[str, Place], known: Known) -> Benchmark:
    against = tuple(known.region(part, GROUPS) for part in parts["against"].items())
    if not against:
        raise parts["against"].refuse("a benchmark is missing", f"Write some of {', '.join(GROUPS)}, or regions")
    region, side = known.region(parts["region"]), cast(Side, parts["direction"].option(Side))
    if region in against:
        raise parts["against"].refuse(f"{region} is no benchmark of itself", "Name another region or a group")
    return Benchmark(known.variable(parts["variable"]), region, side, against, *_years(parts))


def _trend(parts: Mapping[str, Place], known: Known) -> Trend:
    movement = cast(Movement, parts["direction"].option(Movement))
    return Trend(known.variable(parts["variable"]), known.region(parts["region"]), movement, *_years(parts))


def _rank(parts: Mapping[str, Place], known: Known) -> Rank:
    variable, region = known.variable(parts["variable"]), known.region(parts["region"])
    direction = cast(End, parts["direction"].option(End))
    if ("share" in parts) == ("places" in parts):
        raise parts["direction"].refuse("a rank needs either share or places", "Write one of them")
    share = parts["share"].number() if "share" in parts else None
    if share is not None and not 0.0 < share < 1.0:
        raise parts["share"].refuse("share must lie between 0 and 1", "A quarter of the regions is 0.25")
    places = tuple(part.whole() for part in parts["places"].items()) if "places" in parts else None
    if places is not None and (len(places) != 2 or not 1 <= places[0] <= places[1]):
        raise parts["places"].refuse("places must be two, the first not after the second", "Write [1, 10]")
    pair = None if places is None else (places[0], places[1])
    return Rank(variable, region, direction, share, pair, *_years(parts))


def _internal(parts: Mapping[str, Place], known: Known) -> Internal:
    what = cast(Within, parts["what"].option(Within))
    needed, other = ("quantity", "parts") if what == "unit" else ("parts", "quantity")
    if needed not in parts or other in parts:
        raise parts["what"].refuse(f"an internal check of {what} needs {needed}, not {other}", "See data/claims.yml")
    if "parts" in parts and not parts["parts"].items():
        raise parts["parts"].refuse(f"an internal check of {what} has no parts", "Name claims, or quote words")
    printed = _said(parts["printed"])
    given = tuple(_said(part) for part in parts["parts"].items()) if "parts" in parts else ()
    if printed in given:
        raise parts["printed"].refuse("a number is held against itself", "Name another part")
    return Internal(
        what,
        printed,
        given,
        cast(Comparison, parts["relation"].option(Comparison)) if "relation" in parts else "equals",
        _scale(parts["scale"]) if "scale" in parts else 1.0,
        parts["quantity"].text() if "quantity" in parts else None,
    )


def _citation(parts: Mapping[str, Place], known: Known) -> Citation:
    what = cast(Cited, parts["what"].option(Cited))
    year = None if parts["year"].value is None else _year(parts["year"])
    if year is None and what in ("dated", "covers", "before_paper"):
        raise parts["year"].refuse(f"a citation asked whether it is {what} needs a year", "Give the stated year")
    return Citation(parts["reference"].text(), year, what)


def _premise(parts: Mapping[str, Place], known: Known) -> Premise:
    if not parts["of"].items():
        raise parts["of"].refuse("an inference needs a premise", "Name the claims that it rests on")
    return Premise(parts["of"].texts(), known.word("link", parts["unstated"]) if "unstated" in parts else None)


def _effect(parts: Mapping[str, Place], known: Known) -> Estimand:
    for key in ("x", "y"):
        known.variable(parts[key])
    known.region(parts["region"])
    parts["expected_sign"].option(Sign)
    return Estimand(**{key: part.text() for key, part in parts.items()})


def read_words(place: Place, optional: Collection[str] = ()) -> Words:
    """Read words with their offsets, or refuse offsets that do not fit the words."""
    parts = place.mapping(("text", "start", "end", *optional), optional)
    words = Words(parts["text"].text(), parts["start"].whole(), parts["end"].whole())
    if words.start < 0 or words.end - words.start != len(words.text):
        message = f"the offsets {words.start} to {words.end} do not fit {len(words.text)} characters"
        raise parts["start"].refuse(message, "Count the characters of the document from 0; end is exclusive")
    return words


def _years(parts: Mapping[str, Place]) -> tuple[int, int]:
    first, last = _year(parts["first_year"]), _year(parts["last_year"])
    if first > last:
        raise parts["first_year"].refuse(f"first_year {first} lies after last_year {last}", "Swap them")
    return first, last


def _year(place: Place) -> int:
    year = place.whole()
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise place.refuse(f"{year} is no year between {FIRST_YEAR} and {LAST_YEAR}", "Write it with four digits")
    return year


def _scale(place: Place) -> float:
    scale = place.number()
    if scale <= 0.0:
        raise place.refuse(f"scale must be above zero, not {scale:g}", "It brings the printed unit to the variable's")
    return scale


def _said(place: Place) -> str | Words:
    return read_words(place) if isinstance(place.value, dict) else place.text()


_OBJECTS: Mapping[Kind, Any] = {
    "number": Printed, "benchmark": Benchmark, "trend": Trend, "rank": Rank, "effect": Estimand, "internal": Internal,
    "citation": Citation, "premise": Premise,
}  # fmt: skip
_READERS: Mapping[Kind, tuple[Callable[[Mapping[str, Place], Known], ListedCheck], tuple[str, ...]]] = {
    "number": (_number, ("base", "unit")), "benchmark": (_benchmark, ()), "trend": (_trend, ()),
    "rank": (_rank, ("share", "places")), "effect": (_effect, ()),
    "internal": (_internal, ("parts", "relation", "scale", "quantity")), "citation": (_citation, ()),
    "premise": (_premise, ("unstated",)),
}  # fmt: skip
