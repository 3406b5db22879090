"""What the panel says of itself, as safe HTML. Pure."""

from __future__ import annotations

from html import escape

from kimi_magic.render.page import Page
from kimi_magic.render.printable import printable
from kimi_magic.report import Report


def paragraph(text: str) -> str:
    """Return plain text as HTML.

    >>> paragraph("There is no <b>.")
    '<p class="mathjax_ignore tex2jax_ignore">There is no &lt;b&gt;.</p>'
    """
    return f'<p class="mathjax_ignore tex2jax_ignore">{escape(printable(text))}</p>'


def refusal(error: str, question: str) -> str:
    """Return why ``question`` was not asked, and the question, so that it is not lost."""
    asked = f'<blockquote class="mathjax_ignore tex2jax_ignore" dir="auto">{escape(printable(question))}</blockquote>'
    return (asked if question.strip() else "") + paragraph(error)


def told(report: Report) -> str:
    """Return what a command says."""
    from kimi_magic.render.blocks import to_html  # late: a panel without a turn need not wait for it

    return Page(answer=to_html(report), pictures=report.pictures).html()
