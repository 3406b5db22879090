"""An exception of a real shell's cell as an attachment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kimi_magic.content.failure import MOST_TRACEBACK, Failure, from_failure, is_of_interest
from kimi_magic.content.how import How
from kimi_magic.content.shown import Watcher
from kimi_magic.errors import UsageError
from kimi_magic.messages import Text
from tests.shells import Shell, running_shell


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


def text_of(watcher: Watcher, how: How | None = None) -> str:
    failure = watcher.failure()
    assert failure is not None
    attachment = from_failure(failure, how or How())
    (part,) = attachment.parts
    assert attachment.kind == "error"
    assert isinstance(part, Text)
    return part.text


def test_it_has_traceback_source_and_values(shell: Shell, watcher: Watcher) -> None:
    """The attachment shows the traceback from the cell on, the lines around the failing one, and the values on it."""
    shell.run("import math\ndef rate(total, count):\n    unit = 'EUR'\n    return total / count, unit")
    shell.run("parts = []\nrate(12.5, len(parts))")
    text = text_of(watcher)
    lines = text.splitlines()
    assert lines[0] == '<attachment name="error in cell 2" kind="error">'
    assert lines[1] == "Traceback (most recent call last):"
    assert "interactiveshell.py" not in text
    assert "ZeroDivisionError: float division by zero" in lines
    assert "→    4     return total / count, unit" in lines
    assert "     3     unit = 'EUR'" in [line.rstrip() for line in lines]
    assert {"total = 12.5", "count = 0"} <= set(lines)
    assert lines[-1] == "</attachment>"
    failure = watcher.failure()
    assert failure is not None
    assert from_failure(failure, How()).note == "ZeroDivisionError"


def test_the_failing_line_is_the_users(shell: Shell, watcher: Watcher) -> None:
    """Where a library raises, the line that is shown is the user's that called it; all lines of the call are marked."""
    shell.run("import json\ntext = '{broken'\nresult = json.loads(\n    text,\n)")
    text = text_of(watcher)
    assert "decoder.py" in text
    assert "→    3 result = json.loads(" in text
    assert "→    4     text," in text
    assert "text = '{broken'" in text.split("Values on the failing line:")[1]


def test_it_has_the_causes(shell: Shell, watcher: Watcher) -> None:
    """What the exception came from is in the traceback."""
    shell.run("try:\n    {}['a']\nexcept KeyError as error:\n    raise RuntimeError('no a') from error")
    text = text_of(watcher)
    assert text.index("KeyError: 'a'") < text.index("direct cause") < text.index("RuntimeError: no a")


def test_a_syntax_error_has_its_source(shell: Shell, watcher: Watcher) -> None:
    """Where nothing ran, the attachment has the message with its mark and the cell's source."""
    shell.run("x = 1\ny = (2")
    text = text_of(watcher)
    assert "SyntaxError: " in text
    assert "compilerop.py" not in text
    assert "The source of the cell that failed:\nx = 1\ny = (2" in text


def test_the_cell_that_failed_goes_where_another_cells_function_raised(shell: Shell, watcher: Watcher) -> None:
    """Both go: the lines around the failing one, and the whole cell that called it and is to be corrected."""
    shell.run("def g(a):\n    return 1 / a")
    shell.run("u = 7\ng(0)")
    text = text_of(watcher)
    assert "→    2     return 1 / a" in text
    assert "The source of the cell that failed:\nu = 7\ng(0)\n" in text
    failure = watcher.failure()
    assert failure is not None
    assert failure.source == "u = 7\ng(0)"


def test_a_short_cell_that_failed_itself_goes_once(shell: Shell, watcher: Watcher) -> None:
    """The lines around the failing one are all of it."""
    shell.run("u = 0\n1 / u")
    text = text_of(watcher)
    assert "→    2 1 / u" in text
    assert "The source of the cell" not in text


def test_the_line_of_a_script_is_found(shell: Shell, watcher: Watcher, tmp_path: Path) -> None:
    """Of a script that %run ran, the traceback and the failing line are the script's."""
    (tmp_path / "broken.py").write_text("count = 0\n1 / count\n")
    shell.run(f"%run {tmp_path / 'broken.py'}")
    text = text_of(watcher)
    assert "interactiveshell.py" not in text
    assert "→    2 1 / count" in text
    assert "count = 0" in text.split("Values on the failing line:")[1]


def test_values_are_bounded(shell: Shell, watcher: Watcher) -> None:
    """A huge value goes in a few hundred characters, a deep recursion and a long message within the bound."""
    shell.run("rows = list(range(10_000_000)); word = 'w' * 10_000_000\nrows + word")
    assert len(text_of(watcher)) < 3_000
    shell.run("%xmode Minimal")  # IPython's own traceback looks through all modules for each of a thousand frames
    shell.run("def deep(n): return deep(n + 1)\ndeep(0)")
    assert "RecursionError" in text_of(watcher)
    assert len(text_of(watcher)) < 4_000
    shell.run("%xmode Context")
    shell.run("raise ValueError('v' * 1_000_000)")
    assert len(text_of(watcher)) < MOST_TRACEBACK + 3_000


def test_a_repr_that_raises_is_said_so(shell: Shell, watcher: Watcher) -> None:
    """A value whose repr raises is named with what it raised."""
    shell.run("class Bad:\n    def __repr__(self): raise OSError('broken')\nbad = Bad()")
    shell.run("bad + 1")
    assert "bad = (Bad; its repr raised OSError)" in text_of(watcher)


def test_secrets_stay(shell: Shell, watcher: Watcher) -> None:
    """Values whose names look like secrets do not go, nor texts that stand under such a name in a value or the source."""
    shell.run("api_key = 'PLANTED-0123456789'; config = {'password': 'PLANTED-9876543210', 'region': 'west'}")
    shell.run("token = 'PLANTED-5555555555'\nconfig + api_key + token")
    text = text_of(watcher)
    assert "PLANTED" not in text
    assert "api_key: not shown, its name looks like a secret's" in text
    assert "'region': 'west'" in text


def test_functions_and_modules_are_no_values(shell: Shell, watcher: Watcher) -> None:
    """Of the names on the line only those with data are told, and attributes are not asked for."""
    shell.run("import math\ndef half(x): return x / 2\nnumber = 'nine'\nmath.sqrt(half(number))")
    values = text_of(watcher).split("Values on the failing line:")[1]
    assert "x = 'nine'" in values
    shell.run("math.sqrt(half(3) + missing.price)")
    text = text_of(watcher)
    assert "NameError: name 'missing' is not defined" in text
    assert "Values on the failing line" not in text


def test_colours_are_taken_off(shell: Shell, watcher: Watcher) -> None:
    """Control sequences for terminals do not go."""
    shell.run(r"raise ValueError('\x1b[31mred\x1b[0m')")
    assert "ValueError: red" in text_of(watcher)


def test_a_frame_is_told_by_its_columns(shell: Shell, watcher: Watcher) -> None:
    """A frame on the failing line goes as shape and columns, without rows."""
    shell.run("import pandas as pd\ndf = pd.DataFrame({'region': ['PLANTED'] * 3, 'sales': [1, 2, 3]})")
    shell.run("df['price']")
    text = text_of(watcher)
    assert "df: pandas.DataFrame, shape (3, 2), columns: region (" in text
    assert "sales (int64)" in text
    assert "KeyError: 'price'" in text
    assert "PLANTED" not in text


@pytest.mark.parametrize("share", ["schema", "stats"])
def test_values_and_messages_stay_where_rows_stay(shell: Shell, watcher: Watcher, share: Any) -> None:
    """Where the user lets no row leave, neither values nor what exceptions say leave: both quote data."""
    shell.run("cells = 'PLAN' + 'TED'; rows = [cells]")
    shell.run("try:\n    int(cells)\nexcept ValueError:\n    rows + cells")
    text = text_of(watcher, How(share=share))
    assert "PLANTED" not in text
    assert "ValueError: (what it says is left out" in text
    assert "rows: list, 1 items" in text


@pytest.mark.parametrize(
    ("error", "counts"),
    [(ValueError(), True), (KeyboardInterrupt(), False), (SystemExit(), False), (UsageError("ours"), False)],
)
def test_only_a_program_that_went_wrong_is_of_interest(error: BaseException, counts: bool) -> None:
    """Interrupts, exits and errors of ours are not."""
    assert is_of_interest(error) is counts


def test_an_exception_without_a_cell_goes_too() -> None:
    """An exception that was never raised has its type and text."""
    (part,) = from_failure(Failure(ValueError("alone"), 0, ""), How()).parts
    assert isinstance(part, Text)
    assert part.text == '<attachment name="error" kind="error">\nValueError: alone\n</attachment>'


def test_an_exception_that_cannot_say_what_it_is_goes_too() -> None:
    """An exception whose str raises has its type."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise OSError("broken")

    (part,) = from_failure(Failure(Mute(), 0, ""), How()).parts
    assert isinstance(part, Text)
    assert "Mute: <exception str() failed>" in part.text
