"""What the last cells showed, in a live shell. The one module of content that knows IPython."""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from kimi_magic.content import windows
from kimi_magic.content.history import History, Which
from kimi_magic.content.listening import Listener
from kimi_magic.content.outputs import Bundle, RanCell, Shown

if TYPE_CHECKING:
    from kimi_magic.content.failure import Failure


class Watcher:
    """Remembers what the last cells of ``shell`` showed: bounded, by reference where the object lives."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell: Any = shell  # its parts are traits, which a type checker does not see
        self._listener = Listener(shell, self)
        self._history = History()
        self._cell = RanCell()
        self._running: list[ExecutionInfo] = []
        self._request = ""
        self._is_started = self._is_hearing = False
        self._windows: weakref.WeakSet[Any] = weakref.WeakSet()
        self._raised: BaseException | None = None
        self._error_before: object = None
        self._failure: Failure | None = None

    def start(self) -> None:
        """Listen from now on; what the cell in which this is called still shows is remembered too."""
        if not self._is_started:
            self._is_started = self._is_hearing = True
            self._listener.attach()
            self._shell.events.register("pre_run_cell", self._on_begin)
            self._shell.events.register("post_run_cell", self._on_end)

    def stop(self) -> None:
        """Listen no more, and leave the shell as it was. What is remembered stays."""
        if self._is_started:
            self._is_started = self._is_hearing = False
            self._shell.events.unregister("pre_run_cell", self._on_begin)
            self._shell.events.unregister("post_run_cell", self._on_end)
        self._listener.detach()
        self._running.clear()

    def figures(self, which: Which) -> list[Shown]:
        """Return the figures of the last cell that showed any (None), the last ``which``, or all ("all"); oldest first.

        The running cell's count too, also those that it has drawn and that will be shown when it ends.
        """
        running = RanCell()
        running.outputs = list(self._cell.outputs)
        for figure in windows.unshown() if self._is_hearing else []:
            running.show(Shown(figure, {}, hold=True))
        return self._history.figures(which, running)

    def cells(self, count: int) -> list[RanCell]:
        """Return the ``count`` cells run last, without the running one and those that only ask Kimi; oldest first.

        There may be fewer. A cell that ran several times stands there once, with its last run.
        """
        return self._history.cells(count)

    def failure(self) -> Failure | None:
        """Return the last exception of a cell: no error of ours, and none that only says that somebody stopped it."""
        return self._failure

    def on_shown(self, value: object, bundle: Bundle, display_id: str, *, is_update: bool) -> None:
        """Remember what was shown."""
        if not self._is_hearing:
            return
        if not is_update:
            self._cell.show(Shown(value, bundle, display_id))
        elif found := self._history.find(display_id, self._cell):
            found.replace(value, bundle)

    def on_text(self, stream: str, text: str) -> None:
        """Remember what a cell printed."""
        if self._is_hearing and self._running:
            self._cell.write(stream, text)

    def on_clear(self, *, wait: bool) -> None:
        """Forget what is cleared."""
        if self._is_hearing:
            self._cell.clear(wait=wait)

    def _on_begin(self, info: ExecutionInfo) -> None:
        request = self._parent().get("header", {}).get("msg_id", "")
        if request != self._request:  # else one whose end nobody told would seem to go on for ever
            self._running.clear()
        self._running.append(info)
        if len(self._running) > 1:  # a cell that runs a cell
            return
        self._request = request
        self._is_hearing = bool(info.store_history)  # else a program asked, and no cell shows it
        self._raised, self._error_before = None, getattr(sys, "last_value", None)
        self._listener.attach()
        self._listener.attach_streams()
        self._keep()
        self._cell = RanCell(str(info.raw_cell or ""), id=self._cell_id(info))

    def _on_end(self, result: ExecutionResult) -> None:
        if not self._running:  # the cell in which it was started
            return
        self._raised = result.error_in_exec or result.error_before_exec or self._raised
        if result.info in self._running:
            del self._running[self._running.index(result.info) :]
        if self._running:
            return
        self._listener.detach_streams()
        if self._is_hearing:
            self._cell.number = result.execution_count or 0
            self._note_failure()
            self._note_windows()
            self._keep()
        self._cell, self._is_hearing = RanCell(), True  # what threads and widgets show until the next cell

    def _keep(self) -> None:
        cell = self._cell
        if only_asks(cell.source):
            cell.source, cell.outputs = "", list(cell.figures)
        if cell.source or cell.outputs:
            self._history.add(cell)

    def _note_windows(self) -> None:
        """Remember the figures that opened a window of their own, which goes without IPython's display."""
        for figure in windows.on_screen():
            if figure not in self._windows:
                self._windows.add(figure)
                self._cell.show(Shown(figure, {}, hold=True))

    def _note_failure(self) -> None:
        """Take the cell's exception; one that was only shown (by ``%run``, in a callback) is in ``sys.last_value``."""
        last = getattr(sys, "last_value", None)
        error = self._raised or (last if last is not self._error_before else None)
        if not isinstance(error, BaseException) or only_asks(self._cell.source):
            return
        from kimi_magic.content.failure import Failure, is_of_interest, summary  # late: %load_ext need not wait for it

        if not is_of_interest(error):
            return
        if self._failure is None or self._failure.error is not error:
            self._failure = Failure(error, self._cell.number, self._cell.source, self._labels(error))
        self._cell.error, self._cell.failed = summary(self._failure), self._failure.kind

    def _labels(self, error: BaseException) -> dict[str, str]:
        """Return what to call those of the traceback's files that are cells."""
        label = getattr(self._shell.compile, "format_code_name", lambda _: None)  # IPython 7 has none
        files = []
        trace = error.__traceback__
        while trace:
            files.append(trace.tb_frame.f_code.co_filename)
            trace = trace.tb_next
        return {name: " ".join(found) for name in set(files) if (found := label(name))}

    def _cell_id(self, info: ExecutionInfo) -> str:
        metadata = self._parent().get("metadata") or {}
        found = getattr(info, "cell_id", None) or metadata.get("cellId") or (metadata.get("colab") or {}).get("cell_id")
        return str(found or "")

    def _parent(self) -> dict[str, Any]:
        kernel = getattr(self._shell, "kernel", None)
        return (kernel.get_parent() or {}) if kernel else {}


def only_asks(source: str) -> bool:
    r"""Return whether a cell's source is a question to Kimi, or has nothing but lines with ``%kimi``.

    >>> only_asks("%%kimi df\nWhy?"), only_asks("# now\n%kimi -p why?\n"), only_asks("x = 1\n%kimi why?")
    (True, True, False)
    """
    if source.lstrip().startswith("%%kimi"):
        return True
    lines = [line.strip() for line in source.replace("\\\n", " ").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return bool(lines) and all(line.split()[0] in ("%kimi", "%kimi?") for line in lines)
