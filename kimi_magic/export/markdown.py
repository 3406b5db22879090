"""A conversation as one Markdown file.

The thinking is left out: elsewhere it is folded, Markdown cannot fold, and it would drown the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kimi_magic.calls import Called, Round
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.export.called import call_markdown, returned, steps_of
from kimi_magic.export.inert import Block, blocks
from kimi_magic.export.transcript import Medium, media_in, media_of, summary_of, title_of, turns_of
from kimi_magic.export.writer import fence, plain, quoted
from kimi_magic.messages import Message
from kimi_magic.render.called import visible
from kimi_magic.render.printable import printable
from kimi_magic.render.view import MARKS, in_words, status_line

_LEFT_OUT = "Not shown: {}, for a Markdown file carries no pictures"


def encode(conversation: Conversation) -> bytes:
    """Return ``conversation`` as Markdown in UTF-8."""
    turns = turns_of(conversation)
    parts = [head(conversation, turns)]
    for number, turn in enumerate(turns, 1):
        parts += [question(turn, number), *absent(turn), *(block.markdown for block in answer(turn))]
    return ("\n\n".join(parts) + "\n").encode()


def head(conversation: Conversation, turns: list[Turn]) -> str:
    """Return the heading of the file and the line under it."""
    return f"# {plain(title_of(conversation))}\n\n{summary_of(turns)}"


def question(turn: Turn, number: int) -> str:
    """Return heading, prompt and attachments. What somebody typed or named is shown as it is, and marks up nothing."""
    parts = [f"## Question {number}", _prompt(turn.prompt)]
    if turn.attachments:
        parts.append("Sent along: " + ", ".join(plain(in_words(attachment)) for attachment in turn.attachments))
    return "\n\n".join(parts)


def absent(turn: Turn) -> Iterator[str]:
    """Yield a line for each medium of the question that is only named."""
    return (plain(medium.absence) for medium in media_of(turn) if medium.picture is None)


def answer(turn: Turn, elsewhere: str = _LEFT_OUT) -> Iterator[Block]:
    """Yield what came of the question, block by block: answers, calls with their results, the status line.

    ``elsewhere`` is what is said in the place of a picture; ``{}`` in it is the picture's name.
    """
    for step in steps_of(turn.replies):
        if isinstance(step, Round):
            yield from blocks(step.text)
            for called in step.called:
                yield _call(called, elsewhere)
        else:
            yield from _reply(step, elsewhere, is_json=turn.is_json and step is turn.answer)
    if turn.state in MARKS:
        yield Block(f"**{MARKS[turn.state]}**")
    yield Block(f"*{plain(status_line(turn))}*")


def language_of(text: str) -> str:
    """Return the language in which an answer is fenced that was to be JSON: none where it is not.

    >>> language_of('{"a": 1}'), language_of("I cannot tell.")
    ('json', '')
    """
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return ""
    return "json"


def _prompt(prompt: str) -> str:
    """Return the prompt word for word: one line as a quotation, more of them fenced, for their breaks may matter."""
    prompt = printable(prompt).strip("\n")
    return fence(prompt, "text") if "\n" in prompt else quoted(plain(prompt))


def _call(called: Called, elsewhere: str) -> Block:
    """Return a call and its result; no block of it is code, for nobody is to run it again."""
    return Block("\n\n".join([call_markdown(called), *(_named(medium, elsewhere) for medium in returned(called))]))


def _reply(message: Message, elsewhere: str, is_json: bool) -> Iterator[Block]:
    if message.role != "assistant":
        told = f"The {message.role} said:\n\n{fence(visible(printable(message.text)), 'text')}"
        yield Block("\n\n".join([told, *(_named(medium, elsewhere) for medium in media_in([message]))]))
    elif is_json and message.text:
        yield Block(fence(printable(message.text), language_of(message.text)))
    else:
        yield from blocks(message.text)


def _named(medium: Medium, elsewhere: str) -> str:
    return plain(elsewhere.replace("{}", medium.name) if medium.picture else medium.absence)
