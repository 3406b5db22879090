"""The story of `tests.story` in a real kernel, which is killed somewhere.

A real kernel, because all that writes is there: the magic, its threads, and what happens between cells. Starting it takes a
second.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from tests.kernels import Kernel, running_kernel
from tests.scripted import ScriptedKimi
from tests.story import STEPS, saved, sources

LONGEST = 30.0
"""Seconds that a session may take."""

_SET_UP = """
%load_ext kimi_magic
import os
from PIL import Image
said = os.open("acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def kept(step):
    os.write(said, b".")  # what is written is there, also when the process is killed now
"""


@dataclass(frozen=True, slots=True)
class Point:
    """When to kill: so many steps are acknowledged, then seconds have gone by, then so many bytes stand in the store."""

    after: int = 0
    seconds: float = 0.0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of its own for a notebook, the store's file, and the service that answers."""

    folder: Path
    store: Path
    kimi: ScriptedKimi

    @property
    def notebook(self) -> Path:
        """The notebook's file."""
        return self.folder / "killed.ipynb"

    @property
    def log(self) -> Path:
        """What SQLite writes first, before it gets into the store's file."""
        return self.store.with_name(self.store.name + "-wal")

    @property
    def acknowledged(self) -> int:
        """How many steps the kernel has reported as kept."""
        return size(self.folder / "acknowledged")

    @property
    def written(self) -> int:
        """The bytes of the store and its log."""
        return size(self.store) + size(self.log)

    def begin(self) -> None:
        """Begin anew: a notebook that was saved before anything was run, no store, and a service that waits."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.notebook.write_text(json.dumps(saved()))
        for path in self.store.parent.glob(f"{self.store.name}*"):
            path.unlink()
        self.kimi.forget()
        self.kimi.queue(*[step.stream for step in STEPS if step.prompt])


def size(path: Path) -> int:
    """Return the bytes of a file, 0 where it is not there."""
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def run_and_kill(place: Place, point: Point, beside: Callable[[], object] = lambda: None) -> float:
    """Run the session, kill its kernel at ``point`` or at its end; return the seconds from its first cell until then.

    ``beside`` is done while it runs. The environment has to name the place's store and its service.
    """
    place.begin()
    with running_kernel(str(place.folder), {"JPY_SESSION_NAME": str(place.notebook)}) as kernel:
        ran = kernel.run(_SET_UP)
        assert ran.ok, ran.error
        began = time.monotonic()
        for cell, source in sources():
            _start(kernel, cell, source)
        beside()
        _wait(place, point, began + LONGEST)
        took = time.monotonic() - began
        _kill(kernel)
    return took


def _start(kernel: Kernel, cell: str, source: str) -> None:
    """Send a cell as a front end does, which names it; the kernel runs one after the other."""
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
    message = kernel.client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
    kernel.client.shell_channel.send(message)


def reach(place: Place, steps: int, until: float = float("inf")) -> None:
    """Wait until so many steps are acknowledged, at the longest `LONGEST` seconds or ``until`` that time."""
    until = min(until, time.monotonic() + LONGEST)
    while place.acknowledged < steps and time.monotonic() < until:
        time.sleep(0.001)


def _wait(place: Place, point: Point, until: float) -> None:
    reach(place, point.after, until)
    time.sleep(point.seconds)
    while place.written < point.written and place.acknowledged < len(STEPS) and time.monotonic() < until:
        pass  # a write takes microseconds: who sleeps here never kills within one
    assert time.monotonic() < until, f"only {place.acknowledged} steps in {LONGEST} s"


def _kill(kernel: Kernel) -> None:
    provisioner = kernel.manager.provisioner
    assert isinstance(provisioner, LocalProvisioner)
    assert provisioner.process is not None
    os.kill(provisioner.process.pid, signal.SIGKILL)
    provisioner.process.wait()
