"""What the service refuses, and in which words.

A rule is a generator of complaints. Only the first complaint of all is ever asked for, so a line may rely on what the
lines before it made sure of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from kimi_magic.api.catalog import MODELS, Model
from kimi_magic.demo import message_rules, schema_rules, tool_rules
from kimi_magic.demo.protocol import Json, Refusal, missing, refused
from kimi_magic.demo.tokens import count_prompt

BODY_LIMIT = 100 * 1024 * 1024
"""Bytes of a whole request."""
STOP_WORDS, STOP_BYTES = 5, 32
FIXED = {"temperature": 1, "top_p": 0.95, "n": 1, "presence_penalty": 0, "frequency_penalty": 0}
"""Fields of sampling, and the only value that each may have."""


def refuse_key(authorization: str) -> Refusal | None:
    """Return why the ``Authorization`` header is not let in: every key is that does not start with ``wrong``."""
    key = authorization.removeprefix("Bearer ").strip() if authorization.startswith("Bearer ") else ""
    if not key:
        return Refusal(401, "invalid_authentication_error", "Invalid Authentication: no API key came with the request")
    if key.startswith("wrong"):
        message = "Incorrect API key provided <ak-f7offline0kimi0demo0key> of organization org-4ea5offline0kimi0demo"
        return Refusal(401, "incorrect_api_key_error", message)
    return None


def refuse_body(size: int) -> Refusal | None:
    """Return why a body of ``size`` bytes is not read."""
    return refused(f"total message size {size} exceeds limit {BODY_LIMIT}") if size > BODY_LIMIT else None


def refuse_chat(request: object, media: Collection[str] = ()) -> Refusal | None:
    """Return why ``request`` (parsed JSON) is not answered, or None. ``media`` are the ids that ``ms://`` may name.

    >>> refuse_chat({"model": "kimi-k2.6", "messages": []}).message
    'Invalid request: messages must not be empty'
    """
    refusal = refuse_prompt(request, media)
    if refusal or not isinstance(request, dict):
        return refusal
    model = _models()[request["model"]]
    thinks = _thinks(request, model)
    rules = chain(
        _sampling(request),
        _stop(request),
        _limits(request),
        _thinking(request, model),
        message_rules.check_partial(request),
        message_rules.check_reasoning(request["messages"], thinks=thinks),
        tool_rules.check_tools(request),
        tool_rules.check_choice(request, model, thinks=thinks),
        schema_rules.check_format(request.get("response_format")),
        _context(request, model),
    )
    return _first(rules)


def refuse_prompt(request: object, media: Collection[str] = ()) -> Refusal | None:
    """Return what is wrong with the model and the messages alone, which is all that a token estimate looks at."""
    if not isinstance(request, dict):
        return refused("Invalid request: the body must be a JSON object")
    name = request.get("model")
    if not isinstance(name, str) or not name:
        return refused("Invalid request: model is required")
    if name not in _models():
        return missing(f"Not found the model {name} or Permission denied")
    return _first(message_rules.check_messages(request.get("messages"), media))


def _models() -> dict[str, Model]:
    return {model.id: model for model in MODELS}


def _first(rules: Iterator[str]) -> Refusal | None:
    complaint = next(rules, None)
    return refused(complaint) if complaint else None


def _thinks(request: Json, model: Model) -> bool:
    """Tell whether the model thinks about this request."""
    thinking = request.get("thinking")
    is_off = isinstance(thinking, dict) and thinking.get("type") == "disabled"
    return model.thinking == "only" or (model.thinking == "both" and not is_off)


def _sampling(request: Json) -> Iterator[str]:
    for field, value in FIXED.items():
        if request.get(field) not in (None, value):
            yield f"invalid {field}: only {value} is allowed for this model"


def _stop(request: Json) -> Iterator[str]:
    stop = request.get("stop")
    words = [stop] if isinstance(stop, str) else stop or []
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        yield "Invalid request: stop must be a string or a list of strings"
    if len(words) > STOP_WORDS:
        yield f"Invalid request: stop has {len(words)} words, at most {STOP_WORDS} are allowed"
    for word in words:
        if len(word.encode("utf-8", "replace")) > STOP_BYTES:
            yield f"Invalid request: a stop word is longer than {STOP_BYTES} bytes"


def _limits(request: Json) -> Iterator[str]:
    for field in ("max_completion_tokens", "max_tokens"):
        value = request.get(field)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            yield f"Invalid request: {field} must be a positive integer"
    for field in ("stream", "stream_options"):
        wanted = bool if field == "stream" else dict
        if not isinstance(request.get(field), wanted | None):
            yield f"Invalid request: {field} has the wrong type"


def _thinking(request: Json, model: Model) -> Iterator[str]:
    thinking, effort = request.get("thinking"), request.get("reasoning_effort")
    if thinking is not None and effort is not None:
        yield "Invalid request: thinking and reasoning_effort cannot be sent together"
    if effort is not None and not model.efforts:
        yield f"Invalid request: reasoning_effort is not supported by {model.id}"
    if effort is not None and effort not in model.efforts:
        yield f"Invalid request: reasoning_effort must be one of {', '.join(model.efforts)}"
    if thinking is None:
        return
    if model.efforts:
        yield f"Invalid request: thinking is not supported by {model.id}, use reasoning_effort"
    if not isinstance(thinking, dict) or thinking.get("type") not in ("enabled", "disabled"):
        yield "Invalid request: thinking.type must be enabled or disabled"
    if thinking.keys() - {"type", "keep"}:
        yield "Invalid request: thinking takes no other keys than type and keep"
    if thinking.get("keep") not in (None, "all"):
        yield "Invalid request: thinking.keep must be null or all"
    if thinking["type"] == "disabled" and model.thinking == "only":
        yield f"invalid thinking: only type=enabled is allowed for {model.id}"


def _context(request: Json, model: Model) -> Iterator[str]:
    tokens = count_prompt(request["messages"], request.get("tools") or ())
    if model.context_length and tokens > model.context_length:
        yield f"Your request exceeded model token limit: {model.context_length} (requested: {tokens})"
