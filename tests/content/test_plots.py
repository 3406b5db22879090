"""Figures that the cells of a real kernel showed, as attachments."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kimi_magic.content.how import How
from kimi_magic.content.markup import pictures_of
from kimi_magic.content.outputs import Shown
from kimi_magic.content.plots import from_shown
from kimi_magic.errors import UsageError
from tests.kernels import Kernel

START = """
from kimi_magic.content.shown import Watcher
from kimi_magic.content.plots import from_shown as _from_shown
from kimi_magic.content.how import How as _How
_watcher = Watcher(get_ipython()); _watcher.start()
"""
ASK = """
import json as _json
print(_json.dumps([[a.name, a.kind, a.note, a.parts[0].text, [p.url for p in a.parts[1:]], a.warning]
    for a in _from_shown(_watcher.figures({which}), _How(), globals())]))
"""
INLINE = "%matplotlib inline\nimport matplotlib.pyplot as plt"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def watched(kernel: Kernel) -> Kernel:
    """A kernel that is watched from the next cell on."""
    assert kernel.run(START).ok
    return kernel


def attached(kernel: Kernel, which: str = "None") -> list[list[Any]]:
    """Return name, kind, note, words, pictures and warning of each attachment."""
    ran = kernel.run(ASK.format(which=which), store_history=False)
    assert ran.ok, ran.error
    found: list[list[Any]] = json.loads(ran.stdout)
    return found


def test_a_closed_figure_is_drawn_with_its_facts(watched: Kernel) -> None:
    """A figure that the backend closed goes as a picture with the facts of the object; its place is its name."""
    watched.run(INLINE)
    watched.run("plt.plot([1, 7], label='west'); plt.title('sales'); plt.figure(); plt.bar(['a', 'b'], [3, 4]);")
    (name, kind, _, words, pictures, _), second = attached(watched)
    assert (name, kind, second[0]) == ("plot 1", "figure", "plot 2")
    assert "sales" in words
    assert "west" in words
    assert pictures[0].startswith("data:image/png;base64,")
    assert second[4] != pictures


def test_a_figure_with_a_name_has_it(watched: Kernel) -> None:
    """A figure that is bound in the user's namespace is called by its name there."""
    watched.run(INLINE)
    watched.run("plt.figure(); plt.plot([1]); fig, ax = plt.subplots()")
    assert [one[0] for one in attached(watched)] == ["plot 1", "fig"]


def test_a_figure_cleared_after_it_was_shown_is_what_was_seen(watched: Kernel) -> None:
    """Where the object is empty by now, the picture goes that the cell showed."""
    watched.run(INLINE)
    ran = watched.run("fig = plt.figure(); plt.plot([1, 2]); plt.show(); fig.clf()")
    ((_, _, _, _, pictures, _),) = attached(watched)
    assert pictures == ["data:image/png;base64," + ran.shown[0].data["image/png"].strip().replace("\n", "")]


def test_a_figure_changed_later_is_what_it_is_now(watched: Kernel) -> None:
    """A figure that was changed after it was shown goes as it is: by reference, so that facts and picture agree."""
    watched.run(INLINE)
    watched.run("fig, ax = plt.subplots(); ax.plot([1, 2]);")
    watched.run("ax.set_title('changed');")
    ((_, _, _, words, _, _),) = attached(watched)
    assert "changed" in words


def test_raw_pictures_go_as_they_are(watched: Kernel) -> None:
    """A picture that came as bytes, as base64 or within HTML goes as it is, each with a number."""
    watched.run("from IPython.display import HTML, Image; import base64, io, PIL.Image, random")
    watched.run(
        "f = io.BytesIO(); PIL.Image.frombytes('RGB', (40, 40), random.randbytes(4800)).save(f, 'PNG'); png = f.getvalue()"
    )
    watched.run(
        "display(Image(png)); display({'image/png': base64.b64encode(png).decode()}, raw=True)\n"
        'HTML(f\'<p>two</p><img alt="a" src="data:image/png;base64,{base64.b64encode(png).decode()}">\')'
    )
    found = attached(watched)
    assert [one[0] for one in found] == ["plot 1", "plot 2", "plot 3"]
    assert len({tuple(one[4]) for one in found}) == 1


def test_altair_is_drawn(watched: Kernel) -> None:
    """An altair chart goes as a picture with facts from its specification."""
    watched.run("import altair as alt, pandas as pd")
    watched.run("alt.Chart(pd.DataFrame({'price': [1, 2]})).mark_point().encode(x='price')")
    ((_, kind, _, words, _, _),) = attached(watched)
    assert kind == "figure"
    assert "price" in words


def test_plotly_shown_by_itself_is_told(watched: Kernel) -> None:
    """Of a plotly figure of which only the description was shown, at least the facts go."""
    watched.run("import plotly.graph_objects as go; import plotly.io as pio; pio.renderers.default = 'plotly_mimetype'")
    watched.run("go.Figure(go.Bar(y=[1, 2], name='west'), layout={'title': {'text': 'sales'}}).show()")
    ((_, kind, _, words, _, _),) = attached(watched)
    assert kind == "figure"
    assert "sales" in words


def test_a_broken_picture_is_one_sentence() -> None:
    """A bundle whose picture cannot be opened raises `UsageError`; one whose picture is no base64 has none."""
    with pytest.raises(UsageError, match="plot 1"):
        from_shown([Shown(None, {"image/png": b"no picture"})], How())
    assert from_shown([Shown(None, {"image/png": "A"})], How()) == []


def test_icons_in_html_are_no_pictures() -> None:
    """A picture of a few bytes within HTML is an icon, and a remote one is not fetched."""
    assert pictures_of(f'<img src="data:image/png;base64,{PNG}"><img src="https://example.com/x.png">') == []
