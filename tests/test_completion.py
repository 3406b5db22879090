"""Tab on a line of Kimi's, through IPython's own completer."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from kimi_magic.flags import FLAGS
from kimi_magic.tools import ready
from kimi_magic.tools.ready_made import READY_MADE
from tests.shells import Shell


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that can be attached."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("notes.txt", "two words.txt", "odd[1].txt"):
        Path(name).touch()


def tab(shell: Shell, code: str) -> list[str]:
    """Return what ``code``, with the cursor at its end, could become."""
    shell.ip.user_ns |= {"sales": 1, "_hidden": 2, "salt": 3}
    with provisionalcompleter():
        return [code[: found.start] + found.text for found in shell.ip.Completer.completions(code, len(code))]


@pytest.mark.parametrize(
    ("code", "become"),
    [
        ("%%kimi --mo", ["%%kimi --model"]),
        ("%%kimi sales --no-t", ["%%kimi sales --no-think"]),
        ("%%kimi sal", ["%%kimi sales", "%%kimi salt"]),
        ("%kimi -q sal", ["%kimi -q sales", "%kimi -q salt"]),
        ("%%kimi not", ["%%kimi notes.txt"]),
        ("%%kimi two", ['%%kimi "two words.txt"']),
        ("%%kimi odd[", ["%%kimi odd[1].txt"]),
        ("%%kimi -c ", ["%%kimi -c main"]),
        ("%kimi -m kimi-k3", ["%kimi -m kimi-k3"]),
        ("%kimi /hel", ["%kimi /help"]),
        ("%kimi /h", ["%kimi /help", "%kimi /history"]),
        ("x = 1\n    %kimi --ra", ["x = 1\n    %kimi --raw"]),
        ("a = '\u2028'\n%kimi --ra", ["a = '\u2028'\n%kimi --raw"]),
    ],
)
def test_a_line_is_completed(shell: Shell, code: str, become: list[str]) -> None:
    """Options, names, files, models, conversations and commands, and no Python among them."""
    assert tab(shell, code) == become


def test_all_options_and_models_are_offered(shell: Shell) -> None:
    """One dash offers each option, -m each model."""
    assert {f"%%kimi {name}" for flag in FLAGS for name in flag.names} == set(tab(shell, "%%kimi -"))
    assert "%%kimi -m kimi-k3" in tab(shell, "%%kimi -m ")
    assert shell.run("%kimi /models").ok
    assert tab(shell, "%%kimi -m kimi-k2.7-code") == ["%%kimi -m kimi-k2.7-code"]


def test_functions_and_types_are_offered_where_they_are_meant(shell: Shell) -> None:
    """Behind -t stand functions and the ready-made tools, behind --schema classes."""
    assert shell.run("def look_up(name: str) -> str: ...\nclass Looks: ...").ok
    assert tab(shell, "%%kimi -t look") == ["%%kimi -t look_at", "%%kimi -t look_up"]
    assert tab(shell, "%%kimi --schema Loo") == ["%%kimi --schema Looks"]
    assert tab(shell, "%kimi /doc look") == ["%kimi /doc look_up"]


def test_the_ready_made_tools_are_named_alike_everywhere() -> None:
    """Completion and /tools, which must not import the tools, name each of them."""
    assert [*READY_MADE] == [*ready.READY]


def test_conversations_are_those_of_the_session(shell: Shell) -> None:
    """What was talked in can be talked in again."""
    assert shell.run("%%kimi -c planning\nHi").ok
    assert tab(shell, "%kimi -c pl") == ["%kimi -c planning"]


@pytest.mark.parametrize(
    "code", ["%%kimi\n", "%%kimi\n\n", "%kimi\n", "", "\n", "%%kimi", "%%kimi --mo\n", "%%kimi\nsal", "sal", "%%time sal"]
)
def test_elsewhere_python_is_completed(shell: Shell, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In a cell's body and on other lines nothing of ours is offered, and nothing fails."""
    found = tab(shell, code)
    assert not [text for text in found if "--" in text[len(code) :]]
    assert capsys.readouterr().err == ""


def test_an_absolute_path_is_completed(shell: Shell, tmp_path: Path) -> None:
    """A word that begins with a slash is a file where it is no command."""
    assert tab(shell, f"%%kimi {tmp_path}/he") == [f"%%kimi {tmp_path}/here"]


def test_typing_looks_for_no_key(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Completion begins no session, so that it asks for nothing and fails at nothing."""
    monkeypatch.setenv("MOONSHOT_BASE_URL", "nonsense")
    assert tab(shell, "%%kimi -m kimi-k3") == ["%%kimi -m kimi-k3"]
