"""What was used and paid: ``/usage``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from kimi_magic.amounts import dollars
from kimi_magic.api.catalog import AS_OF
from kimi_magic.errors import NotKept
from kimi_magic.messages import Usage
from kimi_magic.report import line, table
from kimi_magic.session import Session
from kimi_magic.store.spending import Spent

DAYS = 14
"""Days that the table of days has at the most, the last ones."""
_BAR = 20
_HEAD = ("answers", "tokens in (cached)", "out", "price")


def usage(session: Session, _: str) -> str:
    """Show tokens and price by conversation, for the notebook, and by day."""
    spent, note = _spent(session)
    if not spent:
        return "Nothing was asked yet."
    here = [one for one in spent if one.notebook == session.conversations.key] if session.store else spent
    parts = [_by("conversation", here, lambda one: line(one.conversation))] if here else []
    days = sorted({one.day for one in spent})[-DAYS:]
    parts.append(_by_day([one for one in spent if one.day in days]))
    parts.append(f"Prices as of {AS_OF}, unless `KimiMagic.prices` says otherwise.{note}")
    return "\n\n".join(parts)


def _spent(session: Session) -> tuple[list[Spent], str]:
    """Return what the store knows; what was asked since the kernel began where there is none."""
    if session.store is not None:
        try:
            return session.store.usage(), ""
        except NotKept as error:
            return _since_the_beginning(session), f" {error} These are the answers since the kernel began."
    return _since_the_beginning(session), ""


def _since_the_beginning(session: Session) -> list[Spent]:
    return [
        Spent(
            session.conversations.key,
            name,
            time.strftime("%Y-%m-%d", time.localtime(turn.asked_at)),
            turn.model,
            1,
            Usage() if turn.is_cached or turn.usage is None else turn.usage,
            turn.cost or 0.0,
            int(turn.cost is None and turn.state != "failed"),
            int(turn.is_cached),
        )
        for name, turn in session.asked.values()
        if turn.state != "asked"
    ]


def _by(what: str, spent: list[Spent], name: Callable[[Spent], str]) -> str:
    """Return a table with a row for each name, and one for all together."""
    rows = [(each, *_sum(one for one in spent if name(one) == each)) for each in dict.fromkeys(map(name, spent))]
    return table((what, *_HEAD), [*rows, ("**together**", *_sum(spent))])


def _by_day(spent: list[Spent]) -> str:
    """Return a table of days, all notebooks, with a bar for the tokens of each."""
    days: dict[str, list[Spent]] = {}
    for one in spent:
        days.setdefault(one.day, []).append(one)
    most = max((_tokens(each) for each in days.values()), default=0) or 1
    rows = [(day, *_sum(each), "█" * -(-_BAR * _tokens(each) // most)) for day, each in days.items()]
    return table(("day, all notebooks", *_HEAD, "tokens"), rows)


def _tokens(spent: Iterable[Spent]) -> int:
    return sum(one.usage.total_tokens for one in spent)


def _sum(spent: Iterable[Spent]) -> tuple[str, ...]:
    found = list(spent)
    used = sum((one.usage for one in found), Usage())
    unknown = sum(one.unpriced for one in found)
    price = dollars(sum(one.cost for one in found)) + (f" and {unknown} of unknown price" if unknown else "")
    cached = sum(one.cached for one in found)
    answers = f"{sum(one.turns for one in found):,}" + (f" ({cached:,} from the store)" if cached else "")
    return answers, f"{used.prompt_tokens:,} ({used.cached_tokens:,})", f"{used.completion_tokens:,}", price
