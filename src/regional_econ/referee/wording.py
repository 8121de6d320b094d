"""The words of the verdicts where no page is laid out: on the command line and in the files for other programs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue, Lang

FILES = ("referee.yml", "report.yml")
_LITERAL = re.compile(r"\{\{ lit\('(.*?)'\) \}\}")


@dataclass(frozen=True)
class Wording:
    """Texts of the room and the names of labels and certainties."""

    catalogue: Catalogue

    @classmethod
    def load(cls) -> Wording:
        """Read the texts."""
        return cls(Catalogue.load([data_dir() / "texts" / name for name in FILES]))

    def text(self, key: str, lang: Lang, default: str | None = None) -> str:
        """Return a text by id, literal numbers filled in.

        Raises
        ------
        UnknownNameError : no such id, and no default.
        """
        if default is not None and key not in self.catalogue.texts:
            return default
        return _LITERAL.sub(r"\1", self.catalogue.get(key, lang))
