"""What is said beside the exact JSON that it is on the wire, in both directions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kimi_magic.api import wire
from kimi_magic.api.catalog import MODELS, Model, find_model
from kimi_magic.messages import (
    ChatRequest,
    Event,
    Finished,
    Image,
    Message,
    ReasoningPiece,
    Started,
    Text,
    TextPiece,
    Tool,
    ToolCall,
    ToolCallPiece,
    Usage,
    UsageReported,
    Video,
)

HI = (Message("user", "Hi"),)
STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
CALL = ToolCall("add:0", "add", '{"a": 1}')
CALLED = {"id": "add:0", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
FORMAT: dict[str, object] = {"type": "json_object"}

MESSAGES: list[tuple[Message, dict[str, Any]]] = [
    (Message("user", "Hi"), {"role": "user", "content": "Hi"}),
    (Message("system", "Be brief."), {"role": "system", "content": "Be brief."}),
    (Message("assistant", "Yes."), {"role": "assistant", "content": "Yes."}),
    (Message("assistant", "Yes.", reasoning="Hm."), {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."}),
    (Message("assistant", "Yes.", reasoning=""), {"role": "assistant", "content": "Yes.", "reasoning_content": ""}),
    (Message("assistant", "{", partial=True), {"role": "assistant", "content": "{", "partial": True}),
    (
        Message("assistant", "{", name="Ada", partial=True),
        {"role": "assistant", "content": "{", "name": "Ada", "partial": True},
    ),
    (
        Message("assistant", "", reasoning="", tool_calls=(CALL,)),
        {"role": "assistant", "reasoning_content": "", "tool_calls": [CALLED]},
    ),
    (
        Message("assistant", "I add.", tool_calls=(CALL,)),
        {"role": "assistant", "content": "I add.", "tool_calls": [CALLED]},
    ),
    (Message("tool", "3", tool_call_id="add:0"), {"role": "tool", "content": "3", "tool_call_id": "add:0"}),
    (Message("assistant", ""), {"role": "assistant", "content": ""}),
    (
        Message("user", (Image("data:image/png;base64,AA=="), Video("ms://f1"), Text("What?"))),
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                {"type": "video_url", "video_url": {"url": "ms://f1"}},
                {"type": "text", "text": "What?"},
            ],
        },
    ),
]

REQUESTS: list[tuple[ChatRequest, dict[str, Any]]] = [
    (ChatRequest("kimi-k2.6", HI), {}),
    (ChatRequest("kimi-k2.6", HI, think=True), {"thinking": {"type": "enabled"}}),
    (ChatRequest("kimi-k2.6", HI, think=False), {"thinking": {"type": "disabled"}}),
    (ChatRequest("kimi-k2.6", HI, keep_thinking=True), {"thinking": {"type": "enabled", "keep": "all"}}),
    (ChatRequest("kimi-k2.6", HI, think=False, keep_thinking=True), {"thinking": {"type": "disabled", "keep": "all"}}),
    (ChatRequest("kimi-k3", HI, think=True), {}),
    (ChatRequest("kimi-k3", HI, effort="low"), {"reasoning_effort": "low"}),
    (ChatRequest("kimi-k3", HI, think=True, keep_thinking=True, effort="max"), {"reasoning_effort": "max"}),
    (ChatRequest("unknown", HI, think=False), {"thinking": {"type": "disabled"}}),
    (ChatRequest("kimi-k2.6", HI, max_tokens=500), {"max_completion_tokens": 500}),
    (ChatRequest("kimi-k2.6", HI, stop=("END", "é")), {"stop": ["END", "é"]}),
    (
        ChatRequest("kimi-k2.6", HI, cache_key="c1", safety_identifier="u1"),
        {"prompt_cache_key": "c1", "safety_identifier": "u1"},
    ),
    (ChatRequest("kimi-k2.6", HI, response_format=FORMAT), {"response_format": {"type": "json_object"}}),
    (
        ChatRequest("kimi-k2.6", HI, tools=(Tool("add", "Adds.", dict(SCHEMA), strict=True),), tool_choice="auto"),
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "add", "description": "Adds.", "parameters": SCHEMA, "strict": True},
                }
            ],
            "tool_choice": "auto",
        },
    ),
    (
        ChatRequest("kimi-k2.6", HI, tools=(Tool("add", "Adds.", dict(SCHEMA)), Tool("$web_search", "", builtin=True))),
        {
            "tools": [
                {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": SCHEMA}},
                {"type": "builtin_function", "function": {"name": "$web_search"}},
            ]
        },
    ),
]


@pytest.mark.parametrize(("message", "body"), MESSAGES)
def test_a_message_is_exactly_this(message: Message, body: dict[str, Any]) -> None:
    """Each kind of message has one form on the wire, and nothing beside it."""
    assert wire.encode_message(message) == body


@pytest.mark.parametrize(("request_", "more"), REQUESTS)
def test_a_request_is_exactly_this(request_: ChatRequest, more: dict[str, Any]) -> None:
    """Model, messages and streaming are always there; every other field only where it was asked for."""
    body = wire.encode_request(request_, find_model(request_.model))
    assert body == {"model": request_.model, "messages": [{"role": "user", "content": "Hi"}], **STREAMED, **more}


@pytest.mark.parametrize(("request_", "_"), REQUESTS)
@pytest.mark.parametrize("model", [*MODELS, Model("unknown")], ids=lambda model: model.id)
def test_thinking_and_effort_never_meet(request_: ChatRequest, _: object, model: Model) -> None:
    """No request carries both `thinking` and `reasoning_effort`, nor any sampling field: each is a 400."""
    body = wire.encode_request(request_, model)
    assert not {"thinking", "reasoning_effort"} <= set(body)
    assert not {"temperature", "top_p", "n", "presence_penalty", "frequency_penalty", "max_tokens"} & set(body)


@pytest.mark.parametrize(
    ("model", "think", "calls", "answers"),
    [
        ("kimi-k2.6", None, {"reasoning_content": ""}, {}),
        ("kimi-k2.6", True, {"reasoning_content": ""}, {}),
        ("kimi-k2.6", False, {}, {}),
        ("kimi-k2.7-code", None, {"reasoning_content": ""}, {"reasoning_content": ""}),
        ("kimi-k3", None, {"reasoning_content": ""}, {"reasoning_content": ""}),
        ("somebody-elses", None, {}, {}),
    ],
)
def test_an_answer_without_thinking_goes_back_as_the_model_needs_it(
    model: str, think: bool | None, calls: dict[str, str], answers: dict[str, str]
) -> None:
    """A model that thinks refuses a call without reasoning_content; one that always thinks wants it with every answer."""
    call, result = Message("assistant", tool_calls=(CALL,)), Message("tool", "18", tool_call_id=CALL.id)
    said = (*HI, call, result, Message("assistant", "18."), Message("assistant", "So", partial=True))
    body = wire.encode_request(ChatRequest(model, said, think=think), find_model(model))
    assert body["messages"][-4:] == [
        {"role": "assistant", "tool_calls": [CALLED]} | calls,
        {"role": "tool", "content": "18", "tool_call_id": CALL.id},
        {"role": "assistant", "content": "18."} | answers,
        {"role": "assistant", "content": "So", "partial": True},
    ]


def test_the_bytes_keep_their_beginning() -> None:
    """The messages of a longer conversation begin with the very bytes of the shorter one, so that the cache hits."""
    said = tuple(message for message, _ in MESSAGES)
    short, long = (json.dumps([wire.encode_message(m) for m in said[:n]], ensure_ascii=False) for n in (5, 12))
    assert long.startswith(short[:-1])
    body = {"a": "é\u2028日", "b": [1, None, True]}
    assert wire.dump(body) == '{"a":"é\u2028日","b":[1,null,true]}'.encode() == wire.dump(dict(body))


def test_what_is_encoded_comes_back() -> None:
    """Text with quotes, control characters, line separators and emoji survives the way there and back."""
    text = '"\\\n\t\x00\x7f\u2028\u2029\x85 日本 🎉 {{x}} $5'
    sent = json.loads(wire.dump(wire.encode_message(Message("user", text))))
    (event,) = wire.decode_chunk({"choices": [{"delta": {"content": sent["content"]}}]})
    assert event == TextPiece(text)


def delta(**fields: object) -> dict[str, Any]:
    return {"id": "1", "model": "m", "choices": [{"index": 0, "delta": fields}]}


COUNTS = {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28, "cached_tokens": 4}
REPORTED = UsageReported(Usage(20, 8, 4))
FINISHING = {"index": 0, "delta": {}, "finish_reason": "stop"}

CHUNKS: list[tuple[str, dict[str, Any], list[Event]]] = [
    ("role", delta(role="assistant", content=""), [Started("1", "m")]),
    ("role and words", delta(role="assistant", content="H"), [Started("1", "m"), TextPiece("H")]),
    ("words", delta(content="Hi"), [TextPiece("Hi")]),
    ("no words", delta(content=None), []),
    ("thinking", delta(reasoning_content="Hm."), [ReasoningPiece("Hm.")]),
    ("empty thinking", delta(reasoning_content=""), [ReasoningPiece("")]),
    ("thinking as others call it", delta(reasoning="Hm."), [ReasoningPiece("Hm.")]),
    ("both names, one empty", delta(reasoning_content=None, reasoning="Hm."), [ReasoningPiece("Hm.")]),
    ("both names", delta(reasoning_content="Hm.", reasoning="Hm."), [ReasoningPiece("Hm.")]),
    ("half a surrogate pair", delta(content="\ud83d"), [TextPiece("?")]),
    ("the end", {"choices": [FINISHING]}, [Finished("stop")]),
    ("another end", {"choices": [FINISHING | {"finish_reason": "repetition"}]}, [Finished("repetition")]),
    ("not yet the end", {"choices": [FINISHING | {"finish_reason": None}]}, []),
    ("usage in the choice", {"choices": [FINISHING | {"usage": COUNTS}]}, [REPORTED, Finished("stop")]),
    ("usage on top", {"choices": [FINISHING], "usage": COUNTS}, [Finished("stop"), REPORTED]),
    ("usage alone", {"choices": [], "usage": COUNTS}, [REPORTED]),
    (
        "usage in two places",
        {"choices": [FINISHING | {"usage": COUNTS}], "usage": COUNTS},
        [REPORTED, Finished("stop"), REPORTED],
    ),
    ("usage of null", {"choices": [FINISHING], "usage": None}, [Finished("stop")]),
    ("no choices", {"choices": []}, []),
    ("choices of null", {"choices": None}, []),
    ("nothing", {}, []),
    ("delta of null", {"choices": [{"delta": None}]}, []),
    (
        "a message instead of a delta",
        {
            "id": "1",
            "model": "m",
            "choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
            "usage": COUNTS,
        },
        [Started("1", "m"), TextPiece("Hi"), Finished("stop"), REPORTED],
    ),
    (
        "a call opens",
        delta(tool_calls=[CALLED | {"index": 1}]),
        [ToolCallPiece(1, "add:0", "add", '{"a": 1}')],
    ),
    (
        "pieces of two calls",
        delta(tool_calls=[{"index": 1, "function": {"arguments": "{"}}, {"index": 0, "function": {"arguments": "}"}}]),
        [ToolCallPiece(1, arguments="{"), ToolCallPiece(0, arguments="}")],
    ),
    ("a call without an index", delta(tool_calls=[CALLED]), [ToolCallPiece(0, "add:0", "add", '{"a": 1}')]),
    ("an index of null", delta(tool_calls=[{"index": None, "id": 7, "function": None}]), [ToolCallPiece(0, "7")]),
    (
        "arguments as an object",
        delta(tool_calls=[{"function": {"name": "add", "arguments": {"a": 1}}}]),
        [ToolCallPiece(0, "", "add", '{"a": 1}')],
    ),
    ("calls of null", delta(tool_calls=None), []),
    (
        "llama.cpp's timings",
        {"choices": [{"finish_reason": None, "index": 0, "delta": {"content": "H"}}], "timings": {"prompt_n": 5}},
        [TextPiece("H")],
    ),
    (
        "vLLM's extras",
        {
            "choices": [{"delta": {"content": "H"}, "logprobs": None, "stop_reason": None, "token_ids": None}],
            "prompt_token_ids": None,
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4, "prompt_tokens_details": None},
        },
        [TextPiece("H"), UsageReported(Usage(3, 1))],
    ),
    ("Ollama's role in each piece", delta(role="assistant", content="H"), [Started("1", "m"), TextPiece("H")]),
]


@pytest.mark.parametrize(("chunk", "events"), [case[1:] for case in CHUNKS], ids=[case[0] for case in CHUNKS])
def test_a_chunk_says_exactly_this(chunk: dict[str, Any], events: list[Event]) -> None:
    """Kimi's own forms and those of servers like it are read; what is unknown is passed over."""
    assert wire.decode_chunk(chunk) == events


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [5]},
        {"choices": ["x"]},
        {"choices": 7},
        delta(content=["H"]),
        delta(content=5),
        delta(reasoning_content={"a": 1}),
        delta(tool_calls=[5]),
        delta(tool_calls=[{"index": "first"}]),
        delta(tool_calls=[{"function": {"name": {}, "arguments": 5}, "index": []}]),
    ],
)
def test_what_is_no_chunk_is_an_ordinary_error(chunk: dict[str, Any]) -> None:
    """Another protocol raises what the stream translates, and no value of a wrong kind gets through."""
    with pytest.raises((AttributeError, TypeError, ValueError, OverflowError)):
        wire.decode_chunk(chunk)


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({}, Usage()),
        (COUNTS, Usage(20, 8, 4)),
        ({"prompt_tokens": 20, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(20, 0, 4)),
        ({"cached_tokens": 4, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(0, 0, 4)),
        ({"completion_tokens": 8, "completion_tokens_details": {"reasoning_tokens": 5}}, Usage(0, 8, 0, 5)),
        ({"prompt_tokens": None, "completion_tokens": "3"}, Usage(0, 3)),
        ([1], Usage()),
        ({"prompt_tokens": "many", "completion_tokens_details": 7}, Usage()),
        ({"prompt_tokens": float("inf"), "completion_tokens": -5, "cached_tokens": 10**4000}, Usage()),
    ],
)
def test_usage_is_read_in_each_form(counts: Any, usage: Usage) -> None:
    """Cached tokens stand flat, in the details, or in both with the same number; what is absent or no count is 0."""
    assert wire.decode_usage(counts) == usage


@pytest.mark.parametrize(
    ("entry", "model"),
    [
        ({"id": "plain"}, Model("plain")),
        ({"id": "k", "context_length": 8, "supports_image_in": False}, Model("k", 8, image_in=False)),
        ({"id": "k", "supports_thinking_type": "only"}, Model("k", thinking="only")),
        ({"id": "k", "supports_thinking_type": "sometimes"}, Model("k")),
        ({"id": "k", "supports_reasoning": False}, Model("k", thinking="no")),
        ({"id": "k", "supports_reasoning": True}, Model("k")),
        (
            {"id": "k", "think_efforts": {"support": True, "valid_efforts": ["low", "max"], "default_effort": "max"}},
            Model("k", efforts=("low", "max"), default_effort="max"),
        ),
        ({"id": "k", "think_efforts": {"support": False, "valid_efforts": ["low"]}}, Model("k")),
        ({"id": "k", "think_efforts": None, "meta": {"n_ctx": 4096}}, Model("k")),
    ],
)
def test_a_model_is_read(entry: dict[str, Any], model: Model) -> None:
    """What the service says of a model is known, and what it does not say is unknown."""
    assert wire.decode_models({"object": "list", "data": [entry]}) == (model,)


def test_a_list_of_models_can_be_empty_or_odd() -> None:
    """Entries without an id are passed over."""
    assert wire.decode_models({}) == wire.decode_models({"data": None}) == wire.decode_models({"data": [{}, 5, "x"]}) == ()


def test_the_other_replies_are_read() -> None:
    """The estimate is a number, the balance three."""
    assert wire.decode_estimate({"data": {"total_tokens": 80}}) == 80
    balance = {"code": 0, "data": {"available_balance": 49.6, "cash_balance": "3"}, "status": True}
    assert wire.decode_balance(balance) == {"available": 49.6, "cash": 3.0}
    assert wire.decode_balance({}) == {}
