"""What is attached in the panel, over the real gathering."""

from __future__ import annotations

from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import pytest

from kimi_magic.content.gather import gather
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Text
from kimi_magic.panel.chips import MOST_CHIPS, Chips


class Tray:
    """Chips over a namespace, and what the trait holds."""

    def __init__(self, **names: object) -> None:
        self.names = names
        self.shown: list[dict[str, Any]] = []
        self.chips = Chips(lambda word, share: gather([word], self.names, How(share)), self.show)

    def show(self, chips: list[dict[str, Any]]) -> None:
        """Note what the trait holds."""
        self.shown = chips


def test_a_chip_tells_what_goes_along() -> None:
    """Name, kind, shape and how much is shared; what has no choice of sharing says so."""
    tray = Tray(sales=pd.DataFrame({"a": [1, 2, 3]}), note="some text")
    tray.chips.attach("sales")
    tray.chips.attach("note")
    seen = [(chip["name"], chip["kind"], chip["note"], chip["share"]) for chip in tray.shown]
    assert seen == [("sales", "frame", "3 × 1, statistics and sample rows", "sample"), ("note", "text", "", "")]


def test_less_can_be_shared() -> None:
    """The level of one chip changes what it tells and what is sent."""
    tray = Tray(sales=pd.DataFrame({"a": [71_234, 2]}))
    tray.chips.attach("sales")
    tray.chips.share(tray.shown[0]["id"], "schema")
    assert tray.shown[0]["note"] == "2 × 1, names and types only"
    assert b"71234" not in tray.chips.gathered()[0].payload.replace(b",", b"")
    with pytest.raises(UsageError, match="could be shared"):
        tray.chips.share(tray.shown[0]["id"], "everything")


def test_values_are_taken_when_they_are_sent() -> None:
    """What changed since it was attached goes as it is now; what is there no more cannot be sent."""
    tray = Tray(x=[1])
    tray.chips.attach("x")
    tray.names["x"] = [2]
    assert b"[2]" in tray.chips.gathered()[0].payload
    del tray.names["x"]
    with pytest.raises(UsageError, match="'x' is neither a name"):
        tray.chips.gathered()


def test_the_same_name_is_one_chip_and_can_be_taken_away() -> None:
    """Attaching a name once more renews its chip."""
    tray = Tray(x=[1])
    tray.chips.attach("x")
    before = tray.shown[0]["id"]
    tray.chips.attach("x")
    assert [chip["id"] for chip in tray.shown] == [before]
    tray.chips.detach(before)
    assert tray.shown == []


def test_there_are_not_too_many() -> None:
    """A question takes a bounded number of things."""
    tray = Tray()
    tray.chips.add(*(Attachment(str(n), "text", (Text("x"),)) for n in range(MOST_CHIPS)))
    with pytest.raises(UsageError, match="can be attached to one question"):
        tray.chips.add(Attachment("one more", "text", (Text("x"),)))
