"""The Jupyter servers that this user runs on this machine, asked for a kernel's notebook."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kimi_magic.settings import Secret

SECONDS = 1.0
"""How long a server may take."""
MOST_BYTES = 4_000_000
"""How long its list of sessions may be."""

_ALL_ADDRESSES = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 nothing is bound to it
"""What a server that listens everywhere calls its host, and where to find it."""


@dataclass(frozen=True, slots=True)
class Server:
    """What a running server's file says of it."""

    host: str
    port: int
    is_secure: bool
    base_url: str
    token: Secret
    root: str
    pid: int


def paths_of(kernel_id: str) -> list[str]:
    """Return the absolute paths of the documents that are open on the kernel; an empty list where no server knows it.

    Takes `SECONDS` for each server that does not answer. Raises nothing.
    """
    # The kernel's parent process is most often its server: asked first, it is asked alone.
    for server in sorted(_running(), key=lambda server: server.pid != os.getppid()):
        if paths := [*_documents(server, kernel_id)]:
            return paths
    return []


def _running() -> Iterator[Server]:
    """Yield the servers of this user that run on this machine.

    Their files are read here, as jupyter_server's list_running_servers does: importing that takes above a second, and a
    kernel in an environment of its own is without it. A folder of the user's can be shared by several machines.
    """
    try:
        from jupyter_core.paths import jupyter_runtime_dir  # late: a terminal may be without it
    except ImportError:
        return
    try:
        files = sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json"))
    except OSError:
        return
    for file in files:
        server = decode_server(file)
        if server is not None and _is_alive(server.pid) and is_here(server.host):
            yield server


def decode_server(file: Path) -> Server | None:
    """Return what ``file`` says of a server; None where it is none that a TCP connection reaches."""
    try:
        about = json.loads(file.read_bytes())
        host = _ALL_ADDRESSES.get(about["hostname"], about["hostname"])
        known = (host, int(about["port"]), bool(about["secure"]), str(about["base_url"]))
        server = Server(*known, Secret(str(about["token"])), str(about["root_dir"]), int(about["pid"]))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):  # half written, or of another form
        return None
    return None if about.get("sock") else server


def _is_alive(pid: int) -> bool:
    """Whether the process runs and is this user's. Windows ends a process that is sent signal 0, so there it is believed."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return pid > 0


def is_here(host: object) -> bool:
    """Whether ``host`` is this machine: the token must not go to another one. No name but localhost is looked up."""
    try:
        address = "127.0.0.1" if host == "localhost" else str(ipaddress.ip_address(str(host)))
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.bind((address, 0))
    except (OSError, ValueError):
        return False
    return True


def _documents(server: Server, kernel_id: str) -> Iterator[str]:
    """Yield the paths of the server's sessions with this kernel: of the notebook, and of a console beside it."""
    for session in _sessions(server):
        match session:
            case {"kernel": {"id": str(known)}, "path": str(path)} if known == kernel_id and path:
                yield os.path.join(server.root, *path.split("/"))


def _sessions(server: Server) -> list[object]:
    """Return the server's list of sessions. By http.client: it takes no proxy and follows no redirection with the token."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection  # late: 12 ms, and few notebooks are renamed

    connect = HTTPSConnection if server.is_secure else HTTPConnection
    connection = connect(server.host, server.port, timeout=SECONDS)
    try:
        connection.putrequest("GET", f"{server.base_url.rstrip('/')}/api/sessions")
        if server.token:
            connection.putheader("Authorization", f"token {server.token.reveal()}")
        connection.endheaders()
        reply = connection.getresponse()
        sessions = json.loads(reply.read(MOST_BYTES)) if reply.status == 200 else []
    except (OSError, HTTPException, ValueError, RecursionError):
        return []
    finally:
        connection.close()
    return sessions if isinstance(sessions, list) else []
