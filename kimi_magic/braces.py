"""Whose code stands in the braces of a question: what the user has typed is evaluated, and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kimi_magic.content.template import expressions
from kimi_magic.render.printable import printable

_UNTOLD = frozenset(" \\{}")


@dataclass(frozen=True, slots=True)
class Typed:
    """The questions with braces that the user has typed since the kernel began, in cells and in the panel.

    Whatever else is said in conversations came out of a file or the store, or a program asked it. That its words are asked
    again does not make its expressions the user's own, which is held against them as they are read: by blanks, backslashes
    and what cannot be seen they do not differ.
    """

    _prompts: set[str] = field(default_factory=set)

    def add(self, prompt: str) -> None:
        """Note a question that the user has typed."""
        if "{{" in prompt:
            self._prompts.add(_as_shown(prompt))

    def is_foreign(self, prompt: str) -> bool:
        """Whether ``prompt`` has braces and was not typed.

        >>> typed = Typed()
        >>> typed.add("{{a}}?")
        >>> [typed.is_foreign(prompt) for prompt in ("{{a}}?", "a?", "{{b}}?")]
        [False, False, True]
        """
        shown = _as_shown(prompt)
        return "{{" in shown and shown not in self._prompts

    def own(self, prompts: Iterable[str]) -> Callable[[str], bool]:
        """Return what tells whether an expression is the user's own: it was typed before, or stands in none of ``prompts``.

        >>> is_own = Typed().own(["What is {{ a.b() }}?"])
        >>> is_own("a.b()"), is_own("a.c()")
        (False, True)
        """
        typed = {_told(one) for prompt in self._prompts for one in expressions(prompt)}
        foreign = {
            _told(one)
            for prompt in prompts
            if _as_shown(prompt) not in self._prompts
            for text in (prompt, _squeezed(prompt))
            for one in expressions(text)
        }
        foreign -= typed
        return lambda expression: _told(expression) not in foreign


def _as_shown(prompt: str) -> str:
    return printable(prompt).strip()


def _squeezed(text: str) -> str:
    """Return ``text`` without what a reader does not see, and without what keeps braces from being some."""
    return "".join(c for c in text if c.isprintable() and c not in " \\")


def _told(expression: str) -> str:
    """Return ``expression`` as it is held against others."""
    return "".join(c for c in expression if c.isprintable() and c not in _UNTOLD)
