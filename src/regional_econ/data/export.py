"""The panel as a file for other programs: CSV, Excel, Stata and Parquet, with labels where the format has room."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from regional_econ._base.csv_cells import no_formulas
from regional_econ._base.errors import DataError
from regional_econ._base.files import atomic_path
from regional_econ._base.options import check_option
from regional_econ._base.text import Lang
from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import load_sources

ExportFormat = Literal["csv", "xlsx", "dta", "parquet"]
CODEBOOK_COLUMNS = (
    "variable", "label", "unit", "price_basis", "formula", "regions", "first_year", "last_year", "knowledge",
    "sources", "breaks", "warnings",
)  # fmt: skip
STATA_NAME, STATA_LABEL = 32, 80  # letters in a name and in a label, set by Stata


def export(
    panel: Panel,
    path: Path,
    *,
    file_format: ExportFormat,
    aggregates: bool = False,
    long: bool = False,
    lang: Lang = "en",
) -> int:
    """Write the panel, a row a region and year and a column a variable; return the number of rows.

    Parameters
    ----------
    panel : what to write.
    path : target; it appears whole or not at all, and the same panel gives the same bytes.
    file_format : ``csv`` (UTF-8, LF, full precision), ``xlsx`` (a sheet of figures with 16 digits, one of variables),
        ``dta`` (Stata 14 or later: variable labels, value labels of the regions) or ``parquet`` (labels and units as
        metadata of the columns).
    aggregates : add the rows of the country, the federal districts and whole oblasts, told apart by ``kind``.
    long : a row a figure instead, with its variable, label and unit; cells without a figure have no row.
    lang : the language of labels, units and names of regions.

    Raises
    ------
    OptionError : another format or language.
    DataError : a variable whose name Stata cannot hold.
    StoreError : the file cannot be written.
    """
    check_option("format", file_format, ExportFormat)
    check_option("lang", lang, Lang)
    frame = _long(panel, aggregates, lang) if long else _wide(panel, aggregates, lang)
    with atomic_path(path) as temporary:
        if file_format == "csv":
            no_formulas(frame).to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        elif file_format == "xlsx":
            temporary.write_bytes(_xlsx({"figures": frame, "variables": codebook(panel, lang=lang)}))
        elif file_format == "dta":
            _write_stata(frame, panel, temporary, lang)
        else:
            _write_parquet(frame, panel, temporary, lang)
    return len(frame)


def codebook(panel: Panel, *, lang: Lang = "en") -> pd.DataFrame:
    """Return what every column of a panel means, a row a variable.

    Parameters
    ----------
    panel : its variables are described.
    lang : the language of labels, units, breaks and warnings.

    Returns
    -------
    Frame with the columns of ``CODEBOOK_COLUMNS``; ``knowledge`` is filled for a panel as known in a year.

    Examples
    --------
    >>> from regional_econ.data.load import load_panel
    >>> codebook(load_panel()).set_index("variable").loc["wear_pct", "unit"]
    '%'
    """
    files = load_sources()
    counts = panel.frame.notna()
    years = counts.index.get_level_values("year")
    rows: list[dict[str, object]] = []
    for name, one in panel.variables.items():
        filled = counts[name].to_numpy() if name in counts else np.zeros(len(years), dtype=bool)
        known = panel.knowledge.get(name)
        row: dict[str, object] = {"variable": name, "label": one.label.get(lang), "unit": one.unit_label.get(lang)}
        row |= {"price_basis": one.price_basis or "", "formula": one.formula or ""}
        row |= {"regions": panel.frame.index[filled].unique("region").size}
        row |= {"first_year": years[filled].min() if filled.any() else None}
        row |= {"last_year": years[filled].max() if filled.any() else None}
        row |= {"knowledge": f"{known.kind}: {known.edition}" if known else ""}
        row |= {"sources": "; ".join(files[source].origin.citation for source in one.origins if source in files)}
        row |= {"breaks": "; ".join(f"{step.year}: {step.note.get(lang)}" for step in one.breaks)}
        row |= {"warnings": "; ".join(text.get(lang) for text in one.warnings)}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(CODEBOOK_COLUMNS)).astype({"first_year": "Int64", "last_year": "Int64"})


def _wide(panel: Panel, aggregates: bool, lang: Lang) -> pd.DataFrame:
    frame = pd.concat([panel.frame, panel.aggregates]) if aggregates else panel.frame
    ids = frame.index.get_level_values("region")
    regions = [panel.regions[region] for region in ids]
    keys = pd.DataFrame(
        {
            "region": ids,
            "name": [one.name.get(lang) for one in regions],
            "kind": [one.kind for one in regions],
            "year": frame.index.get_level_values("year").astype("int16"),
        }
    )
    return pd.concat([keys, frame.reset_index(drop=True)], axis=1)


def _long(panel: Panel, aggregates: bool, lang: Lang) -> pd.DataFrame:
    wide = _wide(panel, aggregates, lang)
    keys = ["region", "name", "kind", "year"]
    long = wide.melt(id_vars=keys, var_name="variable", value_name="value").dropna(subset=["value"])
    named = long["variable"].map(panel.variables)
    long.insert(5, "label", [one.label.get(lang) for one in named])
    long.insert(6, "unit", [one.unit_label.get(lang) for one in named])
    return long.sort_values(["variable", "region", "year"], ignore_index=True)


def _write_parquet(frame: pd.DataFrame, panel: Panel, path: Path, lang: Lang) -> None:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    fields = []
    for field in table.schema:
        one = panel.variables.get(field.name)
        labels = {"label": one.label.get(lang), "unit": one.unit_label.get(lang)} if one is not None else None
        fields.append(field.with_metadata(labels))
    metadata = {**table.schema.metadata, b"vintage": panel.vintage.encode(), b"checksum": panel.checksum.encode()}
    parquet.write_table(table.cast(pyarrow.schema(fields, metadata)), path)


def _write_stata(frame: pd.DataFrame, panel: Panel, path: Path, lang: Lang) -> None:
    _check_names(map(str, frame.columns))
    numbers = {region: number for number, region in enumerate(sorted(panel.regions), start=1)}
    number = frame["region"].map(numbers).astype("int16").rename("region_no")
    coded = pd.concat([frame[["region"]], number, frame.drop(columns=["region", "name"])], axis=1)
    present = sorted(set(frame["region"]), key=numbers.__getitem__)
    coded.to_stata(
        path,
        write_index=False,
        version=118,
        time_stamp=_FIXED,
        data_label=f"Regions of Russia, official figures, vintage {panel.vintage}"[:STATA_LABEL],
        variable_labels={str(name): _stata_label(str(name), panel, lang) for name in coded.columns},
        value_labels={"region_no": {numbers[one]: panel.regions[one].name.get(lang) for one in present}},
    )


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if len(name) > STATA_NAME or not name.isidentifier():
            raise DataError(
                f"Stata cannot hold the name {name}: {STATA_NAME} letters at most",
                where="variables.yml",
                advice="Export another format, or with --long",
            )


def _stata_label(name: str, panel: Panel, lang: Lang) -> str:
    """Return label and unit, or the label alone, or its beginning: what fits."""
    one = panel.variables.get(name)
    if one is None:
        return _OWN_LABELS[name][lang]
    label = one.label.get(lang)
    full = f"{label}, {one.unit_label.get(lang)}"
    if len(full) <= STATA_LABEL:
        return full
    return label if len(label) <= STATA_LABEL else f"{label[: STATA_LABEL - 1]}…"


def _xlsx(sheets: dict[str, pd.DataFrame]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.writer.excel import ExcelWriter

    def text(sheet: Any, content: object) -> Any:
        cell = WriteOnlyCell(sheet, value=str(content))
        cell.data_type = "s"  # and no formula, whatever it begins with
        return cell

    book = Workbook(write_only=True)
    book.properties.creator = "regional_econ"
    book.properties.created = book.properties.modified = _FIXED
    for title, frame in sheets.items():
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "E2" if title == "figures" else "B2"
        header = [text(sheet, name) for name in frame.columns]
        for cell in header:
            cell.font = Font(bold=True)
        sheet.append(header)
        plain = frame.astype("object").where(frame.notna(), None)
        for row in plain.itertuples(index=False):
            sheet.append([text(sheet, one) if isinstance(one, str) and one.startswith("=") else one for one in row])
    packed = io.BytesIO()
    # the writer itself: Workbook.save would put the time of day into the file
    ExcelWriter(book, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, allowZip64=True)).save()
    return _undated(packed.getvalue())


def _undated(archive: bytes) -> bytes:
    """Return a zip file with the same members and no time in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            new.writestr(member, old.read(name))
    return packed.getvalue()


_FIXED = datetime(2000, 1, 1)
_OWN_LABELS: dict[str, dict[Lang, str]] = {
    "region": {"en": "Region, ISO 3166-2 id", "ru": "Регион, обозначение ISO 3166-2"},
    "region_no": {"en": "Region, number with its name", "ru": "Регион, номер с названием"},
    "kind": {"en": "Region, whole oblast, district or country", "ru": "Регион, область целиком, округ или страна"},
    "year": {"en": "Calendar year", "ru": "Календарный год"},
    "variable": {"en": "Variable, id", "ru": "Показатель, обозначение"},
    "label": {"en": "Variable, label", "ru": "Показатель, название"},
    "unit": {"en": "Unit", "ru": "Единица измерения"},
    "value": {"en": "Figure", "ru": "Значение"},
}
