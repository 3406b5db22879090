"""The privacy levels, on frames with planted values: whatever leaves is searched for them, byte by byte."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterable

import dask.dataframe as dd
import duckdb
import ibis  # type: ignore[import-untyped]  # it comes without types
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # it comes without types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.messages import Form, Share

SECRET = "Planted"
TEXTS = [f"{SECRET}{letter}" for letter in "abcdefgh"]
NUMBERS = [777_000_111 + n for n in range(8)]
DAYS = [datetime.datetime(1987, 6, 5 + n, 4, 3, 2) for n in range(8)]
PLANTED = [SECRET, SECRET[::-1], SECRET.encode().hex(), "777000", "7770.0", "1987", *[name[4:] for name in TEXTS]]
"""What stands for a planted value in whatever form it could be written."""


class Own:
    """An object whose repr tells."""

    def __repr__(self) -> str:
        return SECRET


def pandas_frame() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "text": TEXTS,
            "object": pd.Series(TEXTS, dtype=object),
            "category": pd.Categorical(TEXTS, categories=[*TEXTS, SECRET]),
            "ordered": pd.Categorical(TEXTS, categories=TEXTS, ordered=True),
            "whole": NUMBERS,
            "real": [number / 100_000 for number in NUMBERS],
            "decimal": [decimal.Decimal(number) for number in NUMBERS],
            "day": DAYS,
            "zone": pd.to_datetime(DAYS).tz_localize("Asia/Tokyo"),
            "period": pd.PeriodIndex(DAYS, freq="D"),
            "interval": pd.IntervalIndex.from_arrays(NUMBERS, [number + 1 for number in NUMBERS]),
            "sparse": pd.arrays.SparseArray(NUMBERS, fill_value=NUMBERS[0]),
            "nested": [{SECRET: [text]} for text in TEXTS],
            "bytes": [text.encode() for text in TEXTS],
            "mixed": [SECRET, NUMBERS[0], DAYS[0], None, [SECRET], Own(), SECRET.encode(), NUMBERS[1] / 1e5],
            "own": [Own() for _ in TEXTS],
            "long": [SECRET * 1_000] * 4 + TEXTS[:4],
        },
        index=pd.MultiIndex.from_arrays([TEXTS, NUMBERS, DAYS], names=["name", "number", None]),
    )
    frame.attrs = {"source": SECRET}
    return frame


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "text": TEXTS,
            "enum": pl.Series(TEXTS, dtype=pl.Enum([*TEXTS, SECRET])),
            "category": pl.Series(TEXTS, dtype=pl.Categorical),
            "enums": pl.Series([[text] for text in TEXTS], dtype=pl.List(pl.Enum([*TEXTS, SECRET]))),
            "struct": [{"field": text} for text in TEXTS],
            "whole": NUMBERS,
            "day": DAYS,
            "bytes": [text.encode() for text in TEXTS],
            "object": pl.Series([Own() for _ in TEXTS], dtype=pl.Object),
        }
    )


def arrow_table() -> pa.Table:
    columns = {
        "text": pa.array(TEXTS),
        "dictionary": pa.array(TEXTS).dictionary_encode(),
        "struct": pa.array([{"field": text} for text in TEXTS]),
        "map": pa.array([[(text, 1)] for text in TEXTS], pa.map_(pa.string(), pa.int64())),
        "whole": pa.array(NUMBERS),
        "day": pa.array(DAYS),
    }
    fields = [pa.field(name, column.type, metadata={"note": SECRET}) for name, column in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields, metadata={"note": SECRET}))


def simple() -> pd.DataFrame:
    return pandas_frame()[["text", "whole", "real", "day"]].reset_index(drop=True)


def relation() -> duckdb.DuckDBPyRelation:
    return duckdb.from_arrow(arrow_table()).project(f"*, 'x'::ENUM('x', '{SECRET}') AS enum")


FRAMES: dict[str, Callable[[], object]] = {
    "pandas": pandas_frame,
    "wide": lambda: pd.concat([pandas_frame()] * 20, axis=1),
    "series": lambda: pandas_frame()["text"],
    "styler": lambda: simple().style.set_caption(SECRET).highlight_max(axis=0),
    "groups": lambda: simple().groupby("text"),
    "groups by values": lambda: simple().groupby(TEXTS),
    "result": lambda: pandas_frame().groupby(["text", "whole"]).size(),
    "polars": polars_frame,
    "arrow": arrow_table,
    "polars lazy": lambda: polars_frame().drop("object").lazy().filter(pl.col("text") != SECRET),
    "duckdb": relation,
    "ibis": lambda: ibis.memtable(pa.Table.from_pandas(simple())),
    "dask": lambda: dd.from_pandas(simple(), npartitions=2),  # type: ignore[no-untyped-call]  # dask has half its types
}
"""Frames of each library with planted values in every place that can hold one."""


def leaks(value: object, how: How, wanted: Iterable[str]) -> list[str]:
    """Return which of ``wanted`` stand in anything that an attachment carries."""
    attachment = from_frame("v", value, how)
    everything = attachment.payload + f"{attachment.note}{attachment.warning}{attachment.thumbnail}".encode()
    return [text for text in wanted if text.encode() in everything]


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("form", ["text", "image", "both"])
def test_at_schema_no_value_leaves(name: str, form: Form) -> None:
    """Names, types and shape go; no cell, no index value, no category level, no aggregate, no picture."""
    how = How(share="schema", form=form, budget=100_000)
    assert leaks(FRAMES[name](), how, PLANTED) == []
    assert len(from_frame("v", FRAMES[name](), how).parts) == 1


def test_at_schema_no_aggregate_leaves() -> None:
    """Frames of one shape and type say the same at schema, whatever they hold, nulls included."""
    one = pd.DataFrame({"x": [1.0, float("nan"), 3.0], "s": ["a", None, "b"], "o": [[1], 2, None]}, index=[3, 4, 9])
    other = pd.DataFrame({"x": [9.0, 9.0, 9.0], "s": ["b", "b", "b"], "o": ["x", 1, b"z"]}, index=[1, 1, 1])
    assert from_frame("v", one, How(share="schema")) == from_frame("v", other, How(share="schema"))


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("form", ["text", "image", "both"])
def test_at_stats_no_rare_text_leaves(name: str, form: Form) -> None:
    """No text that fewer than the category's number of rows have leaves at stats, wherever it stands."""
    how = How(share="stats", form=form, budget=100_000)
    assert leaks(FRAMES[name](), how, [SECRET, SECRET.encode().hex()]) == []


@pytest.mark.parametrize("name", FRAMES)
def test_at_sample_the_planted_values_are_found(name: str) -> None:
    """The search finds what it looks for where it may leave: the tests above can fail."""
    assert leaks(FRAMES[name](), How(budget=100_000), [SECRET]) == [SECRET]


def test_at_stats_frequent_texts_are_categories() -> None:
    """A text is told from the category's number of occurrences on, and not one below."""
    frame = pl.DataFrame({"s": ["often"] * 5 + ["seldom"] * 4})
    assert leaks(frame, How(share="stats"), ["often", "seldom"]) == ["often"]
    assert leaks(frame, How(share="stats", category=4), ["often", "seldom"]) == ["often", "seldom"]
    assert leaks(frame, How(share="stats", category=6), ["often", "seldom"]) == []


@pytest.mark.parametrize("rows", [1, 4])
def test_at_stats_small_frames_give_no_numbers(rows: int) -> None:
    """Range, mean and quartiles of fewer rows than make a category would be those rows' own values."""
    frame = pl.DataFrame({"whole": NUMBERS[:rows], "day": DAYS[:rows], "same": [777_000_999] * rows})
    assert leaks(frame, How(share="stats"), ["777000", "1987"]) == []
    assert leaks(frame.lazy(), How(share="stats"), ["777000", "1987"]) == []
    mostly_null = pl.DataFrame({"whole": [*NUMBERS[:rows], *[None] * 100]})
    assert leaks(mostly_null, How(share="stats"), ["777000"]) == []


def test_at_stats_a_sampled_frame_counts_each_row_once() -> None:
    """In a frame just above the limit of what is read whole, a rare text does not seem frequent."""
    values = ["common"] * 100_200
    for at in range(4):
        values[at * 25_000] = SECRET
    assert leaks(pd.DataFrame({"s": values}), How(share="stats"), ["common", SECRET]) == ["common"]


CELLS = st.one_of(st.none(), st.sampled_from(["red", "green"]), st.integers(), st.floats(), st.text("xyz", min_size=3))


@settings(max_examples=100, deadline=None)
@given(st.lists(CELLS, max_size=30), st.sampled_from(["schema", "stats"]), st.sampled_from(["object", "category"]))
def test_no_mixture_of_values_lets_a_rare_text_out(values: list[object], share: Share, dtype: str) -> None:
    """Whatever stands beside it, a text that too few rows have stays here."""
    frame = pd.DataFrame({"a": pd.Series(values, dtype=dtype)})
    rare = {f'"{value}"' for value in values if isinstance(value, str) and (share == "schema" or values.count(value) < 5)}
    assert leaks(frame, How(share=share), rare) == []
