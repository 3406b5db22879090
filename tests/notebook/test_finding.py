"""Which notebook is a kernel's, and where is it now: by its environment, and by a real JupyterLab."""

from __future__ import annotations

import ast
import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import find_connection_file

from kimi_magic.notebook.finding import PAUSE, find, kernel_id, located
from tests.notebook.serving import KERNEL, announce, session, standing

if TYPE_CHECKING:
    from tests.labs import Lab

UUID = "0e1c6d3c-1f7c-4a4e-9c43-1f0c6a3f6b6a"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the kernel works in."""
    (tmp_path / "text.py").touch()
    (tmp_path / "Console 1").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "notebook"),
    [
        ("{}/a b.ipynb", "{}/a b.ipynb"),
        ("{}/sub/../a.ipynb", "{}/a.ipynb"),
        (f"{{}}/a-jvsc-{UUID}.ipynb", "{}/a.ipynb"),
        (f"{{}}/a-jvsc-{UUID}{UUID}.ipynb", "{}/a.ipynb"),
        ("{}/a-jvsc-b.ipynb", "{}/a-jvsc-b.ipynb"),
        ("{}/text.py", "{}/text.py"),
        ("sub/a.ipynb", "{}/a.ipynb"),
        ("{}/Console 1", ""),
        ("{}/Console 2", ""),
        (f"console-1-{UUID}", ""),
        (UUID, ""),
        ("", ""),
    ],
)
def test_a_server_names_the_notebook(folder: Path, name: str, notebook: str) -> None:
    """The session's name is the notebook's path, without VS Code's mark; a console of its own has no notebook."""
    environ = {"JPY_SESSION_NAME": name.format(folder)}
    assert find(environ, {}, is_terminal=False, is_batch=False) == notebook.format(folder)


def test_nothing_told_is_nothing_known(folder: Path) -> None:
    """Without a server's or an editor's word there is no notebook."""
    assert folder.is_dir()
    assert find({}, {"__vsc_ipynb_file__": None}, is_terminal=False, is_batch=False) == ""


def test_vs_code_names_its_notebook(folder: Path) -> None:
    """What VS Code put into this kernel goes before an environment, which a process can inherit."""
    environ, namespace = {"JPY_SESSION_NAME": str(folder / "outer.ipynb")}, {"__vsc_ipynb_file__": str(folder / "own.ipynb")}
    assert find(environ, namespace, is_terminal=False, is_batch=False) == str(folder / "own.ipynb")


def test_a_batch_run_has_no_notebook(folder: Path) -> None:
    """Also one that was started from a notebook's cell, whose environment it has."""
    assert find({"JPY_SESSION_NAME": str(folder / "outer.ipynb")}, {}, is_terminal=False, is_batch=True) == ""


def test_a_terminal_has_its_folder(folder: Path) -> None:
    """Also one that was started from a notebook's cell; a separator at the end tells a folder from a file."""
    environ = {"JPY_SESSION_NAME": str(folder / "outer.ipynb")}
    assert find(environ, {}, is_terminal=True, is_batch=False) == f"{folder}{os.sep}"


def test_a_terminal_in_a_folder_that_is_gone_has_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder that was removed has no path, and that is no error."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert find({}, {}, is_terminal=True, is_batch=False) == ""
    assert find({"JPY_SESSION_NAME": "/a/b.ipynb"}, {}, is_terminal=False, is_batch=False) == "/a/b.ipynb"


def test_without_a_kernel_there_is_no_id() -> None:
    """In a process that runs no kernel nothing is raised."""
    assert kernel_id() == ""


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which servers tell that they run, for this test alone."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_what_is_where_it_was_is_not_asked_for(running: Path) -> None:
    """No server is asked about a notebook that is there, a terminal's folder, nothing, or without a kernel's id."""
    (running / "a.ipynb").touch()
    with standing(json.dumps([session("b.ipynb")]).encode()) as server:
        announce(running, server.port, running)
        for path in (str(running / "a.ipynb"), str(running / "gone") + os.sep, ""):
            assert located(path, KERNEL) == path
        assert located(str(running / "gone.ipynb"), "") == str(running / "gone.ipynb")
    assert server.asked == []


@pytest.mark.parametrize(
    ("open_on_the_kernel", "now"),
    [
        (["new.ipynb"], "new.ipynb"),
        (["sub/new.ipynb"], "sub/new.ipynb"),
        (["console-1", "new.ipynb"], "new.ipynb"),
        (["new.ipynb", "new.ipynb"], "new.ipynb"),
        (["new.ipynb", "sub/new.ipynb"], "old.ipynb"),
        (["old.ipynb"], "old.ipynb"),
        (["absent.ipynb"], "old.ipynb"),
        (["nul\0.ipynb"], "old.ipynb"),
        (["sub"], "old.ipynb"),
    ],
)
def test_a_renamed_notebook_is_the_one_file_of_its_kernel(running: Path, open_on_the_kernel: list[str], now: str) -> None:
    """The path is the session's, if that is a file, and the only one; else the old one stays."""
    (running / "sub").mkdir()
    (running / "new.ipynb").touch()
    (running / "sub" / "new.ipynb").touch()
    with standing(json.dumps([session(path) for path in open_on_the_kernel]).encode()) as server:
        announce(running, server.port, running)
        assert located(str(running / "old.ipynb"), KERNEL) == str(running / now)


def test_a_vain_question_is_not_asked_again_at_once(running: Path) -> None:
    """After nobody knew, the next question does not wait; some seconds later it is asked again."""
    times = iter((100.0, 101.0, 101.0 + PAUSE - 0.1, 101.0 + PAUSE + 0.1, 200.0))
    clock: Callable[[], float] = lambda: next(times)  # noqa: E731 a clock in a line
    path = str(running / "old.ipynb")
    with standing(b"[]") as server:
        announce(running, server.port, running)
        assert located(path, KERNEL, clock) == path
        assert located(path, KERNEL, clock) == path
        assert len(server.asked) == 1
        assert located(path, KERNEL, clock) == path
        assert len(server.asked) == 2


class Api:
    """A front end of JupyterLab that does by requests what a person does by clicks."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return what the server answers."""
        from tests.labs import TOKEN

        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._lab.url}/api/{path}", data, headers, method=method)  # noqa: S310 on loopback
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 the same
            text = reply.read()
        return json.loads(text) if text else None

    @contextmanager
    def session(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the session of the notebook at ``path`` with a kernel of its own."""
        body = {"path": path, "name": path.split("/")[-1], "type": "notebook", "kernel": {"name": "python3"}}
        opened: dict[str, Any] = self.call("POST", "sessions", body)
        try:
            yield opened
        finally:
            self.call("DELETE", f"sessions/{opened['id']}")

    def rename(self, opened: dict[str, Any], path: str) -> None:
        """Rename a session's notebook as JupyterLab does: first the file, then the session."""
        self.call("PATCH", f"contents/{opened['path']}", {"path": path})
        self.call("PATCH", f"sessions/{opened['id']}", {"path": path, "name": path.split("/")[-1]})


@contextmanager
def joined(kernel: str) -> Iterator[Callable[[str], Any]]:
    """Yield a function that tells the value of an expression in a running kernel."""
    client = BlockingKernelClient(connection_file=find_connection_file(f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()

    def value(expression: str) -> Any:
        reply = client.execute_interactive(_IMPORTS, user_expressions={"value": expression}, store_history=False, timeout=30)
        told = reply["content"]["user_expressions"]["value"]
        assert told["status"] == "ok", told
        return ast.literal_eval(told["data"]["text/plain"])

    try:
        client.wait_for_ready(timeout=60)
        yield value
    finally:
        client.stop_channels()


_IMPORTS = "import os, sys; from kimi_magic.notebook.finding import find, kernel_id, located"
_FIND = "find(os.environ, globals(), is_terminal=False, is_batch=False)"


def test_a_rename_in_jupyterlab_is_noticed(lab: Lab) -> None:
    """A kernel knows its notebook, and finds it again after it was renamed, moved to another folder, and renamed again."""
    api = Api(lab)
    before = str(lab.write("before.ipynb", "1"))
    (lab.folder / "moved").mkdir()
    with api.session("before.ipynb") as opened, joined(opened["kernel"]["id"]) as value:
        assert value(_FIND) == before
        assert value("kernel_id()") == opened["kernel"]["id"]
        assert value(f"located({before!r}, kernel_id())") == before
        api.rename(opened, "moved/after ü.ipynb")
        after = str(lab.folder / "moved" / "after ü.ipynb")
        assert value(f"located({before!r}, kernel_id())") == after
        assert located(before, opened["kernel"]["id"]) == after
        assert value("'jupyter_server' in sys.modules") is False
        assert value(_FIND) == before
