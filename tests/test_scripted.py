"""The scripted Kimi itself, seen by an ordinary HTTP client."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Hold, Stream, WaitFor, error, pieces, silence


@pytest.fixture
def client(kimi: ScriptedKimi) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=kimi.base_url, timeout=5) as client:
        yield client


def ask(client: httpx.Client, model: str = "kimi-k2.6") -> httpx.Response:
    return client.post("chat/completions", json={"model": model}, headers={"Authorization": "Bearer key"})


def test_requests_are_remembered(kimi: ScriptedKimi, client: httpx.Client) -> None:
    """Method, path, headers and body of a request can be read afterwards."""
    ask(client)
    (request,) = kimi.chats
    assert (request.method, request.path, request.headers["authorization"]) == (
        "POST",
        "/v1/chat/completions",
        "Bearer key",
    )
    assert request.json == {"model": "kimi-k2.6"}


def test_scripts_are_taken_in_order_and_then_the_default(kimi: ScriptedKimi, client: httpx.Client) -> None:
    """Each chat request takes the next script; when none is left, the default answers, on the same connection."""
    kimi.queue(pieces("one"), error(429, "engine_overloaded_error", "busy", {"retry-after": "1"}))
    assert '"content": "one"' in ask(client).text
    refused = ask(client)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert "Forty-two." in ask(client).text
    assert not kimi.closed[0].is_set()


@pytest.mark.parametrize("framing", ["chunked", "identity"])
def test_both_framings_carry_the_same_bytes(kimi: ScriptedKimi, client: httpx.Client, framing: str) -> None:
    """A body in chunks and a body that ends with its connection read alike."""
    script = pieces("a", "é", thinking=["hm"], usage="last")
    kimi.queue(Stream(script.steps, framing="chunked" if framing == "chunked" else "identity"))
    assert ask(client).content == script.payload


def test_the_other_calls_have_good_answers(client: httpx.Client) -> None:
    """Models, the estimate and the balance are answered without a script, anything else is a 404."""
    assert client.get("models").json()["data"][0]["id"] == "kimi-k2.6"
    assert client.post("tokenizers/estimate-token-count", json={}).json() == {"data": {"total_tokens": 80}}
    assert client.get("users/me/balance").json()["data"]["cash_balance"] == 3.0
    assert client.get("elsewhere").status_code == 404


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_breaks_the_connection(kimi: ScriptedKimi, client: httpx.Client, reset: bool) -> None:
    """A stream that is cut in its chunks is an error to the client, with and without a reset."""
    kimi.queue(pieces("Hel", finish=None, done=False).then(Cut(reset=reset)))
    with pytest.raises(httpx.TransportError):
        ask(client)


def test_a_reply_that_never_begins_times_out(kimi: ScriptedKimi, client: httpx.Client) -> None:
    """Silence lasts until the client gives up, and the server sees it leave."""
    kimi.queue(silence())
    with pytest.raises(httpx.ReadTimeout):
        client.post("chat/completions", json={}, timeout=0.2)
    assert kimi.closed[0].wait(2)


def test_a_stream_waits_for_the_test(kimi: ScriptedKimi, client: httpx.Client) -> None:
    """What stands behind a WaitFor comes only when the test says so."""
    go = threading.Event()
    kimi.queue(Stream((b"before", WaitFor(go), b"after")))
    with client.stream("POST", "chat/completions", json={}) as response:
        arriving = response.iter_raw()
        assert next(arriving) == b"before"
        go.set()
        assert next(arriving) == b"after"


def test_a_client_that_leaves_is_noticed(kimi: ScriptedKimi, client: httpx.Client) -> None:
    """A client that closes a held stream sets the request's event."""
    kimi.queue(pieces("Hel", finish=None, done=False).then(Hold()))
    with client.stream("POST", "chat/completions", json={}):
        kimi.wait_for_chats(1)
        assert not kimi.closed[0].is_set()
    assert kimi.closed[0].wait(2)


def test_a_closed_server_is_gone(kimi: ScriptedKimi, client: httpx.Client) -> None:
    """After close nothing listens any more."""
    kimi.close()
    with pytest.raises(httpx.ConnectError):
        ask(client)
