"""The same question on every model, against the offline Kimi, which refuses what the service refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_magic.demo.server import DemoServer
from tests.conftest import KEY
from tests.shells import Shell, running_shell

ADD = "def add(a: int, b: int = 1) -> int:\n    '''Add.'''\n    return a + b"
SHAPES = "from typing import Literal\nShape = Literal['circle', 'square']"


@pytest.fixture(scope="module")
def offline() -> Iterator[DemoServer]:
    """An offline Kimi for all tests here."""
    with DemoServer(pace=0) as server:
        yield server


@pytest.fixture
def shell(offline: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A shell whose service is the offline Kimi."""
    for name, value in (("BASE_URL", offline.base_url), ("API_KEY", KEY)):
        monkeypatch.setenv(f"MOONSHOT_{name}", value)
    monkeypatch.setenv("KIMI_MAGIC_STORE", str(tmp_path / "store.sqlite"))
    with running_shell() as shell:
        shell.load()
        assert shell.run(f"{ADD}\n{SHAPES}").ok
        yield shell
        shell.close()


@pytest.mark.parametrize("model", ["kimi-k2.6", "kimi-k2.7-code", "kimi-k3"])
def test_a_conversation_with_everything_is_never_refused(model: str, shell: Shell) -> None:
    """Calls, values, a beginning, a cut answer that goes on, and plain questions between them: each request passes."""
    cells = (
        f"%%kimi -m {model} -t add -t list_variables -y\nuse add for 40 and 2, and list_variables",
        "%%kimi\nand?",
        "%%kimi --schema Shape\na square?",
        "%%kimi --max-tokens 90 --prefix 'You asked'\nwhat?",
        "%kimi /continue",
        "%%kimi -t add -y --schema Shape\nuse add for 1 and 2; is it a circle?",
        "%%kimi --json\nwhat?",
        "%%kimi --cache\nand?",
    )
    for cell in cells:
        ran = shell.run(cell)
        assert ran.ok, (cell, ran.evalue)
    assert "42" in shell.run("%kimi /history 1").answer.text


def test_a_conversation_goes_from_model_to_model(shell: Shell) -> None:
    """Calls that were made without thinking, or on another model, are taken by each of the others."""
    for line in ("-m kimi-k2.6 --no-think", "-m kimi-k3", "-m kimi-k2.6", "-m kimi-k2.7-code", "-m kimi-k3 --effort low"):
        for cell in (f"%%kimi {line} -t add -y\nuse add for 1 and 2", "%kimi and?"):
            ran = shell.run(cell)
            assert ran.ok, (line, ran.evalue)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("-m kimi-k2.6 --effort low", "no levels"),
        ("-m kimi-k3 --no-think", "always thinks"),
        ("--json --prefix x", "--prefix"),
    ],
)
def test_what_a_model_cannot_do_is_said_before_it_is_sent(line: str, says: str, shell: Shell) -> None:
    """A sentence, and no refusal of the service's."""
    ran = shell.run(f"%%kimi {line} -t add -y\nwhat?")
    assert ran.ename == "UsageError"
    assert says in ran.evalue
