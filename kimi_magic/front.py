"""What stands before the kernel: a front end with cells, a batch run, or a terminal; and how things are shown there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

if TYPE_CHECKING:
    from kimi_magic.render.view import View
    from kimi_magic.report import Report

# What renders is imported where it is first used: %load_ext does not wait for it.


def view(shell: InteractiveShell, *, quiet: bool = False) -> View:
    """Return the view that fits where ``shell`` runs: a cell, a batch run that keeps only ends, a terminal, or nothing."""
    if quiet:
        from kimi_magic.render.view import Silent

        return Silent()
    if is_terminal(shell):
        from kimi_magic.render.terminal import TerminalView

        return TerminalView()
    from kimi_magic.render.cell import CellView, EndView

    return EndView() if is_batch(shell) else CellView()


def show(shell: InteractiveShell, report: Report) -> None:
    """Show a report of ours where ``shell`` shows things; a terminal leaves its pictures out."""
    if is_terminal(shell):
        from kimi_magic.render import terminal

        return terminal.show_report(report)
    from kimi_magic.render import cell

    return cell.show_report(report, report.pictures)


def is_terminal(shell: InteractiveShell) -> bool:
    """Whether ``shell`` is IPython in a terminal."""
    return type(shell).__name__ == "TerminalInteractiveShell"


def is_batch(shell: InteractiveShell) -> bool:
    """Whether nbclient (or papermill, or nbconvert) runs the kernel: it keeps history in memory and names no cells."""
    history = getattr(shell.history_manager, "hist_file", "")
    return hasattr(shell, "kernel") and history == ":memory:" and not cell_id(shell)


def cell_id(shell: InteractiveShell) -> str:
    """Return the id of the cell that runs, as the front end names it (Lab, Notebook, VS Code; Colab); "" elsewhere."""
    metadata = dict(_request(shell).get("metadata") or {})
    return str(metadata.get("cellId") or (metadata.get("colab") or {}).get("cell_id") or "")


def run_id(shell: InteractiveShell) -> str:
    """Return the id of the request that runs the cell: another one for each execution; "" in a terminal."""
    return str((_request(shell).get("header") or {}).get("msg_id") or "")


def _request(shell: InteractiveShell) -> dict[str, Any]:
    kernel = getattr(shell, "kernel", None)
    return dict(kernel.get_parent() or {}) if kernel else {}
