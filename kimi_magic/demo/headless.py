"""Runs a notebook without a browser, in a kernel of this Python, and tells what was asked and answered."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from ipykernel.kernelspec import write_kernel_spec
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

KERNEL = "python3"
SECONDS = 120
"""How long a cell may take."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A cell and what it showed, as plain text."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Run:
    """The cells that showed something, and one line about what stopped the run, empty where nothing did."""

    exchanges: tuple[Exchange, ...]
    error: str = ""


def write_kernel(folder: Path) -> Path:
    """Write a kernel of this very Python below ``folder``, for JUPYTER_PATH, and return the folder of kernels."""
    write_kernel_spec(folder / "kernels" / KERNEL)
    return folder / "kernels"


def run_notebook(path: Path, environment: Mapping[str, str]) -> Run:
    """Run a copy of the notebook at ``path`` in a fresh kernel that has ``environment``.

    Raises OSError and ValueError where there is no notebook to be read.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    with tempfile.TemporaryDirectory(prefix="kimi-") as folder:
        kernels = KernelSpecManager(kernel_dirs=[str(write_kernel(Path(folder, "jupyter")))])
        manager = AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=kernels)
        work = Path(folder, "work")
        work.mkdir()
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=SECONDS,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it warns of its own connection, which is this machine's
            resources={"metadata": {"path": str(work)}},
        )
        try:
            client.execute(env=dict(environment), cleanup_kc=True)
        except CellExecutionError as error:
            return Run(_exchanges(notebook), f"The cell {_failed(notebook)} failed with {_first_line(error)}")
        except (CellTimeoutError, DeadKernelError) as error:
            return Run(_exchanges(notebook), f"The kernel of {sys.executable} did not finish: {error}")
    return Run(_exchanges(notebook))


def _exchanges(notebook: NotebookNode) -> tuple[Exchange, ...]:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return tuple(Exchange(cell.source, answer) for cell in code if (answer := _shown(cell)))


def _shown(cell: NotebookNode) -> str:
    return "\n".join(filter(None, (_text(output).strip() for output in cell.outputs)))


def _text(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    return str(output.get("data", {}).get("text/plain", ""))


def _failed(notebook: NotebookNode) -> str:
    """Return the id of the cell that has an error among its outputs."""
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            return str(cell.get("id", "without an id"))
    return "without an output"


def _first_line(error: CellExecutionError) -> str:
    message = (error.evalue or "").strip().splitlines() or [""]
    return f"{error.ename}: {message[0]}"
