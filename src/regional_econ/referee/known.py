"""Which ids may stand with a claim? Those of the data, and those that the report has words for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ._base.yaml_lines import Place

_WORDS = ("proxy", "unit", "link")


@dataclass(frozen=True)
class Known:
    """Ids that may stand with a claim; None where they are not looked up.

    ``words`` are the ids that have a text, by kind: what a proxy does not measure, printed units, links that lack.
    """

    variables: Collection[str] | None = None
    regions: Collection[str] | None = None
    needs: Collection[str] | None = None
    words: Mapping[str, Collection[str]] | None = None

    def variable(self, place: Place) -> str:
        """Return the id of a variable, or refuse an unknown one."""
        return _known("variable", place, self.variables)

    def missing(self, place: Place) -> str:
        """Return the id of missing evidence, or refuse an unknown one."""
        return _known("missing evidence", place, self.needs)

    def word(self, kind: str, place: Place) -> str:
        """Return an id that has a text of its kind (proxy, unit, link), or refuse one that has none."""
        return _known(kind, place, None if self.words is None else self.words[kind])

    def region(self, place: Place, also: Collection[str] = ()) -> str:
        """Return the id of a region or one of ``also``, or refuse an unknown one."""
        if place.text() in also or self.regions is None:
            return place.text()
        return _known("group or region" if len(also) > 1 else "region", place, (*also, *self.regions))


def known_words() -> dict[str, frozenset[str]]:
    """Return the ids that have a text, by kind: ``referee.<kind>.<id>`` in ``data/texts/referee.yml``.

    >>> "extracted_text" in known_words()["proxy"]
    True
    """
    texts = Catalogue.load([data_dir() / "texts" / "referee.yml"]).texts
    return {
        kind: frozenset(key.removeprefix(f"referee.{kind}.") for key in texts if key.startswith(f"referee.{kind}."))
        for kind in _WORDS
    }


def _known(what: str, place: Place, known: Collection[str] | None) -> str:
    name = place.text()
    if known is not None and name not in known:
        raise place.unknown(what, name, known)
    return name
