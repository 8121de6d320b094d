"""The page on dynamic estimators on drawn panels: whose intervals are honest with how many years, and how wide."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
from scipy.special import ndtri

from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    NumberRef,
    OptionValue,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
)

SECTION_ID = "panel_dynamic_study"
RESULT_ID = "panel.dynamic_study"
TEXTS = "panel_dynamic_study"
WORLDS = ("plain", "factor")
LENGTHS = (4, 11, 16, 24)
PERSISTENCES = ("r3", "r5", "r7", "r9")
ESTIMATORS = (
    "static", "within", "hpj", "lsdvc", "gmm_diff", "gmm_diff_all", "gmm_system", "gmm_system_x", "cce",
    "dynamic_cce", "dynamic_cce_jackknife", "mean_group", "interactive",
)  # fmt: skip
JUDGED = ESTIMATORS[1:]  # by the effect of the same year and persistence; "static" by the whole effect alone
CENTRAL = "r5"  # near the persistence that is measured
RECORDED = ("bias_pct", "coverage_pct", "power_pct")
MEASURES = ("bias_pct", "rmse_pct", "coverage_pct", "power_pct")
REFUSED = "refused"
LOWEST = -0.75  # of the figures' axis: one estimator with four years lies below
COUNTED = tuple(product(WORLDS, LENGTHS))
WHOLE_LENGTHS = LENGTHS[1:]  # of the table of the whole effect
ACCURACY_LENGTHS = (11, 24)  # of the tables of accuracy
WIDE = "factor.T24"  # where the jackknife of dynamic CCE passes by its width


def results(recorded: Result | None) -> list[Result]:
    """The result ``panel.dynamic_study``: what the page shows of the record.

    Keys: the numbers of process and rule as in `benchmarks/dynamic_study.py`;
    ``<world>.T<years>.r5.<estimator>.<rho|beta|whole>.bias_pct|rmse_pct|coverage_pct|power_pct`` near the persistence
    that is measured, bias and root mean square error in per cent of the truth;
    ``<world>.T<years>.<beta|both>.n_honest`` of ``n_estimators``: how many have honest intervals at every persistence,
    for the effect of the same year and for that and persistence; ``<world>.T<years>.whole.n_honest`` of ``n_whole``:
    how many for the whole effect; ``jackknife.<measure>.low|high``: the least and most over persistences of the
    jackknife of dynamic CCE with a factor and 24 years; ``n_unsure`` of ``n_words``: how many words of the tables two
    Monte Carlo errors might change; ``lsdvc_error_points``: what the shared error of LSDVC adds to that of a coverage.

    Parameters
    ----------
    recorded : the record of the study, None where it was not run: then there is no result.
    """
    if recorded is None:
        return []
    named = ("panels.", "rule.", "years.", "rho.")
    values = {key: value for key, value in recorded.values.items() if "." not in key or key.startswith(named)}
    for key, value in recorded.values.items():
        parts = key.split(".")
        if len(parts) != 6 or parts[2] != CENTRAL:
            continue
        if parts[5] in RECORDED:
            values[key] = value
        elif parts[5] == "rmse":
            values[f"{key}_pct"] = _relative(recorded, key, truth(recorded, parts[2], parts[4]))
    every = "1" * len(PERSISTENCES)
    for world, years in COUNTED:
        beta, rho = ([mask(recorded, world, years, name, one) == every for name in JUDGED] for one in ("beta", "rho"))
        whole = [mask(recorded, world, years, name, "whole") == every for name in ESTIMATORS]
        both = [first and second for first, second in zip(beta, rho, strict=True)]
        for quantity, found in {"beta": beta, "both": both, "whole": whole}.items():
            values[f"{world}.T{years}.{quantity}.n_honest"] = Value(sum(found), digits=0)
    values |= _jackknife(recorded)
    words = [firm(recorded, *one) for one in product(WORLDS, LENGTHS, PERSISTENCES, JUDGED, ("beta", "rho"))]
    words += [firm(recorded, *one) for one in product(WORLDS, WHOLE_LENGTHS, PERSISTENCES, ESTIMATORS, ("whole",))]
    values["n_words"] = Value(sum(word is not None for word in words), digits=0)
    values["n_unsure"] = Value(words.count(False), digits=0)
    values["n_estimators"], values["n_whole"] = Value(len(JUDGED), digits=0), Value(len(ESTIMATORS), digits=0)
    values["lsdvc_error_points"] = Value(shared_error(recorded), digits=1)
    return [Result(RESULT_ID, values, recorded.inputs)]


def _jackknife(recorded: Result) -> dict[str, Value]:
    """The least and most over persistences of the jackknife of dynamic CCE with a factor and 24 years."""
    keys = {rho: f"{WIDE}.{rho}.dynamic_cce_jackknife.beta" for rho in PERSISTENCES}
    found = {name: [recorded.values[f"{key}.{name}"] for key in keys.values()] for name in RECORDED}
    found["rmse_pct"] = [_relative(recorded, f"{key}.rmse", truth(recorded, rho, "beta")) for rho, key in keys.items()]
    values: dict[str, Value] = {}
    for name, several in found.items():
        ordered = sorted(several, key=lambda one: float(one.value or 0))
        values |= {f"jackknife.{name}.low": ordered[0], f"jackknife.{name}.high": ordered[-1]}
    return values


def truth(recorded: Result, rho: str, quantity: str) -> float:
    """What is planted: persistence, the effect of the same year, or the whole effect."""
    persistence, whole = _number(recorded, f"rho.{rho}"), _number(recorded, "whole_effect")
    return {"rho": persistence, "beta": (1 - persistence) * whole, "whole": whole}[quantity]


def _relative(recorded: Result, key: str, planted: float) -> Value:
    """A number of the record in per cent of the truth."""
    error = recorded.values[key].mc_error
    spread = None if error is None else round(100 * error / planted, 5)
    return Value(round(100 * _number(recorded, key) / planted, 5), "%", 0, spread)


def shared_error(recorded: Result) -> float:
    """Percentage points that the error of LSDVC's one standard error a cell adds to that of a coverage.

    The standard error comes from one draw a panel, is the same in all intervals of the cell and itself off by
    1/√(2n); at the nominal coverage that moves the coverage by 2zφ(z) times as much. Source: the delta method for the
    sd of a normal sample. Held against panels drawn with a shared error (tests/panel/test_dynamic_study_page.py).
    """
    reach = float(ndtri(0.5 + _number(recorded, "nominal_pct") / 200))
    density = math.exp(-(reach**2) / 2) / math.sqrt(2 * math.pi)
    return 100 * 2 * reach * density / math.sqrt(2 * _number(recorded, "panels.lsdvc"))


def mask(recorded: Result, world: str, years: int, name: str, quantity: str) -> str:
    """At which persistences a quantity has an honest interval, as ``0110``; "refused" where nothing is ever answered.

    Parameters
    ----------
    recorded : the record of the study.
    """
    keys = [f"{world}.T{years}.{rho}.{name}" for rho in PERSISTENCES]
    if all(float(recorded.values[f"{key}.refused_pct"].value or 0) >= 100 for key in keys):
        return REFUSED
    honest = [recorded.values.get(f"{key}.{quantity}.usable") for key in keys]
    return "".join("1" if one is not None and one.value == 1 else "0" for one in honest)


def firm(recorded: Result, world: str, years: int, rho: str, name: str, quantity: str) -> bool | None:
    """Whether a word stands two Monte Carlo errors or more from every limit that decides it; None without a word.

    Of LSDVC the error of a coverage holds `shared_error` too.
    """
    key = f"{world}.T{years}.{rho}.{name}.{quantity}"
    if f"{key}.bias_pct" not in recorded.values:
        return None
    bias, coverage = recorded.values[f"{key}.bias_pct"], recorded.values[f"{key}.coverage_pct"]
    planted = truth(recorded, rho, quantity)
    spread = 100 * _number(recorded, "rule.bias_of_sd") * _number(recorded, f"{key}.sd") / planted
    held = _number(recorded, f"{key}.coverage_pct")
    error = math.hypot(coverage.mc_error or 0.0, shared_error(recorded) if name == "lsdvc" else 0.0)
    margins = (
        (max(_number(recorded, "rule.bias_pct"), spread) - abs(_number(recorded, f"{key}.bias_pct")), bias.mc_error),
        (held - _number(recorded, "rule.coverage_low_pct"), error),
        (_number(recorded, "rule.coverage_high_pct") - held, error),
    )
    inside = all(margin >= 2 * (spread or 0.0) for margin, spread in margins)
    return inside or any(margin < -2 * (spread or 0.0) for margin, spread in margins)


def unsure(recorded: Result, world: str, years: int, name: str, quantity: str) -> bool:
    """Whether another draw might change a cell of the tables."""
    return any(firm(recorded, world, years, rho, name, quantity) is False for rho in PERSISTENCES)


def section(recorded: Result | None) -> Section:
    """The question, the process, where intervals are honest, how exact estimates are, and biases by years."""
    title = f"{TEXTS}.title"
    if recorded is None:
        return Section(SECTION_ID, title, (Paragraph(f"{TEXTS}.absent"),))
    blocks: tuple[Block, ...] = (
        Paragraph(f"{TEXTS}.text"),
        Paragraph(f"{TEXTS}.process"),
        Paragraph(f"{TEXTS}.rule"),
        *(_honest(recorded, world) for world in WORLDS),
        Paragraph(f"{TEXTS}.width"),
        *(_accuracy(recorded, years) for years in ACCURACY_LENGTHS),
        Paragraph(f"{TEXTS}.reading"),
        Paragraph(f"{TEXTS}.factor_text"),
        Paragraph(f"{TEXTS}.whole_text"),
        _whole(recorded),
        Paragraph(f"{TEXTS}.eras"),
        Paragraph(f"{TEXTS}.bias_text"),
        *(_biases(recorded, world) for world in WORLDS),
        Paragraph(f"{TEXTS}.effect_text"),
        _effects(recorded),
        Paragraph(f"{TEXTS}.limits"),
    )
    return Section(SECTION_ID, title, blocks)


def _honest(recorded: Result, world: str) -> TableBlock:
    """Persistences with honest intervals, for the effect of the same year and below for persistence."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"{TEXTS}.name.{name}"), *(_cell(recorded, world, years, name) for years in LENGTHS))
        for name in JUDGED
    )
    columns = (
        Column("estimator", f"{TEXTS}.column.estimator", "left", 2.6),
        *(Column(f"T{years}", f"{TEXTS}.column.T{years}", "right") for years in LENGTHS),
    )
    return TableBlock(f"{RESULT_ID}.{world}", f"{TEXTS}.honest.{world}", columns, rows)


def _cell(recorded: Result, world: str, years: int, name: str) -> Cell:
    if mask(recorded, world, years, name, "beta") == REFUSED:
        return TextRef(f"{TEXTS}.refused")
    return Stack(tuple(_word(recorded, world, years, name, quantity) for quantity in ("beta", "rho")))


def _word(recorded: Result, world: str, years: int, name: str, quantity: str) -> TextRef:
    """The persistences of one quantity, with a question mark where another draw might change them."""
    found = mask(recorded, world, years, name, quantity)
    if found == REFUSED:
        return TextRef(f"{TEXTS}.refused")
    mark = ".unsure" if unsure(recorded, world, years, name, quantity) else ""
    return TextRef(f"{TEXTS}.{quantity}.{found}{mark}")


def _whole(recorded: Result) -> TableBlock:
    """Persistences with honest intervals for the whole effect, of all estimators, in both worlds."""
    over = tuple(product(WORLDS, WHOLE_LENGTHS))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"{TEXTS}.name.{name}"), *(_word(recorded, world, years, name, "whole") for world, years in over))
        for name in ESTIMATORS
    )
    columns = (
        Column("estimator", f"{TEXTS}.column.estimator", "left", 2.6),
        *(Column(f"{world}_T{years}", f"{TEXTS}.column.{world}.T{years}", "right", 1.2) for world, years in over),
    )
    return TableBlock(f"{RESULT_ID}.whole", f"{TEXTS}.honest.whole", columns, rows)


def _accuracy(recorded: Result, years: int) -> TableBlock:
    """Bias, error, coverage and power for the effect of the same year: without a factor, and below with it."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"{TEXTS}.name.{name}"), *(_both_worlds(recorded, years, name, measure) for measure in MEASURES))
        for name in JUDGED
    )
    columns = (
        Column("estimator", f"{TEXTS}.column.estimator", "left", 2.6),
        *(Column(measure, f"{TEXTS}.column.{measure}", "right") for measure in MEASURES),
    )
    return TableBlock(f"{RESULT_ID}.accuracy.T{years}", f"{TEXTS}.accuracy.T{years}", columns, rows)


def _both_worlds(recorded: Result, years: int, name: str, measure: str) -> Cell:
    keys = [f"{world}.T{years}.{CENTRAL}.{name}.beta" for world in WORLDS]
    if all(f"{key}.bias_pct" not in recorded.values for key in keys):
        return TextRef(f"{TEXTS}.refused")
    return Stack(
        tuple(
            NumberRef(f"{RESULT_ID}.{key}.{measure}")
            if f"{key}.bias_pct" in recorded.values
            else TextRef(f"{TEXTS}.refused")
            for key in keys
        )
    )


def _biases(recorded: Result, world: str) -> FigureBlock:
    """Bias of the persistence by years: a panel an estimator, a line a persistence."""
    rows = [
        {
            "panel": name,
            "series": rho,
            "year": years,
            "value": _number(recorded, f"{world}.T{years}.{rho}.{name}.rho.bias_pct")
            / 100
            * _number(recorded, f"rho.{rho}"),
        }
        for name, rho, years in product(JUDGED, PERSISTENCES, LENGTHS)
    ]
    return _figure(f"bias.{world}", rows, {"lower": LOWEST})


def _effects(recorded: Result) -> FigureBlock:
    """Bias of the driver's coefficient in per cent: a panel an estimator, a line a world."""
    rows = [
        {
            "panel": name,
            "series": world,
            "year": years,
            "value": _number(recorded, f"{world}.T{years}.{CENTRAL}.{name}.beta.bias_pct"),
        }
        for name, world, years in product(JUDGED, WORLDS, LENGTHS)
    ]
    return _figure("effect", rows, {})


def _figure(name: str, rows: list[dict[str, object]], options: dict[str, OptionValue]) -> FigureBlock:
    return FigureBlock(
        f"{RESULT_ID}.{name}",
        "small_multiples",
        pd.DataFrame(rows),
        f"{TEXTS}.{name}.caption",
        f"{TEXTS}.{name}.alt",
        {"names": f"{TEXTS}.name", "share_y": 1, "ticks": tuple(float(years) for years in LENGTHS),
         "x_title": f"{TEXTS}.years", **options},
    )  # fmt: skip


def _number(recorded: Result, key: str) -> float:
    found = recorded.values.get(key)
    return float("nan") if found is None or found.value is None else float(found.value)
