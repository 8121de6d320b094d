"""Smaller SVG files: nothing that is seen changes, and what is said once is said once."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import report_sample as sample
import vl_convert

from regional_econ.report.charts.draw import CHART_KINDS, chart, chart_svg
from regional_econ.report.charts.style import Size
from regional_econ.report.svg import letters, smaller

SPACE = 'xmlns="http://www.w3.org/2000/svg"'


def drawn(kind: str, size: Size = "wide") -> str:
    frame, options = sample.FIGURES[kind]
    return chart_svg(chart(kind, frame, sample.words("ru"), options, size))  # type: ignore[arg-type]


def pixels(svg: str) -> np.ndarray:
    image = pytest.importorskip("PIL.Image", reason="pictures are compared by Pillow")
    return np.asarray(image.open(io.BytesIO(vl_convert.svg_to_png(svg, scale=2))).convert("RGB"), dtype=float)


def inside(body: str) -> tuple[str, str]:
    """What a group, which paints nothing by itself as the renderer's does not, says for all, and what stands in it."""
    beside = '<rect width="9"/><text fill="black" stroke="black">a</text>'  # say nothing, so that nothing moves above
    made = smaller(f'<svg {SPACE}>{beside}<g transform="rotate(1)" fill="none">{body}</g></svg>')
    found = re.search(r'</text><g transform="rotate\(1\)" ([^>]*)>(.*)</g></svg>', made)
    assert found, made
    return found[1], found[2]


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("kind", CHART_KINDS)
def test_a_smaller_picture_looks_the_same(kind: str, size: Size) -> None:
    svg = drawn(kind, size)
    short = smaller(svg)
    assert len(short) < 0.45 * len(svg)
    before, after = pixels(svg), pixels(short)
    assert before.shape == after.shape
    apart = np.abs(before - after).max(axis=2)
    assert apart.mean() < 0.2, "of 255 shades"
    assert (apart > 60).mean() < 2e-4, "share of points that another colour has"


@pytest.mark.parametrize("kind", CHART_KINDS)
def test_every_word_stays_and_its_font_knows_its_letters(kind: str) -> None:
    def words(svg: str) -> list[str]:
        found = ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter() if text.tag[-4:] == "text"]
        return [word for word in found if word.strip()]

    svg = drawn(kind)
    assert words(smaller(svg)) == words(svg)
    assert set().union(*letters(svg).values()) >= set("".join(words(svg)))
    assert set(letters(svg)) <= {400, 600}


def test_what_is_not_seen_goes_and_what_is_seen_stays() -> None:
    unseen = (
        '<path class="background" d="M0,0h0v0h0Z"/><path d="" stroke="red"/><g><g class="a" role="b"/></g>'
        '<path d="M0,0h9v9Z" fill="red" opacity="0"/><path d="M0,0h9" stroke="red" display="none"/><text fill="red"/>'
    )
    seen = '<path d="M0,0h9v9Z" fill="red" stroke="transparent" opacity="1" aria-label="x" pointer-events="none"/>'
    assert inside(unseen + seen) == ('fill="red" stroke="transparent"', '<path d="M0 0h9v9z"/>')
    assert "path" in smaller(f'<svg {SPACE}><path d="M0,0h9v9Z"/></svg>')  # black, as nobody says otherwise


def test_places_are_rounded_without_adding_up() -> None:
    path = "M0.004,0" + "".join(f"L{step * 0.333:.3f},{step}" for step in range(1, 101))
    _, made = inside(f'<path transform="translate(0.001,0)" d="{path}" stroke="red"/>')
    steps = [part.split() for part in made.partition('d="')[2].partition('"')[0].split("l")]
    assert steps[0] == ["M0", "0"]
    assert sum(float(x) for x, _ in steps[1:]) == pytest.approx(33.3, abs=0.006)
    assert inside('<path d="M0,0C1,2,3,4,5.556,6A2,2,0,0,1,7,8H1V2Z" stroke="red"/>')[1] == (
        '<path d="M0 0c1 2 3 4 5.56 6a2 2 0 0 1 1.44 2h-6v-6z"/>'
    )
    strange = '<path d="M0,0Q1,2,3,4"/>'
    assert inside(strange.replace("/>", ' stroke="red"/>'))[1] == strange


def test_marks_become_what_they_are() -> None:
    disc = "M2.5,0A2.5,2.5,0,1,1,-2.5,0A2.5,2.5,0,1,1,2.5,0"
    assert inside(f'<path transform="translate(3.333,4)" d="{disc}" fill="red"/>') == (
        'fill="red"', '<circle cx="3.33" cy="4" r="2.5"/>'
    )  # fmt: skip
    lines = '<line transform="translate(0,{})" x2="9" y2="0" stroke="red"{}/>'
    assert inside(lines.format(1, "") + lines.format(2, ""))[1] == '<path d="M0 1h9M0 2h9"/>'
    through = ' opacity="0.5"'  # where two such lines cross, the crossing is darker
    paint, crossed = inside(lines.format(1, through) + lines.format(2, through))
    assert paint == 'fill="none" stroke="red" stroke-opacity="0.5"'
    assert crossed == '<path d="M0 1h9"/><path d="M0 2h9"/>'
    both = '<path d="M0 0h9v9z" opacity="0.5"/>'  # its outline lies half over its inside
    assert inside(both.replace("path ", 'path fill="red" stroke="red" '))[1] == both
    turned = '<text transform="translate(1,2) rotate(-90)">a &lt; b</text>'
    assert inside(turned.replace("text ", 'text fill="red" ', 1))[1] == turned
    assert inside('<text transform="translate(0,2.5)" fill="red">a</text>')[1] == '<text y="2.5">a</text>'


def test_a_group_says_what_most_of_it_say_if_all_say_something() -> None:
    dots = "".join(f'<path d="M{x},0h1v1Z" fill="{colour}"/>' for x, colour in ((1, "red"), (2, "blue"), (3, "red")))
    word = '<text fill="green" font-size="9px">a</text>'
    assert inside(f"<g>{dots}</g>{word}") == (
        'fill="red" font-size="9px"',
        '<path d="M1 0h1v1z"/><path d="M2 0h1v1z" fill="blue"/><path d="M3 0h1v1z"/><text fill="green">a</text>',
    )
    line = '<path d="M0,0h9v9" stroke="green"/>'  # which a fill from above would make a triangle
    paint, made = inside(f"<g>{dots}{line}</g>")
    assert paint == 'fill="none"'
    assert made.count('fill="red"') == 2


def test_what_hides_and_what_is_referred_to_stays() -> None:
    clip = '<defs><clipPath id="c"><rect x="0" y="0" width="9.126" height="9"/></clipPath></defs>'
    made = smaller(f'<svg {SPACE}><g clip-path="url(#c)"><path d="M0,0h9v9Z" fill="red"/></g>{clip}</svg>')
    assert '<g clip-path="url(#c)"' in made
    assert '<clipPath id="c"><rect x="0" y="0" width="9.13" height="9"/></clipPath>' in made
