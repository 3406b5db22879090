"""A conversation as one Markdown file.

The thinking is left out: elsewhere it is folded, Markdown cannot fold, and it would drown the answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from kimi_magic.conversation import Conversation, Turn
from kimi_magic.export.inert import Block, blocks
from kimi_magic.export.transcript import media_of, summary_of, title_of, turns_of
from kimi_magic.export.writer import escape, fence, quoted
from kimi_magic.messages import Message
from kimi_magic.render.called import visible
from kimi_magic.render.printable import printable
from kimi_magic.render.view import MARKS, in_words, status_line
from kimi_magic.report import code


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
    """Yield a line for each medium that is only named."""
    return (plain(medium.absence) for medium in media_of(turn) if medium.picture is None)


def answer(turn: Turn) -> Iterator[Block]:
    """Yield what came of the question, block by block: answers, calls and their results, the status line."""
    for message in turn.replies:
        yield from _reply(message, is_json=turn.is_json and message is turn.answer)
    if turn.state in MARKS:
        yield Block(f"**{MARKS[turn.state]}**")
    yield Block(f"*{plain(status_line(turn))}*")


def plain(text: str) -> str:
    """Return ``text`` as one line in which nothing is marked up."""
    return escape(" ".join(printable(text).split()))


def _prompt(prompt: str) -> str:
    """Return the prompt word for word: one line as a quotation, more of them fenced, for their breaks may matter."""
    prompt = printable(prompt).strip("\n")
    return fence(prompt, "text") if "\n" in prompt else quoted(plain(prompt))


def _reply(message: Message, is_json: bool) -> Iterator[Block]:
    if message.role != "assistant":
        yield Block(f"The {message.role} said:\n\n{fence(visible(printable(message.text)), 'text')}")
        return
    if is_json and message.text:
        yield Block(fence(printable(message.text), "json"))
    else:
        yield from blocks(message.text)
    for call in message.tool_calls:
        yield Block(f"Kimi called {code(visible(call.name))}:\n\n{fence(visible(call.arguments), 'json')}")
