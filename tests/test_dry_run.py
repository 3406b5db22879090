"""What would be sent is shown exactly, with its pictures beside it."""

from __future__ import annotations

import json

from kimi_magic.api import wire
from kimi_magic.api.catalog import Model
from kimi_magic.dry_run import report
from kimi_magic.messages import ChatRequest, Image, Message, Text
from kimi_magic.preparing import Estimate

PICTURE = "data:image/png;base64," + "A" * 1_000
REQUEST = ChatRequest("kimi-k2.6", (Message("user", (Image(PICTURE), Text("What is ```this```?"))),))


def estimate(*, counted: bool = True, cost: float | None = 0.0123) -> Estimate:
    return Estimate(REQUEST, wire.encode_request(REQUEST, Model("kimi-k2.6")), 1_234, counted, cost)


def test_the_request_is_shown_whole_but_for_the_data_of_pictures() -> None:
    """The JSON is the request's own; only a picture's data is shortened, and the picture is handed on."""
    markdown = report(estimate())
    assert markdown.pictures == (PICTURE,)
    body = json.loads(markdown.split("````json\n")[1].split("\n````")[0])
    assert body["messages"][0]["content"][1] == {"type": "text", "text": "What is ```this```?"}
    assert body["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/png;base64,AAAA")
    assert len(body["messages"][0]["content"][0]["image_url"]["url"]) < 100


def test_tokens_and_price_say_how_sure_they_are() -> None:
    """A count of the service is told from a guess, and an unknown price from a known one."""
    assert "1,234 tokens in (counted by the service), price at most $0.0123" in report(estimate())
    told = report(estimate(counted=False, cost=None))
    assert "a guess" in told
    assert "price unknown" in told
