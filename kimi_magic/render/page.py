"""The HTML of one answer in a notebook: calls, thinking, answer, status, what was sent. Pure; colours are the theme's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from kimi_magic.draft import Draft
from kimi_magic.messages import Attachment, Retrying
from kimi_magic.render.pictures import PICTURE, picture
from kimi_magic.render.printable import printable
from kimi_magic.render.stopwatch import thought_for
from kimi_magic.render.view import in_words

LIVE_THINKING = 800
"""How many characters of the thinking are shown while it runs: the last ones, so that redraws stay small."""

PLAIN = "mathjax_ignore tex2jax_ignore"
"""The classes of what is no Markdown: dollars in it are dollars, to MathJax 3 and 2."""
MUTED = "opacity:.65;font-size:.85em"
WRAPPED = "white-space:pre-wrap;overflow-wrap:anywhere"
"""The styles of what stands beside an answer, and of a text whose lines are kept and never run out of sight."""


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to show. ``answer`` and ``rounds`` are safe HTML already; all else is plain text and escaped here."""

    answer: str = ""
    rounds: str = ""
    thinking: str = ""
    is_thinking: bool = False
    thought_for: float = 0.0
    mark: str = ""
    status: str = ""
    attachments: Sequence[Attachment] = ()
    pictures: Sequence[str] = ()

    def html(self) -> str:
        """Return the page as HTML."""
        parts = (
            self.rounds,
            self._thinking(),
            body(self.answer),
            _mark(self.mark),
            _line(self.status),
            _sent(self.attachments),
            *(picture(address, "what would be sent") for address in self.pictures),
        )
        return f'<div class="kimi-answer">{"".join(parts)}</div>'

    def _thinking(self) -> str:
        if not self.thinking:
            return ""
        title = "Thinking…" if self.is_thinking else thought_for(self.thought_for)
        return folded(title, self.thinking, is_open=self.is_thinking)


def folded(title: str, thinking: str, *, is_open: bool = False, below: str = ".8em") -> str:
    """Return ``thinking``, which is plain text, under its ``title``; ``below`` it that much is left free."""
    return (
        f'<details class="{PLAIN}" style="{MUTED};margin:0 0 {below}"{" open" * is_open}>'
        f'<summary style="cursor:pointer">{title}</summary>'
        f'<div style="{WRAPPED};padding:.3em 0 0 1em">{_escape(thinking)}</div></details>'
    )


def body(answer: str) -> str:
    """Return the answer in a box that reads from the right where its language does, and scrolls where it is wide."""
    return f'<div dir="auto" style="overflow-x:auto;overflow-wrap:break-word">{answer}</div>' if answer else ""


def last_of(thinking: str) -> str:
    """Return the end of ``thinking``, which is what a reader follows.

    >>> last_of("Hm.")
    'Hm.'
    >>> len(last_of("word " * 1_000))
    801
    """
    return thinking if len(thinking) <= LIVE_THINKING else "…" + thinking[-LIVE_THINKING:]


def retry_line(retrying: Retrying) -> str:
    """Return what a waiting user should know.

    >>> retry_line(Retrying("The service is overloaded.", 3.2, 2, 5))
    'The service is overloaded; try 2 of 5 in 3 s'
    """
    reason = retrying.reason.rstrip(". ") or "The service does not answer"
    return f"{reason}; try {retrying.attempt} of {retrying.attempts} in {retrying.seconds:.0f} s"


def waiting_line(model: str, retrying: Retrying | None, seconds: int) -> str:
    """Return what stands where an answer will be.

    >>> waiting_line("kimi-k2.6", None, 0), waiting_line("", None, 3)
    ('Waiting for kimi-k2.6…', 'Waiting for Kimi… · 3 s')
    """
    waited = f" · {seconds} s" if seconds else ""
    return retry_line(retrying) if retrying else f"Waiting for {model or 'Kimi'}…{waited}"


def doing_line(draft: Draft, model: str) -> str:
    """Return what stands under an answer that arrives: the model, and what it is about to call.

    >>> from kimi_magic.messages import ToolCallPiece
    >>> draft = Draft()
    >>> draft.apply([ToolCallPiece(0, "1", "run_python", "{")])
    >>> doing_line(draft, "kimi-k2.6")
    'kimi-k2.6 · writes a call of run_python…'
    """
    model = draft.model or model
    if not draft.tool_calls or draft.called:
        return model
    from kimi_magic.render.called import cut, name_of  # late: a first answer without calls need not wait for it

    names = dict.fromkeys(name_of(call) for call in draft.tool_calls if call.name)
    return f"{model} · writes a call of {cut(', '.join(names), 200)}…" if names else model


def _mark(text: str) -> str:
    style = "color:var(--jp-warn-color0,#b07020);margin-top:.4em"
    return f'<div class="{PLAIN}" style="{style}">{_escape(text)}</div>' if text else ""


def _line(text: str) -> str:
    return f'<div class="{PLAIN}" style="{MUTED};margin-top:.4em">{_escape(text)}</div>' if text else ""


def _sent(attachments: Sequence[Attachment]) -> str:
    """Return a line with each thing that left the machine, and a line for each that could not."""
    if not attachments:
        return ""
    shown = ", ".join(_thumbnail(attachment.thumbnail) + _escape(in_words(attachment)) for attachment in attachments)
    warnings = "".join(_mark(attachment.warning) for attachment in attachments)
    return f'<div class="{PLAIN}" style="{MUTED};margin-top:.4em">Sent along: {shown}</div>{warnings}'


def _thumbnail(address: str) -> str:
    """Return a small picture; an address that is not the data of one is left out."""
    if not PICTURE.fullmatch(address):
        return ""
    return f'<img src="{address}" alt="" style="height:2.4em;vertical-align:middle;margin:0 .3em 0 0">'


def _escape(text: str) -> str:
    return escape(printable(text))
