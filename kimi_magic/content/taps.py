"""Listening in on a method of one object; its class and all other objects stay as they are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Around = Callable[..., Any]
"""Called in the method's place with the method itself and its arguments; returns what the method returned."""


class Tap:
    """Puts ``around`` about the method ``name`` of ``owner`` until it is removed."""

    def __init__(self, owner: Any, name: str, around: Around) -> None:
        self.owner, self.name = owner, name
        self._around: Around | None = around
        self._others = vars(owner).get(name)  # somebody else's tap
        original = getattr(owner, name)

        @functools.wraps(original)
        def tapped(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True  # IPython leaves such frames out of the user's traceback
            around = self._around
            return around(original, *args, **kwargs) if around else original(*args, **kwargs)

        self._tapped = tapped
        setattr(owner, name, tapped)

    def remove(self) -> None:
        """Put things back; where somebody else has tapped on top of it, it stays and only passes on."""
        self._around = None
        if vars(self.owner).get(self.name) is not self._tapped:
            return
        if self._others is None:
            delattr(self.owner, self.name)
        else:
            setattr(self.owner, self.name, self._others)
