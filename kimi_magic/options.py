"""A first line becomes `Options`; and the one table of flags, from which help, README and completion are made."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kimi_magic.errors import UsageError

MOST_STOPS = 5
MOST_STOP_BYTES = 32


@dataclass(frozen=True, slots=True)
class Options:
    """What the line above a question says. ``None`` means that it says nothing."""

    attachments: tuple[str, ...] = ()
    conversation: str = "main"
    new: bool = False
    once: bool = False
    model: str | None = None
    system: str | None = None
    think: bool | None = None
    effort: str | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    prefix: str = ""
    out: str | None = None
    dry_run: bool = False
    max_cost: float | None = None
    quiet: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """One row of the table: how it is written, where it goes, what it takes and what it is for.

    ``read`` turns the value's text into the value and raises ValueError with what was expected; a flag that takes no
    value has ``constant`` instead.
    """

    names: tuple[str, ...]
    field: str
    help: str
    metavar: str = ""
    read: Callable[[str], object] | None = None
    constant: object = True
    repeats: bool = False

    @property
    def usage(self) -> str:
        """The way it is written in help: ``-m, --model ID``."""
        return ", ".join(self.names) + (f" {self.metavar}" if self.metavar else "")


def _name(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise ValueError("a Python name")
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


FLAGS: tuple[Flag, ...] = (
    Flag(("-c", "--conversation"), "conversation", "another conversation of this notebook", "NAME", str),
    Flag(("-n", "--new"), "new", "forget what was said in the conversation, then ask"),
    Flag(("-1", "--once"), "once", "ask without history, and without entering it"),
    Flag(("-m", "--model"), "model", "the model, for this and the following turns", "ID", str),
    Flag(("-s", "--system"), "system", "the system message, for this and the following turns", "TEXT", str),
    Flag(("--think",), "think", "let the model think first"),
    Flag(("--no-think",), "think", "answer at once, where the model allows it", constant=False),
    Flag(("--effort",), "effort", "how hard to think, where the model knows levels", "LEVEL", str),
    Flag(("--max-tokens",), "max_tokens", "cap of thinking and answer together", "N", _count),
    Flag(("--stop",), "stop", "end the answer before this text (up to 5)", "TEXT", _stop, repeats=True),
    Flag(("--prefix",), "prefix", "let the answer begin with this text", "TEXT", str),
    Flag(("-o", "--out"), "out", "put the Answer into this variable (the last is in _kimi)", "NAME", _name),
    Flag(("--dry-run",), "dry_run", "show what would be sent, its tokens and price; send no question"),
    Flag(("--max-cost",), "max_cost", "refuse a request whose estimate is above this", "USD", _dollars),
    Flag(("-q", "--quiet"), "quiet", "show nothing"),
    Flag(("--raw",), "raw", "leave {{…}} in the question alone"),
)

_BY_NAME = {name: flag for flag in FLAGS for name in flag.names}
_TOKEN = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")


def parse(line: str) -> Options:
    """Return what ``line``, the rest of a ``%%kimi`` line, says.

    Raises `UsageError` for an unknown option or a wrong value.

    >>> parse("sales -m kimi-k3 'df.head(3)' --stop END").attachments
    ('sales', 'df.head(3)')
    """
    return _collect(_read(match.group() for match in _TOKEN.finditer(line)))


def parse_question(line: str) -> tuple[Options, str]:
    """Return the options that ``line`` (of ``%kimi``) begins with, and the question after them, as it was typed.

    >>> options, question = parse_question("-1 -m kimi-k3 what's  a -m?")
    >>> options.once, options.model, question
    (True, 'kimi-k3', "what's  a -m?")
    """
    matches = list(_TOKEN.finditer(line))
    place = 0
    while place < len(matches) and (token := matches[place].group()).startswith("-") and token not in ("-", "--"):
        flag = _BY_NAME.get(token)
        place += 2 if flag and flag.read else 1
    head = line[: matches[min(place, len(matches)) - 1].end()] if place else ""
    return parse(head), line[len(head) :].strip().removeprefix("-- ").strip()


def _read(tokens: Iterator[str]) -> Iterator[tuple[Flag | None, object]]:
    for token in tokens:
        if not token.startswith("-") or len(token) == 1:
            yield None, unquoted(token)
            continue
        for name, value in _split(token):
            flag = _known(name)
            if flag.read is None:
                _no_value(name, value)
                yield flag, flag.constant
            else:
                yield flag, _value(flag, name, value if value is not None else next(tokens, None))


def _split(token: str) -> list[tuple[str, str | None]]:
    """Split ``--name=value``, and ``-nq`` into its letters where each is a flag."""
    name, equals, value = token.partition("=")
    if equals:
        return [(name, value)]
    letters = [f"-{letter}" for letter in token[1:]]
    if len(letters) > 1 and all(letter in _BY_NAME and not _BY_NAME[letter].read for letter in letters):
        return [(letter, None) for letter in letters]
    return [(token, None)]


def _known(name: str) -> Flag:
    if flag := _BY_NAME.get(name):
        return flag
    near = difflib.get_close_matches(name, _BY_NAME, n=1)
    hint = f"did you mean {near[0]}?" if near else "the options are " + ", ".join(f.names[-1] for f in FLAGS) + "."
    raise UsageError(f"There is no option {name}: {hint}")


def _no_value(name: str, value: str | None) -> None:
    if value is not None:
        raise UsageError(f"The option {name} takes no value, but got {value!r}.")


def _value(flag: Flag, name: str, text: str | None) -> object:
    assert flag.read is not None  # noqa: S101 the caller asked; this tells mypy
    if text is None:
        raise UsageError(f"The option {name} needs a value: {flag.usage}.")
    try:
        return flag.read(unquoted(text))
    except ValueError as error:
        raise UsageError(f"The option {name} expects {error}, not {unquoted(text)!r}.") from None


def _collect(found: Iterator[tuple[Flag | None, object]]) -> Options:
    values: dict[str, Any] = {}
    for flag, value in found:
        field = flag.field if flag else "attachments"
        if flag is None or flag.repeats:
            values[field] = (*values.get(field, ()), value)
        else:
            values[field] = value
    if len(values.get("stop", ())) > MOST_STOPS:
        raise UsageError(f"--stop can be given {MOST_STOPS} times at the most, not {len(values['stop'])} times.")
    return Options(**values)


def unquoted(token: str) -> str:
    """Return ``token`` without the quotes around the whole of it.

    >>> unquoted("'a b'"), unquoted('df["a"]')
    ('a b', 'df["a"]')
    """
    quote = token[:1]
    whole = len(token) > 1 and quote in "\"'" and token.endswith(quote) and quote not in token[1:-1]
    return token[1:-1] if whole else token


def complete(text: str) -> list[str]:
    """Return the options that begin with ``text``.

    >>> complete("--mo")
    ['--model']
    """
    return [name for name in _BY_NAME if name.startswith(text)]


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
