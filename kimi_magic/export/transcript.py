"""What a reader is shown of a conversation: its title, and of each turn the pictures, the replies and the status. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kimi_magic.conversation import Conversation, Turn
from kimi_magic.messages import Image, Message, Video

_PICTURE = re.compile("data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+={0,2})")
"""The pictures that a file may carry: of these kinds none can hold a script or load anything."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is in the conversation itself; ``data`` is its base64."""

    mime: str
    data: str

    @property
    def url(self) -> str:
        """The picture as the address that it came from."""
        return f"data:{self.mime};base64,{self.data}"

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return self.mime.removeprefix("image/")


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture or a video that was sent; ``picture`` is None where it can only be named."""

    name: str
    url: str
    picture: Picture | None

    @property
    def absence(self) -> str:
        """What is said in its place."""
        is_far = self.url.startswith("ms://")
        why = f"which lies on the service as {self.url}" if is_far else "of a kind that this file cannot carry"
        return f"Not shown: {self.name}, {why}"


def turns_of(conversation: Conversation) -> list[Turn]:
    """Return the turns that a file gets: those that the next question would see, in order."""
    return conversation.read_turns(conversation.above())


def title_of(conversation: Conversation) -> str:
    """Return the heading of the whole file."""
    return f"Kimi: {conversation.name}"


def summary_of(turns: list[Turn]) -> str:
    """Return how much was asked, and when, in local time.

    >>> summary_of([Turn("1", "Hi", (), "kimi-k2.6", 1_790_000_000.0)])
    '1 question, asked on 2026-09-2...'
    """
    days = sorted({_day(turn.asked_at) for turn in turns})
    when = f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    return f"{len(turns)} {'question' if len(turns) == 1 else 'questions'}, asked {when}"


def media_of(turn: Turn) -> list[Medium]:
    """Return each picture and video of the question once, named after the attachment that it came with."""
    attached = {part.url: a.name for a in turn.attachments for part in a.sent if isinstance(part, Image | Video)}
    return [replace(medium, name=attached.get(medium.url) or medium.name) for medium in media_in(turn.question)]


def media_in(messages: Iterable[Message]) -> list[Medium]:
    """Return each picture and video in ``messages`` once."""
    parts = [part for message in messages if not isinstance(message.content, str) for part in message.content]
    found = {part.url: part for part in parts if isinstance(part, Image | Video)}
    return [Medium(_kind(part), url, picture_of(url)) for url, part in found.items()]


def picture_of(url: str) -> Picture | None:
    """Return the picture that ``url`` is; None where it is another address, or of a kind that is not safe to show.

    >>> picture_of("data:image/png;base64,iVBORw0KGgo=")
    Picture(mime='image/png', data='iVBORw0KGgo=')
    >>> picture_of("data:image/svg+xml;base64,PHN2Zz4=") is picture_of("https://example.org/a.png") is None
    True
    """
    found = _PICTURE.fullmatch(url)
    return Picture(found[1], found[2]) if found else None


def _kind(part: Image | Video) -> str:
    return "the picture" if isinstance(part, Image) else "the video"


def _day(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):  # an imported time can be any number
        return "an unknown day"
