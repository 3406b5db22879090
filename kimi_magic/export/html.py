"""A conversation as one HTML file that needs nothing else: no script, no request, its look inside.

Formulas stay as they were typed, for typesetting them would take a program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from kimi_magic.calls import Called, Round
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.export.called import result_of, returned, steps_of
from kimi_magic.export.look import CSS
from kimi_magic.export.markdown import language_of
from kimi_magic.export.transcript import Medium, media_in, media_of, summary_of, title_of, turns_of
from kimi_magic.messages import Message
from kimi_magic.render.blocks import to_html
from kimi_magic.render.called import Block, state_of, visible, written
from kimi_magic.render.colour import coloured
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
    return f"<article>{question}{_media(media_of(turn))}{''.join(_answer(turn))}</article>"


def _answer(turn: Turn) -> Iterator[str]:
    """Yield what came of the question; the page's own last line says how it ended and what was sent along."""
    for step in steps_of(turn.replies):
        if isinstance(step, Round):
            yield _said(to_html(step.text), step.reasoning)
            yield from map(_called, step.called)
        else:
            yield _reply(step, is_json=turn.is_json and step is turn.answer)
    end = Page(mark=MARKS.get(turn.state, ""), status=status_line(turn), attachments=turn.attachments)
    yield end.html()


def _reply(message: Message, is_json: bool) -> str:
    if message.role != "assistant":
        title, text = f"The {message.role} said", visible(printable(message.text))
        return f"<details><summary>{title}</summary>{_pre(text)}</details>{_media(media_in([message]))}"
    shown = fenced(printable(message.text), language_of(message.text)) if is_json and message.text else message.text
    return _said(to_html(shown), message.reasoning or "")


def _said(answer: str, thinking: str) -> str:
    return Page(answer=answer, thinking=thinking).html() if answer or thinking else ""


def _called(called: Called) -> str:
    """Return a call with its arguments and its result folded under its line, and the pictures that came below."""
    told, result, state = written(called.call), result_of(called).strip("\n"), state_of(called, is_over=True)
    inside = "".join(map(_block, told.blocks)) + ("<div>result:</div>" * bool(told.blocks) + _pre(result) if result else "")
    line = f"<code>{escape(told.line)}</code>" + (f" <b>{state}</b>" if state else "")
    shown = f"<details><summary>{line}</summary>{inside}</details>" if inside else f"<p>{line}</p>"
    return f'<div class="call {called.state}">{shown}{_media(returned(called))}</div>'


def _block(block: Block) -> str:
    text = coloured(block.text, "python") if block.is_code else escape(block.text)
    return f'<div>{escape(block.name)}:</div><pre dir="ltr">{text}</pre>'


def _pre(text: str) -> str:
    return f'<pre dir="auto">{escape(text)}</pre>'


def _media(media: Iterable[Medium]) -> str:
    return "".join(map(_medium, media))


def _medium(medium: Medium) -> str:
    if medium.picture is None:
        return f'<p class="absent">{_plain(medium.absence)}</p>'
    name = _plain(medium.name)
    return f'<figure><img src="{medium.picture.url}" alt="{name}"><figcaption>{name}</figcaption></figure>'


def _plain(text: str) -> str:
    return escape(printable(text))
