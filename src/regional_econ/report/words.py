"""What a reader reads, in one language: texts filled with results, names of things, numbers.

A text is a template. A number enters it only by the id of a result (`num`, `share`, `year`, `plural`) or, where it
is no result but a name (a year, a table of the paper, a confidence level), through `lit`. Any other number stops the
build (`templates`), so that no sentence can drift away from its data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from regional_econ._base.errors import TextError, UnknownNameError
from regional_econ._base.text import Catalogue, Lang, Text, format_number
from regional_econ.core.results import VERBATIM, ResultStore, Value
from regional_econ.report.runs import MARK_END, Line, marked, read_marks, unmarked
from regional_econ.report.templates import check_template, literal

NBSP = "\N{NO-BREAK SPACE}"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_.+×:|-]*")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_ABBREVIATION_AT_END = re.compile(rf"(?<!\.)\.({MARK_END}?)\.(?!\.)")
_UNNAMED_UNITS = ("", "count", "year")
_UNIT_OF_SUFFIX = {
    "_pct": "%", "_mln_rub": "mln_rub", "_bln_rub": "bln_rub", "_thousand": "thousand_persons",
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Everything that turns ids into the reader's language.

    Parameters
    ----------
    lang : "ru" or "en".
    catalogue : texts by id.
    numbers : result values by full id, ``<result id>.<key>``.
    labels : label by variable id.
    regions : name by region id.
    focal : id of the region the report is about.
    outcome : id of the variable the report is about.
    """

    lang: Lang
    catalogue: Catalogue
    numbers: Mapping[str, Value]
    labels: Mapping[str, Text]
    regions: Mapping[str, Text]
    focal: str = ""
    outcome: str = ""

    def text(self, key: str) -> str:
        """Return a text with its numbers and names filled in, as `line` does, without its runs."""
        return self.line(key).text

    def line(self, key: str, *, own: str = "") -> Line:
        """Return a text filled with numbers and names, each number a run of its own.

        Parameters
        ----------
        key : the text's id.
        own : the id of the result that the text calls ``own``.

        Raises
        ------
        TextError : a text that could print a number without a result, or one that cannot be filled.
        UnknownNameError : an unknown text, result, variable or region.
        """
        source = self.catalogue.get(key, self.lang)
        check_template(key, source, self.lang)
        if "{" not in source:
            return read_marks(tidied(source))
        try:
            filled = self._environment.from_string(source).render(focal=self.focal, outcome=self.outcome, own=own)
        except TemplateError as error:
            place = f"text {key}, {self.lang}"
            raise TextError(f"cannot fill the text: {error}", where=place, advice="Mend the text") from error
        return read_marks(tidied(filled))

    def name(self, value: str, *, prefix: str | None = None) -> str:
        """Return what a reader calls a variable, region, model, scenario or regression term.

        Parameters
        ----------
        value : an id; text ids are tried as ``<prefix>.<value>``, ``<value>``, ``report.name.<value>`` and
            ``report.label.<value>``.

        Raises
        ------
        TextError : a lower-case identifier that has no name in this language.
        """
        for known in (self.labels, self.regions):
            if value in known:
                return known[value].get(self.lang)
        for key in (f"{prefix}.{value}", value, f"report.name.{value}", f"report.label.{value}"):
            if key in self.catalogue.texts:
                return self.text(key)
        named = _VARIABLE.sub(self._label_or_same, value)
        if named == value and _IDENTIFIER.fullmatch(value):
            raise TextError(
                f"{value!r} has no name for the reader",
                where=self.lang,
                advice=f"Add {prefix or 'report.name'}.{value} to data/texts",
            )
        return named

    def value(self, full_id: str) -> Value:
        """Return a result by its full id.

        Raises
        ------
        UnknownNameError : there is none.
        """
        if full_id not in self.numbers:
            raise UnknownNameError.of("result", full_id, self.numbers)
        return self.numbers[full_id]

    def num(self, full_id: str, *, unit: bool = True, digits: int | None = None) -> str:
        """Return a result as this language writes it, with its unit unless told otherwise.

        A share is written as a percentage; a p-value or q-value is never printed as zero; words of the unit
        ``verbatim``, such as a title, stay as they are, other words are named.
        """
        found = self.value(full_id)
        if isinstance(found.value, bool):
            return self.text("report.yes" if found.value else "report.no")
        if isinstance(found.value, str):
            return found.value if found.unit == VERBATIM else self.name(found.value)
        if found.value is None:
            return self.text("report.not_available")
        places = found.digits if digits is None else digits
        if found.unit == "share":
            return self._share(float(found.value), max(0, places - 2))
        if full_id.endswith(("p_value", "q_value")) and 0 <= found.value < 0.5 * 10.0**-places:
            return "<" + NBSP + format_number(10.0**-places, places, self.lang)
        shown = format_number(found.value, places, self.lang)
        return self.with_unit(shown, found.unit) if unit else shown

    def with_unit(self, shown: str, unit: str) -> str:
        """Return a written number with the name of its unit."""
        if unit in _UNNAMED_UNITS:
            return shown
        key = f"report.unit.{unit}"
        if key not in self.catalogue.texts:
            raise TextError(f"unit {unit!r} has no name", where=self.lang, advice=f"Add {key} to report.yml")
        named = self.text(key)
        return shown + ("" if named.startswith("%") and self.lang == "en" else NBSP) + named

    def share(self, full_id: str, *, digits: int = 0) -> str:
        """Return a share or probability between 0 and 1 as a percentage; the ends are never rounded to certainty."""
        return self._share(self._float(full_id), digits)

    def year(self, full_id: str) -> str:
        """Return a year without digit groups."""
        return str(int(self._float(full_id)))

    def percent(self, share: float) -> str:
        """Return a confidence level or axis share as a whole percentage."""
        return self._percent(100 * share, 0)

    def tick(self, value: float) -> str:
        """Return the number of an axis tick: as many digits as it needs.

        >>> Words("ru", Catalogue({}, {}), {}, {}, {}).tick(2.5)
        '2,5'
        """
        rounded = float(f"{value:.6g}")
        digits = len(repr(rounded).partition(".")[2].rstrip("0")) if abs(rounded) < 1e6 else 0
        return format_number(rounded, min(digits, 6), self.lang)

    def axis(self, variable: str) -> str:
        """Return the label of a variable with the unit that its id carries, as an axis is titled."""
        named = self.name(variable)
        suffix = next((end for end in _UNIT_OF_SUFFIX if variable.endswith(end)), None)
        unit = self.text(f"report.unit.{_UNIT_OF_SUFFIX[suffix]}") if suffix else ""
        return named if not unit or named.endswith(unit) else f"{named}, {unit}"

    def label(self, variable: str) -> str:
        """Return the label of a variable."""
        return _known("variable", variable, self.labels).get(self.lang)

    def region(self, region: str) -> str:
        """Return the name of a region."""
        return _known("region", region, self.regions).get(self.lang)

    def plural(self, key: str, full_id: str) -> str:
        """Return a count with the word form that goes with it."""
        count = int(self._float(full_id))
        form = self.catalogue.plural(key, count, self.lang)
        check_template(key, form, self.lang)
        return f"{format_number(count, 0, self.lang)}{NBSP}{form}"

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        functions: dict[str, Callable[..., str]] = {
            "num": _marking(self.num), "share": _marking(self.share), "year": _marking(self.year),
            "plural": lambda key, full_id: _marking(partial(self.plural, key))(full_id),
            "label": _plain(self.label), "region": _plain(self.region), "lit": literal,
        }  # fmt: skip
        environment.globals.clear()
        environment.globals.update(functions)
        return environment

    def _float(self, full_id: str) -> float:
        value = self.value(full_id).value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TextError(f"result {full_id} is no number", advice="Use num() or choose another result")
        return float(value)

    def _share(self, value: float, digits: int) -> str:
        least = 10.0**-digits
        if 0 <= 100 * value < least / 2:
            return "<" + NBSP + self._percent(least, digits)
        if 100 - least / 2 < 100 * value <= 100:
            return ">" + NBSP + self._percent(100 - least, digits)
        return self._percent(100 * value, digits)

    def _percent(self, value: float, digits: int) -> str:
        return self.with_unit(format_number(value, digits, self.lang), "%")

    def _label_or_same(self, found: re.Match[str]) -> str:
        label = self.labels.get(found.group())
        return label.get(self.lang) if label else found.group()


def tidied(text: str) -> str:
    """Return a text without doubled full stops after abbreviations; dashes, % signs and "п. п." break no line.

    Examples
    --------
    >>> tidied("4 п. п.. Это 95 % — много").replace(NBSP, "_")
    '4 п._п. Это 95_%_— много'
    """
    return re.sub(r"(?<=\S) (?=[%—])|(?<=\bп\.) (?=п\.)", NBSP, _ABBREVIATION_AT_END.sub(r".\1", text))


def read_numbers(store: ResultStore) -> dict[str, Value]:
    """Return every value of a store by its full id; of two results that fit, the longer id wins."""
    numbers: dict[str, Value] = {}
    for result_id in sorted(store.ids(), key=len):
        numbers.update({f"{result_id}.{key}": value for key, value in store.read(result_id).values.items()})
    return numbers


def _marking(write: Callable[..., str]) -> Callable[..., str]:
    """Return a template function that marks the number it writes; its id may be built from other numbers."""

    def write_marked(full_id: str, **options: bool | int) -> str:
        plain = unmarked(full_id)
        return marked(write(plain, **options), plain)

    return write_marked


def _plain(name: Callable[..., str]) -> Callable[..., str]:
    """Return a template function that neither takes nor gives marks."""
    return lambda thing: unmarked(name(unmarked(thing)))


def _known(kind: str, name: str, known: Mapping[str, Text]) -> Text:
    if name not in known:
        raise UnknownNameError.of(kind, name, known)
    return known[name]
