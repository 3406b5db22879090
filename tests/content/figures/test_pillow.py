"""Images of Pillow, in each of its modes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from tests.content.figures.seen import attach, file_of, picture, share_of, words


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "CMYK", "YCbCr", "HSV", "LA", "LAB"])
def test_an_image_of_each_mode_is_sent_as_it_looks(mode: str) -> None:
    """Whatever its mode, an image goes as a PNG that shows the same."""
    dark = Pillow.new("RGB", (200, 100), (0, 0, 0)).convert("RGB")
    dark.paste((255, 255, 255), (0, 0, 100, 100))
    image = dark if mode == "LAB" else dark.convert(mode)
    attachment = attach(image)
    assert (attachment.kind, attachment.note) == ("image", "200×100 PNG")
    assert share_of(picture(attachment), (255, 255, 255)) == pytest.approx(0.5, abs=0.02)
    assert f"Pillow image, 200×100, mode {image.mode}" in words(attachment)


@pytest.mark.parametrize("kind", ["float32", "int32", "uint16"])
def test_numbers_are_shown_from_black_to_white(kind: str) -> None:
    """An image of numbers, which a screen cannot show, is stretched from its smallest to its largest, and says so."""
    values = np.linspace(0, 4_000, 100 * 100).reshape(100, 100).astype(kind)
    attachment = attach(Pillow.fromarray(values))
    levels = picture(attachment).convert("L").getextrema()
    assert levels == (0, 255)
    assert "4,000" in words(attachment)
    assert "shown as black to white" in words(attachment)


def test_the_users_image_stays_as_it_was() -> None:
    """Neither the size nor the pixels of a large image change."""
    image = Pillow.new("RGB", (4_000, 3_000), "red")
    assert picture(attach(image)).size == (1_568, 1_176)
    assert picture(attach(image, How(side=400))).size == (400, 300)
    assert image.size == (4_000, 3_000)


def test_an_image_that_cannot_be_seen_is_refused() -> None:
    """An image without pixels, and one whose file is cut short, are told in one sentence."""
    with pytest.raises(UsageError, match="fig is an image of 0×5 pixels"):
        attach(Pillow.new("RGB", (0, 5)))
    cut = file_of(Pillow.effect_noise((100, 100), 50), "PNG")[:3_000]
    with pytest.raises(UsageError, match="fig is a broken picture, or its file was cut short"):
        attach(Pillow.open(io.BytesIO(cut)))
