"""Who has the session of this process: so that ``kimi_magic.ask`` finds the magic's, whichever was imported first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimi_magic.session import Session

_provider: Callable[[], Session] | None = None


def provide(provider: Callable[[], Session]) -> None:
    """Let `provided` return what ``provider`` returns from now on."""
    global _provider  # noqa: PLW0603 one session for each process
    _provider = provider


def provided() -> Session | None:
    """Return the session that somebody provides, with its settings as they are now; None where nobody does."""
    return _provider() if _provider else None
