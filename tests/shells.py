"""A real IPython shell inside the test's own process."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from tests.results import Ran, merge


class Shell:
    """Runs cells, and tells what came of each."""

    def __init__(self, ip: Any) -> None:
        self.ip = ip

    def load(self) -> None:
        """Load kimi_magic, and wait for what it imports beside."""
        assert self.run("%load_ext kimi_magic").ok
        for thread in threading.enumerate():
            if thread.name == "kimi-warm-up":
                thread.join(30)

    def close(self) -> None:
        """Close what the session has open, which ends with the process otherwise."""
        session = self.ip.magics_manager.registry["KimiMagic"].session()
        session.client.close()
        if session.store:
            session.store.close()

    def run(self, code: str) -> Ran:
        """Run ``code`` as one cell."""
        with capture_output() as captured:
            result = self.ip.run_cell(code, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        displays = (
            ((one.transient or {}).get("display_id"), one.update, one.data, one.metadata) for one in captured.outputs
        )
        return Ran(
            ok=bool(result.success),
            shown=merge(displays),
            stdout=captured.stdout,
            stderr=captured.stderr,
            ename=type(error).__name__ if error else "",
            evalue=str(error) if error else "",
        )


@contextmanager
def running_shell() -> Iterator[Shell]:
    """Yield a fresh shell without history on disk; the process is put back afterwards."""
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    main, hook = sys.modules["__main__"], sys.excepthook
    InteractiveShell.clear_instance()
    ip: Any = InteractiveShell.instance(config=config)
    try:
        yield Shell(ip)
    finally:
        history = ip.history_manager
        atexit.unregister(ip.atexit_operations)
        ip.atexit_operations()
        ip.restore_sys_module_state()
        history.db.close()
        InteractiveShell.clear_instance()
        sys.modules["__main__"], sys.excepthook = main, hook
