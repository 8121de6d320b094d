"""The pictures of the page of answers, each with the frame that it draws and that becomes its CSV."""

from __future__ import annotations

import numpy as np
import pandas as pd

from regional_econ.core.section import FigureBlock, OptionValue
from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.page_results import backcasts
from regional_econ.policy.answers.page_tables import TEXTS
from regional_econ.policy.answers.ranking import weakest
from regional_econ.policy.answers.study import Answers
from regional_econ.policy.scenarios.result import Z95


def frontier_figure(answers: Answers) -> FigureBlock:
    """Return the picture of the chance of the best mix of each size, beside the chance asked for."""
    options: dict[str, OptionValue] = {
        "names": f"{TEXTS}.levers",
        "x": f"{TEXTS}.axis.pushes",
        "y": f"{TEXTS}.axis.chance",
    }
    return FigureBlock(
        f"{TEXTS}.frontier", "intervals", frontier_data(answers), f"{TEXTS}.frontier.caption", f"{TEXTS}.frontier.alt",
        options,
    )  # fmt: skip


def ranking_figure(answers: Answers) -> FigureBlock:
    """Return the picture of the gain of each lever."""
    options: dict[str, OptionValue] = {
        "names": "policy.lever",
        "groups": f"{TEXTS}.group_of_levers",
        "estimate_name": f"{TEXTS}.median",
    }
    return FigureBlock(
        f"{TEXTS}.ranking", "coefficients", ranking_data(answers), f"{TEXTS}.ranking.caption", f"{TEXTS}.ranking.alt",
        options,
    )  # fmt: skip


def share_figure(answers: Answers) -> FigureBlock:
    """Return the picture of whose doubt the gain and the level are."""
    options: dict[str, OptionValue] = {"names": f"{TEXTS}.group", "share": 1}
    return FigureBlock(
        f"{TEXTS}.shares", "bars", share_data(answers), f"{TEXTS}.shares.caption", f"{TEXTS}.shares.alt", options
    )


def swing_figure(answers: Answers) -> FigureBlock:
    """Return the picture of the swing of the gain by group of inputs."""
    options: dict[str, OptionValue] = {"names": f"{TEXTS}.group", "variable": f"{TEXTS}.axis.mean_gain", "digits": 2}
    return FigureBlock(
        f"{TEXTS}.tornado", "tornado", swing_data(answers), f"{TEXTS}.tornado.caption", f"{TEXTS}.tornado.alt", options
    )


def learning_figure(answers: Answers) -> FigureBlock:
    """Return the picture of what learning each group of inputs is worth."""
    options: dict[str, OptionValue] = {"names": f"{TEXTS}.group", "digits": 3}
    return FigureBlock(
        f"{TEXTS}.learning", "bars", learning_data(answers), f"{TEXTS}.learning.caption", f"{TEXTS}.learning.alt",
        options,
    )  # fmt: skip


def frontier_data(answers: Answers) -> pd.DataFrame:
    """Return panel, x (pushes), series, estimate and 95 % Monte Carlo interval of the chance, %; label, highlight; and
    the lowest grade and largest prior share of the levers in each mix, none where it is empty."""
    rows: list[dict[str, object]] = []
    for name, found, question in backcasts(answers):
        for allowance, mix, reached in zip(found.allowances, found.frontier, found.frontier_reached, strict=True):
            chance, error = float(reached.value or 0.0), Z95 * float(reached.mc_error or 0.0)
            ends = [100.0 * max(chance - error, 0.0), 100.0 * min(chance + error, 1.0)]
            own = weakest(question.pulled(mix.sizes))
            rows.append(_frontier_row(name, allowance, 100.0 * chance, *ends) | own)
    asked = 100.0 * answers.aim.probability
    return pd.DataFrame([*rows, _frontier_row("asked", None, asked, asked, asked)])


def ranking_data(answers: Answers) -> pd.DataFrame:
    """Return term, model, group, median and 80 and 95 % intervals of each lever's gain, those of grade C apart; grade
    and prior share."""
    question = answers.question
    brought = gains(question.model, question.programme, np.eye(len(question.chains)), answers.aim.year)
    draws = dict(zip(question.model.levers, brought, strict=True))
    rows = []
    for assumed in (False, True):
        for row in answers.ranking.rows:
            if row.chain.assumption == assumed:
                low95, low80, middle, high80, high95 = np.quantile(
                    draws[row.chain.lever], [0.025, 0.1, 0.5, 0.9, 0.975]
                )
                rows.append(
                    {
                        "term": f"{TEXTS}.axis.gain", "model": row.chain.lever, "estimate": middle,
                        "group": "assumed" if assumed else "declared", "conf_low80": low80, "conf_high80": high80,
                        "conf_low95": low95, "conf_high95": high95, **weakest([row.chain]),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def share_data(answers: Answers) -> pd.DataFrame:
    """Return panel (gain, level), label, share of the variance and its 95 % Monte Carlo interval; a share that
    noise has put below zero is drawn there; grade and prior share of the programme."""
    rows = [
        {
            "panel": f"{TEXTS}.shares.{name}", "label": row["group"],
            **_bar(float(row["share"]), float(row["mc_error"])), **_programme(answers),
        }
        for name, shares in (("gain", answers.gain_shares), ("level", answers.level_shares))
        for row in shares.tidy()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def swing_data(answers: Answers) -> pd.DataFrame:
    """Return label, low, high and centre of each group's swing, the widest first; the 95 % Monte Carlo errors of both
    ends, grade and prior share of the programme."""
    return pd.DataFrame(
        [
            {
                "label": one.group, "low": one.low, "high": one.high, "centre": one.mean,
                "low_error95": Z95 * one.low_error, "high_error95": Z95 * one.high_error, **_programme(answers),
            }
            for one in answers.swings
        ]
    )  # fmt: skip


def learning_data(answers: Answers) -> pd.DataFrame:
    """Return panel, label, value of learning and its 95 % Monte Carlo interval, pp; grade and prior share of the
    choice."""
    learning = answers.ranking.learning
    own = weakest(answers.question.chains)
    rows = [
        {
            "panel": f"{TEXTS}.axis.learning", "label": row["group"],
            **_bar(float(row["value"]), float(row["mc_error"]), least=0.0, most=learning.everything), **own,
        }
        for row in learning.tidy()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _programme(answers: Answers) -> dict[str, object]:
    return {"grade": answers.grade, "prior_share": answers.prior_share}


def _frontier_row(series: str, x: float | None, chance: float, low: float, high: float) -> dict[str, object]:
    return {
        "panel": "frontier", "x": x, "series": series, "estimate": chance, "conf_low": low, "conf_high": high,
        "label": "", "highlight": False,
    }  # fmt: skip


def _bar(value: float, error: float, *, least: float = -np.inf, most: float = np.inf) -> dict[str, float]:
    low, middle, high = (min(max(value + z * error, least), most) for z in (-Z95, 0.0, Z95))
    return {"value": middle, "low": low, "high": high}
