"""An exception of the user's program as an attachment: its traceback, the source around it, the values on the line."""

from __future__ import annotations

import asyncio
import bdb
import itertools
import linecache
import re
import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from kimi_magic.content.how import How
from kimi_magic.content.values import cut, wrapped
from kimi_magic.content.variables import described, names_on
from kimi_magic.content.withheld import masked
from kimi_magic.errors import KimiError
from kimi_magic.messages import Attachment

MOST_TRACEBACK = 8_000
_MOST_SOURCE = 20_000
_AROUND = 5
_MOST_LINE = 300
_SUMMARY_FRAMES = 3
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CELL = re.compile(r"<ipython-input-(\d+)-|[\\/]ipykernel_\d+[\\/](\d+)\.py$")
_FOREIGN = (
    *filter(None, map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib"))),
    str(Path(__file__).parents[1]),
    "<frozen",
)
"""Where programs lie that are not the user's."""

_HEADER = "Traceback (most recent call last):\n"
_LEFT_OUT = "what it says is left out: it may quote data, which --share keeps here"


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception with its traceback, the number and the source of its cell, and what to call files that are cells."""

    error: BaseException
    number: int
    source: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The exception's type, as a traceback names it."""
        return type(self.error).__name__


def is_of_interest(error: BaseException) -> bool:
    """Return whether ``error`` says that a program went wrong: not that somebody stopped it, and not that we failed."""
    return not isinstance(
        error, KimiError | KeyboardInterrupt | SystemExit | GeneratorExit | asyncio.CancelledError | bdb.BdbQuit
    )


def from_failure(failure: Failure, how: How) -> Attachment:
    """Return ``failure`` as text: traceback, source around the failing line, the values of the names on it.

    Where ``how`` keeps rows here, the exception's message and all values stay, too.
    """
    is_open = how.share in ("sample", "all")
    pieces = [masked(cut(_traceback(failure, is_open=is_open), MOST_TRACEBACK))]
    place = _failing(failure)
    if place is not None:
        pieces += [_source(failure, place), _values(place, is_open=is_open)]
    if failure.source and not _shows_cell(failure, place):
        pieces.append(f"The source of the cell that failed:\n{masked(cut(failure.source, _MOST_SOURCE))}")
    name = f"error in cell {failure.number}" if failure.number else "error"
    return Attachment(name, "error", (wrapped(name, "error", "\n\n".join(filter(None, pieces))),), note=failure.kind)


def summary(failure: Failure) -> str:
    """Return the end of the traceback in a few lines."""
    told = traceback.TracebackException.from_exception(failure.error)
    frames = _frames(told, failure.labels)[-_SUMMARY_FRAMES:]
    lines = [
        f"{frame.filename}, line {frame.lineno}, in {frame.name}: {(frame.line or '')[:_MOST_LINE]}" for frame in frames
    ]
    said = cut("".join(told.format_exception_only()).strip(), 2_000)
    return masked(_plain("\n".join([*lines, said])))


def _traceback(failure: Failure, *, is_open: bool) -> str:
    if not is_open:
        return "\n\n".join(_silent(error, failure.labels) for error in reversed(_chain(failure.error)))
    told = traceback.TracebackException.from_exception(failure.error)
    one: traceback.TracebackException | None = told
    while one is not None:
        one.stack = _frames(one, failure.labels)
        if getattr(one, "filename", None):  # where a syntax error is
            one.filename = _label(str(one.filename), failure.labels)
        one = one.__cause__ or one.__context__
    return _plain("".join(told.format()).strip())


def _chain(error: BaseException) -> list[BaseException]:
    """Return ``error`` and what it came from, as far as a traceback shows it."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and not any(one is other for other in found):
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _silent(error: BaseException, labels: Mapping[str, str]) -> str:
    """Return the traceback without what the exception says: only its type stays."""
    frames = _frames(traceback.TracebackException.from_exception(error), labels)
    return "".join([_HEADER, *frames.format(), f"{type(error).__name__}: ({_LEFT_OUT})"])


def _frames(told: traceback.TracebackException, labels: Mapping[str, str]) -> traceback.StackSummary:
    """Return the frames from the user's own program on, without the machinery that runs it; cells have their names."""
    frames = list(itertools.dropwhile(lambda frame: not _is_own(frame.filename, labels), told.stack))
    for frame in frames:
        frame.filename = _label(frame.filename, labels)
        frame.name = "<module>" if frame.name.startswith("<cell line:") else frame.name  # what IPython 7 makes of it
    return traceback.StackSummary.from_list(frames)


def _is_cell(filename: str, labels: Mapping[str, str]) -> bool:
    return filename in labels or _CELL.search(filename) is not None


def _label(filename: str, labels: Mapping[str, str]) -> str:
    if filename in labels:
        return labels[filename]
    found = _CELL.search(filename)
    return filename if found is None else f"Cell In[{found[1]}]" if found[1] else "a cell"


def _failing(failure: Failure) -> TracebackType | None:
    """Return the deepest place in the user's own program, or None where nothing of it ran (a syntax error)."""
    found = None
    trace = failure.error.__traceback__
    while trace is not None:
        if _is_own(trace.tb_frame.f_code.co_filename, failure.labels):
            found = trace
        trace = trace.tb_next
    return found


def _is_own(filename: str, labels: Mapping[str, str]) -> bool:
    is_foreign = filename.startswith(_FOREIGN) or "site-packages" in Path(filename).parts
    return _is_cell(filename, labels) or not is_foreign


def _lines(place: TracebackType) -> range:
    """Return the numbers of the lines that the failing expression stands on."""
    positions = place.tb_frame.f_code.co_positions()
    first, last, _, _ = next(itertools.islice(positions, place.tb_lasti // 2, None), (None, None, None, None))
    begin = first or place.tb_lineno
    return range(begin, max(begin, last or begin) + 1)


def _source(failure: Failure, place: TracebackType) -> str:
    filename = place.tb_frame.f_code.co_filename
    source = [line.rstrip("\n") for line in linecache.getlines(filename, place.tb_frame.f_globals)]
    failing = _lines(place)
    first, last = max(1, failing.start - _AROUND), min(len(source), failing.stop - 1 + _AROUND)
    numbered = [
        f"{'→' if number in failing else ' '} {number:>4} {source[number - 1][:_MOST_LINE]}"
        for number in range(first, last + 1)
    ]
    title = f"{_label(filename, failure.labels)}, the failing line is marked:"
    return masked("\n".join([title, *numbered])) if numbered else ""


def _shows_cell(failure: Failure, place: TracebackType | None) -> bool:
    """Whether the lines around the failing one are the whole cell that failed, and not another one's."""
    if place is None:
        return False
    shown = "".join(linecache.getlines(place.tb_frame.f_code.co_filename, place.tb_frame.f_globals)).strip()
    return shown == failure.source.strip() and len(shown.splitlines()) <= _AROUND + 1


def _values(place: TracebackType, *, is_open: bool) -> str:
    frame = place.tb_frame
    lines = [linecache.getline(frame.f_code.co_filename, number, frame.f_globals) for number in _lines(place)]
    values = [described(name, frame.f_locals, frame.f_globals, is_open=is_open) for name in names_on("".join(lines))]
    found = [value for value in values if value]
    return "\n".join(["Values on the failing line:", *found]) if found else ""


def _plain(text: str) -> str:
    return _ANSI.sub("", text)
