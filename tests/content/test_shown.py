"""What a real kernel's cells showed, as the watcher remembers it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kernels import Kernel, running_kernel

START = """
from kimi_magic.content.shown import Watcher
_watcher = Watcher(get_ipython()); _watcher.start()
"""
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""One pixel, in base64."""

INLINE = "%matplotlib inline\nimport matplotlib.pyplot as plt"


@pytest.fixture
def watched(kernel: Kernel) -> Kernel:
    """A kernel that is watched from the next cell on."""
    assert kernel.run(START).ok
    return kernel


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Kernel]:
    """A kernel without the extension, watched by nobody but the test's own watcher."""
    with running_kernel(str(tmp_path), {}) as kernel:
        assert kernel.run(START).ok
        yield kernel


def told(kernel: Kernel, expression: str) -> Any:
    """Return what ``expression`` is worth in the kernel, asked as a program asks: outside of all cells."""
    ran = kernel.run(f"import json as _json; print(_json.dumps({expression}))", store_history=False)
    assert ran.ok, ran.error
    return json.loads(ran.stdout)


def figures(kernel: Kernel, which: str = "None") -> list[list[Any]]:
    """Return type, title (of a figure that is held) and kinds of picture of each figure."""
    found: list[list[Any]] = told(
        kernel,
        "[[s.type, s.value.axes[0].get_title() if hasattr(s.value, 'axes') and s.value.axes else '',"
        f" sorted(m for m in s.bundle if m != 'text/plain')] for s in _watcher.figures({which})]",
    )
    return found


def titles(kernel: Kernel, which: str = "None") -> list[str]:
    return [title for _, title, _ in figures(kernel, which)]


def cells(kernel: Kernel, count: int) -> list[list[str]]:
    """Return source and outputs in words of each cell."""
    outputs = "[o.text if hasattr(o, 'text') else o.bundle['text/plain'] for o in c.outputs]"
    found: list[list[str]] = told(
        kernel, f"[[c.source, *{outputs}, *filter(None, [c.error])] for c in _watcher.cells({count})]"
    )
    return found


def test_a_figure_that_the_inline_backend_closed_is_held(watched: Kernel) -> None:
    """A figure is remembered as the object that it is, although the backend has closed it, with the picture of that time."""
    assert watched.run(INLINE).ok
    assert watched.run("plt.plot([1, 2]); plt.title('sales')").ok
    assert told(watched, "plt.get_fignums()") == []
    assert figures(watched) == [["matplotlib.figure.Figure", "sales", ["image/png"]]]


def test_all_figures_of_the_last_cell_that_showed_any_come_in_order(watched: Kernel) -> None:
    """Figures of one cell come in the order in which they were shown; later cells that show none change nothing."""
    watched.run(INLINE)
    watched.run("plt.plot([0]); plt.title('before')")
    watched.run("for name in 'abc':\n    plt.figure(); plt.plot([1]); plt.title(name)")
    watched.run("print('nothing to see'); 1 + 1")
    assert titles(watched) == ["a", "b", "c"]
    assert titles(watched, "2") == ["b", "c"]
    assert titles(watched, "4") == titles(watched, '"all"') == ["before", "a", "b", "c"]


def test_a_figure_shown_twice_in_a_cell_counts_once(watched: Kernel) -> None:
    """A figure that is the cell's result and is flushed at its end besides is one figure."""
    watched.run(INLINE)
    ran = watched.run("fig, ax = plt.subplots(); ax.set_title('once'); fig")
    assert len(ran.shown) == 2
    assert titles(watched) == ["once"]


def test_what_a_helper_displays_is_seen(watched: Kernel) -> None:
    """A figure shown by display() deep in a function is remembered, also when it was made without pyplot."""
    watched.run("from matplotlib.figure import Figure")
    watched.run("def draw():\n    f = Figure(); f.subplots().set_title('deep'); display(f)")
    watched.run("%matplotlib inline")
    watched.run("draw()")
    assert titles(watched) == ["deep"]


def test_a_figure_in_the_running_cell_counts(watched: Kernel) -> None:
    """What the running cell has drawn, and will show at its end, is what ``figures`` returns."""
    watched.run(INLINE)
    watched.run("plt.plot([1]); plt.title('old')")
    ran = watched.run(
        "plt.plot([2]); plt.title('new'); print([s.value.axes[0].get_title() for s in _watcher.figures(None)])"
    )
    assert ran.stdout == "['new']\n"


UNSEEN = (
    "%%capture\nplt.plot([1]); plt.show()",
    "plt.plot([1]); plt.close()",
    "from matplotlib.figure import Figure; f = Figure(); f;",
    "plt.figure(); plt.plot([1]); plt.savefig('x.png'); plt.close('all')",
    "display({'text/plain': 'words'}, raw=True)",
    "import ipywidgets; ipywidgets.IntSlider()",
    "1 + 1",
)


def test_what_nobody_saw_is_no_figure(watched: Kernel) -> None:
    """Captured, closed and silenced figures, words and widgets are none."""
    watched.run(INLINE)
    found = {code: (watched.run(code).ok, figures(watched, '"all"')) for code in UNSEEN}
    assert found == dict.fromkeys(UNSEEN, (True, []))


def test_a_closed_capture_can_be_shown_later(watched: Kernel) -> None:
    """What ``%%capture`` caught is seen when it is shown."""
    watched.run(INLINE)
    watched.run("%%capture caught\nplt.plot([1]); plt.show()")
    watched.run("caught.show()")
    assert [kinds for _, _, kinds in figures(watched)] == [["image/png"]]


def test_raw_pictures_are_kept_as_their_bundle(watched: Kernel) -> None:
    """display(Image(...)), a raw bundle and HTML with an embedded picture are figures, without an object."""
    watched.run("from IPython.display import HTML, Image; import base64")
    watched.run(f"picture = '{PNG}'\ndisplay(Image(base64.b64decode(picture)))")
    watched.run("display({'image/png': picture}, raw=True)")
    watched.run("HTML(f'<img src=\"data:image/png;base64,{picture}\">')")
    assert [kinds for _, _, kinds in figures(watched, '"all"')] == [["image/png"], ["image/png"], ["text/html"]]


def test_plotly_shown_by_itself_leaves_its_description(watched: Kernel) -> None:
    """A plotly figure as a result is held; by .show() only its description comes, which is kept."""
    watched.run("import plotly.graph_objects as go; import plotly.io as pio; pio.renderers.default = 'plotly_mimetype'")
    watched.run("go.Figure(go.Bar(y=[1, 2]))")
    watched.run("go.Figure(go.Bar(y=[1, 2])).show()")
    held, shown = figures(watched, '"all"')
    assert held[0] == "plotly.graph_objs._figure.Figure"
    assert shown == ["", "", ["application/vnd.plotly.v1+json"]]


def test_altair_is_held_though_its_bundle_has_no_picture(watched: Kernel) -> None:
    """An altair chart, shown as HTML that loads its scripts, is remembered as the object."""
    watched.run("import altair as alt, pandas as pd")
    watched.run("alt.Chart(pd.DataFrame({'x': [1]})).mark_point().encode(x='x')")
    assert [kind for kind, _, _ in figures(watched)] == ["altair.vegalite.v6.api.Chart"]


def test_an_updated_display_is_what_it_shows_now(watched: Kernel) -> None:
    """update_display replaces what was remembered; clear_output forgets what it clears."""
    watched.run("handle = display({'text/plain': 'waiting'}, raw=True, display_id=True)")
    watched.run(f"handle.update({{'image/png': '{PNG}'}}, raw=True)")
    assert [kinds for _, _, kinds in figures(watched)] == [["image/png"]]
    animate = (
        f"for i in range(3):\n    clear_output(wait=True); display({{'image/png': '{PNG}', 'text/plain': str(i)}}, raw=True)"
    )
    watched.run("from IPython.display import clear_output\n" + animate)
    assert cells(watched, 1)[0][1:] == ["2"]


def test_a_figure_shown_again_is_the_object_only_in_its_last_place(watched: Kernel) -> None:
    """Shown in two cells, a figure is in the first what it was then, a picture, and in the second the object as it is."""
    watched.run(INLINE)
    watched.run("fig, ax = plt.subplots(); ax.set_title('first')")
    watched.run("ax.set_title('second'); fig")
    first, second = figures(watched, '"all"')
    assert first[1:] == ["", ["image/png"]]
    assert second[1:] == ["second", ["image/png"]]


def test_memory_is_bounded(watched: Kernel) -> None:
    """Of many figures the last are kept; older ones' objects are let go, and nothing is kept of the oldest."""
    watched.run(INLINE)
    for number in range(12):
        watched.run(f"plt.figure(); plt.title('{number} a'); plt.figure(); plt.title('{number} b');")
    assert len(figures(watched, '"all"')) == 20
    watched.run("import gc; gc.collect()")
    kept = titles(watched, '"all"')
    assert kept[-6:] == ["9 a", "9 b", "10 a", "10 b", "11 a", "11 b"]
    assert kept[:-6] == [""] * 14
    assert told(watched, "sum(type(o).__name__ == 'Figure' for o in gc.get_objects())") <= 8


def test_pictures_weigh_at_most_32_megabytes(watched: Kernel) -> None:
    """Of pictures without an object only the last 32 MB are kept."""
    for _ in range(5):
        watched.run("display({'image/png': 'A' * 10_000_000}, raw=True)")
    assert len(figures(watched, '"all"')) == 3


def test_a_figure_let_go_is_found_while_the_user_keeps_it(watched: Kernel) -> None:
    """An old figure that the user still has is the object itself."""
    watched.run(INLINE)
    watched.run("fig = plt.figure(); plt.title('mine')")
    for _ in range(5):
        watched.run("plt.figure(); plt.title('other')")
    assert titles(watched, '"all"')[0] == "mine"


def test_cells_have_source_and_outputs(watched: Kernel) -> None:
    """A cell is remembered with what it printed, showed, returned and raised, in order."""
    watched.run("import sys\nprint('one'); print('two', file=sys.stderr); display(3)\n{}['x']")
    (cell,) = cells(watched, 1)
    assert cell[1:4] == ["one\n", "two\n", "3"]
    assert cell[4].endswith("line 3, in <module>: {}['x']\nKeyError: 'x'")


def test_cells_are_those_run_last_without_questions(watched: Kernel) -> None:
    """Cells that only ask Kimi are left out, the oldest comes first, and a cell run again stands there once."""
    watched.run("1")
    watched.run("%kimi /help")
    watched.run("2")
    watched.run("%%kimi --nonsense\nWhat?")
    assert [cell[0] for cell in cells(watched, 9)] == ["1", "2"]


def test_a_cell_that_was_run_again_stands_there_once(watched: Kernel) -> None:
    """The front end's id tells that a cell is the same, whatever its source was."""
    for source, name in [("1", "a"), ("2", "b"), ("3", "a")]:
        message = watched.client.session.msg(
            "execute_request", {"code": source, "store_history": True, "silent": False}, metadata={"cellId": name}
        )
        watched.client.shell_channel.send(message)
        watched.finish(message["header"]["msg_id"])
    assert [cell[0] for cell in cells(watched, 2)] == ["2", "3"]


def test_long_output_keeps_its_end(watched: Kernel) -> None:
    """Of a stream the last 2,000 characters stay, a progress bar is what stands there at last, and outputs are few."""
    watched.run("for i in range(100_000): print(i)")
    (cell,) = cells(watched, 1)
    assert cell[1].endswith("99998\n99999\n")
    assert len(cell[1]) < 2_100
    assert "left out" in cell[1]
    watched.run("for i in range(101): print(f'\\r{i} %', end='')")
    assert cells(watched, 1)[0][1] == "100 %"
    watched.run("for i in range(1_000): display(i)")
    assert told(watched, "[len(_watcher.cells(1)[0].outputs), _watcher.cells(1)[0].left_out]") == [40, 960]


def test_nested_cells_and_programs_requests_are_no_cells(watched: Kernel) -> None:
    """What a cell runs is part of it; silent requests and those without history are not remembered."""
    watched.run("get_ipython().run_cell('print(\"inner\")'); print('outer')")
    watched.run("print('silent')", silent=True)
    watched.run("print('probe')", store_history=False)
    (cell,) = cells(watched, 9)
    assert cell[1:] == ["inner\nouter\n"]


def test_the_last_failure_is_kept(watched: Kernel) -> None:
    """The failure is the last exception: not one of ours, not an interrupt, and later successes leave it."""
    assert told(watched, "_watcher.failure()") is None
    watched.run("1 / 0")
    watched.run("'fine'")
    watched.run("%%kimi --nonsense\nWhat?")
    watched.run("%kimi /nonsense")
    watched.run("raise KeyboardInterrupt")
    watched.run("raise SystemExit")
    assert told(watched, "[_watcher.failure().kind, _watcher.failure().source]") == ["ZeroDivisionError", "1 / 0"]
    watched.run("x = = 1")
    assert told(watched, "_watcher.failure().kind") == "SyntaxError"


def test_a_failure_that_is_only_shown_is_found(watched: Kernel) -> None:
    """%run shows the script's exception and goes on: it is the last failure all the same."""
    watched.run("%%writefile broken.py\nint('x')")
    assert watched.run("%run broken.py").ok
    assert told(watched, "_watcher.failure().kind") == "ValueError"


def test_a_formatter_that_fails_fails_as_ever(bare: Kernel) -> None:
    """A repr that raises shows the user the same traceback as without the watcher."""
    bare.run("class Bad:\n    def __repr__(self): raise ValueError('mine')")
    ran = bare.run("display(Bad()); print('goes on')")
    bare.run("_watcher.stop()")
    unwatched = bare.run("display(Bad()); print('goes on')")
    assert ran.stdout == unwatched.stdout == "goes on\n"
    shown, expected = (
        [message["content"]["traceback"] for message in one.messages if message["msg_type"] == "error"]
        for one in (ran, unwatched)
    )
    assert "mine" in str(shown)
    assert len(str(shown)) == len(str(expected))  # but for the numbers of the cells


def test_stop_leaves_the_shell_as_it_was(bare: Kernel) -> None:
    """After stop no method is tapped, no event is heard, and what was remembered is still there."""
    bare.run(f"display({{'image/png': '{PNG}'}}, raw=True)")
    bare.run("ip = get_ipython(); _watcher.stop()")
    parts = "[ip.display_formatter, ip.display_pub, ip.displayhook, __import__('sys').stdout, __import__('sys').stderr]"
    names = ("format", "publish", "clear_output", "write_format_data", "write")
    assert (
        told(bare, f"[n for p in {parts} for n in {names} if 'taps.py' in str(getattr(getattr(p, n, 0), '__code__', 0))]")
        == []
    )
    assert told(bare, "[n for n in ('format', 'publish') if n in vars(ip.display_pub) | vars(ip.display_formatter)]") == []
    bare.run("display({'image/png': ''}, raw=True)")
    assert len(figures(bare, '"all"')) == 1


def test_taps_follow_what_is_exchanged(kernel: Kernel) -> None:
    """Started within %%capture, where streams and publisher are others, it hears the cells after it."""
    kernel.run("%%capture\n" + START)
    kernel.run("print('heard'); display(1)")
    assert cells(kernel, 1)[0][1:] == ["heard\n", "1"]


def test_reloading_the_extension_does_not_double(watched: Kernel) -> None:
    """%reload_ext, and a second start, change nothing."""
    watched.run("%reload_ext kimi_magic\n_watcher.start()")
    watched.run("print('once'); display(1)")
    assert cells(watched, 1)[0][1:] == ["once\n", "1"]


def test_answers_are_not_figures(watched: Kernel) -> None:
    """A display that carries an answer's metadata is not remembered, also in a cell that does other things."""
    watched.run(f"display({{'image/png': '{PNG}'}}, raw=True, metadata={{'kimi_magic': {{}}}}); 1")
    assert figures(watched, '"all"') == []
    assert cells(watched, 1)[0][1:] == ["1"]


def test_watching_costs_little(bare: Kernel) -> None:
    """Starting takes under a millisecond, and an empty cell's two events under 0.2 ms."""
    bare.run("import time")
    begun = "start = time.thread_time(); w = Watcher(get_ipython()); w.start(); spent = time.thread_time() - start; w.stop()"
    bare.run(begun)
    assert told(bare, "spent") < 0.001
    loop = """
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult
w = Watcher(get_ipython())
def once():
    info = ExecutionInfo('1', True, False, True, None)
    w._on_begin(info); w._on_end(ExecutionResult(info))
times = []
for _ in range(200):
    start = time.thread_time(); once(); times.append(time.thread_time() - start)
w.stop()
"""
    assert bare.run(loop).ok
    assert told(bare, "sorted(times)[100]") < 0.0002
