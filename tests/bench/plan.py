"""What the benchmark's server sends: a plan travels as the question's own words, so each request says what it wants."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Literal, Self, cast

Kind = Literal["natural", "plain", "records", "calls"]
PIECE = 5
"""Characters of a piece; a token of English has about as many."""
MODEL = "kimi-k2.6"

_SECTION = """## Sales in month {n}

Sales rose by **{n} %** against the month before, and most of it came from the *northern* regions, where the price
fell in the second week. The `region` column has {n} values; three of them hold more than half of all the orders.

- The mean order is {n}.40 euros, the median is lower, and a few large orders explain the difference.
- Returns stay at about one in {n}, see [the table](https://example.org/{n}).

1. Look at the orders above {n},000 first.
2. Then compare them with the year before.

"""
_CODE = """```python
def share(frame, region, month={n}):
    rows = frame[(frame.region == region) & (frame.month == month)]
    return rows.orders.sum() / frame.orders.sum()  # between 0 and 1
```

"""
_CODE_EACH = 3  # sections


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer of ``pieces`` pieces, ``rate`` of them a second (0: as fast as possible).

    The first piece follows ``pause`` milliseconds after the stream's opening. For ``calls`` that many calls of a
    function come before the answer, one after the other.

    >>> Plan("natural", 20, rate=100, pause=50).prompt
    'natural 20 100 50'
    >>> Plan.parse("natural 20 100 50").rate
    100
    """

    kind: Kind
    pieces: int
    rate: int = 0
    pause: int = 0

    @property
    def prompt(self) -> str:
        """The question that asks for this plan."""
        return f"{self.kind} {self.pieces} {self.rate} {self.pause}"

    @classmethod
    def parse(cls, prompt: str) -> Self:
        """Return the plan that ``prompt`` asks for."""
        kind, *numbers = prompt.split()
        return cls(cast(Kind, kind), *map(int, numbers))

    @property
    def text(self) -> str:
        """The whole answer."""
        return _text(self.kind, self.pieces * PIECE) if self.kind != "calls" else "It is done."

    @property
    def parts(self) -> list[str]:
        """The answer in pieces."""
        text = self.text
        return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


@cache
def _text(kind: Kind, length: int) -> str:
    """Return ``length`` characters: Markdown as a model writes it, or one paragraph of words that never ends."""
    if kind == "plain":
        return ("word " * (length // 5 + 1))[:length]
    if kind == "records":
        return _records(length)
    sections, total = list[str](), 0
    while total < length:
        number = len(sections) + 1
        sections.append((_SECTION + _CODE * (number % _CODE_EACH == 0)).format(n=number))
        total += len(sections[-1])
    return "".join(sections)[:length]


def _records(length: int) -> str:
    """Return some ``length`` characters of JSON: a list of orders, in the property in which a list travels."""
    order = {"customer": "Ann", "item": "lamp", "count": 3, "price": 59.5}
    each = len(json.dumps(order)) + 6
    return json.dumps({"result": [order | {"customer": f"Customer {number}"} for number in range(1, length // each + 1)]})
