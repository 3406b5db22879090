"""The Jupyter servers of this user on this machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from kimi_magic.notebook.servers import decode_server, is_here, paths_of
from tests.notebook.serving import KERNEL, TOKEN, announce, session, silent, standing


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which servers tell that they run, for this test alone."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    return folder


def reply(*sessions: object) -> bytes:
    return json.dumps(sessions).encode()


def test_a_server_tells_the_documents_of_a_kernel(running: Path, tmp_path: Path) -> None:
    """The paths are below the server's root; sessions with other kernels, and of other forms, are not among them."""
    odd = [None, {}, {"kernel": None, "path": "a"}, {"kernel": {"id": KERNEL}, "path": 5}, session("")]
    with standing(reply(*odd, session("other.ipynb", "other"), session("a/ü b.ipynb"), session("console-1"))) as server:
        announce(running, server.port, tmp_path)
        assert paths_of(KERNEL) == [str(tmp_path / "a" / "ü b.ipynb"), str(tmp_path / "console-1")]
    assert server.asked == [("/user/ada/api/sessions", f"token {TOKEN}")]


def test_the_server_that_started_the_kernel_is_asked_first(running: Path, tmp_path: Path) -> None:
    """The kernel's parent process is its server: where it knows the kernel, nobody else is asked."""
    with standing(reply(session("other.ipynb"))) as other, standing(reply(session("a.ipynb"))) as own:
        announce(running, other.port, tmp_path, "jpserver-1.json")
        announce(running, own.port, tmp_path, "jpserver-2.json", {"pid": os.getppid()})
        assert paths_of(KERNEL) == [str(tmp_path / "a.ipynb")]
    assert (len(own.asked), len(other.asked)) == (1, 0)


def test_the_next_server_is_asked_where_one_does_not_know(running: Path, tmp_path: Path) -> None:
    """A server that refuses, one that speaks of other kernels and one that talks nonsense do not hide the right one."""
    with (
        standing(b"{}", 403) as refusing,
        standing(reply(session("other.ipynb", "other"))) as other,
        standing(b"[" * 100_000) as nonsense,
        standing(reply(session("a.ipynb"))) as own,
    ):
        for number, server in enumerate((refusing, other, nonsense, own)):
            announce(running, server.port, tmp_path, f"jpserver-{number}.json")
        assert paths_of(KERNEL) == [str(tmp_path / "a.ipynb")]


def test_a_server_that_listens_everywhere_is_met_on_loopback(running: Path, tmp_path: Path) -> None:
    """0.0.0.0 is no address to go to: the server is on this machine, so the token stays on it."""
    with standing(reply(session("a.ipynb"))) as server:
        announce(running, server.port, tmp_path, odd={"hostname": "0.0.0.0"})  # noqa: S104 nothing is bound to it
        assert paths_of(KERNEL) == [str(tmp_path / "a.ipynb")]


@pytest.mark.parametrize(
    "odd",
    [
        {"pid": 2**22 + 1},
        {"pid": 0},
        {"pid": -1},
        {"pid": 10**30},
        {"sock": "/run/jupyter.sock"},
        {"token": "a\r\nHost: elsewhere"},
    ],
    ids=str,
)
def test_what_is_not_ours_to_ask_is_not_asked(running: Path, tmp_path: Path, odd: dict[str, object]) -> None:
    """A server that has ended, one behind a file and one with a broken token get no request."""
    with standing(reply(session("a.ipynb"))) as server:
        announce(running, server.port, tmp_path, odd=odd)
        assert paths_of(KERNEL) == []
    assert server.asked == []


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("192.0.2.7", False),
        ("2001:db8::7", False),
        ("jupyter.invalid", False),
        (5, False),
    ],
)
def test_this_machine_is_told_from_others(host: object, here: bool) -> None:
    """A folder of running servers can be shared by machines: only an address of this one gets the token."""
    assert is_here(host) is here


def test_a_redirection_does_not_get_the_token(running: Path, tmp_path: Path) -> None:
    """A server that sends us elsewhere (to its login page, or worse) is not followed."""
    with standing(reply(session("a.ipynb"))) as elsewhere:
        with standing(b"", 302, Location=f"http://127.0.0.1:{elsewhere.port}/") as server:
            announce(running, server.port, tmp_path)
            assert paths_of(KERNEL) == []
        assert (len(server.asked), elsewhere.asked) == (1, [])


def test_no_proxy_gets_the_token(running: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment is not used, also where it is meant for every address."""
    with standing(b"[]") as proxy, standing(reply(session("a.ipynb"))) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        announce(running, server.port, tmp_path)
        assert paths_of(KERNEL) == [str(tmp_path / "a.ipynb")]
    assert proxy.asked == []


def test_a_silent_server_is_not_waited_for(running: Path, tmp_path: Path) -> None:
    """A server that was stopped (Ctrl+Z) costs about a second."""
    with silent() as server:
        announce(running, server.getsockname()[1], tmp_path)
        began = time.perf_counter()
        assert paths_of(KERNEL) == []
        assert 0.5 < time.perf_counter() - began < 3


def test_nobody_there_is_no_error(running: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server, one that is gone, and no folder of running servers at all: no paths."""
    assert paths_of(KERNEL) == []
    with silent() as server:
        port = server.getsockname()[1]
    announce(running, port, tmp_path)
    assert paths_of(KERNEL) == []
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "absent"))
    assert paths_of(KERNEL) == []


@pytest.mark.parametrize("content", ["", "[]", "5", '{"port": 1}', "[" * 100_000, '{"hostname": ["a"]}', "\x00"])
def test_a_file_of_another_form_is_no_server(tmp_path: Path, content: str) -> None:
    """A file that is half written or holds something else is passed over."""
    file = tmp_path / "jpserver-1.json"
    file.write_text(content)
    assert decode_server(file) is None


def test_the_token_is_in_no_repr(tmp_path: Path) -> None:
    """A traceback that prints the server does not print its token."""
    server = decode_server(announce(tmp_path, 8888, tmp_path))
    assert server is not None
    assert server.token.reveal() == TOKEN
    assert TOKEN not in repr(server)
