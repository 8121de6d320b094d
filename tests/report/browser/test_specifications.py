"""The pages on the declared specifications decode what was declared, and show what was computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import made_specifications as made
import numpy as np
import pandas as pd
import pytest

from regional_econ.causal.axes import AXES
from regional_econ.causal.pages.explorer import declared_choices

if TYPE_CHECKING:
    from browser.conftest import Visit
    from playwright.sync_api import Page

DRAWN = 60
MILLION_MS = 100
SPECIFICATIONS, WORKBENCH = "en/explore_specifications.html", "en/explore_workbench.html"
ASKED = Path(__file__).with_name("specifications.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def computed() -> pd.DataFrame:
    """The invented estimates behind both pages of the sample."""
    return pd.concat([one.table for one in made.computed()], ignore_index=True)


@pytest.fixture
def bench(visit: Callable[..., Visit]) -> Page:
    """The workbench as it opens."""
    return visit().go(WORKBENCH)


@pytest.fixture
def spread(visit: Callable[..., Visit]) -> Page:
    """All specifications as they open."""
    return visit().go(SPECIFICATIONS)


def ask(page: Page, question: str, given: object = None) -> Any:
    """Answer a question of specifications.js."""
    return page.evaluate(f"(given) => ({ASKED}).{question}(given)", given)


def numbers_in(texts: list[str]) -> list[int]:
    """The last whole number of each text."""
    return [int(text.split()[-1].replace(",", "")) for text in texts]


def test_a_row_is_decoded_as_it_was_declared(spread: Page) -> None:
    declared, rng = made.shipped(), np.random.default_rng(20221231)
    asked = {}
    for driver in declared.drivers:
        count = declared.n_specifications(driver)
        asked[driver] = sorted({1, count, *(int(row) for row in rng.integers(1, count + 1, DRAWN))})
    found = dict(zip(asked, ask(spread, "decode", [declared_choices(declared), asked]), strict=True))
    for driver, rows in asked.items():
        listed = {one.row: one for one in declared.specifications(driver)}
        count, decoded = found[driver]
        assert count == len(listed)
        for row, (choices, back) in zip(rows, decoded, strict=True):
            covariates = "+".join(choices.pop("covariates")) or "none"
            assert {**choices, "covariates": covariates} == listed[row].options()
            assert back == row


def test_numbers_shares_and_places_are_those_of_the_table(spread: Page, computed: pd.DataFrame) -> None:
    explorer, declared = made.pages()[0], made.small()
    for driver, rows in computed.groupby("driver", sort=False):
        table = rows.set_index("row")
        drawn = [1, len(rows), *np.random.default_rng(3).integers(1, len(rows), DRAWN).tolist()]
        found = ask(spread, "numbers", [explorer.parts["main"], driver, explorer.parts[str(driver)], drawn])
        for one in found["rows"]:
            row = table.loc[one["row"]]
            shown = [one[name] for name in ("estimate", "error", "pp", "pp_low", "pp_high")]
            assert shown == pytest.approx(row[["estimate", "std_error", "pp", "pp_low", "pp_high"]].tolist(), abs=2e-6)
            assert one["plain"] == pytest.approx(row["std_error_iid"], abs=5.1e-4)
            assert (one["observations"], one["regions"]) == (row["n_obs"], row["n_regions"])
            assert one["rank"] == pytest.approx(1 + (rows["pp"] < row["pp"]).sum(), abs=1)
            assert one["share"] == pytest.approx(rows["weight"][rows["pp"] < row["pp"]].sum(), abs=1e-3)
        for how, kept in (("all", rows), ("deciding", rows[rows["lag"] >= 1]), ("alike", rows)):
            weight = {"all": kept["weight"], "alike": kept["weight"] * 0 + 1}.get(how)
            if weight is None:
                weight = pd.Series(made.axis_weights(kept, made.LEVEL), kept.index)
            sums = found["sums"][how]
            assert sums["mass"] == pytest.approx(weight.sum())
            for place, era in enumerate(declared.eras):
                own = kept[kept["era"] == era.id]
                mass = weight[own.index]
                assert sums["rows"][place] == len(own)
                assert sums["all"][place] == pytest.approx(mass.sum())
                assert sums["above"][place] == pytest.approx(mass[own["pp"] > 0].sum())
                assert sums["beneath"][place] == pytest.approx(
                    mass[own["pp"] < -declared.rule.smallest_effect_pp].sum()
                )
                assert sums["beyond"][place] == pytest.approx(mass[own["pp"] > declared.rule.smallest_effect_pp].sum())
                ordered = own["pp"].sort_values()
                below = mass[ordered.index].cumsum()
                median = ordered.iloc[int(np.searchsorted(below, below.iloc[-1] / 2 * (1 - 1e-9)))]
                assert sums["medians"][place] == pytest.approx(median, abs=2e-4)
        held = rows["covariates"].str.split("+").map(lambda names: "grp_per_head" in names).sum()
        assert found["held"] == [len(rows) - held, held]


def test_a_million_specifications_answer_at_once(spread: Page) -> None:
    rows, taken = ask(spread, "million", MILLION_MS)
    assert rows >= 1_000_000
    assert max(taken) <= MILLION_MS, taken


def settled(page: Page) -> Page:
    """Wait until the page has answered the last change."""
    page.locator("#explorer:not([aria-busy])").wait_for()
    return page


def row_of(page: Page) -> tuple[str, int]:
    """The driver and the row that the command on the workbench reruns."""
    words = page.locator(".rerun code").inner_text().split()
    return words[words.index("--driver") + 1], int(words[words.index("--row") + 1])


def stands(page: Page, computed: pd.DataFrame) -> dict[str, Any]:
    """Hold what the workbench shows against the row that it names; return that row."""
    driver, number = row_of(settled(page))
    row = computed[(computed["driver"] == driver) & (computed["row"] == number)].iloc[0].to_dict()
    assert page.locator(".big").inner_text().split("\n")[0].strip() == f"{row['pp']:+.2f} pp".replace("-", "−")
    ends = f"95%: {row['pp_low']:+.2f} to {row['pp_high']:+.2f}".replace("-", "−")
    assert ends in page.locator(".big").inner_text()
    facts = page.locator(".answer-box .facts").inner_text()
    digits = 2 - int(np.floor(np.log10(row["std_error"])))
    assert f"{row['estimate']:+.{digits}f} [".replace("-", "−") in facts
    assert f"{row['std_error']:.{digits}f}, t = " in facts
    assert f"without ties within a region {row['std_error_iid']:.3f}" in facts
    assert f"{row['n_regions']} regions" in facts
    return row


def test_the_workbench_opens_with_the_specification_shown_alone(bench: Page, computed: pd.DataFrame) -> None:
    row, alone = stands(bench, computed), made.small().alone
    assert {axis: str(row[axis]) for axis in AXES[:5]} == {axis: str(getattr(alone, axis)) for axis in AXES[:5]}
    assert row["covariates"].count("+") == 3


def test_a_changed_choice_moves_the_estimate_and_a_link_brings_it_back(bench: Page, computed: pd.DataFrame) -> None:
    before = stands(bench, computed)
    bench.get_by_label("Lag").select_option(label="two years before")
    bench.get_by_label("GRP per head").uncheck()
    after = stands(bench, computed)
    assert (after["lag"], before["lag"]) == (2, 1)
    assert "grp_per_head" not in after["covariates"]
    address = bench.url
    bench.goto("about:blank")
    bench.goto(address)
    bench.locator("#explorer[data-ready]").wait_for()
    assert stands(bench, computed)["row"] == after["row"]
    bench.get_by_role("button", name="Reset").click()
    assert stands(bench, computed)["row"] == before["row"]


def test_closed_options_say_why_and_later_choices_give_way(bench: Page, computed: pd.DataFrame) -> None:
    effects = bench.get_by_label("Effects")
    closed = effects.locator("option[disabled]").all_inner_texts()
    assert closed == ["trend of the region and year", "common factors"]
    assert made.small().admissible[1].reason.en in bench.locator(".choices").inner_text()
    bench.get_by_label("Scale of the outcome").select_option(label="logarithm (zeros dropped)")
    assert stands(bench, computed)["weights"] == "none"
    assert "Weights is now “unweighted”" in bench.locator(".moved").inner_text()
    bench.get_by_label("Era and method").select_option(value="oslo3")
    effects.select_option(value="cce")
    row = stands(bench, computed)
    assert (row["effects"], row["covariates"].count("+")) == ("cce", 2)
    assert bench.locator("fieldset input:disabled").count() == 1
    bench.get_by_label("Era and method").select_option(value="oslo4_wide")
    assert bench.get_by_label("Lag").locator("option[disabled]").count() == 2
    assert stands(bench, computed)["effects"] == "region+year"


def test_every_driver_opens_on_the_workbench(bench: Page, computed: pd.DataFrame) -> None:
    for driver in computed["driver"].unique():
        bench.get_by_label("Driver", exact=True).select_option(value=driver)
        assert stands(bench, computed)["driver"] == driver
        assert ("--file other.yml" in bench.locator(".rerun code").inner_text()) == (driver == "wear_pct")
    assert bench.get_by_label("Outcome", exact=True).locator("option").count() == 1


def test_the_choices_of_the_workbench_end_where_the_command_begins(bench: Page) -> None:
    ends = "Math.max(...[...document.querySelector('.choices').children].map(e => e.getBoundingClientRect().bottom))"
    assert bench.evaluate(ends) <= bench.evaluate("document.querySelector('.rerun').getBoundingClientRect().top") + 1


def test_the_workbench_calls_one_regression_an_association(bench: Page) -> None:
    assert "association" in bench.locator(".answer-box .kind").inner_text()
    assert bench.locator(".answer-box a[href='claim_C12.html']").inner_text() == "Claim C12: Contradicted"


def test_groups_split_narrow_and_list_what_they_hold(spread: Page, computed: pd.DataFrame) -> None:
    first = next(iter(made.small().drivers))
    own = computed[(computed["driver"] == first) & (computed["lag"] >= 1)]
    assert spread.locator(".found").first.inner_text().endswith(f"of {len(computed):,}")
    spread.locator("button.pick").first.click()
    spread.get_by_label("Split by").select_option(value="era")
    counts = settled(spread).locator(".explorer tbody td:nth-child(2)")
    assert numbers_in(counts.all_inner_texts()) == [int((own["era"] == era.id).sum()) for era in made.small().eras]
    spread.locator("button.pick").nth(1).click()
    kept = own[own["era"] == "oslo4_wide"]
    settled(spread)
    assert spread.get_by_label("Era and method").input_value() == "oslo4_wide"
    spread.get_by_label("Effect from, pp").fill("0.5")
    settled(spread)
    kept = kept[kept["pp"] >= 0.5].sort_values("pp")
    listed = spread.locator(".regressions li")
    assert f"Within the interval: {len(kept):,};" in spread.locator(".listed").inner_text()
    assert listed.count() == min(20, len(kept))
    assert numbers_in(listed.locator("a").all_inner_texts()) == kept["row"].tolist()[:20]
    assert f"{kept['pp'].iloc[0]:+.2f} pp" in listed.first.inner_text()


def test_pages_of_the_list_follow_each_other_and_lead_to_the_workbench(spread: Page, computed: pd.DataFrame) -> None:
    first = next(iter(made.small().drivers))
    spread.get_by_label("Driver").select_option(value=first)
    spread.get_by_label("Which and with what weight").select_option(value="alike")
    settled(spread).get_by_role("button", name="Next").click()
    settled(spread)
    ordered = computed[computed["driver"] == first].sort_values("pp")
    links = spread.locator(".regressions a")
    assert numbers_in(links.all_inner_texts()) == ordered["row"].tolist()[20:40]
    assert f"21–40 of {len(ordered)}" in spread.locator(".listed").inner_text()
    links.first.click()
    spread.locator("#explorer[data-ready]").wait_for()
    assert row_of(spread) == (first, ordered["row"].iloc[20])
    stands(spread, computed)


def test_the_mouse_marks_an_interval_and_a_click_takes_it_back(spread: Page) -> None:
    plot = spread.locator(".brush")
    box = plot.bounding_box()
    assert box is not None
    spread.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 30)
    spread.mouse.down()
    spread.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30, steps=3)
    spread.mouse.up()
    settled(spread)
    low, high = (float(spread.get_by_label(name).input_value()) for name in ("Effect from, pp", "Effect to, pp"))
    assert low < high
    effects = spread.locator(".regressions li b").all_inner_texts()
    assert all(low <= float(text.split()[0].replace("−", "-")) <= high for text in effects)
    spread.mouse.click(box["x"] + 40, box["y"] + 30)
    assert spread.get_by_label("Effect from, pp").input_value() == ""


def test_the_listed_regressions_are_downloaded(spread: Page, computed: pd.DataFrame) -> None:
    spread.get_by_label("Effect from, pp").fill("1")
    with spread.expect_download() as waiting:
        spread.get_by_role("button", name="Download CSV").click()
    got = pd.read_csv(waiting.value.path(), keep_default_na=False)
    kept = computed[(computed["pp"] >= 1) & (computed["lag"] >= 1)]
    assert len(got) == len(kept)
    both = got.merge(kept, on=["driver", "row"], suffixes=("", "_made"))
    assert len(both) == len(kept)
    for axis in AXES:
        assert (both[axis].astype(str) == both[f"{axis}_made"].astype(str)).all(), axis
    assert np.abs(both["pp"] - both["pp_made"]).max() < 1e-4


def test_an_address_with_unknown_choices_opens_what_it_can(visit: Callable[..., Visit], computed: pd.DataFrame) -> None:
    spread = visit().go(f"{SPECIFICATIONS}#driver=wear_pct&era=oslo9&how=none&lag=1&with.grp_per_head=with")
    every = computed[computed["driver"] == "wear_pct"]
    kept = every[every["lag"] == 1]
    kept = kept[kept["covariates"].str.contains("grp_per_head")]
    assert spread.locator(".found").first.inner_text() == f"Specifications: {len(kept)} of {len(every)}"
    bench = visit().go(f"{WORKBENCH}#driver=wear_pct&era=oslo3&effects=nothing&covariates=wear_pct+grp_per_head")
    row = stands(bench, computed)
    assert (row["driver"], row["era"], row["covariates"]) == ("wear_pct", "oslo3", "grp_per_head")
