"""What all endpoints do alike: the key, the size of the body, JSON in, errors as the service writes them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler, stream_request_body

from kimi_magic.demo import rules
from kimi_magic.demo.cache import PromptCache
from kimi_magic.demo.files import Shelf
from kimi_magic.demo.protocol import Refusal, Refused, missing, refused


@dataclass(slots=True)
class Service:
    """What the endpoints share. ``pace`` is in seconds between streamed pieces; ``streams`` counts those under way."""

    pace: float
    files: Shelf = field(default_factory=Shelf)
    cache: PromptCache = field(default_factory=PromptCache)
    streams: int = 0


@stream_request_body
class Endpoint(RequestHandler):
    """An address of the service. Its methods raise `Refused` where the service would refuse."""

    body_limit = rules.BODY_LIMIT

    def initialize(self, service: Service) -> None:
        """Take what the endpoints share."""
        self.service = service
        self.body = bytearray()
        self.size = 0

    def set_default_headers(self) -> None:
        """Name the request, as the service does."""
        name = uuid.uuid4().hex
        self.set_header("X-Request-Id", name)
        self.set_header("Msh-Request-Id", name)
        self.clear_header("Server")

    def data_received(self, chunk: bytes) -> None:
        """Keep the body as far as it is allowed to go; the rest is only read, so that the refusal can be heard."""
        self.size += len(chunk)
        if self.size <= self.body_limit:
            self.body += chunk

    def check_request(self) -> None:
        """Raise `Refused` where the key or the size of the body is wrong."""
        refusal = rules.refuse_key(self.request.headers.get("Authorization", "")) or (
            rules.refuse_body(self.size) if self.size > self.body_limit else None
        )
        if refusal:
            raise Refused(refusal)

    def json_body(self) -> object:
        """Return the body as JSON; raise `Refused` where it is none."""
        self.check_request()
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Refused(refused(f"Invalid request: the body is no JSON: {error}")) from error

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what went wrong here, not what a client was refused or a client that went away."""
        if not isinstance(value, Refused | HTTPError | StreamClosedError):
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write every error as the service does."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        refusal = error.refusal if isinstance(error, Refused) else _plain_refusal(status_code, self._reason)
        self.set_status(refusal.status)
        self.finish(refusal.body())


def _plain_refusal(status: int, reason: str) -> Refusal:
    if status == 404:
        return missing("The requested resource was not found")
    return Refusal(status, "server_error" if status >= 500 else "invalid_request_error", reason)


class NotFound(Endpoint):
    """Every other address."""

    def prepare(self) -> None:
        """Refuse it."""
        raise HTTPError(404)
