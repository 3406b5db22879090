"""The words of a first line become attachments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kimi_magic.content.gather import gather
from kimi_magic.errors import UsageError


class Table:
    """A value with an attribute, as a frame has columns."""

    csv = "a column"

    def __getitem__(self, key: object) -> object:
        """Return no item."""
        raise KeyError(key)


NAMES: dict[str, Any] = {
    "sales": [1, 2],
    "region": "west",
    "data": Table(),
    "report": 7,
    "i": 1,
    "_hidden": 5,
    "max": "mine",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, some of which are called like names and expressions."""
    monkeypatch.chdir(tmp_path)
    for name in ("notes.txt", "sales", "data.csv", "report.pdf", "-n", "7", "a b.txt"):
        Path(name).write_text(f"the file {name}")


def sent(*tokens: str) -> list[str]:
    return [a.payload.decode().split("\n", 1)[1].removesuffix("\n</attachment>") for a in gather(tokens, NAMES)]


@pytest.mark.parametrize(
    ("token", "content"),
    [
        ("sales", "[1, 2]"),
        ("region", "west"),
        ("max", "mine"),
        ("_hidden", "5"),
        ("sales[i]", "2"),
        ("region.upper()", "WEST"),
        ("[x * 2 for x in sales]", "[2, 4]"),
        ("sorted(sales, key=lambda x: -x)", "[2, 1]"),
        ("[1, 2]", "[1, 2]"),
        ("'a'+'b'", "ab"),
        ("~5", "-6"),
        ("notes.txt", "the file notes.txt"),
        ("./sales", "the file sales"),
        ("data.csv", "a column"),
        ("report.pdf", "the file report.pdf"),
        ("7", "the file 7"),
        ("-n", "the file -n"),
        ("a b.txt", "the file a b.txt"),
        ("note*", "the file notes.txt"),
    ],
)
def test_a_word_is_a_name_then_an_expression_then_a_file(token: str, content: str) -> None:
    """The first meaning that fits is taken, and an expression that fails may still be a file."""
    assert sent(token) == [content]


def test_order_and_repetition_are_the_users() -> None:
    """Attachments come in the order of the words, globs in that of their names, and a word twice counts twice."""
    attached = gather(("region", "*.txt", "sales", "sales"), NAMES)
    assert [one.name for one in attached] == ["region", "a b.txt", "notes.txt", "sales", "sales"]
    assert gather((), NAMES) == ()


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("salse", r"'salse' is neither a name.*Did you mean sales"),
        ("note.txt", r"Did you mean notes\.txt\?"),
        ("zzz", r"'zzz' is neither a name in this notebook, nor an expression, nor a file\. Nothing was sent\."),
        ("head(", "An expression with blanks stands in quotes"),
        ("~mask", "neither"),
        ("", "directory"),
        ("len", "neither"),
        ("sales[9]", "raised IndexError.*Nothing was sent"),
        ("data[0]", "raised KeyError"),
        ("1/0", "raised ZeroDivisionError"),
        ("*.csvx", "neither"),
        (".", "directory"),
        ("x" * 20_000, "neither"),
        ("sales[" + "9" * 3_000 + "]", "raised"),
        ("a\0b", "neither"),
    ],
    ids=range(15),
)
def test_a_word_that_is_nothing_is_told(token: str, says: str) -> None:
    """The message is one short line that says what was looked for, and names near misses."""
    with pytest.raises(UsageError, match=says) as caught:
        gather(("region", token), NAMES)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_an_error_without_words_does_no_harm() -> None:
    """What the user's own code raises may be as long, as broken over lines, or as mute as it likes."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def fail(error: Exception) -> None:
        raise error

    names = {"fail": fail, "long": ValueError("line\n" * 10_000), "mute": Mute()}
    for token in ("fail(long)", "fail(mute)"):
        with pytest.raises(UsageError) as caught:
            gather((token,), names)
        assert len(str(caught.value)) < 400
        assert "\n" not in str(caught.value)
