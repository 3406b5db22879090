"""The order and the shape of what is streamed."""

from __future__ import annotations

import json
from itertools import groupby

from kimi_magic.demo.protocol import Call, Json, Reply
from kimi_magic.demo.stream import Envelope, encode_chunks, encode_event, encode_usage, encode_whole

ENVELOPE = Envelope("chatcmpl-1", "kimi-k2.6", 7)
USAGE: Json = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
REPLY = Reply("Forty-two, **really**.\n\n- yes", "Let me think.", (Call("a:0", "a", "{}"),), "tool_calls")


def deltas(reply: Reply) -> list[Json]:
    return [chunk["choices"][0]["delta"] for chunk in encode_chunks(reply, ENVELOPE, USAGE, include_usage=False)]


def test_the_pieces_come_in_the_order_of_the_service() -> None:
    """The role, the thinking, the answer, the calls, the end."""
    kinds = [kind for kind, _ in groupby("+".join(delta) for delta in deltas(REPLY))]
    assert kinds == ["role+content", "reasoning_content", "content", "tool_calls", ""]


def test_the_pieces_together_are_the_reply() -> None:
    """Nothing is lost and nothing is said twice, whatever the text is."""
    reply = Reply("\n\n  Ünï " + "語" * 50 + "\t \n", "  why?\n")
    assert "".join(delta.get("content", "") for delta in deltas(reply)) == reply.content
    assert "".join(delta.get("reasoning_content", "") for delta in deltas(reply)) == reply.reasoning


def test_usage_stands_in_the_last_choice_and_alone_when_asked_for() -> None:
    """The chunk without choices comes only then, and last."""
    *_, finish = encode_chunks(REPLY, ENVELOPE, USAGE, include_usage=False)
    choice = {"index": 0, "delta": {}, "finish_reason": "tool_calls", "usage": USAGE}
    assert finish["choices"] == [choice]
    *_, finish, last = encode_chunks(REPLY, ENVELOPE, USAGE, include_usage=True)
    assert (finish["choices"], last["choices"], last["usage"]) == ([choice], [], USAGE)


def test_parallel_calls_take_turns() -> None:
    """Ids and names first, each with its index; then the arguments, interleaved."""
    calls = (Call("a:0", "a", '{"x": "some words"}'), Call("b:1", "b", '{"y": [1, 2, 3, 4, 5]}'))
    pieces = [delta["tool_calls"][0] for delta in deltas(Reply("", None, calls, "tool_calls")) if "tool_calls" in delta]
    assert [piece["index"] for piece in pieces] == [0, 1, 0, 1, 0, 1]
    assert pieces[1] == {"index": 1, "id": "b:1", "type": "function", "function": {"name": "b", "arguments": ""}}
    for index, call in enumerate(calls):
        texts = [piece["function"]["arguments"] for piece in pieces if piece["index"] == index]
        assert "".join(texts) == call.arguments


def test_cached_tokens_are_absent_on_a_miss() -> None:
    """On a hit they stand in both of their places."""
    assert "cached" not in json.dumps(encode_usage(REPLY, 300, 0))
    usage = encode_usage(REPLY, 300, 260)
    assert (usage["cached_tokens"], usage["prompt_tokens_details"]) == (260, {"cached_tokens": 260})
    assert usage["total_tokens"] == 300 + usage["completion_tokens"]


def test_an_event_is_one_line_of_raw_utf8() -> None:
    """Line ends are escaped, separators of other alphabets are not: that is what clients must cope with."""
    assert encode_event({"a": "ü\n\u2028"}) == b'data: {"a": "\xc3\xbc\\n\xe2\x80\xa8"}\n\n'


def test_the_whole_answer_has_everything_in_one_message() -> None:
    """Without streaming the same is said at once."""
    whole = encode_whole(REPLY, ENVELOPE, USAGE)
    message = whole["choices"][0]["message"]
    assert (whole["object"], whole["usage"], whole["created"]) == ("chat.completion", USAGE, 7)
    assert (message["content"], message["reasoning_content"]) == (REPLY.content, REPLY.reasoning)
    assert message["tool_calls"] == [{"id": "a:0", "type": "function", "function": {"name": "a", "arguments": "{}"}}]
