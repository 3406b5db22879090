"""Facts as lines, one a column, in as much detail as the budget allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kimi_magic.content.frames.cells import fitting, label, size, written
from kimi_magic.content.frames.facts import Facts

_LEFT_OUT = {
    3: "",
    2: "some of the commonest values and the quartiles",
    1: "ranges, means, quartiles, distinct and commonest values",
    0: "everything about the columns but their types",
}
"""What a level of detail does without."""


def lines(facts: Sequence[Facts], most: int) -> tuple[list[str], str]:
    """Return a line for each column within ``most`` bytes together, in the highest detail for which there is room.

    The second value says what was left out for that; where not even names and types have room, fewer columns are named.
    """
    for level, left_out in _LEFT_OUT.items():
        found = [f"- {line(one, level)}" for one in facts]
        if sum(size(text) + 1 for text in found) <= most:
            return found, left_out
    named, rest = named_within([(one.name, one.type) for one in facts], most)
    return [f"- {named}"] if named else [], f"{_LEFT_OUT[0]}, and the names of {rest:,} columns"


def named_within(columns: Iterable[tuple[object, str]], most: int) -> tuple[str, int]:
    """Return names and types of the first columns, within ``most`` bytes, and how many columns have no room.

    >>> named_within([("a", "int64"), ("b", "int64"), ("c", "int64")], 60)
    ('a, b, c (all int64)', 0)
    """
    most -= 50
    columns = list(columns)
    found: list[str] = []
    same, rest = len({kind for _, kind in columns}) == 1, 0
    for name, kind in columns:
        text = label(name, 30) if same else f"{label(name, 30)} {_kind(kind, 40)}"
        most -= size(text) + 2
        if most < 0 or rest:
            rest += 1
        else:
            found.append(text)
    return ", ".join(found) + f" (all {_kind(columns[0][1], 40)})" * bool(same and found), rest


def types_of(columns: Iterable[str]) -> str:
    """Return how many columns have which type, the commonest first.

    >>> types_of(["float64", "str", "float64"])
    '2 float64, 1 str'
    """
    found = Counter(columns).most_common()
    more = f", {sum(times for _, times in found[5:]):,} of other types" if len(found) > 5 else ""
    return ", ".join(f"{times:,} {_kind(kind, 40)}" for kind, times in found[:5]) + more


def line(facts: Facts, level: int = 3) -> str:
    """Return one column in words, from name and type (level 0) to all that is known (3).

    >>> line(Facts("price", "float64", rows=9, looked=9, nulls=0, count=9, low=0.5, high=9.0, mean=3.25))
    'price float64: no nulls; 0.5 to 9.0; mean 3.25'
    """
    role = " (index)" if facts.index else ""
    start = f"{label(facts.name, 60 if level else 30)} {_kind(facts.type, 80 if level else 40)}{role}"
    told = [piece for piece in _pieces(facts, level) if piece] if level else []
    return f"{start}: {'; '.join(told)}" if told else start


def _kind(text: str, most: int) -> str:
    """Return a type on one line: a struct's text has its fields' names, whatever stands in them."""
    return fitting(" ".join(text.split()), most)


def _pieces(facts: Facts, level: int) -> Iterator[str]:
    yield _missing(facts)
    if level < 2:
        return
    if facts.low is not None:
        yield f"{'about ' * facts.all_about}{written(facts.low)} to {written(facts.high)}"
    if facts.mean is not None:
        yield f"mean {'about ' * facts.all_about}{facts.mean:.8g}"
    if facts.quartiles and level > 2:
        yield f"quartiles {'about ' * facts.about}{', '.join(map(written, facts.quartiles))}"
    if facts.distinct is not None:
        yield f"{_distinct(facts)} distinct"
    yield _commonest(facts, 6 if level > 2 else 2, 40 if level > 2 else 20)


def _missing(facts: Facts) -> str:
    if facts.nulls is None:
        return ""
    names = ("NaT" if facts.nat else "null" if facts.nulls == 1 else "nulls", "NaN")
    counts = zip((facts.nulls, facts.nans), names, strict=True)
    found = [f"{_times(times, facts, about=facts.all_about)} {name}" for times, name in counts if times]
    if not found:
        return "no nulls seen" if facts.all_about else "no nulls"
    return "about " * facts.all_about + ", ".join(found)


def _distinct(facts: Facts) -> str:
    if facts.more_distinct:
        return f"at least {facts.distinct:,}"
    return f"{'about ' * facts.about}{facts.distinct:,}"


def _commonest(facts: Facts, many: int, wide: int) -> str:
    if not facts.commonest:
        return ""
    found = ", ".join(
        f"{written(value, wide)} ({_times(seen, facts, about=facts.about)})" for value, seen in facts.commonest[:many]
    )
    return f"commonest {'about ' * facts.about}{found}"


def _times(seen: int, facts: Facts, *, about: bool) -> str:
    """Return how often a value occurs: as counted, or in two digits where only some rows were looked at."""
    if not about:
        return f"{seen:,}"
    return f"{int(float(f'{seen * facts.rows / facts.looked:.2g}')):,}"
