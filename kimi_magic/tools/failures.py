"""What went wrong with a call, in words for the model and in words for the user."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from kimi_magic.content.expressions import in_short
from kimi_magic.content.withheld import masked
from kimi_magic.errors import KimiError
from kimi_magic.tools.functions import Function
from kimi_magic.tools.interrupts import TimeUp
from kimi_magic.tools.keeping import Mask, ends
from kimi_magic.tools.workers import GivenUp

MOST_CHARACTERS = 2_000


class Refused(KimiError):
    """A ready-made tool did not do what was asked, and its message tells the model why."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call has no result: ``text`` is for the model, ``note`` a sentence for the user."""

    text: str
    note: str


def failure_of(error: BaseException, function: Function, mask: Mask) -> Failure:
    """Return what to say of ``error``, which ended a call of ``function``: the user's own line, no frames, no secrets."""
    if isinstance(error, TimeUp):
        text = f"it took longer than {function.timeout:g} s and was stopped."
        return Failure(text, f"Stopped after {function.timeout:g} s; Kimi was told.")
    if isinstance(error, GivenUp):
        text = f"it took longer than {function.timeout:g} s and could not be stopped: it goes on running, unwaited for."
        return Failure(text, "It could not be stopped: it goes on running, and its result is not waited for.")
    said = ends(_said(error), MOST_CHARACTERS, lambda text: mask(masked(text)))
    if isinstance(error, KimiError):
        return Failure(said, "It did not do what was asked; Kimi was told why.")
    kind = type(error).__name__
    line = line_in(error, function.file)
    where = f" (line {line}, in {function.name})" if line else ""
    return Failure(f"{kind}: {said}{where}" if said else f"{kind}{where}", f"It raised {in_short(kind)}; Kimi was told.")


def line_in(error: BaseException, file: str) -> int:
    """Return the last line of ``file``, a file or a cell, on which ``error`` was raised; 0 where it was elsewhere."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return lines[-1] if file and lines else 0


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 this too is the user's own code
        return ""
