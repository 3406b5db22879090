"""What is said about one column, as a value, and the gate that thins it out to what may leave the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from kimi_magic.content.how import How

Kind = Literal["number", "boolean", "time", "text", "category", "bytes", "nested", "objects", "other"]

_RANGED = ("number", "time")
_CATEGORIES = ("text", "category", "boolean", "number", "time")


@dataclass(frozen=True, slots=True)
class Facts:
    """A column, described. None and empty fields are not known, or not to be told.

    ``count`` is the number of values that are neither null nor NaN. ``looked`` of ``rows`` rows were looked at for
    ``distinct``, ``quartiles`` and ``commonest`` (values, and how often they were seen); ``all_about`` says that
    counts, range and mean too are of these alone. ``more_distinct`` says that there are likely more than ``distinct``.
    """

    name: object
    type: str
    index: bool = False
    kind: Kind = "other"
    rows: int = 0
    looked: int = 0
    nulls: int | None = None
    nans: int | None = None
    nat: bool = False
    count: int | None = None
    low: Any = None
    high: Any = None
    mean: float | None = None
    all_about: bool = False
    quartiles: tuple[Any, ...] = ()
    distinct: int | None = None
    more_distinct: bool = False
    commonest: tuple[tuple[Any, int], ...] = ()

    @property
    def about(self) -> bool:
        """Whether only some rows were looked at."""
        return self.looked < self.rows


def allowed(facts: Facts, how: How) -> Facts:
    """Return what of ``facts`` may leave the machine at ``how.share``: the one gate for all of them.

    "schema": name and type, no value, no aggregate, no number of nulls. "stats": in addition counts; range, mean and
    quartiles of numbers and times where at least ``how.category`` rows have one; single values only where they were
    seen that often, so no text that belongs to fewer rows.
    """
    if how.share == "schema":
        return Facts(facts.name, facts.type, facts.index)
    if how.share != "stats":
        return facts
    seen = tuple((value, times) for value, times in facts.commonest if times >= how.category)
    facts = replace(facts, commonest=seen if facts.kind in _CATEGORIES else ())
    if facts.kind in _RANGED and (facts.count or 0) >= how.category:
        return facts
    return replace(facts, low=None, high=None, mean=None, quartiles=())
