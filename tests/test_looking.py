"""--plot, --above and --error, asked in a real kernel, and what the service receives."""

from __future__ import annotations

import base64
import re

import pytest

from tests.kernels import Kernel
from tests.scripted import ScriptedKimi
from tests.scripts import Reply

PLOT = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 9], label='growth'); plt.title('Yield')"
MODELS = {"data": [{"id": "blind", "supports_image_in": False}, {"id": "kimi-k2.6", "supports_image_in": True}]}


def sent(kimi: ScriptedKimi) -> tuple[str, list[bytes]]:
    """Return the words and the pictures of the last question."""
    content = kimi.chats[-1].json["messages"][-1]["content"]
    if isinstance(content, str):
        return content, []
    words = "\n".join(part["text"] for part in content if part["type"] == "text")
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    return words, [base64.b64decode(url.split(",", 1)[1]) for url in urls]


def test_the_last_plot_is_seen(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """After a plot, --plot sends its picture and the numbers behind it, and the line under the answer says so."""
    assert kernel.run(PLOT).ok
    ran = kernel.run("%%kimi --plot\nWhy does it bend?")
    assert ran.ok, ran.error
    words, pictures = sent(kimi)
    assert [picture[:8] for picture in pictures] == [b"\x89PNG\r\n\x1a\n"]
    assert all(fact in words for fact in ("Yield", "growth", "9", "Why does it bend?"))
    assert re.search(
        r"Sent along: <img src=\"data:image/\w+;base64,[^\"]+\"[^>]*>plot 1 \(figure, \d+×\d+ PNG\)", ran.answer.html
    )


def test_cells_and_errors_are_seen(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """--above sends source and output of the cells above, --error the traceback with the values on the failing line."""
    kernel.run("total = 17\nprint('total is', total)")
    kernel.run("%%kimi --above\nWhat happened?")
    words, _ = sent(kimi)
    assert "print('total is', total)" in words
    assert "total is 17" in words
    assert not kernel.run("part = 0\ntotal / part").ok
    ran = kernel.run("%kimi -e why?")
    words, _ = sent(kimi)
    assert ran.ok, ran.error
    assert "ZeroDivisionError" in words
    assert "total = 17" in words
    assert "ZeroDivisionError" in kernel.run("%kimi").everything


@pytest.mark.parametrize(
    ("line", "says"), [("--plot", "shown a figure"), ("--above", "No cell was run"), ("-e", "has failed")]
)
def test_nothing_to_look_at_is_one_sentence(kernel: Kernel, kimi: ScriptedKimi, line: str, says: str) -> None:
    """Where there is nothing of the kind, a sentence says what to do, and nothing is sent."""
    ran = kernel.run(f"%kimi {line} why?")
    assert not ran.ok
    assert says in ran.evalue
    assert kimi.chats == []


def test_frames_are_seen_by_name_and_expression(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """A frame's columns and numbers go along, at --share schema no value does."""
    kernel.run("import pandas as pd; cars = pd.DataFrame({'speed': [4, 7, 8123], 'maker': ['Planted', 'b', 'c']})")
    assert kernel.run("%%kimi cars\nWhat is it?").ok
    assert all(fact in sent(kimi)[0] for fact in ("speed", "8123", "Planted"))
    assert kernel.run("%%kimi --new cars --share schema\nWhat is it?").ok
    words, _ = sent(kimi)
    assert "speed" in words
    assert "8123" not in words
    assert "Planted" not in words


def test_a_model_that_sees_nothing_is_named_before_anything_is_sent(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """A picture for a model without eyes is a sentence that names those with, and no question is sent."""
    kimi.routes["/models"] = Reply(200, MODELS)
    assert kernel.run(PLOT).ok
    assert kernel.run("%kimi /models").ok
    ran = kernel.run("%kimi -m blind --plot why?")
    assert not ran.ok
    assert "sees no pictures" in ran.evalue
    assert "kimi-k2.6" in ran.evalue
    assert kimi.chats == []


def test_a_figure_that_is_not_handed_over_is_told(kernel: Kernel, kimi: ScriptedKimi) -> None:
    """After bokeh's show(), which publishes no figure, --plot sends no older plot in its place, and says so."""
    assert kernel.run(PLOT).ok
    show = "from bokeh.plotting import figure, show; from bokeh.io import output_notebook\noutput_notebook(hide_banner=True)"
    assert kernel.run(f"{show}\np = figure(); _ = p.line([1, 2], [3, 4]); show(p)").ok
    ran = kernel.run("%%kimi --plot\nWhat is it?")
    assert ran.ok, ran.error
    words, pictures = sent(kimi)
    assert pictures == []
    assert "bokeh figure" in words
    assert "Yield" not in words
    assert "Name the figure" in ran.answer.html
