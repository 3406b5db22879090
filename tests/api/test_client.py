"""The way to the service: what goes into a request, which connection takes it, and the calls that look something up."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from kimi_magic.api.catalog import MODELS, Model
from kimi_magic.api.client import Client
from kimi_magic.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    KimiError,
    ModelUnknown,
    RequestRefused,
    ServiceError,
    Unavailable,
)
from kimi_magic.messages import Message
from tests.api.asking import BODY, Connect, ask, start
from tests.conftest import KEY
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, Reply, Stream, error, pieces

HI = (Message("user", "Hi"),)
CALLS: dict[str, tuple[str, Callable[[Client], object]]] = {
    "models": ("/models", lambda client: client.load_models()),
    "estimate": ("/tokenizers/estimate-token-count", lambda client: client.estimate("kimi-k2.6", HI)),
    "balance": ("/users/me/balance", lambda client: client.balance()),
}
each_call = pytest.mark.parametrize(("path", "call"), CALLS.values(), ids=CALLS)


@pytest.fixture
def elsewhere() -> Iterator[ScriptedKimi]:
    with ScriptedKimi() as server:
        yield server


def test_the_request_is_as_it_should_be(client: Client, kimi: ScriptedKimi) -> None:
    """The body is sent byte for byte, as JSON, with the key in its header and our own name."""
    ask(client)
    (request,) = kimi.chats
    assert (request.method, request.path, request.body) == ("POST", "/v1/chat/completions", BODY)
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "kimi_magic"


def test_without_a_key_there_is_no_header(connect: Connect, kimi: ScriptedKimi) -> None:
    """A server that needs no key gets none, nor a password out of the address's place."""
    client = connect("")
    ask(client)
    client.load_models()
    assert not any("authorization" in request.headers for request in kimi.requests)


def test_the_key_is_in_no_repr(client: Client) -> None:
    """Neither client nor connection shows its key, whatever is printed of them."""
    ask(client)
    assert KEY not in repr(vars(client))
    assert KEY not in "".join(repr(vars(connection)) for connection in client._idle)
    assert client.mask(f"a {KEY} b") == "a *** b"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(client: Client, kimi: ScriptedKimi, elsewhere: ScriptedKimi, status: int) -> None:
    """The key travels to no other address: a redirect is an error that says so."""
    kimi.queue(Reply(status, b"", {"location": f"{elsewhere.base_url}/chat/completions"}))
    kimi.routes["/models"] = Reply(status, b"", {"location": f"{elsewhere.base_url}/models"})
    failed = ask(client).error
    assert type(failed) is RequestRefused
    assert "MOONSHOT_BASE_URL" in str(failed)
    with pytest.raises(RequestRefused):
        client.load_models()
    assert elsewhere.requests == []


def test_one_connection_serves_one_question_after_another(client: Client, kimi: ScriptedKimi) -> None:
    """Questions and other calls go over the connection that is there; close ends it."""
    for _ in range(3):
        assert ask(client).text == "Forty-two."
        client.load_models()
    assert len(client._idle) == 1
    assert not any(request.closed.is_set() for request in kimi.requests)
    client.close()
    assert all(request.closed.wait(2) for request in kimi.requests)


@pytest.mark.parametrize(
    "script",
    [
        Stream(pieces("Yes.").steps, framing="identity"),
        Stream((b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", *pieces("Yes.").steps), framing="raw"),
    ],
    ids=["said", "unsaid"],
)
def test_a_connection_that_the_server_closed_is_replaced(client: Client, kimi: ScriptedKimi, script: Stream) -> None:
    """After a server closed the connection, with or without a word, the next question works."""
    kimi.queue(script)
    assert ask(client).text == "Yes."
    assert kimi.closed[0].wait(2)
    assert ask(client).text == "Forty-two."


def test_a_refused_question_leaves_the_connection(client: Client, kimi: ScriptedKimi) -> None:
    """An error reply is read to its end, so that its connection is of use again."""
    kimi.queue(error(400, "invalid_request_error", "bad"))
    assert isinstance(ask(client).error, RequestRefused)
    assert ask(client).error is None
    assert not kimi.closed[0].is_set()


def test_a_proxy_comes_from_the_environment(connect: Connect, kimi: ScriptedKimi, monkeypatch: pytest.MonkeyPatch) -> None:
    """With HTTP_PROXY the request goes to the proxy, in the form that a proxy reads, and can be broken off there."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{kimi.port}")
    client = connect(base_url="http://kimi.invalid/v1", allow_http=True)
    assert ask(client).text == "Forty-two."
    assert kimi.chats[0].path == "http://kimi.invalid/v1/chat/completions"
    kimi.queue(pieces("Half", finish=None, done=False).then(Hold()))
    asked = start(client)
    while not asked.text:
        asked.stream.wait()
    asked.stream.close()
    assert kimi.closed[1].wait(1)


@pytest.mark.parametrize("name", ["this machine", "kimi.invalid"])
def test_a_proxy_is_not_asked_for_all(
    connect: Connect, kimi: ScriptedKimi, elsewhere: ScriptedKimi, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine is asked directly whatever the environment says, and so is what NO_PROXY names."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{elsewhere.port}")
    monkeypatch.setenv("NO_PROXY", "kimi.invalid")
    here = name == "this machine"
    asked = ask(connect() if here else connect(base_url="http://kimi.invalid/v1", allow_http=True))
    assert (asked.error is None, len(kimi.chats)) == (here, int(here))
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HTTPS_PROXY", "foo://me:hidden@example.com", "proxy"),
        ("SSL_CERT_FILE", "no-such-file.pem", "No such file"),
    ],
)
def test_an_unusable_surrounding_is_told(
    connect: Connect, name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy or a certificate file that cannot be used is one message, for a question and for each other call."""
    monkeypatch.setenv(name, value)
    client = connect(base_url="https://kimi.invalid/v1")
    failed = ask(client).error
    assert type(failed) is ConnectionFailed
    assert says in str(failed)
    assert "hidden" not in str(failed)
    with pytest.raises(ConnectionFailed):
        client.load_models()
    with pytest.raises(ConnectionFailed):
        client.warm_up()


def test_no_connection_within_its_time(connect: Connect) -> None:
    """Where nobody accepts, connecting is given up after connect_timeout, with a message about the connection."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            client = connect(base_url=f"http://127.0.0.1:{port}/v1", connect_timeout=0.2, first_timeout=0.5)
            failed = ask(client).error
    assert type(failed) is ConnectionFailed
    assert "No connection to 127.0.0.1" in str(failed)


def test_models_are_the_shipped_ones_until_asked(client: Client) -> None:
    """The table serves until the service was asked; then its list holds, for each model it has and no other."""
    assert (client.models, client.models_are_known) == (MODELS, False)
    assert [model.id for model in client.load_models()] == ["kimi-k2.6", "kimi-k2.7-code", "kimi-k3"]
    assert client.models_are_known
    assert client.model("kimi-k3").efforts == ("low", "high", "max")
    assert client.model("kimi-k2.7-code-highspeed") == Model("kimi-k2.7-code-highspeed")


def test_a_plain_server_lists_its_models(client: Client, kimi: ScriptedKimi) -> None:
    """A server that tells only ids is no error: what it does not tell is unknown, or as shipped."""
    kimi.routes["/models"] = Reply(body={"object": "list", "data": [{"id": "llama"}, {"id": "kimi-k3"}]})
    client.load_models()
    assert client.model("llama") == Model("llama")
    assert client.model("kimi-k3") == MODELS[-1]


def test_an_unknown_model_is_told_what_exists(client: Client, kimi: ScriptedKimi) -> None:
    """A 404 names the service's models; where the list cannot be had, the message does without."""
    kimi.default = error(404, "resource_not_found_error", "Not found the model x")
    failed = ask(client).error
    assert type(failed) is ModelUnknown
    assert "It has: kimi-k2.6, kimi-k2.7-code, kimi-k3." in str(failed)
    kimi.routes["/models"] = error(500, "server_error", "oops")
    assert "It has" not in str(ask(client).error)


def test_the_estimate_sends_model_and_messages(client: Client, kimi: ScriptedKimi) -> None:
    """Tokens are counted by the service, from the messages as a question would send them."""
    assert client.estimate("kimi-k3", (*HI, Message("assistant", "{", partial=True))) == 80
    assert kimi.requests[0].json == {
        "model": "kimi-k3",
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{", "partial": True}],
    }


def test_the_balance_has_three_parts(client: Client) -> None:
    """Available, voucher and cash come back as numbers."""
    assert client.balance() == {"available": 49.6, "voucher": 46.6, "cash": 3.0}


@each_call
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401, "invalid_authentication_error", KEY), AuthenticationFailed),
        (error(404, "resource_not_found_error", "no such call"), ModelUnknown),
        (error(429, "engine_overloaded_error", "busy"), Unavailable),
        (Reply(504, b"<html>504</html>"), Unavailable),
        (Reply(200, b"<html>Sign in</html>", {"content-type": "text/html"}), ServiceError),
        (Reply(200, b"{"), ServiceError),
        (Reply(200, b"\xff\xfe"), ServiceError),
        (Reply(200, [1, 2]), ServiceError),
        (Reply(200, {"data": 5}), ServiceError),
        (Reply(200, b"[" * 100_000), ServiceError),
    ],
)
def test_a_bad_reply_is_an_error_of_ours(
    client: Client, kimi: ScriptedKimi, path: str, call: Callable[[Client], object], reply: Reply, kind: type[KimiError]
) -> None:
    """A refusal, a page, and JSON of another shape become one message without the key; the next call works."""
    good, kimi.routes[path] = kimi.routes[path], reply
    with pytest.raises(KimiError) as caught:
        call(client)
    assert type(caught.value) is kind
    assert KEY not in str(caught.value)
    kimi.routes[path] = good
    assert call(client)


@each_call
def test_no_server_is_an_error_of_ours(
    client: Client, kimi: ScriptedKimi, path: str, call: Callable[[Client], object]
) -> None:
    """Where nobody listens each call says so."""
    kimi.close()
    with pytest.raises(ConnectionFailed, match=r"No connection to 127\.0\.0\.1"):
        call(client)
    assert path not in str(client.models)
