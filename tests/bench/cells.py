"""Cells run in a real kernel, with the time and the size of each message that comes of them."""

from __future__ import annotations

import compileall
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # psutil comes without types
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

import kimi_magic
from tests.bench.peers import Peer
from tests.bench.plan import Plan
from tests.bench.server import Server
from tests.kernels import Kernel, running_kernel

DISPLAYS = frozenset({"display_data", "update_display_data"})
SHORTEST = Plan("natural", 20)
_DELIMITER = b"<IDS|MSG>"


class WrongAnswerError(Exception):
    """A cell failed, or what it left is not what the server sent: its times mean nothing."""


@dataclass(frozen=True)
class Heard:
    """A message of the kernel: when it was received, and its parts as they were sent."""

    at: float
    frames: list[bytes]

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(map(len, self.frames))

    @property
    def kind(self) -> str:
        """Its ``msg_type``."""
        return str(self._part(2)["msg_type"])

    @cached_property
    def content(self) -> Any:
        """What it says."""
        return self._part(5)

    @property
    def parent(self) -> str:
        """The id of the request that it belongs to."""
        return str(self._part(3).get("msg_id", ""))

    @property
    def is_idle(self) -> bool:
        """Whether it ends the cell."""
        return self.kind == "status" and bool(self.content["execution_state"] == "idle")

    def _part(self, number: int) -> Any:
        return json.loads(self.frames[self.frames.index(_DELIMITER) + number])


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that ran: when it was sent and when it ended (monotonic seconds), and what the kernel said."""

    sent: float
    ended: float
    messages: list[Heard]

    @property
    def bytes(self) -> int:
        """All that the kernel sent."""
        return sum(message.size for message in self.messages)

    @property
    def redraws(self) -> list[Heard]:
        """The messages that show something."""
        return [message for message in self.messages if message.kind in DISPLAYS]

    @property
    def output(self) -> int:
        """The bytes of the last thing shown: what stays in the notebook."""
        shown = self.redraws[-1].content["data"] if self.redraws else {}
        return sum(len(str(value).encode()) for value in shown.values())

    def shown_at(self, words: str) -> float:
        """Return when ``words`` were first shown."""
        return next(m.at for m in self.redraws if any(words in str(value) for value in m.content["data"].values()))

    @property
    def peak(self) -> float:
        """The most messages a second in any window of 3 seconds; jupyter_server drops what is above 1,000."""
        times, first, most = [message.at for message in self.messages], 0, 0
        for last, at in enumerate(times):
            while times[first] < at - 3:
                first += 1
            most = max(most, last + 1 - first)
        return most / 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where cells are run: the server that answers, and a folder for what kernels keep. ``seed`` is for what is chance."""

    server: Server
    folder: Path
    runs: int
    seed: int = 1

    def environment(self) -> dict[str, str]:
        """Return the environment of a kernel that sees nothing of the user's own."""
        return {
            "MOONSHOT_BASE_URL": self.server.base_url,
            "MOONSHOT_API_KEY": "sk-not-a-real-key-0123456789abcdef",
            "KIMI_MAGIC_STORE": str(self.folder / "conversations.sqlite"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    @contextmanager
    def fresh(self) -> Iterator[Measured]:
        """Yield a new kernel that has run an empty cell or two."""
        with running_kernel(str(self.folder), self.environment()) as kernel:
            measured = Measured(kernel, self.server)
            for _ in range(3):
                measured.run("pass")
            yield measured

    @contextmanager
    def with_peer(self, peer: Peer, plan: Plan = SHORTEST) -> Iterator[Measured]:
        """Yield a new kernel in which ``peer`` is loaded and has answered ``plan`` once or twice."""
        with self.fresh() as measured:
            measured.load(peer)
            for _ in range(3):
                measured.ask(peer, plan)
            yield measured


@dataclass(frozen=True, slots=True)
class Measured:
    """A kernel whose cells are measured."""

    kernel: Kernel
    server: Server

    @property
    def process(self) -> psutil.Process:
        """The kernel's process."""
        provisioner = self.kernel.manager.provisioner
        assert isinstance(provisioner, LocalProvisioner)
        return psutil.Process(provisioner.pid)

    @property
    def memory(self) -> float:
        """The kernel's resident memory, in MB."""
        return float(self.process.memory_info().rss) / 1e6

    @property
    def cpu(self) -> float:
        """The seconds of processor time that the kernel has taken."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def load(self, peer: Peer) -> None:
        """Bring ``peer`` into the kernel, ready to be asked."""
        for code in filter(None, (peer.load, peer.ready)):
            self.run(code)

    def run(self, code: str, seconds: float = 120) -> Cell:
        """Run ``code`` as a cell. Raises `WrongAnswerError` where it fails."""
        sent = time.monotonic()
        request = self.kernel.start(code)
        messages = list(self._hear(request, seconds))
        reply = self.kernel.client.get_shell_msg(timeout=10)
        if reply["content"]["status"] != "ok":
            raise WrongAnswerError(f"{code!r} failed: {reply['content'].get('evalue')}")
        return Cell(sent, messages[-1].at, messages)

    def ask(self, peer: Peer, plan: Plan) -> Cell:
        """Ask for ``plan``. Raises `WrongAnswerError` where the answer is not the one that was sent."""
        cell = self.run(peer.ask(plan))
        self.check(peer, plan)
        return cell

    def check(self, peer: Peer, plan: Plan) -> None:
        """Raise `WrongAnswerError` where the last answer is not the whole one that was sent."""
        if self.value(peer.answer) != plan.text:
            raise WrongAnswerError(f"{peer.name} has lost something of {plan.prompt!r}")

    def value(self, expression: str) -> Any:
        """Return the value of ``expression``, which JSON can carry."""
        cell = self.run(f"import json\nprint(json.dumps({expression}))")
        printed = "".join(message.content["text"] for message in cell.messages if message.kind == "stream")
        return json.loads(printed)

    def _hear(self, request: str, seconds: float) -> Iterator[Heard]:
        """Yield the request's messages; they are read only so far as is needed to know them apart."""
        socket = self.kernel.client.iopub_channel.socket
        until = time.monotonic() + seconds
        while socket.poll(max(0.0, until - time.monotonic()) * 1e3):
            frames = socket.recv_multipart()
            message = Heard(time.monotonic(), frames)
            if message.parent == request:
                yield message
                if message.is_idle:
                    return
        raise TimeoutError(f"the cell did not end within {seconds:g} s")


def keep_apart(folder: Path) -> None:
    """Let Jupyter's own files of this process stand in ``folder``, and let kernels log nothing but errors."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text('get_config().IPKernelApp.log_level = "ERROR"\n')
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        (folder / name.lower()).mkdir()
        os.environ[name] = str(folder / name.lower())


def compile_package() -> None:
    """Write the bytecode of kimi_magic, as pip does when it installs: kernels that may write none compile it each time."""
    compileall.compile_dir(Path(kimi_magic.__file__).parent, quiet=1)
