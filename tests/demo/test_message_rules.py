"""What is refused in messages, as a table: messages, and the words of the first complaint."""

from __future__ import annotations

import pytest

from kimi_magic.demo.message_rules import check_messages, check_partial, check_reasoning
from kimi_magic.demo.protocol import Json
from tests.demo.asking import CALL, called, data_url, image, result, say, user

PNG = data_url(b"not really a picture")
VIDEO = {"type": "video_url", "video_url": {"url": data_url(b"moving", "video/mp4")}}
SECOND = {**CALL, "id": "add:1"}

REFUSED: list[tuple[str, object, str]] = [
    ("nothing", None, "messages must not be empty"),
    ("empty", [], "messages must not be empty"),
    ("a word", ["Hi"], "position 0 needs a role"),
    ("unknown role", [user(), {"role": "oracle", "content": "Hi"}], "position 1 needs a role"),
    ("empty content", [user("")], "position 0 with role 'user' must not be empty"),
    ("no content", [{"role": "user"}], "must not be empty"),
    ("no parts", [user([])], "must not be empty"),
    ("empty text part", [user([{"type": "text", "text": ""}])], "text content is empty"),
    ("empty content beside calls", [user(), called(content=""), result()], "role 'assistant' must not be empty"),
    ("empty result", [user(), called(), result("")], "role 'tool' must not be empty"),
    ("content of another form", [user({"text": "Hi"})], "must be a string or a list of parts"),
    ("a part without type", [user(["Hi"])], "must have the type text, image_url or video_url"),
    ("an unknown part", [user([{"type": "audio", "audio": "x"}])], "must have the type"),
    ("a part without address", [user([image({})])], "image_url at position 0 needs a url"),
    ("a public picture", [user([image({"url": "https://example.org/a.png"})])], "public addresses are not read"),
    ("a public picture, bare", [user([image("http://example.org/a.png")])], "public addresses are not read"),
    ("SVG", [user([image(data_url(b"<svg/>", "image/svg+xml"))])], "unsupported image format: svg+xml"),
    ("an unknown file", [user([image("ms://nobody")])], "there is no file ms://nobody"),
    ("another address", [user([image("file:///a.png")])], "expected data:"),
    ("broken base64", [user([image("data:image/png;base64,?")])], "no valid base64"),
    ("a video as a picture", [user([image(data_url(b"x", "video/mp4"))])], "unsupported image format: mp4"),
    ("calls of a user", [{**user(), "tool_calls": [CALL]}], "tool_calls at position 0 must be a list"),
    ("no calls", [user(), called(tool_calls=[])], "tool_calls at position 1 must be a list"),
    ("a call without name", [user(), called(tool_calls=[{"id": "x"}]), result()], "needs id, function.name"),
    ("a result without id", [user(), called(), {"role": "tool", "content": "3"}], "needs a tool_call_id"),
    ("a result of no call", [user(), result()], "tool_call_id add:0 is not found"),
    ("a result twice", [user(), called(), result(), result()], "tool_call_id add:0 is not found"),
    ("a call unanswered", [user(), called()], "did not have response messages: add:0"),
    ("a call passed over", [user(), called(), user("And?")], "did not have response messages: add:0"),
    (
        "one call of two unanswered",
        [user(), called(tool_calls=[CALL, SECOND]), result(), user("And?")],
        "did not have response messages: add:1",
    ),
]

TAKEN: list[tuple[str, list[Json]]] = [
    ("a picture", [user([image({"url": PNG}), {"type": "text", "text": "What is it?"}])]),
    ("a picture, bare", [user([image(PNG)])]),
    ("an uploaded picture", [user([image("ms://known")])]),
    ("a video", [user([VIDEO])]),
    ("a call without content", [user(), called(), result()]),
    ("a call with null content", [user(), called(content=None), result(), user("And?")]),
    ("two calls", [user(), called(tool_calls=[CALL, SECOND]), result(call="add:1"), result()]),
    ("the same id in a later round", [user(), called(), result(), called(), result()]),
    ("a reply that begins with nothing", [user(), {"role": "assistant", "content": "", "partial": True}]),
]


@pytest.mark.parametrize(("messages", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_complains(messages: object, words: str) -> None:
    """The first complaint names what is wrong."""
    assert words in next(check_messages(messages, {"known"}), "")


@pytest.mark.parametrize("messages", [row[1] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_does_not_complain(messages: list[Json]) -> None:
    """Messages in the service's forms pass."""
    assert list(check_messages(messages, {"known"})) == []


def test_partial_belongs_to_the_last_message_of_the_assistant() -> None:
    """Partial Mode anywhere else is refused."""
    begun: Json = {"role": "assistant", "content": "It is", "partial": True}
    assert list(check_partial(say(user(), begun))) == []
    assert "only allowed on the last message" in next(check_partial(say(begun, user())))
    assert "only allowed on an assistant message" in next(check_partial(say({**user(), "partial": True})))


def test_a_call_of_a_thinking_model_needs_its_thinking() -> None:
    """The thinking may be an empty string, but not absent; without thinking it does not matter."""
    without: Json = {"role": "assistant", "tool_calls": [CALL]}
    missing = "reasoning_content is missing in assistant tool call message at index 1"
    assert missing in next(check_reasoning([user(), without, result()], thinks=True))
    assert list(check_reasoning([user(), called(), result()], thinks=True)) == []
    assert list(check_reasoning([user(), without, result()], thinks=False)) == []
