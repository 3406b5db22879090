"""Bad days that pass: what is tried again, what comes back by itself, and a key that is not there."""

from __future__ import annotations

import socket
import time

import pytest

from tests.conftest import KEY
from tests.results import Ran
from tests.scripted import ScriptedKimi
from tests.scripts import Hold, Script, Stream, error, pieces, silence
from tests.shells import Shell

pytestmark = pytest.mark.floor

AT_ONCE = {"retry-after": "0"}
PASSING: dict[str, Script] = {
    "overloaded": error(429, "engine_overloaded_error", "The engine is overloaded", AT_ONCE),
    "too fast": error(429, "rate_limit_reached_error", "request reached RPM: 3", AT_ONCE),
    "too fast, said in words": error(429, "rate_limit_reached_error", "max RPM: 3, please try again after 0 seconds"),
    "broken": error(500, "server_error", "Internal error", AT_ONCE),
    "away": error(503, "server_unavailable", "Unavailable", AT_ONCE),
    "thinking without an answer": pieces(thinking=["Let me see. "]),
}


def ask(shell: Shell, prompt: str = "a question") -> Ran:
    return shell.run(f"%%kimi\n{prompt}")


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again(name: str, shell: Shell, kimi: ScriptedKimi) -> None:
    """After a failure that passes the same request is sent again, and its answer is the only one shown."""
    kimi.queue(PASSING[name], pieces("Forty-two.", thinking=["Hm."]))
    ran = ask(shell)
    assert ran.ok, ran.error
    assert ran.answer.text.startswith("Forty-two.")
    assert "Let me see" not in ran.everything
    first, second = kimi.chats
    assert first.body == second.body


def test_retry_after_is_waited_for(shell: Shell, kimi: ScriptedKimi) -> None:
    """The next try comes when the service said, not before."""
    kimi.queue(error(429, "rate_limit_reached_error", "max RPM: 3", {"retry-after": "0.6"}))
    assert ask(shell).ok
    first, second = kimi.chats
    assert 0.6 <= second.at - first.at < 2


def test_a_long_wait_is_left_to_the_user(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the service asks for a longer wait than anybody sits through, the cell ends at once and says so."""
    kimi.queue(error(429, "rate_limit_reached_error", "max RPM: 3", {"retry-after": "3600"}))
    ran = ask(shell)
    assert not ran.ok
    assert len(kimi.chats) == 1


def test_a_character_may_come_in_two_halves(shell: Shell, kimi: ScriptedKimi) -> None:
    """Bytes may be cut anywhere on their way: what they spell is the same."""
    whole = pieces("日本", " — né", thinking=["嗯"]).payload
    kimi.queue(Stream(tuple(whole[at : at + 1] for at in range(len(whole)))))
    ran = ask(shell)
    assert ran.ok, ran.error
    assert ran.answer.text.startswith("日本 — né")


@pytest.mark.parametrize("usage", ["choice", "top", "last", "twice"])
def test_usage_is_found_in_each_place(usage: str, shell: Shell, kimi: ScriptedKimi) -> None:
    """Tokens are read wherever the stream says them, and counted once."""
    kimi.queue({"choice": pieces("a"), **{at: pieces("a", usage=at) for at in ("top", "last", "twice")}}[usage])
    assert ask(shell).answer.facts["usage"]["completion_tokens"] == 8


def test_a_stream_without_usage_is_no_error(shell: Shell, kimi: ScriptedKimi) -> None:
    """A server that counts nothing is served all the same."""
    kimi.queue(pieces("a", usage=None))
    ran = ask(shell)
    assert ran.ok
    assert ran.answer.facts["usage"] is None


def test_nothing_listening(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where nobody listens, one message names the host; the next cell works when somebody does."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    shell.run(f"import os; os.environ['MOONSHOT_BASE_URL'] = 'http://127.0.0.1:{port}/v1'")
    ran = ask(shell)
    assert not ran.ok
    assert "127.0.0.1" in ran.evalue
    assert "MOONSHOT_BASE_URL" in ran.evalue
    shell.run(f"os.environ['MOONSHOT_BASE_URL'] = {kimi.base_url!r}")
    assert ask(shell).ok


def test_a_server_that_goes_and_comes_back(shell: Shell, kimi: ScriptedKimi) -> None:
    """A server that dies between two questions is a message; when it is back the next cell works."""
    assert ask(shell).ok
    kimi.close()
    ran = ask(shell)
    assert not ran.ok
    assert "No connection" in ran.evalue
    with ScriptedKimi() as other:
        shell.run(f"import os; os.environ['MOONSHOT_BASE_URL'] = {other.base_url!r}")
        assert ask(shell).ok
        assert len(other.chats[0].json["messages"]) == 4  # system, the first question and answer, this question


def test_a_connection_is_used_again(shell: Shell, kimi: ScriptedKimi) -> None:
    """A second question goes over the connection of the first one."""
    assert ask(shell).ok
    time.sleep(0.1)  # the reply is read to its very end beside, after the answer is shown
    assert ask(shell).ok
    assert kimi.chats[0].peer == kimi.chats[1].peer


def test_an_idle_connection_that_the_server_closed_is_replaced(shell: Shell, kimi: ScriptedKimi) -> None:
    """A server that closes its kept connection after an answer costs the next question nothing."""
    kimi.queue(pieces("one"), Stream(pieces("two").steps, framing="identity"), pieces("three"))
    for words in ("one", "two", "three"):
        ran = ask(shell)
        assert ran.ok, ran.error
        assert ran.answer.text.startswith(words)


def test_no_key(shell: Shell, kimi: ScriptedKimi) -> None:
    """Without a key nothing is sent, and the message names the ways to give one and the one without."""
    shell.run("import os; key = os.environ.pop('MOONSHOT_API_KEY')")
    ran = ask(shell)
    assert not ran.ok
    assert all(way in ran.evalue for way in ("MOONSHOT_API_KEY", "/login", "/demo"))
    assert kimi.requests == []
    shell.run("os.environ['MOONSHOT_API_KEY'] = key")
    assert ask(shell).ok


def test_a_new_key_is_taken_at_once(shell: Shell, kimi: ScriptedKimi) -> None:
    """After a wrong key the right one in the environment works without loading anything again."""
    kimi.queue(error(401, "incorrect_api_key_error", "Incorrect API key"))
    assert not ask(shell).ok
    shell.run("import os; os.environ['MOONSHOT_API_KEY'] = 'sk-the-right-key-this-time'")
    assert ask(shell).ok
    assert kimi.chats[-1].headers["authorization"] == "Bearer sk-the-right-key-this-time"


@pytest.mark.parametrize("script", [silence(), pieces("Hel", finish=None, done=False).then(Hold())], ids=["no", "half"])
def test_the_key_is_in_no_traceback(script: Script, shell: Shell, kimi: ScriptedKimi) -> None:
    """Not even IPython's most talkative tracebacks show the key."""
    shell.run("%xmode Verbose")
    shell.run("%config KimiMagic.timeout = 0.3\n%config KimiMagic.first_timeout = 0.3")
    kimi.queue(script)
    ran = ask(shell)
    assert not ran.ok
    assert KEY not in ran.everything
