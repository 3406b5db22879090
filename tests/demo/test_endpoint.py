"""The offline Kimi on the wire: broken bodies, bodies too large, clients that go away, starting and stopping."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import httpx
import pytest

from kimi_magic.demo.rules import BODY_LIMIT
from kimi_magic.demo.server import DemoServer, start
from tests.demo.asking import ask

BLOCKED = """
import threading, urllib.request
from kimi_magic.demo.server import DemoServer
server = DemoServer().start().start()
request = urllib.request.Request(server.base_url + "/models", headers={"Authorization": "Bearer any"})
print(urllib.request.urlopen(request).status)
"""


def post(server: DemoServer, path: str = "/chat/completions", **given: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    return httpx.post(server.base_url + path, headers=headers, timeout=20, **given)  # type: ignore[arg-type]  # passed on


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b'"words"', b"null"])
def test_a_broken_body_is_refused(demo: DemoServer, body: bytes) -> None:
    """Whatever comes, the answer is an error in JSON."""
    response = post(demo, content=body)
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_broken_form_is_refused(demo: DemoServer) -> None:
    """An upload needs a file and a purpose."""
    response = post(demo, "/files", content=b"no form")
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_body_above_the_limit_is_refused_after_it_was_read(demo: DemoServer) -> None:
    """The sender hears the reason, not a broken connection."""
    response = post(demo, content=bytes(BODY_LIMIT + 1))
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"total message size {BODY_LIMIT + 1} exceeds limit {BODY_LIMIT}"


def test_other_addresses_do_not_exist(demo: DemoServer) -> None:
    """404 and 405 are JSON, too."""
    assert post(demo, "/batches", json={}).json()["error"]["type"] == "resource_not_found_error"
    assert post(demo, "/models", json={}).status_code == 405


def test_half_a_character_does_no_harm(demo: DemoServer) -> None:
    """A lone surrogate in a question is answered, streamed or not."""
    body = rb'{"model": "kimi-k2.6", "messages": [{"role": "user", "content": "\ud83d"}], "stream": %s}'
    for stream in (b"true", b"false"):
        assert post(demo, content=body % stream).status_code == 200


def test_the_stream_ends_with_done(demo: DemoServer) -> None:
    """Events of one line each, the last one says so."""
    response = post(demo, json=ask("Hi", stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, last, nothing = response.text.split("\n\n")
    assert all(event.startswith("data: {") for event in events)
    assert (last, nothing) == ("data: [DONE]", "")


def test_the_pace_is_kept() -> None:
    """The pieces come one by one, not at once."""
    with DemoServer(pace=0.05) as server:
        began = time.monotonic()
        assert post(server, json=ask("Hi", stream=True, max_tokens=12)).status_code == 200
        assert time.monotonic() - began > 0.3


def test_a_client_that_goes_away_ends_its_stream_and_no_other() -> None:
    """The server notices within a few pieces, while the other stream has more than half of its way to go."""
    headers = {"Authorization": "Bearer any"}
    with DemoServer(pace=0.01) as server, httpx.Client(headers=headers, timeout=10) as http:
        url, body = server.base_url + "/chat/completions", ask("Hi", stream=True)
        with http.stream("POST", url, json=body) as staying, http.stream("POST", url, json=body) as leaving:
            next(leaving.iter_bytes())
            assert server.streams == 2
            leaving.close()
            assert wait(lambda: server.streams == 1, seconds=0.5)
            assert staying.read().endswith(b"data: [DONE]\n\n")
        assert wait(lambda: server.streams == 0)


def test_stopping_ends_streams_and_frees_the_port(capfd: pytest.CaptureFixture[str]) -> None:
    """Even with an answer half-way; stopping twice does no harm, and nothing is printed all the while."""
    server = start(pace=30)
    url, headers = server.base_url + "/chat/completions", {"Authorization": "Bearer any"}
    with httpx.stream("POST", url, json=ask("Hi", stream=True), headers=headers, timeout=10) as response:
        next(response.iter_bytes())
        began = time.monotonic()
        server.stop()
        server.stop()
        assert time.monotonic() - began < 3
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", httpx.URL(server.base_url).port or 0)) != 0
    assert capfd.readouterr() == ("", "")


def test_it_answers_while_its_process_is_blocked_and_does_not_keep_it_alive() -> None:
    """The main thread can wait for an answer, and end without stopping the server."""
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=20, check=True)
    assert (done.stdout, done.stderr) == ("200\n", "")


def wait(reached: object, seconds: float = 2) -> bool:
    """Tell whether ``reached()`` comes true within ``seconds``."""
    assert callable(reached)
    end = time.monotonic() + seconds
    while not reached() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(reached())
