"""Starts and stops the offline Kimi: on a thread of its own, so that it answers while a cell blocks the kernel."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from kimi_magic.demo.endpoint import Service
from kimi_magic.demo.handlers import build

ADDRESS = "127.0.0.1"
KEY = "sk-offline-kimi"
READ_LIMIT = 1024**3
"""Bytes of a body that are read at all, so that a refusal reaches the sender before the connection ends."""
PATIENCE = 5.0
"""Seconds to wait for the thread's end."""


class DemoServer:
    """The offline Kimi on a free port of this machine. ``pace`` is the time between streamed pieces, in seconds.

    >>> with DemoServer(pace=0) as server:
    ...     server.base_url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(self, pace: float = 0.01) -> None:
        self._service = Service(pace)
        self._port = 0
        self._ended = asyncio.Event()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The address that a client needs, with the ``/v1`` at its end. The port is known once the server has started."""
        return f"http://{ADDRESS}:{self._port}/v1"

    @property
    def key(self) -> str:
        """A key that opens it; any other does too that does not start with ``wrong``."""
        return KEY

    @property
    def streams(self) -> int:
        """How many answers are being streamed at this moment."""
        return self._service.streams

    def start(self) -> DemoServer:
        """Return this server when it answers. Starting twice does no harm; raises OSError where no port is free."""
        if self._thread is None:
            sockets = bind_sockets(0, ADDRESS)
            self._port = sockets[0].getsockname()[1]
            serve = self._serve(sockets)
            self._thread = threading.Thread(target=asyncio.run, args=(serve,), name="offline-kimi", daemon=True)
            self._thread.start()
            self._ready.wait(PATIENCE)
        return self

    def stop(self) -> None:
        """Close every connection and end the thread. Stopping twice does no harm; what has stopped does not start again."""
        if self._loop and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(PATIENCE)

    def __enter__(self) -> DemoServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        server = HTTPServer(build(self._service), max_body_size=READ_LIMIT)
        server.add_sockets(sockets)
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._ended.wait()
        server.stop()
        await server.close_all_connections()


def start(pace: float = 0.01) -> DemoServer:
    """Return a new server that answers already."""
    return DemoServer(pace).start()
