"""Asking in JupyterLab in a real browser: what a person sees, and what a hostile answer cannot do."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import KEY
from tests.labs import Lab, Notebook
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, Stream, WaitFor, pieces

PICTURE = Path(__file__).parent.parent / ".github" / "images" / "cell.png"
IS_WANTED = os.environ.get("KIMI_MAGIC_PICTURES") == "1"
"""Whether the README's picture is made anew; read before the environment is cleared for the tests."""
LOAD = "%load_ext kimi_magic"
STORY = """The numbers do not say why, but they say where: the **north** lost a third of its orders, the south gained a few.

| region | February | March | change |
|:-------|---------:|------:|-------:|
| north  |    1,204 |   811 | −33 %  |
| south  |      977 | 1,002 | +3 %   |

With $n = 31$ days that is $\\bar{d} = \\frac{1204 - 811}{31} \\approx 12.7$ orders a day. To see whose they were:

```python
north = orders[orders.region == "north"]
by_month = north.pivot_table("number", "customer", "month", "sum")
(by_month["March"] - by_month["February"]).nsmallest(3)
```
"""
SALES = 'sales = {"north": {"February": 1204, "March": 811}, "south": {"February": 977, "March": 1002}}'
TOKENS = {"prompt_tokens": 329, "completion_tokens": 242, "total_tokens": 571, "cached_tokens": 256}
THOUGHTS = ["The user asks about March. ", "North falls from 1,204 to 811; ", "south grows a little."]


@pytest.fixture(autouse=True)
def forgetful(lab_kimi: ScriptedKimi) -> Iterator[None]:
    """Each test begins with nothing asked and nothing queued."""
    lab_kimi.forget()
    yield
    assert all(KEY not in request.body.decode() for request in lab_kimi.requests)


def words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def test_an_answer_grows_and_survives_a_reload(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """A person sees the answer grow, saves, loads the page anew, and the answer is still there."""
    go = threading.Event()
    script = pieces("One, two, ", "three, ", "four.")
    lab_kimi.queue(Stream((*script.steps[:2], WaitFor(go), *script.steps[2:])))
    lab.write("grows.ipynb", LOAD, "%%kimi\ncount")
    notebook = lab.open(page, "grows.ipynb")
    notebook.run(0)
    notebook.start(1)
    expect(notebook.output(1)).to_contain_text("One, two,")
    assert "three" not in notebook.output(1).inner_text()
    go.set()
    expect(notebook.output(1)).to_contain_text("One, two, three, four.")
    notebook.wait_for_end(1)
    notebook.save()
    notebook.reload()
    expect(notebook.output(1)).to_contain_text("One, two, three, four.")
    assert KEY not in notebook.path.read_text()


def test_the_stop_button_stops(lab: Lab, lab_kimi: ScriptedKimi, page: Page) -> None:
    """The toolbar's stop button closes the connection; what has come stays, is marked, and the next cell works."""
    lab_kimi.queue(pieces("Half of ", "an answer", finish=None, done=False).then(Hold()))
    lab.write("stops.ipynb", LOAD, "%%kimi\na long story", "%%kimi\ngo on")
    notebook = lab.open(page, "stops.ipynb")
    notebook.run(0)
    notebook.start(1)
    expect(notebook.output(1)).to_contain_text("Half of an answer")
    notebook.stop()
    notebook.wait_for_end(1)
    assert lab_kimi.closed[0].wait(2)
    shown = notebook.output(1).inner_text()
    assert "Half of an answer" in shown
    assert "interrupted" in shown
    assert "Traceback" not in shown
    expect(notebook.run(2)).to_contain_text("Forty-two.")


def test_a_good_answer_looks_good(lab: Lab, lab_kimi: ScriptedKimi, page: Page, tmp_path: Path) -> None:
    """A table, a formula, coloured code and folded thinking are shown as such; the README's picture is made of it."""
    lab_kimi.queue(pieces(*words(STORY), thinking=THOUGHTS, pause=0.005, tokens=TOKENS))
    lab.write("looks.ipynb", f"{LOAD}\n{SALES}", "%%kimi sales\nWhy did the north drop in March?")
    notebook = lab.open(page, "looks.ipynb")
    notebook.run(0)
    answer = notebook.run(1)
    expect(answer.locator("table")).to_contain_text("1,204")
    expect(answer.locator("mjx-container")).to_have_count(2)
    expect(answer).to_contain_text("Sent along: sales")
    expect(answer.locator("details summary")).to_have_count(1)
    assert not answer.locator("details").first.evaluate("element => element.open")
    assert answer.locator("pre span[style]").count() >= 3
    picture(notebook, PICTURE if IS_WANTED else tmp_path / "cell.png")


def picture(notebook: Notebook, path: Path) -> None:
    """Take a picture of the notebook's cells alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    box = notebook.cell(0).bounding_box()
    last = notebook.cell(1).bounding_box()
    assert box
    assert last
    notebook.page.screenshot(path=path, clip={**box, "height": last["y"] + last["height"] - box["y"]}, animations="disabled")
