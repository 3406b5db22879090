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
