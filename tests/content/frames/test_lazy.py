"""Lazy frames: their own engine answers, and no more is asked of it than is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dask.dataframe as dd
import duckdb
import ibis  # type: ignore[import-untyped]  # it comes without types
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # it comes without types
import pytest

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from tests.content.frames.reading import text_of

TABLE = pa.table(
    {"x": [1.5, 2.5, float("nan"), 8.0], "k": [1, 2, 3, None], "s": ["a", None, "b", "b"], "ok": [True, False, None, True]}
)
LAZY: dict[str, Callable[[], object]] = {
    "polars": lambda: pl.from_arrow(TABLE).lazy(),  # type: ignore[union-attr]  # of a table it makes a frame
    "duckdb": lambda: duckdb.from_arrow(TABLE),
    "ibis": lambda: ibis.memtable(TABLE),
    "dask": lambda: dd.from_pandas(TABLE.to_pandas(), npartitions=2),  # type: ignore[no-untyped-call]  # dask has half its types
}


@pytest.mark.parametrize("name", LAZY)
def test_each_engine_gives_the_same_facts(name: str) -> None:
    """Number of rows, nulls, ranges, means and the first rows are the same from each engine."""
    attachment = from_frame("v", LAZY[name](), How())
    text = text_of(LAZY[name]())
    assert attachment.note == "4 × 4"
    assert f"lazy {name} " in text
    assert "; 1.5 to 8.0; mean 4" in text
    assert "1 NaN" in text
    assert "; 1 to 3; mean 2" in text or "; 1.0 to 3.0; mean 2" in text  # pandas, under dask, makes them floats
    assert text.splitlines()[-1].startswith("3,8.0,")


@pytest.mark.parametrize("name", LAZY)
def test_rows_of_a_lazy_frame_are_the_first(name: str) -> None:
    """A sample is the first rows and says of how many."""
    text = text_of(LAZY[name](), How(rows=2))
    assert "Rows (2 of 4, from the beginning):" in text
    assert len(text.split("Rows (")[1].splitlines()) == 4


def test_at_schema_no_query_runs() -> None:
    """A lazy frame whose query would fail can tell its names and types, which is all that is asked of it."""
    broken = pl.LazyFrame({"a": ["x"]}).with_columns(pl.col("a").cast(pl.Int64))
    attachment = from_frame("v", broken, How(share="schema"))
    assert attachment.note == "1 column"
    assert "- a int64" in text_of(broken, How(share="schema"))


def test_at_stats_no_rows_are_asked_for() -> None:
    """A query whose rows fail late, beyond what counting needs, is not run for its rows at stats."""
    calls: list[int] = []

    def seen(batch: pl.Series) -> pl.Series:
        calls.append(len(batch))
        return batch

    frame = pl.LazyFrame({"a": [1, 2, 3]}).with_columns(pl.col("a").map_batches(seen, return_dtype=pl.Int64))
    text_of(frame, How(share="stats"))
    at_stats = sum(calls)
    text_of(frame, How())
    assert 0 < at_stats < sum(calls) - at_stats


def test_a_large_file_is_not_collected(tmp_path: Path) -> None:
    """Of a large parquet file the first rows and the aggregates come, in the usual budget."""
    path = tmp_path / "large.parquet"
    pl.select(a=pl.int_range(2_000_000), b=pl.lit("text")).write_parquet(path)
    for frame in (pl.scan_parquet(path), duckdb.read_parquet(str(path))):
        text = text_of(frame)
        assert "2,000,000 rows" in text
        assert "0 to 1999999" in text
        assert text.endswith('9,9,"text"')
