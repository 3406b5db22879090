"""An answer in a terminal: rich writes into a real terminal's screen, or into a file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO

import pyte
import pytest
from rich.console import Console

from kimi_magic.calls import Called
from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Completed, Event, ReasoningPiece, Retrying, TextPiece, ToolCall, ToolCallPiece
from kimi_magic.render.terminal import TerminalView, show_report
from tests.render.hostile import HOSTILE
from tests.render.turns import ASKED, CALLING, CODE, SOURCE, WEATHER, answered, with_rounds

WIDTH, HEIGHT = 60, 12
ALLOWED = re.compile(
    r"\x1b\[(?:[\d;]*m|\?25[lh]|\d*[AK]|2K)|[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
"""Characters, and the commands that rich gives to colour and redraw."""


def show(*steps: list[Event], is_terminal: bool = True, turn: Turn | None = None) -> str:
    """Return all that is written while ``steps`` arrive, half a second apart."""
    out, now = StringIO(), iter(range(10_000))
    console = Console(file=out, force_terminal=is_terminal, width=WIDTH, height=HEIGHT, legacy_windows=False)
    view, draft = TerminalView(console, lambda: next(now) / 2), Draft(is_json=bool(turn and turn.is_json))
    view.begin(ASKED, "main")
    for events in steps:
        draft.apply(events)
        view.update(draft)
    view.finish(turn or answered(draft.text, reasoning=draft.reasoning or None))
    return out.getvalue()


def screen(written: str, lines: int = HEIGHT) -> list[str]:
    """Return what a terminal shows in the end, line by line, without empty ones at the end."""
    terminal = pyte.Screen(WIDTH, lines)
    pyte.Stream(terminal).feed(written.replace("\n", "\r\n"))
    return "\n".join(line.rstrip() for line in terminal.display).rstrip().split("\n")


def test_a_short_answer_ends_with_its_status() -> None:
    """Nothing of what was live stays: the answer and its status line."""
    written = show([TextPiece("One ")], [TextPiece("*two*")])
    assert screen(written) == ["One two", "kimi-k2.6 · 3.2 s · 120 tokens in (64 cached), 85 out ·", "$0.0004"]


def test_waiting_and_retrying_are_shown() -> None:
    """The user sees at once that something is going on, and why nothing comes."""
    written = show([Retrying("The service is overloaded", 3.0, 2, 5)], [TextPiece("Yes")])
    assert "Waiting for kimi-k2.6…" in written
    assert "The service is overloaded; try 2 of 5 in 3 s" in written


def test_thinking_is_a_few_lines_and_then_one() -> None:
    """The last lines are live, and in the end one line says how long it took."""
    steps: list[list[Event]] = [[ReasoningPiece(f"Step {i}\n")] for i in range(20)]
    written = show(*steps, [TextPiece("Yes")])
    assert "Step 19" in written
    assert screen(written)[0] == "Thought for 10 s"
    assert "Step" not in "\n".join(screen(written))


def test_finished_blocks_are_written_once() -> None:
    """A block that cannot change any more is not drawn again."""
    steps: list[list[Event]] = [[TextPiece(f"Paragraph {i}.\n\n")] for i in range(30)]
    lines = screen(show(*steps), lines=200)
    shown = [line for line in lines if line.startswith("Paragraph")]
    assert shown == [f"Paragraph {i}." for i in range(30)]
    assert show(*steps).count("Paragraph 3.") < 5


def test_the_live_part_is_never_taller_than_the_screen() -> None:
    """A long unfinished block shows its end, and is whole when it is finished."""
    text = "".join(f"- item {i}\n" for i in range(40))
    lines = screen(show([TextPiece(text)], [TextPiece("- last")]), lines=200)
    assert [line.strip(" •") for line in lines[1:42]] == [f"item {i}" for i in range(40)] + ["last"]
    up = [int(count) for count in re.findall(r"\x1b\[(\d+)A", show([TextPiece(text)], [TextPiece("- last")]))]
    assert all(count < HEIGHT for count in up)


def test_a_pipe_gets_the_end_alone() -> None:
    """Where there is no terminal, nothing is live and no commands are written."""
    written = show([ReasoningPiece("Hm")], [TextPiece("One ")], [TextPiece("*two*")], is_terminal=False)
    assert "\x1b" not in written
    assert "Waiting" not in written
    assert [line.rstrip() for line in written.splitlines()][:2] == ["Thought for a moment", "One two"]


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize(("name", "markdown"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile_text_gives_the_terminal_no_commands(name: str, markdown: str, is_terminal: bool) -> None:
    """Only rich's own colours and movements reach the terminal: no hyperlinks, clipboard, titles or overrides."""
    text = markdown[:2_000]
    written = show([ReasoningPiece(text)], [TextPiece(text)], is_terminal=is_terminal)
    assert ALLOWED.sub("", written.replace("\r", "")) == "", name


def call(*states: tuple[Called, ...], is_terminal: bool = True) -> list[str]:
    """Return what has been written after each of ``states``, and in the end."""
    out = StringIO()
    console = Console(file=out, force_terminal=is_terminal, width=WIDTH, height=HEIGHT, legacy_windows=False)
    view, draft, written = TerminalView(console), Draft(), list[str]()
    view.begin(ASKED, "main")
    draft.apply([TextPiece("Let me *look*."), ToolCallPiece(0, WEATHER.id, WEATHER.name, WEATHER.arguments), Completed()])
    view.update(draft)
    for called in states:
        draft.called = called
        view.show(draft)
        written.append(out.getvalue())
    last = Draft(before=CALLING)
    view.update(last)
    view.finish(with_rounds())
    return [*written, out.getvalue()]


ENDED = (Called(WEATHER, "done", "21 °C", seconds=0.31), Called(CODE, "failed", "Error: no"))


def test_a_call_that_waits_stands_over_the_cursor() -> None:
    """What Kimi said and the whole call are written, and nothing is live, so that the user can answer under it."""
    waiting = (Called(WEATHER, "done", "21 °C", seconds=0.31), Called(CODE))
    first, *_ = call(waiting)
    assert screen(first, 30) == [
        "Let me look.",
        '→ weather(city="Ulm", days=3) · 0.3 s',
        "  21 °C",
        "→ run_python(code=↓) · waiting for your answer",
        "  code, 4 lines:",
        *(f"  │ {line}" for line in SOURCE.splitlines()),
    ]
    assert first.endswith("\n")
    assert first.rfind("\x1b[?25h") > first.rfind("\x1b[?25l")


def test_each_call_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is shown, a call is written when it waits and when it has ended, then comes the answer."""
    monkeypatch.setenv("TERM", "xterm")
    waiting = (ENDED[0], Called(CODE))
    *_, last = call((Called(WEATHER, "running"), Called(CODE, "running")), waiting, waiting, (ENDED[0], ENDED[1]), ENDED)
    lines = screen(last, 40)
    assert [line for line in lines if line.startswith("→")] == [
        '→ weather(city="Ulm", days=3) · 0.3 s',
        "→ run_python(code=↓) · waiting for your answer",
        "→ run_python(code=↓) · failed",
    ]
    assert lines.count("  │ total = 0") == 1
    assert lines[-3:] == ["It is warm.", "kimi-k2.6 · 2 calls · 3.2 s · 120 tokens in (64 cached), 85", "out · $0.0004"]


def test_a_call_that_was_changed_is_shown_as_it_is_now() -> None:
    """Asked about once more, it stands there once more with what was wrong; what ran is what is written in the end."""
    edited = replace(CODE, arguments='{"code": "x = 2\\nx"}')
    first = (ENDED[0], Called(CODE))
    *_, last = call(first, (ENDED[0], replace(first[1], note="These do not fit.")), (ENDED[0], Called(edited, "done", "2")))
    lines = screen(last, 60)
    assert lines.count("→ run_python(code=↓) · waiting for your answer") == 2
    assert lines.count("  These do not fit.") == 1
    assert lines[lines.index("  │ x = 2") - 2] == "→ run_python(code=↓)"


def test_a_pipe_gets_the_calls_with_the_end() -> None:
    """Without a terminal the calls are written once, with all their arguments, and no commands."""
    *_, last = call(is_terminal=False)
    assert "\x1b" not in last
    assert last.count("→ ") == 2
    assert "│ total = 0" in last
    assert last.index("21 °C") < last.index("It is warm.")


@pytest.mark.parametrize(("name", "text"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_hostile_calls_give_the_terminal_no_commands(name: str, text: str) -> None:
    """Neither a tool's name, its arguments, its result nor a note reaches the terminal as a command."""
    odd = ToolCall("1", text[:500], json.dumps({text[:500]: text[:500], "code": f"{text[:500]}\n"}))
    written = call((Called(odd),), (Called(odd, "failed", text[:500], (), 1.0, text[:500]),))
    assert ALLOWED.sub("", written[-1].replace("\r", "")) == "", name


def test_json_is_written_once_it_is_whole() -> None:
    """A JSON answer grows as a table and stays as one."""
    steps: list[list[Event]] = [[TextPiece('[{"name": "Ada"}, ')], [TextPiece('{"name": "Bo"}]')]]
    turn = replace(answered('[{"name": "Ada"}, {"name": "Bo"}]'), is_json=True)
    lines = screen(show(*steps, turn=turn), 30)
    assert [line.strip() for line in lines if line.strip() in ("Ada", "Bo")] == ["Ada", "Bo"]
    assert "[{" not in "".join(lines)


def test_a_link_shows_its_address() -> None:
    """What a link says and where it leads are both read."""
    written = show([TextPiece("[your bank](https://a.example/x) ![cat](https://a.example/c)")], is_terminal=False)
    assert "your bank (https://a.example/x)" in " ".join(written.split())
    assert "cat (https://a.example/c)" in " ".join(written.split())


def test_markup_and_formulas_are_shown_as_typed() -> None:
    """Neither HTML, rich's own markup nor a formula is lost."""
    written = show([TextPiece("<script> [red]x[/red] $a_1*b*c$ \\(x\\)")], is_terminal=False)
    assert written.startswith("<script> [red]x[/red] $a_1*b*c$ \\(x\\)")


def test_an_interrupted_answer_is_marked() -> None:
    """A reader sees that the answer is not complete."""
    turn = answered("One", state="interrupted", reason="")
    assert "Interrupted: the answer stops here." in show([TextPiece("One")], turn=turn)


def test_a_failed_turn_says_that_there_is_no_answer() -> None:
    """The live line goes, and one word stays."""
    turn = Turn("t1", "Hi", (), "kimi-k2.6", 0.0, "failed")
    assert screen(show(turn=turn)) == ["No answer."]


def test_a_report_is_printed() -> None:
    """What a command says comes out once, as text."""
    out = StringIO()
    show_report("**Status** \x1b[31m", Console(file=out, width=WIDTH))
    assert out.getvalue().strip() == "Status [31m"
