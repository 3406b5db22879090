"""A question becomes a request, and is held against what the model can do."""

from __future__ import annotations

import time

import pytest

from kimi_magic.api.catalog import MODELS, PRICES, Model, find_model
from kimi_magic.context import Scale, weigh
from kimi_magic.conversation import Conversation, Turn, conversation_of
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, ChatRequest, Image, Message, Text
from kimi_magic.options import parse
from kimi_magic.request import ASSUMED_ANSWER, Question, begun, check, compose, estimate_cost, masked
from kimi_magic.settings import SYSTEM, Settings

SAID = (Message("user", "before"), Message("assistant", "Yes.", reasoning="Hm."))
BEFORE = conversation_of([Turn("1", "before", SAID, "kimi-k2.6", 0.0, "complete")], id="c1")
NUMBER = Attachment("n", "value", (Text("n is 1"),))
PICTURE = Attachment("p", "value", (Text("p is"), Image("data:image/png;base64,AA==")))
FIRST = Message("system", SYSTEM)


def question(line: str = "", text: str = "Hi", *attachments: Attachment) -> Question:
    return Question(text, text, attachments, parse(line))


@pytest.mark.parametrize(
    ("attachments", "content"),
    [
        ((), "Hi"),
        ((NUMBER,), "n is 1\n\nHi"),
        ((NUMBER, NUMBER), "n is 1\n\nn is 1\n\nHi"),
        ((PICTURE, NUMBER), (*PICTURE.parts, *NUMBER.parts, Text("Hi"))),
    ],
)
def test_attachments_stand_before_the_question(attachments: tuple[Attachment, ...], content: object) -> None:
    """Words alone are one text; with a picture all are parts, in order, the question last."""
    assert question("", "Hi", *attachments).message() == Message("user", content)  # type: ignore[arg-type]  # either form


@pytest.mark.parametrize(
    ("line", "settings", "messages"),
    [
        ("", Settings(), (FIRST, *SAID, Message("user", "Hi"))),
        ("-1", Settings(), (FIRST, Message("user", "Hi"))),
        ("-s brief", Settings(), (Message("system", "brief"), *SAID, Message("user", "Hi"))),
        ("", Settings(system=""), (*SAID, Message("user", "Hi"))),
        ("--prefix {", Settings(), (FIRST, *SAID, Message("user", "Hi"), Message("assistant", "{", partial=True))),
    ],
)
def test_what_is_sent(line: str, settings: Settings, messages: tuple[Message, ...]) -> None:
    """System message, history, question and the answer's beginning, each where it is wanted."""
    assert compose(question(line), BEFORE, settings, () if line == "-1" else SAID).messages == messages


def test_options_become_fields() -> None:
    """Each option that concerns the request is in it, beside the conversation's id."""
    line = "-m kimi-k3 --think --effort low --max-tokens 9 --stop a --stop b"
    request = compose(question(line), BEFORE, Settings(safety_identifier="u1"))
    assert request == ChatRequest(
        "kimi-k3", request.messages, True, False, "low", 9, ("a", "b"), cache_key="c1", safety_identifier="u1"
    )
    assert compose(question(), BEFORE, Settings()).safety_identifier is None


@pytest.mark.parametrize(
    ("line", "chosen", "model", "system"),
    [("", "", "kimi-k2.6", SYSTEM), ("", "kimi-k3", "kimi-k3", "be kind"), ("-m m -s s", "kimi-k3", "m", "s")],
)
def test_what_was_chosen_sticks(line: str, chosen: str, model: str, system: str) -> None:
    """The line goes before the conversation's own choice, and that before the settings."""
    conversation = Conversation(model=chosen, system="be kind" if chosen else None)
    request = compose(question(line), conversation, Settings())
    assert (request.model, request.messages[0].text) == (model, system)


def test_the_history_is_sent_as_it_was() -> None:
    """A second question's messages begin with the very messages of the first."""
    first = compose(question(), Conversation(), Settings()).messages
    conversation = conversation_of([Turn("1", "Hi", (first[-1], Message("assistant", "Yes.")), "m", 0.0, "complete")])
    assert compose(question("", "More"), conversation, Settings(), conversation.history()).messages[: len(first)] == first


def test_no_key_goes_along() -> None:
    """Prompt, text and attachments are masked; pictures stay as they are."""
    asked = masked(question("", "key KEY", Attachment("n", "value", (Text("KEY"), Image("data:KEY")))), _mask)
    assert (asked.prompt, asked.text) == ("key ***", "key ***")
    assert asked.attachments[0].parts == (Text("***"), Image("data:KEY"))


def _mask(text: str) -> str:
    return text.replace("KEY", "***")


def test_a_turn_begins_as_asked() -> None:
    """The turn knows the question as it was sent, its attachments, model and time, and has no answer yet."""
    asked = question("--prefix {", "Hi", NUMBER)
    request = compose(asked, BEFORE, Settings())
    turn = begun(asked, request)
    assert (turn.prompt, turn.said, turn.attachments) == ("Hi", (asked.message(),), (NUMBER,))
    assert (turn.state, turn.model, turn.request_sha256, turn.cost) == ("asked", "kimi-k2.6", "", None)
    assert abs(turn.asked_at - time.time()) < 5
    assert not turn.is_said


POSSIBLE = [
    ("kimi-k2.6", ""),
    ("kimi-k2.6", "--think"),
    ("kimi-k2.6", "--no-think"),
    ("kimi-k2.7-code", "--think"),
    ("kimi-k3", "--effort low"),
    ("unknown", "--no-think"),
    ("unknown", "--think --effort any"),
]
IMPOSSIBLE = [
    ("kimi-k2.7-code", "--no-think", r"kimi-k2\.7-code always thinks\. Models that answer without: kimi-k2\.6\.$"),
    ("kimi-k3", "--no-think", "kimi-k3 always thinks"),
    ("kimi-k3", "--effort medium", "knows the efforts low, high, max, not 'medium'"),
    ("kimi-k3", "--effort ''", "knows the efforts low, high, max, not ''"),
    ("kimi-k2.6", "--effort low", r"kimi-k2\.6 has no levels of effort\. Models that take --effort: kimi-k3\.$"),
    ("thoughtless", "--think", "thoughtless cannot think. Models that think: kimi-k2.6, "),
]
KNOWN = (*MODELS, Model("thoughtless", thinking="no"))


@pytest.mark.parametrize(("model", "line"), POSSIBLE)
def test_what_may_be_possible_passes(model: str, line: str) -> None:
    """What a model can do, and what nobody knows of, is sent."""
    check(compose(question(f"-m {model} {line}"), BEFORE, Settings()), find_model(model, KNOWN), KNOWN)


@pytest.mark.parametrize(("model", "line", "says"), IMPOSSIBLE)
def test_what_is_impossible_is_told(model: str, line: str, says: str) -> None:
    """What the model is known not to do is refused before sending, with the models that do it."""
    with pytest.raises(UsageError, match=says):
        check(compose(question(f"-m {model} {line}"), BEFORE, Settings()), find_model(model, KNOWN), KNOWN)


def test_no_model_may_be_able() -> None:
    """Where no model can, the message ends after its sentence."""
    request = compose(question("--no-think"), BEFORE, Settings())
    with pytest.raises(UsageError, match=r"always thinks\.$"):
        check(request, Model("m", thinking="only"), ())


def test_an_empty_question_is_told() -> None:
    """Nothing is sent where there is nothing to say."""
    with pytest.raises(UsageError, match="There is no question"):
        check(compose(question("", ""), Conversation(), Settings()), MODELS[0], MODELS)


@pytest.mark.parametrize(
    ("message", "tokens"),
    [
        (Message("user", ""), 4),
        (Message("user", "x" * 35), 14),
        (Message("user", "日" * 35), 34),
        (Message("assistant", "", reasoning="x" * 35), 14),
        (Message("user", (Image("ms://1"), Text("x" * 35))), 1_014),
        (Message("user", "\ud800"), 4),
    ],
)
def test_tokens_are_guessed(message: Message, tokens: int) -> None:
    """The rule of thumb counts bytes, messages and pictures, and never fails."""
    assert Scale().of(weigh([message])) == tokens
    assert Scale().of(weigh([message] * 10)) == pytest.approx(10 * tokens, abs=10)


def test_the_estimate_is_the_most_that_it_may_cost() -> None:
    """Nothing counts as cached, and the answer is as long as its cap, or as assumed."""
    price = PRICES["kimi-k2.6"]
    assert estimate_cost(1_000_000, 500_000, price) == pytest.approx(0.95 + 2.0)
    assert estimate_cost(0, None, price) == pytest.approx(ASSUMED_ANSWER * 4.0 / 1e6)
