"""What was measured, as Markdown: tables side by side, and the bounds that are to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bound:
    """Something that is to be at most ``limit``, and what it was found to be."""

    what: str
    limit: float
    found: float
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is within the limit."""
        return self.found <= self.limit


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under ``columns``; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the benchmark found. ``failures`` are sentences about what must never happen: the run then fails."""

    tables: Sequence[Table]
    bounds: Sequence[Bound] = ()
    failures: Sequence[str] = ()

    def markdown(self) -> str:
        """Return all of it as Markdown."""
        return "\n".join(_table(table) for table in self.tables)


def middle(things: Iterable[T], measure: Callable[[T], float]) -> float:
    """Return the median of what ``measure`` finds of each of ``things``."""
    return median(map(measure, things))


def bounds_table(bounds: Sequence[Bound]) -> str:
    """Return the bounds as Markdown, each with what was found and whether it holds."""
    rows = [
        (bound.what, _figure(bound.limit, bound.unit), _figure(bound.found, bound.unit), "yes" if bound.holds else "**no**")
        for bound in bounds
    ]
    return _table(Table("Bounds", ("what", "at most", "found", "holds"), rows))


def ratios(values: Mapping[str, float], to: str) -> dict[str, str]:
    """Return each value beside its ratio to the one called ``to``.

    >>> ratios({"raw": 200.0, "ours": 250.0}, to="raw")
    {'raw': '200', 'ours': '250 (1.25 ×)'}
    """
    whole = values[to]
    return {
        name: number(value) if name == to or not whole else f"{number(value)} ({number(value / whole)} ×)"
        for name, value in values.items()
    }


def number(value: float) -> str:
    """Return ``value`` with three digits that count.

    >>> [number(value) for value in (0.0, 0.01234, 5.678, 56.78, 1234.5)]
    ['0.00', '0.01', '5.68', '56.8', '1,234']
    """
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def _figure(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()


def _table(table: Table) -> str:
    lines = [f"### {table.title}", "", _row(table.columns), _row(("---",) * len(table.columns))]
    return "\n".join([*lines, *map(_row, table.rows), ""])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
