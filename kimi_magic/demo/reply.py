"""From a request to the whole reply: what is said, what is called, and where stop words and caps end it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kimi_magic.demo import describe
from kimi_magic.demo.calls import choose_calls
from kimi_magic.demo.protocol import Json, Reply
from kimi_magic.demo.reading import last_user, question
from kimi_magic.demo.schema import fill_schema
from kimi_magic.demo.tokens import count_text, cut_text


def compose(request: Json, media: Mapping[str, bytes]) -> Reply:
    """Return the reply to ``request``, which no rule refuses. ``media`` holds the uploaded files by id."""
    calls = choose_calls(request)
    content = "" if calls else _stop(_continue(_content(request, media), request), request)
    reasoning = describe.think(request) if _thinks(request) else None
    return _cap(Reply(content, reasoning, calls, "tool_calls" if calls else "stop"), request)


def _content(request: Json, media: Mapping[str, bytes]) -> str:
    form = request.get("response_format") or {}
    match form.get("type"):
        case "json_object":
            return json.dumps(describe.as_object(request), ensure_ascii=False)
        case "json_schema":
            value = fill_schema(form["json_schema"]["schema"], question(last_user(request)))
            return json.dumps(value, ensure_ascii=False)
        case _:
            return describe.describe(request, media)


def _thinks(request: Json) -> bool:
    """Tell whether this reply begins with thinking: not where it is off, nor where Partial Mode brings it along."""
    last = request["messages"][-1]
    is_off = (request.get("thinking") or {}).get("type") == "disabled"
    return not is_off and not (last.get("partial") and last.get("reasoning_content"))


def _continue(content: str, request: Json) -> str:
    """In Partial Mode leave out what the reply already begins with."""
    last = request["messages"][-1]
    return content.removeprefix(last.get("content") or "") if last.get("partial") else content


def _stop(content: str, request: Json) -> str:
    stop = request.get("stop") or []
    for word in [stop] if isinstance(stop, str) else stop:
        content = content.partition(word)[0] if word else content
    return content


def _cap(reply: Reply, request: Json) -> Reply:
    """Cut thinking and answer where the tokens that both may have together are used up."""
    cap = request.get("max_completion_tokens") or request.get("max_tokens")
    if cap is None or completion_tokens(reply) <= cap:
        return reply
    thinking = cut_text(reply.reasoning or "", cap)
    content = cut_text(reply.content, cap - count_text(thinking))
    return Reply(content, thinking if reply.reasoning is not None else None, (), "length")


def reasoning_tokens(reply: Reply) -> int:
    """Return the tokens of the reply's thinking."""
    return count_text(reply.reasoning or "")


def completion_tokens(reply: Reply) -> int:
    """Return the tokens of the whole reply."""
    return reasoning_tokens(reply) + count_text(reply.content) + sum(count_text(call.arguments) for call in reply.calls)
