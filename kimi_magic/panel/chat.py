"""``chat()``: the panel is made, shown, and kept as the conversation is. The only place here that knows IPython."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from kimi_magic.amounts import counted
from kimi_magic.around import Around
from kimi_magic.conversation import new_id
from kimi_magic.errors import KimiError, UsageError
from kimi_magic.panel.asking import Job, Line
from kimi_magic.panel.board import AT_ONCE, Board
from kimi_magic.panel.desk import Desk
from kimi_magic.render.printable import printable
from kimi_magic.session import Session

if TYPE_CHECKING:
    from kimi_magic.api.client import Client
    from kimi_magic.panel.widget import Panel

_open: list[Chat] = []
_SOON = 0.3  # seconds after which the rest is shown: by then the browser has drawn what it got
_PATIENCE = 10.0  # seconds that a program waits for what a reader need not wait for


def chat(conversation: str = "main", *, side: bool = False) -> Chat:
    """Show the chat panel over a conversation of this notebook, and return it.

    Once more it shows the same panel again. With ``side`` it goes into a side area, which the package sidecar brings.
    Raises `UsageError` where there is no notebook, or a package is missing.
    """
    shell = _notebook_shell()
    session = _magic(shell).session()
    one = next((one for one in _open if one.conversation == conversation and one.is_of(session)), None)
    if one is None:
        one = Chat(shell, conversation)
        _open.append(one)
    one.show(side=side)
    return one


class Chat:
    """The panel over one conversation. It goes on with it in all places where it is shown."""

    def __init__(self, shell: Any, conversation: str) -> None:
        around: Around = _magic(shell).around
        self._shell, self._session = shell, around.session
        self._errands = Line("kimi-panel-errands")
        self._questions = Line("kimi-panel-questions", self._show_queue)
        self.widget: Panel = _panel_class()(around.mask)
        self._board = Board(around.session, self.widget, conversation, self._settled)
        self._desk = Desk(around, self._board, self.widget, self._errands, self._questions)
        self.widget.listen(self._desk.take)
        self._shown_in, self._is_due = -1, False
        self._below: list[tuple[str, dict[str, str]]] = []  # the transcript's outputs: their ids, and what they show
        self._asked: Client | None = None
        session = around.session()
        session.notebook.refresh()
        self._board.open()
        self._stop_watching = session.watch(self._board.watch)
        session.changed.append(self._changed)

    @property
    def conversation(self) -> str:
        """The name of the conversation that is shown."""
        return self._board.name

    def is_of(self, session: Session) -> bool:
        """Return whether this is a panel of that session."""
        return self._session() is session

    def show(self, *, side: bool = False) -> None:
        """Show the panel here, and under it what was said as ordinary output, which stays when the kernel has gone."""
        self._shown_in = self._shell.execution_count
        if side:
            with _sidecar():
                _display(self.widget)
        else:
            _display(self.widget)
        # Only what stands in the panel already: the rest follows at once, and is not waited for.
        self._below = [(new_id(), piece) for piece in self._board.transcript(AT_ONCE)]
        for name, piece in self._below:
            _display(piece, raw=True, display_id=name)
        if _is_watched(self._shell):
            later = threading.Timer(_SOON, self._errands.put, [Job(self._board.show)])
            later.daemon = True
            later.start()
        else:
            self._board.show()
            self._errands.rest(_PATIENCE)

    def close(self) -> None:
        """Take the panel away; the conversation stays."""
        with suppress(ValueError):  # it was closed before
            _open.remove(self)
            self._stop_watching()
            self._session().changed.remove(self._changed)
        for line in (self._errands, self._questions):
            line.close()
        self._desk.close()
        self.widget.close()

    def __repr__(self) -> str:
        conversation = self._board.conversation
        count = len(conversation.above()) if conversation else 0
        return f"Chat({self.conversation!r}), {counted(count, 'turn')}"

    def _ipython_display_(self) -> None:
        """Show the panel where it is the value of a cell, unless this cell has shown it already."""
        if self._shown_in != self._shell.execution_count:
            self.show()

    def _show_queue(self) -> None:
        waiting = [{"id": job.id, "text": printable(job.text)} for job in self._questions.waiting]
        self.widget.write(queue=waiting)

    def _changed(self) -> None:
        """Read the conversation anew: a command has changed it."""
        self._errands.put(Job(self._read_again))

    def _read_again(self) -> None:
        self._session().notebook.refresh()
        self._board.prune()
        self._board.show()

    def _settled(self) -> None:
        """Bring the transcript up to date, soon; let the next question begin; learn of the models of another service."""
        self._questions.wake()
        self._learn_models()
        if not self._is_due and self._shown_in >= 0:
            self._is_due = True
            self._errands.put(Job(self._write_transcript))

    def _write_transcript(self) -> None:
        """Bring those outputs up to date whose turns have changed."""
        self._is_due = False
        now = [(name, piece) for (name, _), piece in zip(self._below, self._board.transcript(), strict=True)]
        for (name, piece), (_, before) in zip(now, self._below, strict=True):
            if piece != before:
                _display(piece, raw=True, display_id=name, update=True)
        self._below = now

    def _learn_models(self) -> None:
        """Ask a service once, on a thread, what models it has; without an answer the shipped table stays."""
        session = self._session()
        with suppress(KimiError):  # no key yet
            if session.client is not self._asked and not session.settings.offline:
                self._asked = session.client
                threading.Thread(
                    target=self._load_models, args=(self._asked,), name="kimi-panel-models", daemon=True
                ).start()

    def _load_models(self, client: Client) -> None:
        with suppress(KimiError):
            if not client.models_are_known:
                client.load_models()
                self._board.prefer(self._board.choice)


def _panel_class() -> type[Panel]:
    try:
        from kimi_magic.panel.widget import Panel  # late: anywidget is an extra
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("anywidget", "ipywidgets"):
            raise
        raise UsageError('The panel needs the package anywidget: pip install "kimi-magic[panel]", then restart.') from None
    return Panel


def _sidecar() -> Any:
    try:
        from sidecar import Sidecar  # type: ignore[import-not-found]  # late: an optional package
    except ImportError:
        raise UsageError("A panel at the side needs the package sidecar: pip install sidecar, then restart.") from None
    return Sidecar(title="Kimi")


def _notebook_shell() -> Any:
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        raise UsageError("The panel needs a notebook. Here %kimi asks, and %kimi /history shows what was said.")
    return shell


def _is_watched(shell: Any) -> bool:
    """Whether somebody may be looking: nbclient, which keeps its history in memory, ends right after its last cell."""
    return getattr(shell.history_manager, "hist_file", "") != ":memory:"


def _magic(shell: Any) -> Any:
    """Return the magic of ``shell``; the extension is loaded where nobody has done so."""
    if "KimiMagic" not in shell.magics_manager.registry:
        shell.extension_manager.load_extension("kimi_magic")
    return shell.magics_manager.registry["KimiMagic"]


def _display(*values: object, **options: object) -> None:
    display(*values, **options)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
