"""What a request carries of attachments, and what of the tests' key is in it."""

from __future__ import annotations

from kimi_magic.api import wire
from kimi_magic.api.catalog import find_model
from kimi_magic.conversation import Conversation
from kimi_magic.messages import Attachment
from kimi_magic.request import Question, compose, masked
from kimi_magic.settings import PIECE, Secret, Settings
from tests.conftest import KEY

MASK = Secret(KEY).mask


def body_of(question: Question) -> str:
    """Return all that a request with ``question`` says."""
    request = compose(masked(question, MASK), Conversation("main"), Settings())
    return wire.dump(wire.encode_request(request, find_model("kimi-k2.6", ()))).decode()


def carried(*attachments: Attachment) -> str:
    """Return all that a request with ``attachments`` says."""
    return body_of(Question("Why?", "Why?", attachments))


def parts_of_key(text: str) -> list[str]:
    """Return what is in ``text`` of the key: each `PIECE` characters of it in a row, as they are or in hexadecimal."""
    parts = [KEY[at : at + PIECE] for at in range(len(KEY) - PIECE + 1)]
    return [part for part in parts if part in text or part.encode().hex() in text.lower()]
