"""Asking about a plot in JupyterLab in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.labs import Lab
from tests.scripted import ScriptedKimi
from tests.scripts import pieces
from tests.test_lab import picture, words

PICTURE = Path(__file__).parent.parent / ".github" / "images" / "plot.png"
IS_WANTED = os.environ.get("KIMI_MAGIC_PICTURES") == "1"
"""Whether the README's picture is made anew; read before the environment is cleared for the tests."""
PLOT = """%load_ext kimi_magic
import matplotlib.pyplot as plt
speed = [10, 20, 30, 40, 50, 60]
plt.figure(figsize=(5, 2.6))
plt.plot(speed, [v**2 / 20 for v in speed], "o-", label="dry road")
plt.title("Stopping distance"); plt.xlabel("speed, km/h"); plt.ylabel("metres"); plt.legend();"""
STORY = """The distance grows with the **square** of the speed: from 5 m at 10 km/h to 180 m at 60 km/h, that is
$d = v^2/20$. Six times the speed takes 36 times the distance, so the curve must bend upwards."""
TOKENS = {"prompt_tokens": 1204, "completion_tokens": 73, "total_tokens": 1277}


def test_a_plot_is_asked_about_without_naming_it(lab: Lab, lab_kimi: ScriptedKimi, page: Page, tmp_path: Path) -> None:
    """--plot sends the picture of the cell above with its numbers, and a thumbnail stands under the answer."""
    lab_kimi.forget()
    lab_kimi.queue(pieces(*words(STORY), pause=0.002, tokens=TOKENS))
    lab.write("plot.ipynb", PLOT, "%%kimi --plot\nWhy does the curve bend?")
    notebook = lab.open(page, "plot.ipynb")
    expect(notebook.run(0).locator("img")).to_have_count(1)
    answer = notebook.run(1)
    expect(answer).to_contain_text("square")
    thumbnail = answer.locator("img")
    expect(thumbnail).to_have_count(1)
    assert thumbnail.evaluate("image => image.naturalWidth") > 20
    expect(answer).to_contain_text("plot 1 (figure,")
    text, shown = lab_kimi.chats[-1].json["messages"][-1]["content"][:2]
    assert shown["image_url"]["url"].startswith("data:image/png;base64,")
    assert all(fact in text["text"] for fact in ("Stopping distance", "dry road", "180", "km/h"))
    picture(notebook, PICTURE if IS_WANTED else tmp_path / "plot.png")
