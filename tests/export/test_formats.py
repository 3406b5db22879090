"""A conversation in each format: what is in it, what is not, and what comes back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kimi_magic.conversation import conversation_of
from kimi_magic.errors import UsageError
from kimi_magic.export.formats import FORMATS, exported, imported
from tests.export.samples import TURNS, UNSAID, asked, everything, hostile

READ = [suffix for suffix, form in FORMATS.items() if form.is_read]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_takes_everything(suffix: str) -> None:
    """Pictures, documents, calls, cut answers, any alphabet and half characters become a file, in order."""
    text = exported(everything(), suffix.upper()).decode()
    words = ["Look", "A dot.", "Sum up", "It is long.", "weather", "Three below.", "half", "因为", "שלום"]
    places = [text.index(word) for word in ("A dot.", "It is long.", "Three below.", "שלום")]
    assert all(word in text for word in words)
    assert places == sorted(places)


@pytest.mark.parametrize("suffix", FORMATS)
def test_only_what_was_said_is_exported(suffix: str) -> None:
    """Turns that were undone, failed, asked once or replaced are not in the file."""
    inside = exported(conversation_of([*UNSAID, TURNS[1]]), suffix)
    assert b"It is long." in inside
    assert b"Forgotten" not in inside
    with pytest.raises(UsageError, match="nothing to export"):
        exported(conversation_of(UNSAID), suffix)


@pytest.mark.parametrize("suffix", FORMATS)
def test_turns_that_the_notebook_lost_stay_out(suffix: str) -> None:
    """A turn that is kept but absent from the notebook's file is not in the export either."""
    conversation = conversation_of([asked(1, "Old?", "Gone."), asked(2, "New?", "Here.")])
    conversation.absent = frozenset({"turn1"})
    assert b"Gone." not in exported(conversation, suffix)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_takes_hostile_texts_in_all_places(suffix: str) -> None:
    """Names, prompts, answers, calls, models: no text is too odd to be written."""
    assert len(exported(hostile(), suffix)) > 100_000


def test_unknown_formats_are_answered_with_those_that_work() -> None:
    """A wrong ending is told which ones there are, for writing and for reading."""
    with pytest.raises(
        UsageError, match=r"\.docx is not known; there are \.md \(Markdown\), \.html .*\.ipynb \(a notebook\)"
    ):
        exported(everything(), ".docx")
    with pytest.raises(UsageError, match=r"must end in its format; there are \.md"):
        exported(everything(), "")
    with pytest.raises(UsageError, match=r"\.md file cannot be read back; what can is \.jsonl .*\.ipynb"):
        imported(b"# Hi", ".md")
    with pytest.raises(UsageError, match=r"\.csv is not known; there are \.jsonl"):
        imported(b"", ".csv")


@pytest.mark.parametrize("suffix", READ)
def test_each_import_is_a_conversation_of_its_own(suffix: str) -> None:
    """Read twice, a file gives two conversations that share no id with each other or with the one that was written."""
    first, second = (imported(exported(everything(), suffix), suffix) for _ in range(2))
    ids = [first.id, second.id, *(turn.id for each in (first, second, everything()) for turn in each.turns)]
    assert len(set(ids)) == len(ids)
    assert first.above() == first.entries
    assert not any(turn.cell or turn.run or turn.replaces for turn in first.turns)


@pytest.mark.parametrize("suffix", READ)
@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"\x89PNG\r\n", b"[" * 100_000, b"null", b"7", b"{}", b"[1]", b'"a"']
)
def test_what_is_no_such_file_is_one_sentence(suffix: str, data: bytes) -> None:
    """Foreign and damaged bytes are a UsageError that names the file, whatever they are."""
    with pytest.raises(UsageError, match=r"^mine.* .*\.$"):
        imported(data, suffix, "mine")


def test_the_table_is_light() -> None:
    """Knowing the formats brings none of the libraries that writing them takes."""
    heavy = {"markdown_it", "nh3", "nbformat", "pygments"}
    program = f"import sys, kimi_magic.export.file; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip() == ""
