"""A notebook as it was last saved, read from real files."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import v3, v4

from kimi_magic.conversation import Entry
from kimi_magic.notebook.answers import INTERRUPTED
from kimi_magic.notebook.saved import MOST_BYTES, Saved, read
from kimi_magic.notebook.turns import turns
from kimi_magic.render.view import MARKS
from tests.notebook.notebooks import answered, code, output, write


def saved(path: str) -> Saved:
    found = read(path)
    assert found is not None
    return found


def entry(id: str, cell: str = "", asked_at: float = 0.0) -> Entry:  # noqa: A002 the entry's own word for it
    return Entry(id, "complete", asked_at, is_said=True, cell=cell)


def test_cells_come_in_order_with_their_answers(tmp_path: Path) -> None:
    """Each cell has its id, its source and the answers in its outputs; other outputs and our reports are left out."""
    report = v4.new_output("display_data", {"text/plain": "Usage"}, metadata={"kimi_magic": {"version": 1}})  # type: ignore[no-untyped-call]  # nbformat's own
    stream = v4.new_output("stream", text="printed")  # type: ignore[no-untyped-call]  # nbformat's own
    note = v4.new_markdown_cell("# Title", id="note")  # type: ignore[no-untyped-call]  # nbformat's own
    one, two = output(answered("t1", "Eins.")), output(answered("t2", "Zwei\nDrei."))
    asking = code("%kimi /usage\n%kimi one\n%kimi two", report, one, stream, two, id="asking")
    path = write(tmp_path / "a.ipynb", note, asking, code("%%kimi\nthree", id="silent"))
    found = saved(path)
    assert (found.path, found.saved_at, found.has_cell_ids) == (path, os.stat(path).st_mtime, True)
    assert [(cell.id, cell.source) for cell in found.cells] == [
        ("note", "# Title"),
        ("asking", "%kimi /usage\n%kimi one\n%kimi two"),
        ("silent", "%%kimi\nthree"),
    ]
    first, second = found.cells[1].answers
    assert (first.turn, first.text, first.question.prompt) == ("t1", "Eins.", "one")
    assert (second.turn, second.text, second.question.prompt) == ("t2", "Zwei\nDrei.", "two")
    assert first.about["model"] == "kimi-k2.6"
    assert found.cells[0].answers == found.cells[2].answers == ()
    assert found.cell_ids == {"note", "asking", "silent"}
    assert found.turn_ids == {"t1", "t2"}
    assert found.asks == {"asking"}


def test_a_turn_has_the_place_of_its_cell_or_else_of_its_answer(tmp_path: Path) -> None:
    """The cell that asked tells the place; where it is gone, the first cell that shows the answer does."""
    shown = output(answered("t1"))
    cells = [code("", shown, id="copy"), code("", shown, id="original"), code("", output(answered("t2")), id="c")]
    found = saved(write(tmp_path / "a.ipynb", *cells))
    assert found.place(entry("t1", "original")) == 1
    assert found.place(entry("t1", "deleted")) == 0
    assert found.place(entry("t2", "vscode-notebook-cell:/a.ipynb#W0sZmlsZQ==")) == 2
    assert found.place(entry("unknown", "deleted")) is None
    assert found.place(entry("unknown")) is None


@pytest.mark.parametrize(
    ("turn", "is_lacking"),
    [
        (entry("gone", "gone", 100.0), True),
        (entry("gone", "here", 100.0), False),
        (entry("t1", "gone", 100.0), False),
        (entry("gone", "gone", 300.0), False),
        (entry("gone", "", 100.0), False),
        (entry("gone", "vscode-notebook-cell:/a.ipynb#W0sZmlsZQ==", 100.0), False),
        (entry("gone", "x" * 65, 100.0), False),
    ],
)
def test_a_file_lacks_a_turn_that_it_could_have(tmp_path: Path, turn: Entry, is_lacking: bool) -> None:
    """A turn lacks where the file was saved after it, and has neither its cell nor its answer, and could name its cell."""
    path = write(tmp_path / "a.ipynb", code("%%kimi\nHi", output(answered("t1")), id="here"))
    os.utime(path, (200.0, 200.0))
    assert saved(path).lacks(turn) is is_lacking


def test_an_emptied_notebook_lacks_its_turns(tmp_path: Path) -> None:
    """Where all cells were deleted, the turns of those cells lack."""
    path = write(tmp_path / "a.ipynb")
    assert saved(path).lacks(entry("t1", "gone"))


def test_a_notebook_without_ids_of_cells_has_places_by_its_answers(tmp_path: Path) -> None:
    """Before nbformat 4.5 cells have no lasting names: nothing lacks, and answers are found."""
    path = write(tmp_path / "a.ipynb", code("x = 1"), code("%%kimi\nHi", output(answered("t1"))), minor=4)
    found = saved(path)
    assert not found.has_cell_ids
    assert [cell.id for cell in found.cells] == ["", ""]
    assert (found.place(entry("t1", "any")), found.lacks(entry("gone", "gone"))) == (1, False)
    assert found.asks == frozenset()


def test_ids_that_an_old_form_does_not_have_are_no_ids(tmp_path: Path) -> None:
    """A cell's id in a file of version 4.4 is not taken: JupyterLab gives such cells new ones on each opening."""
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "cells": [{"id": "a", "source": "x"}]}))
    assert [cell.id for cell in saved(str(path)).cells] == [""]


def test_a_notebook_of_version_3_is_read(tmp_path: Path) -> None:
    """An older notebook has cells without ids, and its file stays as it is."""
    path = tmp_path / "old.ipynb"
    cells = [v3.new_text_cell("markdown", source="Old"), v3.new_code_cell(input="print(1)")]  # type: ignore[no-untyped-call]  # nbformat's own
    with path.open("w") as file:
        nbformat.write(v3.new_notebook(worksheets=[v3.new_worksheet(cells=cells)]), file, version=3)  # type: ignore[no-untyped-call]  # the same
    before = path.read_bytes()
    found = saved(str(path))
    assert [(cell.id, cell.source) for cell in found.cells] == [("", "Old"), ("", "print(1)")]
    assert not found.has_cell_ids
    assert path.read_bytes() == before


NOT_NOTEBOOKS = {
    "nothing": b"",
    "a half": b'{"nbformat": 4, "nbformat_minor": 5, "cells": [{"id": "a", "sou',
    "a text": b"# %%\nprint(1)\n",
    "other bytes": b"\x89PNG\r\n\xff\xfe",
    "a list": b"[]",
    "other JSON": b'{"cells": []}',
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5}',
    "cells of another type": b'{"nbformat": 4, "cells": {"a": 1}}',
    "a version in words": b'{"nbformat": "4", "cells": []}',
    "a version that is true": b'{"nbformat": true, "cells": []}',
    "a version that never was": b'{"nbformat": -3, "cells": []}',
    "worksheets of another type": b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": 5}',
    "a deep nest": b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "an endless number": b'{"nbformat": 4, "cells": [' + b"9" * 10_000 + b"]}",
}


@pytest.mark.parametrize("content", NOT_NOTEBOOKS.values(), ids=NOT_NOTEBOOKS)
def test_what_is_no_notebook_is_none(tmp_path: Path, content: bytes) -> None:
    """A file that cannot be read as a notebook is none, and nothing is raised."""
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    assert read(str(path)) is None


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    """A path without a file, a folder, an impossible path and a pipe that nobody writes to are no notebooks."""
    os.mkfifo(tmp_path / "pipe")
    for path in ("", str(tmp_path / "absent.ipynb"), str(tmp_path), str(tmp_path) + os.sep, "nul\0", str(tmp_path / "pipe")):
        assert read(path) is None


def test_a_file_beyond_all_measure_is_not_read(tmp_path: Path) -> None:
    """A file larger than the limit is not read into memory."""
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert read(str(path)) is None


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """A notebook that an editor saved with a mark at its beginning is read."""
    path = tmp_path / "a.ipynb"
    path.write_bytes(b'\xef\xbb\xbf{"nbformat": 4, "nbformat_minor": 5, "cells": []}')
    assert saved(str(path)).cells == ()


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", "<b>", "ä", 7, None, ["a"], "a\n"])
def test_an_id_of_another_form_is_none(tmp_path: Path, id: object) -> None:  # noqa: A002 the cell's own word for it
    """A cell whose id no file can have counts as one without; an answer whose turn has no such id is left out."""
    shown = output(answered("t1"), odd={"turn": id})
    path = tmp_path / "a.ipynb"
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [{"id": id, "source": "x", "outputs": [shown]}]})
    )
    found = saved(str(path))
    assert [(cell.id, cell.answers) for cell in found.cells] == [("", ())]
    assert not found.has_cell_ids


def odd_values() -> st.SearchStrategy[Any]:
    words = [
        "id",
        "source",
        "outputs",
        "metadata",
        "kimi_magic",
        "turn",
        "data",
        "text/plain",
        "usage",
        "attachments",
        "name",
    ]
    plain = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(["t1", "%kimi a", "\ud800"])
    )
    names = st.sampled_from(words)
    return st.recursive(
        plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=9
    )


def odd_notebooks() -> st.SearchStrategy[dict[str, Any]]:
    odd = odd_values()
    names = ("version", "conversation", "model", "usage", "cost", "finish_reason", "request_sha256", "attachments")
    about = st.fixed_dictionaries(
        {"turn": st.just("t1") | odd}, optional=dict.fromkeys((*names, "attachments_left_out"), odd)
    )
    shown = st.fixed_dictionaries(
        {
            "metadata": odd | st.fixed_dictionaries({"kimi_magic": odd | about}),
            "data": odd | st.fixed_dictionaries({"text/plain": st.text(max_size=5) | odd}),
        }
    )
    cell = st.fixed_dictionaries({"source": odd}, optional={"id": odd, "outputs": odd | st.lists(odd | shown, max_size=3)})
    cells = st.lists(odd | cell, max_size=3)
    sheets = st.lists(odd | st.fixed_dictionaries({"cells": cells}), max_size=2)
    return st.fixed_dictionaries(
        {"nbformat": st.sampled_from([1, 2, 3, 4, 4, 4, 5]), "nbformat_minor": st.just(5) | odd, "cells": cells | odd},
        optional={"worksheets": sheets, "metadata": odd},
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(odd_notebooks())
def test_no_json_is_too_odd(tmp_path: Path, notebook: dict[str, Any]) -> None:
    """Whatever types a file has, it is read or is none, and the turns that come of it can be kept."""
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(notebook))
    found = read(str(path))
    for line in turns(found).values() if found else ():
        json.dumps([repr(turn) for turn in line], allow_nan=False)
        assert all(turn.said[-1].text.encode() and turn.id == "t1" for turn in line)


def test_a_large_notebook_is_read_fast(tmp_path: Path) -> None:
    """2,000 cells with as many answers take well under a second, and a lookup among them next to nothing."""
    cells = [code(f"%%kimi\nQuestion {n}", output(answered(f"t{n}", "word " * 200)), id=f"c{n}") for n in range(2_000)]
    path = write(tmp_path / "a.ipynb", *cells)
    began = time.process_time()
    found = saved(path)
    read_in = time.process_time() - began
    for n in range(2_000):
        assert found.place(entry(f"t{n}", "deleted")) == n
    assert read_in < 1
    assert time.process_time() - began - read_in < 0.2


def test_the_mark_of_an_interrupted_answer_is_the_one_that_is_shown() -> None:
    """What is looked for under an answer is what the view puts there."""
    assert MARKS["interrupted"] == INTERRUPTED
