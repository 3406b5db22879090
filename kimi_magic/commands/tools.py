"""What Kimi may call: ``/tools``."""

from __future__ import annotations

from kimi_magic.session import Session


def tools(session: Session, argument: str) -> str:
    return ""
