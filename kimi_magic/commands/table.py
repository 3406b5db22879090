"""The slash commands: one table, for ``%kimi /…`` and for the panel. Each returns Markdown to be shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from kimi_magic import flags
from kimi_magic.commands import about, account, figures, files, talk, transfer
from kimi_magic.errors import UsageError
from kimi_magic.report import Report, table
from kimi_magic.session import Session

Run = Callable[[Session, str], str]


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: what it is called, what may follow, what it is for, and what it does."""

    name: str
    argument: str
    help: str
    run: Run


def run(session: Session, line: str) -> Report:
    """Do what ``line``, such as ``/history 3``, says, and return what is to be shown.

    Raises `UsageError` for an unknown command, and what the command itself raises.
    """
    name, argument = [*line.split(maxsplit=1), "", ""][:2]
    command = _BY_NAME.get(name)
    if command is None:
        near = difflib.get_close_matches(name, _BY_NAME, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "the commands are " + " ".join(_BY_NAME) + "."
        raise UsageError(f"There is no command {name}: {hint}")
    if argument.strip() and not command.argument:
        raise UsageError(f"{name} takes nothing after it.")  # what was typed may be a key
    said = command.run(session, argument.strip())
    session.notify()
    return said if isinstance(said, Report) else Report(said)


def complete(text: str) -> list[str]:
    """Return the commands that begin with ``text``."""
    return [name for name in _BY_NAME if name.startswith(text)]


def _help(_: Session, __: str) -> str:
    rows = [(f"`{c.name}{' ' + c.argument if c.argument else ''}`", c.help) for c in COMMANDS]
    return f"{table(('command', 'what it does'), rows)}\n\n{flags.help_markdown()}"


COMMANDS: tuple[Command, ...] = (
    Command("/help", "", "this list, and the options", _help),
    Command("/status", "", "address, key, model, notebook, store, conversations", about.status),
    Command("/models", "", "the models of the service, and what each can do", about.models),
    Command("/chat", "[NAME] [side]", "the chat panel over a conversation (main), here or in a side area", talk.chat),
    Command(
        "/history", "[NAME] [N]", "the turns of a conversation (main); one whole turn; N back brings it back", talk.history
    ),
    Command("/new", "[NAME] [from N]", "begin a conversation anew (main), or go on after turn N", talk.new),
    Command("/undo", "[NAME]", "take back the last turn", talk.undo),
    Command(
        "/pin", "[NAME] N", "keep turn N in what is sent, however long the conversation grows; `N off` lets it go", talk.pin
    ),
    Command("/conversations", "", "the conversations of this notebook", talk.conversations),
    Command("/rename", "OLD NEW", "give a conversation another name", talk.rename),
    Command("/forget", "N, NAME, older DAYS or all", "remove turns or conversations from the store for good", talk.forget),
    Command("/export", "FILE [NAME]", "write a conversation as .md, .html, .jsonl or .ipynb", transfer.export),
    Command("/import", "FILE [NAME]", "read a conversation from .jsonl or .ipynb", transfer.import_),
    Command("/usage", "", "tokens and price: by conversation, notebook and day", figures.usage),
    Command("/balance", "", "what is left on the account", account.balance),
    Command("/files", "[delete ID or all]", "what was uploaded to the service, and its removal", files.files),
    Command("/login", "", "ask for an API key, check it and keep it", account.login),
    Command("/logout", "", "forget the key", account.logout),
    Command("/demo", "", "talk to the offline Kimi: no key, no network", account.demo),
)

_BY_NAME = {command.name: command for command in COMMANDS}
