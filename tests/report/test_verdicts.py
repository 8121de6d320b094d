"""A verdict's card: numbers, places and words of its trace as the reader's language writes them."""

from __future__ import annotations

from typing import Any

import pytest
import report_sample as sample

from regional_econ._base.text import Lang
from regional_econ.core.results import VERBATIM, Value
from regional_econ.data.editions import load_editions
from regional_econ.report.build import load_catalogue
from regional_econ.report.verdicts import verdict_card
from regional_econ.report.words import Words


def shown(value: str, lang: Lang) -> str:
    """What a card shows of a value in a trace."""
    claim: dict[str, Any] = sample.claim("C06")
    claim["verdict"] |= {
        "gap": None,
        "rule_trace": [{"criterion": "sign_share", "value": value, "threshold": None, "met": True}],
    }
    numbers = {"referee.C06.trace.1.value": Value(value, VERBATIM)}
    words = Words(lang, load_catalogue(), numbers, sample.LABELS, sample.REGIONS)
    return verdict_card(claim, words).reasons[0].value.text


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [
        ("[-5.30246; -5.29528]", "[−5,30246; −5,29528]", "[−5.30246; −5.29528]"),
        ("41.5–55", "41,5–55", "41.5–55"),
        ("2010–2021", "2010–2021", "2010–2021"),
        ("< 0", "< 0", "< 0"),
        ("“закон”, “стратегия”", "«закон», «стратегия»", "“закон”, “стратегия”"),
        (
            "yearbook-2024, source_notes: line 32",
            "«Регионы России» 2024 года, Примечания к источникам, строка текста 32",
            "Regions of Russia 2024, Notes on the sources, line 32",
        ),
        (
            "yearbook-2023, yearbook_2023_02: 2.3.!Q90",
            "«Регионы России» 2023 года, Труд, лист 2.3., ячейка Q90",
            "Regions of Russia 2023, Labour, sheet 2.3., cell Q90",
        ),
    ],
)
def test_a_value_is_written_as_the_language_does(value: str, ru: str, en: str) -> None:
    assert (shown(value, "ru"), shown(value, "en")) == (ru, en)


def test_every_edition_has_its_words() -> None:
    texts = {
        key.removeprefix("referee.edition.") for key in load_catalogue().texts if key.startswith("referee.edition.")
    }
    assert texts == set(load_editions())
