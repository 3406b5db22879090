"""What a reader is shown of calls: all of what is to be consented to, a bounded part of the rest, nothing that is active."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kimi_magic.calls import Called, CallState, Round
from kimi_magic.messages import ToolCall
from kimi_magic.render.called import MOST, MOST_RESULT, written
from kimi_magic.render.pictures import PICTURE
from kimi_magic.render.rounds import GrowingRounds, call_html, rounds_html
from kimi_magic.render.terminal_calls import asked, ended
from tests.export.reader import Reader
from tests.render.hostile import HOSTILE
from tests.render.turns import CODE, DOT, SOURCE, WEATHER, with_rounds


def call(**arguments: object) -> ToolCall:
    return ToolCall("1", "go", json.dumps(arguments))


def words(html: str) -> str:
    """Return the words of ``html`` as a reader sees them."""
    return Reader(html).text


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ('{"city": "Ulm", "days": 3}', 'go(city="Ulm", days=3)'),
        ("", "go()"),
        ('{"a": {"b": [1, true, null, 2.5]}}', 'go(a={"b": [1, True, None, 2.5]})'),
        ('{"a b": 1, "ключ": 2}', 'go("a b"=1, "ключ"=2)'),
        ("[1]", "go([1])"),
        ('{"a": 1', 'go({"a": 1)'),
        ('{"a": "x\\ty"}', 'go(a="x\\ty")'),
        ('{"a": "\\ud800\\u0000"}', 'go(a="\\ud800\\u0000")'),
        ("[" * 9_000, "go(↓)"),
        ('{"a": ' + "[" * 950 + "]" * 950 + "}", "go(↓)"),
    ],
)
def test_a_call_reads_like_python(arguments: str, line: str) -> None:
    """Arguments stand there by name; what is no JSON object stands there as it came, however odd it is."""
    assert written(ToolCall("1", "go", arguments)).line == line


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\ufeff", "\x1b", "\x00", "\r", "\u2028", "\u3164", "\ufe0e", "\U000e0041"]
)
def test_what_cannot_be_seen_is_seen(hidden: str) -> None:
    """In a line, a name, a block of code and a result, each such character is an escape that tells its number."""
    code = f"ok = 1\n{hidden}remove_all()"
    called = Called(
        ToolCall("1", f"go{hidden}", json.dumps({"short": f"a{hidden}b", f"k{hidden}": 1, "code": code})), "done"
    )
    number = f"{ord(hidden):x}"
    for shown in (words(call_html(called.call)), asked(called), ended(replace(called, result=hidden), was_asked=False)):
        assert hidden not in shown
        assert shown.count(number) >= (3 if hidden == "\r" else 4)


def test_code_is_shown_whole() -> None:
    """An argument of many lines, or a long one, is there from its first to its last character."""
    source = "\n".join(f"line_{number} = {number}" for number in range(1_000))
    assert len(source) < MOST
    assert source in words(call_html(call(code=source)))
    assert "\n  │ ".join(source.split("\n")) in asked(Called(call(code=source)))
    assert "y" * 5_000 in words(call_html(call(text="y" * 5_000)))


def test_what_is_too_long_to_be_consented_to_is_counted() -> None:
    """Arguments beyond what a toolbox takes are cut, and it is said how many characters are missing."""
    assert "… (5 more characters)" in words(call_html(ToolCall("1", "go", "z" * (MOST + 5))))
    assert len(call_html(ToolCall("n" * 100_000, "n" * 100_000, ""))) < 2_000


def test_a_name_is_not_read_as_more() -> None:
    """A name or a key that looks like the rest of a call stands in quotes."""
    assert written(ToolCall("1", 'add(1), go"', '{"a=1, b": 2}')).line == '"add(1), go\\""("a=1, b"=2)'


def test_a_round_tells_text_calls_states_and_results() -> None:
    """Text and folded thinking stand over the calls; each has its state, its result and the picture that it returned."""
    html = rounds_html(with_rounds().rounds)
    shown = words(html)
    places = [
        "Two things are to be known.",
        "Let me look.",
        'weather(city="Ulm", days=3)',
        "21 °C",
        "failed",
        "total += one",
    ]
    assert [shown.index(one) for one in places] == sorted(shown.index(one) for one in places)
    assert SOURCE in shown
    assert f'<img src="{DOT}"' in html
    assert html.count("<details") == 3
    assert " open" not in html
    assert DOT not in rounds_html(with_rounds().rounds, has_pictures=False)


@pytest.mark.parametrize(
    ("called", "state"),
    [
        (Called(WEATHER), "waiting for your answer"),
        (Called(WEATHER, "running"), "running…"),
        (Called(WEATHER, "done", "21", seconds=0.31), "0.3 s"),
        (Called(WEATHER, "failed", "Error: x", seconds=2.0), "failed, 2.0 s"),
        (Called(WEATHER, "denied", "Denied: x"), "denied"),
    ],
)
def test_each_state_has_its_word(called: Called, state: str) -> None:
    """A reader sees how a call stands, in a cell and in a terminal."""
    assert f"days=3) {state}" in words(GrowingRounds().html([Round("", "", (called,))]))
    assert asked(called).startswith(f'→ weather(city="Ulm", days=3) · {state}')


def test_a_call_that_was_left_behind_is_not_said_to_run() -> None:
    """In a turn that was stopped, a call without a result has none, and is not awaited any more."""
    html = GrowingRounds().html([Round("", "", (Called(WEATHER, "running"),))], is_over=True)
    assert "no result" in html
    assert "running" not in html


def test_a_result_is_bounded_and_shorter_while_it_is_redrawn() -> None:
    """Of a long result some two thousand characters are there and the rest is counted; large pictures come at the end."""
    large = "data:image/png;base64," + "A" * 100_000
    one = Round("", "", (Called(WEATHER, "done", "r" * 50_000, (large,)),))
    whole, live = rounds_html([one]), GrowingRounds().html([one], is_live=True)
    assert "r" * MOST_RESULT in whole
    assert f"({50_000 - MOST_RESULT:,} more characters)" in whole
    assert large in whole
    assert len(live) < 2_000
    assert "shown when the answer is there" in live


def test_times_and_notes_that_were_seen_stay() -> None:
    """The messages of a turn do not tell how long a call took: who saw it remembers it, also in the next round."""
    seen = Called(WEATHER, "done", "21 °C", seconds=0.31, note="Taken from the cache.")
    growing = GrowingRounds()
    growing.html([Round("", "", (seen,))])
    shown = words(growing.html([Round("", "", (replace(seen, seconds=0.0, note=""), Called(CODE, "done")))], is_over=True))
    assert "0.3 s" in shown
    assert "Taken from the cache." in shown


@pytest.mark.parametrize("state", ["next", "waiting", "running", "done"])
@pytest.mark.parametrize("place", [0, 1], ids=["the next round", "the same place"])
def test_a_call_is_never_shown_as_another(state: CallState, place: int) -> None:
    """A later call with the same id is shown as it is: the one that is asked about is the one that is seen."""
    before = Round("", "", (Called(call(code="harmless"), "done", "ok", seconds=0.31),))
    now = Round("", "", (Called(call(code="remove_all"), state, seconds=0.1 if state == "done" else 0.0),))
    growing = GrowingRounds()
    growing.html([before], is_live=True)
    shown = words(growing.html([before, now] if place == 0 else [now], is_live=True))
    assert shown.count("remove_all") == 1
    assert shown.count("harmless") == 1 - place


def test_changed_arguments_stay_with_their_own_call() -> None:
    """What was run instead of what was called is still seen when the messages tell otherwise, in each of two rounds."""
    called = Called(call(code="asked"), "done", "ok")
    rounds: list[Round] = []
    growing = GrowingRounds()
    for number in (1, 2):
        run = replace(called, call=call(code=f"edited {number}"), seconds=0.2)
        growing.html([*rounds, Round("", "", (run,))])
        rounds.append(Round("", "", (called,)))
    shown = words(growing.html(rounds, is_over=True))
    assert shown.index("edited 1") < shown.index("edited 2")
    assert "asked" not in shown


def test_only_pictures_in_the_page_are_shown() -> None:
    """A result's picture from elsewhere, or of a kind that can hold script, is left out."""
    addresses = (
        "https://evil.example/x.png",
        "data:image/svg+xml;base64,PHN2Zy8+",
        'data:image/png;base64,AA" onerror="x',
        DOT,
    )
    html = rounds_html([Round("", "", (Called(WEATHER, "done", "", addresses),))])
    assert [value for _, name, value in Reader(html).attributes if name == "src"] == [DOT]


@pytest.mark.parametrize(("name", "text"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_nothing_hostile_runs_or_loads(name: str, text: str) -> None:
    """Hostile names, arguments, keys, results, notes, words and thinking add no element, handler or address."""
    calls = (
        ToolCall("1", text, text),
        ToolCall("2", "go", json.dumps({text: text, "code": f"{text}\n{text}", "x": [text]})),
    )
    rounds = [Round(text, text, tuple(Called(one, "failed", text, (text,), 0.3, text) for one in calls))]
    html = GrowingRounds().html(rounds) + "".join(map(call_html, calls))
    read = Reader(html)
    assert read.harm("details", "summary", "div", "img") == [], name
    assert all(PICTURE.fullmatch(value) for _, attribute, value in read.attributes if attribute == "src")
    html.encode()
