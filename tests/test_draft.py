"""The answer that is still arriving: what pieces of calls become, however many they are."""

from __future__ import annotations

import time

import pytest

from kimi_magic.draft import MOST_CALLED, Draft
from kimi_magic.errors import AnswerIncomplete
from kimi_magic.messages import ToolCallPiece
from tests.scripted import ScriptedKimi
from tests.scripts import pieces
from tests.shells import Shell


def test_arguments_in_many_pieces_are_joined_at_once() -> None:
    """Arguments that come in a hundred thousand pieces take no longer for being read in between."""
    draft, before = Draft(), time.process_time()
    for count in range(100_000):
        draft.apply([ToolCallPiece(0, "a", "add", "x" * 10)] if count == 0 else [ToolCallPiece(0, "", "", "x" * 10)])
        if count % 5_000 == 0:
            assert len(draft.tool_calls[0].arguments) == 10 * (count + 1)
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    "piece", [("", "", "x" * 10_000), ("i" * 10_000, "", ""), ("", "n" * 10_000, "")], ids=["arguments", "id", "name"]
)
def test_calls_without_an_end_end_the_answer(piece: tuple[str, str, str]) -> None:
    """Beyond what a model writes at once the answer ends as incomplete, and none of its calls is left to carry out."""
    draft = Draft()
    with pytest.raises(AnswerIncomplete, match="nothing of it was carried out"):
        draft.apply(ToolCallPiece(index, *piece) for index in range(MOST_CALLED))
    assert draft.message().tool_calls == ()


def test_an_endless_call_is_told_in_a_sentence(shell: Shell, kimi: ScriptedKimi) -> None:
    """The connection is closed, nothing is carried out, and the conversation goes on."""
    shell.run("ran = []\ndef say(text: str) -> str:\n    ran.append(text)\n    return text")
    kimi.queue(
        pieces(calls=[("a", "say", ['{"text": "', *["x" * 100_000] * 21, '"}'])], finish="tool_calls"), pieces("Yes.")
    )
    said = shell.run("%%kimi -y -t say\ndo it")
    assert said.ename == "AnswerIncomplete"
    assert said.evalue.endswith("nothing of it was carried out. Ask for less at once.")
    assert shell.run("%kimi and now?").ok
    assert shell.run("assert ran == []").ok
