"""A question on its way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kimi_magic.amounts import counted
from kimi_magic.api.stream import Stream
from kimi_magic.conversation import Conversation, State, Turn
from kimi_magic.draft import Draft
from kimi_magic.errors import AnswerIncomplete, Interrupted, KimiError, ResultInvalid
from kimi_magic.messages import Completed, Event, Finished, Message, ReasoningPiece, Started, TextPiece, Usage, UsageReported
from kimi_magic.preparing import Prepared
from kimi_magic.render.view import View
from kimi_magic.request import Question

if TYPE_CHECKING:
    from kimi_magic.tools.toolbox import Toolbox


@dataclass(slots=True)
class Asked:
    """A question on its way, and what has come of it so far.

    It ``began_at`` that many seconds since 1970. ``before`` are the replies before the one that arrives: calls with their
    results. ``refused`` is the answer that did not fit and what was said to that: it is sent, and not kept. ``spent`` is
    what earlier requests took, ``searches`` counts what is paid by the piece; Kimi ``may_call`` until it called too much.
    ``parsed`` is the value of the answer, where one was asked for; ``notes`` end the status line.
    """

    question: Question
    conversation: Conversation
    prepared: Prepared
    turn: Turn
    draft: Draft
    view: View
    toolbox: Toolbox | None = None
    before: tuple[Message, ...] = ()
    refused: tuple[Message, ...] = ()
    spent: Usage | None = None
    began_at: float = field(default_factory=time.time)
    searches: int = 0
    may_call: bool = True
    parsed: object = None
    notes: list[str] = field(default_factory=list)
    error: KimiError | None = field(default_factory=lambda: AnswerIncomplete("The answer was not followed to its end."))
    notice: str = ""
    stream: Stream | None = None
    is_stopped: bool = False

    def stop(self) -> None:
        """End the answer here; what has arrived is kept. May be called from any thread."""
        self.is_stopped = True
        if self.stream is not None:
            self.stream.close()
        if self.toolbox is not None:
            self.toolbox.stop()

    @property
    def told(self) -> list[str]:
        """What the end of the status line says."""
        wrong = ["no value of what was asked for"] if isinstance(self.error, ResultInvalid) else []
        left_out = self.prepared.left_out
        return [*self.notes, *wrong, *([f"{counted(left_out, 'older turn')} left out"] if left_out else [])]

    @property
    def replies(self) -> tuple[Message, ...]:
        """What was said since the question, as the next request has it."""
        return (*self.before, *self.refused)

    @property
    def usage(self) -> Usage | None:
        """What all requests took together; None where nobody counted."""
        found = [usage for usage in (self.spent, self.draft.usage) if usage is not None]
        return sum(found[1:], found[0]) if found else None


def state_of(draft: Draft, error: KimiError | None) -> State:
    """Return how a turn stands whose answer is ``draft``, and which ended with ``error``."""
    if error is None or isinstance(error, ResultInvalid):
        return "complete"
    if draft.is_empty:
        return "failed"
    if isinstance(error, Interrupted):
        return "interrupted"
    # What was called before has had its effects: Kimi is to know of it, whatever came then.
    return "incomplete" if isinstance(error, AnswerIncomplete) or draft.before else "failed"


def events_of(turn: Turn) -> Iterator[Event]:
    """Return the events by which the answer of ``turn`` arrives once more, from the store."""
    answer = turn.answer
    yield Started(turn.id, turn.model)
    if answer.reasoning is not None:
        yield ReasoningPiece(answer.reasoning)
    yield TextPiece(answer.text)
    if turn.usage:
        yield UsageReported(turn.usage)
    yield Finished(turn.finish_reason)
    yield Completed()
