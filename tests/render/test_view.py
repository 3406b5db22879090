"""What is said about a turn: its status line and its metadata."""

from __future__ import annotations

import json
from dataclasses import replace

import nbformat
import pytest

from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.render.view import Silent, View, status_line, turn_metadata
from tests.render.turns import ASKED, answered, attachment, with_rounds

FIGURES = "kimi-k2.6 · 3.2 s · 120 tokens in (64 cached), 85 out · $0.0004"

LINES = [
    ("a complete answer", answered("Yes."), FIGURES),
    ("an interrupted one", answered("Y", state="interrupted", reason=""), f"{FIGURES} · interrupted"),
    ("a cut one", answered("Y", state="incomplete", reason=""), f"{FIGURES} · incomplete: %kimi /continue goes on"),
    ("one at its cap", answered("Y", reason="length"), f"{FIGURES} · stopped at the cap (length): %kimi /continue"),
    ("an empty one at its cap", answered("", reason="length"), f"{FIGURES} · stopped at the cap (length): raise --max-"),
    ("an empty one", answered(""), f"{FIGURES} · the answer is empty: ask again, or raise --max-tokens"),
    ("one of an unknown reason", answered("Y", reason="filtered"), f"{FIGURES} · stopped: filtered"),
    ("no price", replace(answered("Y"), cost=None), "kimi-k2.6 · 3.2 s · 120 tokens in (64 cached), 85 out · price unk"),
    ("no usage", replace(answered("Y"), usage=None, cost=None), "kimi-k2.6 · 3.2 s"),
    ("a turn just asked", ASKED, "kimi-k2.6"),
]


@pytest.mark.parametrize(("name", "turn", "line"), LINES, ids=[name for name, _, _ in LINES])
def test_the_status_line_says_what_applies(name: str, turn: Turn, line: str) -> None:
    """Each end of an answer has its own line, and what is unknown is left out."""
    shown = status_line(turn)
    assert shown.startswith(line), name
    assert len(shown) - len(line) < 20


def test_notes_come_last() -> None:
    """What else the user must know stands at the end of the line."""
    assert status_line(answered("Y"), ["not kept: the disk is full"]).endswith("$0.0004 · not kept: the disk is full")


def test_metadata_names_the_turn() -> None:
    """The saved notebook knows turn, conversation, model, usage, price, reason, request and attachments."""
    sales = attachment("sales", 12)
    about = turn_metadata(replace(answered("Y"), attachments=(sales,)), "main")
    assert about == {
        "kimi_magic": {
            "version": 1,
            "turn": "t1",
            "conversation": "main",
            "model": "kimi-k2.6",
            "usage": {"prompt_tokens": 120, "completion_tokens": 85, "cached_tokens": 64, "reasoning_tokens": 9},
            "cost": 0.0004,
            "finish_reason": "stop",
            "request_sha256": "ab" * 32,
            "attachments": [{"name": "sales", "kind": "text", "sha256": sales.sha256, "bytes": 12}],
        }
    }


@pytest.mark.parametrize("count", [0, 1, 50])
def test_metadata_stays_below_two_kilobytes_in_a_valid_notebook(count: int) -> None:
    """However much went along, the metadata is small, counts what it leaves out, and nbformat takes it."""
    turn = replace(answered("Y"), attachments=tuple(attachment("数据" * 90 + str(i)) for i in range(count)))
    metadata = turn_metadata(turn, "long name " * 100)
    assert len(json.dumps(metadata)) < 2_048
    about = metadata["kimi_magic"]
    assert isinstance(about, dict)
    assert len(about["attachments"]) + about.get("attachments_left_out", 0) == count
    output = {"output_type": "display_data", "data": {"text/plain": "Y"}, "metadata": metadata}
    cell = {"cell_type": "code", "id": "a", "source": "%%kimi", "metadata": {}, "execution_count": 1, "outputs": [output]}
    nbformat.validate({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


def test_calls_are_counted_in_the_status_line() -> None:
    """Behind the model stands how much it called; a turn that was stopped between its rounds says no more than that."""
    assert status_line(with_rounds()).startswith("kimi-k2.6 · 2 calls · 3.2 s · ")
    stopped = replace(with_rounds(), said=with_rounds().said[:-1], state="interrupted", finish_reason="tool_calls")
    assert status_line(stopped).endswith("$0.0004 · interrupted")


def test_the_silent_view_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """It takes all calls and writes nothing."""
    view: View = Silent()
    view.begin(ASKED, "main")
    assert view.update(Draft()) > 0
    view.finish(answered("Y"))
    assert capsys.readouterr().out == ""
