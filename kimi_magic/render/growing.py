"""What is shown of an answer, as Markdown and, while it grows, as HTML. Light to import."""

from __future__ import annotations

from collections.abc import Sequence

from kimi_magic.calls import Round
from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft


class Growing:
    """The answer's HTML. The renderer is slow to import: it comes with the first words, when the view is up."""

    def html(self, text: str) -> str:
        """Return ``text`` as safe HTML; what it begins with as the last one did is not rendered again."""
        if not text:
            return ""
        if not hasattr(self, "_blocks"):
            from kimi_magic.render.blocks import Blocks  # late, see above

            self._blocks = Blocks()
        return self._blocks.update(text)

    @property
    def finished(self) -> str:
        """What the HTML of the text that grows will begin with, however it goes on."""
        return self._blocks.finished if hasattr(self, "_blocks") else ""


class Rounds:
    """The HTML of what was called, as `kimi_magic.render.rounds.GrowingRounds` makes it, which comes with the first call."""

    def html(self, rounds: Sequence[Round], *, is_live: bool = False, is_over: bool = False) -> str:
        """Return ``rounds`` as safe HTML; "" where there are none."""
        if not rounds:
            return ""
        if not hasattr(self, "_rounds"):
            from kimi_magic.render.rounds import GrowingRounds  # late, see above

            self._rounds = GrowingRounds()
        return self._rounds.html(rounds, is_live=is_live, is_over=is_over)


def draft_markdown(draft: Draft) -> str:
    """Return the answer so far as Markdown; nothing of it where its words belong to a round of calls."""
    if draft.called:
        return ""
    return markdown_of(draft.text, is_json=draft.is_json, is_whole=draft.is_complete)


def turn_markdown(turn: Turn) -> str:
    """Return the answer of ``turn`` as Markdown."""
    return markdown_of(turn.answer.text, is_json=turn.is_json, is_whole=not turn.is_cut)


def markdown_of(text: str, *, is_json: bool, is_whole: bool) -> str:
    """Return ``text`` as a reader is shown it: JSON as a table or a list, all else as it is."""
    if not is_json or not text:
        return text
    from kimi_magic.render.value import readable  # late: most answers are none

    return readable(text, is_whole=is_whole)
