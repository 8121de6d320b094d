"""Dumitrescu & Hurlin's Granger test against plm's pgrangertest, and its rejections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.panel.diagnostics.granger import granger_test


def test_plm(grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame, plm_heterogeneous: list[dict[str, Any]]) -> None:
    entries = [one for one in plm_heterogeneous if one["kind"] == "granger"]
    assert len(entries) == 20
    for entry in entries:
        options = entry["options"]
        data = grunfeld if entry["data"] == "balanced" else ragged_grunfeld
        statistic = "Zbar" if options["test"] == "Wbar" else options["test"]
        found = granger_test(options["formula"], data, statistic, order=options["order"])
        if options["test"] == "Wbar":
            assert found.details["mean_wald"] == pytest.approx(entry["stat"], rel=1e-10)
        else:
            assert found.statistic == pytest.approx(entry["stat"], rel=1e-9)
            assert found.p_value == pytest.approx(entry["p"], rel=1e-8)


def test_the_oracle(oracle: dict[str, dict[str, Any]], grunfeld: pd.DataFrame) -> None:
    entry = oracle["grunfeld_granger"]
    for name, order in (("grunfeld_granger", 1), ("grunfeld_granger_l2", 2)):
        found = granger_test("inv ~ value", grunfeld, order=order)
        assert found.statistic == pytest.approx(entry["reproduced_values"][name]["stat"], abs=entry["tolerance"])
        assert found.p_value == pytest.approx(entry["reproduced_values"][name]["p"], abs=entry["tolerance"])
    zbar = granger_test("inv ~ value", grunfeld, "Zbar", order=2)
    assert zbar.statistic == pytest.approx(entry["published_values"]["Zbar order2"], abs=5e-5)


def test_rejections_with_and_without_a_common_shock() -> None:
    """20 × 24, nominal 5 %: the normal p-value holds for independent regions, the bootstrap with a common shock too."""
    rng = np.random.default_rng(17)
    index = pd.MultiIndex.from_product([range(20), range(24)], names=["region", "year"])
    counts = {"independent": 0, "power": 0, "shock, normal": 0, "shock, bootstrap": 0}
    for sample in range(80):
        x, u, common, other = *rng.normal(size=(2, 20, 44)), *rng.normal(size=(2, 44))
        shared_x, shared_u = x + 2 * common, u + 3 * other
        paths = {}
        for name, (regressor, shock, slope) in {
            "independent": (x, u, 0.0), "power": (x, u, 0.3), "shock": (shared_x, shared_u, 0.0)
        }.items():  # fmt: skip
            y = np.zeros((20, 44))
            for t in range(1, 44):
                y[:, t] = 0.4 * y[:, t - 1] + slope * regressor[:, t - 1] + shock[:, t]
            paths[name] = pd.DataFrame({"y": y[:, 20:].ravel(), "x": regressor[:, 20:].ravel()}, index=index)
        counts["independent"] += granger_test("y ~ x", paths["independent"]).p_value < 0.05
        counts["power"] += granger_test("y ~ x", paths["power"]).p_value < 0.05
        counts["shock, normal"] += granger_test("y ~ x", paths["shock"]).p_value < 0.05
        counts["shock, bootstrap"] += granger_test("y ~ x", paths["shock"], draws=99, seed=sample).p_value <= 0.05
    # 5 % of 80 is 4 with a standard deviation of 1.9
    assert counts["independent"] <= 11, counts
    assert counts["shock, bootstrap"] <= 11, counts
    assert counts["shock, normal"] >= 16, counts
    assert counts["power"] >= 74, counts


def test_options(grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame) -> None:
    wrong = (
        ("inv ~ value + capital", 1, 0, "one term on the right"),
        ("inv ~ value", 0, 0, "order cannot be 0"),
        ("inv ~ value", 1, 50, "draws cannot be 50"),
    )
    for formula, order, draws, words in wrong:
        with pytest.raises(OptionError, match=words):
            granger_test(formula, grunfeld, order=order, draws=draws)
    assert granger_test("inv ~ value", ragged_grunfeld, draws=99).details["left_out"] == "2, 5, 7"
    assert granger_test("inv ~ value", ragged_grunfeld).details["regions_left_out"] == 0
    with pytest.raises(EstimationError, match="consecutive years"):
        granger_test("inv ~ value", grunfeld, order=5)
    again = [granger_test("d(inv) ~ d(value)", grunfeld, draws=99, seed=3).p_value for _ in range(2)]
    assert again[0] == again[1]
