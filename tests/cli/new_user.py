"""A reader who has never seen the site: sees what is visible, acts on links and labels only, five times at most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MOST_ACTIONS = 5


@dataclass
class NewUser:
    """Begins on the start page; every click, choice, typed word and key held counts as one action."""

    page: Page
    actions: list[str] = field(default_factory=list)

    def follow(self, text: str) -> None:
        """Click on a link by its words."""
        self._act(f"follow {text}", self.page.get_by_role("link", name=text))
        self._visible(self.page.get_by_role("link", name=text)).click()
        self.page.wait_for_load_state("load")
        if "/explore_" in self.page.url:
            self.page.locator("#explorer[data-ready]").wait_for()

    def press(self, text: str) -> None:
        """Press a button by its words."""
        self._act(f"press {text}", self.page.get_by_role("button", name=text))
        self._visible(self.page.get_by_role("button", name=text)).click()

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a labelled list."""
        self._act(f"choose {label}: {option}", self.page.get_by_label(label, exact=True))
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def write(self, label: str, text: str) -> None:
        """Write into a labelled field."""
        self._act(f"write {label}: {text}", self.page.get_by_label(label, exact=True))
        self.page.get_by_label(label, exact=True).fill(text)

    def pull(self, label: str, key: str) -> None:
        """Move a labelled slider by a key."""
        self._act(f"pull {label}", self.page.get_by_label(label, exact=True))
        self.page.get_by_label(label, exact=True).press(key)

    @contextmanager
    def saving(self) -> Iterator[list[Path]]:
        """Catch the file that the next press saves."""
        found: list[Path] = []
        with self.page.expect_download() as waiting:
            yield found
        found.append(Path(waiting.value.path()))

    def sees(self, text: str) -> bool:
        """Whether the words stand on the page where a reader sees them."""
        return self.page.locator("main").get_by_text(text).filter(visible=True).count() > 0

    def _act(self, what: str, where: Locator) -> None:
        assert where.filter(visible=True).count(), f"nothing visible to {what}"
        self.actions.append(what)
        assert len(self.actions) <= MOST_ACTIONS, self.actions

    def _visible(self, where: Locator) -> Locator:
        return where.filter(visible=True).first


def finds_researchers_in_2030(user: NewUser) -> None:
    """What is forecast for the researchers of Kuzbass in 2030?"""
    user.follow("Forecast of any region")
    user.choose("Indicator", "Researchers, persons")
    user.choose("Year", "2030")
    assert user.sees("Kemerovo oblast – Kuzbass, 2030: the median of the forecast is")


def finds_why_c18_got_its_verdict(user: NewUser) -> None:
    """Why did claim C18 get its verdict, and what would change it?"""
    user.follow("All claims")
    user.write("Words or id", "C18")
    user.follow("C18")
    assert user.page.locator("article.verdict h2").get_by_text("C18").is_visible()
    assert user.sees("What would change the verdict")
    assert user.page.locator("article.verdict .gap, article.verdict details").filter(visible=True).count()


def finds_the_cell_behind_wear_in_2020(user: NewUser) -> None:
    """Which row or cell of which file holds the wear of Kuzbass in 2020?"""
    user.follow("Data catalogue")
    user.write("Find a variable", "wear")
    user.press("Degree of wear of fixed assets, end of year")
    user.choose("Year", "2020")
    assert user.sees("Kemerovo oblast – Kuzbass, 2020")
    assert user.page.locator(".origin .hash").filter(visible=True).count()


def makes_a_scenario_and_sends_it(user: NewUser) -> None:
    """What does an R&D subsidy do, as a link and as a file to send?"""
    user.follow("Make a programme yourself")
    user.pull("L10 R&D subsidies to firms", "ArrowRight")
    assert "L10=" in user.page.url, "the address can be sent"
    with user.saving() as saved:
        user.press("Download the scenario")
    assert "L10" in saved[0].read_text(encoding="utf-8")


def takes_the_main_table_to_a_paper(user: NewUser) -> None:
    """The table of the reference regression, ready for a paper."""
    user.follow("Regressions")
    with user.saving() as saved:
        user.press("LaTeX")
    text = saved[0].read_text(encoding="utf-8")
    assert r"\toprule" in text
    assert text.count(r"\\") > 5


TASKS = (
    finds_researchers_in_2030, finds_why_c18_got_its_verdict, finds_the_cell_behind_wear_in_2020,
    makes_a_scenario_and_sends_it, takes_the_main_table_to_a_paper,
)  # fmt: skip
