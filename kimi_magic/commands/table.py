"""The slash commands: one table, for ``%kimi /…`` and for the panel. Each returns Markdown to be shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from kimi_magic import flags
from kimi_magic.commands import about, account, figures, files, jobs, prompts, talk, tools, transfer
from kimi_magic.errors import UsageError
from kimi_magic.prompts import library
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
    command = _BY_NAME.get(name) or _own(name)
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
    """Return the commands that begin with ``text``, the user's own prompts among them."""
    names = dict.fromkeys([*_BY_NAME, *(f"/{name}" for name in library.names())])
    return [name for name in names if name.startswith(text)]


def asks(name: str) -> bool:
    """Whether the command called ``name`` asks a prompt: one that is shipped, or one of the user's own."""
    return name in _PROMPTS or (name not in _BY_NAME and _own(name) is not None)


def _own(name: str) -> Command | None:
    """Return the command that asks a prompt of the user's own; None where there is none of that name."""
    is_there = name.removeprefix("/") in library.names()
    return Command(name, "[NAME]", "a prompt of your own", prompts.prompt(name.removeprefix("/"))) if is_there else None


def _help(_: Session, __: str) -> str:
    rows = [(f"`{c.name}{' ' + c.argument if c.argument else ''}`", c.help) for c in COMMANDS]
    rows += [(f"`{usage}`", help_text) for usage, help_text in library.described() if usage.split()[0] not in _BY_NAME]
    return f"{table(('command', 'what it does'), rows)}\n\n{flags.help_markdown()}"


def _save(session: Session, argument: str) -> str:
    return prompts.save_prompt(session, argument, [name for name in _BY_NAME if name not in _PROMPTS])


def _continue(session: Session, argument: str) -> str:
    if session.door is None:
        raise UsageError("/continue needs a notebook or a terminal.")
    session.door.go_on(argument)
    return ""


_PROMPTS = ("/fix", "/explain", "/doc", "/test")

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
    Command(
        "/fix",
        "[--replace]",
        "correct the cell that failed last, into the next cell; --replace: in the place of this one",
        prompts.prompt("fix"),
    ),
    Command("/explain", "[NAME]", "what the last cell does, or a function, a class, a value", prompts.prompt("explain")),
    Command("/doc", "NAME", "a function or class with its docstring, into the next cell", prompts.prompt("doc")),
    Command("/test", "NAME", "pytest tests of a function or class, into the next cell", prompts.prompt("test")),
    Command("/save-prompt", "NAME [again]", "keep the last question as a prompt: `%kimi /NAME` asks it", _save),
    Command("/continue", "[OPTIONS]", "go on with an answer that was cut", _continue),
    Command("/jobs", "[stop N or all]", "answers in the background", jobs.jobs),
    Command("/tools", "[drop NAME]", "what Kimi may call: your functions, and the ready-made ones", tools.tools),
    Command("/usage", "", "tokens and price: by conversation, notebook and day", figures.usage),
    Command("/balance", "", "what is left on the account", account.balance),
    Command("/files", "[delete ID or all]", "what was uploaded to the service, and its removal", files.files),
    Command("/login", "", "ask for an API key, check it and keep it", account.login),
    Command("/logout", "", "forget the key", account.logout),
    Command("/demo", "", "talk to the offline Kimi: no key, no network", account.demo),
)

_BY_NAME = {command.name: command for command in COMMANDS}
