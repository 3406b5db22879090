"""What the service's refusals and failures mean, in words for the user. Pure.

Branch on the error's ``type``, never on 429 alone: overload, rate limit and an empty balance need three different answers.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from kimi_magic.errors import (
    AuthenticationFailed,
    ContentFiltered,
    ContextExceeded,
    ModelUnknown,
    PermissionDenied,
    QuotaExceeded,
    RequestRefused,
    ServiceError,
    Unavailable,
)

FIRST_WAIT = 0.5
LONGEST_WAIT = 32.0
"""Seconds before the second try, doubling up to the longest: the official client's figures."""

LONGEST_PATIENCE = 60.0
"""Seconds that a service may ask us to wait before another try; beyond, the user is told instead."""

_STATUS_OF = {
    "invalid_request_error": 400,
    "content_filter": 400,
    "engine_overloaded_error": 429,
    "rate_limit_reached_error": 429,
    "exceeded_current_quota_error": 429,
}
"""What an error that comes inside a stream would have had as its status."""

_MOST_QUOTED = 200
_REQUESTED = re.compile(r"requested: (\d{1,9})\b")
_CONCURRENCY = re.compile(r"concurrency[^\d]{1,20}(\d{1,4})\b", re.IGNORECASE)
_DAILY = re.compile(r"\bTPD\b|per day|daily", re.IGNORECASE)
_AFTER = re.compile(r"after (\d+(?:\.\d+)?) ?(ms|s)", re.IGNORECASE)


def translate(status: int, body: bytes, headers: Mapping[str, str], host: str, redact: Callable[[str], str]) -> ServiceError:
    """Return the error that a reply of ``status`` with ``body`` means; ``redact`` cleans the service's own words."""
    raw, kind = _words(body)
    status = _STATUS_OF.get(kind, 500) if status == 200 else status
    quoted = _shortened(redact(raw))
    error, sentence = _meaning(status, kind, quoted, host)
    wait = retry_after(headers, raw) if error is Unavailable else None
    said = f" The service says: {quoted.rstrip('.')}." if quoted and quoted not in sentence else ""
    request_id = redact(headers.get("x-request-id") or headers.get("msh-request-id") or "")
    support = f" (request {request_id[:64]})" if status >= 500 and request_id else ""
    refusal = error(f"{sentence}{said}{support}", status=status, type=kind, retry_after=wait)
    if isinstance(refusal, ContextExceeded) and (size := _REQUESTED.search(raw)):
        refusal.requested = int(size[1])
    if isinstance(refusal, Unavailable) and (allowed := _CONCURRENCY.search(raw)):
        refusal.concurrency = int(allowed[1])
    return refusal


def _words(body: bytes) -> tuple[str, str]:
    """Return message and type of an error body: Kimi's form, that of servers like it, or a page of HTML."""
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(parsed, dict):
        return "", ""
    error = parsed.get("error", parsed)
    if isinstance(error, str):
        return error, ""
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("message") or error.get("detail") or ""), str(error.get("type") or "")


def _shortened(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _MOST_QUOTED else text[:_MOST_QUOTED].rsplit(" ", 1)[0] + " …"


def _meaning(status: int, kind: str, quoted: str, host: str) -> tuple[type[ServiceError], str]:
    if status == 429:
        return _limited(kind, quoted)
    if status == 400:
        return _refused(kind, quoted)
    if status == 401:
        return AuthenticationFailed, (
            f"{host} does not know this API key. Check it with %kimi /login; keys of api.moonshot.ai and of "
            "api.moonshot.cn are separate, and MOONSHOT_BASE_URL says which one is asked."
        )
    if status == 403:
        return PermissionDenied, "This API key is not allowed to do that."
    if status == 404:
        return ModelUnknown, f"{host} knows no such model, or does not offer this."
    if 300 <= status < 400:
        return RequestRefused, f"{host} sends elsewhere, and the key is not sent along: check MOONSHOT_BASE_URL."
    if status == 504:
        return Unavailable, f"{host} timed out (504). Try again."
    if status >= 500:
        return Unavailable, f"{host} is having trouble ({status}). Try again."
    return RequestRefused, f"{host} refused the request ({status})."


def _limited(kind: str, quoted: str) -> tuple[type[ServiceError], str]:
    if kind == "exceeded_current_quota_error":
        return QuotaExceeded, "The account's balance is used up; %kimi /balance shows it. Add credit, then ask again."
    if kind == "rate_limit_reached_error" and _DAILY.search(quoted):
        return QuotaExceeded, "The account's limit for the day is reached: ask again tomorrow, or raise its tier."
    if kind == "rate_limit_reached_error":
        return Unavailable, "The account's rate limit is reached. Wait a little, then ask again."
    return Unavailable, "The service is overloaded. Ask again in a moment."


def _refused(kind: str, quoted: str) -> tuple[type[ServiceError], str]:
    if kind == "content_filter":
        return ContentFiltered, "The service does not answer this: its content filter refused the question."
    if "exceeded model token limit" in quoted:
        return ContextExceeded, (
            "The conversation is longer than the model can read. Begin anew with --new, ask with --once, or attach less."
        )
    return RequestRefused, "The service found the request wrong."


def retry_after(headers: Mapping[str, str], message: str = "") -> float | None:
    """Return how many seconds the service asks to wait: its header, else its words; None if it does not say.

    >>> retry_after({"retry-after": "2"}), retry_after({}, "please try again after 1 seconds"), retry_after({})
    (2.0, 1.0, None)
    """
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    if found := _AFTER.search(message):
        return float(found[1]) / (1000 if found[2].lower() == "ms" else 1)
    return None


def wait_before(attempt: int, asked: float | None) -> float:
    """Return the seconds to wait before try number ``attempt`` (2 is the first repetition).

    What the service asks for, else exponential back-off with full jitter on its upper half.
    """
    if asked is not None:
        return asked
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 2))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 jitter needs no cryptography
