"""One browser for plotly's pictures, through kaleido: started when needed, closed when nobody has asked for a while."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import importlib
import threading
from collections.abc import Coroutine
from typing import Any

from kimi_magic.content.figures.drawing import RendererMissing

SECONDS = 60
"""How long one picture may take, the start of the browser included."""

IDLE = 120
"""After so many seconds without a picture the browser, which takes a good part of a gigabyte, is closed."""

_PACKAGE = 'pip install "kimi-magic[figures]", and have Chrome or Chromium installed.'
_BROWSER = "plotly draws with Chrome or Chromium, and none was found or started: install one, or set BROWSER_PATH to it."


def screenshot(figure: Any, width: int, height: int, scale: float) -> bytes:
    """Return ``figure`` as a PNG of ``width`` × ``height`` times ``scale`` pixels.

    MathJax, which would come from a network, is left out: formulas in LaTeX stay as they are written. Raises
    `RendererMissing`, and whatever kaleido raises for a figure that it cannot draw.
    """
    try:
        kaleido = importlib.import_module("kaleido")
        errors = importlib.import_module("kaleido.errors")
    except ImportError:
        raise RendererMissing(_PACKAGE) from None
    options = {"format": "png", "width": width, "height": height, "scale": scale}
    try:
        return bytes(_KEEPER.run(kaleido.Kaleido, figure, options))
    except (errors.ChromeNotFoundError, errors.BrowserFailedError, errors.BrowserClosedError):
        raise RendererMissing(_BROWSER) from None
    except concurrent.futures.TimeoutError:
        raise TimeoutError(f"no picture came within {SECONDS} s") from None


class _Keeper:
    """A thread of its own with an event loop, as a kernel's is busy while a cell runs. kaleido's own server waits for ever
    where its browser does not start.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._browser: Any = None
        self._timer: asyncio.TimerHandle | None = None

    def run(self, kaleido: Any, figure: Any, options: dict[str, Any]) -> Any:
        """Return the picture. Whatever kaleido raises is raised, after its browser was closed."""
        with self._lock:
            try:
                return self._wait(self._picture(kaleido, figure, options), SECONDS)
            except BaseException:  # an interrupt too: what it leaves behind is closed, and the error goes on
                with contextlib.suppress(Exception):  # the first error is the one to tell
                    self._wait(self._close(), 10)
                raise

    def close(self) -> None:
        """Close the browser, if there is one."""
        if self._browser is not None:
            self._wait(self._close(), 10)

    def _wait(self, work: Coroutine[Any, Any, Any], seconds: float) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="kimi-magic-chrome", daemon=True).start()
            atexit.register(self.close)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        finally:
            future.cancel()

    async def _picture(self, kaleido: Any, figure: Any, options: dict[str, Any]) -> Any:
        if self._timer:
            self._timer.cancel()
        if self._browser is None:
            self._browser = await kaleido(n=1, timeout=SECONDS, mathjax=False).__aenter__()
        picture = await self._browser.calc_fig(figure, opts=options)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE, lambda: loop.create_task(self._close()))
        return picture

    async def _close(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            await browser.__aexit__(None, None, None)


_KEEPER = _Keeper()
