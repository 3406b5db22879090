"""`kimi_magic.store.document`: nothing is lost on the way to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kimi_magic.conversation import Turn
from kimi_magic.messages import Message, Text, Usage
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

TURNS = {
    "everything set": FULL,
    "only what must be": Turn("t", "", (), "", 0.0),
    "asked, not answered": replace(make_turn(1), state="asked", said=(Message("user", "Q"),)),
    "usage of zero": replace(make_turn(1), usage=Usage()),
    "free of charge": replace(make_turn(1), cost=0.0),
    "a picture": make_picture_turn(1),
    "long words": make_turn(1, "word " * 1000),
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


def test_absent_payload_is_a_value_error() -> None:
    """A reference to a payload that is not there is told apart from a turn."""
    small, _ = extract(encode_turn(make_picture_turn(1)))
    with pytest.raises(ValueError, match="absent"):
        restore(small, {})
