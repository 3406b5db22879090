"""One connection to the service, which can be broken off from another thread at any moment."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from kimi_magic.api.http import httpx
from kimi_magic.settings import Secret, is_loopback


class BearerAuth(httpx.Auth):
    """Put the key into the request at the last moment, on the thread that sends it: no frame of the user's holds it."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # httpx wants a Generator, and this is one
        """Yield ``request`` with its Authorization header."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


@dataclass(frozen=True, slots=True)
class Form:
    """A body of the kind that a browser sends: fields, and one file."""

    fields: dict[str, str]
    filename: str
    data: bytes = field(repr=False)


class Connection:
    """One HTTP connection, kept open between requests; proxies and CA bundles come from the environment, as httpx does it.

    ``abort`` ends whatever is under way: closing a socket does not wake a thread that reads from it, shutting it down does.
    """

    def __init__(self, base_url: str, key: Secret, context: ssl.SSLContext, timeouts: httpx.Timeout) -> None:
        self.host = httpx.URL(base_url).host
        self._http = httpx.Client(
            base_url=base_url,
            auth=BearerAuth(key),
            verify=context,
            timeout=timeouts,
            limits=httpx.Limits(max_connections=1),
            follow_redirects=False,
            trust_env=not is_loopback(self.host),  # no proxy is asked for this machine
            headers={"User-Agent": "kimi_magic"},
        )
        self._socket: socket.socket | None = None
        self.is_aborted = False

    @contextlib.contextmanager
    def send(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        form: Form | None = None,
        seconds: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request and yield its response with the headers read, the body not yet; ``seconds`` limits each wait."""
        request = self._http.build_request(
            method,
            path,
            content=content,
            data=form.fields if form else None,
            files={"file": (form.filename, form.data)} if form else None,
            headers={"Content-Type": "application/json"} if content is not None else {},
            timeout=self._http.timeout if seconds is None else seconds,
            extensions={"trace": self._trace},
        )
        response = self._http.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    @staticmethod
    def be_patient(response: httpx.Response, seconds: float) -> None:
        """Let the body of ``response`` pause for at most ``seconds``: httpcore reads this when the body begins."""
        response.request.extensions["timeout"]["read"] = seconds

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        """Remember the socket when httpcore has connected; a shutdown that came before is made up for."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self.is_aborted:
                self.abort()

    def abort(self) -> None:
        """Break off what is under way, from any thread. The connection is of no use afterwards."""
        self.is_aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it may be closed already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def tls_context() -> ssl.SSLContext:
    """Return the context for all connections: made once, since reading the certificates takes 20 ms and more.

    Once more where the environment names other certificates. Raises OSError or ValueError where they cannot be read.
    """
    with _READING:
        return _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


_READING = threading.Lock()


@cache
def _context(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()
