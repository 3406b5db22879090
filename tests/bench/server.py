"""A service on loopback that sends as fast as it can, in a process of its own: ``python -m tests.bench.server``.

It prints its port, and ends when its standard input does. ``GET /last`` returns when the last question came and when its
first piece went out, in seconds of the monotonic clock, which all processes of a machine share.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

from tests.bench.plan import MODEL, Plan

_HEAD = {"id": "chatcmpl-0123456789abcdef", "object": "chat.completion.chunk", "created": 1_790_000_000, "model": MODEL}
_LAST = {"asked": 0.0, "arrived": 0.0, "began": 0.0}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as seen from the process that started it."""

    port: int

    @property
    def base_url(self) -> str:
        """The address that a client is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def last(self) -> tuple[float, float]:
        """Return when the last question had arrived, and when the first piece of its answer was sent."""
        times = self._times()
        return times["arrived"], times["began"]

    def rounds(self) -> float:
        """Return the seconds from the last question to the last request that followed from it, which calls make."""
        times = self._times()
        return times["arrived"] - times["asked"]

    def _times(self) -> dict[str, float]:
        with urlopen(f"http://127.0.0.1:{self.port}/last", timeout=10) as reply:
            times: dict[str, float] = json.load(reply)
        return times


@contextmanager
def running_server() -> Iterator[Server]:
    """Yield a server in a process of its own: it must not share a GIL with what is measured."""
    command = [sys.executable, "-m", "tests.bench.server"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Server(int(process.stdout.readline()))
        process.stdin.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a question by the plan that its last message is."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        arrived = time.monotonic()
        messages = json.loads(body)["messages"]
        last = max(number for number, message in enumerate(messages) if message["role"] == "user")
        plan, called = Plan.parse(messages[last]["content"]), (len(messages) - last) // 2
        is_call = plan.kind == "calls" and called < plan.pieces
        opening, pieces, end = _calls(called) if is_call else _chunks(plan)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(opening)
        time.sleep(plan.pause / 1e3)
        _LAST.update(arrived=arrived, began=time.monotonic())
        if called == 0:
            _LAST["asked"] = arrived
        if plan.rate:
            self._send_slowly(pieces, plan.rate)
            self.wfile.write(end)
        else:
            self.wfile.write(b"".join(pieces) + end if is_call else _joined(plan))

    def do_GET(self) -> None:
        """Tell the times of the last question."""
        body = json.dumps(_LAST).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_slowly(self, pieces: list[bytes], rate: int) -> None:
        began = time.monotonic()
        for number, piece in enumerate(pieces):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the form that http.server calls
        """Say nothing."""


@cache
def _chunks(plan: Plan) -> tuple[bytes, list[bytes], bytes]:
    """Return the opening, the pieces and the end of the answer, ready to be sent."""
    opening = _chunk({"delta": {"role": "assistant", "content": ""}, "finish_reason": None})
    pieces = [_chunk({"delta": {"content": piece}, "finish_reason": None}) for piece in plan.parts]
    usage = {"prompt_tokens": 20, "completion_tokens": plan.pieces, "total_tokens": plan.pieces + 20}
    end = _chunk({"delta": {}, "finish_reason": "stop"}, usage=usage)
    return opening, pieces, end + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


@cache
def _calls(number: int) -> tuple[bytes, list[bytes], bytes]:
    """Return a reply that calls ``add`` with that number, as `_chunks` does."""
    opening, _, _ = _chunks(Plan("plain", 1))
    function = {"name": "add", "arguments": json.dumps({"a": number, "b": 1})}
    call = {"index": 0, "id": f"add:{number}", "type": "function", "function": function}
    piece = _chunk({"delta": {"tool_calls": [call]}, "finish_reason": None})
    end = _chunk({"delta": {}, "finish_reason": "tool_calls"})
    return opening, [piece], end + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


@cache
def _joined(plan: Plan) -> bytes:
    _, pieces, end = _chunks(plan)
    return b"".join(pieces) + end


def _chunk(choice: dict[str, object], **more: object) -> bytes:
    """Return one event as one chunk of the HTTP response."""
    event = json.dumps(_HEAD | {"choices": [{"index": 0, **choice}]} | more, separators=(",", ":"))
    return _framed(f"data: {event}\n\n".encode())


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def main() -> None:
    """Serve until standard input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
