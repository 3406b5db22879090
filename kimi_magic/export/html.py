"""A conversation as one HTML file that needs nothing else: no script, no request, its look inside.

Formulas stay as they were typed, for typesetting them would take a program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape

from kimi_magic.conversation import Conversation, Turn
from kimi_magic.export.look import CSS
from kimi_magic.export.transcript import Medium, media_in, media_of, summary_of, title_of, turns_of
from kimi_magic.messages import Message, ToolCall
from kimi_magic.render.blocks import to_html
from kimi_magic.render.called import visible, written
from kimi_magic.render.page import Page
from kimi_magic.render.printable import printable
from kimi_magic.render.view import MARKS, status_line
from kimi_magic.report import fenced

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""The second wall: even if something slipped through, the browser would neither run nor load it."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<header><h1 dir="auto">{title}</h1><p>{summary}</p></header>
<main>
{turns}
</main>
</body>
</html>
"""


def encode(conversation: Conversation) -> bytes:
    """Return ``conversation`` as HTML in UTF-8."""
    turns = turns_of(conversation)
    page = _PAGE.format(
        policy=POLICY,
        title=_plain(title_of(conversation)),
        css=CSS,
        summary=_plain(summary_of(turns)),
        turns="\n".join(_turn(turn, number) for number, turn in enumerate(turns, 1)),
    )
    return page.encode()


def _turn(turn: Turn, number: int) -> str:
    question = f'<h2 id="question-{number}">Question {number}</h2><div class="prompt" dir="auto">{_plain(turn.prompt)}</div>'
    media = "".join(map(_medium, media_of(replace(turn, said=turn.question))))
    return f"<article>{question}{media}{''.join(_answer(turn))}</article>"


def _answer(turn: Turn) -> Iterator[str]:
    """Yield what came of the question; the page's own last line says how it ended and what was sent along."""
    for message in turn.replies:
        yield _reply(message, is_json=turn.is_json and message is turn.answer)
    end = Page(mark=MARKS.get(turn.state, ""), status=status_line(turn), attachments=turn.attachments)
    yield end.html()


def _reply(message: Message, is_json: bool) -> str:
    if message.role != "assistant":
        return _folded(f"The {message.role} said", visible(printable(message.text))) + "".join(
            map(_medium, media_in([message]))
        )
    shown = fenced(printable(message.text), "json") if is_json and message.text else message.text
    text = Page(answer=to_html(shown), thinking=message.reasoning or "").html()
    return text + "".join(_folded(f"Kimi called {visible(call.name)}", _arguments(call)) for call in message.tool_calls)


def _arguments(call: ToolCall) -> str:
    """Return the arguments of a call as it was written, and under it those that are too long for its line."""
    told = written(call)
    return "\n\n".join([told.line, *(f"{block.name}:\n{block.text}" for block in told.blocks)])


def _folded(title: str, text: str) -> str:
    return f'<details><summary>{escape(title)}</summary><pre dir="auto">{escape(text)}</pre></details>'


def _medium(medium: Medium) -> str:
    if medium.picture is None:
        return f'<p class="absent">{_plain(medium.absence)}</p>'
    name = _plain(medium.name)
    return f'<figure><img src="{medium.picture.url}" alt="{name}"><figcaption>{name}</figcaption></figure>'


def _plain(text: str) -> str:
    return escape(printable(text))
