"""The slash commands, over a real session and a real server."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_magic.commands import table as commands
from kimi_magic.commands.table import COMMANDS, complete, run
from kimi_magic.errors import ConnectionFailed, KimiError, UsageError
from kimi_magic.flags import FLAGS
from kimi_magic.options import parse
from kimi_magic.report import table
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Settings
from tests.conftest import KEY, surroundings
from tests.scripted import ScriptedKimi
from tests.scripts import error, pieces
from tests.terminals import TAKE_TERMINAL


@pytest.fixture
def session(kimi: ScriptedKimi, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    for name, value in surroundings(kimi, store).items():
        monkeypatch.setenv(name, value)
    session = Session(Settings(base_url=kimi.base_url))
    yield session
    session.client.close()
    if session.store:
        session.store.close()


def ask(session: Session, prompt: str = "Why?", line: str = "") -> None:
    session.ask(Question(prompt, prompt, (), parse(line)))


def rows(markdown: str) -> list[list[str]]:
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_help_is_the_whole_table(session: Session) -> None:
    """Each command and each option is in it with its words."""
    text = run(session, "/help")
    assert all(one.name in text and one.help in text for one in COMMANDS)
    assert all(flag.help in text for flag in FLAGS)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/modles", r"no command /modles: did you mean /models\?"),
        ("/zzzzzz", "the commands are /help /status"),
        ("/", "the commands are"),
        ("/status now", "/status takes nothing after it"),
        ("/undo", "Nothing was asked yet"),
    ],
)
def test_a_mistake_is_told(session: Session, line: str, says: str) -> None:
    """An unknown command, an argument too many and an unknown conversation are one sentence each."""
    with pytest.raises(UsageError, match=says):
        run(session, line)


def test_an_unknown_conversation_is_told(session: Session) -> None:
    """The message names the conversations that there are."""
    ask(session, line="-c plan")
    for line in ("/history other", "/undo other"):
        with pytest.raises(UsageError, match="no conversation 'other'; there are: plan"):
            run(session, line)


def test_commands_complete() -> None:
    """The commands that begin with a text are found, in the table's order."""
    assert complete("/h") == ["/help", "/history"]
    assert complete("/") == [one.name for one in COMMANDS]


def test_status_tells_what_is_set_and_no_secret(session: Session, kimi: ScriptedKimi, store: Path) -> None:
    """Address, model, store and conversations are shown; of the key only that there is one."""
    ask(session)
    text = run(session, "  /status ")
    assert all(part in text for part in (kimi.base_url, "kimi-k2.6", str(store), "1 turn,", "found"))
    assert KEY not in text


def test_status_without_a_key_names_the_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key nothing fails: the line says what to do. The address is shown without its password."""
    monkeypatch.delenv("MOONSHOT_API_KEY", raising=False)
    text = run(Session(Settings(store="none")), "/status")
    assert all(part in text for part in ("missing", "/login", "/demo", "none: conversations end with the kernel"))
    assert "hidden" not in run(Session(Settings(base_url="https://me:hidden@example.com/v1", store="none")), "/status")


def test_models_are_the_services(session: Session) -> None:
    """Each model has a row with what it can do and what it costs."""
    found = {row[0]: row[1:] for row in rows(run(session, "/models"))}
    assert found["`kimi-k2.6`"] == ["262,144", "pictures, video", "on or off", "0.95 (0.16) / 4.00"]
    assert found["`kimi-k3`"][2] == "always (low, high, max)"
    assert session.client.models_are_known


def test_a_conversation_begins_anew(session: Session, kimi: ScriptedKimi) -> None:
    """After /new nothing that was said is sent; model and system message stay, and other conversations too."""
    ask(session, "first", "-m kimi-k3 -s brief")
    ask(session, "aside", "-c other")
    assert "main" in run(session, "/new")
    ask(session, "second")
    sent = kimi.chats[-1].json
    assert [message["content"] for message in sent["messages"]] == ["brief", "second"]
    assert sent["model"] == "kimi-k3"
    assert sent["prompt_cache_key"] != kimi.chats[0].json["prompt_cache_key"]
    assert len(session.conversations.get("other").turns) == 1
    assert "fresh" in run(session, "/new fresh")


def test_undo_takes_back_the_last_turn(session: Session, kimi: ScriptedKimi) -> None:
    """What was taken back is not sent any more, is still in the history, and is named."""
    ask(session, "first")
    ask(session, "second *bold* $5")
    assert r"second \*bold\* \$5" in run(session, "/undo")
    ask(session, "third")
    sent = [message["content"] for message in kimi.chats[-1].json["messages"] if message["role"] == "user"]
    assert sent == ["first", "third"]
    assert [row[-1] for row in rows(run(session, "/history"))] == ["", "undone", ""]
    run(session, "/undo")
    run(session, "/undo main")
    with pytest.raises(UsageError, match="nothing to undo in the conversation main"):
        run(session, "/undo")


HOSTILE = "| a <img src=x onerror=alert(1)>\n# head\n`code` [l](javascript:x) ![p](https://example.com/p.png) ~~s~~ &lt; $x$"


def test_history_shows_what_was_said_and_nothing_runs(session: Session, kimi: ScriptedKimi) -> None:
    """Each turn is one row of as many cells as the head, whatever was asked and answered."""
    assert run(session, "/history") == "Nothing was asked yet."
    kimi.queue(pieces(HOSTILE))
    ask(session, HOSTILE)
    text = run(session, "/history")
    ((number, question, answer, model, tokens, price, mark),) = rows(text)
    assert (number, model, tokens, mark) == ("1", "`kimi-k2.6`", "20 / 8", "")
    assert re.fullmatch(r"\$0\.\d+", price)
    for cell in (question, answer):
        assert not re.search(r"(?<!\\)[<`\[$~!&#]", cell), cell
        assert len(cell) < 120


def test_usage_adds_up(session: Session, kimi: ScriptedKimi) -> None:
    """Each conversation has its sums, and all together; failed questions cost nothing, an unknown price is said."""
    assert run(session, "/usage") == "Nothing was asked yet."
    ask(session)
    ask(session)
    kimi.queue(pieces("Yes.", usage=None))
    ask(session, "aside", "-c other")
    kimi.queue(error(400, "invalid_request_error", "bad"))
    with pytest.raises(KimiError):
        ask(session)
    by_conversation, by_day = run(session, "/usage").split("\n\n")[:2]
    found = {row[0]: row[1:] for row in rows(by_conversation)}
    assert found["main"][:3] == ["3", "40 (8)", "16"]
    assert found["**together**"][:3] == ["4", "40 (8)", "16"]
    assert "1 of unknown price" in found["other"][3]
    assert "unknown" not in found["main"][3]
    ((day, *sums, bar),) = rows(by_day)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert sums == found["**together**"]
    assert bar == "█" * 20


def test_the_balance_is_shown(session: Session) -> None:
    """The three amounts of the account."""
    assert rows(run(session, "/balance")) == [["available", "49.60"], ["voucher", "46.60"], ["cash", "3.00"]]


LOGIN = """
from kimi_magic.commands import table as commands
from kimi_magic.errors import KimiError
from kimi_magic.session import Session
from kimi_magic.settings import Settings, address
session = Session(Settings(base_url=address("")))
for line in ("/login", "/status", "/logout", "/logout"):
    try:
        print(commands.run(session, line))
    except KimiError as error:
        print("ERROR", error)
"""


def login(kimi: ScriptedKimi, store: Path, typed: str) -> str:
    """Return what a terminal shows when ``typed`` is the answer to /login."""
    master, slave = pty.openpty()
    surrounding = os.environ | {"MOONSHOT_BASE_URL": kimi.base_url, "KIMI_MAGIC_STORE": str(store)}
    command = [sys.executable, "-c", TAKE_TERMINAL, sys.executable, "-c", LOGIN]
    shown = b""
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=surrounding, start_new_session=True
    ) as process:
        os.close(slave)
        with contextlib.suppress(OSError):  # the other end is closed: that is the end on Linux
            while data := os.read(master, 65536):
                if b"API key for" in data:
                    os.write(master, f"{typed}\n".encode())
                shown += data
        process.wait(20)
    os.close(master)
    return shown.decode()


def test_login_asks_checks_and_keeps(kimi: ScriptedKimi, store: Path) -> None:
    """The key is typed unseen, checked by a free call, kept in memory where there is no keyring, and forgotten."""
    shown = login(kimi, store, KEY)
    assert KEY not in shown
    assert "knows this key. It is kept in memory" in shown
    assert re.search(r"key *\| found", shown)
    assert re.search(r"The key is forgotten.*No key was kept", shown, re.DOTALL)
    assert [request.headers["authorization"] for request in kimi.requests] == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [("wrong-key-123", "ERROR 127.0.0.1 does not know this API key"), ("", "ERROR No key was typed"), ("“k”", "copied")],
)
def test_a_wrong_key_is_not_kept(kimi: ScriptedKimi, store: Path, typed: str, says: str) -> None:
    """A key that the service refuses, or that is none, changes nothing."""
    kimi.routes["/models"] = error(401, "invalid_authentication_error", f"bad {typed}")
    shown = login(kimi, store, typed)
    assert says in shown
    assert "wrong-key" not in shown
    assert re.search(r"key *\| \*\*missing", shown)


def test_demo_needs_no_key_and_no_network(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    """After /demo the offline Kimi answers and says that it is no language model; twice is the same server."""
    monkeypatch.delenv("MOONSHOT_API_KEY", raising=False)
    monkeypatch.setenv("KIMI_MAGIC_STORE", str(store))
    session = Session()
    assert "no language model" in run(session, "/demo")
    first = session.endpoint
    assert first in run(session, "/demo")
    ask(session, "Hello")
    assert session.last is not None
    assert "language model" in session.last.text
    assert "kimi-k3" in run(session, "/models")
    assert rows(run(session, "/balance"))
    session.client.close()
    assert session.store is not None
    session.store.close()


def test_no_server_is_told(session: Session, kimi: ScriptedKimi) -> None:
    """A command that asks the service says where there is none."""
    kimi.close()
    for line in ("/models", "/balance"):
        with pytest.raises(ConnectionFailed):
            run(session, line)


def test_a_table_holds_any_cell() -> None:
    """Bars and line ends in a cell do not break its row."""
    assert table(("a", "b"), [("1|2", "3\n4")]) == "| a | b |\n|---|---|\n| 1\\|2 | 3 4 |"


def test_no_two_commands_share_a_name() -> None:
    """The table has each name once, and all begin with a slash."""
    names = [one.name for one in commands.COMMANDS]
    assert len(names) == len(set(names))
    assert all(name.startswith("/") for name in names)
