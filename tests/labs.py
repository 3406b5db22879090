"""A real JupyterLab server, and a person in front of one of its notebooks."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, expect

TOKEN = "a-token-for-tests"
MILLISECONDS = 30_000


class Lab:
    """A running JupyterLab whose notebooks are the files in ``folder``."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def write(self, name: str, *cells: str) -> Path:
        """Write a notebook of code ``cells`` and return its path."""
        path = self.folder / name
        path.write_text(json.dumps(notebook(*cells)))
        return path

    def open(self, page: Page, name: str) -> Notebook:
        """Open the notebook ``name`` and wait for its kernel."""
        opened = Notebook(page, self.folder / name)
        page.goto(f"{self.url}/lab/tree/{name}?token={TOKEN}&reset", timeout=MILLISECONDS)
        opened.wait_for_kernel()
        return opened

    def open_in_notebook_7(self, page: Page, name: str) -> Notebook:
        """Open the notebook ``name`` in Notebook 7, and wait for its kernel."""
        opened = Seven(page, self.folder / name)
        page.goto(f"{self.url}/notebooks/{name}?token={TOKEN}", timeout=MILLISECONDS)
        opened.wait_for_kernel()
        return opened


def notebook(*cells: str) -> dict[str, object]:
    """Return a notebook file of code ``cells``."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    code: dict[str, object] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    numbered = [{**code, "id": f"cell-{number}", "source": cell} for number, cell in enumerate(cells)]
    return {"cells": numbered, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


class Notebook:
    """An open notebook, handled as a person handles it."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path

    def wait_for_kernel(self) -> None:
        """Wait until the kernel has started and does nothing."""
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=MILLISECONDS)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=MILLISECONDS)

    def cell(self, number: int) -> Locator:
        """Return the cell ``number``, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def output(self, number: int) -> Locator:
        """Return what cell ``number`` shows."""
        return self.cell(number).locator(".jp-OutputArea").first

    def start(self, number: int) -> None:
        """Run cell ``number`` as Shift+Enter does, without waiting for its end."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def run(self, number: int) -> Locator:
        """Run cell ``number``, wait for its end and return what it shows."""
        self.start(number)
        self.wait_for_end(number)
        return self.output(number)

    def wait_for_end(self, number: int) -> None:
        """Wait until cell ``number`` has its number, which it gets when it has ended."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=MILLISECONDS)

    def stop(self) -> None:
        """Press the toolbar's stop button."""
        self.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').first.click()

    def save(self) -> None:
        """Save the notebook and wait until it is on disk."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        until = time.monotonic() + 10
        while self.path.stat().st_mtime_ns == before:
            assert time.monotonic() < until, "the notebook was not saved within 10 s"
            self.page.wait_for_timeout(50)
        expect(self.page.locator(".jp-mod-dirty")).to_have_count(0, timeout=MILLISECONDS)

    def reload(self) -> None:
        """Load the page anew and wait for the kernel."""
        self.page.reload(timeout=MILLISECONDS)
        self.wait_for_kernel()


class Seven(Notebook):
    """A notebook that is open in Notebook 7, which has no bar at its bottom."""

    def wait_for_kernel(self) -> None:
        """Wait until the kernel has started and does nothing: its mark says so also where there is no kernel yet."""
        until = time.monotonic() + MILLISECONDS / 1000
        while not self._is_connected():
            assert time.monotonic() < until, "Notebook 7 had no kernel within 30 s"
            self.page.wait_for_timeout(50)
        expect(self.page.locator(".jp-Toolbar-kernelName").first).to_contain_text("Python 3", timeout=MILLISECONDS)
        idle = self.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        idle.first.wait_for(timeout=MILLISECONDS)

    def _is_connected(self) -> bool:
        """Whether the server knows a kernel of this notebook that does nothing and has somebody who listens."""
        sessions = self.page.request.get(urljoin(self.page.url, "/api/sessions")).json()
        kernels = [session["kernel"] for session in sessions if session["path"] == self.path.name]
        return any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels)


@contextmanager
def running_lab(folder: Path, environment: Mapping[str, str]) -> Iterator[Lab]:
    """Yield a JupyterLab over a folder of its own inside ``folder``; its kernels get ``environment`` besides."""
    notebooks, settings = folder / "notebooks", folder / "settings"
    notebooks.mkdir()
    _turn_off_news(settings)
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={notebooks}"]
    own = {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
    log = folder / "lab.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, env={**os.environ, **own, **environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            lab = Lab(f"http://127.0.0.1:{port}", notebooks)
            _wait_for_server(lab.url, process, log)
            yield lab
        finally:
            process.terminate()


def _turn_off_news(settings: Path) -> None:
    place = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"checkForUpdates": False, "doNotDisturbMode": True, "fetchNews": "false"}))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_for_server(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/api", timeout=5):  # noqa: S310 an address on loopback
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(f"JupyterLab did not answer; its log:\n{log.read_text()}")
