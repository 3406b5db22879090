"""What a refusal means: its class, its words, and that no id or key is among them."""

from __future__ import annotations

import json
import re

import pytest

from kimi_magic.api import faults
from kimi_magic.api.faults import retry_after, translate, wait_before
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
from kimi_magic.settings import Secret
from tests.conftest import KEY

IDS = "org-0123456789abcdef0123<ak-fedcba9876543210>"
HOST = "api.moonshot.ai"


def body(kind: str, message: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind}}).encode()


def translated(status: int, content: bytes, headers: dict[str, str] | None = None) -> ServiceError:
    return translate(status, content, headers or {}, HOST, Secret(KEY).redact)


LIMIT = "rate_limit_reached_error"
REFUSALS: list[tuple[int, bytes, type[ServiceError], str]] = [
    (400, body("invalid_request_error", "Invalid request: stop"), RequestRefused, "wrong.*Invalid request: stop"),
    (
        400,
        body("invalid_request_error", "Your request exceeded model token limit: 262144 (requested: 274613)"),
        ContextExceeded,
        "longer than the model.*--new.*274613",
    ),
    (400, body("content_filter", "high risk"), ContentFiltered, "content filter"),
    (401, body("invalid_authentication_error", "Invalid"), AuthenticationFailed, "separate"),
    (401, body("incorrect_api_key_error", "Incorrect"), AuthenticationFailed, "/login"),
    (403, body("permission_denied_error", "No"), PermissionDenied, "not allowed"),
    (
        404,
        body("resource_not_found_error", "Not found the model x"),
        ModelUnknown,
        "knows no such model.*Not found the model x",
    ),
    (429, body("engine_overloaded_error", "busy"), Unavailable, "overloaded"),
    (429, body(LIMIT, "max RPM: 3, please try again after 1 seconds"), Unavailable, "rate limit"),
    (429, body(LIMIT, "max organization concurrency: 1"), Unavailable, "rate limit"),
    (429, body(LIMIT, "request reached organization TPD rate limit"), QuotaExceeded, "limit for the day"),
    (429, body("exceeded_current_quota_error", "suspended"), QuotaExceeded, "balance is used up"),
    (429, b"", Unavailable, "overloaded"),
    (500, body("server_error", "oops"), Unavailable, "trouble.*500.*oops"),
    (503, body("server_unavailable", "later"), Unavailable, "503"),
    (504, b"<html><h1>504 Gateway Time-out</h1></html>", Unavailable, "timed out"),
    (502, b"\xff\xfe\x00", Unavailable, "502"),
    (301, b"", RequestRefused, "MOONSHOT_BASE_URL"),
    (307, b"", RequestRefused, "key is not sent along"),
    (413, b"", RequestRefused, "refused.*413"),
    (422, b'{"detail": "field required"}', RequestRefused, "field required"),
    (400, b'{"error": "model not loaded"}', RequestRefused, "model not loaded"),
    (400, b'{"message": "flat"}', RequestRefused, "flat"),
    (400, b'{"error": null}', RequestRefused, "wrong"),
    (400, b'{"error": {"message": null, "type": null}}', RequestRefused, "wrong"),
    (400, b"[1, 2]", RequestRefused, "wrong"),
    (400, b"5", RequestRefused, "wrong"),
    (400, b"[" * 100_000, RequestRefused, "wrong"),
    (200, body("server_error", "in the stream"), Unavailable, "in the stream"),
    (200, body("engine_overloaded_error", "in the stream"), Unavailable, "overloaded"),
    (200, body("exceeded_current_quota_error", "in the stream"), QuotaExceeded, "balance"),
    (200, body("content_filter", "in the stream"), ContentFiltered, "filter"),
]


@pytest.mark.parametrize(("status", "content", "kind", "says"), REFUSALS)
def test_a_refusal_has_a_class_and_words(status: int, content: bytes, kind: type[ServiceError], says: str) -> None:
    """Status and type give the class; the message says what happened, what to do, and what the service said."""
    error = translated(status, content)
    assert type(error) is kind
    assert re.search(says, str(error)), str(error)
    assert str(error).endswith((".", ")"))
    assert "None" not in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 503])
@pytest.mark.parametrize(
    "secret", [KEY, IDS, f"Bearer {KEY}", f"{IDS} {KEY}", "sk-another0123456789", "x" * 180 + IDS + KEY]
)
def test_no_key_and_no_id_is_quoted(status: int, secret: str) -> None:
    """Whatever the service quotes, neither key nor ids of keys and organisations are in the message."""
    error = translated(status, body("some_error", f"Your account {secret} is bad"), {"x-request-id": f"r-{secret}"})
    assert not re.search(r"\b(org|ak|sk)-\w", str(error)), str(error)


def test_a_long_message_is_shortened() -> None:
    """A page of words, with line ends and control characters, becomes one short line."""
    error = translated(400, body("invalid_request_error", "\x1b[31mred\x00\r\n " + "word " * 1000))
    assert len(str(error)) < 320
    assert str(error).isprintable()


def test_the_request_id_helps_support() -> None:
    """A failure of the service names the request; the user's own mistake does not."""
    for name in ("x-request-id", "msh-request-id"):
        assert "(request r-1)" in str(translated(500, b"", {name: "r-1"}))
        assert "r-1" not in str(translated(400, b"", {name: "r-1"}))


def test_the_error_carries_what_a_program_needs() -> None:
    """Status, type and the seconds to wait can be read."""
    error = translated(429, body("engine_overloaded_error", "busy"), {"retry-after": "3"})
    assert (error.status, error.type, error.retry_after) == (429, "engine_overloaded_error", 3.0)
    assert translated(401, b"", {"retry-after": "3"}).retry_after is None


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after": "2"}, "", 2.0),
        ({"retry-after": "0.5"}, "after 9 seconds", 0.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", None),
        ({"retry-after": "-1"}, "", None),
        ({}, "please try again after 1 seconds", 1.0),
        ({}, "try again after 1.5s.", 1.5),
        ({}, "Try Again After 250ms", 0.25),
        ({}, "after 1.2.3 s", None),
        ({}, "after ... s", None),
        ({}, "after 2 minutes", None),
        ({}, "", None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], message: str, seconds: float | None) -> None:
    """The header goes first, then the words; what is no number of seconds counts as not said."""
    assert retry_after(headers, message) == seconds


def test_waits_double_up_to_the_longest() -> None:
    """Without the service's word each wait is between half and the whole of a doubling time; its word goes first."""
    for attempt, longest in ((2, 0.5), (3, 1.0), (4, 2.0), (8, 32.0), (50, 32.0)):
        waits = [wait_before(attempt, None) for _ in range(50)]
        assert longest / 2 <= min(waits) <= max(waits) <= longest
    assert wait_before(9, 0.0) == 0.0
    assert faults.LONGEST_WAIT == 32.0


def test_how_many_requests_are_allowed_at_once() -> None:
    """A refusal that names the account's concurrency says how many; others say nothing."""
    said = body(
        LIMIT, "Your account org-1 request reached max organization concurrency: 3, please try again after 1 seconds"
    )
    error = translated(429, said)
    assert isinstance(error, Unavailable)
    assert error.concurrency == 3
    assert getattr(translated(429, body(LIMIT, "max RPM: 20")), "concurrency", None) == 0
