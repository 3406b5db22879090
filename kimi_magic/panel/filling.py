"""The values of a question's braces: of what was typed here, not of what somebody else has written and is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kimi_magic.around import Around
from kimi_magic.content.expressions import is_known
from kimi_magic.content.template import expand, expressions
from kimi_magic.panel.reports import paragraph

LEFT = paragraph(
    "What stands in {{…}} was left as text: it comes from a question that nobody has typed since the kernel began, and "
    "could be somebody else's code. In a cell it is filled in."
)


def filled(around: Around, text: str, source: str = "") -> tuple[str, bool]:
    """Return ``text`` with the values of its expressions, and whether one stays as text because it is not the user's own.

    ``source`` is the question that ``text`` was made of, "" where it is new: in the words of somebody else's nothing is
    evaluated, whatever was changed in them. Raises `UsageError`.
    """
    found, is_foreign = [*expressions(text)], around.typed.is_foreign(source)
    may: Callable[[str], bool] = (lambda _: False) if is_foreign else around.typed.own(_said(around) if found else ())
    left = [one for one in found if not may(one)]
    if not (left or is_foreign):
        return around.expanded(text), False
    return expand(text, around.namespace, may), any(is_known(one, around.namespace) for one in left)


def _said(around: Around) -> Iterator[str]:
    """Yield all questions of the notebook's conversations, with the other versions of them."""
    return (turn.prompt for one in around.session().conversations for turn in one.turns)
