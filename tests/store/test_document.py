"""`kimi_magic.store.document`: nothing is lost on the way to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kimi_magic.conversation import Turn
from kimi_magic.messages import Attachment, Message, Text, Usage
from kimi_magic.store.document import (
    LONG,
    decode_message,
    decode_turn,
    encode_message,
    encode_turn,
    extract,
    restore,
)
from tests.store.samples import FULL, PICTURE, make_picture_turn, make_turn


def attached(notes: str, question: str) -> Turn:
    """Return a turn that sends notes along, once in the words and once as a document."""
    said = (Message("system", notes), Message("user", f"{notes}\n\n{notes}\n\n{question}"), Message("assistant", notes))
    parts = (Text(notes), Text(notes[:50]))
    return replace(make_turn(1), said=said, attachments=(Attachment("notes", "text", parts),))


TURNS = {
    "everything set": FULL,
    "only what must be": Turn("t", "", (), "", 0.0),
    "asked, not answered": replace(make_turn(1), state="asked", said=(Message("user", "Q"),)),
    "usage of zero": replace(make_turn(1), usage=Usage()),
    "free of charge": replace(make_turn(1), cost=0.0),
    "a picture": make_picture_turn(1),
    "long words": make_turn(1, "word " * 1000),
    "what was attached, in the words": attached("notes, " * 40, "Question?"),
    "what was attached, twice and in between": attached("a\ud83d" * 40, "a\ud83d" * 85),
    "what was attached, not in the words": replace(attached("notes, " * 40, ""), said=(Message("user", "pieces"),)),
    "one that replaces others": replace(make_turn(1), replaces=("a", "b"), exchange="e", is_pinned=True, tokens=7),
}
MESSAGES = {
    "content as words": (Message("user", "Hi"), {"role": "user", "content": "Hi"}),
    "no content": (Message("assistant"), {"role": "assistant"}),
    "one part": (Message("user", (Text("Hi"),)), {"role": "user", "content": [{"type": "text", "text": "Hi"}]}),
    "content of no parts": (Message("user", ()), {"role": "user", "content": []}),
    "no reasoning": (Message("assistant", "A"), {"role": "assistant", "content": "A"}),
    "empty reasoning": (Message("tool", "A", reasoning=""), {"role": "tool", "content": "A", "reasoning": ""}),
    "empty name": (Message("user", "Q", name=""), {"role": "user", "content": "Q", "name": ""}),
    "partial": (Message("assistant", "{", partial=True), {"role": "assistant", "content": "{", "partial": True}),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_turn_comes_back_from_json_as_it_was(turn: Turn) -> None:
    """A turn that went through JSON text, its long texts taken out and put back, equals the one before."""
    small, payloads = extract(encode_turn(turn))
    assert decode_turn(restore(json.loads(json.dumps(small)), payloads)) == turn


@pytest.mark.parametrize(("message", "document"), MESSAGES.values(), ids=MESSAGES)
def test_message_has_this_document(message: Message, document: dict[str, object]) -> None:
    """Each message has one document, which says no more than it must, and comes back from it."""
    assert encode_message(message) == document
    assert decode_message(document) == message


def test_fields_of_a_newer_version_are_ignored() -> None:
    """A turn with fields that are not known here, at every depth, is read without them."""
    document = json.loads(json.dumps(encode_turn(FULL)))
    said, calls = document["said"], document["said"][2]["tool_calls"]
    for each in (document, document["usage"], *document["attachments"], *said, *said[1]["content"], *calls):
        each["from_the_future"] = {"a": [1]}
    assert decode_turn(document) == FULL


NOT_SAID: dict[str, object] = {
    "nothing": None,
    "words": ["Hi"],
    "content is a number": [{"role": "user", "content": 7}],
    "a part of no known type": [{"role": "user", "content": [{"type": "odour"}]}],
    "no role": [{"content": "Hi"}],
}


@pytest.mark.parametrize("said", NOT_SAID.values(), ids=NOT_SAID)
def test_what_is_no_turn_is_a_value_error(said: object) -> None:
    """A document of another form is one kind of error, whatever is wrong with it."""
    with pytest.raises(ValueError, match="a stored"):
        decode_turn({"id": "t", "prompt": "Q", "said": said, "model": "m", "asked_at": 0})


def test_only_long_texts_are_taken_out() -> None:
    """A text of the greatest length that stays in place does, and one more character takes it out."""
    document: dict[str, object] = {"stays": "a" * LONG, "goes": "a" * (LONG + 1), "number": 7}
    small, payloads = extract(document)
    assert small["stays"] == "a" * LONG
    assert small["goes"] == {"sha256": next(iter(payloads))}
    assert restore(small, payloads) == document


def test_the_same_picture_is_one_payload() -> None:
    """A picture that stands in the message and in the attachment is taken out once, and comes back as one object."""
    small, payloads = extract(encode_turn(make_picture_turn(1)))
    assert list(payloads.values()) == [PICTURE]
    assert len(json.dumps(small)) < 1000


def test_attached_words_stand_in_the_document_once() -> None:
    """What goes along with a question is written down as an attachment, and the question refers to it."""
    document = encode_turn(attached("notes, " * 40, "Why?"))
    assert document["said"][1] == {"role": "user", "content": {"pieces": [0, "\n\n", 1, f"{('notes, ' * 40)[50:]}\n\nWhy?"]}}  # type: ignore[index]  # JSON
    assert document["said"][0] == {"role": "system", "content": {"pieces": [0]}}  # type: ignore[index]  # JSON


def test_reference_to_nothing_is_a_value_error() -> None:
    """A question that refers to an attachment which is not there is no turn."""
    document = json.loads(json.dumps(encode_turn(attached("notes, " * 40, "Why?"))))
    with pytest.raises(ValueError, match="a stored turn"):
        decode_turn(document | {"attachments": []})


def test_absent_payload_is_a_value_error() -> None:
    """A reference to a payload that is not there is told apart from a turn."""
    small, _ = extract(encode_turn(make_picture_turn(1)))
    with pytest.raises(ValueError, match="absent"):
        restore(small, {})
