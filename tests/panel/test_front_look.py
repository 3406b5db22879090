"""How the panel looks and feels: accessible, in each theme and width, in each direction of writing."""

from __future__ import annotations

import os
from pathlib import Path

import PIL.Image
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import Page, expect

from kimi_magic.calls import Called, Round
from kimi_magic.panel.choices import meter_text
from kimi_magic.render.blocks import to_html
from kimi_magic.render.rounds import GrowingRounds, rounds_html
from tests.panel.fronts import CHIPS, CONSENT, EVERYTHING, FRAME, LIVE, MISFIT, REPORTS, RICH
from tests.panel.harness import Front, Pages, turn
from tests.render.turns import CODE, WEATHER, with_rounds

PICTURES = Path(os.environ["KIMI_MAGIC_LOOKS"]) if "KIMI_MAGIC_LOOKS" in os.environ else None
"""Where pictures of all looks are put for somebody who wants to see them."""


def _nothing(_front: Front) -> None:
    """Change nothing."""


def _everything(front: Front) -> None:
    meter = {"used": 12_300, "context": 262_144, "text": meter_text(12_300, 262_144, 0.02, 3)}
    front.put(turns=EVERYTHING, reports=REPORTS, chips=CHIPS, meter=meter, queue=[{"id": "q", "text": "Later"}])
    front.panel.evaluate("e => { e.style.blockSize = '2000px' }")
    front.turn(1).hover()


def _completing(front: Front) -> None:
    front.input.fill("/")


def _editing(front: Front) -> None:
    _everything(front)
    front.button("Edit the question and ask again", front.turn(1)).click()


def _consenting(front: Front) -> None:
    calls = GrowingRounds().html(
        [Round("", "", (Called(WEATHER, "done", "21 °C", seconds=0.31), Called(CODE)))], is_live=True
    )
    live = {**LIVE, "id": "t7", "status": "kimi-k3", "phase": "answering"}
    done = turn(6, calls=rounds_html(with_rounds().rounds))
    front.put(turns=[done, turn(7, state="asked", html="", text="")], live=live, calls=calls, consent=CONSENT)


def _consenting_otherwise(front: Front) -> None:
    _consenting(front)
    front.button("Edit…").click()


def _consenting_again(front: Front) -> None:
    _consenting(front)
    front.put(consent=MISFIT)


STATES = {
    "empty": _nothing,
    "everything": _everything,
    "completing": _completing,
    "editing": _editing,
    "consenting": _consenting,
    "consenting otherwise": _consenting_otherwise,
    "consenting again": _consenting_again,
}


@pytest.mark.parametrize("theme", ["light", "dark", "none"])
def test_it_is_accessible(pages: Pages, page: Page, theme: str) -> None:
    """Axe finds nothing in any state, in the light and the dark theme and without one.

    Left out: the colours of code, which are the theme's own and those of every cell beside it.
    """
    for name, prepare in STATES.items():
        front = pages.open(page, theme)
        prepare(front)
        front.settle()
        found = Axe().run(page, context={"include": [[".kimi-panel"]], "exclude": [["pre span"]]})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def test_everything_is_reached_by_keyboard(front: Front) -> None:
    """Tab goes through every button and selector that there is."""
    front.put(turns=EVERYTHING, chips=CHIPS)
    front.panel.evaluate("e => { e.style.blockSize = '2000px' }")
    front.settle()
    kinds = "button:enabled, select, textarea, summary"
    wanted = (
        f"e => [...e.querySelectorAll('{kinds}')].filter(one => one.checkVisibility() && one.role !== 'menuitem').length"
    )
    number = f"""(e => e.matches('.kimi-panel :is({kinds})') ? [...document.querySelectorAll('*')].indexOf(e) : null)(
        document.activeElement)"""
    reached = set()
    front.page.locator("body").press("Tab")
    for _ in range(80):
        reached.add(front.page.evaluate(number))
        front.page.keyboard.press("Tab")
    assert len(reached - {None}) == front.panel.evaluate(wanted)


@pytest.mark.parametrize("width", [280, 1_100])
def test_nothing_sticks_out(pages: Pages, page: Page, width: int) -> None:
    """Narrow or wide, with long words, wide tables and code, in any direction of writing, only boxes of their own scroll."""
    page.set_viewport_size({"width": width, "height": 900})
    wide = f"{'y' * 400}\n\n|{'a|' * 40}\n|{'-|' * 40}\n|{'1|' * 40}\n\n```\n{'z' * 400}\n```"
    wide += f"\n\n# {'q' * 200}\n\nلماذا؟ 为什么{'这' * 200}"
    long = {**FRAME, "name": "n" * 300, "note": "o" * 200, "warning": "w" * 200}
    turns = [
        turn(1, prompt="x" * 400, html=to_html(wide), status="s" * 200, attachments=[long], error="e" * 300, state="failed")
    ]
    front = pages.open(
        page, turns=turns, chips=[{"id": "c", "share": "all", **long}], queue=[{"id": "q", "text": "u" * 300}]
    )
    out = """e => [...e.querySelectorAll('*')].filter(one => !one.closest('.k-scroll, .k-unseen, option') &&
        one.getBoundingClientRect().right > e.getBoundingClientRect().right + 1).map(one => one.outerHTML.slice(0, 80))"""
    assert front.panel.evaluate(out) == []
    assert front.panel.get_by_role("log").evaluate("e => e.scrollWidth - e.clientWidth") == 0


def test_text_reads_in_its_own_direction(front: Front) -> None:
    """Arabic reads from the right in question, answer and field; code always from the left."""
    front.put(turns=[turn(1, prompt="لماذا؟", html=to_html("لأن\n\n```\nx = 1\n```"))])
    front.input.fill("لماذا")
    direction = "e => getComputedStyle(e).direction"
    places = (front.panel.locator(".k-prompt"), front.panel.locator(".k-body"), front.input)
    assert [place.evaluate(direction) for place in places] == ["rtl"] * 3
    assert front.panel.locator("pre").evaluate(direction) == "ltr"


def test_motion_is_reduced_on_wish(front: Front) -> None:
    """Who wishes for less motion sees no pulsing."""
    front.put(turns=[turn(1, state="asked", html="", text="")])
    name = "e => getComputedStyle(e).animationName"
    assert front.panel.locator(".k-pulse").evaluate(name) == "k-pulse"
    front.page.emulate_media(reduced_motion="reduce")
    assert front.panel.locator(".k-pulse").evaluate(name) == "none"


LOOKS: dict[str, tuple[str, int, str]] = {
    "light": ("light", 900, "en"),
    "dark": ("dark", 900, "en"),
    "narrow": ("light", 290, "en"),
    "wide": ("light", 1_600, "en"),
    "chinese": ("light", 900, "这是一个回答，说明为什么曲线在三月下降。"),
    "right-to-left": ("dark", 900, "هذه إجابة تشرح لماذا انخفض المنحنى في مارس."),
    "long-words": ("light", 500, "y" * 300),
    "200-turns": ("light", 900, "many"),
    "consent": ("light", 600, "calls"),
    "consent-dark": ("dark", 290, "calls"),
    "consent-again": ("light", 600, "misfit"),
    "consent-again-dark": ("dark", 290, "misfit"),
}
"""Theme, width and words of the pictures."""


@pytest.mark.parametrize("look", LOOKS)
def test_each_look_has_its_picture(pages: Pages, page: Page, look: str, tmp_path: Path) -> None:
    """The panel fills its page in each look, its words are seen, and a picture shows more than one colour."""
    theme, width, words = LOOKS[look]
    page.set_viewport_size({"width": width, "height": 900})
    if words == "many":
        turns = [turn(number) for number in range(1, 201)]
    elif words in ("en", "calls", "misfit"):
        turns = EVERYTHING
    else:
        turns = [turn(1, prompt=words, html=to_html(f"{words}\n\n{RICH}"), thinking=words, thought="Thought for 3 s")]
    front = pages.open(page, theme, turns=turns, chips=CHIPS)
    if words == "calls":
        _consenting(front)
    elif words == "misfit":
        _consenting_again(front)
    picture = (PICTURES or tmp_path) / f"{look}.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    front.panel.screenshot(path=picture, animations="disabled")
    with PIL.Image.open(picture) as image:
        assert image.width >= width - 40
        assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 50
    shown = {
        "many": "Answer 200.",
        "en": "Answer 5.",
        "calls": "May Kimi call run_python?",
        "misfit": "These do not fit",
    }.get(words, words)
    expect(front.panel.get_by_text(shown).first).to_be_in_viewport()
