"""The site of the sample report, built once, and a reader who opens its pages in Debian's chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import report_sample as sample

from regional_econ._base.text import LANGS
from regional_econ.core.code import Code, Made
from regional_econ.core.section import FigureBlock, Section, VerdictBlock
from regional_econ.report.build import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 60_000  # far above what any page needs: two busy cores must not fail a test


@dataclass
class Visit:
    """An open page with everything that it did and should not have done."""

    page: Page
    site: Path
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the site from the disk."""
        file, mark, anchor = path.partition("#")
        address = (self.site / file).as_uri()
        if mark and self.page.url.partition("#")[0] == address:
            self.page.goto("about:blank")  # another anchor of the page that stands open would not load it again
        self.page.goto(address + mark + anchor)
        if "/explore_" in file:
            self.page.locator("#explorer[data-ready]").wait_for()
        return self.page

    def loaded_bytes(self) -> int:
        """Return the size of all files that were loaded so far, each once."""
        paths = {
            request.removeprefix("file://").partition("?")[0] for request in self.requests if request[:5] == "file:"
        }
        return sum(Path(path).stat().st_size for path in paths)

    def draw_charts(self) -> int:
        """Scroll through the page and point at every chart until all are live; return their number."""
        charts = self.page.locator("[data-chart]")
        for place in range(charts.count()):
            charts.nth(place).scroll_into_view_if_needed()
            charts.nth(place).dispatch_event("pointerenter")
        self.page.wait_for_function("[...document.querySelectorAll('[data-chart]')].every(p => p.dataset.live)")
        return charts.count()

    def watch(self) -> None:
        """Write down what the page asks for and complains of."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)

    def forget(self) -> None:
        """Leave the page as a new reader finds it."""
        if self.page.url.startswith("file:"):
            self.page.evaluate("localStorage.clear()")
        self.page.emulate_media(media="null")
        self.requests.clear()
        self.problems.clear()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith(("file:", "data:")):
            self.problems.append(f"request outside: {request.url}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # which a reader who leaves the page causes
            self.problems.append(f"not loaded: {request.url}: {request.failure}")


@pytest.fixture(scope="session")
def code() -> Code:
    """The code that the results say they were made with."""
    return Code("7.7.7", "c0de" * 16)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, code: Code) -> Path:
    """The site of the sample report in both languages."""
    _need_chromium()
    out = tmp_path_factory.mktemp("site")
    texts, ledger = [sample.words(lang) for lang in LANGS], sample.ledger()
    ledger = replace(ledger, made={home: Made(code, current=False) for home in ledger.made})
    explorers = sample.explorers()
    write_report(_sections(), texts, ledger, sample.SOURCES, out, front="sample", only="site", explorers=explorers)
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One chromium for a module; no longer, because its event loop must not meet those of other tests."""
    _need_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, headless=True)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def readers(browser: Browser, site: Path) -> Iterator[Callable[..., Visit]]:
    """Opens an empty page for a reader; readers of one kind share it, which saves a process a test."""
    known: dict[tuple[str, int, bool, str], Visit] = {}

    def reader(theme: str, width: int, script: bool, locale: str) -> Visit:
        kind = (theme, width, script, locale)
        if kind not in known:
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if theme == "dark" else "light",
                java_script_enabled=script,
                locale=locale,
                reduced_motion="reduce",
            )
            context.set_default_timeout(PATIENCE_MS)
            known[kind] = Visit(context.new_page(), site)
            known[kind].watch()
        return known[kind]

    yield reader
    for visit in known.values():
        visit.page.context.close()


@pytest.fixture
def visit(readers: Callable[..., Visit]) -> Iterator[Callable[..., Visit]]:
    """Opens an empty page of a reader without a past; in the end no page may have complained or asked the network."""
    used: list[Visit] = []

    def opened(theme: str = "light", width: int = 1280, *, script: bool = True, locale: str = "en-US") -> Visit:
        used.append(readers(theme, width, script, locale))
        return used[-1]

    yield opened
    problems = [problem for one in used for problem in one.problems]
    for one in used:
        one.forget()
    assert problems == []


def _sections() -> list[Section]:
    """The sample, a chart taller than paper, and a verdict with so many criteria that a page folds them."""
    *others, models, last = sample.sections()
    tall = FigureBlock(
        "sample-tall", "coefficients", sample.TALL, "sample.figure", "sample.alt", {"names": sample.NAMES}
    )
    claim = sample.claim("C41")
    claim["verdict"]["rule_trace"] *= 2
    return [
        *others,
        replace(models, blocks=(*models.blocks, tall)),
        replace(last, blocks=(*last.blocks, VerdictBlock("v4", claim))),
    ]


def _need_chromium() -> None:
    pytest.importorskip("playwright", reason="browser tests need Playwright, which comes with the development packages")
    if CHROMIUM is None:
        pytest.skip("browser tests need chromium, on Debian: apt-get install chromium")
