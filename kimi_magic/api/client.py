"""Kimi over HTTP: chat, models, token estimates, balance. Synchronous; a stream reads on a thread of its own."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kimi_magic.api import catalog, faults, wire
from kimi_magic.api.catalog import Model
from kimi_magic.api.connection import Connection, Form, tls_context
from kimi_magic.api.files import Files
from kimi_magic.api.http import httpx
from kimi_magic.api.stream import Sink, Stream
from kimi_magic.errors import ConnectionFailed, KimiError, ModelUnknown, ServiceError
from kimi_magic.messages import Message
from kimi_magic.settings import Secret, Settings, shown_address

T = TypeVar("T")
_QUICK = 20.0  # seconds for the calls that only look something up


class Client:
    """The service at ``settings.base_url``, asked with ``key``. Safe to use from several threads.

    ``models`` starts as the shipped table and becomes the service's own list at the first `load_models`.
    """

    def __init__(self, settings: Settings, key: Secret) -> None:
        self._settings, self._key = settings, key
        self.host = urlsplit(settings.base_url).hostname or settings.base_url
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._is_closed = False
        self.models: tuple[Model, ...] = catalog.MODELS
        self.models_are_known = False

    def model(self, name: str) -> Model:
        """Return what is known of the model called ``name``."""
        return catalog.find_model(name, self.models)

    def mask(self, text: str) -> str:
        """Return ``text`` without the key that this client asks with."""
        return self._key.mask(text)

    def stream(self, body: bytes, sink: Sink) -> Stream:
        """Send a chat request, as `wire.dump` made it, and let its events flow into ``sink``."""
        return Stream(
            body,
            sink,
            lend=self._lend,
            give_back=self._take_back,
            refusal=self._chat_refusal,
            tries=max(1, self._settings.retries),
            patience=self._settings.timeout,
        )

    def load_models(self) -> tuple[Model, ...]:
        """Return the models of the service, asked now, and remember them. Free of charge.

        Raises `ServiceError` or `ConnectionFailed`.
        """
        listed = self._decoded(wire.decode_models, self._call("GET", "models"))
        self.models = tuple(catalog.completed(model) for model in listed)
        self.models_are_known = True
        return self.models

    def estimate(self, model: str, messages: tuple[Message, ...]) -> int:
        """Return how many tokens the service counts in ``messages``; tools are not counted.

        Raises `ServiceError` (a server without this call: 404) or `ConnectionFailed`.
        """
        body = {"model": model, "messages": [wire.encode_message(message) for message in messages]}
        return self._decoded(wire.decode_estimate, self._call("POST", "tokenizers/estimate-token-count", body))

    def balance(self) -> dict[str, float]:
        """Return the account's ``available``, ``voucher`` and ``cash`` balance.

        Raises `ServiceError` or `ConnectionFailed`.
        """
        return self._decoded(wire.decode_balance, self._call("GET", "users/me/balance"))

    @property
    def files(self) -> Files:
        """The files of this account."""
        return Files(shown_address(self._settings.base_url), self._key, self.fetch, self._decoded)

    def warm_up(self) -> None:
        """Do beforehand what the first request would have to wait for: certificates, a connection object."""
        with self._lock:  # a question that is asked meanwhile waits for this connection, and makes none of its own
            if not self._idle:
                self._idle.append(self._connect())

    def close(self) -> None:
        """Close all connections; those in use are closed when they are given back."""
        with self._lock:
            idle, self._idle, self._is_closed = self._idle, [], True
        for connection in idle:
            connection.close()

    def _lend(self) -> Connection:
        with self._lock:
            while self._idle:
                if not (connection := self._idle.pop()).is_aborted:
                    return connection
            return self._connect()

    def _connect(self) -> Connection:
        settings = self._settings
        timeouts = httpx.Timeout(settings.first_timeout, connect=settings.connect_timeout)
        try:
            return Connection(settings.base_url, self._key, tls_context(), timeouts)
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            reason = self._key.redact(str(error)).rstrip(".")
            raise ConnectionFailed(
                f"No connection to {self.host} can be made: {reason}. Check MOONSHOT_BASE_URL, and in the environment the "
                "proxy's address and SSL_CERT_FILE."
            ) from None

    def _take_back(self, connection: Connection) -> None:
        with self._lock:
            if not (connection.is_aborted or self._is_closed):
                return self._idle.append(connection)
        return connection.close()

    def _call(self, method: str, path: str, body: wire.Json | None = None) -> Any:
        """Send a quick request and return the JSON of its reply."""
        return self._decoded(json.loads, self.fetch(method, path, wire.dump(body) if body is not None else None))

    def fetch(
        self, method: str, path: str, body: bytes | None = None, *, form: Form | None = None, seconds: float = _QUICK
    ) -> bytes:
        """Send a request, with JSON or a form as its body, and return the body of its reply; ``seconds`` limits each wait.

        Raises `ServiceError` or `ConnectionFailed`.
        """
        connection = self._lend()
        try:
            with connection.send(method, path, body, form=form, seconds=seconds) as response:
                content = response.read()
                if not response.is_success:
                    raise self._refusal(response, content)
                return content
        except httpx.HTTPError:
            raise ConnectionFailed(
                f"No connection to {self.host}: check the network, the proxy and MOONSHOT_BASE_URL, then try again."
            ) from None
        finally:
            self._take_back(connection)

    def _decoded(self, decode: Callable[..., T], *arguments: Any) -> T:
        try:
            return decode(*arguments)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
            raise ServiceError(f"{self.host} answered with something that is not Kimi's protocol.") from None

    def _refusal(self, response: httpx.Response, body: bytes) -> ServiceError:
        return faults.translate(response.status_code, body, response.headers, self.host, self._key.redact)

    def _chat_refusal(self, response: httpx.Response, body: bytes) -> KimiError:
        """Return the error of a refused question; where the model is unknown it names those that exist."""
        error = self._refusal(response, body)
        if isinstance(error, ModelUnknown):
            with contextlib.suppress(KimiError):
                names = ", ".join(model.id for model in self.load_models()[:12])
                error.args = (f"{error} It has: {names}.",)
        return error
