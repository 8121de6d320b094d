"""Explorers as the site has them: the data in parts, their scripts, and the words that these scripts say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import altair as alt

from regional_econ._base.text import Lang
from regional_econ.core.explorer import Explorer, text_prefix
from regional_econ.report.assets import versioned
from regional_econ.report.charts.style import ACCENT, HUE, INK, MUTED, PAPER, RULE, SERIES, SHADES, styled
from regional_econ.report.design import themed
from regional_econ.report.numbers import deflated, script_json
from regional_econ.report.words import Words

CALLBACK = "regionalEcon.part"
_COMMON = "explorer.common"


@dataclass(frozen=True)
class ExplorerPage:
    """One explorer as its page in one language refers to it.

    Parameters
    ----------
    id, section : as in `core.explorer.Explorer`.
    title, lead, card : what the page is called, its first paragraph, and what the start page says of it.
    scripts : addresses of its scripts, the common one first.
    words : JSON for its script: addresses of the parts, texts, plurals, names, colours, style of charts.
    """

    id: str
    section: str
    title: str
    lead: str
    card: str
    scripts: tuple[str, ...]
    words: str


def explorer_files(explorers: Sequence[Explorer], folder: Path) -> dict[str, bytes]:
    """Return the scripts and the data of explorers by their path inside the report, for all languages.

    Parameters
    ----------
    explorers : in the order of the site.
    folder : sources of the site, with ``explore.js`` and ``explorers/<id>….js``.
    """
    if not explorers:
        return {}
    files = {"assets/explore.js": (folder / "explore.js").read_bytes()}
    for explorer in explorers:
        files |= {f"assets/{path.name}": path.read_bytes() for path in _own_scripts(explorer, folder)}
        files |= {_part_path(explorer, name): _part(explorer, name) for name in explorer.parts}
    return files


def explorer_page(explorer: Explorer, words: Words, files: Mapping[str, bytes], folder: Path) -> ExplorerPage:
    """Return an explorer in the reader's language.

    Parameters
    ----------
    explorer : what is shown.
    words : texts and names of the language.
    files : from `explorer_files`.
    folder : sources of the site.

    Raises
    ------
    UnknownNameError, TextError : a text or a name that is missing.
    """

    def address(path: str) -> str:
        return versioned(path, files[path])

    scripts = ("assets/explore.js", *(f"assets/{path.name}" for path in _own_scripts(explorer, folder)))
    home = f"explorers/{explorer.home}/"
    prefixes = dict.fromkeys((_COMMON, text_prefix(explorer.home), explorer.prefix))
    told = {
        "id": explorer.home,
        "parts": {Path(path).stem: address(path) for path in files if path.startswith(home)},
        "texts": {key: text for prefix in prefixes for key, text in _texts(prefix, words).items()},
        "plurals": {key: forms for prefix in prefixes for key, forms in _plurals(prefix, words).items()},
        "names": {label: words.name(label) for label in explorer.labels},
        "colours": _colours(),
        "style": _style(words.lang),
    }
    title, lead, card = (words.text(f"{explorer.prefix}.{name}") for name in ("title", "lead", "card"))
    return ExplorerPage(
        explorer.id,
        explorer.section,
        title,
        lead,
        card,
        scripts=tuple(map(address, scripts)),
        words=themed(script_json(told)),
    )


def _own_scripts(explorer: Explorer, folder: Path) -> list[Path]:
    """The scripts of an explorer, in the order of their names: ``explore_x.js`` comes after ``explore_x.model.js``."""
    kept = folder / "explorers"
    return [*sorted(kept.glob(f"{explorer.home}.*.js")), kept / f"{explorer.id}.js"]


def _part_path(explorer: Explorer, name: str) -> str:
    return f"explorers/{explorer.id}/{name}.js"


def _part(explorer: Explorer, name: str) -> bytes:
    """A part as a classic script, which a page on a disk may load; deflated, since browsers can inflate."""
    content = script_json(deflated(script_json(explorer.parts[name])))
    return f"{CALLBACK}({script_json(explorer.id)},{script_json(name)},{content});\n".encode()


def _texts(prefix: str, words: Words) -> dict[str, str]:
    own = f"{prefix}."
    return {key.removeprefix(own): words.text(key) for key in words.catalogue.texts if key.startswith(own)}


def _plurals(prefix: str, words: Words) -> dict[str, Mapping[str, str]]:
    own = f"{prefix}."
    found = words.catalogue.plurals
    return {key.removeprefix(own): found[key][words.lang] for key in found if key.startswith(own)}


def _colours() -> dict[str, object]:
    plain = {"paper": PAPER, "ink": INK, "muted": MUTED, "rule": RULE, "hue": HUE, "accent": ACCENT}
    return {**plain, "series": list(SERIES), "shades": list(SHADES)}


def _style(lang: Lang) -> object:
    """The configuration of the house's charts, for those that a script draws."""
    empty = alt.LayerChart(layer=[alt.Chart(alt.InlineData(values=[])).mark_point()])
    return styled(empty, lang).to_dict(validate=False)["config"]
