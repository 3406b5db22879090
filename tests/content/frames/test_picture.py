"""A frame's head as a picture that is really decoded, and looked at."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import PIL.Image
import polars as pl
import pytest

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.messages import Attachment, Image, Text

FRAME = pd.DataFrame({"region": ["north", "south"] * 50, "amount": np.arange(100) / 7})


def picture_of(attachment: Attachment) -> PIL.Image.Image:
    _, part = attachment.parts
    assert isinstance(part, Image)
    return decoded(part.url)


def decoded(url: str) -> PIL.Image.Image:
    image = PIL.Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    image.load()
    return image.convert("RGB")


def colours(image: PIL.Image.Image) -> set[object]:
    return {colour for _, colour in image.getcolors(1_000_000) or []}


def test_an_image_goes_with_few_words() -> None:
    """As an image a frame is its shape, names and types in words, and its head as a picture."""
    attachment = from_frame("v", FRAME, How(form="image"))
    words = attachment.parts[0]
    assert isinstance(words, Text)
    assert "Its picture shows the first 20 rows and 2 columns." in words.text
    assert "north" not in words.text
    assert picture_of(attachment).height == 21 * 22 + 1


def test_both_go_with_all_words() -> None:
    """As both it is its whole text and the picture."""
    attachment = from_frame("v", FRAME, How(form="both", rows=3))
    words = attachment.parts[0]
    assert isinstance(words, Text)
    assert "first 3 rows" in words.text
    assert "commonest" in words.text
    assert picture_of(attachment).height == 4 * 22 + 1


@pytest.mark.parametrize("side", [60, 300, 1_568])
@pytest.mark.parametrize(
    "frame", [FRAME, pl.DataFrame(np.zeros((300, 300))), pd.DataFrame(), pl.DataFrame({"t": ["w" * 9_999]})]
)
def test_no_side_is_longer_than_asked(side: int, frame: object) -> None:
    """The picture has at most the longest side, the thumbnail 96 pixels and 6 kB."""
    attachment = from_frame("v", frame, How(form="both", side=side))
    assert max(picture_of(attachment).size) <= side
    assert max(decoded(attachment.thumbnail).size) <= 96
    assert len(attachment.thumbnail) <= 6_000


def test_a_styler_keeps_its_colours_and_texts() -> None:
    """The cells that a Styler colours have these colours in the picture, in the places where it has them."""
    styler = FRAME.head(4).style.map(lambda value: "background-color: #ff8800; color: white" if value == "south" else "")
    image = picture_of(from_frame("v", styler, How(form="both")))
    orange = [(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == (255, 136, 0)]
    assert {y // 22 for _, y in orange} == {2, 4}
    plain = picture_of(from_frame("v", FRAME.head(4), How(form="both")))
    assert (255, 136, 0) not in colours(plain)


def test_a_large_styler_is_styled_for_its_head() -> None:
    """Styles of a frame too large to be styled whole are worked out for its first rows."""
    frame = pd.DataFrame(np.arange(400_000).reshape(-1, 2), columns=["a", "b"])
    styler = frame.style.map(lambda value: "background: rgb(0, 136, 255)" if value == 1 else "")
    assert (0, 136, 255) in colours(picture_of(from_frame("v", styler, How(form="both", rows=5))))


def test_at_stats_no_picture_goes_and_a_sentence_says_why() -> None:
    """A picture shows rows; where these may not leave there is none, and a warning."""
    attachment = from_frame("v", FRAME, How(form="image", share="stats"))
    assert len(attachment.parts) == 1
    assert attachment.thumbnail == ""
    assert attachment.warning == "No picture of v went: at --share stats no rows leave this machine."


def test_a_lazy_frame_has_a_picture_of_its_first_rows() -> None:
    """The first rows of a lazy frame are drawn as those of an eager one are."""
    frame = pl.DataFrame({"a": [1, 2, 3], "s": ["x", "y", "z"]})
    assert from_frame("v", frame.lazy(), How(form="both")).parts[1] == from_frame("v", frame, How(form="both")).parts[1]
