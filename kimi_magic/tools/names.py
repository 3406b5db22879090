"""Names of tools, as the service takes them."""

from __future__ import annotations

import re

from kimi_magic.content.expressions import in_short
from kimi_magic.errors import UsageError

_TAKEN = re.compile(r"[A-Za-z0-9_-]{3,64}")
_SHORT = re.compile(r"[A-Za-z0-9_-]{1,2}")


def fitting(name: str) -> str:
    """Return ``name`` as the service takes it: a short one is made longer, the dots of ``model.predict`` are underscores.

    Raises `UsageError` where that does not make it fit.

    >>> fitting("add"), fitting("f"), fitting("model.predict")
    ('add', 'tool_f', 'model_predict')
    """
    fit = name.replace(".", "_")
    fit = f"tool_{fit}" if _SHORT.fullmatch(fit) else fit
    if not _TAKEN.fullmatch(fit):
        raise UsageError(
            f"{in_short(name)!r} cannot be the name of a tool, which has 3 to 64 letters (a to z), digits, _ and -: give it "
            'one with @kimi_magic.tool(name="…").'
        )
    return fit
