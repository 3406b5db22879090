"""``python -m kimi_magic demo``: the offline Kimi, and a lesson that talks to it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from kimi_magic.demo.lessons import FIRST, copy_lessons, find_lessons

NEEDED = ("tornado", "nbformat", "nbclient", "ipykernel", "jupyterlab")
CURE = 'pip install "kimi-magic[demo]"'


def run_demo(notebook: Path | None, *, headless: bool, port: int | None, others: Sequence[str] = ()) -> int:
    """Start the offline Kimi and run ``notebook`` (the first lesson) with it; return the exit code.

    In JupyterLab, which gets ``port`` and the ``others`` among the arguments, until that ends; or ``headless``, at once.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return _fail(f"The demo needs {' and '.join(missing)}: {CURE}")
    try:
        path = notebook or (find_lessons() / FIRST if headless else _own_lesson())
        if not path.is_file():
            return _fail(f"There is no notebook {path}.")
        return _run_headless(path) if headless else _run_lab(path, port, others)
    except OSError as error:
        return _fail(str(error))


def _own_lesson() -> Path:
    """Return the first lesson, where the user can write."""
    folder, kept = copy_lessons(find_lessons(), Path.cwd())
    if kept:
        print(f"Left as you have changed them, in {folder}: {', '.join(kept)}.")
    return folder / FIRST


def _environment(base_url: str, key: str) -> dict[str, str]:
    """Return the environment of the child: the offline Kimi is its service, and is reached without a proxy."""
    without = ",".join(filter(None, (os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1")))
    ours = {"MOONSHOT_BASE_URL": base_url, "MOONSHOT_API_KEY": key, "NO_PROXY": without, "no_proxy": without}
    return {**os.environ, **ours}


def _run_headless(path: Path) -> int:
    from kimi_magic.demo.headless import run_notebook  # these two bring what only the extra `demo` installs
    from kimi_magic.demo.server import DemoServer

    with DemoServer() as server, tempfile.TemporaryDirectory(prefix="kimi-") as store:
        try:
            run = run_notebook(path, {**_environment(server.base_url, server.key), "KIMI_MAGIC_STORE": store})
        except ValueError as error:
            return _fail(f"{path} is no notebook: {str(error).splitlines()[0]}")
    for exchange in run.exchanges:
        print("\n".join(f"> {line}" for line in exchange.question.splitlines()), exchange.answer, sep="\n\n", end="\n\n")
    return _fail(run.error) if run.error else 0


def _run_lab(path: Path, port: int | None, others: Sequence[str]) -> int:
    from kimi_magic.demo.headless import write_kernel  # late, as above
    from kimi_magic.demo.server import DemoServer

    signal.signal(signal.SIGTERM, _end)
    with DemoServer() as server, tempfile.TemporaryDirectory(prefix="kimi-") as folder:
        write_kernel(Path(folder))
        paths = os.pathsep.join(filter(None, (folder, os.environ.get("JUPYTER_PATH"))))
        command = [sys.executable, "-m", "jupyter", "lab", path.name, *([f"--port={port}"] if port else []), *others]
        environment = {**_environment(server.base_url, server.key), "JUPYTER_PATH": paths}
        print(f"The offline Kimi answers at {server.base_url}. JupyterLab opens {path}; Ctrl-C ends both.", flush=True)
        return _wait(subprocess.Popen(command, cwd=path.parent, env=environment))  # noqa: S603 this Python, and what the user typed


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Return the child's exit code. Ctrl-C reaches the child by itself, and may only ask a question there."""
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
    finally:
        child.terminate()
        child.wait()


def _end(number: int, _: FrameType | None) -> None:
    """End by an exception, so that the child is ended too."""
    raise SystemExit(128 + number)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1
