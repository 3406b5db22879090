"""What came of a question, step by step: each call with its own result, as text and as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kimi_magic.calls import Called, CallState, Round, rounds_of
from kimi_magic.export.transcript import Medium, picture_of
from kimi_magic.export.writer import fence, plain
from kimi_magic.messages import Message
from kimi_magic.render.called import Block, cut, name_of, unframed, visible, written
from kimi_magic.render.printable import printable

_ENDED: Mapping[CallState, str] = {"done": "It returned", "failed": "It failed", "denied": "It was denied"}
_MOST_NAME = 100


def steps_of(replies: Sequence[Message]) -> Iterator[Round | Message]:
    """Yield in order the rounds of calls, with their results, and the messages that stand by themselves.

    The latter are answers, and results of no call, which a conversation from elsewhere can have.

    >>> [*steps_of([Message("tool", "3", tool_call_id="a"), Message("assistant", "3.")])] # doctest: +ELLIPSIS
    [Message(role='tool', content='3', ...), Message(role='assistant', content='3.', ...)]
    """
    rounds, known = iter(rounds_of(replies)), set[str | None]()
    for message in replies:
        if message.role != "tool":
            known = {call.id for call in message.tool_calls}
        if message.tool_calls:
            yield next(rounds)  # there is one for each such message
        elif message.role != "tool" or message.tool_call_id not in known:
            yield message


def result_of(called: Called) -> str:
    r"""Return the words that a call returned, without the lines that mark an attachment for the model.

    >>> from kimi_magic.messages import ToolCall
    >>> result_of(Called(ToolCall("1", "f", "{}"), "done", '<attachment name="df" kind="frame">\na  b\n</attachment>'))
    'a  b'
    """
    return visible(unframed(printable(called.result)))


def returned(called: Called) -> list[Medium]:
    """Return each picture that a call returned once, named after it."""
    name = f"the picture that {name_of(called.call)} returned"
    return [Medium(name, url, picture_of(url)) for url in dict.fromkeys(called.pictures)]


def call_markdown(called: Called) -> str:
    """Return a call as Python would write it, under it the arguments that are too long for its line, then its result.

    All that is somebody else's is fenced, or marks up nothing. The pictures are left to the caller.
    """
    told = written(called.call)
    return "\n\n".join(
        [
            "Kimi called:",
            fence(told.line, "python"),
            *(piece for block in told.blocks for piece in _block(block)),
            *_result(called),
        ]
    )


def _block(block: Block) -> Iterator[str]:
    yield f"{plain(cut(block.name, _MOST_NAME))}:"
    yield fence(block.text, "python" if block.is_code else "text")


def _result(called: Called) -> Iterator[str]:
    ended = _ENDED.get(called.state)
    if ended is None:
        yield "No result came."
    elif text := result_of(called).strip("\n"):
        yield f"{ended}:"
        yield fence(text, "text")
    else:
        yield f"{ended} without a word."
