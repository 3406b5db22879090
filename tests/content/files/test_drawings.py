"""SVG files."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image as Pillow

from kimi_magic.content.files import from_file
from kimi_magic.messages import Image
from tests.content.files import samples
from tests.content.files.conftest import Write


def test_a_drawing_becomes_a_picture(write: Write) -> None:
    """It is drawn in its colours and larger than an icon."""
    attachment = from_file(write("icon.svg", samples.SVG.encode()))
    (image,) = attachment.parts[1:]
    assert isinstance(image, Image)
    drawn = Pillow.open(io.BytesIO(base64.b64decode(image.url.partition(",")[2])))
    assert drawn.size == (80, 40)
    assert drawn.convert("RGB").getpixel((40, 20)) == (255, 0, 0)
    assert (attachment.kind, attachment.note) == ("image", "80×40 SVG")


def test_a_large_drawing_is_drawn_small(write: Write) -> None:
    """What would be 40,000 pixels wide is drawn within the bounds."""
    svg = samples.SVG.replace('width="20" height="10">', 'viewBox="0 0 40000 20000">', 1)
    assert from_file(write("large.svg", svg.encode())).note == "1568×784 SVG"


@pytest.mark.parametrize(
    "inner",
    [
        '<image href="http://127.0.0.1:9/x.png" width="9" height="9"/>',
        '<image xlink:href="photo.png"/>',
        "<style>@import 'a.css'</style>",
        '<rect style="fill:url(http://127.0.0.1:9/)"/>',
        '<use href="other.svg#a"/>',
    ],
)
def test_nothing_is_fetched_for_a_drawing(write: Write, inner: str) -> None:
    """A drawing that refers to something outside itself goes as text, with the reason."""
    attachment = from_file(write("a.svg", samples.SVG.replace("</svg>", inner + "</svg>").encode()))
    assert attachment.kind == "text"
    assert attachment.warning == "a.svg went as text: it refers to files or addresses, which are not fetched."


@pytest.mark.parametrize(
    "inner",
    [
        '<a href="https://example.com"><rect width="9" height="9"/></a>',
        '<defs><linearGradient id="g"/></defs><rect fill="url(#g)" width="5" height="5"/>',
        '<use href="#a"/>',
    ],
)
def test_links_and_inner_references_do_no_harm(write: Write, inner: str) -> None:
    """What is only followed by a click, or stands in the drawing itself, is drawn."""
    attachment = from_file(write("a.svg", samples.SVG.replace("</svg>", inner + "</svg>").encode()))
    assert attachment.kind == "image"


@pytest.mark.parametrize("text", ["<svg><rect", "<svg width='1'>", samples.SVG.replace('width="20"', 'width="900000"', 1)])
def test_a_broken_drawing_goes_as_text(write: Write, text: str) -> None:
    """What cannot be drawn can still be read."""
    attachment = from_file(write("a.svg", text.encode()))
    assert attachment.kind == "text"
    assert attachment.warning == "a.svg went as text: it is no SVG that can be drawn."
