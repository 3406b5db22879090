"""JSON lines: the wire's own form, ours and that of other tools."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from kimi_magic.conversation import Conversation, Turn, conversation_of
from kimi_magic.errors import UsageError
from kimi_magic.export.formats import exported, imported
from kimi_magic.messages import Image, Message, Text, ToolCall
from tests.export.samples import READING, STOPPED, TURNS, asked, everything, turn


def read(*bodies: object) -> Conversation:
    """Return the conversation of these lines."""
    return imported("\n".join(json.dumps(body) for body in bodies).encode(), ".jsonl", "chat.jsonl")


def said(*bodies: object) -> list[tuple[Message, ...]]:
    """Return what the turns of these lines said."""
    return [turn.said for turn in read(*bodies).turns]


USER, HELLO = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}


def test_messages_come_back_as_they_were() -> None:
    """System, order, parts, reasoning (none, empty, some), calls, results and half characters survive."""
    back = imported(exported(everything(), ".jsonl"), ".jsonl")
    assert back.system == "Be brief."
    assert [turn.said for turn in back.turns] == [turn.said for turn in TURNS]
    assert [turn.prompt for turn in back.turns] == [turn.prompt for turn in TURNS]


def test_each_line_is_one_message_of_the_wire() -> None:
    """A line is what the service takes, readable in every alphabet."""
    lines = exported(conversation_of([asked(1, "为什么", "因为", reasoning="")]), ".jsonl").decode().splitlines()
    assert lines == [
        '{"role": "user", "content": "为什么"}',
        '{"role": "assistant", "content": "因为", "reasoning_content": ""}',
    ]


def test_separators_of_unicode_cut_no_line() -> None:
    """Only a newline ends a line: U+2028 and U+0085 within a text do not."""
    conversation = conversation_of([asked(1, "a\u2028b\x85c\r", "d")])
    assert imported(exported(conversation, ".jsonl"), ".jsonl").turns[0].prompt == "a\u2028b\x85c\r"


@pytest.mark.parametrize("system", [None, "Be brief."])
def test_a_document_before_the_first_question_is_no_system_message(system: str | None) -> None:
    """A first system message is told from a document that the first question brought along."""
    back = imported(exported(conversation_of([READING], system=system), ".jsonl"), ".jsonl")
    assert (back.system, back.turns[0].said) == (system, READING.said)


def test_rounds_of_calls_come_back() -> None:
    """A turn that was stopped after its call was answered is interrupted there, and is sent again as it was said."""
    back = imported(exported(conversation_of([STOPPED, TURNS[2]]), ".jsonl"), ".jsonl").turns
    assert [(one.said, one.state, one.is_said) for one in back] == [
        (STOPPED.said, "interrupted", True),
        (TURNS[2].said, "complete", True),
    ]
    assert back[0].rounds == STOPPED.rounds


def test_a_call_that_nobody_answered_is_not_sent() -> None:
    """The service refuses a call without its result, so such a turn is there to be read alone."""
    (left,) = imported(exported(conversation_of([replace(STOPPED, said=STOPPED.said[:-1])]), ".jsonl"), ".jsonl").turns
    assert (left.state, left.is_said) == ("failed", False)


def test_what_the_format_cannot_keep_is_absent() -> None:
    """Model, usage, cost and attachments are not there; the state is complete, and times grow up to now."""
    before = time.time()
    back = imported(exported(everything(), ".jsonl"), ".jsonl")
    first, times = back.turns[0], [turn.asked_at for turn in back.turns]
    assert (first.model, first.usage, first.cost, first.attachments, first.state) == ("", None, None, (), "complete")
    assert times == sorted(set(times))
    assert before - 1 <= times[-1] <= time.time()
    assert back.name == "main"


def test_a_question_without_an_answer_is_kept_and_not_sent() -> None:
    """It is a failed turn at its place, and so is one whose tools nobody answered further."""
    turns = read(USER, HELLO, USER).turns
    assert [turn.state for turn in turns] == ["complete", "failed"]
    assert [turn.is_said for turn in turns] == [True, False]


ACCEPTED: dict[str, tuple[tuple[object, ...], list[tuple[Message, ...]]]] = {
    "keys that are not known": (
        ({**USER, "weight": 0}, {**HELLO, "refusal": None}),
        [(Message("user", "Hi"), Message("assistant", "Hello"))],
    ),
    "a whole conversation on a line": (
        ({"messages": [USER, HELLO]},),
        [(Message("user", "Hi"), Message("assistant", "Hello"))],
    ),
    "several of them: the first": (
        ({"messages": [USER, HELLO]}, {"messages": [HELLO]}),
        [(Message("user", "Hi"), Message("assistant", "Hello"))],
    ),
    "two questions, one answer": (
        (USER, USER, HELLO),
        [(Message("user", "Hi"), Message("user", "Hi"), Message("assistant", "Hello"))],
    ),
    "a greeting first": (
        (HELLO, USER, HELLO),
        [(Message("assistant", "Hello"),), (Message("user", "Hi"), Message("assistant", "Hello"))],
    ),
    "an address as a bare string": (
        ({"role": "user", "content": [{"type": "image_url", "image_url": "ms://1"}]}, HELLO),
        [(Message("user", (Image("ms://1"),)), Message("assistant", "Hello"))],
    ),
    "a public address": (
        ({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://e.org/a.png"}}]}, HELLO),
        [(Message("user", (Text("[not read in: https://e.org/a.png]"),)), Message("assistant", "Hello"))],
    ),
    "arguments as an object": (
        (
            USER,
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}],
            },
        ),
        [(Message("user", "Hi"), Message("assistant", tool_calls=(ToolCall("1", "f", '{"a": 1}'),)))],
    ),
    "reasoning by another name": (
        (USER, {**HELLO, "reasoning": "Hm."}),
        [(Message("user", "Hi"), Message("assistant", "Hello", reasoning="Hm."))],
    ),
}


@pytest.mark.parametrize(("bodies", "expected"), ACCEPTED.values(), ids=ACCEPTED)
def test_files_of_other_tools_are_read(bodies: tuple[object, ...], expected: list[tuple[Message, ...]]) -> None:
    """What others write in this format becomes these turns."""
    assert said(*bodies) == expected


def test_a_developer_message_is_the_system_message() -> None:
    """OpenAI's newer role is taken, and so is the mark that some editors put before a file."""
    data = b"\xef\xbb\xbf" + b'{"role": "developer", "content": "Be kind."}\r\n\r\n{"role": "user", "content": "Hi"}\r\n'
    assert imported(data, ".jsonl").system == "Be kind."


def test_what_was_attached_is_no_part_of_the_prompt() -> None:
    """Of a message that carries attachments the prompt is what was typed, at its end."""
    attached = '<attachment name="xs" kind="value">\n[1]\n</attachment>\n\n'
    assert read({"role": "user", "content": attached * 2 + "Why?"}, HELLO).turns[0].prompt == "Why?"
    parts = [{"type": "text", "text": attached}, {"type": "text", "text": "And?"}]
    assert read({"role": "user", "content": parts}, HELLO).turns[0].prompt == "And?"


WRONG: dict[str, tuple[bytes, str]] = {
    "not JSON": (
        b'{"role": "user", "content": "Hi"}\n\nHello\n',
        "chat.jsonl, line 3 is not JSON: one message a line is exp",
    ),
    "cut": (b'{"role": "user", "cont', "chat.jsonl, line 1 is not JSON"),
    "no object": (b"[1, 2]", "chat.jsonl, line 1 is no message"),
    "no role": (b'{"content": "Hi"}', "chat.jsonl, line 1 is no message: a role and a content are expected"),
    "an unknown role": (b'{"role": "function", "content": "Hi"}', "line 1 has the role 'function'; the roles are system, "),
    "a wrong content": (b'{"role": "user", "content": 7}', "line 1 has a content that is neither text nor a list"),
    "a wrong part": (
        b'{"role": "user", "content": [{"type": "input_audio"}]}',
        "line 1 has a part of the type 'input_audio'",
    ),
    "a part that is none": (b'{"role": "user", "content": ["Hi"]}', "line 1 has a part of the type 'None'"),
    "an address that is none": (b'{"role": "user", "content": [{"type": "image_url"}]}', "line 1 has a url that is no text"),
    "a result of nothing": (b'{"role": "tool", "content": "Hi"}', "line 1 has a tool_call_id that is no text"),
    "calls that are none": (b'{"role": "assistant", "tool_calls": "f"}', "line 1 has tool_calls that are no list of calls"),
    "a call without a function": (
        b'{"role": "assistant", "tool_calls": [{"id": "1"}]}',
        "has a tool call without a function",
    ),
    "a name that is none": (b'{"role": "user", "content": "Hi", "name": 3}', "line 1 has a name that is no text"),
    "messages that are none": (b'{"messages": [7]}', "line 1 is no message"),
    "no messages": (b'{"messages": []}', "chat.jsonl has no question and no answer in it"),
    "only a system message": (b'{"role": "system", "content": "Hi"}', "chat.jsonl has no question and no answer in it"),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_line_is_named(data: bytes, message: str) -> None:
    """What is wrong is one sentence with the line's number, what came and what was expected."""
    with pytest.raises(UsageError) as caught:
        imported(data, ".jsonl", "chat.jsonl")
    assert message in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_line_is_named_also_where_the_file_has_no_name() -> None:
    """Without a name the sentence begins with the line."""
    with pytest.raises(UsageError, match=r"^Line 1 is not JSON"):
        imported(b"Hi", ".jsonl")


def test_partial_answers_and_names_survive() -> None:
    """The beginning of an answer that was given, and names of messages, come back."""
    one: Turn = turn(1, Message("user", "Hi", name="ann"), Message("assistant", "{", name="bot", partial=True))
    assert imported(exported(conversation_of([one]), ".jsonl"), ".jsonl").turns[0].said == replace(one).said


def test_a_file_of_many_turns_is_quick() -> None:
    """A thousand turns go both ways in a moment."""
    start = time.process_time()
    back: Any = imported(exported(conversation_of(asked(n, f"q{n}", f"a{n}") for n in range(1_000)), ".jsonl"), ".jsonl")
    assert [turn.prompt for turn in back.turns] == [f"q{n}" for n in range(1_000)]
    assert time.process_time() - start < 2
