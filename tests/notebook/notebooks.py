"""Notebooks as files, with answers in them as a cell leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from kimi_magic.conversation import State, Turn
from kimi_magic.messages import Attachment, Message, Usage
from kimi_magic.render.page import Page
from kimi_magic.render.view import MARKS, turn_metadata

SHA256 = "ab" * 32


def answered(
    id: str,  # noqa: A002 the turn's own word for it
    text: str = "Forty-two.",
    *,
    state: State = "complete",
    attachments: tuple[Attachment, ...] = (),
) -> Turn:
    """Return a turn that was answered with ``text``."""
    said = (Message("user", "Hi"), Message("assistant", text))
    usage = Usage(120, 85, cached_tokens=64, reasoning_tokens=9)
    reason = "stop" if state == "complete" else ""
    return Turn(id, "Hi", said, "kimi-k2.6", 0.0, state, attachments, usage, 0.0004, reason, 3.2, SHA256)


def output(turn: Turn, conversation: str = "main", odd: Mapping[str, object] | None = None) -> Any:
    """Return the output in which ``turn`` is shown, with the values of ``odd`` in its metadata."""
    html = Page(answer=f"<p>{turn.answer.text}</p>", mark=MARKS.get(turn.state, "")).html()
    shown = v4.new_output("display_data", {"text/plain": turn.answer.text, "text/html": html})  # type: ignore[no-untyped-call]  # nbformat's own
    shown.metadata = turn_metadata(turn, conversation)
    shown.metadata["kimi_magic"] |= odd or {}
    return shown


def code(source: str, *outputs: object, id: str | None = None) -> Any:  # noqa: A002 the cell's own word for it
    """Return a code cell."""
    named = {"id": id} if id else {}
    return v4.new_code_cell(source, outputs=list(outputs), **named)  # type: ignore[no-untyped-call]  # nbformat's own


def write(path: Path, *cells: object, minor: int = 5) -> str:
    """Write a valid notebook of ``cells``, and return its path."""
    made = v4.new_notebook(cells=list(cells))  # type: ignore[no-untyped-call]  # nbformat's own
    made.nbformat_minor = minor
    if minor < 5:
        for cell in made.cells:
            del cell["id"]
    nbformat.validate(made)
    nbformat.write(made, path)  # type: ignore[no-untyped-call]  # nbformat's own
    return str(path)
