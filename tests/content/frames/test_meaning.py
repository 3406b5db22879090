"""What is said of a frame is true, and its values keep their meaning."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # it comes without types
import pytest

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.messages import Share
from tests.content.frames.reading import line_of, text_of

SALES = {
    "region": ["north", "south", "north", None],
    "amount": [1.5, 2.5, float("nan"), 8.0],
    "day": [datetime.date(2024, 1, day) for day in (1, 2, 3, 4)],
    "paid": [True, False, True, True],
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_the_same_data_reads_alike_in_each_library(make: Callable[..., object]) -> None:
    """Nulls, NaN, range, mean, distinct and commonest values come out the same whatever library holds them."""
    frame = make(SALES)
    assert '1 null; 2 distinct; commonest "north" (2)' in line_of("region", frame)
    assert "1 NaN; 1.5 to 8.0; mean 4; 3 distinct" in line_of("amount", frame)
    assert "no nulls; 2024-01-01 to 2024-01-04" in line_of("day", frame)
    assert "no nulls; commonest true (3), false (1)" in line_of("paid", frame)
    assert text_of(frame).splitlines()[-1] == "3,null,8.0,2024-01-04,true"
    assert from_frame("v", frame, How()).note == "4 × 4"


def test_null_and_nan_are_told_apart() -> None:
    """A float column that has both says how many of each, and its range and mean know neither."""
    values = [1.0, None, float("nan"), 3.0]
    frames = [
        pl.DataFrame({"x": values}),
        pa.table({"x": pa.array(values)}),
        pd.DataFrame({"x": pd.Series(pa.array(values), dtype=pd.ArrowDtype(pa.float64()))}),
        pd.DataFrame({"x": pd.Series(values, dtype=object)}),
    ]
    for frame in frames:
        assert "1 null, 1 NaN; 1.0 to 3.0; mean 2; 2 distinct" in line_of("x", frame)


def test_missing_times_are_nat() -> None:
    """A missing time of pandas is called NaT, and the zone is told."""
    frame = pd.DataFrame({"at": pd.to_datetime(["2024-03-01 12:00", None]).tz_localize("Europe/Berlin")})
    assert line_of("at", frame).startswith("datetime64[us, Europe/Berlin]: 1 NaT; 2024-03-01 12:00:00+01:00 to")
    assert text_of(frame).splitlines()[-1] == "1,NaT"


def test_exact_values_stay_exact() -> None:
    """Integers beyond 2**53, decimals and nanoseconds are written in full."""
    frame = pd.DataFrame(
        {
            "big": [2**60 + 1, 2**60 + 3],
            "price": [decimal.Decimal("0.10"), decimal.Decimal("12345678901234567890.123456789")],
            "at": pd.to_datetime([1_700_000_000_123_456_789, 1_700_000_000_123_456_790]),
        }
    )
    text = text_of(frame)
    assert f"0,{2**60 + 1},0.10,2023-11-14 22:13:20.123456789" in text
    assert f"1,{2**60 + 3},12345678901234567890.123456789,2023-11-14 22:13:20.123456790" in text


def test_texts_are_quoted_and_cannot_be_taken_for_other_things() -> None:
    """The text "null", a text with commas and lines, and a number as text differ from the values they look like."""
    rows = text_of(pl.DataFrame({"s": ["null", "a,b\nc", "1", None]})).splitlines()[-4:]
    assert rows == ['0,"null"', '1,"a,b\\nc"', '2,"1"', "3,null"]


def test_bytes_are_shortened() -> None:
    """Bytes are a few hexadecimal digits and their number."""
    assert text_of(pl.DataFrame({"b": [b"\x00" * 1_000]})).endswith("… (1,000 bytes)")


def test_a_multiindex_is_columns_too() -> None:
    """The levels of an index stand before the columns, in the list and in the rows."""
    frame = pd.DataFrame(
        {("x", "mean"): [1, 2], ("x", "max"): [3, 4]},
        index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None]),
    )
    text = text_of(frame)
    assert "2 columns, 2 levels of the index" in text
    assert "- k str (index): no nulls; 2 distinct" in text
    assert '0,"a",1,1,3' in text
    assert "(x, mean)" in text


def test_columns_of_any_name() -> None:
    """Names that repeat, are no strings, or look like other names are told apart as far as they differ."""
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", 1, "1", pd.Timestamp("2024-01-01", tz="UTC")])
    text = text_of(frame)
    assert "Some columns have the same name." in text
    assert 'row,a,a,1,"1",2024-01-01 00:00:00+00:00' in text


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame(index=range(3)),
        pd.DataFrame({"a": [None, None]}),
        pd.DataFrame({"a": [float("nan")]}),
        pd.Series([], dtype=object),
        pl.DataFrame(),
        pl.DataFrame({"a": [None]}),
        pl.DataFrame(schema={"a": pl.Int64, "b": pl.List(pl.Enum(["x"]))}),
        pa.table({}),
        pa.table({"a": pa.array([None], pa.null())}),
    ],
)
@pytest.mark.parametrize("share", ["schema", "stats", "sample", "all"])
def test_frames_without_values_are_no_trouble(frame: object, share: Share) -> None:
    """Empty and all-null frames are described like others."""
    assert " rows, " in text_of(frame, How(share=share))


def test_types_that_few_know() -> None:
    """Periods, intervals, sparse and complex numbers, durations, nested values and mixed objects are all told."""
    frame = pd.DataFrame(
        {
            "period": pd.period_range("2024", periods=2, freq="M"),
            "interval": pd.interval_range(0, 2),
            "sparse": pd.arrays.SparseArray([0, 7]),
            "complex": [1j, 2j],
            "took": pd.to_timedelta(["1 day", None]),
            "nested": [{"a": [1]}, {"a": [2]}],
            "mixed": ["x", 1],
            "array": [np.zeros(3), None],
            "maybe": pd.array([1, None], dtype="Int64"),
        }
    )
    text = text_of(frame)
    assert "- period period[M]: no nulls" in text
    assert "- sparse sparse int64: no nulls" in text
    assert "- took timedelta64[us]: 1 NaT; 1 days" in text
    assert "- mixed object of str, int: no nulls" in text
    assert "- maybe Int64: 1 null; 1 to 1; mean 1; 1 distinct" in text
    assert '2024-01,"(0, 1]"' not in text
    assert "{'a': [1]}" in text


def test_a_series_is_a_frame_of_one_column() -> None:
    """A Series of pandas or polars and an array of pyarrow have one column, named or not."""
    assert line_of("x", pd.Series([1, 2], name="x")).startswith("int64: no nulls; 1 to 2")
    assert line_of("x", pl.Series("x", [1, 2])).startswith("int64: no nulls; 1 to 2")
    assert line_of("(unnamed)", pa.chunked_array([[1], [2]])).startswith("int64: no nulls; 1 to 2")
    assert from_frame("v", pa.array([1, 2]), How()).note == "2 × 1"


def test_groups_are_told_with_what_they_group() -> None:
    """A GroupBy tells its keys' names and the frame under it; its result is an ordinary frame with an index."""
    frame = pd.DataFrame({"k": ["a", "b", "a"], "x": [1, 2, 3]})
    assert text_of(frame.groupby("k")).startswith("pandas DataFrameGroupBy (by k) over: 3 rows, 2 columns")
    assert "- k str (index): no nulls; 2 distinct" in text_of(frame.groupby("k").sum())


def test_an_index_that_only_counts_is_no_column() -> None:
    """The plain range that numbers the rows is left out; any other index is shown."""
    frame = pd.DataFrame({"x": [1, 2, 3]})
    assert "index" not in text_of(frame)
    assert "1 level of the index" in text_of(frame[frame.x > 1])
    assert "1 level of the index" in text_of(frame.rename_axis("n"))


def test_long_frames_are_sampled_and_say_about() -> None:
    """Above 100,000 rows counts, range and mean stay exact; distinct values, quartiles and commonest ones are about."""
    rows = 300_000
    frame = pl.DataFrame({"k": np.arange(rows), "hour": np.arange(rows) % 24, "name": ["a", "b", "b"] * (rows // 3)})
    text = text_of(frame)
    assert "from 10,000 rows spread over the frame" in text
    assert "0 to 299999; mean 149999.5" in line_of("k", frame)
    assert "about 24 distinct" in line_of("hour", frame)  # a fixed step of 30 would have seen 4 hours
    assert 'commonest about "b" (200,000), "a" (100,000)' in line_of("name", frame)


def test_rows_come_from_the_beginning_and_from_all_over() -> None:
    """A sample has the first rows and others up to the last; "all" has them in order."""
    frame = pl.DataFrame({"x": range(1_000)})
    numbers = [line.split(",")[0] for line in text_of(frame, How(rows=6)).splitlines()[-6:]]
    assert numbers == ["0", "1", "2", "334", "666", "999"]
    text = text_of(frame, How(share="all", budget=50_000))
    assert "Rows (1,000 of 1,000, from the beginning):" in text
    assert text.endswith("999,999")


def test_what_is_told_is_the_same_each_time() -> None:
    """Two readings of one frame are equal to the byte, so that the service's cache hits."""
    frame = pl.DataFrame({"x": np.random.default_rng(1).normal(size=200_000)})
    assert text_of(frame) == text_of(frame)


def test_nothing_of_the_frame_is_changed() -> None:
    """Reading leaves the frame as it was."""
    frame = pd.DataFrame({"x": [1, 2], "o": [[1], "a"]}, index=[5, 6])
    before = frame.copy(deep=True)
    text_of(frame, How(form="both"))
    pd.testing.assert_frame_equal(frame, before)
