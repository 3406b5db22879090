"""A real IPython in a real (pseudo) terminal, and the screen that a person would see."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyte

ROWS, COLUMNS = 200, 120
TAKE_TERMINAL = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""Makes the pseudo terminal the one that Ctrl-C comes from; to fork for it, as pexpect does, warns beside threads."""
IPYTHON = ("-m", "IPython", "--no-banner", "--no-confirm-exit", "--colors=NoColor")
CTRL_C, CTRL_O, TAB, ESCAPE = "\x03", "\x0f", "\t", "\x1b"


class Terminal:
    """Types, and reads the screen. All that was ever written to it is in ``written``."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.written = b""

    def read(self) -> None:
        """Follow the terminal until its program has ended."""
        with contextlib.suppress(OSError):  # the other end is closed: that is the end on Linux
            while data := os.read(self._master, 65536):
                with self._lock:
                    self.written += data
                    self._stream.feed(data)

    def type(self, text: str) -> None:
        """Press the keys of ``text``."""
        os.write(self._master, text.encode())

    def enter(self, text: str) -> None:
        """Type ``text`` as one paste, so that nothing completes or indents it, and run it."""
        self.type(f"\x1b[200~{text}\x1b[201~")
        self.wait_for(re.escape(text.splitlines()[-1][-40:]))
        self.type(ESCAPE + "\r")

    @property
    def screen(self) -> str:
        """What stands on the screen, without the empty lines below."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def wait_for(self, pattern: str, seconds: float = 15) -> str:
        """Return the screen as soon as it has ``pattern``; raise TimeoutError, with the screen, where it never does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if re.search(pattern, screen := self.screen):
                return screen
            time.sleep(0.05)
        raise TimeoutError(f"{pattern!r} did not come within {seconds} s; the screen:\n{self.screen}")

    def prompt(self, number: int, seconds: float = 15) -> str:
        """Return the screen as soon as IPython asks for input ``number``."""
        return self.wait_for(rf"(?m)^In \[{number}\]:", seconds)


@contextmanager
def running_terminal(cwd: str) -> Iterator[Terminal]:
    """Yield a terminal in which IPython has just asked for its first input."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
    environment |= {"LINES": str(ROWS), "COLUMNS": str(COLUMNS)}
    command = [sys.executable, "-c", TAKE_TERMINAL, sys.executable, *IPYTHON]
    terminal = Terminal(master)
    reader = threading.Thread(target=terminal.read, daemon=True)
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environment, start_new_session=True
    ) as process:
        os.close(slave)
        reader.start()
        try:
            terminal.prompt(1, 30)
            yield terminal
        finally:
            process.kill()
    reader.join(5)
    os.close(master)
