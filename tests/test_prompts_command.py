"""``/fix`` and its like, and ``/save-prompt``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kimi_magic import prompts
from kimi_magic.commands.prompts import prompt, save_prompt
from kimi_magic.errors import UsageError
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Settings

TAKEN = ("/help", "/history")


class Hall:
    """A door that notes what is asked."""

    show_panel: Callable[[str, bool], object] | None = None

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def ask_prompt(self, name: str, argument: str) -> None:
        """Note the prompt."""
        self.asked.append((name, argument))

    def go_on(self, line: str) -> None:
        """Note that an answer goes on."""
        self.asked.append(("", line))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("KIMI_MAGIC_PROMPTS", str(tmp_path / "prompts"))
    return Session(Settings(store="none"))


def test_a_prompt_is_asked_where_the_user_is(session: Session) -> None:
    """The door gets name and argument, and the command has nothing more to say; without a door it is told."""
    with pytest.raises(UsageError, match="/doc needs a cell to ask from"):
        prompt("doc")(session, "total")
    session.door = hall = Hall()
    assert prompt("doc")(session, "total") == ""
    assert hall.asked == [("doc", "total")]


def test_the_last_question_becomes_a_prompt(session: Session) -> None:
    """Its first line and its text are kept as they were typed; a second time only when told."""
    session.last_question = Question("Why did {argument} drop?", "…", line="sales --rows 5")
    said = save_prompt(session, "drop", TAKEN)
    assert "%kimi /drop" in said
    assert "drop.md" in said
    template = prompts.find("drop")
    assert template is not None
    assert template.filled("March") == ("sales --rows 5", "Why did March drop?")
    with pytest.raises(UsageError, match="already"):
        save_prompt(session, "drop", TAKEN)
    session.last_question = Question("Now?", "Now?")
    save_prompt(session, "/drop again", TAKEN)
    assert prompts.find("drop") == prompts.Template("drop", "", "Now?", "Now?")


def test_a_key_is_not_kept_with_the_question(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the environment that stands in it is starred in the file."""
    monkeypatch.setenv("MOONSHOT_API_KEY", "sk-0123456789abcdefghij")
    session.last_question = Question("Is sk-0123456789abcdefghij good?", "")
    save_prompt(session, "good", TAKEN)
    template = prompts.find("good")
    assert template is not None
    assert template.body == "Is *** good?"


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("", "/save-prompt NAME keeps"),
        ("a b", "/save-prompt NAME keeps"),
        ("help", "/help is a command"),
        ("a/b", "cannot be the name"),
    ],
)
def test_a_mistake_is_told(session: Session, argument: str, says: str) -> None:
    """No name, too many words, a command's name and a bad name are a sentence each."""
    session.last_question = Question("Why?", "Why?")
    with pytest.raises(UsageError, match=says):
        save_prompt(session, argument, TAKEN)


def test_without_a_question_there_is_nothing_to_keep(session: Session) -> None:
    """A kernel in which nothing was asked says so."""
    with pytest.raises(UsageError, match="Nothing was asked in this kernel yet"):
        save_prompt(session, "x", TAKEN)
