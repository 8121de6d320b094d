"""Texts in Russian and English: both halves or none, plurals, and numbers as each language writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from regional_econ._base.errors import TextError, UnknownNameError

Lang = Literal["ru", "en"]
LANGS: tuple[Lang, ...] = ("ru", "en")
MINUS = "\N{MINUS SIGN}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
_UNFINISHED = re.compile(r"\b(TODO|FIXME|TBD|XXX)\b")
_CYRILLIC = re.compile("[А-яЁё]")
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_PLURALS: Mapping[Lang, tuple[str, ...]] = {"ru": ("one", "few", "many"), "en": ("one", "other")}


@dataclass(frozen=True)
class Text:
    """One text in both languages.

    >>> Text("доля", "share").get("en")
    'share'
    """

    ru: str
    en: str

    def get(self, lang: Lang) -> str:
        """Return the half in a language."""
        return self.ru if lang == "ru" else self.en


@dataclass(frozen=True)
class Catalogue:
    """Texts by id.

    ``texts`` holds plain texts, ``plurals`` holds for each id and language the word by plural form.
    """

    texts: Mapping[str, Text]
    plurals: Mapping[str, Mapping[Lang, Mapping[str, str]]]

    @classmethod
    def load(cls, paths: Iterable[Path]) -> Catalogue:
        """Read YAML files of the shape ``id: {ru: …, en: …}`` and merge them.

        Raises
        ------
        TextError : a file that is no mapping, a missing or untranslated half, an unknown key, an id that stands twice.
        """
        texts: dict[str, Text] = {}
        plurals: dict[str, Mapping[Lang, Mapping[str, str]]] = {}
        for path in paths:
            try:
                loader = yaml.CSafeLoader(path.read_text(encoding="utf-8"))
                node = loader.get_single_node()
                entries = (loader.construct_document(node) if node is not None else None) or {}
            except yaml.YAMLError as error:
                raise TextError(f"not valid YAML: {error}", where=path.name, advice="Mend that line") from error
            written = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
            if not isinstance(entries, dict):
                raise TextError("the file holds no texts by id", where=path.name, advice="Write id: {ru: …, en: …}")
            for key in {key for key in written if written.count(key) > 1}:
                raise TextError(f"text id {key!r} stands twice", where=path.name, advice="Rename one of them")
            for key, halves in entries.items():
                if key in texts or key in plurals:
                    raise TextError(f"text id {key!r} stands twice", where=path.name, advice="Rename one of them")
                _check_halves(key, halves, path)
                if isinstance(halves["ru"], str):
                    texts[key] = Text(halves["ru"].strip(), halves["en"].strip())
                else:
                    plurals[key] = {lang: dict(halves[lang]) for lang in LANGS}
        return cls(texts, plurals)

    def get(self, key: str, lang: Lang) -> str:
        """Return a text by id.

        Raises
        ------
        UnknownNameError : no such id.
        """
        if key not in self.texts:
            raise UnknownNameError.of("text id", key, self.texts)
        return self.texts[key].get(lang)

    def plural(self, key: str, count: int, lang: Lang) -> str:
        """Return the word form that goes with a count."""
        if key not in self.plurals:
            raise UnknownNameError.of("plural id", key, self.plurals)
        return self.plurals[key][lang][plural_form(count, lang)]


def plural_form(count: int, lang: Lang) -> str:
    """Return the CLDR plural category of a whole number.

    >>> [plural_form(n, "ru") for n in (1, 2, 5, 11, 21, 22)]
    ['one', 'few', 'many', 'many', 'one', 'few']
    """
    if lang == "en":
        return "one" if abs(count) == 1 else "other"
    tens, ones = abs(count) % 100, abs(count) % 10
    if ones == 1 and tens != 11:
        return "one"
    if 2 <= ones <= 4 and not 12 <= tens <= 14:
        return "few"
    return "many"


def format_number(value: float, digits: int, lang: Lang) -> str:
    """Write a number as a language does: decimal comma and thin spaces in Russian, point and comma in English.

    >>> format_number(-2188.84, 1, "en")
    '\u22122,188.8'
    >>> format_number(2188.84, 1, "ru").replace("\u202f", "_")
    '2_188,8'
    """
    plain = f"{abs(value):,.{digits}f}"
    sign = MINUS if value < 0 and plain.strip("0.,") else ""
    if lang == "ru":
        plain = plain.replace(",", THIN_SPACE).replace(".", ",")
        if abs(value) < 10_000 and digits == 0:
            plain = plain.replace(THIN_SPACE, "")
    elif abs(value) < 10_000 and digits == 0:
        plain = plain.replace(",", "")
    return sign + plain


def _check_halves(key: str, halves: object, path: Path) -> None:
    if not isinstance(halves, dict) or set(halves) - set(LANGS):
        raise TextError(f"text {key!r} must hold exactly ru and en", where=path.name, advice="Write both halves")
    for lang in LANGS:
        half = halves.get(lang)
        forms = list(half.values()) if isinstance(half, dict) else [half]
        if not forms or not all(isinstance(form, str) and form.strip() for form in forms):
            raise TextError(f"text {key!r} lacks its {lang} half", where=path.name, advice="Translate it")
        if any(_UNFINISHED.search(str(form)) for form in forms):
            raise TextError(f"text {key!r} is not finished in {lang}", where=path.name, advice="Translate it")
        if isinstance(half, dict) and set(half) != set(_PLURALS[lang]):
            wanted = ", ".join(_PLURALS[lang])
            raise TextError(f"plural {key!r} in {lang} needs the forms {wanted}", where=path.name, advice="Add them")
    if isinstance(halves["ru"], dict) != isinstance(halves["en"], dict):
        raise TextError(f"text {key!r} is plural in one language only", where=path.name, advice="Use one shape")
    if all(_CYRILLIC.search(_BRACES.sub("", str(halves[lang]))) for lang in LANGS):
        raise TextError(f"the en half of text {key!r} has Russian words", where=path.name, advice="Translate it")
