"""A question that was asked becomes one to be asked again: with what went along then, as it went. Pure."""

from __future__ import annotations

from kimi_magic.conversation import Turn
from kimi_magic.messages import Message, Text
from kimi_magic.options import Options
from kimi_magic.request import Question


def asked_again(turn: Turn, options: Options, *, instead: tuple[str, str] | None = None) -> Question:
    """Return the question of ``turn`` once more, with the same words and attachments; other ``options`` may hold.

    ``instead`` are another prompt and its text, with the same attachments.
    """
    # Where what went along cannot be told from the words any more, all of it is the question.
    attached = Question("", "", turn.attachments).message().content
    text = _text(turn, attached)
    attachments = () if text is None else turn.attachments
    prompt, words = instead or (turn.prompt, _whole(turn) if text is None else text)
    return Question(prompt, words, attachments, options)


def _text(turn: Turn, attached: object) -> str | None:
    """Return the question's own words as they were sent; None where they do not stand behind ``attached``."""
    content = _asked(turn).content
    if isinstance(content, str):
        before = attached if isinstance(attached, str) else ""
        return content[len(before) :] if content.startswith(before) else None
    last = content[-1] if content else None
    return last.text if isinstance(last, Text) else None


def _whole(turn: Turn) -> str:
    return _asked(turn).text or turn.prompt


def _asked(turn: Turn) -> Message:
    """Return the user's own message; where the words are not known, as the notebook alone has them, the prompt."""
    return next((message for message in turn.question if message.role == "user"), Message("user", turn.prompt))
