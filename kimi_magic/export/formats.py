"""The one table of file formats in which a conversation can be written, and of those that can be read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from kimi_magic.conversation import Conversation
from kimi_magic.errors import UsageError
from kimi_magic.export.transcript import turns_of


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is, the module of this room that knows it, and whether it can be read back."""

    what: str
    module: str
    is_read: bool = False

    def encode(self, conversation: Conversation) -> bytes:
        """Return the contents of a file for ``conversation``."""
        contents: bytes = self._module.encode(conversation)
        return contents

    def decode(self, data: bytes, filename: str) -> Conversation:
        """Return the conversation in the contents of the file called ``filename``."""
        conversation: Conversation = self._module.decode(data, filename)
        return conversation

    @property
    def _module(self) -> ModuleType:
        """The module, imported only now: markdown-it, nh3 and Pygments are slow to come."""
        return import_module(f"kimi_magic.export.{self.module}")


FORMATS: Mapping[str, Format] = {
    ".md": Format("Markdown", "markdown"),
    ".html": Format("a page for the browser", "html"),
    ".jsonl": Format("one message a line, as the service takes them", "jsonl", is_read=True),
    ".ipynb": Format("a notebook", "notebook", is_read=True),
}
"""The formats by the end of a file's name."""


def exported(conversation: Conversation, suffix: str) -> bytes:
    """Return the contents of a file for ``conversation``: the turns that were said, in order.

    Raises `UsageError` for an unknown ``suffix``, and where nothing was said.
    """
    form = _format(suffix, FORMATS)
    if not turns_of(conversation):
        raise UsageError(f"Nothing was said in the conversation {conversation.name}, so there is nothing to export.")
    return form.encode(conversation)


def imported(data: bytes, suffix: str, filename: str = "") -> Conversation:
    """Return the conversation in the contents of a file, with new ids; ``filename`` is named in what goes wrong.

    Raises `UsageError` for an unknown ``suffix``, and for ``data`` that is damaged or of another kind.
    """
    return _format(suffix, {end: one for end, one in FORMATS.items() if one.is_read}).decode(data, filename)


def _format(suffix: str, formats: Mapping[str, Format]) -> Format:
    found = formats.get(suffix.lower())
    if found is not None:
        return found
    known = ", ".join(f"{end} ({one.what})" for end, one in formats.items())
    if suffix.lower() in FORMATS:
        raise UsageError(f"A {suffix.lower()} file cannot be read back; what can is {known}.")
    begins = f"The format {suffix} is not known" if suffix else "The file's name must end in its format"
    raise UsageError(f"{begins}; there are {known}.")
