"""The questions that a cell's source asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kimi_magic import options
from kimi_magic.errors import UsageError
from kimi_magic.options import Options

_CELL = re.compile(r"\s*%%kimi(?:\s(.*))?")


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """A question as it was typed, and whether it was asked with ``--once``, or with ``--new``."""

    prompt: str
    is_once: bool = False
    is_new: bool = False


def read_questions(source: str) -> list[SavedQuestion]:
    r"""Return the questions of a cell, in order; commands, and what shows no answer, are none.

    >>> [question.prompt for question in read_questions("%%kimi sales -m kimi-k3\nWhy?\nAnd when?")]
    ['Why?\nAnd when?']
    >>> read_questions("n = 3\n%kimi /status\nx = %kimi -1 Why?")
    [SavedQuestion(prompt='Why?', is_once=True, is_new=False)]
    """
    lines = source.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines):
        if match := _CELL.fullmatch(line):
            return [_question(_parsed(match[1] or ""), "\n".join(lines[number + 1 :]).strip("\n"))]
        if line.strip() and not line.lstrip().startswith("%%"):  # %%time and others can stand above %%kimi
            break
    joined = "\n".join(lines).replace("\\\n", " ")  # a magic's line goes on after a backslash
    return [*_in_lines(joined.split("\n"))]


def _in_lines(lines: list[str]) -> Iterator[SavedQuestion]:
    for line in lines:
        before, _, typed = line.partition("%kimi")
        is_magic = typed[:1].isspace() and (not before.strip() or before.rstrip().endswith("="))
        if is_magic and not typed.lstrip().startswith("/"):
            chosen, prompt = _parsed_question(typed.strip())
            if prompt and not (chosen.dry_run or chosen.quiet):
                yield _question(chosen, prompt)


def _question(chosen: Options, prompt: str) -> SavedQuestion:
    return SavedQuestion(prompt, chosen.once, chosen.new)


def _parsed(line: str) -> Options:
    try:
        return options.parse(line)
    except UsageError:  # a newer version may know the option
        return Options()


def _parsed_question(line: str) -> tuple[Options, str]:
    try:
        return options.parse_question(line)
    except UsageError:  # the same; then the options stay in the question
        return Options(), line
