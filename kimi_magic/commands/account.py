"""Who is asked, and with which key: ``/login /logout /balance /demo``."""

from __future__ import annotations

import getpass
from dataclasses import replace
from typing import TYPE_CHECKING

from kimi_magic.errors import UsageError
from kimi_magic.report import line, table
from kimi_magic.session import Session
from kimi_magic.settings import Secret, drop_key, keep_key, shown_address

if TYPE_CHECKING:
    from kimi_magic.demo.server import DemoServer


def balance(session: Session, _: str) -> str:
    """Show what is left on the account."""
    return table(
        ("balance", "amount"), [(line(name), f"{amount:,.2f}") for name, amount in session.client.balance().items()]
    )


def login(session: Session, _: str) -> str:
    """Ask for a key, check it with the service and keep it."""
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


def logout(session: Session, _: str) -> str:
    """Forget the key, or leave the offline Kimi."""
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


def demo(session: Session, _: str) -> str:
    """Start the offline Kimi and talk to it from now on."""
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
