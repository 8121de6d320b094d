"""What the page says of the declaration: every option, measure and covariate with its reason, limits, exclusions."""

from __future__ import annotations

from collections.abc import Sequence

from regional_econ._base.text import Text
from regional_econ.causal.axes import Limit
from regional_econ.causal.declaration import Multiverse
from regional_econ.core.results import Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    NumberRef,
    Paragraph,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)

RESULT_ID = "causal.multiverse"
_TEXTS = {"weights": "weight"}


def terms_blocks(multiverse: Multiverse, result_id: str, table: str) -> tuple[Block, ...]:
    """Return the tables of what a declaration beside the first one says itself: terms, limits and exclusions.

    Parameters
    ----------
    multiverse : the declaration.
    result_id : of the result that holds its :func:`values`.
    table : what the ids of the tables begin with.
    """
    return (
        _table("terms", ("driver", "role", "term", "reason"), _terms(multiverse), table),
        _table("limits", ("option", "only", "max_covariates", "reason"), _limits(multiverse, result_id), table),
        _table("exclusions", ("excluded", "reason"), _exclusions(multiverse), table),
    )


def values(multiverse: Multiverse) -> dict[str, Value]:
    """Return what the tables show of the declaration as numbers: ``max_covariates.<option>`` of each limit on them."""
    return {
        f"max_covariates.{limit.option}": Value(limit.max_covariates, digits=0)
        for limit in multiverse.admissible
        if limit.max_covariates is not None
    }


def blocks(multiverse: Multiverse) -> tuple[Block, ...]:
    """Return the paragraph and tables of reasons, in the order of the declaration."""
    return (
        Paragraph("causal.declared.text"),
        _table("options", ("axis", "option", "reason"), _options(multiverse), "causal.declared"),
        *terms_blocks(multiverse, RESULT_ID, "causal.declared"),
    )


def _options(multiverse: Multiverse) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for key, reason in multiverse.reasons.items():
        axis, _, option = key.partition(".")
        rows.append((TextRef(f"causal.choice.{axis}"), _option(axis, option), _both(reason)))
    return rows


def _terms(multiverse: Multiverse) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for driver in multiverse.drivers.values():
        for role, terms, names in (("measure", driver.measures, "measure"), ("covariate", driver.covariates, "term")):
            for term, reason in terms.items():
                name = TextRef(f"causal.{names}.{term}")
                rows.append((TextRef(f"causal.term.{driver.id}"), TextRef(f"causal.role.{role}"), name, _both(reason)))
    return rows


def _limits(multiverse: Multiverse, result_id: str) -> list[tuple[Cell, ...]]:
    return [
        (_option(limit.axis, limit.option), _only(limit), _most(limit, result_id), _both(limit.reason))
        for limit in multiverse.admissible
    ]


def _exclusions(multiverse: Multiverse) -> list[tuple[Cell, ...]]:
    return [(_both(one.what), _both(one.reason)) for one in multiverse.exclusions.values()]


def _only(limit: Limit) -> Stack:
    return Stack(tuple(_option(axis, option) for axis, options in limit.only.items() for option in options))


def _most(limit: Limit, result_id: str) -> Cell:
    if limit.max_covariates is None:
        return Verbatim("—")
    return NumberRef(f"{result_id}.max_covariates.{limit.option}")


def _option(axis: str, option: str) -> TextRef:
    return TextRef(f"causal.{_TEXTS.get(axis, axis)}.{option}")


def _both(text: Text) -> Bilingual:
    return Bilingual(text.ru, text.en)


def _table(part: str, keys: Sequence[str], rows: list[tuple[Cell, ...]], table: str) -> TableBlock:
    widths = {"reason": 4.0, "axis": 1.2, "role": 1.0, "max_covariates": 1.0}
    columns = tuple(
        Column(
            key, f"causal.column.{key}", "right" if key == "max_covariates" else "left", widths.get(key, 1.8)
        )
        for key in keys
    )  # fmt: skip
    return TableBlock(f"{table}.{part}", f"{table}.{part}.caption", columns, tuple(rows))
