"""A scripted Kimi on a real socket: it says byte by byte what a test tells it to, and remembers what it was asked.

::

    with ScriptedKimi() as kimi:
        kimi.queue(pieces("Hello", " world"), pieces("Hel", finish=None, done=False).then(Cut()))
        ...  # ask twice at kimi.base_url
        assert kimi.chats[0].json["model"] == "kimi-k2.6"
        assert kimi.closed[1].wait(2)
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from tests.scripts import (
    BALANCE,
    ESTIMATE,
    MODELS,
    REQUEST_ID,
    Cut,
    Hold,
    Pause,
    Reply,
    Script,
    Step,
    Stream,
    WaitFor,
    error,
    pieces,
)

POLL = 0.02
"""Seconds between two looks at whether a waiting client has left."""


class Left(ConnectionError):
    """The client closed its connection, or the script did, or the server closes."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request. ``headers`` have lower-case names, ``at`` is seconds of the monotonic clock, ``peer`` the client's port.

    ``closed`` is set when its connection is gone.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    peer: int
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def json(self) -> Any:
        """The body as the value that its JSON stands for."""
        return json.loads(self.body)


Answer = Callable[[Any], Script]
"""Makes the script for a chat request of its JSON."""


class ScriptedKimi:
    """A server on loopback. Each chat request takes the next script of the queue, or ``default`` where none is left.

    A script can be a function that is given the request's JSON.

    ``routes`` maps the end of a path (``models``, …) to its reply and can be changed by a test.
    """

    def __init__(self) -> None:
        self.default: Script | Answer = pieces("Forty-two.")
        self.routes: dict[str, Script] = {
            "/models": MODELS,
            "/tokenizers/estimate-token-count": ESTIMATE,
            "/users/me/balance": BALANCE,
        }
        self.requests: list[Received] = []
        self._scripts: deque[Script | Answer] = deque()
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and drop all connections; may be called twice."""
        self._closing.set()
        for open_socket in (self._listener, *self._connections.copy()):
            with contextlib.suppress(OSError):  # closed already
                open_socket.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def queue(self, *scripts: Script | Answer) -> None:
        """Let the next chat requests be answered by ``scripts``, one each."""
        self._scripts.extend(scripts)

    def forget(self) -> None:
        """Forget what was asked and what was queued."""
        with self._changed:
            self.requests.clear()
            self._scripts.clear()

    @property
    def chats(self) -> list[Received]:
        """The chat requests, in the order in which they came."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    @property
    def closed(self) -> list[threading.Event]:
        """For each chat request the event that its connection is gone."""
        return [request.closed for request in self.chats]

    def wait_for_chats(self, count: int, seconds: float = 10) -> list[Received]:
        """Return the chat requests as soon as there are ``count``; raise TimeoutError where they do not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.chats) >= count, seconds):
                raise TimeoutError(f"{len(self.chats)} chat requests came in {seconds} s, {count} were expected")
            return self.chats

    def _start(self, target: Any, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # the listener was closed
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        mine: list[Received] = []
        self._connections.add(connection)
        try:
            line = Line(connection, self._closing)
            for request in line.requests():
                mine.append(request)
                with self._changed:
                    self.requests.append(request)
                    script = self._script(request)
                    self._changed.notify_all()
                line.answer(script)
        except OSError:  # `Left`, or the client reset the connection
            pass
        finally:
            self._connections.discard(connection)
            connection.close()
            for request in mine:
                request.closed.set()

    def _script(self, request: Received) -> Script:
        path = request.path
        if path.endswith("/chat/completions"):
            script = self._scripts.popleft() if self._scripts else self.default
            return script(request.json) if callable(script) else script
        for ending, script in self.routes.items():
            if path.endswith(ending):
                return script
        return error(404, "resource_not_found_error", f"The requested resource {path} was not found.")


class Line:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing
        self._read = b""
        self._peer: int = connection.getpeername()[1]

    def requests(self) -> Iterator[Received]:
        """Yield the requests until the client leaves; raise `Left` when it does."""
        while True:
            start, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            method, path, _ = start.split(" ", 2)
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = self._bytes(int(headers.get("content-length", 0)))
            yield Received(method, path, headers, body, time.monotonic(), self._peer)

    def answer(self, script: Script) -> None:
        """Do what ``script`` says; raise `Left` where the connection ends by it."""
        if isinstance(script, Reply):
            length = {"content-type": "application/json", "content-length": str(len(script.payload))}
            self._connection.sendall(head(script.status, length | dict(script.headers)) + script.payload)
        else:
            self._stream(script)

    def _stream(self, stream: Stream) -> None:
        chunked = stream.framing == "chunked"
        for step in stream.before:
            self._do(step, chunked=False)
        if stream.framing != "raw":
            how = {"transfer-encoding": "chunked"} if chunked else {"connection": "close"}
            kind = {"content-type": "text/event-stream; charset=utf-8"}
            self._connection.sendall(head(200, kind | how | dict(stream.headers)))
        for step in stream.steps:
            self._do(step, chunked=chunked)
        if not chunked:
            raise Left
        self._connection.sendall(b"0\r\n\r\n")

    def _do(self, step: Step, *, chunked: bool) -> None:
        match step:
            case bytes():
                self._connection.sendall(b"%x\r\n%s\r\n" % (len(step), step) if chunked else step)
            case Pause(seconds):
                self._wait(time.monotonic() + seconds)
            case WaitFor(event):
                self._wait(float("inf"), event)
            case Hold():
                self._wait(float("inf"))
            case Cut(reset):
                if reset:
                    self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise Left

    def _wait(self, until: float, event: threading.Event | None = None) -> None:
        """Wait for the time or the event; raise `Left` as soon as the client is gone or the server closes."""
        while time.monotonic() < until and not (event and event.is_set()):
            if self._is_readable(min(POLL, max(0.0, until - time.monotonic()))):
                self._more()

    def _is_readable(self, seconds: float) -> bool:
        if self._closing.is_set():
            raise Left
        readable, _, _ = select.select([self._connection], [], [], seconds)
        return bool(readable)

    def _more(self) -> None:
        received = self._connection.recv(65536)
        if not received:
            raise Left
        self._read += received

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._read:
            if self._is_readable(POLL):
                self._more()
        found, _, self._read = self._read.partition(mark)
        return found

    def _bytes(self, count: int) -> bytes:
        while len(self._read) < count:
            if self._is_readable(POLL):
                self._more()
        found, self._read = self._read[:count], self._read[count:]
        return found


def head(status: int, headers: dict[str, str]) -> bytes:
    """Return a status line and headers."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"x-request-id: {REQUEST_ID}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode("latin-1")
