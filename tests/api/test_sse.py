"""Server-sent events: the decoder against the standard's rules, and against httpx-sse."""

from __future__ import annotations

import random

import httpx
import httpx_sse
import pytest

from kimi_magic.api.sse import Decoder

CASES = {
    "newlines": (b"data: one\n\ndata: two\n\n", ["one", "two"]),
    "returns": (b"data: one\r\rdata: two\r\r", ["one", "two"]),
    "both": (b"data: one\r\n\r\ndata: two\r\n\r\n", ["one", "two"]),
    "no blank after the colon": (b"data:one\n\n", ["one"]),
    "only one blank is taken": (b"data:  one\n\n", [" one"]),
    "several lines": (b"data: one\ndata: two\n\n", ["one\ntwo"]),
    "comments": (b": keep-alive\n\ndata: one\n: more\n\n", ["one"]),
    "other fields": (b"event: ping\nid: 7\nretry: 10\ndata: one\n\n", ["one"]),
    "no data": (b"event: ping\n\ndata:\n\n", []),
    "other line separators": ("data: a\u2028b\u2029c\u0085d\x0be\x0cf\n\n".encode(), ["a\u2028b\u2029c\u0085d\x0be\x0cf"]),
    "an event without its end": (b"data: one\n\ndata: two\n", ["one"]),
}


@pytest.mark.parametrize(("stream", "data"), CASES.values(), ids=CASES)
def test_a_stream_is_decoded(stream: bytes, data: list[str]) -> None:
    """Bytes become the data of the events, at once and byte by byte."""
    assert Decoder().feed(stream) == data
    decoder = Decoder()
    assert [event for i in range(len(stream)) for event in decoder.feed(stream[i : i + 1])] == data


def test_it_agrees_with_httpx_sse() -> None:
    """Random streams, cut at random places, give the same data as httpx-sse's decoder."""
    chance = random.Random(20261122)
    atoms = [
        b"data: ",
        b"data:",
        b"x",
        b"\xe4\xbd\xa0",
        b"\n",
        b"\n\n",
        b"\r\n",
        b"\r\n\r\n",
        b": c",
        b"event: e",
        b" ",
        b'{"a":1}',
    ]
    for _ in range(500):
        stream = b"".join(chance.choices(atoms, k=chance.randrange(1, 40))) + b"\n\n"
        response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
        expected = [event.data for event in httpx_sse.EventSource(response).iter_sse() if event.data]
        cuts = sorted(chance.choices(range(len(stream) + 1), k=5))
        chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
        decoder = Decoder()
        assert [data for chunk in chunks for data in decoder.feed(chunk)] == expected
