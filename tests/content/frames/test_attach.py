"""Frames are recognised without importing anything, and what goes wrong with one is a sentence."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import narwhals as nw
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import polars as pl
import pytest

from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.frames.kinds import is_frame
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from tests.content.frames.reading import text_of


class Deceiver:
    """An object that raises whatever it is asked."""

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


class LengthlessFrame(pd.DataFrame):  # type: ignore[misc]  # pandas comes without types
    """A frame that cannot say how long it is."""

    def __len__(self) -> int:
        """Raise."""
        raise RuntimeError("no length today")


class Moody:
    """A value that nobody can write."""

    def __repr__(self) -> str:
        raise RuntimeError("not today")


def test_other_values_are_no_frames() -> None:
    """Plain values, classes, modules and objects that raise when asked are none."""
    assert not any(map(is_frame, [None, [1], {"a": 1}, "text", pd, pd.DataFrame, Deceiver()]))


def test_frames_of_each_library_are_recognised() -> None:
    """DataFrames, Series, Stylers, groups, lazy frames and narwhals' own are frames."""
    frame, table = pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]})
    found = [frame, frame.a, frame.style, frame.groupby("a"), frame.groupby("a").a, table, table["a"], table.lazy()]
    assert all(map(is_frame, [*found, duckdb.sql("select 1"), nw.from_native(frame), LengthlessFrame()]))


def test_asking_imports_nothing() -> None:
    """Neither asking whether something is a frame nor importing this brings a frame library with it."""
    libraries = ("pandas", "polars", "pyarrow", "narwhals", "duckdb", "ibis", "dask", "numpy", "PIL")
    code = "import sys; from kimi_magic.content.frames.kinds import is_frame; is_frame([1]); "
    code += f"print(*set({libraries}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("library", ["polars", "pyarrow", "duckdb"])
def test_reading_imports_no_other_frame_library(library: str) -> None:
    """A frame of one library is described without pandas."""
    make = {
        "polars": "polars.DataFrame({'a': [1, None], 's': ['x', 'y']})",
        "pyarrow": "pyarrow.csv.read_csv(io.BytesIO(b'a,s,t\\n1,x,2024-01-01 00:00:00.123456789\\n,y,'))",
        "duckdb": "duckdb.sql('select 1 a, timestamp_ns \\'2024-01-01\\' t')",
    }[library]
    code = f"""
import io, sys, {library}
{"import pyarrow.csv" if library == "pyarrow" else ""}
from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from_frame('v', {make}, How(form='both'))
print('pandas' in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_a_frame_that_raises_is_a_sentence() -> None:
    """What a frame raises is told with its type and words, in one line, and what to do."""
    with pytest.raises(
        UsageError, match=r"^v cannot be read: RuntimeError: no length today\. Attach .* Nothing was sent\.$"
    ):
        from_frame("v", LengthlessFrame({"a": [1]}), How())


def test_a_lazy_query_that_fails_is_a_sentence() -> None:
    """A query that cannot run is one line, whatever its engine says."""
    broken = pl.LazyFrame({"a": ["x"]}).with_columns(pl.col("a").cast(pl.Int64))
    for value in (broken, pl.LazyFrame({"a": [1]}).select("b"), duckdb.sql("select ('x' || i)::int b from range(3) t(i)")):
        with pytest.raises(UsageError, match=r"^v cannot be read: ") as caught:
            from_frame("v", value, How())
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 400


def test_values_that_cannot_be_written_are_left_to_dots() -> None:
    """An object in a cell whose repr raises does not keep the frame from being sent, or is a sentence."""
    with pytest.raises(UsageError, match="RuntimeError: not today"):
        from_frame("v", pd.DataFrame({"a": pd.Series([Moody()], dtype=object)}), How())
    assert "- a object of Moody" in text_of(pd.DataFrame({"a": pd.Series([Moody()], dtype=object)}), How(share="stats"))


def without(library: str, code: str) -> str:
    """Return what ``code`` prints in a Python that cannot import ``library``: None in its place says so."""
    start = f"""
import sys
sys.modules["{library}"] = None
import polars
from kimi_magic.content.frames.attach import from_frame
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
frame = polars.DataFrame({{"a": [1]}})
"""
    return subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, check=True).stdout.strip()


def test_without_narwhals_the_cure_is_named() -> None:
    """Where narwhals is missing the error says how to get it."""
    code = """
try:
    from_frame("v", frame, How())
except UsageError as error:
    print(error)
"""
    said = without("narwhals", code)
    assert said == 'v cannot be read without narwhals: pip install "kimi-magic[frames]". Nothing was sent.'


def test_without_pillow_the_text_goes() -> None:
    """Where Pillow is missing the whole text goes in place of a picture, and a warning names the cure."""
    code = """
found = from_frame("v", frame, How(form="image"))
print(len(found.parts), "Rows (1 of 1" in found.parts[0].text, found.warning)
"""
    said = without("PIL", code)
    assert said == '1 True No picture of v went, only its text. For pictures: pip install "kimi-magic[figures]".'


def test_narwhals_own_frames_are_read_as_what_they_hold() -> None:
    """A frame of narwhals says what the frame in it says."""
    frame = pl.DataFrame({"a": [1, 2]})
    assert text_of(nw.from_native(frame)) == text_of(frame)


def test_warnings_of_libraries_stay_here() -> None:
    """A library's warning to its users is not raised, for the user did not call it."""
    frame = pd.DataFrame({"a": pd.array([1.0, None], dtype="Sparse[float]")})
    assert "- a sparse float64" in text_of(frame)
