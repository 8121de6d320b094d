"""Every number of a page or an answer with its three marks: doubt (interval or error), grade, prior share.

A number that comes from draws has a Monte Carlo error in its result. Beside it must stand an interval or that error,
and in its row, its card or the caption a grade and a prior share. Every other number must be one of those that a page
says are declared, chosen or official; one that is neither fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from regional_econ._base.text import Catalogue
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    CardBlock,
    Cell,
    FigureBlock,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)

LANGS = ("ru", "en")
_CALL = re.compile(r"(?:num|share|year)\((own ~ )?'([^']+)'")
_OF_INTERVAL = re.compile(r"[._](?:p05|p10|p50|p90|p95|lo80|hi80|lo95|hi95|low|high)$")
_OF_DOUBT = re.compile(r"\.(?:error|std_error|sd)$")
_OF_MARKS = re.compile(r"(?:^|[._])(?:grade|prior_share(?:_low|_high)?)$")


class Marked:
    """The numbers of one page; ``fixed`` are patterns (whole ids) of those that have no draws behind them."""

    def __init__(self, results: Iterable[Result], texts: Catalogue, fixed: Iterable[str]) -> None:
        self.values: Mapping[str, Value] = {f"{r.id}.{key}": v for r in results for key, v in r.values.items()}
        self.texts = texts
        self.fixed = re.compile("|".join(f"(?:{pattern})" for pattern in fixed))
        self.drawn: set[str] = set()

    def check(self, section: Section, *, stated: str | None = None) -> int:
        """Return how many numbers from draws were seen; ``stated``: the result that bounds the errors of sentences."""
        for block in section.blocks:
            match block:
                case TableBlock():
                    self._table(block)
                case CardBlock():
                    self._card(block)
                case Paragraph(text):
                    self._sentences(text, stated)
                case FigureBlock():
                    self._figure(block)
        return len(self.drawn)

    def _table(self, block: TableBlock) -> None:
        caption = set(self._named(block.caption))
        for row in block.rows:
            around = {*(one for cell in row for one in self._of(cell)), *caption}
            grades = any(isinstance(one, Verbatim) and one.text in ("A", "B", "C") for one in leaves(row))
            for cell in row:
                own = self._of(cell)
                for one in own:
                    if self._comes_from_draws(one, f"table {block.id}"):
                        assert self._doubted(one, own), f"{block.id}: {one} has neither interval nor error in its cell"
                        assert self._marks(around, grades) or self._unmoved(row), f"{block.id}: {one} has no marks"

    def _card(self, block: CardBlock) -> None:
        own = [one for _, cell in (*block.facts, *block.more) for one in self._of(cell)]
        labels = {label for label, _ in block.facts}
        for label, cell in (*block.facts, *block.more):
            beside = self._of(cell)
            for one in beside:
                if self._comes_from_draws(one, f"card {block.id}"):
                    assert self._doubted(one, beside), f"card {block.id}: {one} has neither interval nor error"
                    assert "levers.fact.grade" in labels, f"card {block.id} says no grade"
                    prior = any(_OF_MARKS.search(two) for two in own) or any(
                        isinstance(leaf, TextRef) and leaf.id == "levers.effect.prior" for leaf in leaves([cell])
                    )
                    assert prior, f"card {block.id}: {one} has no prior share ({label})"

    def _sentences(self, text: str, stated: str | None) -> None:
        beside = self._named(text)
        for one in beside:
            if self._comes_from_draws(one, f"text {text}") and not self._doubted(one, beside):
                assert stated is not None, f"{text}: {one} has neither interval nor error"
                error = self.values[f"{one}.error"].value
                limit = self.values[stated].value
                assert isinstance(error, float)
                assert isinstance(limit, float)
                assert error <= limit * (1.0 + 1e-12), f"{text}: the error of {one} is more than what {stated} says"

    def _figure(self, block: FigureBlock) -> None:
        for one in self._named(block.caption):
            self._comes_from_draws(one, f"caption {block.caption}")
        if "grade" not in block.data:
            assert block.id.startswith("policy_history."), f"the file of {block.id} has no grade"
            return
        assert {"grade", "prior_share"} <= set(block.data), f"the file of {block.id} has no prior share"
        doubt = {"lo80", "low", "conf_low", "conf_low80", "low_error95"}
        assert doubt & set(block.data), f"the file of {block.id} has neither interval nor error"

    def _comes_from_draws(self, one: str, where: str) -> bool:
        value = self.values[one]
        if self.fixed.fullmatch(one):
            return False
        if value.mc_error is not None and not one.endswith("error"):
            self.drawn.add(one)
            return True
        known = isinstance(value.value, str) or value.value is None or _OF_DOUBT.search(one) or _OF_MARKS.search(one)
        assert known, f"{where}: {one} has no error and is not known to be declared, chosen or official"
        return False

    @staticmethod
    def _doubted(one: str, beside: Iterable[str]) -> bool:
        if _OF_INTERVAL.search(one):
            stem = _OF_INTERVAL.sub("", one)
            return any(two != one and _OF_INTERVAL.sub("", two) == stem for two in beside)
        others = set(beside)
        ends = {f"{one}.low", f"{one}.high"} <= others or {f"{one}_low", f"{one}_high"} <= others
        return ends or f"{one}.error" in others or f"{one}.std_error" in others

    @staticmethod
    def _marks(around: Iterable[str], grades: bool) -> bool:
        found = {match.group(0).strip("._") for one in around if (match := _OF_MARKS.search(one))}
        return "prior_share" in found and (grades or "grade" in found)

    def _unmoved(self, row: tuple[Cell, ...]) -> bool:
        """Whether the row says by a dash that no measure acts in it, so that there is nothing to grade."""
        return row[-1] == Verbatim("–")

    def _of(self, cell: Cell) -> list[str]:
        found: list[str] = []
        for leaf in leaves([cell]):
            if isinstance(leaf, NumberRef):
                found.append(leaf.id)
            elif isinstance(leaf, TextRef):
                found += self._named(leaf.id, leaf.own)
        return found

    def _named(self, text: str, own: str = "") -> list[str]:
        calls = [{(bool(a), b) for a, b in _CALL.findall(self.texts.get(text, lang))} for lang in LANGS]
        assert calls[0] == calls[1], f"{text} names other numbers in Russian than in English"
        return sorted(f"{own}{name}" if to_own else name for to_own, name in calls[0])


def leaves(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Return all cells, those of stacks one by one."""
    for cell in cells:
        if isinstance(cell, Stack):
            yield from leaves(cell.cells)
        else:
            yield cell


def unmarked(data: object, fixed: Iterable[str]) -> list[str]:
    """Return where an answer in JSON holds a number without its error or interval, or without grade and prior share.

    Parameters
    ----------
    fixed : patterns of the keys that have no draws behind them.
    """
    known = re.compile("|".join(f"(?:{pattern})" for pattern in fixed))
    return [where for where, why in _numbers(data, "", known, frozenset(), False) if why]


def _numbers(
    node: object, where: str, known: re.Pattern[str], marks: frozenset[str], doubted: bool
) -> Iterator[tuple[str, bool]]:
    if isinstance(node, dict):
        marks = marks | (node.keys() & {"grade", "prior_share"})
        for key, part in node.items():
            own = doubted or _beside(str(key), node)
            yield from _numbers(part, f"{where}.{key}", known, marks, own)
    elif isinstance(node, list):
        for part in node:
            yield from _numbers(part, f"{where}[]", known, marks, doubted)
    elif isinstance(node, float | int) and not isinstance(node, bool):
        key = where.rpartition(".")[2]
        if not (
            known.fullmatch(where.lstrip("."))
            or "mc_error" in where
            or key.endswith("_error")
            or key in ("grade", "prior_share")
        ):
            ungraded = key.endswith("without")  # of the forecast without measures, in which nothing is to be graded
            yield f"{where}: doubt {doubted}, marks {sorted(marks)}", not doubted or (len(marks) < 2 and not ungraded)


def _beside(key: str, node: Mapping[str, object]) -> bool:
    """Whether a key has its error beside it, or is one of the ends of an interval."""
    if f"{key}_mc_error" in node or f"{key}_error" in node:
        return True
    bands = {"lo50", "hi50", "lo80", "hi80", "lo95", "hi95"}
    return "mc_error" in node and key in (bands | {"p50", "share", "value"})
