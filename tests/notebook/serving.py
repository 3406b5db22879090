"""Stand-ins for Jupyter servers on real sockets, and the files by which servers tell that they run."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType

TOKEN = "a-token-for-tests"
KERNEL = "0e1c6d3c-1f7c-4a4e-9c43-1f0c6a3f6b6a"


def session(path: str, kernel: str = KERNEL) -> dict[str, object]:
    """Return what a server says of the document at ``path`` and its kernel."""
    return {"id": "s1", "path": path, "name": path, "type": "notebook", "kernel": {"id": kernel, "name": "python3"}}


@dataclass
class Standing:
    """A running stand-in, and what it was asked: path and token of each request."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def standing(reply: bytes, status: int = 200, **headers: str) -> Iterator[Standing]:
    """Yield a server on loopback that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(reply)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the parent's name for it
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Standing(http.server_port)
        thread = Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


@contextmanager
def silent() -> Iterator[socket.socket]:
    """Yield a socket that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def announce(
    folder: Path, port: int, root: Path, name: str = "jpserver-1.json", odd: Mapping[str, object] = MappingProxyType({})
) -> Path:
    """Write the file by which a server tells that it runs, as jupyter_server writes it; ``odd`` are other values."""
    about = {
        "base_url": "/user/ada/",
        "hostname": "127.0.0.1",
        "password": False,
        "pid": os.getpid(),
        "port": port,
        "root_dir": str(root),
        "secure": False,
        "sock": "",
        "token": TOKEN,
        "url": f"http://127.0.0.1:{port}/user/ada/",
        "version": "2.21.1",
    }
    file = folder / name
    file.write_text(json.dumps({**about, **odd}))
    return file
