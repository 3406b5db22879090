"""The HTML of an answer that grows. Light to import."""

from __future__ import annotations


class Growing:
    """The answer's HTML. The renderer is slow to import: it comes with the first words, when the view is up."""

    def html(self, text: str) -> str:
        """Return ``text``, which begins as the last one did, as safe HTML."""
        if not text:
            return ""
        if not hasattr(self, "_blocks"):
            from kimi_magic.render.blocks import Blocks  # late, see above

            self._blocks = Blocks()
        return self._blocks.update(text)
