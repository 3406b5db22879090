"""JSON out and JSON in: the one place that knows how Kimi writes things. Pure; no HTTP.

Quirks of the service stand beside the code that handles them; their source is the official reference.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from kimi_magic.api.catalog import Model, Thinking
from kimi_magic.messages import (
    ChatRequest,
    Event,
    Finished,
    Image,
    Message,
    Part,
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

_MOST_TOKENS = 10**12
Json = dict[str, Any]
"""A JSON object, fresh from or ready for the wire."""


def dump(body: Json) -> bytes:
    """Return ``body`` as it is sent: compact, and the same bytes for the same values."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def encode_request(request: ChatRequest, model: Model) -> Json:
    """Return the body of a chat request, always streamed: without, the gateway cuts off after 900 s.

    Fields that the service fixes itself (temperature, top_p, n, penalties) do not exist here: any value is a 400.
    """
    messages = _with_reasoning(request, model)
    body: Json = {"model": request.model, "messages": [encode_message(message) for message in messages]}
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    body |= _thinking(request, model)
    optional = {
        "max_completion_tokens": request.max_tokens,
        "stop": list(request.stop) or None,
        "tools": [encode_tool(tool) for tool in request.tools] or None,
        "tool_choice": request.tool_choice,
        "response_format": request.response_format,
        "prompt_cache_key": request.cache_key,
        "safety_identifier": request.safety_identifier,
    }
    return body | {name: value for name, value in optional.items() if value is not None}


def exchange_of(body: Json) -> str:
    """Return the hash of what ``body`` says, in hexadecimal: the same whoever asks, in whichever conversation.

    Left out is what only tells the service where to look in its cache, and for whom it works.
    """
    said = {name: value for name, value in body.items() if name not in ("prompt_cache_key", "safety_identifier")}
    return hashlib.sha256(dump(said)).hexdigest()


def _with_reasoning(request: ChatRequest, model: Model) -> Iterator[Message]:
    """Yield the messages; an answer that came without thinking gets an empty one where the model needs it.

    A model that thinks refuses a call of its own without (a 400; an empty string passes), also one that another model or
    --no-think made; one that always thinks wants it with every answer.
    """
    thinks = model.thinking == "only" or (model.thinking == "both" and request.think is not False)
    for message in request.messages:
        is_needed = thinks and (model.thinking == "only" or message.tool_calls) and not message.partial
        is_bare = message.role == "assistant" and message.reasoning is None
        yield replace(message, reasoning="") if is_needed and is_bare else message


def _thinking(request: ChatRequest, model: Model) -> Json:
    """Return the fields about thinking; sending both `thinking` and `reasoning_effort` is a 400."""
    if request.effort is not None:
        return {"reasoning_effort": request.effort}
    if model.takes_effort or (request.think is None and not request.keep_thinking):
        return {}
    thinking: Json = {"type": "disabled" if request.think is False else "enabled"}
    return {"thinking": thinking | ({"keep": "all"} if request.keep_thinking else {})}


def encode_message(message: Message) -> Json:
    """Return ``message`` as the service takes it.

    An assistant's message goes back as it came, its reasoning too: inside a tool loop a missing one is a 400.
    Empty content beside tool calls is left out: an empty text part is a 400.
    """
    body: Json = {"role": message.role}
    if message.content or not message.tool_calls:
        body["content"] = _content(message.content)
    if message.reasoning is not None:
        body["reasoning_content"] = message.reasoning
    if message.tool_calls:
        body["tool_calls"] = [encode_call(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        body["name"] = message.name
    if message.partial:
        body["partial"] = True
    return body


def _content(content: str | Sequence[Part]) -> str | list[Json]:
    return content if isinstance(content, str) else [encode_part(part) for part in content]


def encode_part(part: Part) -> Json:
    """Return ``part`` as an element of a content array."""
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(url):
            return {"type": "image_url", "image_url": {"url": url}}
        case Video(url):
            return {"type": "video_url", "video_url": {"url": url}}


def encode_call(call: ToolCall) -> Json:
    """Return a tool call of the model as it is sent back."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def encode_tool(tool: Tool) -> Json:
    """Return ``tool`` as an element of ``tools``."""
    if tool.builtin:
        return {"type": "builtin_function", "function": {"name": tool.name}}
    function: Json = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function | ({"strict": True} if tool.strict else {})}


def decode_chunk(chunk: Json) -> list[Event]:
    """Return what one event of the stream says. An ``error`` in it is the caller's to look for.

    Usage comes in one of three places, or in two with the same numbers: later reports replace earlier ones.
    """
    events: list[Event] = []
    for choice in chunk.get("choices") or ():
        _add_choice(events, choice, chunk)
    if usage := chunk.get("usage"):
        events.append(UsageReported(decode_usage(usage)))
    return events


def _add_choice(events: list[Event], choice: Json, chunk: Json) -> None:
    """Add what a choice says; a reply that is not streamed has its ``message`` where a stream has a ``delta``."""
    delta = choice.get("delta") or choice.get("message") or {}
    if delta.get("role"):
        events.append(Started(decode_words(str(chunk.get("id", ""))), decode_words(str(chunk.get("model", "")))))
    reasoning = delta.get("reasoning_content")
    if reasoning is None:
        reasoning = delta.get("reasoning")
    if reasoning is not None:
        events.append(ReasoningPiece(decode_words(reasoning)))
    if text := delta.get("content"):
        events.append(TextPiece(decode_words(text)))
    if calls := delta.get("tool_calls"):
        events.extend(_call_piece(call, place) for place, call in enumerate(calls))
    if usage := choice.get("usage"):
        events.append(UsageReported(decode_usage(usage)))
    if reason := choice.get("finish_reason"):
        events.append(Finished(decode_words(str(reason))))


def decode_words(value: object) -> str:
    """Return text as text; half of a surrogate pair, which JSON can escape and nothing can show, becomes a ``?``."""
    if not isinstance(value, str):
        raise TypeError(f"text was expected, not {type(value).__name__}")
    return value.encode("utf-8", "replace").decode()


def _call_piece(call: Json, place: int) -> ToolCallPiece:
    function = call.get("function") or {}
    name, arguments = function.get("name") or "", function.get("arguments") or ""
    if not isinstance(arguments, str):  # some servers send the arguments as an object
        arguments = json.dumps(arguments)
    index = call.get("index")
    return ToolCallPiece(
        place if index is None else int(index), str(call.get("id") or ""), decode_words(name), decode_words(arguments)
    )


def decode_usage(usage: Any) -> Usage:
    """Return the service's counts; cached tokens stand flat or in a field of details, and nowhere on a miss.

    What is no number, or none that a count can be, is 0: a wrong report must not cost the answer.
    """
    prompt = _object(usage, "prompt_tokens_details")
    completion = _object(usage, "completion_tokens_details")
    usage = usage if isinstance(usage, dict) else {}
    return Usage(
        prompt_tokens=_tokens(usage.get("prompt_tokens")),
        completion_tokens=_tokens(usage.get("completion_tokens")),
        cached_tokens=_tokens(usage.get("cached_tokens")) or _tokens(prompt.get("cached_tokens")),
        reasoning_tokens=_tokens(completion.get("reasoning_tokens")),
    )


def _object(parent: Any, name: str) -> Json:
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _tokens(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,12}", value):
        value = int(value)
    return int(value) if isinstance(value, (int, float)) and 0 <= value <= _MOST_TOKENS else 0


def decode_models(body: Json) -> tuple[Model, ...]:
    """Return the models that the service lists, with what it tells of each; a plain OpenAI server tells only the ids."""
    return tuple(_model(entry) for entry in body.get("data") or () if isinstance(entry, dict) and entry.get("id"))


def _model(entry: Json) -> Model:
    efforts = entry.get("think_efforts") or {}
    valid = tuple(efforts.get("valid_efforts") or ()) if efforts.get("support", True) else ()
    return Model(
        id=str(entry["id"]),
        context_length=entry.get("context_length"),
        image_in=entry.get("supports_image_in"),
        video_in=entry.get("supports_video_in"),
        thinking=_kind_of_thinking(entry),
        efforts=valid,
        default_effort=efforts.get("default_effort"),
    )


def _kind_of_thinking(entry: Mapping[str, Any]) -> Thinking | None:
    kind = entry.get("supports_thinking_type")
    if kind in ("only", "both", "no"):
        return cast(Thinking, kind)
    return "no" if entry.get("supports_reasoning") is False else None


def decode_estimate(body: Json) -> int:
    """Return the number of tokens that the service estimates."""
    return int(body["data"]["total_tokens"])


def decode_balance(body: Json) -> dict[str, float]:
    """Return the account's balances in the currency of the account: available, voucher and cash."""
    data = body.get("data") or {}
    return {name.removesuffix("_balance"): float(value) for name, value in data.items() if name.endswith("_balance")}
