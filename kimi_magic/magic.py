"""``%%kimi`` and ``%kimi``: the door from a cell."""

from __future__ import annotations

import os
import threading
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Dict, Enum, Float, Integer, Unicode

from kimi_magic import flags, options
from kimi_magic.content.shown import Watcher
from kimi_magic.errors import Interrupted
from kimi_magic.options import Options
from kimi_magic.settings import INTERNATIONAL, STORES, SYSTEM, Settings, address

if TYPE_CHECKING:
    from kimi_magic.belonging import Notebook
    from kimi_magic.render.view import View
    from kimi_magic.report import Report
    from kimi_magic.request import Question
    from kimi_magic.session import Session, ShowPanel

# What is heavy (httpx, Markdown, SQLite) comes with the session. It is imported where it is first used, and by
# `warm_up`, on a thread, as soon as the extension is loaded: %load_ext does not wait for it.

_DEFAULTS = Settings()


@magics_class
class KimiMagic(Magics):
    """Kimi in the notebook: settings for ``%config KimiMagic.…`` and the profile, and the magics."""

    model = Unicode(_DEFAULTS.model, help="The model of a new conversation.").tag(config=True)
    base_url = Unicode(
        INTERNATIONAL, help="The service's address; MOONSHOT_BASE_URL or KIMI_BASE_URL in the environment goes first."
    ).tag(config=True)
    system = Unicode(SYSTEM, help="What Kimi is told first; -s does it for one conversation.").tag(config=True)
    max_cost = Float(None, allow_none=True, min=0, help="Refuse what may cost more US dollars than this.").tag(config=True)
    store = Enum(
        STORES,
        "local",
        help="Where turns are kept: 'local' (your data folder), 'notebook' (a file beside the notebook) or 'none'.",
    ).tag(config=True)
    keep_days = Integer(None, allow_none=True, min=1, help="Remove turns from the store that are older than this.").tag(
        config=True
    )
    context = Integer(
        None, allow_none=True, min=1_000, help="Tokens that a question and what stands above may take; else the model's."
    ).tag(config=True)
    offline = Bool(False, help="Ask nobody: allow only what the store has the answer to.").tag(config=True)
    prices = Dict(help="US dollars for a million tokens: {'kimi-k3': {'cached': 0.3, 'input': 3, 'output': 15}}.").tag(
        config=True
    )
    timeout = Float(_DEFAULTS.timeout, min=0.1, help="Seconds of silence after which an answer is given up.").tag(
        config=True
    )
    first_timeout = Float(_DEFAULTS.first_timeout, min=0.1, help="Seconds to wait for a reply's beginning.").tag(config=True)
    connect_timeout = Float(_DEFAULTS.connect_timeout, min=0.1, help="Seconds to wait for a connection.").tag(config=True)
    retries = Integer(_DEFAULTS.retries, min=1, help="How often to try when the service is overloaded.").tag(config=True)
    allow_http = Bool(False, help="Allow an address that is neither https nor this machine.").tag(config=True)
    frame_tokens = Integer(2_000, min=200, help="Tokens that the text of one frame may take.").tag(config=True)
    category = Integer(5, min=2, help="How often a text must occur for --share stats to tell it.").tag(config=True)
    picture_side = Integer(1_568, min=64, max=4_096, help="The longest side of a picture, in pixels.").tag(config=True)
    safety_identifier = Unicode("", help="A stable, hashed name of the end user, sent along if set.").tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.watcher = Watcher(shell)
        self.show_panel: ShowPanel | None = None
        self._shell = shell  # Magics.shell may be None, to the type checker
        self._session: Session | None = None
        self._known: Notebook | None = None
        self._lock = threading.Lock()  # the warm-up and the first question may come together

    @no_var_expand
    @line_cell_magic
    def kimi(self, line: str, cell: str | None = None) -> None:
        """See `kimi_magic.flags.help_text`, which IPython shows for ``%%kimi?``."""
        try:
            if cell is not None:
                self._ask(options.parse(line), cell.strip("\n"))
            elif not line.strip() or line.lstrip().startswith("/"):
                self._run_command(line.strip())
            else:
                self._ask(*options.parse_question(line))
        except KeyboardInterrupt:
            raise Interrupted("Stopped.") from None

    kimi.__doc__ = flags.help_text()

    def bring_back(self) -> str:
        """Bring back what was said in this notebook before; return a line that says so, or ""."""
        path = self._path()
        return self._notebook(path).bring_back(self.store, self.keep_days) if path else ""

    def session(self) -> Session:
        """Return the session of this kernel, with the settings as they are now."""
        with self._lock:
            if self._session is None:
                from kimi_magic.session import Session  # late: see the top

                panel = None if _is_terminal(self._shell) else self.show_panel
                self._session = Session(notebook=self._notebook(), where=self._where, show_panel=panel)
            self._session.configure(self._settings(self._session.endpoint))
            return self._session

    def _path(self) -> str:
        from kimi_magic.notebook.finding import find  # late: see the top

        shell = self._shell
        return find(os.environ, self.namespace, is_terminal=_is_terminal(shell), is_batch=_is_batch(shell))

    def _notebook(self, path: str = "") -> Notebook:
        """Return this kernel's notebook with its conversations."""
        if self._known is None:
            from kimi_magic.belonging import Notebook  # late: see the top
            from kimi_magic.notebook.finding import kernel_id

            self._known = Notebook(path, kernel_id())
        return self._known

    def _where(self) -> tuple[str, str]:
        return _cell_id(self._shell), _run_id(self._shell)

    @property
    def namespace(self) -> dict[str, Any]:
        """The user's variables."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    def _settings(self, endpoint: str) -> Settings:
        known = self.class_own_traits(config=True)
        chosen = {field.name: getattr(self, field.name) for field in fields(Settings) if field.name in known}
        return Settings(**chosen | {"base_url": endpoint or address(self.base_url)})

    def _ask(self, chosen: Options, prompt: str) -> None:
        session = self.session()
        question = self._question(chosen, prompt)
        if chosen.dry_run:
            from kimi_magic.dry_run import report  # late: see the top

            return show(self._shell, report(session.estimate(question)))
        before = session.last
        try:
            session.ask(question, view(self._shell, quiet=chosen.quiet))
        finally:
            if session.last is not before:
                self.namespace.update(dict.fromkeys(("_kimi", chosen.out or "_kimi"), session.last))
        return None

    def _question(self, chosen: Options, prompt: str) -> Question:
        from kimi_magic.content.how import How  # late: see the top
        from kimi_magic.content.template import expand
        from kimi_magic.looking import look
        from kimi_magic.request import Question

        how = How(chosen.share, chosen.rows, chosen.form, self.frame_tokens, self.category, self.picture_side)
        text = prompt if chosen.raw else expand(prompt, self.namespace)
        attachments = look(chosen, self.namespace, self.watcher, how)
        return Question(prompt, text, attachments, chosen, *self._where())

    def _run_command(self, line: str) -> None:
        from kimi_magic.commands import table  # late: see the top
        from kimi_magic.report import Report

        failure = self.watcher.failure() if not line else None
        offer = f"The last exception was `{failure.kind}`: ask `%kimi --error what went wrong?`\n\n" if failure else ""
        said = table.run(self.session(), line or "/status")
        if offer or said:
            show(self._shell, Report(offer + said, said.pictures))


def view(shell: InteractiveShell, *, quiet: bool = False) -> View:
    """Return the view that fits where ``shell`` runs: a cell, a batch run that keeps only ends, a terminal, or nothing."""
    if quiet:
        from kimi_magic.render.view import Silent

        return Silent()
    if _is_terminal(shell):
        from kimi_magic.render.terminal import TerminalView

        return TerminalView()
    from kimi_magic.render.cell import CellView, EndView

    return EndView() if _is_batch(shell) else CellView()


def show(shell: InteractiveShell, report: Report) -> None:
    """Show a report of ours where ``shell`` shows things; a terminal leaves its pictures out."""
    if _is_terminal(shell):
        from kimi_magic.render import terminal

        return terminal.show_report(report)
    from kimi_magic.render import cell

    return cell.show_report(report, report.pictures)


def _is_terminal(shell: InteractiveShell) -> bool:
    return type(shell).__name__ == "TerminalInteractiveShell"


def _is_batch(shell: InteractiveShell) -> bool:
    """Whether nbclient (or papermill, or nbconvert) runs the kernel: it keeps history in memory and names no cells."""
    history = getattr(shell.history_manager, "hist_file", "")
    return hasattr(shell, "kernel") and history == ":memory:" and not _cell_id(shell)


def _request_metadata(shell: InteractiveShell) -> dict[str, Any]:
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent() if kernel else {}
    return dict(parent.get("metadata") or {})


def _cell_id(shell: InteractiveShell) -> str:
    """Return the id of the cell that runs, as the front end names it (Lab, Notebook, VS Code; Colab); "" elsewhere."""
    metadata = _request_metadata(shell)
    return str(metadata.get("cellId") or (metadata.get("colab") or {}).get("cell_id") or "")


def _run_id(shell: InteractiveShell) -> str:
    """Return the id of the request that runs the cell: another one for each execution; "" in a terminal."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent() if kernel else {}
    return str((parent.get("header") or {}).get("msg_id") or "")
