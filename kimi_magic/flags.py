"""The one table of the flags of a first line; help, README and completion are made from it."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

MOST_STOPS = 5
MOST_STOP_BYTES = 32


@dataclass(frozen=True, slots=True)
class Flag:
    """One row of the table: how it is written, where it goes, what it takes and what it is for.

    ``read`` turns the value's text into the value and raises ValueError with what was expected; a flag that takes no
    value has ``constant`` instead. Where a value is ``optional``, only a number or ``all`` is one: ``--plot cars`` is the
    last figure and the frame.
    """

    names: tuple[str, ...]
    field: str
    help: str
    metavar: str = ""
    read: Callable[[str], object] | None = None
    constant: object = True
    repeats: bool = False
    optional: bool = False

    @property
    def needs_value(self) -> bool:
        """Whether a value must follow."""
        return self.read is not None and not self.optional

    @property
    def takes_words(self) -> bool:
        """Whether the value can be any text, also one that looks like a flag."""
        return self.read in (str, _stop)

    @property
    def usage(self) -> str:
        """The way it is written in help: ``-m, --model ID``."""
        return ", ".join(self.names) + (f" {self.metavar}" if self.metavar else "")


def _name(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise ValueError("a Python name")
    return text


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("a name")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 12 or int(text) < 1:
        raise ValueError("a whole number above 0")
    return int(text)


def _dollars(text: str) -> float:
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise ValueError("an amount in US dollars, such as 0.05")
    return amount


def _stop(text: str) -> str:
    if not 0 < len(text.encode()) <= MOST_STOP_BYTES:
        raise ValueError(f"1 to {MOST_STOP_BYTES} bytes of text")
    return text


def _last(text: str) -> int | Literal["all"]:
    return "all" if text == "all" else _count(text)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(" or ".join([", ".join(allowed[:-1]), allowed[-1]]))
        return text

    return read


FLAGS: tuple[Flag, ...] = (
    Flag(("-c", "--conversation"), "conversation", "another conversation of this notebook", "NAME", _not_empty),
    Flag(("-n", "--new"), "new", "forget what was said in the conversation, then ask"),
    Flag(("-1", "--once"), "once", "ask without history, and without entering it"),
    Flag(("-m", "--model"), "model", "the model, for this and the following turns", "ID", _not_empty),
    Flag(("-s", "--system"), "system", "the system message, for this and the following turns", "TEXT", str),
    Flag(("--think",), "think", "let the model think first"),
    Flag(("--no-think",), "think", "answer at once, where the model allows it", constant=False),
    Flag(("--effort",), "effort", "how hard to think, where the model knows levels", "LEVEL", str),
    Flag(("--max-tokens",), "max_tokens", "cap of thinking and answer together", "N", _count),
    Flag(("--stop",), "stop", "end the answer before this text (up to 5)", "TEXT", _stop, repeats=True),
    Flag(("--prefix",), "prefix", "let the answer begin with this text", "TEXT", str),
    Flag(
        ("-p", "--plot"),
        "plot",
        "attach the figures that cells showed last: of the last cell that showed any, the last N, or all",
        "[N or all]",
        _last,
        constant="last",
        optional=True,
    ),
    Flag(
        ("-a", "--above"),
        "above",
        "attach source and outputs of the N cells run last (1)",
        "[N]",
        _count,
        constant=1,
        optional=True,
    ),
    Flag(("-e", "--error"), "error", "attach the last exception: traceback, source, the values on the failing line"),
    Flag(
        ("--share",),
        "share",
        "how much of a frame leaves this machine: schema, stats, sample (default) or all",
        "LEVEL",
        _one_of("schema", "stats", "sample", "all"),
    ),
    Flag(("--rows",), "rows", "how many sample rows of a frame to attach", "N", _count),
    Flag(
        ("--as",),
        "form",
        "attach a frame as text (default), as a picture of the table, or both",
        "text, image or both",
        _one_of("text", "image", "both"),
    ),
    Flag(("-o", "--out"), "out", "put the Answer into this variable (the last is in _kimi)", "NAME", _name),
    Flag(("-j", "--json"), "json", "let the answer be a JSON object; it is in .parsed"),
    Flag(
        ("--schema",),
        "schema",
        "let the answer be a value of this pydantic model, dataclass, TypedDict, list[…], Literal or JSON schema",
        "NAME",
        _not_empty,
    ),
    Flag(("-x", "--code"), "code", "put the answer's Python into the next cell; nothing runs by itself"),
    Flag(("-t", "--tool"), "tool", "a function that Kimi may call, or a ready-made tool", "NAME", _not_empty, repeats=True),
    Flag(("-y", "--yes"), "yes", "run tools without asking"),
    Flag(("-b", "--background"), "background", "stream into this cell's output while other cells run"),
    Flag(("--dry-run",), "dry_run", "show what would be sent, its tokens and price; send no question"),
    Flag(("--max-cost",), "max_cost", "refuse a request whose estimate is above this", "USD", _dollars),
    Flag(("--cache",), "cache", "answer from the store when the very same request was answered before"),
    Flag(("-q", "--quiet"), "quiet", "show nothing"),
    Flag(("--raw",), "raw", "leave {{…}} in the question alone"),
)

BY_NAME = {name: flag for flag in FLAGS for name in flag.names}


def complete(text: str) -> list[str]:
    """Return the options that begin with ``text``.

    >>> complete("--mo")
    ['--model']
    """
    return [name for name in BY_NAME if name.startswith(text)]


def help_text() -> str:
    """Return the table of options for ``%%kimi?``."""
    rows = "\n".join(f"  {flag.usage:28} {flag.help}" for flag in FLAGS)
    return (
        "Ask Kimi.\n\n"
        "  %%kimi [ATTACHMENTS] [OPTIONS]      with the question below\n"
        "  %kimi [OPTIONS] QUESTION            in one line\n"
        "  %kimi /help                         the commands\n\n"
        "Attachments are names, Python expressions (in quotes where they have blanks), text files and globs.\n"
        "{{expression}} in the question becomes its value; \\{{ stays as it is.\n\n"
        f"{rows}\n"
    )


def help_markdown() -> str:
    """Return the table of options for the README."""
    rows = "\n".join(f"| `{flag.usage}` | {flag.help} |" for flag in FLAGS)
    return f"| option | meaning |\n|---|---|\n{rows}\n"
