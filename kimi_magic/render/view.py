"""What every place that shows an answer can do, and what all say about a turn: its metadata, its status line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from kimi_magic.amounts import counted, dollars, size
from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Attachment, Usage

VERSION = 1
"""The version of the metadata's form."""
LARGEST = 2_000
"""Bytes that the metadata of one output may take, as JSON."""
POLL = 0.1
"""Seconds after which to ask again where nothing is shown or nothing has changed."""

MARKS: Mapping[str, str] = {
    "interrupted": "Interrupted: the answer stops here.",
    "incomplete": "Incomplete: the answer stops here.",
}
"""What stands under an answer that has no end, by the turn's state."""


class View(Protocol):
    """Where an answer is shown. All is called on the thread that asks, `finish` always, also after an error."""

    def wait(self, why: str) -> None:
        """Show that the question waits for its turn, and why; may come before `begin`, and more than once."""

    def begin(self, turn: Turn, conversation: str) -> None:
        """Show at once that something is going on."""

    def update(self, draft: Draft) -> float:
        """Redraw if it is time; return the seconds until the next redraw is wanted."""

    def show(self, draft: Draft) -> None:
        """Show all that there is at once, whatever the pace: a call waits for the user's consent, is under way, or ended."""

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the answer as it stays, with its status line and ``notes``."""


class Silent:
    """A view that shows nothing."""

    def wait(self, why: str) -> None:
        """Show nothing."""

    def begin(self, turn: Turn, conversation: str) -> None:
        """Show nothing."""

    def update(self, draft: Draft) -> float:  # noqa: ARG002 the same form as all views
        """Show nothing; return the seconds after which to ask again."""
        return POLL

    def show(self, draft: Draft) -> None:
        """Show nothing."""

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show nothing."""


class Several:
    """Views that all show the same answer, each in its own way."""

    def __init__(self, *views: View) -> None:
        self._views = views

    def wait(self, why: str) -> None:
        """Let each show that the question waits."""
        for view in self._views:
            view.wait(why)

    def begin(self, turn: Turn, conversation: str) -> None:
        """Let each begin."""
        for view in self._views:
            view.begin(turn, conversation)

    def update(self, draft: Draft) -> float:
        """Let each redraw if it is time; return the seconds until the first of them wants to be asked again."""
        return min(view.update(draft) for view in self._views)

    def show(self, draft: Draft) -> None:
        """Let each show all that there is."""
        for view in self._views:
            view.show(draft)

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Let each show the answer as it stays."""
        for view in self._views:
            view.finish(turn, notes)


def turn_metadata(turn: Turn, conversation: str) -> dict[str, object]:
    """Return what the saved notebook knows of ``turn``: the value of an output's metadata, under 2 KB as JSON.

    Attachments that find no room are counted in ``attachments_left_out``.
    """
    about: dict[str, object] = {
        "version": VERSION,
        "turn": turn.id,
        "conversation": conversation[:100],
        "model": turn.model[:100],
        "usage": _usage(turn.usage),
        "cost": turn.cost,
        "finish_reason": turn.finish_reason[:60],
        "request_sha256": turn.request_sha256,
        "attachments": [],
    }
    if turn.is_cached:
        about["cached"] = True
    shown = [_attachment(attachment) for attachment in turn.attachments]
    for count in range(len(shown), -1, -1):
        about["attachments"] = shown[:count]
        if count < len(shown):
            about["attachments_left_out"] = len(shown) - count
        if len(json.dumps(about)) < LARGEST:
            break
    return {"kimi_magic": about}


def status_line(turn: Turn, notes: Sequence[str] = ()) -> str:
    """Return the line under an answer, as plain text; what is unknown is left out.

    >>> turn = Turn("1", "Hi", (), "kimi-k2.6", 0.0, "complete", (), Usage(120, 85, 64), 0.0004, "length", 3.21)
    >>> status_line(turn)
    'kimi-k2.6 · 3.2 s · 120 tokens in (64 cached), 85 out · $0.0004 · stopped at the cap (length): raise --max-tokens'
    """
    return " · ".join([turn.model or "Kimi", *calls_of(turn), *_figures(turn), *_marks(turn), *notes])


def calls_of(turn: Turn) -> list[str]:
    """Return how many calls the model made, in words; nothing where it made none."""
    count = sum(len(one.called) for one in turn.rounds)
    return [counted(count, "call")] if count else []


def in_words(attachment: Attachment) -> str:
    """Return what was sent of an attachment: name, kind, and its shape or its size.

    >>> from kimi_magic.messages import Text
    >>> in_words(Attachment("xs", "value", (Text("[1, 2]"),))), in_words(Attachment("f", "frame", (), note="3 × 2"))
    ('xs (value, 6 B)', 'f (frame, 3 × 2)')
    """
    return f"{attachment.name} ({attachment.kind}, {attachment.note or size(attachment.bytes)})"


def _figures(turn: Turn) -> Iterator[str]:
    if turn.seconds:
        yield f"{turn.seconds:.1f} s"
    if turn.is_cached:
        yield "from the store, free"
    elif turn.usage:
        cached = f" ({turn.usage.cached_tokens:,} cached)" if turn.usage.cached_tokens else ""
        yield f"{turn.usage.prompt_tokens:,} tokens in{cached}, {turn.usage.completion_tokens:,} out"
        yield "price unknown" if turn.cost is None else dollars(turn.cost)


def _marks(turn: Turn) -> Iterator[str]:
    if turn.state == "interrupted":
        yield "interrupted"
    elif turn.state == "incomplete":
        yield "incomplete: %kimi /continue goes on"
    elif turn.state == "failed":
        yield "no answer"
    elif turn.finish_reason == "length":
        goes_on = turn.answer.text and turn.state != "once"
        yield f"stopped at the cap (length): {'%kimi /continue goes on' if goes_on else 'raise --max-tokens'}"
    elif turn.finish_reason not in {"", "stop", "tool_calls"}:
        yield f"stopped: {turn.finish_reason}"
    elif turn.state == "complete" and not turn.answer.text and not turn.answer.tool_calls:
        yield "the answer is empty: ask again, or raise --max-tokens"


def _usage(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    names = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")
    return {name: getattr(usage, name) for name in names}


def _attachment(attachment: Attachment) -> dict[str, object]:
    name = attachment.name if len(attachment.name) <= 60 else attachment.name[:59] + "…"
    return {"name": name, "kind": attachment.kind, "sha256": attachment.sha256, "bytes": attachment.bytes}
