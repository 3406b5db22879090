"""A frame's text never has more than its tokens, whatever the frame, and says what was cut."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.messages import Share
from tests.content.frames.reading import text_of

FRAMES = {
    "5,000 columns": pd.DataFrame(np.zeros((20, 5_000))),
    "5,000 columns of many types": pl.DataFrame({f"column {n}": ["x" * n] if n % 2 else [n] for n in range(5_000)}),
    "a long cell": pd.DataFrame({"a": ["x" * 1_000_000, "é" * 1_000_000], "b": [[["y" * 1_000_000]], {"z" * 1_000_000: 1}]}),
    "long names": pd.DataFrame([range(300)], columns=["n" * 10_000 + str(at) for at in range(300)]),
    "names of many bytes": pl.DataFrame({f"名前の長い列{at}" * 20: ["値" * 500] * 50 for at in range(80)}),
    "long tuples": pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([tuple("ab" * 500)])),
    "a huge integer": pd.DataFrame({"n": [10**5_000, 1]}),
    "many rows": pl.DataFrame({"a": np.arange(1_000_000), "b": ["text"] * 1_000_000}),
    "many levels": pd.DataFrame(index=pd.MultiIndex.from_tuples([tuple(range(50))])),
    "nothing": pd.DataFrame(),
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("budget", [0, 20, 100, 500, 2_000, 10_000])
@pytest.mark.parametrize("share", ["schema", "stats", "sample", "all"])
def test_the_text_keeps_to_the_budget(name: str, budget: int, share: Share) -> None:
    """All parts together are at most three and a half bytes a token; the attachment's own marks need a few."""
    attachment = from_frame("v", FRAMES[name], How(share=share, budget=budget))
    assert attachment.bytes <= max(budget * 3.5, 60)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=60, unique=True),
    st.lists(st.one_of(st.none(), st.text(max_size=60), st.integers(), st.floats(), st.binary(max_size=9)), max_size=12),
    st.integers(1, 3_000),
    st.sampled_from(["schema", "stats", "sample", "all"]),
)
def test_any_small_frame_keeps_to_the_budget(names: list[str], values: list[object], budget: int, share: Share) -> None:
    """Whatever names and values a frame of objects has, it is told within the budget."""
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name in names})
    attachment = from_frame("v", frame, How(share=share, budget=budget))
    assert attachment.bytes <= max(budget * 3.5, 60)


def test_columns_that_have_no_room_are_counted() -> None:
    """Of 5,000 columns some are described, some named, and the rest counted by type."""
    text = text_of(FRAMES["5,000 columns"])
    assert "Columns (the first 32 and the last 3 of 5,000):" in text or "and the last 3 of 5,000):" in text
    assert "- 4999 float64" in text
    assert "more columns (" in text


def test_rows_that_have_no_room_are_counted() -> None:
    """Where fewer rows than wanted have room, the text says so."""
    frame = pl.DataFrame({"text": ["word " * 100] * 500})
    assert "the budget has no room for all 500 wanted" in text_of(frame, How(share="all"))
    assert "the budget has no room for all 400 wanted" in text_of(frame, How(rows=400))


def test_cut_texts_end_in_dots() -> None:
    """A long text in a cell is its beginning, dots and its end."""
    (row,) = text_of(pl.DataFrame({"t": ["a" * 1_000 + "b" * 1_000]})).splitlines()[-1:]
    assert row.startswith('0,"aaa')
    assert "…" in row


def test_less_detail_is_said() -> None:
    """Where the columns' facts have no room, the text says which of them are missing."""
    frame = pl.DataFrame({f"column {n}": np.arange(100) + n for n in range(15)})
    assert "Left out, to stay within 500 tokens: ranges, means" in text_of(frame, How(budget=500))
