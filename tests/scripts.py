"""What a scripted Kimi is told to do: plain values, and short ways to write the usual ones."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

UsageAt = Literal["choice", "top", "last", "twice"]
"""Where the stream says how many tokens it took; see the three places in the service's own streams."""

USAGE = {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28, "cached_tokens": 4}
REQUEST_ID = "req-of-a-scripted-kimi"


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for a while, or until the client leaves."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """Close the connection now; with ``reset`` the client's system is told that it broke (RST)."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Send nothing more, and keep the connection until the client leaves or the server closes."""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Go on when the test sets ``event``."""

    event: threading.Event


Step = bytes | Pause | Cut | Hold | WaitFor


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply at once. ``body`` is sent as it is where it is bytes, else as JSON."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Stream:
    """A reply in steps.

    ``before`` happens before the status line. ``framing`` is how the body travels: in chunks of one step each, as it is
    until the connection closes, or "raw": no status line and no headers but what the steps say themselves.
    """

    steps: tuple[Step, ...] = ()
    before: tuple[Step, ...] = ()
    framing: Literal["chunked", "identity", "raw"] = "chunked"
    headers: Mapping[str, str] = field(default_factory=dict)

    def then(self, *steps: Step) -> Stream:
        """Return the stream with more steps at its end."""
        return replace(self, steps=self.steps + steps)

    @property
    def payload(self) -> bytes:
        """All bytes of the body together."""
        return b"".join(step for step in self.steps if isinstance(step, bytes))


Script = Reply | Stream


def event(data: object) -> bytes:
    r"""Return one server-sent event.

    >>> event({"a": 1}), event("[DONE]")
    (b'data: {"a": 1}\n\n', b'data: [DONE]\n\n')
    """
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def chunk(delta: Mapping[str, object], *, finish: str | None = None, **more: object) -> dict[str, object]:
    """Return one chunk of a completion; ``more`` goes beside its choices."""
    choice = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1790000000,
        "model": "kimi-k2.6",
        "choices": [choice],
        **more,
    }


def pieces(
    *texts: str,
    thinking: Iterable[str] = (),
    calls: Iterable[tuple[str, str, Iterable[str]]] = (),
    usage: UsageAt | None = "choice",
    finish: str | None = "stop",
    done: bool = True,
    pause: float = 0.0,
    tokens: Mapping[str, int] = USAGE,
) -> Stream:
    """Return the stream of one answer: role, thinking, text, calls (id, name, pieces of arguments), finish, [DONE].

    ``finish=None`` and ``done=False`` leave the end away; ``pause`` seconds stand before each piece.
    """
    deltas: list[dict[str, object]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": text} for text in thinking]
    deltas += [{"content": text} for text in texts]
    deltas += [delta for index, call in enumerate(calls) for delta in _call(index, *call)]
    events = [event(chunk(delta)) for delta in deltas] + _ending(finish, usage, tokens)
    if done:
        events.append(event("[DONE]"))
    gap = (Pause(pause),) if pause else ()
    return Stream(tuple(step for data in events for step in (*gap, data)))


def _call(index: int, id_: str, name: str, arguments: Iterable[str]) -> list[dict[str, object]]:
    opened = {"index": index, "id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
    later = [{"index": index, "function": {"arguments": piece}} for piece in arguments]
    return [{"tool_calls": [piece]} for piece in (opened, *later)]


def _ending(finish: str | None, usage: UsageAt | None, tokens: Mapping[str, int]) -> list[bytes]:
    if finish is None:
        return []
    last = chunk({}, finish=finish)
    choices = last["choices"]
    if usage in {"choice", "twice"} and isinstance(choices, list):
        choices[0]["usage"] = dict(tokens)
    if usage in {"top", "twice"}:
        last["usage"] = dict(tokens)
    alone = {**chunk({}), "choices": [], "usage": dict(tokens)}
    return [event(last), event(alone)] if usage == "last" else [event(last)]


def error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a refusal in the service's own shape."""
    return Reply(status, {"error": {"message": message, "type": kind}}, headers or {})


def silence() -> Stream:
    """Return a reply that never begins."""
    return Stream(before=(Hold(),))


MODELS = Reply(
    body={
        "object": "list",
        "data": [
            {
                "id": name,
                "object": "model",
                "created": 1790000000,
                "owned_by": "moonshot",
                "context_length": length,
                "supports_image_in": True,
                "supports_video_in": True,
                "supports_reasoning": True,
                "supports_thinking_type": thinking,
                **extra,
            }
            for name, length, thinking, extra in (
                ("kimi-k2.6", 262_144, "both", {}),
                ("kimi-k2.7-code", 262_144, "only", {}),
                (
                    "kimi-k3",
                    1_048_576,
                    "only",
                    {
                        "think_efforts": {
                            "support": True,
                            "valid_efforts": ["low", "high", "max"],
                            "default_effort": "max",
                        }
                    },
                ),
            )
        ],
    }
)
ESTIMATE = Reply(body={"data": {"total_tokens": 80}})
BALANCE = Reply(
    body={
        "code": 0,
        "data": {"available_balance": 49.6, "voucher_balance": 46.6, "cash_balance": 3.0},
        "scode": "0x0",
        "status": True,
    }
)
