"""A file becomes a prompt, and what is typed after the command comes into it."""

from __future__ import annotations

import pytest

from kimi_magic.content.template import expand
from kimi_magic.errors import UsageError
from kimi_magic.options import parse
from kimi_magic.prompts.template import decode, literal, written

WHOLE = "<!-- about: sums up a frame -->\n%%kimi {argument} --rows 5\nSum up {argument}.\n"


@pytest.mark.parametrize(
    ("text", "line", "body", "about"),
    [
        (WHOLE, "{argument} --rows 5", "Sum up {argument}.", "sums up a frame"),
        ("Why?", "", "Why?", "Why?"),
        ("%%kimi\n\nIs it so. And why?\nSay.", "", "Is it so. And why?\nSay.", "Is it so"),
        ("%%kimi -p\r\nWhy\rnot?", "-p", "Why\nnot?", "Why not?"),
        ("<!-- about: two\n lines\x07 -->\nWhy?", "", "Why?", "two lines"),
        ("What is 3 of it: say", "", "What is 3 of it: say", "What is 3 of it"),
        ("%%kimitext\nWhy?", "", "%%kimitext\nWhy?", "%%kimitext Why?"),
        ("Why?\n%%kimi -p", "", "Why?\n%%kimi -p", "Why?"),
        ("word " * 40, "", ("word " * 40).strip(), "word " * 15 + "word…"),
    ],
)
def test_a_file_is_a_cell(text: str, line: str, body: str, about: str) -> None:
    """First the words for help, then the first line, then the prompt; only the prompt must be there."""
    template = decode("x", text)
    assert (template.line, template.body, template.about) == (line, body, about)


@pytest.mark.parametrize("text", ["", " \n", "%%kimi -p", "<!-- about: x -->\n%%kimi\n  \n"])
def test_a_file_without_a_prompt_is_told(text: str) -> None:
    """There is nothing to ask then."""
    with pytest.raises(UsageError, match="prompt /x is empty"):
        decode("x", text)


@pytest.mark.parametrize(
    ("text", "argument", "line", "body"),
    [
        (WHOLE, "cars", "cars --rows 5", "Sum up cars."),
        (WHOLE, " 'my cars'  ", "'my cars' --rows 5", "Sum up 'my cars'."),
        (WHOLE, "-m kimi-k3 --rows 9 cars", "cars --rows 5 -m kimi-k3 --rows 9", "Sum up cars."),
        (WHOLE, "-n -- -x", "-x --rows 5 -n", "Sum up -x."),
        (WHOLE, r"{argument} \1 {0} $x", r"{argument} \1 {0} $x --rows 5", r"Sum up {argument} \1 {0} $x."),
        ("%%kimi {argument or --above}\nOf {argument or it}.", "", "--above", "Of it."),
        ("%%kimi {argument or --above}\nOf {argument or it}.", "f", "f", "Of f."),
        ("%%kimi {argument or --above}\nWhy?", "-q", "--above -q", "Why?"),
        ("Why? {argument or }", "", "", "Why?"),
        (
            r"\{argument} of {argument}, \{argument or it} \\{argument}",
            "f",
            "",
            r"{argument} of f, {argument or it} \{argument}",
        ),
        (r"\{argument}", "", "", "{argument}"),
        (
            "{{argument}} { argument } {Argument} {argument!r} {x}",
            "",
            "",
            "{{argument}} { argument } {Argument} {argument!r} {x}",
        ),
    ],
)
def test_the_argument_comes_in_as_it_is_typed(text: str, argument: str, line: str, body: str) -> None:
    """Exactly its places are filled, once, and nothing is evaluated; options before it go to the first line."""
    assert decode("x", text).filled(argument) == (line, body)


@pytest.mark.parametrize(
    ("text", "argument", "says"),
    [
        (WHOLE, "", r"/x needs to know what it is about: `%kimi /x NAME`"),
        (WHOLE, "-q", "/x needs to know"),
        ("Why?", "cars", "/x takes only options after it"),
        ("Why?", "--moodel k", "no option --moodel: did you mean --model"),
    ],
)
def test_an_argument_that_does_not_fit_is_told(text: str, argument: str, says: str) -> None:
    """One that is missing, one that has no place, and an option that there is not are a sentence each."""
    with pytest.raises(UsageError, match=says):
        decode("x", text).filled(argument)


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("%%kimi -t wipe -y\nWhy?", ""),
        ("%%kimi -qy\nWhy?", "-q"),
        ("%%kimi -{argument or }y\nWhy?", ""),
        ("%%kimi {argument or --yes}\nWhy?", ""),
        ("%%kimi -{argument}\nWhy?", "y"),
    ],
)
def test_only_the_user_says_yes(text: str, argument: str) -> None:
    """A file cannot let calls run unasked, by whatever spelling; typed behind the command it holds."""
    with pytest.raises(UsageError, match=r"a prompt cannot say it: type it right behind the command, `%kimi /x -y`"):
        decode("x", text).filled(argument)
    assert parse(decode("x", "%%kimi -t wipe -y\nWhy?").filled("-y")[0]).yes
    assert parse(decode("x", "Why?").filled("-qy")[0]).yes


@pytest.mark.parametrize(("text", "wants"), [(WHOLE, "NAME"), ("Of {argument or it}", "[NAME]"), ("Why?", "")])
def test_help_says_whether_a_name_follows(text: str, wants: str) -> None:
    """It must, it may, or it has no place."""
    assert decode("x", text).wants == wants


@pytest.mark.parametrize("line", ["", "%%kimi", "%%kimi sales -p", "sales -p"])
@pytest.mark.parametrize("body", ["Why?", "%%kimi -p\nnot a first line", "<!-- about: no words of help --> Why?"])
def test_what_is_written_is_read_again(line: str, body: str) -> None:
    """Line and prompt come back as they were, whatever the prompt looks like."""
    template = decode("x", written(line, body))
    assert (template.line, template.body) == (line.removeprefix("%%kimi").strip(), body)


@pytest.mark.parametrize(
    "text",
    [
        "{{x}}",
        r"\{{x}}",
        "{{{x}}} {{{{x}}}} {{{",
        "{argument} {argument or it} {{argument}} {{{argument}}}",
        r"\{argument} \\{argument} {\{argument} {{argument}",
        "{x} $5 {{a\nb}}",
    ],
)
def test_a_literal_text_is_asked_as_it_is(text: str) -> None:
    """Whatever braces and backslashes a text has, nothing of it is a place or is evaluated."""
    template = decode("x", written("", literal(text)))
    assert not template.wants
    assert expand(template.filled("")[1], {"x": "evaluated", "argument": "evaluated"}) == text
