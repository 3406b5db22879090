"""Turns and conversations to keep, a short way to keep one, and what SQLite itself says of the file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from kimi_magic.conversation import Conversation, State, Turn, conversation_of
from kimi_magic.messages import Attachment, Image, Message, Text, ToolCall, Usage, Video
from kimi_magic.store.sqlite import Store

PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 400


def make_turn(number: int, answer: str = "", state: State = "complete") -> Turn:
    """Return turn ``number``, which asks and answers in a few words."""
    question = f"Question {number}?"
    said = (Message("user", question), Message("assistant", answer or f"Answer {number}."))
    return Turn(f"turn-{number}", question, said, "kimi-k2.6", asked_at=1_790_000_000.0 + number, state=state)


def make_conversation(turns: int, name: str = "main") -> Conversation:
    """Return a conversation of that many turns, its id made of its name."""
    known = {"id": f"id-{name}", "model": "kimi-k2.6", "system": "Be brief."}
    return conversation_of([make_turn(number) for number in range(turns)], name, **known)


def told(*conversations: Conversation) -> list[tuple[object, ...]]:
    """Return all that there is to know of the conversations; whether a turn is in memory or in the file is not."""
    return [(one.name, one.id, one.model, one.system, one.entries, one.turns) for one in conversations]


def make_picture_turn(number: int) -> Turn:
    """Return turn ``number``, which sends `PICTURE` along."""
    parts = (Text("What is this?"), Image(PICTURE))
    said = (Message("user", parts), Message("assistant", "A circle."))
    attachments = (Attachment("fig", "value", (Image(PICTURE),)),)
    return replace(make_turn(number), prompt="What is this?", said=said, attachments=attachments)


FULL = Turn(
    id="turn-full",
    prompt="Why?\u2028\x00\ud83d ¿por qué? 为什么",
    said=(
        Message("system", "Extracted text of a file", name="report.pdf"),
        Message("user", (Text("Look"), Image("ms://file-1"), Video("data:video/mp4;base64,AAAA"))),
        Message("assistant", "", reasoning="", tool_calls=(ToolCall("f:0", "f", '{"a": \x01'), ToolCall("", "g", ""))),
        Message("tool", "42", tool_call_id="f:0"),
        Message("assistant", "Because", reasoning="Hm.", partial=True),
    ),
    model="kimi-k3",
    asked_at=1_790_000_000.123456,
    state="interrupted",
    attachments=(Attachment("notes", "text", (Text("a"), Image("ms://file-1"))), Attachment("empty", "value", ())),
    usage=Usage(100, 20, 64, 5),
    cost=0.0001234567890123,
    finish_reason="length",
    seconds=1.5,
    request_sha256="0" * 64,
    cell="cell-1",
    run="run-1",
    tokens=120,
    is_pinned=True,
    replaces=("turn-1", "turn-2"),
    exchange="e" * 64,
    is_cached=True,
)


def keep(path: Path, number: int = 1) -> str:
    """Keep a turn with a store of its own."""
    with closing(Store(path)) as store:
        return store.keep(make_conversation(0), make_turn(number))


def integrity(path: Path) -> object:
    """Return what SQLite says about the file as a whole."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]
