"""How the calls of a round stand while they are asked about and carried out."""

from __future__ import annotations

from kimi_magic.calls import Called
from kimi_magic.messages import ToolCall
from kimi_magic.tools.standing import Standing


def test_one_call_at_a_time_waits_for_the_user() -> None:
    """The prompt names only the function: a reader must see which of its calls is meant."""
    shown: list[tuple[Called, ...]] = []
    standing = Standing([ToolCall(f"add:{number}", "add", "{}") for number in range(3)], shown.append)
    standing.wait(0, "")
    standing.wait(1, "")
    standing.begin(0)
    standing.begin(1)
    assert [[one.state for one in calls] for calls in shown] == [
        ["waiting", "next", "next"],
        ["next", "waiting", "next"],
        ["running", "waiting", "next"],
        ["running", "running", "next"],
    ]


def test_several_calls_are_begun_and_answered_at_once() -> None:
    """Each showing draws everything anew: what changes together is shown together, and what is shown is not shown again."""
    shown: list[tuple[Called, ...]] = []
    standing = Standing([ToolCall(f"add:{number}", "add", "{}") for number in range(3)], shown.append)
    standing.begin(0, 1)
    for place in standing.unanswered:
        standing.answer(place, "Error: no" if place else "done")
    standing.show()
    standing.show()
    assert [[one.state for one in calls] for calls in shown] == [
        ["running", "running", "next"],
        ["done", "failed", "failed"],
    ]


def test_a_call_is_seen_without_the_key_that_is_where_it_is_cut() -> None:
    """Names and arguments that are too long lose the key before they lose their ends."""
    key = "sk-0123456789abcdef"
    call = ToolCall("a", "n" * 90 + key + "n" * 90, "a" * 19_990 + key + "a" * 90)
    (called,) = Standing([call], lambda _: None, lambda text: text.replace(key, "***")).called
    assert (len(called.call.name), len(called.call.arguments)) == (100, 20_000)
    assert "sk-" not in called.call.name + called.call.arguments


def test_the_arguments_that_a_call_runs_with_are_seen_without_a_key() -> None:
    """What is written for a reader, whoever asks the user about it, loses the key as well."""
    call = ToolCall("a", "say", '{"text": "key"}')
    standing = Standing([call], lambda _: None, lambda text: text.replace("key", "***"))
    standing.write(0, call)
    assert standing.called[0].call.arguments == '{"text": "***"}'
