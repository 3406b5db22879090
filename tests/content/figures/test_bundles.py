"""Objects that show themselves as pictures by the methods that notebooks know."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from IPython import display
from PIL import Image as Pillow

from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from tests.content.figures.absent import attach_without
from tests.content.figures.seen import attach, file_of, picture, share_of, words

DISPLAY: Any = display
"""IPython's own classes, which come without types."""

RED = (255, 0, 0)
PNG = file_of(Pillow.new("RGB", (30, 20), RED), "PNG")
JPEG = file_of(Pillow.new("RGB", (30, 20), RED), "JPEG")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="red"/></svg>'


def shown(**methods: Any) -> Any:
    """Return an object whose class has ``methods``, each of which returns the value, or raises it."""

    def method(value: Any) -> Any:
        def give(*_: Any, **__: Any) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        return give

    return type("Mine", (), {name: method(value) for name, value in methods.items()})()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (shown(_repr_png_=PNG), "PNG"),
        (shown(_repr_png_=(PNG, {"width": 30})), "PNG"),
        (shown(_repr_png_=base64.b64encode(PNG).decode()), "PNG"),
        (shown(_repr_png_=None, _repr_jpeg_=JPEG), "JPEG"),
        (shown(_repr_mimebundle_={"text/plain": "x", "image/png": PNG}), "PNG"),
        (shown(_repr_mimebundle_=({"image/jpeg": base64.encodebytes(JPEG).decode()}, {})), "JPEG"),
        (DISPLAY.Image(data=PNG), "PNG"),
        (DISPLAY.Image(data=JPEG), "JPEG"),
    ],
)
def test_a_picture_goes_as_the_object_gives_it(value: Any, form: str) -> None:
    """Bytes or base64, alone or with metadata, as PNG or JPEG: the very picture goes."""
    attachment = attach(value)
    assert (attachment.kind, attachment.note) == ("image", f"30×20 {form}")
    assert share_of(picture(attachment), RED) == 1
    assert "Shown by " in words(attachment)


@pytest.mark.parametrize("value", [shown(_repr_svg_=SVG), shown(_repr_mimebundle_={"image/svg+xml": SVG}), DISPLAY.SVG(SVG)])
def test_a_drawing_in_svg_is_rasterised(value: Any) -> None:
    """An SVG, which the service does not take, becomes a PNG."""
    attachment = attach(value)
    assert attachment.note == "60×30 PNG"
    assert share_of(picture(attachment), RED) == 1


def test_an_svg_goes_as_text_where_nothing_rasterises_it() -> None:
    """Without vl-convert the SVG itself goes, and the warning names the extra."""
    make = f"value = type('Mine', (), {{'_repr_svg_': lambda self: {SVG!r}}})()"
    text, many, note, _, warning = attach_without(["vl_convert"], make)
    assert (many, note) == (0, "SVG as text")
    assert SVG in text
    assert 'pip install "kimi-magic[figures]" draws it' in warning


def test_a_bundle_without_a_picture_becomes_the_repr() -> None:
    """An object that shows itself as text or as a widget goes as the value that it is."""
    for value in (shown(_repr_mimebundle_={"text/plain": "x"}), shown(_repr_png_=None), shown(_repr_mimebundle_=None)):
        attachment = attach(value)
        assert attachment.kind == "value"
        assert "Mine object" in words(attachment)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (shown(_repr_png_=ValueError("no\nink")), "fig cannot be shown: its _repr_png_ raised ValueError: no ink."),
        (shown(_repr_mimebundle_=KeyError("k")), "fig cannot be shown: its _repr_mimebundle_ raised KeyError: 'k'."),
        (shown(_repr_png_=b"nothing"), "fig is no picture that can be opened"),
        (shown(_repr_png_="%%%"), "fig (is empty|is no picture)"),
        (shown(_repr_svg_="<svg"), "fig cannot be drawn: "),
        (DISPLAY.Image(url="https://example.org/a.png"), "fig holds only the address of a picture"),
    ],
)
def test_what_gives_no_picture_is_one_sentence(value: Any, said: str) -> None:
    """A method that raises, or gives something else than a picture, is a UsageError of one line."""
    with pytest.raises(UsageError, match=f"^{said}") as refused:
        attach(value, How())
    assert "\n" not in str(refused.value)


def test_without_pillow_a_small_picture_still_goes() -> None:
    """Where Pillow is missing a small PNG goes as it is, without a thumbnail; a large or broken one is refused."""
    make = f"value = type('Mine', (), {{'_repr_png_': lambda self: {PNG!r}}})()"
    _, many, note, thumbnail, warning = attach_without(["PIL"], make)
    assert (many, note, thumbnail, warning) == (1, "30×20 PNG", "", "")
    large = file_of(Pillow.new("1", (3_000, 20)), "PNG")
    refused = attach_without(["PIL"], f"value = {large!r}")[-1]
    assert refused == 'refused: fig (3000×20 PNG) must be made smaller first: pip install "kimi-magic[figures]"'
    assert "cut short" in attach_without(["PIL"], f"value = {large[:-20]!r}")[-1]
    assert "is no PNG, JPEG" in attach_without(["PIL"], "value = b'text'")[-1]
