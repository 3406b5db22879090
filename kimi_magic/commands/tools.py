"""What Kimi may call: ``/tools``."""

from __future__ import annotations

from kimi_magic.errors import UsageError
from kimi_magic.report import code, line, table
from kimi_magic.session import Session
from kimi_magic.tools.ready_made import READY_MADE

_ALLOWED = "allowed until the kernel ends"


def tools(session: Session, argument: str) -> str:
    """List what Kimi may call, or offer a function no more."""
    from kimi_magic.tools.declare import drop  # late: see `kimi_magic.request`

    match argument.split():
        case []:
            return _listed(session)
        case ["drop", name] if drop(name):
            return f"{code(name)} is offered no more."
        case ["drop", name]:
            raise UsageError(f"{name[:60]!r} was not declared, so there is nothing to drop: /tools lists what is.")
    raise UsageError("/tools lists what Kimi may call; /tools drop NAME offers a function no more, if it was declared.")


def _listed(session: Session) -> str:
    from kimi_magic.tools.declare import registered  # late: see `kimi_magic.request`

    rows = [
        (code(one.name), line(one.description, 80), _ALLOWED if one in session.allowed else "you are asked")
        for one in registered().values()
    ]
    rows += [(f"`-t {name}`", help_text, "ready-made") for name, help_text in READY_MADE.items()]
    return table(("tool", "what it does", "consent"), rows)
