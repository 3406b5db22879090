"""What --share lets out of values that are no frame but can hold a frame's data."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd  # type: ignore[import-untyped]  # pandas comes without types
import pytest

from kimi_magic.content.attach import attach
from kimi_magic.content.how import How
from kimi_magic.messages import Share

FRAME = pd.DataFrame({"maker": ["PLANTED", "b", "c"], "speed": [4, 7, 8123]})
CARRIERS = {
    "a dict": {"a": FRAME},
    "a list": [FRAME],
    "records": FRAME.to_dict("records"),
    "an array": FRAME["maker"].to_numpy(),
    "an extension array": pd.Categorical(FRAME["maker"]),
    "a row": next(FRAME.itertuples()),
}


@pytest.mark.parametrize("share", ["schema", "stats"])
@pytest.mark.parametrize("value", CARRIERS.values(), ids=CARRIERS)
def test_no_carrier_tells_more_than_its_type(value: object, share: Share) -> None:
    """At schema and stats a value that carries a frame's data goes as its type and length; at sample as its repr."""
    assert b"PLANTED" in attach("v", value, How()).payload
    attachment = attach("v", value, How(share=share))
    assert b"PLANTED" not in attachment.payload
    assert type(value).__name__.encode() in attachment.payload
    assert attachment.note == "its type only"


def test_a_frame_says_how_much_of_it_went() -> None:
    """The line under the answer tells shape and share."""
    assert attach("f", FRAME, How(share="schema")).note == "3 × 2, names and types only"
    assert attach("f", FRAME, How()).note == "3 × 2, statistics and sample rows"


def test_a_figure_is_told_to_show_data() -> None:
    """--share speaks of frames; where it is stricter, a figure goes with a word about that."""
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    plt.close(figure)
    assert "shows data" in attach("fig", figure, How(share="schema")).warning
    assert attach("fig", figure, How()).warning == ""
