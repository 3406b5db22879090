"""``%%kimi`` and ``%kimi``: the door from a cell."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from traitlets import Bool, Dict, Enum, Float, Integer, Unicode

from kimi_magic import flags, front, options
from kimi_magic.content.shown import Watcher
from kimi_magic.errors import Interrupted
from kimi_magic.options import Options
from kimi_magic.settings import INTERNATIONAL, STORES, SYSTEM, Settings, address

if TYPE_CHECKING:
    from kimi_magic.around import Around
    from kimi_magic.belonging import Notebook
    from kimi_magic.content.how import How
    from kimi_magic.door import CellDoor
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
    concurrency = Integer(1, min=1, help="How many answers may arrive at once, if the service allows it.").tag(config=True)
    tool_rounds = Integer(10, min=1, help="How often Kimi may call tools for one question.").tag(config=True)
    frame_tokens = Integer(2_000, min=200, help="Tokens that the text of one frame may take.").tag(config=True)
    category = Integer(5, min=2, help="How often a text must occur for --share stats to tell it.").tag(config=True)
    picture_side = Integer(1_568, min=64, max=4_096, help="The longest side of a picture, in pixels.").tag(config=True)
    safety_identifier = Unicode("", help="A stable, hashed name of the end user, sent along if set.").tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.watcher = Watcher(shell)
        self.show_panel: Callable[[str, bool], object] | None = None
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
                self.door.ask(options.parse(line), cell.strip("\n"), line.strip())
            elif not line.strip() or line.lstrip().startswith("/"):
                self._run_command(line.strip())
            else:
                chosen, question = options.parse_question(line)
                self.door.ask(chosen, question, line.strip().removesuffix(question).strip())
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

                self._session = Session(notebook=self._notebook(), where=self.where, door=self.door)
            self._session.configure(self._settings(self._session.endpoint))
            return self._session

    @cached_property
    def door(self) -> CellDoor:
        """What asks from a cell, and shows what commands show there."""
        from kimi_magic.door import CellDoor  # late: see the top

        panel = None if front.is_terminal(self._shell) else self.show_panel
        return CellDoor(self.around, panel)

    @cached_property
    def around(self) -> Around:
        """What questions take from this kernel, be they asked in a cell or in the panel."""
        from kimi_magic.around import Around  # late: see the top

        return Around(self.session, self._shell, self.namespace, self.watcher, self.how)

    def how(self, chosen: Options) -> How:
        """Return how much of values goes along with a question of these options."""
        from kimi_magic.content.how import How  # late: see the top

        mask = self.around.mask()
        return How(chosen.share, chosen.rows, chosen.form, self.frame_tokens, self.category, self.picture_side, mask)

    def _path(self) -> str:
        from kimi_magic.notebook.finding import find  # late: see the top

        shell = self._shell
        return find(os.environ, self.namespace, is_terminal=front.is_terminal(shell), is_batch=front.is_batch(shell))

    def _notebook(self, path: str = "") -> Notebook:
        """Return this kernel's notebook with its conversations."""
        if self._known is None:
            from kimi_magic.belonging import Notebook  # late: see the top
            from kimi_magic.notebook.finding import kernel_id

            self._known = Notebook(path, kernel_id())
        return self._known

    def where(self) -> tuple[str, str]:
        """Return the cell that runs, and which execution of it this is."""
        return front.cell_id(self._shell), front.run_id(self._shell)

    @property
    def namespace(self) -> dict[str, Any]:
        """The user's variables."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    def _settings(self, endpoint: str) -> Settings:
        known = self.class_own_traits(config=True)
        chosen = {field.name: getattr(self, field.name) for field in fields(Settings) if field.name in known}
        return Settings(**chosen | {"base_url": endpoint or address(self.base_url)})

    def _run_command(self, line: str) -> None:
        from kimi_magic.commands import table  # late: see the top
        from kimi_magic.report import Report

        failure = self.watcher.failure() if not line else None
        offer = f"The last exception was `{failure.kind}`: ask `%kimi --error what went wrong?`\n\n" if failure else ""
        said = table.run(self.session(), line or "/status")
        if offer or said:
            front.show(self._shell, Report(offer + said, said.pictures))
