"""The first line: how it is cut into words, what each flag takes, and what a mistake is told."""

from __future__ import annotations

import re

import pytest

from kimi_magic.errors import UsageError
from kimi_magic.flags import FLAGS, complete, help_markdown, help_text
from kimi_magic.options import Options, parse, parse_question, unquoted

LINES = {
    "": Options(),
    "   ": Options(),
    "sales fig": Options(attachments=("sales", "fig")),
    "-c a -n -1 -q --raw --dry-run": Options(conversation="a", new=True, once=True, quiet=True, raw=True, dry_run=True),
    "-nq1": Options(new=True, quiet=True, once=True),
    "-m kimi-k3 --effort low": Options(model="kimi-k3", effort="low"),
    "--model=kimi-k3": Options(model="kimi-k3"),
    "-m=kimi-k3": Options(model="kimi-k3"),
    "--think": Options(think=True),
    "--no-think": Options(think=False),
    "--think --no-think": Options(think=False),
    "--max-tokens 500 --max-cost 0.05": Options(max_tokens=500, max_cost=0.05),
    "--max-cost $2": Options(max_cost=2.0),
    "--max-cost 0": Options(max_cost=0.0),
    "-o answer": Options(out="answer"),
    "-o große_Antwort": Options(out="große_Antwort"),
    "--stop a --stop b": Options(stop=("a", "b")),
    "--stop=--": Options(stop=("--",)),
    "--stop ==": Options(stop=("==",)),
    f"--stop {'x' * 32}": Options(stop=("x" * 32,)),
    f"--stop {'é' * 16}": Options(stop=("é" * 16,)),
    "--prefix '{'": Options(prefix="{"),
    "--prefix -n": Options(prefix="-n"),
    """-s "You're terse." """: Options(system="You're terse."),
    """-s 'Say "yes".'""": Options(system='Say "yes".'),
    """--system='two words' sales""": Options(system="two words", attachments=("sales",)),
    """'df.head( 3 )' df["a b"]""": Options(attachments=("df.head( 3 )", 'df["a b"]')),
    """'-n' "--model" ./-q""": Options(attachments=("-n", "--model", "./-q")),
    "what's it's": Options(attachments=("what's it's",)),
    '"open': Options(attachments=('"open',)),
    "-": Options(attachments=("-",)),
    "sales\t-n\u00a0fig": Options(attachments=("sales", "fig"), new=True),
    "日本語 🎉.txt": Options(attachments=("日本語", "🎉.txt")),
}

QUESTIONS = {
    "why?": (Options(), "why?"),
    "what's  a -m?": (Options(), "what's  a -m?"),
    "-m kimi-k3 why -n?": (Options(model="kimi-k3"), "why -n?"),
    "-1 --model=kimi-k3 why?": (Options(once=True, model="kimi-k3"), "why?"),
    "-s 'be brief' it's what's": (Options(system="be brief"), "it's what's"),
    "-- -5 + 3?": (Options(), "-5 + 3?"),
    "-n -- -5 + 3?": (Options(new=True), "-5 + 3?"),
    "- why?": (Options(), "- why?"),
    "-1": (Options(once=True), ""),
    "": (Options(), ""),
}

MISTAKES = {
    "--modle kimi-k3": r"no option --modle: did you mean --model\?",
    "-z": "no option -z: ",
    "--": "no option --: ",
    "-m": "-m needs a value: -m, --model ID",
    "--once=yes": "--once takes no value, but got 'yes'",
    "-o 1st": "-o expects a Python name, not '1st'",
    "-o class": "-o expects a Python name, not 'class'",
    "-o a.b": "-o expects a Python name",
    "--max-tokens 0": "--max-tokens expects a whole number above 0, not '0'",
    "--max-tokens 1e3": "a whole number",
    "--max-tokens -5": "a whole number",
    f"--max-tokens {'9' * 13}": "a whole number",
    "--max-cost much": "an amount in US dollars",
    "--max-cost nan": "an amount in US dollars",
    "--max-cost inf": "an amount in US dollars",
    "--max-cost=-1": "an amount in US dollars",
    f"--stop {'x' * 33}": "1 to 32 bytes",
    f"--stop {'é' * 17}": "1 to 32 bytes",
    "--stop ''": "1 to 32 bytes",
    "--stop=": "1 to 32 bytes",
    "--schema City --json": "--json and --schema: one of them",
    "--stop a " * 6: "5 times at the most, not 6 times",
}


@pytest.mark.parametrize(("line", "options"), LINES.items(), ids=LINES)
def test_a_line_is_read(line: str, options: Options) -> None:
    """Names, options in each of their forms and quotes mean what they look like."""
    assert parse(line) == options


@pytest.mark.parametrize(("line", "expected"), QUESTIONS.items(), ids=QUESTIONS)
def test_a_question_begins_where_the_options_end(line: str, expected: tuple[Options, str]) -> None:
    """Options count before the question only, which stays as it was typed."""
    assert parse_question(line) == expected


@pytest.mark.parametrize(("line", "says"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_is_one_sentence(line: str, says: str) -> None:
    """A mistake is a UsageError that names the option and what it takes."""
    with pytest.raises(UsageError, match=says) as caught:
        parse(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "word", ['Literal["glad", "sad"]', "dict[str, list[tuple[int, str]]]", 'df[["a", "b"]]', "d['a b']", "d['a ] b', 1]"]
)
def test_brackets_behind_a_name_keep_their_blanks(word: str) -> None:
    """A type or an item is one word as Python writes it; a bracket that is never closed is a sign like any other."""
    assert parse(f"--schema {word} -q").schema == word
    assert parse(f"{word} -q").attachments == (word,)
    assert parse_question(f"--schema {word} is it [a, b]?")[1] == "is it [a, b]?"
    assert parse("x[ never closed").attachments == ("x[", "never", "closed")


def test_an_unknown_option_without_a_near_one_lists_all() -> None:
    """Where nothing is near, the message names each option once."""
    with pytest.raises(UsageError) as caught:
        parse("-§")
    assert all(flag.names[-1] in str(caught.value) for flag in FLAGS)


def test_each_row_of_the_table_has_a_field_and_names_of_its_own() -> None:
    """Each flag goes into a field of Options, and no name means two things."""
    names = [name for flag in FLAGS for name in flag.names]
    assert len(names) == len(set(names))
    assert {flag.field for flag in FLAGS} | {"attachments"} == set(Options.__slots__)


def test_help_names_every_option_with_its_words() -> None:
    """Both forms of the table hold each flag's usage and help."""
    for text in (help_text(), help_markdown()):
        assert all(flag.usage in text and flag.help in text for flag in FLAGS)
    rows = [re.sub(r"`[^`]*`", "", row) for row in help_markdown().splitlines()]
    assert {row.count("|") for row in rows} == {3}


@pytest.mark.parametrize(("text", "found"), [("--no", ["--no-think"]), ("--m", ["--model", "--max-tokens", "--max-cost"])])
def test_options_complete(text: str, found: list[str]) -> None:
    """The options that begin with a text are found, in the table's order."""
    assert complete(text) == found
    assert complete("--zz") == []


@pytest.mark.parametrize(
    ("token", "text"),
    [("''", ""), ("'", "'"), ("'a", "'a"), ("'a'b'", "'a'b'"), ("'a'+'b'", "'a'+'b'"), ('"it\'s"', "it's")],
)
def test_only_quotes_around_the_whole_are_taken_off(token: str, text: str) -> None:
    """Quotes that belong to an expression, or stand alone, stay."""
    assert unquoted(token) == text
