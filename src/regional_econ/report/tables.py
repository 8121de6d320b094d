"""Several regressions side by side, as journals print them, and in the format that the journal wants."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from maketables import MTable

from regional_econ._base.errors import OptionError
from regional_econ._base.files import write_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ._base.text import MINUS, THIN_SPACE, Catalogue, Lang, Text, format_number
from regional_econ.core.estimate import Estimate
from regional_econ.report.words import NBSP

_FOOT = ("n_obs", "n_regions", "r2")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_DRAWN_ID = re.compile(r'<div id="([a-z]+)"')  # the table library draws one at random
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", MINUS: "$-$", NBSP: "~", THIN_SPACE: r"\,",
})  # fmt: skip
_MARKUP = "\\[]#*<>_$`@~/=-+'\"{}"  # what Typst could read as markup; hidden from the table library, then escaped
_HIDDEN = str.maketrans({sign: chr(0xE100 + place) for place, sign in enumerate(_MARKUP)})
_ESCAPED = str.maketrans({chr(0xE100 + place): f"\\{sign}" for place, sign in enumerate(_MARKUP)})
_NO_PROPERTIES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties '
    b'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_SAME_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class RegressionTable:
    """A table of estimates in words; every format of it is the same bytes for the same estimates.

    Parameters
    ----------
    frame : texts, a column a model, indexed (term, statistic).
    note : what stands under the table.
    """

    frame: pd.DataFrame
    note: str

    def to_frame(self) -> pd.DataFrame:
        """Return the texts as a frame, indexed (term, statistic), for everything that pandas can write."""
        return self.frame.copy()

    def to_html(self) -> str:
        """Return a table element with its styles, to stand in any page; every text in it is escaped."""
        made = str(MTable(self._stacked().droplevel(0), notes=self.note).make("html"))
        drawn = _DRAWN_ID.search(made)
        name = hashlib.sha256(self.frame.to_csv().encode("utf-8")).hexdigest()[:8]
        return re.sub(rf"\b{drawn[1]}\b", f"etable-{name}", made) if drawn else made

    def to_latex(self) -> str:
        """Return LaTeX; the document loads booktabs, threeparttable and makecell."""
        return str(self._translated(_LATEX)._printed().make("tex", tex_style={"tab_width": None}))

    def to_typst(self) -> str:
        """Return Typst markup, a call of `table`."""
        return str(self._translated(_HIDDEN)._printed().make("typst")).translate(_ESCAPED)

    def to_docx(self, path: Path) -> Path:
        """Write a Word document that holds the table, without author and time, and return its path."""
        whole, bare = io.BytesIO(), io.BytesIO()
        document: Any = self._printed().make("docx")
        document.save(whole)
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                content = _NO_PROPERTIES if name == "docProps/core.xml" else source.read(name)
                target.writestr(zipfile.ZipInfo(name, _SAME_DAY), content, zipfile.ZIP_DEFLATED)
        write_bytes(path, bare.getvalue())
        return path

    def __str__(self) -> str:
        terms = [term if statistic != "std_error" else "" for term, statistic in self.frame.index]
        return f"{self.frame.set_axis(terms).to_string()}\n\n{self.note}"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _translated(self, signs: Mapping[int, str]) -> RegressionTable:
        index = pd.MultiIndex.from_tuples([(term.translate(signs), kind) for term, kind in self.frame.index])
        heads = [str(head).translate(signs) for head in self.frame.columns]
        frame = self.frame.map(lambda text: text.translate(signs)).set_axis(index).set_axis(heads, axis=1)
        return replace(self, frame=frame, note=self.note.translate(signs))

    def _printed(self) -> MTable:
        return MTable(self._stacked(), notes=self.note, rgroup_sep="t", rgroup_display=False)

    def _stacked(self) -> pd.DataFrame:
        """Each standard error under its estimate in one cell; coefficients and foot are two groups of rows."""
        kinds = self.frame.index.get_level_values(1)
        estimates, errors = (self.frame[kinds == kind].droplevel(1) for kind in ("estimate", "std_error"))
        cells = (estimates + "\n" + errors).apply(lambda column: column.str.strip())
        foot = self.frame[kinds == ""].droplevel(1)
        stacked: pd.DataFrame = pd.concat({"terms": cells, "foot": foot})
        return stacked


def etable(
    estimates: Estimate | Sequence[Estimate],
    *,
    names: Sequence[str] | None = None,
    digits: int = 3,
    labels: Mapping[str, Text] | None = None,
    lang: Lang = "en",
) -> RegressionTable:
    """Return a table of estimates: a column a model, and under each coefficient its standard error.

    There are no stars: the standard error says more.

    Parameters
    ----------
    estimates : one estimate or several.
    names : heads of the columns; numbered by default.
    digits : decimals of coefficients and standard errors.
    labels : label by variable id; ids stand for variables that have none.
    lang : "en" or "ru".

    Returns
    -------
    A table that prints itself and gives `to_frame`, `to_html`, `to_latex`, `to_docx` and `to_typst`; terms keep the
    order in which they first appear.

    Raises
    ------
    OptionError : no estimates, not one name of its own for each, negative digits or another language.

    Examples
    --------
    >>> from regional_econ.core.estimate import Spec
    >>> b = pd.Series({"x": 0.5})
    >>> v = pd.DataFrame(0.04, index=b.index, columns=b.index)
    >>> one = Estimate(b, v, Spec("y ~ x", "pooled", "none", "iid"), "", {"n_obs": 20})
    >>> etable(one).to_frame()["(1)"].tolist()
    ['0.500', '(0.200)', '20', 'none', 'iid']
    """
    models = [estimates] if isinstance(estimates, Estimate) else list(estimates)
    heads = [f"({number})" for number in range(1, len(models) + 1)] if names is None else list(names)
    _check(models, heads, digits, lang)
    terms = list(dict.fromkeys(term for model in models for term in model.tidy()["term"]))
    texts = Catalogue.load([data_dir() / "texts" / "tables.yml"])
    rows: list[tuple[str, str, list[str]]] = []
    for term in terms:
        for part in ("estimate", "std_error"):
            rows.append(
                (_named(term, labels or {}, lang), part, [_cell(one, term, part, digits, lang) for one in models])
            )
    for key in _FOOT:
        if any(key in model.diagnostics for model in models):
            rows.append(
                (texts.get(f"table.{key}", lang), "", [_foot(one.diagnostics.get(key), lang) for one in models])
            )
    rows.append((texts.get("table.effects", lang), "", [_effects(one.spec.effects, texts, lang) for one in models]))
    rows.append((texts.get("table.errors", lang), "", [one.spec.inference for one in models]))
    index = pd.MultiIndex.from_tuples([row[:2] for row in rows], names=["term", "statistic"])
    frame = pd.DataFrame([row[2] for row in rows], index=index, columns=heads)
    return RegressionTable(frame, texts.get("table.note", lang))


def _check(models: Sequence[Estimate], heads: Sequence[str], digits: int, lang: str) -> None:
    check_option("lang", lang, Lang)
    if not models:
        raise OptionError("there are no estimates", advice="Give at least one")
    if len(heads) != len(models) or len(set(heads)) != len(heads):
        advice = f"Give {len(models)} names that differ"
        raise OptionError(f"{len(heads)} names, {len(set(heads))} of them different", where="names", advice=advice)
    if digits < 0:
        raise OptionError(f"digits cannot be {digits}", advice="Give 0 or more")


def _named(term: str, labels: Mapping[str, Text], lang: Lang) -> str:
    return _VARIABLE.sub(lambda found: labels[found[0]].get(lang) if found[0] in labels else found[0], term)


def _cell(model: Estimate, term: str, column: str, digits: int, lang: Lang) -> str:
    tidy = model.tidy()
    found = tidy.loc[tidy["term"] == term, column].to_numpy(float)
    if not found.size:
        return ""
    shown = format_number(float(found[0]), digits, lang)
    return f"({shown})" if column == "std_error" else shown


def _foot(value: float | int | str | None, lang: Lang) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return format_number(value, 3 if isinstance(value, float) and not value.is_integer() else 0, lang)


def _effects(effects: str, texts: Catalogue, lang: Lang) -> str:
    key = f"table.effects.{effects}"
    return texts.get(key, lang) if key in texts.texts else effects
