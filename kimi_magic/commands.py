"""The slash commands: one table, for ``%kimi /…`` and for the panel. Each returns Markdown to be shown."""

from __future__ import annotations

import difflib
import getpass
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kimi_magic import flags
from kimi_magic.amounts import dollars, size
from kimi_magic.api.catalog import AS_OF, PRICES, Model
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.errors import UsageError
from kimi_magic.report import code, line, number, table
from kimi_magic.session import Session
from kimi_magic.settings import Secret, drop_key, find_key, keep_key, shown_address
from kimi_magic.uploads import forget

if TYPE_CHECKING:
    from kimi_magic.demo.server import DemoServer

Run = Callable[[Session, str], str]

_PURPOSES = ("image", "video", "file-extract")
"""What ``/files delete all`` deletes; files of batches are somebody else's work."""


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: what it is called, what may follow, what it is for, and what it does."""

    name: str
    argument: str
    help: str
    run: Run


def run(session: Session, line: str) -> str:
    """Do what ``line``, such as ``/history 3``, says, and return Markdown.

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
    return command.run(session, argument.strip())


def complete(text: str) -> list[str]:
    """Return the commands that begin with ``text``."""
    return [name for name in _BY_NAME if name.startswith(text)]


def _help(_: Session, __: str) -> str:
    rows = [(f"`{c.name}{' ' + c.argument if c.argument else ''}`", c.help) for c in COMMANDS]
    return f"{table(('command', 'what it does'), rows)}\n\n{flags.help_markdown()}"


def _status(session: Session, _: str) -> str:
    settings = session.settings
    rows = [
        ("address", f"`{shown_address(settings.base_url)}`"),
        ("key", _key_state(session)),
        ("model", f"`{settings.model}`"),
        ("store", f"`{session.store.path}`" if session.store else "none: conversations end with the kernel"),
    ]
    rows += [(f"conversation `{c.name}`", _summary(c, settings.model)) for c in session.conversations.values()]
    return table(("", "what is set"), rows)


def _key_state(session: Session) -> str:
    try:
        find_key(session.settings.base_url, session.key)
        return "found"
    except UsageError:
        return "**missing**: set `MOONSHOT_API_KEY`, or run `%kimi /login`; `%kimi /demo` works without one"


def _summary(conversation: Conversation, model: str) -> str:
    said = sum(turn.is_said for turn in conversation.turns)
    return f"{said} {'turn' if said == 1 else 'turns'}, `{conversation.model or model}`"


def _models(session: Session, _: str) -> str:
    models = session.client.load_models()
    rows = [(code(m.id), number(m.context_length), _sees(m), _thinks(m), _price(m.id)) for m in models]
    head = ("model", "context, tokens", "sees", "thinks", "$ per million: in (cached) / out")
    return f"{table(head, rows)}\n\nPrices as of {AS_OF}."


def _sees(model: Model) -> str:
    kinds = [name for name, can in (("pictures", model.image_in), ("video", model.video_in)) if can]
    return ", ".join(kinds) if kinds else ("unknown" if model.image_in is None else "text only")


def _thinks(model: Model) -> str:
    words = {"only": "always", "both": "on or off", "no": "no", None: "unknown"}[model.thinking]
    return words + (f" ({', '.join(model.efforts)})" if model.efforts else "")


def _price(model: str) -> str:
    price = PRICES.get(model)
    return f"{price.input:.2f} ({price.cached:.2f}) / {price.output:.2f}" if price else "unknown"


def _new(session: Session, argument: str) -> str:
    name = argument or "main"
    old = session.conversations.get(name)
    session.conversations[name] = replace(
        Conversation(name), model=old.model if old else "", system=old.system if old else None
    )
    return f"The conversation `{name}` begins anew; what was said stays in the store and is not sent any more."


def _undo(session: Session, argument: str) -> str:
    conversation = _conversation(session, argument or "main")
    undone = conversation.undo()
    if undone is None:
        raise UsageError(f"There is nothing to undo in the conversation {conversation.name}.")
    notice = session.keep(conversation, undone)
    return f"Taken back, and not sent any more: {line(undone.prompt, 80)}" + (f"\n\n{notice}" if notice else "")


def _conversation(session: Session, name: str) -> Conversation:
    if not session.conversations:
        raise UsageError("Nothing was asked yet.")
    if name not in session.conversations:
        names = ", ".join(session.conversations)
        raise UsageError(f"There is no conversation {name!r}; there are: {names}.")
    return session.conversations[name]


def _history(session: Session, argument: str) -> str:
    if not session.conversations:
        return "Nothing was asked yet."
    turns = _conversation(session, argument or "main").turns
    rows = [(str(number), *_turn_row(turn)) for number, turn in enumerate(turns, 1)]
    return table(("", "question", "answer", "model", "tokens in / out", "price", ""), rows)


def _turn_row(turn: Turn) -> tuple[str, ...]:
    usage = turn.usage
    tokens = f"{usage.prompt_tokens:,} / {usage.completion_tokens:,}" if usage else ""
    mark = "" if turn.state == "complete" else turn.state
    return line(turn.prompt), line(turn.answer.text), f"`{turn.model}`", tokens, dollars(turn.cost), mark


def _usage(session: Session, _: str) -> str:
    if not session.asked:
        return "Nothing was asked yet."
    turns = list(session.asked.values())
    names = dict.fromkeys(name for name, _ in turns)
    rows = [_usage_row(f"`{name}`", [turn for of, turn in turns if of == name]) for name in names]
    rows.append(_usage_row("**together**", [turn for _, turn in turns]))
    return table(("conversation", "questions", "tokens in (cached)", "out", "price"), rows)


def _usage_row(name: str, turns: Iterable[Turn]) -> tuple[str, ...]:
    asked = [turn for turn in turns if turn.state not in ("asked", "failed")]
    total = Conversation(turns=asked).usage()
    unknown = any(turn.cost is None for turn in asked)
    price = dollars(sum(turn.cost or 0 for turn in asked)) + (" and more (some are unknown)" if unknown else "")
    return (
        name,
        str(len(asked)),
        f"{total.prompt_tokens:,} ({total.cached_tokens:,})",
        f"{total.completion_tokens:,}",
        price,
    )


def _balance(session: Session, _: str) -> str:
    return table(
        ("balance", "amount"), [(line(name), f"{amount:,.2f}") for name, amount in session.client.balance().items()]
    )


def _login(session: Session, _: str) -> str:
    host = shown_address(session.settings.base_url)
    try:
        key = Secret(getpass.getpass(f"API key for {host}: ").strip())
    except (NotImplementedError, EOFError):
        raise UsageError("Nobody can be asked for a key here: set the environment variable MOONSHOT_API_KEY.") from None
    if not key:
        raise UsageError("No key was typed, so nothing has changed.")
    before = session.key
    session.configure(session.settings, key)
    try:
        session.client.load_models()  # free of charge: the right call to check a key
    except BaseException:  # the old key stays, whatever went wrong
        session.forget_key(before)
        raise
    where = "in the system's keyring" if keep_key(session.settings.base_url, key) else "in memory, until the kernel ends"
    return f"{host} knows this key. It is kept {where}."


def _logout(session: Session, _: str) -> str:
    had, session.endpoint, was_demo = session.key is not None, "", bool(session.endpoint)
    session.forget_key(None)
    if was_demo:
        return (
            "The offline Kimi is left. The next question goes to the address that `%kimi` shows, with the key found there."
        )
    dropped = drop_key(session.settings.base_url)
    if not (had or dropped):
        return "No key was kept. One in the environment is not touched."
    return "The key is forgotten. One in the environment is not touched."


def _files(session: Session, argument: str) -> str:
    if not argument:
        return _listed(session)
    verb, _, which = argument.partition(" ")
    if verb != "delete" or not which.strip():
        raise UsageError("/files lists what lies on the service, /files delete ID (or all) deletes.")
    files = session.client.files
    all_ids = [file.id for file in files.list() if file.purpose in _PURPOSES] if which.strip() == "all" else None
    for file_id in which.split() if all_ids is None else all_ids:
        files.delete(file_id)
        forget(file_id, session.store)
    count = len(which.split() if all_ids is None else all_ids)
    return f"{count} {'file is' if count == 1 else 'files are'} deleted. A turn that showed one can show it no more."


def _listed(session: Session) -> str:
    files = session.client.files.list()
    if not files:
        return "No files lie on the service."
    rows = [(code(f.id), line(f.filename), line(f.purpose), size(f.bytes), _date(f.created_at)) for f in files]
    others = sum(file.purpose not in _PURPOSES for file in files)
    kept = f" `/files delete all` leaves {others} of another purpose alone." if others else ""
    return table(("id", "name", "purpose", "size", "date"), rows) + f"\n\n{size(sum(f.bytes for f in files))} in all.{kept}"


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _demo(session: Session, _: str) -> str:
    if not session.endpoint:
        server = _started()
        session.endpoint = server.base_url
        session.configure(replace(session.settings, base_url=server.base_url), Secret(server.key))
    return (
        "The offline Kimi answers from now on. It is no language model: it describes what it received, so that everything "
        f"can be tried without a key and without a network (`{session.endpoint}`). `%kimi /logout` leaves it."
    )


def _started() -> DemoServer:
    try:
        from kimi_magic.demo.server import DemoServer  # tornado is there in every kernel, but not in every terminal
    except ImportError:
        raise UsageError('The offline Kimi needs tornado: pip install "kimi-magic[demo]".') from None
    return DemoServer().start()


COMMANDS: tuple[Command, ...] = (
    Command("/help", "", "this list, and the options", _help),
    Command("/status", "", "address, key, model, conversations", _status),
    Command("/models", "", "the models of the service, and what each can do", _models),
    Command("/new", "[NAME]", "begin a conversation anew (main)", _new),
    Command("/undo", "[NAME]", "take back the last turn", _undo),
    Command("/history", "[NAME]", "the turns of a conversation (main)", _history),
    Command("/usage", "", "tokens and price of what was asked here", _usage),
    Command("/balance", "", "what is left on the account", _balance),
    Command("/files", "[delete ID or all]", "what was uploaded to the service, and its removal", _files),
    Command("/login", "", "ask for an API key, check it and keep it", _login),
    Command("/logout", "", "forget the key", _logout),
    Command("/demo", "", "talk to the offline Kimi: no key, no network", _demo),
)

_BY_NAME = {command.name: command for command in COMMANDS}
