"""A call as lines of a terminal: what is asked for, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kimi_magic.amounts import counted
from kimi_magic.calls import Called
from kimi_magic.render.called import Block, cut, state_of, unframed, visible, written
from kimi_magic.render.printable import printable

_MOST_LINES, _MOST_CHARACTERS = 5, 600
"""Of a result: the model reads all of it, a reader of the terminal the beginning."""


def asked(called: Called) -> str:
    r"""Return a call with all its arguments.

    >>> from kimi_magic.messages import ToolCall
    >>> print(asked(Called(ToolCall("1", "run_python", '{"code": "x = 1\\nx"}'), "waiting")))
    → run_python(code=↓) · waiting for your answer
      code, 2 lines:
      │ x = 1
      │ x
    """
    return "\n".join([_line(called, is_over=False), *_blocks(called), *_note(called)])


def ended(called: Called, *, was_asked: bool) -> str:
    """Return a call that ended, with the first lines of its result; ``was_asked`` tells that its arguments were shown.

    >>> from kimi_magic.messages import ToolCall
    >>> print(ended(Called(ToolCall("1", "add", '{"a": 1}'), "done", "3", seconds=0.31), was_asked=False))
    → add(a=1) · 0.3 s
      3
    """
    head = [_line(called, is_over=True), *([] if was_asked else _blocks(called))]
    pictures = [f"  [picture {number}]" for number, _ in enumerate(called.pictures, 1)]
    return "\n".join([*head, *_result(called.result), *pictures, *_note(called)])


def _line(called: Called, *, is_over: bool) -> str:
    state = state_of(called, is_over=is_over)
    return f"→ {written(called.call).line}" + (f" · {state}" if state else "")


def _note(called: Called) -> list[str]:
    return [f"  {printable(called.note)}"] if called.note else []


def _blocks(called: Called) -> Iterator[str]:
    return (line for block in written(called.call).blocks for line in _block(block))


def _block(block: Block) -> Iterator[str]:
    lines = block.text.removesuffix("\n").split("\n")
    yield f"  {block.name}, {counted(len(lines), 'line')}:"
    yield from (f"  │ {line}" for line in lines)


def _result(text: str) -> Iterator[str]:
    lines = visible(cut(unframed(printable(text)).strip("\n"), _MOST_CHARACTERS)).split("\n")
    yield from (f"  {line}" for line in lines[:_MOST_LINES] if text)
    more = len(lines) - _MOST_LINES
    if more > 0:
        yield f"  … ({counted(more, 'more line')})"
