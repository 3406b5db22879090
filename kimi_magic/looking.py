"""All that goes along with a question: what cells showed, what failed, and what the first line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kimi_magic.content.expressions import Namespace
from kimi_magic.content.gather import gather
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment
from kimi_magic.options import Options

if TYPE_CHECKING:
    from kimi_magic.content.shown import Watcher


def look(options: Options, namespace: Namespace, watcher: Watcher, how: How) -> tuple[Attachment, ...]:
    """Return what ``options`` want to be attached, as much of it as ``how`` allows.

    Raises `UsageError` where there is nothing of that kind, or something of it cannot be read or drawn.
    """
    found: list[Attachment] = []
    if options.plot is not None:
        found += _plots(options, namespace, watcher, how)
    if options.above is not None:
        found += _cells(options.above, watcher, how)
    if options.error:
        found.append(_failure(watcher, how))
    return (*found, *gather(options.attachments, namespace, how))


def _plots(options: Options, namespace: Namespace, watcher: Watcher, how: How) -> list[Attachment]:
    from kimi_magic.content.plots import from_shown  # late: drawing is much to import for who never plots

    shown = watcher.figures(None if options.plot == "last" else options.plot)
    found = from_shown(shown, how, namespace)
    if not found:
        raise UsageError(
            "No cell has shown a figure since kimi_magic was loaded. Run the plot's cell, then ask with --plot."
        )
    return found


def _cells(count: int, watcher: Watcher, how: How) -> list[Attachment]:
    from kimi_magic.content.cells import from_cells  # late: as above

    cells = watcher.cells(count)
    if not cells:
        raise UsageError("No cell was run since kimi_magic was loaded, so there is none above to attach.")
    return from_cells(cells, how)


def _failure(watcher: Watcher, how: How) -> Attachment:
    from kimi_magic.content.failure import from_failure

    failure = watcher.failure()
    if failure is None:
        raise UsageError("No cell has failed since kimi_magic was loaded, so there is no error to attach.")
    return from_failure(failure, how)
