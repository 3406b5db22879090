"""``%%kimi`` and ``%kimi``: the door from a cell."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Enum, Float, Integer, Unicode

from kimi_magic import flags, options
from kimi_magic.content.shown import Watcher
from kimi_magic.errors import Interrupted
from kimi_magic.options import Options
from kimi_magic.settings import INTERNATIONAL, SYSTEM, Settings, address

if TYPE_CHECKING:
    from kimi_magic.render.view import View
    from kimi_magic.request import Question
    from kimi_magic.session import Session

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
        ["local", "none"], "local", help="Where turns are kept: 'local' (a file in your data folder) or 'none'."
    ).tag(config=True)
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
        self._shell = shell  # Magics.shell may be None, to the type checker
        self._session: Session | None = None
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

    def session(self) -> Session:
        """Return the session of this kernel, with the settings as they are now."""
        with self._lock:
            if self._session is None:
                from kimi_magic.session import Session  # late: see the top

                self._session = Session(notebook=_notebook(self.namespace))
            self._session.configure(self._settings(self._session.endpoint))
            return self._session

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

            return show(self._shell, *report(session.estimate(question)))
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
        return Question(prompt, text, attachments, chosen, _cell_id(self._shell))

    def _run_command(self, line: str) -> None:
        from kimi_magic import commands  # late: see the top

        failure = self.watcher.failure() if not line else None
        offer = f"The last exception was `{failure.kind}`: ask `%kimi --error what went wrong?`\n\n" if failure else ""
        show(self._shell, offer + commands.run(self.session(), line or "/status"))


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


def show(shell: InteractiveShell, markdown: str, pictures: Sequence[str] = ()) -> None:
    """Show a report of ours where ``shell`` shows things; a terminal leaves its ``pictures`` out."""
    if _is_terminal(shell):
        from kimi_magic.render import terminal

        return terminal.show_report(markdown)
    from kimi_magic.render import cell

    return cell.show_report(markdown, pictures)


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


def _notebook(namespace: dict[str, Any]) -> str:
    """Return the notebook's path, where the server (Lab, Notebook) or the editor (VS Code) tells it."""
    return os.environ.get("JPY_SESSION_NAME") or str(namespace.get("__vsc_ipynb_file__") or "")
