"""An answer under way, over real sockets: tried again where that helps, given up in time, and broken off at any moment."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable

import pytest

from kimi_magic.api.client import Client
from kimi_magic.errors import (
    AnswerIncomplete,
    ConnectionFailed,
    ContextExceeded,
    KimiError,
    QuotaExceeded,
    RequestRefused,
    ServiceError,
    Stalled,
    Unavailable,
)
from kimi_magic.messages import Completed, Finished, Retrying, Started, TextPiece, Usage
from tests.api.asking import Connect, ask, settle, start
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Hold, Reply, Script, Stream, UsageAt, chunk, error, event, pieces, silence

AT_ONCE = {"retry-after": "0"}
LIMIT = "rate_limit_reached_error"
HALF = pieces("Half of an ", "answer", finish=None, done=False)
OPENED = pieces(finish=None, done=False)
THINKING = pieces(thinking=["Let me ", "see."], finish=None, done=False)
ONLY_THOUGHT = pieces(thinking=["Hm."])
OVERLOADED = error(429, "engine_overloaded_error", "busy", AT_ONCE)


@pytest.mark.parametrize("usage", ["choice", "top", "last", "twice"])
def test_an_answer_is_streamed(client: Client, kimi: ScriptedKimi, usage: UsageAt) -> None:
    """Thinking, words, usage in each of its places and the end arrive, in order and whole."""
    kimi.queue(pieces("Forty-", "two.", thinking=["Hm."], usage=usage))
    asked = ask(client)
    assert asked.error is None
    assert (asked.draft.reasoning, asked.text, asked.draft.usage) == ("Hm.", "Forty-two.", Usage(20, 8, 4))
    assert asked.events[0] == Started("chatcmpl-1", "kimi-k2.6")
    assert asked.events[-1] == Completed()


AGAIN: dict[str, Script] = {
    "overloaded": OVERLOADED,
    "rate limit, by header": error(429, LIMIT, "RPM", AT_ONCE),
    "rate limit, by words": error(429, LIMIT, "please try again after 0.05 seconds"),
    "server error": error(500, "server_error", "oops", AT_ONCE),
    "unavailable": error(503, "server_unavailable", "later", AT_ONCE),
    "a page": Reply(504, b"<html>504</html>", {"content-type": "text/html", **AT_ONCE}),
    "thinking alone": ONLY_THOUGHT,
    "an error before the answer": THINKING.then(event({"error": {"type": "engine_overloaded_error", "message": "busy"}})),
}
NEVER: dict[str, tuple[Script, type[KimiError]]] = {
    "quota": (error(429, "exceeded_current_quota_error", "suspended", AT_ONCE), QuotaExceeded),
    "the day's limit": (error(429, LIMIT, "request reached TPD rate limit", AT_ONCE), QuotaExceeded),
    "a bad request": (error(400, "invalid_request_error", "bad", AT_ONCE), RequestRefused),
    "too long": (error(400, "invalid_request_error", "exceeded model token limit: 1"), ContextExceeded),
    "a wait too long": (error(429, LIMIT, "RPM", {"retry-after": "61"}), Unavailable),
    "a page with success": (Reply(200, b"<html></html>", {"content-type": "text/html"}), RequestRefused),
    "a connection cut at once": (Stream(before=(Cut(),)), ConnectionFailed),
    "an error after words": (HALF.then(event({"error": {"type": "engine_overloaded_error"}})), AnswerIncomplete),
    "a cut after words": (HALF.then(Cut()), ConnectionFailed),
    "an error after a call": (
        pieces(calls=[("a:0", "a", ["{"])], finish=None, done=False).then(event({"error": "x"})),
        AnswerIncomplete,
    ),
}


@pytest.mark.parametrize("script", AGAIN.values(), ids=AGAIN)
def test_what_can_pass_is_tried_again(client: Client, kimi: ScriptedKimi, script: Script) -> None:
    """The same request is sent again, the reader is told, and what the failed try brought is forgotten."""
    kimi.queue(script)
    asked = ask(client)
    assert asked.error is None
    assert (asked.draft.reasoning, asked.text) == ("", "Forty-two.")
    assert len({request.body for request in kimi.chats}) == 1
    (told,) = [one for one in asked.events if isinstance(one, Retrying)]
    assert (told.attempt, told.attempts) == (2, 3)
    assert len(told.reason) < 80


@pytest.mark.parametrize(("script", "kind"), NEVER.values(), ids=NEVER)
def test_what_cannot_pass_is_tried_once(client: Client, kimi: ScriptedKimi, script: Script, kind: type[KimiError]) -> None:
    """An empty balance, a wrong request and an answer that has begun are not asked for again."""
    kimi.queue(script)
    asked = ask(client)
    assert type(asked.error) is kind
    assert len(kimi.chats) == 1
    assert Completed() not in asked.events


@pytest.mark.parametrize(("retries", "tries"), [(3, 3), (1, 1), (0, 1), (-5, 1)])
def test_tries_end(connect: Connect, kimi: ScriptedKimi, retries: int, tries: int) -> None:
    """After as many tries as are set, at least one, the last refusal is the error."""
    kimi.default = OVERLOADED
    asked = ask(connect(retries=retries))
    assert isinstance(asked.error, Unavailable)
    assert len(kimi.chats) == tries


def test_the_service_says_when(client: Client, kimi: ScriptedKimi) -> None:
    """The next try keeps to Retry-After, and the event says how long it is."""
    kimi.queue(error(429, LIMIT, "try again after 9 seconds", {"retry-after": "0.3"}))
    asked = ask(client)
    assert next(one.seconds for one in asked.events if isinstance(one, Retrying)) == 0.3
    assert 0.3 <= kimi.chats[1].at - kimi.chats[0].at < 1


def test_thinking_without_an_answer_ends_as_unavailable(client: Client, kimi: ScriptedKimi) -> None:
    """When each try only thought, the error says so."""
    kimi.default = ONLY_THOUGHT
    assert "gave no answer" in str(ask(client).error)
    assert len(kimi.chats) == 3


@pytest.mark.parametrize("usage", ["choice", "last"])
def test_thinking_that_a_cap_cut_off_is_an_end(client: Client, kimi: ScriptedKimi, usage: UsageAt) -> None:
    """An answer without words is whole where its finish reason explains it, and is not asked for again."""
    kimi.queue(pieces(thinking=["Hm."], finish="length", usage=usage))
    asked = ask(client)
    assert (asked.error, asked.events[-1], len(kimi.chats)) == (None, Completed(), 1)
    assert Finished("length") in asked.events


@pytest.mark.parametrize(
    ("script", "settings", "says"),
    [
        (silence(), {"first_timeout": 0.2}, "begin.*first_timeout"),
        (OPENED.then(Hold()), {"timeout": 0.2}, "0.2 s.*KimiMagic.timeout"),
        (HALF.then(Hold()), {"timeout": 0.2}, "0.2 s.*KimiMagic.timeout"),
    ],
    ids=["before the headers", "before a word", "between words"],
)
def test_a_stall_ends_by_itself(
    connect: Connect, kimi: ScriptedKimi, script: Script, settings: dict[str, float], says: str
) -> None:
    """Silence for longer than its time-out is an error that names the setting, and the connection is closed."""
    kimi.queue(script)
    began = time.monotonic()
    asked = ask(connect(**settings))
    assert time.monotonic() - began < 2
    assert type(asked.error) is Stalled
    assert re.search(says, str(asked.error))
    assert kimi.closed[0].wait(2)


def test_a_slow_answer_is_no_stall(connect: Connect, kimi: ScriptedKimi) -> None:
    """What counts is the pause between bytes, not the whole; headers may take longer than that."""
    kimi.queue(pieces("a", "b", "c", pause=0.15))
    asked = ask(connect(timeout=0.4, first_timeout=5.0))
    assert (asked.error, asked.text) == (None, "abc")


PHASES: dict[str, tuple[Script, Callable[[str, str], bool]]] = {
    "before headers": (silence(), lambda _, __: True),
    "before a word": (OPENED.then(Hold()), lambda _, __: True),
    "while thinking": (THINKING.then(Hold()), lambda reasoning, _: reasoning == "Let me see."),
    "between tokens": (HALF.then(Hold()), lambda _, text: text == "Half of an answer"),
    "in a flood": (pieces(*["word "] * 500, pause=0.005), lambda _, text: len(text) > 20),
}


@pytest.mark.parametrize(("script", "is_there"), PHASES.values(), ids=PHASES)
def test_close_breaks_off_at_once(
    client: Client, kimi: ScriptedKimi, script: Script, is_there: Callable[[str, str], bool]
) -> None:
    """In each phase the server sees the connection go at once, nothing more is taken in, and it is no error."""
    kimi.queue(script)
    asked = start(client)
    kimi.wait_for_chats(1)
    while not is_there(asked.draft.reasoning, asked.text):
        asked.stream.wait()
    began = time.monotonic()
    asked.stream.close()
    taken = len(asked.events)
    assert kimi.closed[0].wait(2)
    assert time.monotonic() - began < 0.5
    settle()
    assert asked.stream.is_over
    assert asked.error is None
    assert len(asked.events) - taken <= 1
    assert Completed() not in asked.events
    assert ask(client).text == "Forty-two."


def test_close_ends_the_wait_for_another_try(client: Client, kimi: ScriptedKimi) -> None:
    """While the next try is waited for, close ends it and no second request is sent."""
    kimi.queue(error(429, LIMIT, "RPM", {"retry-after": "30"}))
    asked = start(client)
    while asked.draft.retrying is None:
        asked.stream.wait()
    asked.stream.close()
    settle()
    assert (asked.stream.is_over, len(kimi.chats)) == (True, 1)


def test_close_is_harmless_at_the_end(client: Client) -> None:
    """Closing twice, and after the end, changes nothing."""
    asked = ask(client)
    asked.stream.close()
    asked.stream.close()
    assert (asked.error, asked.text) == (None, "Forty-two.")


def test_waiting_ends_early(client: Client, kimi: ScriptedKimi) -> None:
    """A pause does not go on after the answer is over."""
    kimi.queue(pieces("a", pause=0.02))
    asked = start(client)
    began = time.monotonic()
    while asked.stream.wait(30):
        pass
    assert time.monotonic() - began < 2


def test_the_end_is_not_waited_for(client: Client, kimi: ScriptedKimi) -> None:
    """After [DONE] the answer is over, also where the server keeps the reply open."""
    kimi.queue(pieces("Yes.").then(Hold()))
    began = time.monotonic()
    asked = start(client).wait()
    assert time.monotonic() - began < 1
    assert (asked.error, asked.text, asked.draft.is_complete) == (None, "Yes.", True)


def sse(*lines: bytes) -> Stream:
    return Stream((b"\n".join((*lines, b"", b"")),))


TEXT = json.dumps(chunk({"content": "Yes."})).encode()
SPLIT = TEXT.replace(b', "choices"', b',\ndata: "choices"')
DONE = b"data: [DONE]\n\n"
ODD: dict[str, tuple[bytes, str]] = {
    "plain": (b"data: " + TEXT + b"\n\n" + DONE, "Yes."),
    "without a blank": (b"data:" + TEXT + b"\n\ndata:[DONE]\n\n", "Yes."),
    "\\r\\n": (b"data: " + TEXT + b"\r\n\r\ndata: [DONE]\r\n\r\n", "Yes."),
    "\\r": (b"data: " + TEXT + b"\r\rdata: [DONE]\r\r", "Yes."),
    "comments": (b": ping\n\n:\ndata: " + TEXT + b"\n: more\n\n: x\n\n" + DONE, "Yes."),
    "other fields": (b"event: message\nid: 7\nretry: 5\ndata: " + TEXT + b"\n\n" + DONE, "Yes."),
    "many lines": (b"data: " + SPLIT + b"\n\n" + DONE, "Yes."),
    "an empty event": (b"data:\n\n\n\ndata: " + TEXT + b"\n\n" + DONE, "Yes."),
    "more after the end": (b"data: " + TEXT + b"\n\n" + DONE + b"data: " + TEXT + b"\n\n", "Yes."),
    "line separators": (event(chunk({"content": "a\u2028b\u2029c\x85d"})) + DONE, "a\u2028b\u2029c\x85d"),
    "raw control characters": (b'data: {"choices": [{"delta": {"content": "a\tb"}}]}\n\n' + DONE, "a\tb"),
    "escapes": (b'data: {"choices": [{"delta": {"content": "\\ud83c\\udf89"}}]}\n\n' + DONE, "🎉"),
}


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(("payload", "text"), ODD.values(), ids=ODD)
def test_any_form_of_events_is_read(client: Client, kimi: ScriptedKimi, payload: bytes, text: str, size: int) -> None:
    """Line ends, comments, lines and odd characters are read alike, wherever the network cuts the bytes."""
    kimi.queue(Stream(tuple(payload[at : at + size] for at in range(0, len(payload), size))))
    asked = ask(client)
    assert (asked.error, asked.text, asked.draft.is_complete) == (None, text, True)


def test_characters_may_be_cut_between_packets(client: Client, kimi: ScriptedKimi) -> None:
    """Each byte in a packet of its own still makes the same characters."""
    payload = pieces("é日🎉").payload
    kimi.queue(Stream(tuple(payload[at : at + 1] for at in range(len(payload)))))
    assert ask(client).text == "é日🎉"


IN_A_CHARACTER = HALF.then('data: {"choices": [{"delta": {"content": "日'.encode()[:-1])
BROKEN: dict[str, tuple[Script, type[KimiError], str]] = {
    "cut in a character": (IN_A_CHARACTER.then(Cut()), ConnectionFailed, "broke"),
    "reset in a character": (IN_A_CHARACTER.then(Cut(reset=True)), ConnectionFailed, "broke"),
    "ended in a character": (IN_A_CHARACTER, AnswerIncomplete, "ended before"),
    "without [DONE]": (pieces("Half of an ", "answer", done=False), AnswerIncomplete, "ended before"),
    "closed without [DONE]": (Stream(HALF.steps, framing="identity"), AnswerIncomplete, "ended before"),
    "broken JSON": (HALF.then(b'data: {"choices": [{"de\n\n'), AnswerIncomplete, "not Kimi's protocol"),
    "deep JSON": (HALF.then(b"data: " + b"[" * 100_000 + b"\n\n"), AnswerIncomplete, "not Kimi's protocol"),
    "a list": (HALF.then(event([1])), AnswerIncomplete, "not Kimi's protocol"),
    "words that are no text": (HALF.then(event(chunk({"content": [1]}))), AnswerIncomplete, "not Kimi's protocol"),
    "an error": (HALF.then(event({"error": {"message": "oops", "type": "server_error"}})), AnswerIncomplete, "oops"),
    "an error of words": (HALF.then(event({"error": "oops"})), AnswerIncomplete, "oops"),
}


@pytest.mark.parametrize(("script", "kind", "says"), BROKEN.values(), ids=BROKEN)
def test_what_arrived_is_kept(client: Client, kimi: ScriptedKimi, script: Script, kind: type[KimiError], says: str) -> None:
    """However an answer breaks off, its words are there, it is never complete, and the error says what happened."""
    kimi.queue(script)
    asked = ask(client)
    assert type(asked.error) is kind
    assert says in str(asked.error)
    assert "kept" in str(asked.error)
    assert asked.text == "Half of an answer"
    assert not asked.draft.is_complete


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", ""])
def test_another_kind_of_reply_is_named(client: Client, kimi: ScriptedKimi, kind: str) -> None:
    """A reply that is neither events nor JSON is not taken for a broken connection."""
    kimi.queue(Reply(200, b"hello", {"content-type": kind}))
    assert "not Kimi's protocol" in str(ask(client).error)


def test_a_server_that_does_not_stream_is_read(client: Client, kimi: ScriptedKimi) -> None:
    """One JSON object instead of events is a whole answer, and an error in it an error."""
    choice = {"message": {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."}, "finish_reason": "stop"}
    kimi.queue(Reply(200, {"id": "1", "model": "m", "choices": [choice], "usage": {"prompt_tokens": 5}}))
    asked = ask(client)
    assert (asked.error, asked.text, asked.draft.reasoning) == (None, "Yes.", "Hm.")
    assert (asked.draft.usage, asked.draft.is_complete) == (Usage(5), True)
    kimi.queue(Reply(200, {"error": {"message": "no", "type": "content_filter"}}))
    assert isinstance(ask(client).error, ServiceError)
    kimi.queue(Reply(200, b"{"))
    assert isinstance(ask(client).error, AnswerIncomplete)


def test_nobody_listens(kimi: ScriptedKimi, client: Client) -> None:
    """Without a server the error names the host and what to look at."""
    kimi.close()
    failed = ask(client).error
    assert type(failed) is ConnectionFailed
    assert "No connection to 127.0.0.1" in str(failed)


def test_a_sink_that_fails_is_never_a_whole_answer(client: Client) -> None:
    """Where our own code breaks on the stream's thread, the answer does not count as complete."""
    seen: list[str] = []
    hook, threading.excepthook = threading.excepthook, lambda about: seen.append(about.exc_type.__name__)
    try:
        stream = client.stream(b"{}", lambda events: [][len(list(events))])
        while stream.wait():
            pass
        settle()
    finally:
        threading.excepthook = hook
    assert seen == ["IndexError"]
    assert isinstance(stream.error, AnswerIncomplete)


def test_several_streams_run_at_once(client: Client, kimi: ScriptedKimi) -> None:
    """Questions of several threads have connections of their own, and no answer mixes with another."""
    words = [f"answer {number}: " for number in range(8)]
    kimi.queue(*[pieces(word, *"abcde", pause=0.01) for word in words])
    asked = [start(client) for _ in words]
    texts = sorted(one.wait().text for one in asked)
    assert texts == [word + "abcde" for word in words]
    assert [one.error for one in asked] == [None] * len(words)
    settle()
    assert TextPiece("Forty-two.") in ask(client).events
    assert not any(closed.is_set() for closed in kimi.closed)
