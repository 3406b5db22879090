"""What the offline Kimi refuses, as a table: request, status and type, and the words that the message must hold."""

from __future__ import annotations

import pytest

from kimi_magic.demo.protocol import Json
from kimi_magic.demo.rules import BODY_LIMIT, refuse_body, refuse_chat, refuse_key, refuse_prompt
from tests.demo.asking import ADD, ask, say, user

K3, CODE = "kimi-k3", "kimi-k2.7-code"
NAMED = {"type": "function", "function": {"name": "add"}}

REFUSED: list[tuple[str, object, int, str]] = [
    ("no object", ["model"], 400, "must be a JSON object"),
    ("no model", {"messages": [user()]}, 400, "model is required"),
    ("unknown model", ask("Hi", model="gpt-9"), 404, "Not found the model gpt-9"),
    ("old model", ask("Hi", model="moonshot-v1-8k"), 404, "Not found the model moonshot-v1-8k"),
    ("temperature", ask("Hi", temperature=0.3), 400, "invalid temperature: only 1 is allowed for this model"),
    ("top_p", ask("Hi", top_p=0.5), 400, "invalid top_p: only 0.95 is allowed"),
    ("n", ask("Hi", n=2), 400, "invalid n: only 1 is allowed"),
    ("presence penalty", ask("Hi", presence_penalty=1), 400, "invalid presence_penalty: only 0 is allowed"),
    ("frequency penalty", ask("Hi", frequency_penalty=1), 400, "invalid frequency_penalty: only 0 is allowed"),
    ("stop, number", ask("Hi", stop=3), 400, "stop must be a string or a list of strings"),
    ("stop, six words", ask("Hi", stop=list("abcdef")), 400, "stop has 6 words, at most 5"),
    ("stop, 33 bytes", ask("Hi", stop="x" * 33), 400, "longer than 32 bytes"),
    ("stop, 11 signs of 3 bytes", ask("Hi", stop=["語" * 11]), 400, "longer than 32 bytes"),
    ("cap of zero", ask("Hi", max_completion_tokens=0), 400, "max_completion_tokens must be a positive integer"),
    ("cap that is a word", ask("Hi", max_tokens="many"), 400, "max_tokens must be a positive integer"),
    ("stream that is a word", ask("Hi", stream="yes"), 400, "stream has the wrong type"),
    (
        "thinking and effort",
        ask("Hi", model=K3, thinking={"type": "enabled"}, reasoning_effort="low"),
        400,
        "thinking and reasoning_effort cannot be sent together",
    ),
    ("thinking on K3", ask("Hi", model=K3, thinking={"type": "enabled"}), 400, "thinking is not supported by kimi-k3"),
    ("effort on k2.6", ask("Hi", reasoning_effort="low"), 400, "reasoning_effort is not supported by kimi-k2.6"),
    ("effort medium", ask("Hi", model=K3, reasoning_effort="medium"), 400, "must be one of low, high, max"),
    ("thinking, no type", ask("Hi", thinking={"keep": "all"}), 400, "thinking.type must be enabled or disabled"),
    ("thinking, a word", ask("Hi", thinking="enabled"), 400, "thinking.type must be enabled or disabled"),
    ("thinking, budget", ask("Hi", thinking={"type": "enabled", "budget": 1}), 400, "no other keys than type and keep"),
    ("thinking, keep some", ask("Hi", thinking={"type": "enabled", "keep": "some"}), 400, "keep must be null or all"),
    (
        "thinking off where it is always on",
        ask("Hi", model=CODE, thinking={"type": "disabled"}),
        400,
        "only type=enabled is allowed for kimi-k2.7-code",
    ),
    ("required on k2.6", ask("Hi", tools=[ADD], tool_choice="required"), 400, "incompatible with thinking"),
    (
        "named function while thinking",
        ask("Hi", tools=[ADD], tool_choice=NAMED),
        400,
        "tool_choice 'specified' is incompatible with thinking enabled",
    ),
    (
        "partial and json_object",
        say(
            user(),
            {"role": "assistant", "content": "{", "partial": True},
            response_format={"type": "json_object"},
        ),
        400,
        "partial cannot be used together with response_format json_object",
    ),
    ("response format", ask("Hi", response_format={"type": "yaml"}), 400, "must be one of text, json_object"),
    (
        "too long",
        ask("x" * 4 * 262_144),
        400,
        "Your request exceeded model token limit: 262144 (requested: 262148)",
    ),
]

TAKEN: list[tuple[str, Json]] = [
    ("a question", ask("Hi")),
    ("three turns", ask("Hi", "And?", "So?")),
    ("the fixed values", ask("Hi", temperature=1, top_p=0.95, n=1, presence_penalty=0, frequency_penalty=0)),
    ("fields that are null", ask("Hi", temperature=None, stop=None, tools=None, thinking=None, stream=None)),
    ("five stop words of 32 bytes", ask("Hi", stop=["x" * 32] * 5)),
    ("one stop word", ask("Hi", stop="END")),
    ("thinking off", ask("Hi", thinking={"type": "disabled"})),
    ("thinking kept", ask("Hi", thinking={"type": "enabled", "keep": "all"})),
    ("effort on K3", ask("Hi", model=K3, reasoning_effort="high")),
    ("required on K3", ask("Hi", model=K3, tools=[ADD], tool_choice="required")),
    ("named function", ask("Hi", tools=[ADD], tool_choice=NAMED, thinking={"type": "disabled"})),
    ("unknown fields", ask("Hi", prompt_cache_key="c", safety_identifier="u", metadata={})),
    ("long for k2.6, short for K3", ask("x" * 4 * 262_144, model=K3)),
]


@pytest.mark.parametrize(("request_", "status", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refuses(request_: object, status: int, words: str) -> None:
    """What the service refuses is refused, with its status, its type and its reason."""
    refusal = refuse_chat(request_)
    assert refusal is not None
    assert (refusal.status, words in refusal.message) == (status, True), refusal
    assert refusal.type == {400: "invalid_request_error", 404: "resource_not_found_error"}[status]


@pytest.mark.parametrize("request_", [row[1] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_takes(request_: Json) -> None:
    """What the service takes is not refused."""
    assert refuse_chat(request_) is None


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer", "Basic abc", "sk-without-bearer"])
def test_a_missing_key_is_refused(header: str) -> None:
    """Without a bearer key nothing is answered."""
    refusal = refuse_key(header)
    assert refusal is not None
    assert (refusal.status, refusal.type) == (401, "invalid_authentication_error")


def test_a_wrong_key_is_refused_with_ids_in_the_message() -> None:
    """The message names a key's and an organisation's id, as the real one does, so that hiding them can be tested."""
    refusal = refuse_key("Bearer wrong-key")
    assert refusal is not None
    assert (refusal.status, refusal.type) == (401, "incorrect_api_key_error")
    assert "org-" in refusal.message
    assert "ak-" in refusal.message
    assert refuse_key("Bearer sk-anything") is None


def test_a_body_may_have_100_megabytes() -> None:
    """One byte more is refused."""
    assert refuse_body(BODY_LIMIT) is None
    refusal = refuse_body(BODY_LIMIT + 1)
    assert refusal is not None
    assert "exceeds limit 104857600" in refusal.message


def test_an_estimate_looks_at_model_and_messages_alone() -> None:
    """What belongs to the answer does not matter to an estimate; an unknown model does."""
    assert refuse_prompt(ask("Hi", temperature=0.3)) is None
    unknown = refuse_prompt(ask("Hi", model="gpt-9"))
    assert unknown is not None
    assert unknown.status == 404
