"""Types that say themselves what Kimi sees of them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image as Pictures

from kimi_magic.content import own
from kimi_magic.content.attach import attach
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Image, Text


def png(colour: str = "red") -> bytes:
    written = io.BytesIO()
    Pictures.new("RGB", (8, 4), colour).save(written, "PNG")
    return written.getvalue()


class Model:
    """A user's own type, which returns what it was made with."""

    def __init__(self, said: object) -> None:
        self.said = said

    def _repr_kimi_(self) -> object:
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


class Layer:
    """A type of a library that knows nothing of Kimi."""


class Dense(Layer):
    """A kind of it."""


@pytest.fixture
def registered() -> Iterator[None]:
    """Forget what the test has registered."""
    before = dict(own._registered)
    yield
    own._registered.clear()
    own._registered.update(before)


def test_text_is_sent_as_it_is() -> None:
    """What ``_repr_kimi_`` returns as text goes in the place of the repr."""
    attachment = attach("m", Model("three layers"), How())
    assert attachment.payload.decode() == '<attachment name="m" kind="value">\nthree layers\n</attachment>'


def test_pictures_and_texts_go_together() -> None:
    """A list of texts and pictures becomes one text and the pictures, in order; bytes and PIL images are pictures."""
    attachment = attach("m", Model(["a", png(), "b", Pictures.new("RGB", (5, 5), "blue")]), How())
    text, *pictures = attachment.parts
    assert isinstance(text, Text)
    assert "a\nb" in text.text
    assert [isinstance(picture, Image) and picture.url.startswith("data:image/png") for picture in pictures] == [True, True]
    assert attachment.note == "2 pictures"


@pytest.mark.parametrize(
    ("said", "says"),
    [(ValueError("secret"), "raised ValueError"), (5, "returned int"), (["a", {}], "returned dict"), (b"no picture", "m")],
)
def test_what_goes_wrong_is_one_sentence(said: object, says: str) -> None:
    """Code that raises, or returns something else, is a UsageError that tells no more of it than its kind."""
    with pytest.raises(UsageError, match=says) as caught:
        attach("m", Model(said), How())
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("registered")
def test_a_library_adds_its_types() -> None:
    """A registered type says what is sent of it and of its subclasses, and the nearest class wins."""
    own.register(Layer, lambda _: "a layer")
    assert "a layer" in attach("d", Dense(), How()).payload.decode()
    own.register(Dense, lambda _: "a dense layer")
    assert "a dense layer" in attach("d", Dense(), How()).payload.decode()
    assert "a layer" in attach("l", Layer(), How()).payload.decode()
