"""The page on dynamic estimators on drawn panels: which can be used with how many years, with and without a factor."""

from __future__ import annotations

from itertools import product

import pandas as pd

from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
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
CENTRAL = "r5"  # near the persistence that is measured
MEASURES = ("bias_pct", "coverage_pct", "power_pct")
RULE = ("refused_pct", "bias_pct", "bias_of_sd", "coverage_low_pct", "coverage_high_pct")
REFUSED = "refused"
LOWEST = -0.75  # of the figures' axis: one estimator with four years lies below
COUNTED = tuple(product(WORLDS, LENGTHS))


def results(recorded: Result | None) -> list[Result]:
    """The result ``panel.dynamic_study``: what the page shows of the record.

    Keys: the numbers of process and rule as in `benchmarks/dynamic_study.py`;
    ``<world>.T<years>.r5.<estimator>.<rho|beta|whole>.bias_pct|coverage_pct|power_pct`` near the persistence that is
    measured; ``<world>.T<years>.<beta|both>.n_usable`` of ``n_estimators``: how many can be used at every persistence,
    for the effect and for effect and persistence; ``n_unsure`` of ``n_words``: how many words of the tables two Monte
    Carlo errors might change.

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
        if len(parts) == 6 and parts[2] == CENTRAL and parts[5] in MEASURES:
            values[key] = value
    for world, years in COUNTED:
        whole = [mask(recorded, world, years, name, quantity_of(name)) for name in ESTIMATORS]
        rho = [mask(recorded, world, years, name, "rho") for name in ESTIMATORS]
        every = "1" * len(PERSISTENCES)
        values[f"{world}.T{years}.beta.n_usable"] = Value(whole.count(every), digits=0)
        both = sum(one == every == other for one, other in zip(whole, rho, strict=True))
        values[f"{world}.T{years}.both.n_usable"] = Value(both, digits=0)
    words = [firm(recorded, *one) for one in product(WORLDS, LENGTHS, PERSISTENCES, ESTIMATORS, ("beta", "rho"))]
    values["n_words"] = Value(sum(word is not None for word in words), digits=0)
    values["n_unsure"] = Value(words.count(False), digits=0)
    values["n_estimators"] = Value(len(ESTIMATORS), digits=0)
    return [Result(RESULT_ID, values, recorded.inputs)]


def quantity_of(name: str) -> str:
    """What an estimator's coefficient of the driver is taken for: the whole effect where the past is left out."""
    return "whole" if name == "static" else "beta"


def mask(recorded: Result, world: str, years: int, name: str, quantity: str) -> str:
    """At which persistences a quantity can be used, as ``0110``; "refused" where the estimator never answers.

    Parameters
    ----------
    recorded : the record of the study.
    """
    keys = [f"{world}.T{years}.{rho}.{name}" for rho in PERSISTENCES]
    if all(float(recorded.values[f"{key}.refused_pct"].value or 0) >= 100 for key in keys):
        return REFUSED
    usable = [recorded.values.get(f"{key}.{quantity}.usable") for key in keys]
    return "".join("1" if one is not None and one.value == 1 else "0" for one in usable)


def firm(recorded: Result, world: str, years: int, rho: str, name: str, quantity: str) -> bool | None:
    """Whether a word stands two Monte Carlo errors or more from every limit that decides it; None without a word."""
    wanted = quantity_of(name) if quantity == "beta" else quantity
    key = f"{world}.T{years}.{rho}.{name}.{wanted}"
    if f"{key}.bias_pct" not in recorded.values:
        return None
    persistence, whole = _number(recorded, f"rho.{rho}"), _number(recorded, "whole_effect")
    truth = {"rho": persistence, "beta": (1 - persistence) * whole, "whole": whole}[wanted]
    bias, coverage = recorded.values[f"{key}.bias_pct"], recorded.values[f"{key}.coverage_pct"]
    spread = 100 * _number(recorded, "rule.bias_of_sd") * _number(recorded, f"{key}.sd") / truth
    held = _number(recorded, f"{key}.coverage_pct")
    margins = (
        (max(_number(recorded, "rule.bias_pct"), spread) - abs(_number(recorded, f"{key}.bias_pct")), bias.mc_error),
        (held - _number(recorded, "rule.coverage_low_pct"), coverage.mc_error),
        (_number(recorded, "rule.coverage_high_pct") - held, coverage.mc_error),
    )
    sound = all(margin >= 2 * (error or 0.0) for margin, error in margins)
    return sound or any(margin < -2 * (error or 0.0) for margin, error in margins)


def section(recorded: Result | None) -> Section:
    """The question, the process, biases by years and persistence, and which estimator can be used where."""
    title = f"{TEXTS}.title"
    if recorded is None:
        return Section(SECTION_ID, title, (Paragraph(f"{TEXTS}.absent"),))
    blocks: tuple[Block, ...] = (
        Paragraph(f"{TEXTS}.text"),
        Paragraph(f"{TEXTS}.process"),
        Paragraph(f"{TEXTS}.usable"),
        *(_usable(recorded, world) for world in WORLDS),
        Paragraph(f"{TEXTS}.reading"),
        Paragraph(f"{TEXTS}.factor_text"),
        Paragraph(f"{TEXTS}.eras"),
        Paragraph(f"{TEXTS}.bias_text"),
        *(_biases(recorded, world) for world in WORLDS),
        Paragraph(f"{TEXTS}.effect_text"),
        _effects(recorded),
        Paragraph(f"{TEXTS}.limits"),
    )
    return Section(SECTION_ID, title, blocks)


def _usable(recorded: Result, world: str) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"{TEXTS}.name.{name}"), *(_cell(recorded, world, years, name) for years in LENGTHS))
        for name in ESTIMATORS
    )
    columns = (
        Column("estimator", f"{TEXTS}.column.estimator", "left", 2.6),
        *(Column(f"T{years}", f"{TEXTS}.column.T{years}", "right") for years in LENGTHS),
    )
    return TableBlock(f"{RESULT_ID}.{world}", f"{TEXTS}.usable.{world}", columns, rows)


def _cell(recorded: Result, world: str, years: int, name: str) -> Cell:
    """The persistences at which the effect can be used, and below those at which the persistence can."""
    first = mask(recorded, world, years, name, quantity_of(name))
    if first == REFUSED:
        return TextRef(f"{TEXTS}.refused")
    if name == "static":
        return TextRef(f"{TEXTS}.effect.{first}")
    return Stack(
        (
            TextRef(f"{TEXTS}.effect.{first}"),
            TextRef(f"{TEXTS}.persistence.{mask(recorded, world, years, name, 'rho')}"),
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
        for name, rho, years in product(ESTIMATORS[1:], PERSISTENCES, LENGTHS)
    ]
    return _figure(f"bias.{world}", rows, {"lower": LOWEST})


def _effects(recorded: Result) -> FigureBlock:
    """Bias of the driver's coefficient in per cent: a panel an estimator, a line a world."""
    rows = [
        {
            "panel": name,
            "series": world,
            "year": years,
            "value": _number(recorded, f"{world}.T{years}.{CENTRAL}.{name}.{quantity_of(name)}.bias_pct"),
        }
        for name, world, years in product(ESTIMATORS, WORLDS, LENGTHS)
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
