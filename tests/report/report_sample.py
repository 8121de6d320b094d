"""A small invented report: every kind of block, a hostile region name, numbers of every shape."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import explorer_sample
import made_specifications
import numpy as np
import pandas as pd
import sample_policy

from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue, Lang, Text
from regional_econ.core.code import Code, Made
from regional_econ.core.explorer import MAIN, Explorer
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    CardBlock,
    Column,
    FigureBlock,
    FigureKind,
    FigureRef,
    LabelRef,
    Leaf,
    NumberRef,
    OptionValue,
    PageRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
    VerdictBlock,
)
from regional_econ.report.numbers import Ledger
from regional_econ.report.words import Words

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "reports"
HOSTILE = "<script>alert(1)</script> & #strong[Область]"
LABELS = {
    "innovation_activity_pct": Text("Уровень инновационной активности, %", "Level of innovation activity, %"),
    "researchers_per_10k_employed": Text("Исследователи на 10 тысяч занятых", "Researchers per 10,000 employed"),
    "investment_grp_pct": Text("Инвестиции, % ВРП", "Investment, % of GRP"),
    "rd_grp_pct": Text("Внутренние затраты на исследования и разработки, % ВРП", "Internal R&D expenditure, % of GRP"),
    "wear_pct": Text("Степень износа основных фондов, %", "Wear of fixed assets, %"),
}
REGIONS = {
    "RU-KEM": Text("Кемеровская область — Кузбасс", "Kemerovo oblast – Kuzbass"),
    "RU-XSS": Text(HOSTILE, HOSTILE),
    "FD-SIB": Text("Сибирский федеральный округ", "Siberian Federal District"),
    "FD-C": Text("Центральный федеральный округ", "Central Federal District"),
}
NUMBERS = {
    "demo.probability": Value(0.0312, "", 3),
    "demo.p50": Value(8.4567, "%", 1),
    "demo.wear": Value(47.5, "%", 1),
    "demo.n_regions": Value(85, "", 0),
    "demo.grp": Value(2170123.4, "mln_rub", 0),
    "demo.change": Value(-4.25, "pp", 1),
    "demo.se": Value(0.0650101, "", 4),
    "demo.share": Value(0.1234, "share", 3),
    "demo.p_value": Value(1e-9, "", 3),
    "demo.missing": Value(None, "%", 1),
    "referee.C06.label": Value("leans_for"),
    "referee.C06.certainty": Value("low"),
    **{
        f"referee.{claim}.trace.{line}.{part}": Value(value)
        for claim in ("C06", "C12", "C31", "C41")
        for line, part, value in (
            (1, "value", 0.8333), (1, "threshold", 0.8), (2, "threshold", 1.0),
            (3, "value", 0.8333), (3, "threshold", 0.8), (4, "threshold", 1.0),
        )
    },
}  # fmt: skip
NAMES = "sample.name"
SPEAKING = ("policy", "levers", "policy_answers")  # whose texts explorers say


@cache
def catalogue() -> Catalogue:
    """Texts of the report, of its charts, of the data section, of verdicts, of explorers, and of this sample."""
    rooms = ("report", "charts", "data", "referee", "forecasting", "causal", *SPEAKING)
    files = [data_dir() / "texts" / f"{name}.yml" for name in rooms]
    files += sorted((data_dir() / "texts").glob("explorer_*.yml"))
    return Catalogue.load([*files, Path(__file__).with_name("sample_texts.yml")])


def words(lang: Lang) -> Words:
    """Words of the sample in one language."""
    return Words(lang, catalogue(), NUMBERS, LABELS, REGIONS, "RU-KEM")


def ledger() -> Ledger:
    """The results behind the sample's numbers."""
    values: dict[str, dict[str, Value]] = {}
    for full_id, value in NUMBERS.items():
        home = full_id.partition(".trace.")[0] if ".trace." in full_id else full_id.rpartition(".")[0]
        values.setdefault(home, {})[full_id.removeprefix(f"{home}.")] = value
    results = {home: Result(home, own, {"panel": "0" * 64}) for home, own in values.items()}
    code = Code("1", "0" * 64)
    return Ledger(results, {home: Made(code) for home in results}, code)


def _percent(logit: float) -> float:
    return float(100 / (1 + np.exp(-logit)))


def fan() -> pd.DataFrame:
    """Observed values under two methods, one later value, three bands and two paths."""
    rng = np.random.default_rng(7)
    rows: list[tuple[int, str, float]] = []
    for year in range(2006, 2017):
        rows.append((year, "actual_oslo3", 5 + float(np.sin(year))))
    for year in (2017, 2018):
        rows.append((year, "actual_oslo4_narrow", 11.7 - 5 * (year - 2017)))
    for year, value in ((2019, 4.4), (2020, 6.3), (2021, 7.8), (2022, 7.07)):
        rows.append((year, "actual_oslo4_wide", value))
    rows.append((2023, "actual_later_oslo4_wide", 7.9))
    steps = rng.normal(0, 0.16, (2, 8)).cumsum(axis=1)
    for horizon, year in enumerate(range(2023, 2031), start=1):
        centre, spread = -2.58 + 0.02 * horizon, 0.16 * horizon**0.5
        quantiles = {"p50": 0.0, "50": 0.674, "80": 1.282, "95": 1.96}
        for name, z in quantiles.items():
            if name == "p50":
                rows.append((year, name, _percent(centre)))
            else:
                rows += [
                    (year, f"{side}{name}", _percent(centre + s * z * spread)) for side, s in (("lo", -1), ("hi", 1))
                ]
        rows += [(year, f"path{i + 1}", _percent(centre + steps[i, horizon - 1])) for i in range(2)]
    return pd.DataFrame(rows, columns=["year", "series", "value"])


def coefficients() -> pd.DataFrame:
    """Two models, three terms."""
    rows = []
    for term, centre in (("ln(rd_grp_pct)", 0.12), ("ln(innovation_activity_pct)", -0.2), ("wear_pct", 0.004)):
        for model, factor in (("pooled", 1.4), ("fe", 0.6)):
            b, s = centre * factor, abs(centre) / 3
            rows.append((term, model, b, b - 1.28 * s, b + 1.28 * s, b - 1.96 * s, b + 1.96 * s))
    names = ["term", "model", "estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95"]
    return pd.DataFrame(rows, columns=names)


TALL = pd.concat(coefficients().assign(term=f"Term {number}") for number in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def scenario() -> pd.DataFrame:
    """Two scenarios over eight years."""
    rows = []
    for index, name in enumerate(("baseline", "push")):
        for step, year in enumerate(range(2022, 2031)):
            m, d = 7 + 0.1 * step * (1 + 2 * index), 0.7 * step**0.5
            rows.append((year, name, m, m - 1.28 * d, m + 1.28 * d, m - 1.96 * d, m + 2.2 * d))
    return pd.DataFrame(rows, columns=["year", "scenario", "p50", "lo80", "hi80", "lo95", "hi95"])


def calibration() -> pd.DataFrame:
    """Two models at three levels."""
    rows = [
        (model, level, level + shift, level + shift - 0.06, min(1.0, level + shift + 0.05))
        for model, shift in (("model", 0.02), ("drift", -0.12))
        for level in (0.5, 0.8, 0.95)
    ]
    return pd.DataFrame(rows, columns=["model", "nominal", "coverage", "conf_low", "conf_high"])


def small_multiples() -> pd.DataFrame:
    """Three panels, two lines."""
    rows = [
        (panel, series, year, 50 + 10 * float(np.sin(index + year / 4)))
        for index, panel in enumerate(("innovation_activity_pct", "rd_grp_pct", "wear_pct"))
        for series in REGIONS
        for year in range(2010, 2023)
    ]
    return pd.DataFrame(rows, columns=["panel", "series", "year", "value"])


def specification_curve() -> pd.DataFrame:
    """Forty specifications with two choices."""
    rng = np.random.default_rng(3)
    estimate = np.sort(rng.normal(0.1, 0.12, 40))
    frame = pd.DataFrame({"rank": np.arange(1, 41), "estimate": estimate})
    frame["conf_low"], frame["conf_high"] = estimate - 0.2, estimate + 0.2
    frame["scale"] = rng.choice(["ln", "logit"], 40)
    frame["lag"] = rng.choice(["none", "one"], 40)
    frame["era"] = "pooled"
    return frame


def tile_map() -> pd.DataFrame:
    """A map of six by four: one tile confidential, one missing, one zero."""
    rows = [
        ("RU-KEM" if (row, column) == (1, 2) else f"RU-{row}{column}", f"{chr(65 + row)}{column}", f"FD-{column // 3}",
         row, column, float(row + 10 * column), "published")
        for row in range(4) for column in range(6)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["region", "code", "district", "row", "column", "value", "status"])
    frame.loc[3, ["value", "status"]] = [np.nan, "confidential"]
    frame.loc[9, ["value", "status"]] = [np.nan, "missing"]
    frame.loc[11, ["value", "status"]] = [0.0, "absent"]
    return frame


def availability() -> pd.DataFrame:
    """Three variables in two groups; one starts late and breaks."""
    rows = [
        (name, group, year, share if year >= first else 0.0, year == 2017 and name == "innovation_activity_pct")
        for name, group, first, share in (
            ("wear_pct", "assets", 2000, 1.0), ("innovation_activity_pct", "science", 2006, 0.95),
            ("rd_grp_pct", "science", 2010, 0.4),
        )
        for year in range(2000, 2024)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["variable", "group", "year", "share", "break"])


def statuses() -> pd.DataFrame:
    """Two regions in two districts, every status."""
    kinds = ("before", "absent", "missing", "confidential")
    rows = [
        (region, district, year, kinds[year - 2000] if year < 2004 else "published")
        for region, district in (("RU-KEM", "FD-SIB"), ("RU-XSS", "FD-C"))
        for year in range(2000, 2024)
    ]
    return pd.DataFrame(rows, columns=["region", "district", "year", "status"])


def revisions() -> pd.DataFrame:
    """One edition, two years: nothing changed in the first, one region far out in the second."""
    rows = [
        ("издание", "edition", "RU-KEM" if number == 0 else f"Region {number}", year, change)
        for year, scale in ((2020, 0.0), (2021, 1.0))
        for number, change in enumerate(scale * np.append(np.linspace(-2, 2, 60), 45.0))
    ]
    return pd.DataFrame(rows, columns=["edition_ru", "edition_en", "region", "year", "change_pct"])


def waterfall() -> pd.DataFrame:
    """From one level to another: one driver adds, another takes away."""
    rows = [("baseline", 6.2, True), ("rd_grp_pct", 0.9, False), ("wear_pct", -0.4, False), ("push", np.nan, True)]
    return pd.DataFrame(rows, columns=["label", "value", "total"])


def density() -> pd.DataFrame:
    """Sixty estimates on two scales, weighted."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"estimate": np.append(rng.normal(0.1, 0.1, 40), rng.normal(-0.05, 0.05, 20))})
    frame["series"] = ["scale.ln"] * 40 + ["scale.logit"] * 20
    frame["weight"] = rng.uniform(0.5, 1.5, 60)
    return frame


def bars() -> pd.DataFrame:
    """Shares in two panels; one has no figure, and one region has a hostile name."""
    rows = [
        ("rd_grp_pct", "scale.ln", 0.24), ("rd_grp_pct", "scale.logit", 0.003), ("rd_grp_pct", "RU-XSS", np.nan),
        ("wear_pct", "scale.ln", 0.0), ("wear_pct", "scale.logit", 0.12), ("wear_pct", "RU-XSS", 0.06),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["panel", "label", "value"])


def intervals() -> pd.DataFrame:
    """Two panels with a level each; the highlighted region has a hostile name, one row has no estimate."""
    rows = [
        (panel, float(place), "within", 0.1 * place - 0.3, 0.1 * place - 0.7, 0.1 * place + 0.2,
         "RU-XSS" if place == 3 else "RU-KEM", place == 3)
        for panel in ("rd_grp_pct", "wear_pct") for place in range(1, 7)
    ]  # fmt: skip
    rows += [("rd_grp_pct", np.nan, "between", 0.25, np.nan, np.nan, "", False),
             ("wear_pct", 7.0, "within", np.nan, np.nan, np.nan, "", False)]  # fmt: skip
    names = ["panel", "x", "series", "estimate", "conf_low", "conf_high", "label", "highlight"]
    return pd.DataFrame(rows, columns=names)


def histograms() -> pd.DataFrame:
    """Two panels of four bins, one with intervals of its bars; one panel has a hostile name."""
    shares = ((0.2, 0.3, 0.28, 0.22), (0.4, 0.1, 0.15, 0.35))
    rows = [
        (panel, number / 4, (number + 1) / 4, share, share - 0.05 if panel == "RU-KEM" else np.nan,
         share + 0.05 if panel == "RU-KEM" else np.nan)
        for panel, own in zip(("RU-KEM", "RU-XSS"), shares, strict=True) for number, share in enumerate(own)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["panel", "low", "high", "share", "conf_low", "conf_high"])


def swings() -> pd.DataFrame:
    """Three swings around one centre, one of them nothing at all; one has a hostile name."""
    rows = [("wear_pct", -0.4, 0.9, 0.1), ("RU-XSS", -0.1, 0.2, 0.1), ("rd_grp_pct", 0.1, 0.1, 0.1)]
    return pd.DataFrame(rows, columns=["label", "low", "high", "centre"])


def decomposition() -> pd.DataFrame:
    """Forty averages far apart and ten deviations of each; the focal region has a hostile name."""
    rng = np.random.default_rng(9)
    centre = rng.normal(5, 3, 40)
    means = pd.DataFrame({"panel": "between", "x": centre, "y": 2 + 0.8 * centre + rng.normal(0, 1, 40)})
    x = rng.normal(0, 0.5, 400)
    own = pd.DataFrame({"panel": "within", "x": x, "y": -0.1 * x + rng.normal(0, 0.6, 400)})
    frame = pd.concat([means, own], ignore_index=True)
    frame["label"] = ["RU-XSS" if number % 40 == 7 else "" for number in range(len(frame))]
    frame["highlight"] = frame["label"] != ""
    return frame


def dag() -> pd.DataFrame:
    """A driver and an outcome with a common cause, one not measured whose arrow passes a lane, and a hostile label."""
    rows = [
        ("node", "region", "", 0.5, 0, "adjusted", False, "Эффекты региона", "Region effects"),
        ("node", "shock", "", 1.5, 0, "latent", False, "Потрясение", "Shock"),
        ("node", "rd", "", 0.6, 1, "driver", False, "Затраты на исследования", "R&D expenditure"),
        ("lane", "shock?@1", "", 1.4, 1, "", False, "", ""),
        ("node", "patents", "", 0.5, 2, "measured", False, HOSTILE, HOSTILE),
        ("lane", "region@1", "", 0.0, 1, "", False, "", ""),
        ("lane", "region@2", "", -0.2, 2, "", False, "", ""),
        ("lane", "shock?@2", "", 1.2, 2, "", False, "", ""),
        ("node", "activity", "", 0.6, 3, "outcome", False, "Инновационная активность", "Innovation activity"),
        ("piece", "region", "rd", 0.0, 0, "other", False, "", ""),
        ("piece", "region", "region@1", 0.0, 0, "other", False, "", ""),
        ("piece", "region@1", "region@2", 0.0, 1, "other", False, "", ""),
        ("piece", "region@2", "activity", 0.0, 2, "other", False, "", ""),
        ("piece", "shock", "shock?@1", 0.0, 0, "other", True, "", ""),
        ("piece", "shock?@1", "shock?@2", 0.0, 1, "other", True, "", ""),
        ("piece", "shock?@2", "activity", 0.0, 2, "other", True, "", ""),
        ("piece", "rd", "patents", 0.0, 1, "causal", False, "", ""),
        ("piece", "patents", "activity", 0.0, 2, "causal", False, "", ""),
    ]
    names = ["part", "id", "target", "x", "layer", "role", "dashed", "label_ru", "label_en"]
    return pd.DataFrame(rows, columns=names)


def contour() -> pd.DataFrame:
    """Lines of one estimate halved and brought to zero, a weak confounder with a hostile name, a strong one."""
    y = np.geomspace(0.001, 0.1, 9)
    rows = [
        ("rd_grp_pct", "line", "", odds / (1 + odds), up, level)
        for level, f2 in ((0.05, 0.0005), (0.0, 0.002))
        for up, odds in zip(y, f2 / y, strict=True)
    ]
    rows += [
        ("rd_grp_pct", "point", "RU-XSS", 0.002, 0.004, 0.094),
        ("rd_grp_pct", "point", "wear_pct", 0.4, 0.01, -0.1),
    ]
    return pd.DataFrame(rows, columns=["panel", "part", "name", "x", "y", "value"])


def earlier_fans() -> pd.DataFrame:
    """Two origins, three years ahead; one outcome of each lies outside the 80 % band."""
    rows = []
    for origin, known in ((2012, 6.0), (2015, 4.0)):
        rows.append((origin, origin, *[known] * 7, known, np.nan))
        for h in (1, 2, 3):
            d = 0.8 * h**0.5
            bands = [known + sign * z * d for z in (0.674, 1.282, 1.96) for sign in (-1, 1)]
            observed = known + (2.5 * d if h == 3 else 0.2)
            rows.append((origin, origin + h, known, *bands, observed, float(h < 3)))
    names = ["origin", "year", "p50", "lo50", "hi50", "lo80", "hi80", "lo95", "hi95", "observed", "held80"]
    return pd.DataFrame(rows, columns=names)


def course() -> pd.DataFrame:
    """A series with a break, an older figure, a claimed value beside it, one that agrees, and two runs of years."""
    nothing = float("nan")
    rows = [("series", year, nothing, 7.0 + 0.2 * (year - 2010), nothing, nothing, "") for year in range(2010, 2020)]
    rows += [
        ("older", 2018, nothing, 8.4, nothing, nothing, "edition"),
        ("claimed", 2018, 2018.0, 8.4, 8.35, 8.45, ""),
        ("match", 2017, nothing, 8.4, nothing, nothing, "year"),
        ("window", 2010, 2014.0, 0.02, nothing, 0.0, "true"),
        ("window", 2015, 2019.0, -0.02, nothing, 0.0, "false"),
    ]
    return pd.DataFrame(rows, columns=["part", "year", "last", "value", "low", "high", "name"])


def ranges() -> pd.DataFrame:
    """An estimate, a limit without a lower end and a bare interval; one has a hostile name."""
    rows = [("wear_pct", 0.1, -0.4, 0.6, True), ("RU-XSS", np.nan, np.nan, 0.3, False),
            ("rd_grp_pct", np.nan, -0.2, 0.2, False)]  # fmt: skip
    return pd.DataFrame(rows, columns=["label", "value", "low", "high", "highlight"])


FIGURES: dict[str, tuple[pd.DataFrame, dict[str, OptionValue]]] = {
    "fan": (
        fan(),
        {
            "variable": "innovation_activity_pct", "origin_year": 2022, "break_years": (2017, 2019),
            "validated_to": 2027, "lower": 0, "upper": 100, "target": 12.5,
        },
    ),
    "coefficients": (coefficients(), {"names": NAMES}),
    "scenario": (
        scenario(),
        {"names": NAMES, "variable": "innovation_activity_pct", "target": 12.5, "origin_year": 2022, "lower": 0},
    ),
    "calibration": (calibration(), {"names": NAMES}),
    "small_multiples": (small_multiples(), {"origin_year": 2020}),
    "specification_curve": (specification_curve(), {"names": NAMES}),
    "tile_map": (tile_map(), {"variable": "innovation_activity_pct", "year": 2022}),
    "availability": (availability(), {"names": NAMES}),
    "statuses": (statuses(), {"break_years": (2010,)}),
    "revisions": (revisions(), {}),
    "waterfall": (waterfall(), {"names": NAMES, "variable": "innovation_activity_pct"}),
    "density": (density(), {"names": NAMES, "variable": "innovation_activity_pct", "thresholds": (0.2,)}),
    "bars": (bars(), {"names": NAMES, "share": 1}),
    "intervals": (
        intervals(),
        {"names": NAMES, "x": "sample.deviation", "y": "sample.deviation", "mark": 5, "mark_name": "sample.deviation"},
    ),
    "histograms": (histograms(), {}),
    "decomposition": (
        decomposition(),
        {
            "names": NAMES, "subtitles": ("sample.name.between_what", ""), "slopes": (0.8, -0.1),
            "intercepts": (2.0, 0.0), "x": "rd_grp_pct", "y": ("innovation_activity_pct", "sample.deviation"),
        },
    ),
    "dag": (dag(), {}),
    "contour": (contour(), {"names": NAMES, "x": "sample.deviation", "y": "sample.deviation"}),
    "earlier_fans": (earlier_fans(), {"variable": "innovation_activity_pct", "lower": 0, "upper": 100}),
    "tornado": (swings(), {"variable": "innovation_activity_pct", "digits": 2}),
    "course": (
        course(),
        {
            "names": "sample.course", "variable": "innovation_activity_pct", "region": "RU-XSS", "break_years": (2017,),
            "digits": 1,
        },
    ),
    "ranges": (
        ranges(),
        {
            "measure": "sample.deviation", "band": (-0.5, 0.5), "band_name": "sample.deviation", "marks": (-0.9, 0.9),
            "mark_name": "sample.deviation",
        },
    ),
}  # fmt: skip


def claim(claim_id: str, label: str = "leans_for", certainty: str | None = "low") -> dict[str, Any]:
    """A claim with its verdict in the schema's shape."""
    return {
        "id": claim_id,
        "quote": {
            "text": "Рост затрат на исследования ведёт к росту инновационной активности <b>региона</b>",
            "translation": "R&D expenditure raises the innovation activity of the <b>region</b>",
            "doc_sha256": "0" * 64, "start": 0, "end": 10,
        },
        "type": "causal", "estimand": None, "checks": [],
        "rule": {"rule_id": "causal", "rule_sha256": "0" * 64, "frozen_at": "2025", "sesoi": None},
        "verdict": {
            "label": label, "certainty": certainty, "gap": "placebo_not_run",
            "rule_trace": [
                {"criterion": "sign_share", "value": 0.8333, "threshold": 0.8, "met": True},
                {"criterion": "robustness_value", "value": None, "threshold": 1.0, "met": None},
            ],
        },
    }  # fmt: skip


def sections() -> list[Section]:
    """Three sections with every kind of block."""
    columns = (
        Column("indicator", "sample.indicator", "left", 2.4),
        Column("paper", "sample.paper", "right", 1.0),
        Column("official", "sample.official", "right", 1.0),
        Column("note", "sample.note", "left", 2.0),
    )
    rows = (
        (LabelRef("wear_pct"), Verbatim("47,5"), NumberRef("demo.wear"), TextRef("sample.agrees")),
        (
            LabelRef("rd_grp_pct"), NumberRef("demo.change"),
            Stack((NumberRef("demo.p50"), NumberRef("demo.se", "({})"))),
            TextRef("sample.agrees"),
        ),
        (LabelRef("RU-XSS"), NumberRef("demo.grp"), NumberRef("demo.missing"), Verbatim("RU-XSS")),
    )  # fmt: skip
    figures = tuple(
        FigureBlock(f"sample-{kind}", kind, FIGURES[kind][0], "sample.figure", "sample.alt", FIGURES[kind][1])
        for kind in get_args(FigureKind)
    )
    return [
        Section(
            "data", "sample.data",
            (
                Paragraph("sample.intro"), TableBlock("sample-table", "sample.table", columns, rows),
                Paragraph("sample.intro"), figures[0],
            ),
        ),
        Section("panel", "sample.models", (Paragraph("sample.intro"), *figures[1:])),
        Section(
            "referee", "sample.verdicts",
            (
                Paragraph("sample.intro"), VerdictBlock("v1", claim("C06")),
                VerdictBlock("v2", claim("C12", "contradicted", "high"), "claim_C12"),
                VerdictBlock("v3", claim("C31", "not_tested", None)),
                CardBlock(
                    "L01", Bilingual("мера", "measure"), "sample.agrees", "open", Verbatim(HOSTILE),
                    (("sample.indicator", TextRef("sample.own", "demo")),),
                    (("sample.paper", Stack((NumberRef("demo.change"), Verbatim(HOSTILE)))),),
                ),
            ),
            leaves(),
        ),
    ]  # fmt: skip


def leaves() -> tuple[Leaf, ...]:
    """Three leaves: a figure of a chapter shown again, a figure of its own, and little more than words."""
    wide = (
        Column("indicator", "sample.indicator"), Column("paper", "sample.paper", "right"),
        Column("note", "sample.note", width=2.0),
    )  # fmt: skip
    facts = (Column("indicator", "sample.indicator"), Column("note", "sample.note", width=3.0))
    linked = Stack((TextRef("sample.agrees"), PageRef("claim_C12", "C12")))
    return (
        Leaf(
            "claim_C06", Stack((TextRef("sample.paper"), Verbatim("C06"))),
            (
                VerdictBlock("v1.page", claim("C06")),
                TableBlock(
                    "leaf.C06.turns", "sample.table", wide,
                    (
                        (LabelRef("wear_pct"), NumberRef("demo.wear"), linked),
                        (linked, Verbatim("–"), Verbatim(HOSTILE)),
                    ),
                ),
                TableBlock(
                    "leaf.C06.told", "sample.table", facts,
                    ((TextRef("sample.indicator"), linked), (LabelRef("RU-XSS"), NumberRef("demo.grp"))),
                ),
                FigureRef("sample-fan"),
            ),
        ),
        Leaf(
            "claim_C12", Stack((TextRef("sample.paper"), Verbatim("C12"))),
            (
                VerdictBlock("v2.page", claim("C12", "contradicted", "high")), Paragraph("sample.own", "demo"),
                FigureBlock("leaf.C12.bars", "bars", bars(), "sample.figure", "sample.alt", {"names": NAMES}),
            ),
        ),
        Leaf("claim_C31", Verbatim("C31"), (VerdictBlock("v3.page", claim("C31", "not_tested", None)),)),
    )  # fmt: skip


def explorers() -> list[Explorer]:
    """Every explorer with a little invented data."""
    specifications, workbench = made_specifications.pages()
    return [sample_policy.explorer("referee"), _forecast(), workbench, specifications, _claims(), _data()]


@cache
def _forecast() -> Explorer:
    """The real one of a few regions and a forecast that was never estimated; it leads to chapters of this sample."""
    found = explorer_sample.sample()
    main = {**found.parts[MAIN], "pages": {"method": "panel.html", "scores": "data.html"}}
    return replace(found, section="panel", parts={**found.parts, MAIN: main})


def _claims() -> Explorer:
    kinds = {"label": ("confirmed", "contradicted"), "type": ("causal", "quantitative"), "certainty": ("low", "high")}
    homes = {"label": "report.label", "type": "referee.type", "certainty": "report.certainty"}
    named = {kind: [f"{homes[kind]}.{one}" for one in ids] for kind, ids in kinds.items()}
    rows = [
        {
            "id": f"C{number:02d}", "page": "claim_C06.html", "start": 100 - number,
            "ru": f"{HOSTILE} {number}-й рост", "en": f"{HOSTILE} {number}",
            "about": ["wear_pct"] if number % 3 else [], "gap": "",
            **{kind: ids[number % 2] for kind, ids in named.items()},
        }
        for number in range(1, 13)
    ]  # fmt: skip
    main = {"claims": rows, "letter": "referee.html", **named}
    labels = ("wear_pct", *(one for ids in named.values() for one in ids))
    return Explorer("explore_claims", "referee", {MAIN: main}, labels)


def _data() -> Explorer:
    """Two imported variables and one made of them, in two regions, a district and the country, for four years."""
    text, note = {"ru": HOSTILE, "en": HOSTILE}, {"ru": "Перелом", "en": "Break"}
    common = {"chapter": "data.chapter.09", "digits": 1, "unit": {"ru": "%", "en": "%"}, "figures": 8, "regions": 2}
    common |= {"prices": None, "shares": [0, 50, 100, 100], "sources": ["file"], "warnings": [text], "breaks": []}
    reads = {str(year): [["wear_pct", year], ["wear_pct", year - 1]] for year in range(2019, 2023)}
    derived = {"formula": "wear_pct / lag(wear_pct)", "inputs": ["wear_pct"], "reads": reads}
    steps = [{"year": 2021, "kind": "method", "note": note}]
    variables = [
        {**common, "id": "wear_pct", "label": {"ru": "Износ", "en": "Wear"}, "breaks": steps},
        {**common, "id": "rd_grp_pct", "label": text},
        {**common, "id": "wear_growth", "label": {"ru": "Рост износа", "en": "Growth of wear"}, **derived},
    ]
    kinds = [["RU", "country", None], ["FD-SIB", "district", None], ["RU-KEM", "region", "FD-SIB"]]
    kinds.append(["RU-XSS", "region", "FD-SIB"])
    source = {"file": f"{HOSTILE}.xlsx", "title": HOSTILE, "citation": HOSTILE, "sha256": "0f" * 32}
    main = {
        "focal": "RU-KEM", "years": [2019, 2022], "variables": variables, "sources": {"file": source},
        "regions": [dict(zip(("id", "kind", "district", "first"), [*one, 2019], strict=True)) for one in kinds],
        "editions": {"old": {"label": text, "published": "2021-12"}, "new": {"label": note, "published": "2023-12"}},
    }  # fmt: skip
    mend = {"source": "file", "region": "RU-XSS", "year": 2020, "expect": 500.0, "reason": text}
    # two regions in four years, one figure of them withheld, and the first of the focal one in an older edition
    own = {
        "mends": [mend],
        "kind": "0 0 0 0 0 0 0 1 1",
        "region": "2 0 0 0 1 0 0 0 -1",
        "year": "2019 1 1 1 -3 1 2 -1 -2",
    }
    own |= {"row": "5 0 0 0 1 0 0 0 -1"}
    own |= {"column": "27 1 1 1 -3 1 2 -1 -29", "value": "40 41.5 50 52.25 61 50 63  39"}
    own |= {"kinds": [[1, "new", "file", "1.1.!", "published", 1.0], [1, "new", "file", "1.1.!", "missing", 1.0]]}
    own["kinds"].append([0, "old", "file", "line ", "published", 0.0])
    empty = {"kinds": [[1, "new", "file", "row ", "absent", 1.0]], "mends": [], "kind": "0", "region": "2"}
    empty |= {"year": "2022", "row": "7", "column": "0", "value": "0"}
    ratio = {"kinds": [[1, "new", "file", "", "derived", 0.0]], "mends": [], "kind": "0 0 0", "region": "2 0 0"}
    ratio |= {"year": "2020 1 1", "row": "0 0 0", "column": "0 0 0", "value": "1.0375 1.2048192771084338 1.045"}
    parts = {MAIN: main, "wear_pct": own, "rd_grp_pct": empty, "wear_growth": ratio}
    return Explorer("explore_data", "data", parts, (*(one[0] for one in kinds if one[0]), "data.chapter.09"))
