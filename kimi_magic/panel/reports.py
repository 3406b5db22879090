"""What the panel says of itself, as safe HTML. Pure."""

from __future__ import annotations

from html import escape

from kimi_magic.render.page import PLAIN, Page
from kimi_magic.render.printable import printable
from kimi_magic.report import Report

_TO_INSERT = "The code in the answer above has a button that inserts it into a cell."


def paragraph(text: str) -> str:
    """Return plain text as HTML.

    >>> paragraph("There is no <b>.")
    '<p class="mathjax_ignore tex2jax_ignore">There is no &lt;b&gt;.</p>'
    """
    return f'<p class="{PLAIN}">{escape(printable(text))}</p>'


def refusal(error: str, question: str) -> str:
    """Return why ``question`` was not asked, and the question, so that it is not lost."""
    asked = f'<blockquote class="{PLAIN}" dir="auto">{escape(printable(question))}</blockquote>'
    return (asked if question.strip() else "") + paragraph(error)


def of_code(answer: str, before: str = "") -> str:
    """Return, as Markdown, how the Python of ``answer`` differs from the code ``before``, and what can be done with it."""
    from kimi_magic.render.code import cell_of, difference  # late: as below

    after = cell_of(answer)
    if not after:
        return "There is no Python in the answer."
    return "\n\n".join(filter(None, [difference(before, after) if before else "", _TO_INSERT]))


def told(report: Report) -> str:
    """Return what a command says."""
    from kimi_magic.render.blocks import to_html  # late: a panel without a turn need not wait for it

    return Page(answer=to_html(report), pictures=report.pictures).html()
