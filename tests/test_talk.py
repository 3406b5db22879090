"""What /history shows of a turn with calls, and of one that was to be JSON."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kimi_magic.commands import table
from kimi_magic.conversation import Turn, conversation_of
from kimi_magic.panel.reports import told
from kimi_magic.session import Session
from kimi_magic.settings import Settings
from tests.export.reader import Reader
from tests.export.samples import hostile
from tests.render.turns import DOT, SOURCE, answered, with_rounds


def listed(*turns: Turn) -> str:
    """Return what ``/history`` says of ``turns``."""
    session = Session(Settings(store="none"))
    session.conversations.add(conversation_of([replace(turn, id=f"t{place}") for place, turn in enumerate(turns)]))
    return table.run(session, "/history")


def shown(turn: Turn) -> str:
    """Return what ``/history 1`` says of ``turn``."""
    session = Session(Settings(store="none"))
    session.conversations.add(conversation_of([turn]))
    return table.run(session, "/history 1")


def test_each_round_is_told() -> None:
    """Thinking, words, each call with its code as it is and its own result, and the answer stand under each other."""
    report = shown(with_rounds())
    places = [
        "Two things",
        "Let me",
        'weather(city="Ulm", days=3)',
        "21 °C",
        "run_python(code=↓)",
        f"```python\n{SOURCE}",
        "NameError",
        "**warm**",
    ]
    assert [report.index(one) for one in places] == sorted(report.index(one) for one in places)
    assert report.pictures == (DOT,)  # type: ignore[attr-defined]  # a report is text to who reads its type


def test_the_list_says_how_many_calls_a_turn_has() -> None:
    """The last column has their number; that of a turn without calls is empty."""
    ends = [row.split(" | ")[-1] for row in listed(with_rounds(), answered("Yes.")).splitlines()[2:]]
    assert ends == ["2 calls |", " |"]


def test_a_turn_that_ended_with_its_calls_shows_them_once() -> None:
    """Calls whose results never came are told, and the words before them are no answer."""
    report = shown(replace(with_rounds(), said=with_rounds().said[:2], state="failed"))
    assert report.count("Let me *look*.") == 1
    assert report.count("No result came.") == 2
    assert report.endswith("**answer**\n\n*none*")


def test_a_json_answer_is_told_as_a_table() -> None:
    """As the cell shows it."""
    assert "| name |" in shown(replace(answered('[{"name": "Ada"}]'), is_json=True))


@pytest.mark.parametrize("turn", hostile().turns[::7], ids=lambda turn: turn.id)
def test_nothing_hostile_runs_or_loads(turn: Turn) -> None:
    """Hostile names, arguments and results add no element of their own to what is shown."""
    assert Reader(told(shown(turn))).harm("div", "img") == []  # type: ignore[arg-type]  # see above
