"""The policy page: a slider shows what ``policy run`` finds on the page's own draws, at once and by keyboard."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import report_sample as sample
import sample_policy

from regional_econ.core.scenario import Scenario
from regional_econ.policy.answers.cost_file import read_costs
from regional_econ.policy.exports.page_draws import on_page_draws
from regional_econ.policy.scenarios.result import Z95, PolicyResult
from regional_econ.policy.scenarios.run import run

if TYPE_CHECKING:
    from browser.conftest import Visit
    from playwright.sync_api import Page

LEVELS = ("lo95", "lo80", "lo50", "p50", "hi50", "hi80", "hi95")
SET = "en/explore_policy.html#L10=0.75&L13=12&L35=5&value=10&year=2033&first=2026&last=2029"
TASKS = "TaskDuration"
SHARES = "document.getElementById('explorer').dataset.shares === document.getElementById('explorer').dataset.turn"


def saved(page: Page, button: str) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return Path(waiting.value.path())


def answered(page: Page) -> PolicyResult:
    """Run the scenario that leaves the page as the command does."""
    scenario = Scenario.read(saved(page, "Download the scenario"))
    return run(scenario, on_page_draws(sample_policy.inputs(), sample_policy.files().document, scenario))


@pytest.mark.parametrize("coal", ["", "coal_low", "70"])
def test_the_page_and_the_command_agree(visit: Callable[..., Visit], coal: str) -> None:
    page = visit().go(f"{SET}&coal={coal}" if coal else SET)
    result, fans = answered(page), saved(page, "Download the numbers").read_text(encoding="utf-8").splitlines()
    assert len(result.paths) == 1000
    assert result.assumption
    assert [shock.on for shock in result.shocks] == ([True] if coal else [])
    rows = [row for row in csv.DictReader(line for line in fans if line[0] != "#") if row["path"] == "with_measures"]
    expected = result.fan()
    for row, (_, found) in zip(rows, expected.iterrows(), strict=True):
        assert [float(row[level]) for level in LEVELS] == pytest.approx([found[level] for level in LEVELS], rel=1e-6)
    reached, gain = result.probability(10.0, 2033), result.gain().set_index("year")
    share, error = 100.0 * float(reached.value or 0.0), 100.0 * Z95 * float(reached.mc_error or 0.0)
    shown = page.locator(".figures").inner_text()
    assert f"{share:.1f}% ± {error:.1f}" in shown
    assert f"{gain.loc[2033, 'p50']:+.2f} ± {Z95 * gain.loc[2033, 'mc_error']:.2f} pp" in shown
    page.wait_for_function(SHARES)
    means = page.locator(".shares tbody tr td:nth-child(3)").all_inner_texts()
    last = result.years.index(2033)
    whole = float((result.paths - result.baseline)[:, last].mean())
    assert means[-1] == f"{whole:+.3f}".replace("-", "−")
    assert sum(float(one.replace("−", "-")) for one in means[:-1]) == pytest.approx(whole, abs=2e-3)


def test_nothing_on_is_the_forecast(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_policy.html")
    assert "No measure is on" in page.locator(".standing").inner_text()
    result = answered(page)
    assert (result.paths == result.baseline).all()


def test_a_measure_is_pulled_by_keyboard_and_a_link_brings_it_back(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go("en/explore_policy.html")
    pulled = page.get_by_label("L10 R&D subsidies to firms", exact=True)
    pulled.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert pulled.get_attribute("aria-valuetext") == "0.75 push"
    assert "Grade of the weakest link B" in page.locator(".standing").inner_text()
    page.get_by_label("Path of the price").select_option(label="Coal falls by half")
    page.get_by_label("By which year").select_option("2030")
    shown, address = page.locator(".figures").inner_text(), page.url
    assert "L10=0.75" in address
    assert "coal=coal_low" in address
    reader.go("en/index.html").goto(address)
    page.locator("#explorer[data-ready]").wait_for()
    assert page.locator(".figures").inner_text() == shown
    page.locator("[data-do=language]").click()
    page.locator("#explorer[data-ready]").wait_for()
    assert page.locator("#about-L10").inner_text().startswith("степень B")
    assert page.locator(".direction .count:not(:empty)").inner_text() == "1"
    page.get_by_role("button", name="Вернуть к началу").click()
    assert "#" not in page.url


def test_a_measure_without_a_path_is_off_and_says_why(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_policy.html")
    known = {lever["id"] for lever in sample_policy.files().document["levers"]}
    without = [lever for lever in sample_policy.inputs().levers if lever.id not in known]
    assert len(without) == page.locator(".pull input:disabled").count() == 36 - len(known)
    for lever in without:
        about = page.locator(f"#about-{lever.id}")
        assert about.text_content() == f"no path: {lever.note.en}"
    assert page.locator("#about-L13").text_content().startswith("grade C, effect assumed outright")


def test_an_answer_takes_fifty_milliseconds_of_a_processor_at_most(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_policy.html#L02=0.5&L06=0.5&L11=0.5&L36=0.5&L13=5&L35=5")
    page.wait_for_function(SHARES)
    watch = page.context.new_cdp_session(page)
    watch.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})  # others share the processor
    watch.send("Performance.enable")

    def spent() -> float:
        return next(one["value"] for one in watch.send("Performance.getMetrics")["metrics"] if one["name"] == TASKS)

    taken = []
    for name in ("L10", "L12", "L36", "L11") * 3:
        turn, before = page.locator("#explorer").get_attribute("data-turn"), spent()
        page.get_by_role("slider", name=f"{name} ").evaluate(
            "one => { one.stepUp(); one.dispatchEvent(new Event('input', { bubbles: true })); }"
        )
        page.wait_for_function(f"document.getElementById('explorer').dataset.turn !== '{turn}'")
        taken.append(1000.0 * (spent() - before))
        page.wait_for_function(SHARES)
    assert 0.0 < sorted(taken)[2] <= 50.0, taken  # the least disturbed quarter: shared caches slow the others
    assert page.locator("#explorer").get_attribute("data-milliseconds")


def test_costs_count_only_with_a_source(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_policy.html#L10=1")
    total = page.locator(".total")
    page.get_by_label("L10 R&D subsidies to firms, mln RUB").fill("1000")
    assert "Name the source" in total.inner_text()
    page.get_by_label("Source of the costs").fill("a ministry's letter")
    assert total.inner_text().startswith("7000 mln roubles in all")  # 3 over the build-up, then 4 whole years
    table = read_costs(saved(page, "Download the costs"), levers=["L10"])
    assert table.costs["L10"].cost == 1e9
    page.get_by_role("button", name="Take the official ones").click()
    assert "mln roubles in all" in total.inner_text()
    assert page.get_by_label("L10 R&D subsidies to firms, mln RUB").input_value() != "1000"


def test_the_page_checks_its_arithmetic(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_policy.html")
    page.get_by_role("button", name="Check the arithmetic").click()
    count = len(sample_policy.files().document["tests"]["vectors"])
    page.locator(".checked", has_text=f"All {count} test settings agree").wait_for()


def test_a_wide_change_is_warned_of(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_policy.html#L10=2&L02=2&L03=2&coal=25")
    told = page.locator(".warnings").inner_text()
    assert sample.LABELS["rd_grp_pct"].en in told
    assert "This is an assumption" in told
    result = answered(page)
    flag = next(flag for flag in result.flags if flag.driver == "rd_grp_pct")
    assert f"in {100.0 * flag.share_of_draws:.1f}% of draws" in told
    assert f"widened {flag.spread:.2f} times" in told
