"""Make the report's fonts: Latin, Cyrillic and the signs in use, cut from Source Sans 3 and Source Serif 4.

Their licence (OFL 1.1) reserves the name "Source" for unchanged files, so the cut fonts are named Regional Sans and
Regional Serif. Run `python reports/fonts/subset.py FOLDER` (FOLDER holds the five whole TTF files) to make them again:
the same files give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FONTS = {
    "SourceSans3_400Regular": "RegionalSans-Regular",
    "SourceSans3_600SemiBold": "RegionalSans-SemiBold",
    "SourceSerif4_400Regular": "RegionalSerif-Regular",
    "SourceSerif4_400Regular_Italic": "RegionalSerif-Italic",
    "SourceSerif4_600SemiBold": "RegionalSerif-SemiBold",
}
NAMES = {
    "Source Sans 3": "Regional Sans", "SourceSans3": "RegionalSans",
    "Source Serif 4": "Regional Serif", "SourceSerif4": "RegionalSerif",
}  # fmt: skip
RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x2C6, 0x2DD), (0x300, 0x304), (0x391, 0x3A9), (0x3B1, 0x3C9), (0x400, 0x45F),
    (0x490, 0x491), (0x2009, 0x2011), (0x2013, 0x2015), (0x2018, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026),
    (0x202F, 0x2033), (0x2039, 0x203A), (0x2044, 0x2044), (0x2070, 0x2089), (0x20AC, 0x20BD), (0x2116, 0x2116),
    (0x2122, 0x2122), (0x2190, 0x2199), (0x2202, 0x2265), (0x25A0, 0x25FF), (0x2713, 0x2717),
)  # fmt: skip
FEATURES = ["ccmp", "kern", "liga", "lnum", "locl", "mark", "mkmk", "onum", "pnum", "subs", "sups", "tnum"]


def main(folder: Path) -> None:
    """Write each font as TTF (PDF, pictures) and WOFF2 (site)."""
    here = Path(__file__).resolve().parent
    points = [point for first, last in RANGES for point in range(first, last + 1)]
    for source, name in FONTS.items():
        font = TTFont(folder / f"{source}.ttf", recalcTimestamp=False)
        options = Options(layout_features=FEATURES, name_IDs=["*"], hinting=False, notdef_outline=True)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(font)
        _rename(font)
        font.save(here / f"{name}.ttf")
        font.flavor = "woff2"
        font.save(here / f"{name}.woff2")


def _rename(font: TTFont) -> None:
    table = font["name"]
    table.names = [record for record in table.names if record.nameID != 7]
    for record in table.names:
        if record.nameID in (1, 3, 4, 6, 16, 21, 25):
            text = str(record)
            for old, new in NAMES.items():
                text = text.replace(old, new)
            record.string = text


if __name__ == "__main__":
    main(Path(sys.argv[1]))
