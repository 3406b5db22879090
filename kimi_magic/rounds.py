"""A question until it has its answer: what the model calls is carried out, what does not fit is asked for again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from kimi_magic.asked import Asked
from kimi_magic.calls import Called
from kimi_magic.errors import Interrupted, RequestRefused, ResultInvalid
from kimi_magic.exchange import STOPPED, Exchange
from kimi_magic.messages import Message, Text, ToolCall
from kimi_magic.request import earlier
from kimi_magic.schema.misfit import Misfit
from kimi_magic.tools.readable import MOST_CHARACTERS

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
        elif _settle(exchange, asked, is_last=repairs >= MOST_REPAIRS):
            return None
        else:
            repairs += 1


def _carry_out(exchange: Exchange, asked: Asked, toolbox: Toolbox, *, is_last: bool) -> None:
    """Carry out what the reply calls, and get ready for the next one; it must be words where this was the last round."""
    reply = _sound(asked.draft.message())
    asked.calls_left_out += len(asked.draft.tool_calls) - len(reply.tool_calls)

    def show(called: tuple[Called, ...]) -> None:
        asked.draft.called = tuple(_masked(exchange, one) for one in called)
        asked.view.show(asked.draft)

    outcome = toolbox.carry_out(reply.tool_calls, show)
    sees = exchange.client.model(asked.prepared.request.model).image_in is not False
    results = (one if sees else _without_pictures(one) for one in map(_told, outcome.messages, reply.tool_calls))
    asked.add(exchange.masked(_readable(reply, asked.question.options.prefix)), *map(exchange.masked, results))
    asked.searches += outcome.searches
    asked.may_call = not (is_last or outcome.is_looping)
    if not asked.may_call:
        why = "the same was called again and again" if outcome.is_looping else "the limit of rounds came"
        asked.notes.append(f"no more calls: {why}")
    exchange.await_another(asked)
    if outcome.is_stopped or asked.is_stopped:
        asked.error = Interrupted(STOPPED)


def _without_pictures(result: Message) -> Message:
    """Return what a call returned for a model that sees no pictures."""
    if isinstance(result.content, str):
        return result
    words = [part.text if isinstance(part, Text) else "[a picture, which this model cannot see]" for part in result.content]
    return replace(result, content="\n".join(words))


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


def _readable(reply: Message, prefix: str) -> Message:
    """Return ``reply`` as it is sent back: a name that is none, or arguments that are no JSON, could be refused for ever.

    Arguments that nobody could read are not sent with each question that follows; see `_told`. A ``prefix`` that nothing
    but calls followed was not said: it begins the answer.
    """
    calls = []
    for call in reply.tool_calls:
        name = call.name if _NAME.fullmatch(call.name) else re.sub(r"[^\w-]", "_", call.name[:MOST_NAME], flags=re.ASCII)
        is_sent = not _is_endless(call) and _is_json(call.arguments)
        calls.append(replace(call, name=name or "unknown", arguments=call.arguments if is_sent else "{}"))
    return replace(reply, content="" if reply.content == prefix else reply.content, tool_calls=tuple(calls))


def _told(result: Message, call: ToolCall) -> Message:
    """Return what ``call`` returned, with a word about arguments that do not go back with it."""
    if not _is_endless(call):
        return result
    from kimi_magic.tools.standing import under  # late: without tools it is not there yet

    words = f"(The arguments of this call had {len(call.arguments):,} characters, and are not repeated above.)"
    return replace(result, content=under(words, result.content))


def _is_endless(call: ToolCall) -> bool:
    return len(call.arguments) > MOST_CHARACTERS


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)  # raw control characters come and go
    except (ValueError, RecursionError):
        return False
    return True


def _settle(exchange: Exchange, asked: Asked, *, is_last: bool) -> bool:
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
            "The answer stopped at the cap (length) before its value was whole: "
            + ("raise --max-tokens." if asked.question.options.once else "%kimi /continue goes on, or raise --max-tokens.")
        )
        return True
    try:
        asked.parsed = target.read(asked.draft.text)
    except Misfit as misfit:
        if not (is_last or asked.turn.is_cached):
            _ask_again(exchange, asked, misfit)
            return False
        kept = "The answer is kept, but it" if asked.draft.text.strip() else "The answer has no words, so it"
        asked.error = ResultInvalid(f"{kept} is no {target.title}: {misfit}")
    return True


def _ask_again(exchange: Exchange, asked: Asked, misfit: Misfit) -> None:
    """Get ready to ask for a value that fits; what was wrong is sent, and not kept."""
    correction = f"This does not fit what was asked for:\n{misfit}\n\nReply with the corrected JSON, and with nothing else."
    said = [asked.draft.message()] if asked.draft.text.strip() else []  # an empty message is a 400
    asked.add(*said, Message("user", correction), is_kept=False)
    note = f"asked again: {str(misfit).partition(chr(10))[0][:120]}"
    asked.notes += [note] if note not in asked.notes else []
    exchange.await_another(asked)


def _explain(asked: Asked) -> None:
    """Say of a refusal what it may be about: a model or a server that cannot do what was asked for.

    What was taken once in this turn, with a call or an answer that did not fit, it can do.
    """
    request = asked.prepared.request
    asks = {"--tool": request.tools, "--schema or --json": request.response_format, "--prefix": request.messages[-1].partial}
    asked_for = [name for name, value in asks.items() if value]
    is_first = len(asked.replies) == len(earlier(asked.question))
    if isinstance(asked.error, RequestRefused) and asked_for and is_first:
        instead = "ask again" if asked.question.goes_on else f"ask without {' and '.join(asked_for)}"
        said = f"{asked.error} Perhaps {request.model} cannot do that: {instead}."
        asked.error = RequestRefused(said, status=asked.error.status, type=asked.error.type)
