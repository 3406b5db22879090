"""Cells that ran as attachments."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from kimi_magic.content.cells import from_cells
from kimi_magic.content.how import How
from kimi_magic.content.shown import Watcher
from kimi_magic.messages import Attachment, Image, Text
from tests.shells import Shell, running_shell

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def shell() -> Iterator[Shell]:
    """A fresh shell."""
    with running_shell() as shell:
        yield shell


@pytest.fixture
def watcher(shell: Shell) -> Watcher:
    """The watcher of the shell."""
    watcher = Watcher(shell.ip)
    watcher.start()
    return watcher


def last(watcher: Watcher, how: How | None = None) -> Attachment:
    (attachment,) = from_cells(watcher.cells(1), how or How())
    return attachment


def text_of(attachment: Attachment) -> str:
    assert isinstance(attachment.parts[0], Text)
    return attachment.parts[0].text


def test_a_cell_is_its_source_and_its_outputs(shell: Shell, watcher: Watcher) -> None:
    """Source, streams, results and the error go as words in their order."""
    shell.run("import sys\nprint('one')\nprint('two', file=sys.stderr)\ndisplay([3])\n{}['x']")
    attachment = last(watcher)
    assert text_of(attachment) == (
        '<attachment name="cell 1" kind="cell">\n'
        "Source:\nimport sys\nprint('one')\nprint('two', file=sys.stderr)\ndisplay([3])\n{}['x']\n\n"
        "stdout:\none\n\nstderr:\ntwo\n\nOutput:\n[3]\n\n"
        "Error:\nCell In[1], line 5, in <module>: {}['x']\nKeyError: 'x'\n</attachment>"
    )
    assert (attachment.name, attachment.kind, attachment.note) == ("cell 1", "cell", "5 lines, 3 outputs, error")


def test_tables_are_words(shell: Shell, watcher: Watcher) -> None:
    """A frame goes as its plain text, a Styler and other HTML as the words that are seen."""
    shell.run("import pandas as pd\npd.DataFrame({'region': ['west'], 'sales': [1]})")
    assert "  region  sales\n0   west      1\n" in text_of(last(watcher))
    shell.run("from IPython.display import HTML\nHTML('<table><tr><th>a</th></tr><tr><td>7</td></tr></table>')")
    assert "Output:\na\n7\n" in text_of(last(watcher))


def test_pictures_follow_the_words(shell: Shell, watcher: Watcher) -> None:
    """A picture is a part behind the words, which say where it stood."""
    shell.run(f"print('before'); display({{'image/png': '{PNG}'}}, raw=True); print('after')")
    attachment = last(watcher)
    text = text_of(attachment)
    assert text.index("before") < text.index("[picture 1]") < text.index("stdout:\nafter")
    assert [type(part) for part in attachment.parts] == [Text, Image]
    assert isinstance(attachment.parts[1], Image)
    assert base64.b64decode(attachment.parts[1].url.partition(",")[2]) == base64.b64decode(PNG)


def test_a_picture_that_cannot_go_is_said_so(shell: Shell, watcher: Watcher) -> None:
    """A broken picture stops nothing: the text says why it is not there."""
    shell.run("display({'image/png': 'bm90aGluZw=='}, raw=True); print('after')")
    text = text_of(last(watcher))
    assert "[a picture that did not go: " in text
    assert "after" in text


@pytest.mark.parametrize("share", ["schema", "stats"])
def test_outputs_stay_where_rows_stay(shell: Shell, watcher: Watcher, share: Any) -> None:
    """Where the user lets no row leave, only the source goes and the kind of the error."""
    shell.run("word = 'PLAN' + 'TED'\nprint(word)\ndisplay(word)\nint(word)")
    text = text_of(last(watcher, How(share=share)))
    assert "PLANTED" not in text
    assert "display(word)" in text
    assert "Error:\nValueError [left out" in text


def test_secrets_in_the_source_stay(shell: Shell, watcher: Watcher) -> None:
    """A long text that the source puts under a secret's name goes as stars."""
    shell.run("api_key = 'PLANTED-0123456789'\nimport os\nos.environ['MY_TOKEN'] = 'PLANTED-9876543210'")
    text = text_of(last(watcher))
    assert "PLANTED" not in text
    assert "api_key = '***'" in text
