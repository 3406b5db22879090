"""A question on its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kimi_magic.api.stream import Stream
from kimi_magic.conversation import Conversation, State, Turn
from kimi_magic.draft import Draft
from kimi_magic.errors import AnswerIncomplete, Interrupted, KimiError
from kimi_magic.messages import Completed, Event, Finished, ReasoningPiece, Started, TextPiece, ToolCallPiece, UsageReported
from kimi_magic.preparing import Prepared
from kimi_magic.render.view import View
from kimi_magic.request import Question


@dataclass(slots=True)
class Asked:
    """A question on its way, and what has come of it so far."""

    question: Question
    conversation: Conversation
    prepared: Prepared
    turn: Turn
    draft: Draft
    view: View
    error: KimiError | None = field(default_factory=lambda: AnswerIncomplete("The answer was not followed to its end."))
    notice: str = ""
    stream: Stream | None = None
    is_stopped: bool = False

    def stop(self) -> None:
        """End the answer here; what has arrived is kept. May be called from any thread."""
        self.is_stopped = True
        if self.stream is not None:
            self.stream.close()


def state_of(draft: Draft, error: KimiError | None) -> State:
    """Return how a turn stands whose answer is ``draft``, and which ended with ``error``."""
    if error is None:
        return "complete"
    if draft.is_empty:
        return "failed"
    if isinstance(error, Interrupted):
        return "interrupted"
    return "incomplete" if isinstance(error, AnswerIncomplete) else "failed"


def events_of(turn: Turn) -> Iterator[Event]:
    """Return the events by which the answer of ``turn`` arrives once more, from the store."""
    answer = turn.answer
    yield Started(turn.id, turn.model)
    if answer.reasoning is not None:
        yield ReasoningPiece(answer.reasoning)
    yield TextPiece(answer.text)
    for index, call in enumerate(answer.tool_calls):
        yield ToolCallPiece(index, call.id, call.name, call.arguments)
    if turn.usage:
        yield UsageReported(turn.usage)
    yield Finished(turn.finish_reason)
    yield Completed()
