"""Turns in a conversation, and the answer that is still arriving."""

from __future__ import annotations

import threading

import pytest

from kimi_magic.conversation import Conversation, State, Turn, conversation_of, new_id
from kimi_magic.draft import Draft
from kimi_magic.messages import (
    Completed,
    Event,
    Finished,
    Message,
    ReasoningPiece,
    Retrying,
    Started,
    TextPiece,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsageReported,
)


def turn(name: str, answer: Message | None = None, state: State = "complete") -> Turn:
    said = (Message("user", f"ask {name}"), answer or Message("assistant", f"answer {name}"))
    return Turn(name, f"ask {name}", said, "kimi-k2.6", 0.0, state)


CALL = Message("assistant", "", tool_calls=(ToolCall("a:0", "a", "{}"),))


@pytest.mark.parametrize(
    ("state", "answer", "said"),
    [
        ("complete", Message("assistant", "Yes."), True),
        ("interrupted", Message("assistant", "Ye"), True),
        ("incomplete", Message("assistant", "Ye"), True),
        ("complete", CALL, True),
        ("complete", Message("assistant", "", reasoning="Hm."), False),
        ("asked", Message("assistant", ""), False),
        ("failed", Message("assistant", "Ye"), False),
        ("undone", Message("assistant", "Yes."), False),
        ("once", Message("assistant", "Yes."), False),
    ],
)
def test_what_the_next_question_sees(state: State, answer: Message, said: bool) -> None:
    """Whole and cut answers are part of what was said; failed, undone, single and empty ones are not."""
    one = turn("1", answer, state)
    assert one.is_said is said
    assert conversation_of([one]).history() == (one.said if said else ())


def test_a_turn_without_an_answer_has_an_empty_one() -> None:
    """A question that waits has an assistant's message without words."""
    assert Turn("1", "Hi", (Message("user", "Hi"),), "m", 0.0).answer == Message("assistant")
    assert Turn("1", "Hi", (), "m", 0.0).answer == Message("assistant")


def test_the_history_only_grows_at_its_end() -> None:
    """What was sent before is, message by message, the beginning of what is sent next."""
    conversation = Conversation()
    before: tuple[Message, ...] = ()
    for number in range(5):
        conversation.put(turn(str(number), state="failed" if number == 2 else "complete"))
        history = conversation.history()
        assert history[: len(before)] == before
        before = history
    assert [message.text for message in before if message.role == "user"] == ["ask 0", "ask 1", "ask 3", "ask 4"]


def test_a_turn_takes_its_own_place() -> None:
    """Putting a turn again replaces it where it stands."""
    conversation = conversation_of([turn("1"), turn("2")])
    conversation.put(turn("1", Message("assistant", "anew")))
    assert [(one.id, one.answer.text) for one in conversation.turns] == [("1", "anew"), ("2", "answer 2")]


def test_undo_goes_back_turn_by_turn() -> None:
    """The last turn that was said is taken out, then the one before, then there is none."""
    conversation = conversation_of([turn("1"), turn("2"), turn("3", state="failed"), turn("4", state="once")])
    undone = [conversation.undo() for _ in range(3)]
    assert [one and one.id for one in undone] == ["2", "1", None]
    assert [one.state for one in conversation.turns] == ["undone", "undone", "failed", "once"]
    assert conversation.history() == ()


def test_ids_are_never_the_same() -> None:
    """Each conversation has an id of its own."""
    assert len({new_id() for _ in range(100)} | {Conversation().id, Conversation().id}) == 102


def drafted(*events: Event, prefix: str = "") -> Draft:
    draft = Draft(prefix)
    draft.apply(events)
    return draft


def test_a_draft_takes_in_a_whole_answer() -> None:
    """Text, thinking, model, usage, the reason of its end and the end itself are read from the events."""
    draft = drafted(
        Started("1", "kimi-k3"),
        ReasoningPiece("Hm."),
        TextPiece("Yes"),
        TextPiece("."),
        UsageReported(Usage(1, 1)),
        UsageReported(Usage(2, 2)),
        Finished("stop"),
        Completed(),
    )
    assert draft.message() == Message("assistant", "Yes.", reasoning="Hm.")
    assert (draft.model, draft.usage, draft.finish_reason, draft.is_complete) == ("kimi-k3", Usage(2, 2), "stop", True)


def test_reasoning_that_never_came_is_none() -> None:
    """No thinking and empty thinking are two things, which the service tells apart."""
    assert drafted(TextPiece("a")).message().reasoning is None
    assert drafted(ReasoningPiece(""), TextPiece("a")).message().reasoning == ""


def test_calls_are_joined_by_index() -> None:
    """Parallel calls interleave, arguments may come before the name, and order is by index."""
    draft = drafted(
        ToolCallPiece(1, "b:1", "b", ""),
        ToolCallPiece(0, arguments='{"x"'),
        ToolCallPiece(1, arguments="{"),
        ToolCallPiece(0, "a:0", "a", ": 1}"),
        ToolCallPiece(1, arguments="}"),
    )
    assert draft.tool_calls == (ToolCall("a:0", "a", '{"x": 1}'), ToolCall("b:1", "b", "{}"))
    assert draft.has_answer


def test_a_prefix_stands_before_the_text_and_is_no_answer() -> None:
    """In Partial Mode the prefix is part of the text, but alone it is nothing that arrived."""
    assert drafted(TextPiece('"a": 1}'), prefix="{").text == '{"a": 1}'
    alone = drafted(prefix="{")
    assert (alone.text, alone.has_answer, alone.is_empty) == ("{", False, True)


def test_thinking_is_something_but_no_answer() -> None:
    """A reader sees thinking; the answer has not begun."""
    draft = drafted(ReasoningPiece("Hm."))
    assert (draft.has_answer, draft.is_empty) == (False, False)


def test_another_try_begins_anew() -> None:
    """What a failed try brought is forgotten, and the draft says what is waited for until the next one starts."""
    retry = Retrying("overloaded", 1.0, 2, 5)
    failed = (Started("1", "m"), ReasoningPiece("Hm."), UsageReported(Usage(1, 1)), Finished("stop"), retry)
    draft = drafted(*failed, prefix="{")
    assert (draft.text, draft.reasoning, draft.retrying) == ("{", "", retry)
    assert (draft.has_reasoning, draft.usage, draft.finish_reason) == (False, None, "")
    draft.apply([Started("2", "m"), TextPiece("}")])
    assert (draft.text, draft.retrying) == ("{}", None)


def test_one_thread_reads_while_another_writes() -> None:
    """Each reading is a beginning of the whole text, never shorter than the one before."""
    draft, whole = Draft(), "".join(f"{number} " for number in range(5_000))
    pieces = [[TextPiece(f"{number} ")] for number in range(5_000)]
    writer = threading.Thread(target=lambda: any(map(draft.apply, pieces)))
    writer.start()
    read = [""]
    while writer.is_alive():
        read.append(draft.text)
        assert whole.startswith(read[-1])
        assert len(read[-1]) >= len(read[-2])
    assert draft.text == whole
