"""What a page must not have, asked of the page itself: a sideways scroll, a barrier, a control out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

OVERFLOW = """() => {
  const over = document.scrollingElement.scrollWidth - innerWidth;
  if (over <= 0) { return ""; }
  const wide = [...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest(".scroll"));
  return over + " px too wide: " + wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ");
}"""
CONTROLS = "a[href], button, summary, input, select, [tabindex='0']"
# Writes down every control that gets the focus and whether the reader can see that it did.
FOLLOW_FOCUS = """controls => {
  window.reached = new Set();
  window.unseen = [];
  document.addEventListener("focusin", event => {
    const style = getComputedStyle(event.target), box = event.target.getBoundingClientRect();
    window.reached.add(event.target);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    if (!ring || box.width === 0 || box.right < 0) { window.unseen.push(event.target.outerHTML.slice(0, 120)); }
  });
  window.wanted = controls => [...document.querySelectorAll(controls)].filter(e => e.checkVisibility() && !e.disabled);
}"""
NOT_REACHED = (
    "controls => window.wanted(controls).filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 150))"
)


def unreached(page: Page) -> list[str]:
    """Controls that the tabulator key does not reach, or reaches without a ring that a reader can see."""
    page.evaluate(FOLLOW_FOCUS, CONTROLS)
    wanted = page.evaluate("controls => window.wanted(controls).length", CONTROLS)
    assert wanted > 5
    for _ in range(wanted + 1):
        page.keyboard.press("Tab")
    missed: list[str] = page.evaluate(NOT_REACHED, CONTROLS) + page.evaluate("window.unseen")
    return missed


def nameless(page: Page) -> list[str]:
    """Controls that assistive technology would announce without a name, as chromium computes it."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    controls = ("button", "link", "textbox", "searchbox", "checkbox", "DisclosureTriangle", "region", "dialog", "image")
    return [
        session.send("DOM.getOuterHTML", {"backendNodeId": node["backendDOMNodeId"]})["outerHTML"][:150]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in controls
        and not str(node.get("name", {}).get("value", "")).strip()
    ]


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found: dict[str, Any] = axe.run(page, options={"resultTypes": ["violations"], "preload": False}).response
    return [
        f"{rule['id']}: {node['target']} {node['html'][:150]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
