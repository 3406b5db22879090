"""What came of running a cell, whoever ran it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

METADATA = "kimi_magic"


@dataclass(slots=True)
class Shown:
    """One display as it stands after its last update; ``earlier`` is what it showed before that, in order."""

    data: dict[str, Any]
    metadata: dict[str, Any]
    earlier: list[dict[str, Any]] = field(default_factory=list)

    @property
    def updates(self) -> int:
        """How often it was updated."""
        return len(self.earlier)

    @property
    def text(self) -> str:
        """The display's text/plain."""
        return str(self.data.get("text/plain", ""))

    @property
    def html(self) -> str:
        """The display's text/html."""
        return str(self.data.get("text/html", ""))

    @property
    def facts(self) -> dict[str, Any]:
        """What the display's metadata says about the answer."""
        found: dict[str, Any] = self.metadata.get(METADATA, {})
        return found


@dataclass(slots=True)
class Ran:
    """A cell's end: whether it succeeded, what it shows, and what the error says. ``messages`` are the kernel's own.

    ``payload`` is what the front end was told to do, such as to make a cell.
    """

    ok: bool
    shown: list[Shown] = field(default_factory=list)
    stdout: str = ""
    stderr: str = ""
    ename: str = ""
    evalue: str = ""
    traceback: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    payload: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_dropped(self) -> bool:
        """Whether the kernel did not run the cell at all."""
        return not (self.ok or self.ename)

    @property
    def answer(self) -> Shown:
        """The one display that is an answer of Kimi's."""
        found = [shown for shown in self.shown if METADATA in shown.metadata]
        assert len(found) == 1, f"{len(found)} answers are shown in {self.everything}"
        return found[0]

    @property
    def error(self) -> str:
        """All that says what went wrong."""
        return "\n".join(part for part in (self.evalue, self.traceback, self.stderr) if part)

    @property
    def everything(self) -> str:
        """All that anybody could see of the cell, metadata included."""
        shown = json.dumps([[one.data, one.metadata] for one in self.shown], ensure_ascii=False, default=repr)
        return "\n".join([shown, self.stdout, self.stderr, self.ename, self.evalue, self.traceback])


def merge(displays: Iterable[tuple[str | None, bool, Mapping[str, Any], Mapping[str, Any] | None]]) -> list[Shown]:
    """Return what stands on the screen after ``displays``: (display id, whether it is an update, data, metadata) each.

    >>> (shown,) = merge([("a", False, {"text/plain": "H"}, None), ("a", True, {"text/plain": "Hi"}, {"b": 1})])
    >>> shown.text, shown.metadata, shown.updates
    ('Hi', {'b': 1}, 1)
    """
    shown: list[Shown] = []
    by_id: dict[str, Shown] = {}
    for name, update, data, metadata in displays:
        if not update:
            shown.append(Shown(dict(data), dict(metadata or {})))
            if name:
                by_id[name] = shown[-1]
        elif name in by_id:
            old = by_id[name]
            old.earlier.append(old.data)
            old.data, old.metadata = dict(data), dict(metadata or {})
    return shown
