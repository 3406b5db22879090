"""No part of a key goes out with a frame, as text or as a picture, wherever a cut falls into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # the same
import pytest

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.messages import Part, Upload
from kimi_magic.settings import Secret
from tests.conftest import KEY
from tests.content.carrying import MASK, carried, parts_of_key


class Told:
    """An object with this text as its repr."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


WORDS = [text for start in range(0, 200, 2) for text in [("ab " * 70)[:start] + KEY + " cd" * 40]]
"""Texts with a key at every other offset that a cut of a cell can have."""

FRAMES: dict[str, Callable[[], object]] = {
    "pandas": lambda: pd.DataFrame({"word": WORDS, "n": range(len(WORDS))}),
    "polars": lambda: pl.DataFrame({"word": WORDS, "n": range(len(WORDS))}),
    "arrow": lambda: pa.table({"word": WORDS, "raw": [word.encode() for word in WORDS]}),
    "bytes": lambda: pl.DataFrame({"raw": [word.encode() for word in WORDS] + [KEY[at:].encode() for at in range(20)]}),
    "nested": lambda: pl.DataFrame({"list": [[word] for word in WORDS], "struct": [{"a": word} for word in WORDS]}),
    "objects": lambda: pd.DataFrame({"o": [Told(word) for word in WORDS], "d": [{word: word} for word in WORDS]}),
    "index": lambda: pd.DataFrame({"n": range(len(WORDS))}, index=WORDS),
    "columns": lambda: pd.DataFrame(np.zeros((2, len(WORDS))), columns=WORDS),
    "many columns": lambda: pd.DataFrame(
        np.zeros((2, 3 * len(WORDS))), columns=[w + str(n) for n in range(3) for w in WORDS]
    ),
    "levels": lambda: pd.DataFrame(
        np.zeros((2, len(WORDS))), columns=pd.MultiIndex.from_tuples([(w, w[9:]) for w in WORDS])
    ),
    "lazy": lambda: pl.LazyFrame({"word": WORDS}),
    "commonest": lambda: pd.DataFrame({f"c{at}": [word] * 9 for at, word in enumerate(WORDS)}),
    "categories": lambda: pd.DataFrame({"c": pd.Categorical([word for word in WORDS[:60] for _ in range(6)])}),
    "groups": lambda: pd.DataFrame({"word": WORDS, "n": range(len(WORDS))}).groupby("word"),
    "series": lambda: pd.Series(WORDS, name=WORDS[30]),
}


@pytest.mark.parametrize("budget", [150, 700, 2_000, 30_000])
@pytest.mark.parametrize("share", ["stats", "sample", "all"])
@pytest.mark.parametrize("kind", FRAMES)
def test_frames_are_masked_at_their_cuts(kind: str, share: Any, budget: int) -> None:
    """Cells, column names, index, commonest values and what lies nested lose the key at every cut, in every detail."""
    text = carried(from_frame("v", FRAMES[kind](), How(share, rows=len(WORDS), budget=budget)))
    assert not parts_of_key(text)


def test_the_frames_hold_keys() -> None:
    """Without a mask the very same frames carry parts of keys: it is not the texts that hide them."""
    for kind, make in FRAMES.items():
        attachment = from_frame("v", make(), How("all", budget=30_000))
        assert parts_of_key(attachment.payload.decode()), kind


@pytest.mark.parametrize("kind", ["cell", "column", "index", "styled"])
def test_a_picture_of_a_frame_shows_no_key(kind: str) -> None:
    """Cells, names and index are drawn with stars: the picture is the same whatever the key is."""
    other = KEY[::-1]
    for start in (0, 3, 9, 15):
        one, two = (framed(kind, "ab " * start + key) for key in (KEY, other))
        assert picture(one, MASK) == picture(two, Secret(other).mask)
        assert start > 9 or picture(one, str) != picture(two, str)  # what is further on has no room


def picture(frame: object, mask: Callable[[str], str]) -> Part | Upload:
    return from_frame("v", frame, How(form="image", mask=mask)).parts[1]


def framed(kind: str, text: str) -> object:
    match kind:
        case "column":
            return pd.DataFrame({text: [1, 2]})
        case "index":
            return pd.DataFrame({"n": [1]}, index=[text])
        case "styled":
            return pd.DataFrame({"word": [text]}).style
    return pd.DataFrame({"word": [text]})
