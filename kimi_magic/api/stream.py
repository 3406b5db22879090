"""An answer under way: a thread of ours reads it, and whoever shows it waits, redraws, or breaks it off."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kimi_magic.api import faults, wire
from kimi_magic.api.connection import Connection
from kimi_magic.api.http import httpx
from kimi_magic.api.repeats import Repeats
from kimi_magic.api.sse import Decoder
from kimi_magic.errors import AnswerIncomplete, ConnectionFailed, KimiError, RequestRefused, Stalled, Unavailable
from kimi_magic.messages import Completed, Event, Finished, ReasoningPiece, Retrying, TextPiece, ToolCallPiece

Sink = Callable[[Iterable[Event]], None]
"""Takes events in, on the stream's thread."""

Refusal = Callable[[httpx.Response, bytes], KimiError]
"""Makes an error of a response that is no success."""

_END = "[DONE]"
_LONGEST_NAP = 0.5  # seconds: a clock may have to be redrawn, and on Windows an endless wait cannot be interrupted


class Stream:
    """One chat request: sent, tried again where that helps, and read to its end on a daemon thread.

    Events go to ``sink`` as they come. ``wait`` is for the thread that shows the answer; ``close`` breaks off
    what is under way and closes the connection. ``error`` says why the answer is not whole, once ``is_over``;
    ``concurrency`` is how many requests the service allows at once, where it had to say so.
    """

    def __init__(
        self,
        body: bytes,
        sink: Sink,
        *,
        lend: Callable[[], Connection],
        give_back: Callable[[Connection], None],
        refusal: Refusal,
        tries: int,
        patience: float,
    ) -> None:
        self._body, self._sink, self._refusal, self._tries, self._patience = body, sink, refusal, tries, patience
        self._lend, self._give_back = lend, give_back
        self._connection: Connection | None = None
        self._repeats = Repeats()
        self._bell = threading.Event()
        self._over = threading.Event()
        self._closed = threading.Event()
        self._has_answer = False
        self._has_thought = False
        self._begun = self._capped = False
        self.concurrency = 0
        self.error: KimiError | None = _broken_here()  # until it is known: what ends unexpectedly is never complete
        self._thread = threading.Thread(target=self._run, name="kimi-stream", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self._over.is_set()

    def wait(self, pause: float = 0.0) -> bool:
        """Let ``pause`` seconds go by, then wait up to half a second for news; return whether the stream goes on."""
        if pause > 0 and self._over.wait(pause):
            return False
        self._bell.wait(_LONGEST_NAP)
        self._bell.clear()
        return not self._over.is_set()

    def close(self) -> None:
        """Break off what is under way; afterwards nothing reaches the sink. Harmless when it is over."""
        self._closed.set()
        if not self.is_over and (connection := self._connection):
            connection.abort()

    def _run(self) -> None:
        try:
            self._try_until_answered()
            self.error = None
        except KimiError as error:
            self.error = error
        finally:
            self._announce_end()

    def _announce_end(self) -> None:
        self._over.set()
        self._bell.set()

    def _try_until_answered(self) -> None:
        for attempt in range(2, self._tries + 2):
            try:
                return self._try_once()
            except Unavailable as error:
                self.concurrency = error.concurrency or self.concurrency
                pause = faults.wait_before(attempt, error.retry_after)
                if attempt > self._tries or pause > faults.LONGEST_PATIENCE or self._has_answer:
                    raise
                self._deliver([Retrying(str(error).partition(". ")[0], pause, attempt, self._tries)])
            if self._closed.wait(pause):
                return None
        return None

    def _try_once(self) -> None:
        self._begun = self._capped = False
        self._connection = connection = self._lend()
        try:
            if self._closed.is_set():
                return
            self._read(connection)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            if not (self._closed.is_set() or self.is_over):
                raise self._explained(error) from None
        finally:
            self._connection = None  # what comes later must not break off somebody else's answer
            self._give_back(connection)

    def _explained(self, error: Exception) -> KimiError:
        """Return our word for a failure of the transport."""
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return Stalled(
                f"Nothing came for {self._patience:g} s, so the answer was given up; what arrived is kept. Ask again, or "
                "give it longer with %config KimiMagic.timeout (seconds)."
                if self._begun
                else "The service did not begin to answer in time. Ask again, or give it longer with %config "
                "KimiMagic.first_timeout (seconds)."
            )
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)):
            return ConnectionFailed(
                f"No connection to {self._host()}: check the network, the proxy and MOONSHOT_BASE_URL, then ask again."
            )
        return ConnectionFailed(f"The connection to {self._host()} broke before the answer ended. {_KEPT}")

    def _host(self) -> str:
        return self._connection.host if self._connection else "the service"

    def _read(self, connection: Connection) -> None:
        """Send the question and read its answer; return when it is whole, or when nobody wants it any more."""
        with connection.send("POST", "chat/completions", self._body) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                raise self._refusal(response, response.content)
            self._begun = True
            connection.be_patient(response, self._patience)
            payloads = _payloads(response)
            for payload in payloads:
                if self._closed.is_set():
                    return
                if payload == _END:
                    self._end()
                    next(payloads, None)  # a connection is of use again when its reply was read to the end
                    return
                if piece := self._repeats.piece(payload):
                    self._deliver([piece])
                else:
                    self._repeats.learn(payload, self._take(_parsed(payload), response))
        raise AnswerIncomplete(f"The answer ended before the service said that it is complete. {_KEPT}")

    def _take(self, chunk: Any, response: httpx.Response) -> list[Event]:
        """Deliver what ``chunk`` says, and return it."""
        if not isinstance(chunk, dict):
            raise _garbled()
        if chunk.get("error"):
            said = self._refusal(response, json.dumps(chunk).encode())
            raise AnswerIncomplete(f"The service broke off the answer. {_KEPT} {said}") if self._has_answer else said
        try:
            events = wire.decode_chunk(chunk)
        except (AttributeError, TypeError, ValueError, OverflowError):
            raise _garbled() from None
        self._deliver(events)
        return events

    def _deliver(self, events: list[Event]) -> None:
        if self._closed.is_set():
            return
        self._sink(events)
        if not self._has_answer:
            self._has_answer = any(isinstance(event, (TextPiece, ToolCallPiece)) for event in events)
            self._has_thought |= any(isinstance(event, ReasoningPiece) and bool(event.text) for event in events)
            self._capped |= any(isinstance(event, Finished) and event.reason != "stop" for event in events)
        if not self._bell.is_set():
            self._bell.set()

    def _end(self) -> None:
        """The service said that it is done; thinking without an answer counts as a failed try, unless a cap explains it."""
        if self._has_thought and not (self._has_answer or self._capped):
            raise Unavailable("The model thought, but gave no answer. Ask again.")
        self._deliver([Completed()])
        self.error = None
        self._announce_end()


_LENIENT = json.JSONDecoder(strict=False)  # streamed arguments can hold raw control characters
_KEPT = "What arrived is kept and marked incomplete: ask again, or let %kimi /continue go on."


def _broken_here() -> AnswerIncomplete:
    return AnswerIncomplete(f"The answer ended by a fault of kimi_magic's own. {_KEPT}")


def _garbled() -> AnswerIncomplete:
    return AnswerIncomplete(f"The service sent something that is not Kimi's protocol. {_KEPT}")


def _parsed(payload: str) -> Any:
    try:
        return _LENIENT.decode(payload)
    except (ValueError, RecursionError):
        raise _garbled() from None


def _payloads(response: httpx.Response) -> Iterator[str]:
    """Yield the data of each event. A server that ignores ``stream`` sends one JSON object: it is one event and the end."""
    kind = response.headers.get("content-type", "")
    if "json" in kind:
        yield response.read().decode("utf-8", "replace")
        yield _END
    elif "text/html" in kind:
        raise RequestRefused(
            "The address answered with a web page, not with Kimi's protocol. Check MOONSHOT_BASE_URL, or sign in to the "
            "network first.",
            status=response.status_code,
        )
    elif "text/event-stream" not in kind:
        raise _garbled()
    else:
        decoder = Decoder()
        is_plain = "content-encoding" not in response.headers
        for data in response.iter_raw() if is_plain else response.iter_bytes():
            yield from decoder.feed(data)
