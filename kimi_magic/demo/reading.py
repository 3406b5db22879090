"""Finds its way in a request that the rules let through: questions, attachments, pictures, tool results."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kimi_magic.demo.protocol import Json

ATTACHMENT = re.compile(r'<attachment name="([^\n]*?)" kind="([^"\n]*)">\n(.*?)\n?</attachment>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attached:
    """Something that came along with a question, as the sender wrote it into the text."""

    name: str
    kind: str
    text: str


def parts(message: Json) -> list[Json]:
    """Return the parts of a message's content, whichever way it was written."""
    content = message.get("content") or ""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def text(message: Json) -> str:
    """Return the words of a message."""
    return "\n\n".join(part["text"] for part in parts(message) if part["type"] == "text")


def question(message: Json) -> str:
    """Return the words of a message without its attachments.

    >>> question({"content": '<attachment name="x" kind="value">\\n1\\n</attachment>\\n\\nWhat is x?'})
    'What is x?'
    """
    return ATTACHMENT.sub("", text(message)).strip()


def attached(message: Json) -> list[Attached]:
    """Return the attachments that stand in the words of a message."""
    return [Attached(*found) for found in ATTACHMENT.findall(text(message))]


def urls(message: Json, kind: str) -> list[str]:
    """Return the addresses of the parts of ``kind`` (``image_url`` or ``video_url``)."""
    given = [part[kind] for part in parts(message) if part["type"] == kind]
    return [one["url"] if isinstance(one, dict) else one for one in given]


def last_user(request: Json) -> Json:
    """Return the last message of the user; an empty one where there is none."""
    users = [message for message in request["messages"] if message["role"] == "user"]
    return users[-1] if users else {"role": "user", "content": ""}


def earlier_questions(request: Json) -> list[str]:
    """Return what the user asked before the last question."""
    return [question(message) for message in request["messages"] if message["role"] == "user"][:-1]


def tool_results(request: Json) -> list[Json]:
    """Return the tool messages that came after the last question."""
    found: list[Json] = []
    for message in request["messages"]:
        if message["role"] == "user":
            found = []
        elif message["role"] == "tool":
            found.append(message)
    return found


def shorten(words: str, length: int = 160) -> str:
    """Return ``words`` on one line, cut to ``length`` characters.

    >>> shorten("one\\n two three", 9)
    'one two …'
    """
    line = " ".join(words.split())
    return line if len(line) <= length else line[: length - 1] + "…"
