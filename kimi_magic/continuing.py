"""``/continue``: the question that goes on with an answer that was cut is made of that turn. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from kimi_magic.conversation import Conversation, Turn
from kimi_magic.errors import UsageError
from kimi_magic.flags import FLAGS
from kimi_magic.options import Options
from kimi_magic.request import Question

if TYPE_CHECKING:
    from kimi_magic.schema.target import Target

_OUT_OF_PLACE = frozenset({"new", "once", "prefix", "plot", "above", "error", "cache", "raw"})
"""Options of a question alone: one that was asked has its place, its beginning and what went along."""
_HELD = frozenset({"model", "system", "think", "effort", "stop", "prefix", "out", "code", "tool", "share", "rows", "form"})
"""Options that hold on where the line says nothing. Not the cap, which cut it; not -y, for who stops a call may want to be
asked about the next."""


def check(line: Options) -> None:
    """Raise `UsageError` where the ``line`` of ``/continue`` says what a question alone can say."""
    if line.attachments:
        raise UsageError("/continue takes options, such as --max-tokens 500 or -c NAME, and no words.")
    wrong = dict.fromkeys(flag.names[-1] for flag in FLAGS if flag.field in _said(line) & _OUT_OF_PLACE)
    if wrong:
        raise UsageError(f"/continue goes on with a question that was asked: {' and '.join(wrong)} cannot be added to it.")


def cut_turn(conversation: Conversation) -> Turn:
    """Return the last turn of ``conversation``, whose answer was cut. Raises `UsageError`."""
    known = [one for one in conversation.entries if one.id not in conversation.absent]
    last = next((one for one in reversed(known) if one.state not in ("once", "undone", "replaced")), None)
    if last is None:
        raise UsageError("Nothing was asked here yet: there is nothing to continue.")
    turn = conversation.read_turn(last)
    if turn.state in ("asked", "failed"):
        raise UsageError("The last question has no answer to go on with: ask again.")
    if not turn.is_cut:
        raise UsageError("The last answer is whole: there is nothing to continue.")
    if not any(one.content or one.reasoning or one.tool_calls for one in turn.replies):
        raise UsageError("The last answer was cut before it said anything: ask again.")
    return turn


def chosen(line: Options, asked: Options) -> Options:
    """Return the options of the question that goes on: what its own ``line`` says, else what it was ``asked`` with.

    >>> both = chosen(Options(max_tokens=500), Options(out="r", yes=True, max_tokens=5))
    >>> both.max_tokens, both.out, both.yes
    (500, 'r', False)
    """
    return replace(line, **{name: getattr(asked, name) for name in _HELD - _said(line)})


def going_on(turn: Turn, options: Options, target: Target | None) -> Question:
    """Return the question that goes on with the answer of ``turn``, the whole of which is to be a value of ``target``.

    Raises `UsageError` where that was to be a value, and nobody knows any more of what.
    """
    if turn.is_json and target is None:
        raise UsageError("This kernel did not ask for that value: say what it is, with /continue --schema NAME or --json.")
    turn = replace(turn, is_json=turn.is_json or target is not None)
    return Question(turn.prompt, turn.prompt, turn.attachments, options, turn.cell, turn.run, target=target, goes_on=turn)


def _said(line: Options) -> frozenset[str]:
    """Return the names of the options that ``line`` says something about."""
    silent = Options()
    return frozenset(one.name for one in fields(Options) if getattr(line, one.name) != getattr(silent, one.name))
