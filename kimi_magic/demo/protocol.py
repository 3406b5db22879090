"""What the parts of the offline Kimi hand to each other: a refusal, a tool call, a reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
"""A JSON object, as it came."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered: the HTTP status, and the error's type and message."""

    status: int
    type: str
    message: str

    def body(self) -> Json:
        """Return the JSON that the service sends with it."""
        return {"error": {"message": self.message, "type": self.type}}


class Refused(Exception):
    """Ends the handling of a request with its ``refusal``."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the reply calls; ``arguments`` is JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, before it is cut into pieces. ``reasoning`` is None where the model does not think."""

    content: str
    reasoning: str | None = None
    calls: tuple[Call, ...] = ()
    finish_reason: str = "stop"


def refused(message: str) -> Refusal:
    """Return the commonest refusal: a 400 that says what is wrong with the request."""
    return Refusal(400, "invalid_request_error", message)


def missing(message: str) -> Refusal:
    """Return the refusal for something that does not exist."""
    return Refusal(404, "resource_not_found_error", message)
