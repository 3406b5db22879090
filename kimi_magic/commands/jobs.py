"""Answers in the background: ``/jobs``."""

from __future__ import annotations

from kimi_magic.amounts import counted
from kimi_magic.errors import UsageError
from kimi_magic.report import line, table
from kimi_magic.session import Session


def jobs(session: Session, argument: str) -> str:
    """List the answers that arrive in the background, with the last ones that ended, or stop some."""
    match argument.split():
        case []:
            return _listed(session)
        case ["stop", "all"]:
            stopped = len(session.jobs.stop())
            return f"Stopped: {counted(stopped, 'job')}. What had arrived is kept." if stopped else "Nothing is running."
        case ["stop", number] if number.isdecimal() and len(number) < 10:
            return f"Stopped: {line(session.jobs.stop(int(number))[0].question, 80)}. What had arrived is kept."
    raise UsageError("/jobs lists the answers in the background; /jobs stop 2 stops one of them, /jobs stop all all.")


def _listed(session: Session) -> str:
    rows = [(str(one.number), one.standing, _seconds(one.elapsed), line(one.question, 80)) for one in session.jobs.known()]
    if not rows:
        return "Nothing was asked in the background yet: `%%kimi -b` does."
    return table(("job", "state", "seconds", "question"), rows)


def _seconds(elapsed: float | None) -> str:
    return "–" if elapsed is None else f"{elapsed:.1f}"
