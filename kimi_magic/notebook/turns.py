"""The turns that a notebook itself tells of, for a machine that has nothing but the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeGuard, get_args

from kimi_magic.amounts import size
from kimi_magic.content.values import cut, wrapped
from kimi_magic.conversation import State, Turn
from kimi_magic.messages import Attachment, AttachmentKind, Message, Text, Usage
from kimi_magic.notebook.answers import SavedAnswer
from kimi_magic.notebook.saved import Saved

MOST_CHARACTERS = 1_000_000
"""What is taken of one question or answer."""
UNKNOWN_QUESTION = "[The question is not in the notebook any more.]"
"""What stands for a question whose cell was emptied: a message must have words."""

_MOST_ATTACHMENTS = 100
_MOST_COUNTED = 10**12
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")


def turns(saved: Saved) -> dict[str, list[Turn]]:
    """Return the turns in the notebook's outputs by the name of their conversation, each line in the file's order.

    What is not in the file is not in them: thinking, and the content of attachments, for which words stand that tell so.
    They are dated one second apart, the last one just before the file was saved. A question with ``--new`` begins its
    conversation's line anew.
    """
    found = [*_distinct(saved)]
    lines: dict[str, list[Turn]] = {}
    for age, (cell, answer) in zip(range(len(found), 0, -1), found, strict=True):
        turn = _turn(answer, cell, saved.saved_at - age)
        line = lines.setdefault(_line(answer.about.get("conversation"), 100) or "main", [])
        if answer.question.is_new and turn.is_said:
            line.clear()
        line.append(turn)
    return lines


def _distinct(saved: Saved) -> Iterable[tuple[str, SavedAnswer]]:
    """Return the answers that have words, each with its cell's id; of one that stands in several cells the first.

    Where a later cell has gone on with it (/continue), it is as that cell shows it.
    """
    found: dict[str, tuple[str, SavedAnswer]] = {}
    for cell in saved.cells:
        for answer in cell.answers:
            place, first = found.get(answer.turn, (cell.id, answer))
            if answer.text.strip() and answer.text.startswith(first.text):
                found[answer.turn] = (place, replace(answer, question=first.question))
    return found.values()


def _turn(answer: SavedAnswer, cell: str, asked_at: float) -> Turn:
    about = answer.about
    prompt, text = cut(answer.question.prompt, MOST_CHARACTERS), cut(answer.text, MOST_CHARACTERS)
    attachments = tuple(_attachments(about))
    parts = [part.text for each in attachments for part in each.sent if isinstance(part, Text)]
    question = Message("user", "\n\n".join([*parts, prompt if prompt.strip() else UNKNOWN_QUESTION]))
    finish_reason = _line(about.get("finish_reason"), 60)
    return Turn(
        id=answer.turn,
        prompt=prompt,
        # A thinking model may refuse a message without its thinking, and takes one with none.
        said=(question, Message("assistant", text, reasoning="")),
        model=_line(about.get("model"), 100),
        asked_at=asked_at,
        state=_state(answer, finish_reason),
        attachments=attachments,
        usage=_usage(about.get("usage")),
        cost=_cost(about.get("cost")),
        finish_reason=finish_reason,
        request_sha256=_sha256(about.get("request_sha256")),
        cell=cell,
    )


def _state(answer: SavedAnswer, finish_reason: str) -> State:
    if answer.question.is_once:
        return "once"
    if finish_reason:
        return "complete"
    return "interrupted" if answer.is_interrupted else "incomplete"


def _attachments(about: Mapping[str, object]) -> Iterator[Attachment]:
    """Yield what went along with the question, as words that tell Kimi what it cannot see here."""
    listed = about.get("attachments")
    for each in listed[:_MOST_ATTACHMENTS] if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield _absent(each)
    more = about.get("attachments_left_out")
    if _is_count(more) and more:
        yield Attachment("…", "value", (wrapped("…", "value", f"{more:,} more went along. {_ABSENT}"),), "absent")


def _absent(about: Mapping[str, Any]) -> Attachment:
    name = _line(about.get("name"), 60) or "?"
    kind: AttachmentKind = about["kind"] if about.get("kind") in get_args(AttachmentKind) else "value"
    weight = f", {size(about['bytes'])}" if _is_count(about.get("bytes")) else ""
    return Attachment(name, kind, (wrapped(name, kind, f"{name} ({kind}{weight}) went along. {_ABSENT}"),), "absent")


_ABSENT = "It is not on this machine, so it cannot be seen here; the answer below was given with it."


def _usage(counts: object) -> Usage | None:
    if not isinstance(counts, dict):
        return None
    known = {name: counts.get(name, 0) for name in _COUNTS}
    return Usage(**known) if all(map(_is_count, known.values())) else None


def _cost(amount: object) -> float | None:
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    return float(amount) if 0 <= amount < _MOST_COUNTED else None  # NaN is neither


def _is_count(count: object) -> TypeGuard[int]:
    return type(count) is int and 0 <= count < _MOST_COUNTED


def _sha256(text: object) -> str:
    return text if isinstance(text, str) and _SHA256.fullmatch(text) else ""


def _line(text: object, most: int) -> str:
    """Return a text as one line without what a reader could be tricked by, and cut."""
    return "".join(c if c.isprintable() else " " for c in text)[:most].strip() if isinstance(text, str) else ""
