"""The HTML of one answer in a notebook: thinking, answer, status, what was sent. Pure; colours are the theme's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from kimi_magic.messages import Attachment, Retrying
from kimi_magic.render.printable import printable
from kimi_magic.render.stopwatch import thought_for

LIVE_THINKING = 800
"""How many characters of the thinking are shown while it runs: the last ones, so that redraws stay small."""

# mathjax_ignore and tex2jax_ignore: dollars in here are dollars, to MathJax 3 and 2.
_PLAIN = "mathjax_ignore tex2jax_ignore"
_MUTED = "opacity:.65;font-size:.85em"


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to show. ``answer`` is safe HTML already; all else is plain text and escaped here."""

    answer: str = ""
    thinking: str = ""
    is_thinking: bool = False
    thought_for: float = 0.0
    mark: str = ""
    status: str = ""
    attachments: Sequence[Attachment] = ()

    def html(self) -> str:
        """Return the page as HTML."""
        parts = (self._thinking(), self.answer, _mark(self.mark), _line(self.status), _line(_sent(self.attachments)))
        return f'<div class="kimi-answer">{"".join(parts)}</div>'

    def _thinking(self) -> str:
        if not self.thinking:
            return ""
        title = "Thinking…" if self.is_thinking else thought_for(self.thought_for)
        return (
            f'<details class="{_PLAIN}" style="{_MUTED};margin:0 0 .8em"{" open" * self.is_thinking}>'
            f'<summary style="cursor:pointer">{title}</summary>'
            '<div style="white-space:pre-wrap;overflow-wrap:anywhere;padding:.3em 0 0 1em">'
            f"{_escape(self.thinking)}</div></details>"
        )


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


def _mark(text: str) -> str:
    style = "color:var(--jp-warn-color0,#b07020);margin-top:.4em"
    return f'<div class="{_PLAIN}" style="{style}">{_escape(text)}</div>' if text else ""


def _line(text: str) -> str:
    return f'<div class="{_PLAIN}" style="{_MUTED};margin-top:.4em">{_escape(text)}</div>' if text else ""


def _sent(attachments: Sequence[Attachment]) -> str:
    shown = [f"{attachment.name} ({attachment.kind}, {_size(attachment.bytes)})" for attachment in attachments]
    return "Sent along: " + ", ".join(shown) if shown else ""


def _size(count: int) -> str:
    """Return ``count`` bytes for people.

    >>> [_size(count) for count in (12, 2_500, 3_000_000)]
    ['12 B', '2.5 kB', '3.0 MB']
    """
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def _escape(text: str) -> str:
    return escape(printable(text))
