"""Everything that can go wrong, as one tree. Each message says what happened and what to do, in a sentence or two.

::

    KimiError                     shown as its message alone, without a traceback
    ├── UsageError                what was typed cannot be done: nothing was sent
    │   ├── KeyMissing            no API key was found
    │   └── AddressRefused        the address is neither https nor this machine
    ├── ServiceError              the service refused or failed; carries status and type
    │   ├── AuthenticationFailed  401: wrong key, or the key of the other region
    │   ├── PermissionDenied      403
    │   ├── ModelUnknown          404
    │   ├── RequestRefused        400
    │   ├── ContentFiltered       400: the service does not answer this
    │   ├── ContextExceeded       400: the conversation is longer than the model reads
    │   ├── QuotaExceeded         429: the balance, or the day's allowance, is used up
    │   └── Unavailable           overloaded, rate limited or broken: worth another try
    ├── AnswerIncomplete          the answer stopped half-way
    │   ├── ConnectionFailed      no way to the service, or the connection broke
    │   └── Stalled               nothing came for too long
    ├── ResultInvalid             the answer is whole, but no value of the schema that was asked for
    ├── Interrupted               the user stopped it
    └── NotKept                   the store could not write
"""

from __future__ import annotations


class KimiError(Exception):
    """Something went wrong, and ``str(error)`` says what and what to do. ``answer`` is what arrived before, if anything."""

    answer: object = None

    def _render_traceback_(self) -> list[str]:
        """Tell IPython to show the message and no frames: they are ours, and a frame can hold what must not be shown."""
        text = f"{type(self).__name__}: {self}"
        return ["".join(c if c.isprintable() or c == "\n" else " " for c in text)]  # a terminal obeys control characters


class UsageError(KimiError):
    """What was typed cannot be done; nothing was sent."""


class KeyMissing(UsageError):
    """No API key was found."""


class AddressRefused(UsageError):
    """The service's address is neither https nor this machine."""


class ServiceError(KimiError):
    """The service refused the request or failed."""

    def __init__(self, message: str, *, status: int = 0, type: str = "", retry_after: float | None = None) -> None:  # noqa: A002 the service's own word for it
        super().__init__(message)
        self.status = status
        self.type = type
        self.retry_after = retry_after


class AuthenticationFailed(ServiceError):
    """The key is wrong, or belongs to the other region."""


class PermissionDenied(ServiceError):
    """The key may not do this."""


class ModelUnknown(ServiceError):
    """The service has no such model (or no such file)."""


class RequestRefused(ServiceError):
    """The service found the request wrong."""


class ContentFiltered(ServiceError):
    """The service does not answer this."""


class ContextExceeded(ServiceError):
    """The conversation is longer than the model can read; ``requested`` is how many tokens it has, 0 where nobody says."""

    requested = 0


class QuotaExceeded(ServiceError):
    """The balance, or the day's allowance, is used up: trying again does not help."""


class Unavailable(ServiceError):
    """The service is overloaded, limits the rate or is broken: trying again can help.

    ``concurrency`` is how many requests it allows at once, 0 where it does not say.
    """

    concurrency = 0


class AnswerIncomplete(KimiError):
    """The answer stopped half-way; what arrived is kept."""


class ConnectionFailed(AnswerIncomplete):
    """There is no way to the service, or the connection broke."""


class Stalled(AnswerIncomplete):
    """Nothing came for longer than the time-out."""


class ResultInvalid(KimiError):
    """The answer is whole and kept, but it is no value of the schema that was asked for, or no JSON."""


class Interrupted(KimiError):
    """The user stopped it; what arrived is kept."""


class NotKept(KimiError):
    """The store could not write, for the reason in the message."""
