"""Notebooks as their cells."""

from __future__ import annotations

import base64
import json

from kimi_magic.content.files import from_file
from kimi_magic.content.files.notebooks import MOST_OUTPUT, MOST_PICTURES
from kimi_magic.messages import Attachment, Image
from tests.content.files import samples
from tests.content.files.conftest import Write
from tests.content.files.samples import code, notebook, result

PNG = base64.b64encode(samples.picture("PNG")).decode()


def text(attachment: Attachment) -> str:
    """Return the words of an attachment without its marks."""
    return attachment.payload.decode().split("\n", 1)[1].split("\n</attachment>")[0]


def test_cells_are_written_in_order(write: Write) -> None:
    """Markdown, code and what it printed, returned or raised, each under a line that says what it is."""
    printed = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]}
    raised = {"output_type": "error", "ename": "E", "evalue": "no", "traceback": ["\x1b[0;31mE\x1b[0m: no"]}
    data = notebook(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# Title\n", "words"]},
        code("print('a')", printed, result(text_plain="42", text_html="<b>42</b>"), count=5),
        code("fail()", raised, count=None),
    )
    attachment = from_file(write("a.ipynb", data))
    assert text(attachment) == (
        "--- cell 1, markdown ---\n# Title\nwords\n\n--- cell 2, code [5] ---\nprint('a')\n\n"
        "--- output of cell 2 ---\na\nb\n\n--- output of cell 2 ---\n42\n\n"
        "--- cell 3, code ---\nfail()\n\n--- output of cell 3 ---\nE: no"
    )
    assert (attachment.kind, attachment.note) == ("notebook", "3 cells")


def test_pictures_of_outputs_follow(write: Write) -> None:
    """The last few pictures go along, and the text says which is which."""
    cells = [code(f"plot({number})", result(text_plain="<Figure>", image_png=PNG)) for number in range(MOST_PICTURES + 1)]
    attachment = from_file(write("a.ipynb", notebook(*cells)))
    assert attachment.parts[1:] == (Image(f"data:image/png;base64,{PNG}"),) * MOST_PICTURES
    assert "--- output of cell 1: a picture, which is not sent ---" in text(attachment)
    assert f"--- output of cell {MOST_PICTURES + 1}: picture {MOST_PICTURES} of those that follow ---" in text(attachment)
    assert "<Figure>" not in text(attachment)


def test_a_broken_picture_does_no_harm(write: Write) -> None:
    """What is no picture is left out, and said to be."""
    attachment = from_file(write("a.ipynb", notebook(code("plot()", result(image_png="AAAA")))))
    assert len(attachment.parts) == 1
    assert "a picture, which is not sent" in text(attachment)


def test_a_long_output_is_cut(write: Write) -> None:
    """One output cannot crowd out the others."""
    attachment = from_file(write("a.ipynb", notebook(code("x", result(text_plain="x" * 100_000)), code("y"))))
    assert len(text(attachment)) < MOST_OUTPUT + 300
    assert text(attachment).endswith("--- cell 2, code [1] ---\ny")


def test_an_old_notebook_is_read(write: Write) -> None:
    """Version 3, which has its cells in worksheets, is turned into today's."""
    cell = {"cell_type": "code", "input": "1 + 1", "language": "python", "outputs": [], "prompt_number": 2, "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell], "metadata": {}}]}
    assert text(from_file(write("a.ipynb", json.dumps(old).encode()))) == "--- cell 1, code [2] ---\n1 + 1"


def test_an_empty_notebook_is_sent_as_such(write: Write) -> None:
    """No cells are said to be none."""
    assert from_file(write("a.ipynb", notebook())).note == "0 cells"
