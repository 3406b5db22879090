"""A question on its way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kimi_magic.amounts import counted
from kimi_magic.api.stream import Stream
from kimi_magic.conversation import Conversation, State, Turn
from kimi_magic.draft import Draft
from kimi_magic.errors import AnswerIncomplete, Interrupted, KimiError, ResultInvalid, ServiceError
from kimi_magic.messages import Completed, Event, Finished, Message, ReasoningPiece, Started, TextPiece, Usage, UsageReported
from kimi_magic.preparing import Prepared
from kimi_magic.render.view import View
from kimi_magic.request import Question

if TYPE_CHECKING:
    from kimi_magic.tools.toolbox import Toolbox


class Reply(NamedTuple):
    """What was said since a question: a message, and whether the turn keeps it; an answer that did not fit is only sent."""

    message: Message
    is_kept: bool = True


@dataclass(slots=True)
class Asked:
    """A question on its way, and what has come of it so far.

    It ``began_at`` that many seconds since 1970. ``said`` is what was said before the reply that arrives, in order: calls
    with their results, answers that did not fit and what was said to those. ``spent`` is what earlier requests took,
    ``searches`` counts what is paid by the piece. Kimi ``may_call`` until it called too much; where the server knows no way
    to say so, nothing ``is_offered`` any more. ``calls_left_out`` were too many for their replies. ``parsed`` is
    the value of the answer, where one was asked for; ``notes`` end the status line.
    """

    question: Question
    conversation: Conversation
    prepared: Prepared
    turn: Turn
    draft: Draft
    view: View
    toolbox: Toolbox | None = None
    said: tuple[Reply, ...] = ()
    spent: Usage | None = None
    began_at: float = field(default_factory=time.time)
    searches: int = 0
    may_call: bool = True
    is_offered: bool = True
    calls_left_out: int = 0
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
        told = [*self.notes]
        if isinstance(self.error, ResultInvalid):
            told.append("not the value asked for")
        elif isinstance(self.error, ServiceError) and self.before:
            told.append("no answer came to what the calls returned")
        left_out = {"call": self.calls_left_out, "older turn": self.prepared.left_out}
        return [*told, *(f"{counted(count, what)} left out" for what, count in left_out.items() if count)]

    def add(self, *messages: Message, is_kept: bool = True) -> None:
        """Note what was said."""
        self.said = (*self.said, *(Reply(message, is_kept) for message in messages))

    @property
    def replies(self) -> tuple[Message, ...]:
        """What was said since the question, as the next request has it: only ever more, so that the service's cache hits."""
        return tuple(reply.message for reply in self.said)

    @property
    def before(self) -> tuple[Message, ...]:
        """What of that the turn keeps."""
        return tuple(reply.message for reply in self.said if reply.is_kept)

    @property
    def refused(self) -> tuple[Message, ...]:
        """What of that the turn does not keep."""
        return tuple(reply.message for reply in self.said if not reply.is_kept)

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
