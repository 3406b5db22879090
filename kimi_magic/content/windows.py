"""The figures that pyplot has open, read from matplotlib where the user imported it."""

from __future__ import annotations

import sys
from typing import Any

_INLINE = "matplotlib_inline.backend_inline"


def unshown() -> list[Any]:
    """Return the figures that the inline backend will show when the running cell ends, in order."""
    inline = sys.modules.get(_INLINE)
    show = getattr(inline, "show", None)
    if not getattr(show, "_draw_called", False):
        return []
    waiting = [id(figure) for figure in getattr(show, "_to_draw", [])]
    return [figure for figure in _open() if id(figure) in waiting]


def on_screen() -> list[Any]:
    """Return the figures that have a window, or a widget, of their own: IPython is not told when they are shown."""
    return [figure for figure in _open() if getattr(type(figure.canvas), "required_interactive_framework", None)]


def _open() -> list[Any]:
    managers = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    return [manager.canvas.figure for manager in managers.get_all_fig_managers()] if managers else []
