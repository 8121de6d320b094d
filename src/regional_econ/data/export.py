"""The panel as a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from regional_econ._base.files import atomic_path
from regional_econ._base.options import check_option
from regional_econ.core.panel import Panel

ExportFormat = Literal["csv", "parquet"]


def export(panel: Panel, path: Path, *, file_format: ExportFormat, aggregates: bool = False) -> int:
    """Write the panel wide: a row a region and year, a column a variable; return the number of rows.

    Parameters
    ----------
    panel : what to write.
    path : target; it appears whole or not at all.
    file_format : ``csv`` (UTF-8, LF, full precision) or ``parquet``.
    aggregates : add the rows of the country and the federal districts, told apart by the column ``kind``.

    Raises
    ------
    OptionError : another format.
    StoreError : the file cannot be written.
    """
    check_option("format", file_format, ExportFormat)
    frame = pd.concat([panel.frame, panel.aggregates]) if aggregates else panel.frame
    kinds = [panel.regions[region].kind for region in frame.index.get_level_values("region")]
    wide = frame.reset_index()
    wide.insert(1, "kind", kinds)
    with atomic_path(path) as temporary:
        if file_format == "csv":
            wide.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        else:
            wide.to_parquet(temporary, index=False)
    return len(wide)
