"""``/fix`` and its like, and ``/save-prompt``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kimi_magic import prompts
from kimi_magic.commands.prompts import prompt, save_prompt
from kimi_magic.conversation import Turn
from kimi_magic.errors import UsageError
from kimi_magic.options import parse
from kimi_magic.prompts import save
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Secret, Settings
from tests.scripted import ScriptedKimi
from tests.scripts import pieces
from tests.shells import Shell

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


def test_a_file_in_place_of_ours_is_told_and_says_no_yes(
    shell: Shell, kimi: ScriptedKimi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the answer stands which file asks; what it lets Kimi call is asked for, unless the user says -y."""
    monkeypatch.setenv("KIMI_MAGIC_PROMPTS", str(tmp_path / "prompts"))
    save("fix", "%%kimi -t wipe\nMine.\n", again=True)
    shell.run("ran = []\ndef wipe(path: str) -> str:\n    ran.append(path)\n    return path")
    call = pieces(calls=[("1", "wipe", ['{"path": "/tmp"}'])], finish="tool_calls")
    kimi.queue(call, pieces("Denied."), call, pieces("Wiped."))
    ran = shell.run("%kimi /fix")
    assert f"prompt: `{tmp_path / 'prompts' / 'fix.md'}`" in ran.shown[0].text
    assert ran.shown[1].text == "Denied."
    assert shell.run("%kimi /fix -y").ok
    assert shell.run("print(ran)").stdout == "['/tmp']\n"
    save("fix", "%%kimi -t wipe -y\nMine.\n", again=True)
    assert "a prompt cannot say it" in shell.run("%kimi /fix").evalue
    assert len(kimi.chats) == 4


def test_yes_is_not_kept_with_the_question(session: Session) -> None:
    """Its other options are; one that cannot be told apart is a sentence, and no file."""
    session.last_question = Question("Why?", "Why?", options=parse("-t f -y sales"), line="-t f -y sales")
    save_prompt(session, "why", TAKEN)
    template = prompts.find("why")
    assert template is not None
    assert parse(template.filled("")[0]) == parse("-t f sales")
    session.last_question = Question("Why?", "Why?", options=parse("-qy"), line="-qy")
    with pytest.raises(UsageError, match="ask it without -y"):
        save_prompt(session, "other", TAKEN)


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


class Panelled(Hall):
    """A door beside which there can be a panel."""

    def __init__(self) -> None:
        super().__init__()
        self.show_panel = lambda name, side: None  # noqa: ARG005 the same form as all


CODE = "Is {{region}} an {argument}?"
LITERAL = r"Is \{{region}} an \{argument}?"


@pytest.mark.parametrize(
    ("question", "has_panel", "line", "body"),
    [
        (Question(CODE, "Is west …", line="sales"), True, "sales", CODE),
        (Question(CODE, "Is west …", run="1"), True, "", CODE),
        (Question(CODE, "Is west …"), False, "", CODE),
        (Question(CODE, "Is west …"), True, "", LITERAL),
        (Question(CODE, CODE, run="1"), True, "", LITERAL),
        (Question(CODE, CODE), False, "", LITERAL),
        (Question(CODE, CODE, line="sales"), True, "sales", LITERAL),
        (Question(CODE, CODE, options=parse("--raw -1"), line="--raw -1"), True, "-1", LITERAL),
        (Question(CODE, CODE, options=parse("sales --raw"), line="%%kimi sales --raw"), False, "sales", LITERAL),
        (Question("{argument}", "{argument}"), True, "", r"\{argument}"),
    ],
    ids=["first line", "cell", "terminal", "panel", "ask", "ask in a terminal", "unknown", "raw", "raw cell", "place"],
)
def test_nothing_becomes_code_that_was_none(
    session: Session, question: Question, has_panel: bool, line: str, body: str
) -> None:
    """Braces are kept as code where the user has typed them into a cell that evaluated them; else they are words."""
    session.door = Panelled() if has_panel else Hall()
    session.last_question = question
    save_prompt(session, "it", TAKEN)
    template = prompts.find("it")
    assert template is not None
    assert (template.line, template.body) == (line, body)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question("Why?", "Why?", goes_on=Turn("1", "Why?", (), "m", 0.0)), "/continue"),
        (
            Question("Why?", "Why?", options=parse("--raw --system 'say --raw now'"), line="--raw --system 'say --raw now'"),
            "--raw",
        ),
    ],
    ids=["continued", "raw in a text"],
)
def test_what_cannot_be_kept_as_it_was_is_not_kept(session: Session, question: Question, says: str) -> None:
    """A question that went on with an answer, and options that cannot be told apart, are a sentence each, and no file."""
    session.last_question = question
    with pytest.raises(UsageError, match=says):
        save_prompt(session, "it", TAKEN)
    assert prompts.find("it") is None


def test_a_key_is_not_kept_with_the_question(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the environment, or of /login, that stands in it is starred in the file."""
    monkeypatch.setenv("MOONSHOT_API_KEY", "sk-0123456789abcdefghij")
    session.last_question = Question("Is sk-0123456789abcdefghij good?", "")
    save_prompt(session, "good", TAKEN)
    template = prompts.find("good")
    assert template is not None
    assert template.body == "Is *** good?"
    session.key = Secret("sk-of-a-login-0123456789")
    session.last_question = Question("Is sk-of-a-login-0123456789 good?", "")
    save_prompt(session, "good again", TAKEN)
    assert "of-a-login" not in str(prompts.find("good"))


def test_keys_are_masked_where_none_is_given_to_ask_with(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes keys out of texts is there without a key to ask with, and takes out the one that there is."""
    monkeypatch.delenv("MOONSHOT_API_KEY", raising=False)
    monkeypatch.delenv("KIMI_API_KEY", raising=False)
    assert session.masking()("Is sk-0123456789abcdefghij good?") == "Is sk-0123456789abcdefghij good?"
    session.key = Secret("sk-of-a-login-0123456789")
    assert session.masking()("Is sk-of-a-login-0123456789 good?") == "Is *** good?"


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
