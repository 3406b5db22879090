"""A conversation that has everything in it, and what is compared of its turns after a round."""

from __future__ import annotations

import json
from dataclasses import replace

from kimi_magic.conversation import Conversation, State, Turn, conversation_of
from kimi_magic.messages import Attachment, Image, Message, Text, ToolCall, Usage, Video
from tests.render.hostile import HOSTILE

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = Image(f"data:image/png;base64,{PNG}")
LARGE = Image("data:image/jpeg;base64," + "AAAA" * 1_000)
SVG = Image("data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+")
DOCUMENT = "Extracted text of a report. " * 80
START = 1_790_000_000.25


def turn(number: int, *said: Message, state: State = "complete", prompt: str = "Why?") -> Turn:
    """Return turn ``number`` that said this."""
    return Turn(f"turn{number}", prompt, said, "kimi-k2.6", START + number, state, finish_reason="stop", seconds=3.2)


def asked(number: int, prompt: str, answer: str, state: State = "complete", reasoning: str | None = None) -> Turn:
    """Return turn ``number`` of a plain question and its answer."""
    said = (Message("user", prompt), Message("assistant", answer, reasoning=reasoning))
    return turn(number, *said, state=state, prompt=prompt)


SEEING = replace(
    turn(
        1,
        Message("user", (PICTURE, LARGE, SVG, Image("ms://file-1"), Video("data:video/mp4;base64,AAAA"), Text("Look"))),
        Message("assistant", "A dot.", reasoning="Hm, a picture."),
        prompt="Look",
    ),
    attachments=(
        Attachment("fig", "figure", (PICTURE, LARGE), "1 × 1"),
        Attachment("far", "image", (Image("ms://file-1"),)),
    ),
    usage=Usage(1_200, 85, 640, 9),
    cost=0.0001234567890123,
    request_sha256="ab" * 32,
    exchange="cd" * 32,
    tokens=1_300,
    is_pinned=True,
)
READING = replace(
    turn(2, Message("system", DOCUMENT), Message("user", "Sum up"), Message("assistant", "It is long.", reasoning="")),
    attachments=(Attachment("report.pdf", "document", (Text(DOCUMENT),)),),
    prompt="Sum up",
)
CALLING = turn(
    3,
    Message("user", "How warm is it?"),
    Message("assistant", "", reasoning="", tool_calls=(ToolCall("w:0", "weather", '{"city": "Oslo"}'),)),
    Message("tool", "-3 °C", tool_call_id="w:0"),
    Message("assistant", "Three below."),
    prompt="How warm is it?",
)
CUT = asked(4, "Tell all", "First:\n\n```python\nprint('half", state="interrupted")
CODE = asked(
    5,
    "Code",
    "So:\n\n```python\nx = 1 if a<b else 2\n```\n\nor\n\n````md\n```\ninner\n```\n````\n\n```html\n<b>hi</b>\n```\n",
)
ALPHABETS = asked(6, "为什么\n第二行", "因为 **这样**。\n\nשלום עולם", reasoning="想一想")
HALF = replace(
    asked(7, "half \ud800 character", "and \udfff here", reasoning="\ud83d"),
    attachments=(Attachment("na\ud800me", "value", (Text("1"),)),),
)
ODD = asked(8, "", "")
JSON = replace(asked(9, "Who?", '[{"name": "Ada"}]'), is_json=True)
STOPPED = turn(
    10,
    Message("user", "How warm is it?"),
    Message("assistant", "Let me look.", tool_calls=(ToolCall("w:0", "run_python", '{"code": "x = 1\\nx"}'),)),
    Message("tool", (PICTURE, Text("21 °C")), tool_call_id="w:0"),
    state="interrupted",
    prompt="How warm is it?",
)
"""A turn that was stopped when its call had ended."""
STATES: tuple[State, ...] = ("undone", "failed", "once", "replaced", "asked")
UNSAID = [asked(number, "Forgotten?", "Forgotten.", state) for number, state in enumerate(STATES, 20)]
TURNS = (SEEING, READING, CALLING, CUT, CODE, ALPHABETS, HALF)


def everything() -> Conversation:
    """Return a conversation of all of these, and some that were not said in between."""
    return conversation_of([*TURNS[:3], ODD, *UNSAID, *TURNS[3:]], "sales", system="Be brief.", model="kimi-k3")


def hostile() -> Conversation:
    """Return a conversation in which each hostile text stands in every place where a text can."""
    turns = []
    for number, (_, text) in enumerate(HOSTILE):
        calls = (ToolCall("c", text, text), ToolCall("d", "go", json.dumps({text: text, "code": f"{text}\n"})))
        said = (
            Message("user", (SVG, Image(f"https://evil.example/{number}.png"), Text(text))),
            Message("assistant", text, reasoning=text, tool_calls=calls),
            *(Message("tool", (SVG, Text(text)), tool_call_id=call.id) for call in calls),
            Message("assistant", text),
        )
        attachment = Attachment(text, "value", (SVG,), text)
        made = replace(turn(number, *said, prompt=text), id=f"h{number}", model=text, attachments=(attachment,))
        turns.append(replace(made, is_json=number % 2 == 1))
    return conversation_of(turns, HOSTILE[0][1])


def bare(turn: Turn) -> Turn:
    """Return ``turn`` without its ids, which change on the way, and without what an answer of the store is found by."""
    return replace(turn, id="", cell="", run="", replaces=(), exchange="")
