"""A first line becomes `Options`."""

from __future__ import annotations

import difflib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from kimi_magic.errors import UsageError
from kimi_magic.flags import BY_NAME, FLAGS, MOST_STOPS, Flag
from kimi_magic.messages import Form, Share


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
    plot: int | Literal["last", "all"] | None = None
    above: int | None = None
    error: bool = False
    share: Share = "sample"
    rows: int | None = None
    form: Form = "text"
    out: str | None = None
    json: bool = False
    schema: str | None = None
    code: bool = False
    tool: tuple[str, ...] = ()
    yes: bool = False
    background: bool = False
    dry_run: bool = False
    max_cost: float | None = None
    cache: bool = False
    quiet: bool = False
    raw: bool = False


_QUOTED = r"\"[^\"]*\"|'[^']*'"
_BRACKETS = r"\[[^\[\]]*\]"
for _ in range(3):  # brackets in brackets in brackets in brackets
    _BRACKETS = rf"\[(?:{_QUOTED}|{_BRACKETS}|[^\[\]\"'])*\]"
_TOKEN = re.compile(rf"(?:{_QUOTED}|(?<=\w){_BRACKETS}|\S)+")
"""A word; blanks belong to it in quotes, and in brackets behind a name: ``Literal["glad", "sad"]``."""


def parse(line: str) -> Options:
    """Return what ``line``, the rest of a ``%%kimi`` line, says.

    Raises `UsageError` for an unknown option or a wrong value.

    >>> parse("sales -m kimi-k3 'df.head(3)' --stop END").attachments
    ('sales', 'df.head(3)')
    """
    return _collect(_read(deque(match.group() for match in _TOKEN.finditer(line))))


def parse_question(line: str) -> tuple[Options, str]:
    """Return the options that ``line`` (of ``%kimi``) begins with, and the question after them, as it was typed.

    >>> options, question = parse_question("-1 -m kimi-k3 what's  a -m?")
    >>> options.once, options.model, question
    (True, 'kimi-k3', "what's  a -m?")
    """
    matches = list(_TOKEN.finditer(line))
    tokens = deque(match.group() for match in matches)
    while tokens and tokens[0].startswith("-") and tokens[0] not in ("-", "--"):
        flag = BY_NAME.get(tokens.popleft())
        if tokens and flag and (flag.needs_value or (flag.optional and _is_amount(tokens[0]))):
            tokens.popleft()
    place = len(matches) - len(tokens)
    head = line[: matches[place - 1].end()] if place else ""
    return parse(head), line[len(head) :].strip().removeprefix("-- ").strip()


def _is_amount(word: str) -> bool:
    """Whether ``word`` is the value of a flag whose value is optional."""
    return word == "all" or word.isdecimal()


def _read(tokens: deque[str]) -> Iterator[tuple[Flag | None, object]]:
    while tokens:
        word = tokens.popleft()
        if not word.startswith("-") or len(word) == 1:
            yield None, unquoted(word)
            continue
        for name, value in _split(word):
            yield _flag_and_value(_known(name), name, value, tokens)


def _flag_and_value(flag: Flag, name: str, value: str | None, tokens: deque[str]) -> tuple[Flag, object]:
    if flag.read is None and value is not None:
        raise UsageError(f"The option {name} takes no value, but got {value!r}.")
    if value is None and (flag.needs_value or (flag.optional and tokens and _is_amount(tokens[0]))):
        is_there = tokens and (flag.takes_words or tokens[0] not in BY_NAME)
        value = tokens.popleft() if is_there else None
    if value is None and not flag.needs_value:
        return flag, flag.constant
    return flag, _value(flag, name, value)


def _split(token: str) -> list[tuple[str, str | None]]:
    """Split ``--name=value``, and ``-nq`` into its letters where each is a flag."""
    name, equals, value = token.partition("=")
    if equals:
        return [(name, value)]
    letters = [f"-{letter}" for letter in token[1:]]
    if len(letters) > 1 and all(letter in BY_NAME and not BY_NAME[letter].needs_value for letter in letters):
        return [(letter, None) for letter in letters]
    return [(token, None)]


def _known(name: str) -> Flag:
    if flag := BY_NAME.get(name):
        return flag
    near = difflib.get_close_matches(name, BY_NAME, n=1)
    hint = f"did you mean {near[0]}?" if near else "the options are " + ", ".join(f.names[-1] for f in FLAGS) + "."
    raise UsageError(f"There is no option {name}: {hint}")


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
    if "json" in values and "schema" in values:
        raise UsageError("--json and --schema: one of them; --schema asks for JSON that fits a type, --json for any object.")
    return Options(**values)


def unquoted(token: str) -> str:
    """Return ``token`` without the quotes around the whole of it.

    >>> unquoted("'a b'"), unquoted('df["a"]')
    ('a b', 'df["a"]')
    """
    quote = token[:1]
    whole = len(token) > 1 and quote in "\"'" and token.endswith(quote) and quote not in token[1:-1]
    return token[1:-1] if whole else token
