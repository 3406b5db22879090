"""A real browser: the one that is there, or the one that can be had. Without one the tests fail, and say why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MILLISECONDS = 30_000
"""How long what is expected of a page may take: only a test that fails waits for so long."""
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)


class NoBrowser(Exception):
    """There is no browser and none could be had."""


def find_browser(playwright: Playwright) -> str:
    """Return the path of a browser, installing one where there is none; raise `NoBrowser` where that fails."""
    own = playwright.chromium.executable_path
    return _existing(own) or _by_playwright(own) or _by_system() or _give_up()


def _existing(own: str) -> str | None:
    if Path(own).exists():
        return own
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _by_playwright(own: str) -> str | None:
    _try([sys.executable, "-m", "playwright", "install", "chromium"])
    return own if Path(own).exists() else None


def _by_system() -> str | None:
    sudo = [] if os.name == "posix" and os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not sudo or _try(["sudo", "-n", "true"])):
        _try([*sudo, "apt-get", "update"])
        _try([*sudo, "apt-get", "install", "-y", "--no-install-recommends", "chromium"])
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _try(command: list[str]) -> bool:
    """Run ``command`` for ten minutes at the most, and return whether it succeeded."""
    try:
        return subprocess.run(command, capture_output=True, timeout=600, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):  # not installed, or no way to the network
        return False


def _give_up() -> str:
    raise NoBrowser(
        "No browser was found, and neither Playwright nor the system's package manager could install one: "
        "install Chromium or Google Chrome, or run `python -m playwright install chromium`."
    )


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Yield a browser without a window.

    As long as Playwright lives its loop counts as running in this thread, so nothing else with a loop works beside.
    """
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        path = find_browser(playwright)
        is_root = os.name == "posix" and os.geteuid() == 0
        arguments = [*QUIET, *(["--no-sandbox"] if is_root else [])]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
