"""A question until it has its answer: what the model calls is carried out, what does not fit is asked for again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kimi_magic.amounts import counted
from kimi_magic.asked import Asked
from kimi_magic.calls import Called
from kimi_magic.draft import Draft
from kimi_magic.errors import Interrupted, RequestRefused, ResultInvalid
from kimi_magic.exchange import STOPPED, Exchange
from kimi_magic.messages import Message, Text
from kimi_magic.schema.misfit import Misfit

if TYPE_CHECKING:
    from kimi_magic.tools.toolbox import Toolbox

MOST_CALLS, MOST_NAME = 64, 64
"""Calls of one reply that are kept, and characters of a call's name or id."""
_NAME = re.compile(r"\$?[A-Za-z0-9_-]{1,64}")
MOST_REPAIRS = 2
"""How often an answer that does not fit is asked for again."""


def follow(exchange: Exchange, asked: Asked) -> None:
    """Follow the question until it has its answer, or until ``asked.error`` says why it has none."""
    rounds = repairs = 0
    while True:
        exchange.run(asked)
        if asked.error is not None:
            return _explain(asked)
        is_capped = asked.draft.finish_reason == "length"  # then the arguments of a call are not whole
        if asked.draft.tool_calls and asked.toolbox and asked.may_call and not is_capped:
            rounds += 1
            _carry_out(exchange, asked, asked.toolbox, is_last=rounds >= exchange.settings.tool_rounds)
            if asked.error is not None:
                return None
        elif _settle(asked, is_last=repairs >= MOST_REPAIRS):
            return None
        else:
            repairs += 1


def _carry_out(exchange: Exchange, asked: Asked, toolbox: Toolbox, *, is_last: bool) -> None:
    """Carry out what the reply calls, and get ready for the next one; it must be words where this was the last round."""
    reply = _sound(asked.draft.message())
    left_out = len(asked.draft.tool_calls) - len(reply.tool_calls)
    if left_out:
        asked.notes.append(f"{counted(left_out, 'call')} left out")

    def show(called: tuple[Called, ...]) -> None:
        asked.draft.called = tuple(_masked(exchange, one) for one in called)
        asked.view.show(asked.draft)

    outcome = toolbox.carry_out(reply.tool_calls, show)
    sees = exchange.client.model(asked.prepared.request.model).image_in is not False
    results = (one if sees else _without_pictures(one) for one in map(exchange.masked, outcome.messages))
    asked.before = (*asked.before, exchange.masked(_readable(reply)), *results)
    asked.searches += outcome.searches
    asked.may_call = not (is_last or outcome.is_looping)
    if not asked.may_call:
        why = "the same was called again and again" if outcome.is_looping else "the limit of rounds came"
        asked.notes.append(f"no more calls: {why}")
    _await_another(asked)
    if outcome.is_stopped or asked.is_stopped:
        asked.error = Interrupted(STOPPED)


def _without_pictures(result: Message) -> Message:
    """Return what a call returned for a model that sees no pictures."""
    if isinstance(result.content, str):
        return result
    words = [part.text if isinstance(part, Text) else "[a picture, which this model cannot see]" for part in result.content]
    return replace(result, content="\n".join(words))


def _await_another(asked: Asked) -> None:
    """Let the next reply arrive in a draft of its own."""
    asked.spent = asked.usage
    asked.draft = Draft(before=asked.before, is_json=asked.draft.is_json)


def _masked(exchange: Exchange, called: Called) -> Called:
    """Return a call as it is shown: without a key, which the one that is carried out may have."""
    mask = exchange.mask
    return replace(called, call=exchange.masked_call(called.call), result=mask(called.result), note=mask(called.note))


def _sound(reply: Message) -> Message:
    """Return ``reply`` with no more calls than are kept, and for each an id that no other has: it gets its own answer."""
    ids: set[str] = set()
    calls = []
    for place, call in enumerate(reply.tool_calls[:MOST_CALLS]):
        name = call.id[:MOST_NAME] if call.id and call.id not in ids else f"{call.name[:MOST_NAME]}:{place}"
        while name in ids:
            name += "_"
        ids.add(name)
        calls.append(replace(call, id=name))
    return replace(reply, tool_calls=tuple(calls))


def _readable(reply: Message) -> Message:
    """Return ``reply`` as it is sent back: a name that is none, or arguments that are no JSON, could be refused for ever."""
    calls = []
    for call in reply.tool_calls:
        name = call.name if _NAME.fullmatch(call.name) else re.sub(r"[^\w-]", "_", call.name[:MOST_NAME], flags=re.ASCII)
        calls.append(replace(call, name=name or "unknown", arguments=call.arguments if _is_json(call.arguments) else "{}"))
    return replace(reply, tool_calls=tuple(calls))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)  # raw control characters come and go
    except (ValueError, RecursionError):
        return False
    return True


def _settle(asked: Asked, *, is_last: bool) -> bool:
    """Take the reply as the answer, and read its value; return whether it stays, or is asked for once more.

    What is wrong with one that stays is ``asked.error``.
    """
    if asked.draft.tool_calls:
        asked.notes.append("what Kimi called was not carried out")
        asked.draft.drop_calls()
    target = asked.question.target
    if target is None:
        return True
    if asked.draft.finish_reason == "length":
        asked.error = ResultInvalid(
            "The answer stopped at the cap (length) before its value was whole: raise --max-tokens, or leave it out."
        )
        return True
    try:
        asked.parsed = target.read(asked.draft.text)
    except Misfit as misfit:
        if not (is_last or asked.turn.is_cached or not asked.draft.text):
            _ask_again(asked, misfit)
            return False
        asked.error = ResultInvalid(f"The answer is kept, but it is no {target.name}: {misfit}")
    return True


def _ask_again(asked: Asked, misfit: Misfit) -> None:
    """Get ready to ask for a value that fits; what was wrong is sent, and not kept."""
    correction = f"This does not fit what was asked for:\n{misfit}\n\nReply with the corrected JSON, and with nothing else."
    asked.refused = (asked.draft.message(), Message("user", correction))
    asked.notes.append(f"asked again: {str(misfit).partition(chr(10))[0][:120]}")
    _await_another(asked)


def _explain(asked: Asked) -> None:
    """Say of a refusal what it may be about: a model or a server that cannot do what was asked for."""
    request = asked.prepared.request
    asks = {"--tool": request.tools, "--schema or --json": request.response_format, "--prefix": request.messages[-1].partial}
    asked_for = [name for name, value in asks.items() if value]
    if isinstance(asked.error, RequestRefused) and asked_for:
        said = f"{asked.error} Perhaps {request.model} cannot do that: ask without {' and '.join(asked_for)}."
        asked.error = RequestRefused(said, status=asked.error.status, type=asked.error.type)
