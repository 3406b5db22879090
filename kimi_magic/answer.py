"""What the user gets: an answer that reads like its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kimi_magic.conversation import Turn
from kimi_magic.messages import Attachment, Usage
from kimi_magic.render.printable import printable
from kimi_magic.render.view import MARKS

if TYPE_CHECKING:
    from kimi_magic.render.code import Code

# What brings markdown-it (20 ms) is imported where it is used: the first question must not wait for it.


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What Kimi said to one question.

    ``str(answer)`` is the text; a notebook shows it as the cell does, made safe. ``cost`` is in US dollars, None where the
    price or the usage is unknown. ``state`` is "complete", "interrupted" or "incomplete".
    """

    text: str
    reasoning: str = ""
    model: str = ""
    finish_reason: str = ""
    state: str = "complete"
    usage: Usage | None = None
    cost: float | None = None
    seconds: float = 0.0
    attachments: tuple[Attachment, ...] = field(default=())

    @classmethod
    def of(cls, turn: Turn) -> Answer:
        """Return the answer that ``turn`` got."""
        return cls(
            text=turn.answer.text,
            reasoning=turn.answer.reasoning or "",
            model=turn.model,
            finish_reason=turn.finish_reason,
            state=turn.state,
            usage=turn.usage,
            cost=turn.cost,
            seconds=turn.seconds,
            attachments=turn.attachments,
        )

    @property
    def code(self) -> list[Code]:
        """The fenced blocks of code in the text, each with its ``language`` and ``source``, in order."""
        from kimi_magic.render.code import code_blocks  # late: see the top

        return code_blocks(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        text = printable(self.text)
        return f"{text}\n[{MARKS[self.state]}]" if self.state in MARKS else text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the answer: safe HTML, never raw Markdown."""
        from kimi_magic.render.blocks import to_html  # late: see the top

        mark = f"<p><em>{MARKS[self.state]}</em></p>" if self.state in MARKS else ""
        return {"text/html": to_html(self.text) + mark, "text/plain": repr(self)}
