r"""A prompt that was written before: a cell with a place for what is typed after the command. Pure.

::

    <!-- about: tests for NAME -->          optional: what help says of it
    %%kimi {argument} --code                optional: attachments and options
    Write tests for {argument}.             the prompt

``{argument}`` is what follows the command, and then something must follow; ``{argument or …}`` says what stands there where
nothing does. It is put in as it is typed and never evaluated. Options that it begins with go to the first line.
``\{argument}`` is no place, and stays ``{argument}``, as ``\{{`` stays ``{{``.
A file may say what is sent and what Kimi may call, but not that calls run unasked: ``-y`` holds where the user types it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kimi_magic.errors import UsageError
from kimi_magic.options import parse, parse_question
from kimi_magic.report import shortened

_ABOUT = re.compile(r"\s*<!--\s*about:(.*?)-->[ \t]*\n?", re.DOTALL)
_FIRST_LINE = re.compile(r"\s*%%kimi(?![\w%])([^\n]*)(?:\n|\Z)")
_PLACE = re.compile(r"(?P<no>\\?)(?<!\{)\{argument(?: or (?P<instead>[^{}\n]*))?\}(?!\})")
_SENTENCE = re.compile(r".+?[.!?:](?=\s|\Z)|.+", re.DOTALL)
_MOST_ABOUT = 80


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt called ``name``: ``line`` stands after ``%%kimi``, ``body`` is the prompt, ``about`` a few words for help.

    ``instead`` is the user's own file where that stands in for a prompt that is shipped, else "".
    """

    name: str
    line: str
    body: str
    about: str
    instead: str = field(default="", compare=False)

    @property
    def wants(self) -> str:
        """What help writes after the command: "NAME" where something must follow, "[NAME]" where it may, else ""."""
        places = [place for place in _PLACE.finditer(f"{self.line}\n{self.body}") if not place["no"]]
        if not places:
            return ""
        return "NAME" if any(place["instead"] is None for place in places) else "[NAME]"

    def filled(self, argument: str) -> tuple[str, str]:
        """Return the first line's options and the prompt, with ``argument`` in its places.

        Raises `UsageError` where it is needed and missing, where it is given and has no place, for an unknown option, and
        for a ``-y`` that ``argument`` does not begin with.

        >>> Template("test", "{argument} --code", "Test {argument}.", "").filled("-m kimi-k3 area")
        ('area --code -m kimi-k3', 'Test area.')
        """
        argument = argument.strip()
        typed, rest = parse_question(argument)
        chosen = argument[: len(argument) - len(rest)].strip().removesuffix("--").strip()
        if self.wants == "NAME" and not rest:
            raise UsageError(f"/{self.name} needs to know what it is about: `%kimi /{self.name} NAME`.")
        if not self.wants and rest:
            raise UsageError(f"/{self.name} takes only options after it.")
        line, body = (_PLACE.sub(lambda place: _put(place, rest), text) for text in (self.line, self.body))
        line = f"{line.strip()} {chosen}".strip()
        if parse(line).yes and not typed.yes:
            raise UsageError(
                f"-y lets functions run unasked, so a prompt cannot say it: type it right behind the command, "
                f"`%kimi /{self.name} -y`."
            )
        return line, body.strip()


def _put(place: re.Match[str], argument: str) -> str:
    return place[0].removeprefix("\\") if place["no"] else argument or place["instead"] or ""


def decode(name: str, text: str) -> Template:
    """Return the template that ``text``, the content of a file, is. Raises `UsageError` where it holds no prompt."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    about = _ABOUT.match(text)
    text = text[about.end() :] if about else text
    first = _FIRST_LINE.match(text)
    body = (text[first.end() :] if first else text).strip()
    if not body:
        raise UsageError(f"The prompt /{name} is empty: its file holds no question.")
    return Template(name, first[1].strip() if first else "", body, _in_short(about[1] if about else body))


def written(line: str, body: str) -> str:
    r"""Return the file of a prompt that is asked with ``line``, with or without the ``%%kimi`` that it began with.

    >>> written("sales -p", "Why?")
    '%%kimi sales -p\nWhy?\n'
    """
    line = " ".join(line.split()).removeprefix("%%kimi").strip()
    return f"%%kimi {line}".strip() + "\n" + body.strip() + "\n"


def literal(text: str) -> str:
    r"""Return ``text`` as the prompt that is asked as just that: without places, and without code in double braces.

    >>> print(literal("Is {{x}} an {argument}?"))
    Is \{{x}} an \{argument}?
    """
    return _PLACE.sub(lambda place: f"\\{place[0]}", text).replace("{{", "\\{{")


def _in_short(text: str) -> str:
    """Return the first sentence of ``text`` as one short line."""
    found = _SENTENCE.match(text.strip())
    said = " ".join(found[0].split()).rstrip(".:") if found else ""
    said = "".join(c for c in said if c.isprintable())
    return shortened(said, _MOST_ABOUT)
