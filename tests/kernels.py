"""A real IPython kernel in a process of its own, driven as a front end drives it."""

from __future__ import annotations

import json
import os
import queue
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.results import Ran, merge


class Kernel:
    """Runs cells one at a time, or starts one and lets the test do something while it runs."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, code: str, seconds: float = 20, **request: Any) -> Ran:
        """Run ``code`` as one cell and wait for its end.

        Right after a failed cell ipykernel 6 drops what follows it, taking it for the rest of Run All: then once more.
        """
        ran = self.finish(self.start(code, **request), seconds)
        if ran.is_dropped:
            time.sleep(0.3)
            ran = self.finish(self.start(code, **request), seconds)
        return ran

    def start(self, code: str, **request: Any) -> str:
        """Send ``code`` to the kernel, and return the request's id."""
        message_id: str = self.client.execute(code, **request)
        return message_id

    def until(self, message_id: str, text: str, seconds: float = 20) -> list[dict[str, Any]]:
        """Return the request's messages up to the first one that has ``text`` in it."""
        messages = []
        for message in self.arriving(message_id, seconds):
            messages.append(message)
            if text in str(message["content"]) and message["msg_type"] != "execute_input":
                return messages
        raise AssertionError(f"the cell ended without {text!r}")

    def finish(self, message_id: str, seconds: float = 20, before: Iterable[dict[str, Any]] = ()) -> Ran:
        """Return what came of the request, once the kernel has said all of it; ``before`` is what it said already."""
        until = time.monotonic() + seconds
        messages = [*before, *self.arriving(message_id, seconds)]
        reply = self.client.get_shell_msg(timeout=max(0.1, until - time.monotonic()))
        while reply["parent_header"].get("msg_id") != message_id:
            reply = self.client.get_shell_msg(timeout=max(0.1, until - time.monotonic()))
        return told(reply["content"], messages)

    def arriving(self, message_id: str, seconds: float = 20) -> Iterator[dict[str, Any]]:
        """Yield the request's messages as they come, until the kernel is idle again."""
        until = time.monotonic() + seconds
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"the cell did not end within {seconds} s") from None
            if message["parent_header"].get("msg_id") != message_id:
                continue
            yield message
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return

    def interrupt(self) -> None:
        """Do what the stop button does."""
        self.manager.interrupt_kernel()


def told(reply: Mapping[str, Any], messages: list[dict[str, Any]]) -> Ran:
    """Return what the kernel's reply and messages say together."""
    streams: dict[str, str] = {"stdout": "", "stderr": ""}
    displays = []
    for message in messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            streams[content["name"]] += content["text"]
        elif message["msg_type"] in {"display_data", "update_display_data", "execute_result"}:
            name = content.get("transient", {}).get("display_id")
            update = message["msg_type"] == "update_display_data"
            displays.append((name, update, content["data"], content["metadata"]))
    return Ran(
        ok=reply["status"] == "ok",
        shown=merge(displays),
        ename=reply.get("ename", ""),
        evalue=reply.get("evalue", ""),
        traceback="\n".join(reply.get("traceback", [])),
        messages=messages,
        payload=reply.get("payload", []),
        **streams,
    )


@contextmanager
def running_kernel(cwd: str, environment: Mapping[str, str]) -> Iterator[Kernel]:
    """Yield a kernel of this very Python, working in the folder ``cwd``, with ``environment`` besides."""
    manager = KernelManager()
    manager.start_kernel(cwd=cwd, env={**os.environ, **environment})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def write_kernelspec(folder: Path) -> None:
    """Put a kernel called python3, which is this very Python, into Jupyter's data ``folder``."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "Python 3", "language": "python"}
    (place / "kernel.json").write_text(json.dumps(spec))
