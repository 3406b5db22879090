"""What was said: ``/history /new /undo /pin /forget /conversations /rename``."""

from __future__ import annotations

from kimi_magic.amounts import counted, dollars, moment
from kimi_magic.calls import Called, Round
from kimi_magic.commands.choosing import choose, entries_of, entry_of
from kimi_magic.conversation import Conversation, Entry, State, Turn
from kimi_magic.errors import NotKept, UsageError
from kimi_magic.export.called import call_markdown, steps_of
from kimi_magic.messages import Image, Message, Text, Video
from kimi_magic.render.called import visible
from kimi_magic.render.growing import turn_markdown
from kimi_magic.render.view import calls_of, in_words, status_line
from kimi_magic.report import Report, fenced, line, table
from kimi_magic.session import Session

MOST_LISTED = 100
"""Turns that `/history` lists when it is not told which."""


def history(session: Session, argument: str) -> Report:
    """List turns, show one whole, or bring one back."""
    session.notebook.refresh()
    if not len(session.conversations):
        return Report("Nothing was asked yet.")
    conversation, words = choose(session, argument.split())
    match words:
        case []:
            return _listed(conversation, conversation.entries[-MOST_LISTED:])
        case [which] if "-" in which:
            return _listed(conversation, entries_of(conversation, which))
        case [which]:
            return _shown(conversation, entry_of(conversation, which), which)
        case [which, "back"]:
            return _brought_back(session, conversation, entry_of(conversation, which))
    raise UsageError("/history lists the turns; /history 3 shows one, /history 3-7 some, /history 3 back brings one back.")


def _listed(conversation: Conversation, entries: list[Entry]) -> Report:
    stale = conversation.stale()
    numbers = {entry.id: number for number, entry in enumerate(conversation.entries, 1)}
    rows = [
        (str(numbers[turn.id]), *_turn_row(turn), ", ".join([*calls_of(turn), *_marks(turn, conversation, stale)]))
        for turn in conversation.read_turns(entries)
    ]
    listed = table(("", "question", "answer", "model", "tokens in / out", "price", ""), rows)
    earlier = len(conversation.entries) - len(entries)
    more = (
        f"\n\n{earlier:,} more: `/history 1-{MOST_LISTED}`." if earlier and entries[-1:] == conversation.entries[-1:] else ""
    )
    told = [f"Kimi is told first:\n\n{fenced(visible(conversation.system))}"] if conversation.system else []
    return Report("\n\n".join([*told, listed + more]))


def _turn_row(turn: Turn) -> tuple[str, ...]:
    usage = turn.usage
    tokens = f"{usage.prompt_tokens:,} / {usage.completion_tokens:,}" if usage else ""
    price = dollars(turn.cost) if turn.cost is not None or turn.usage or turn.is_said else ""
    return line(turn.prompt), line(turn.answer.text), f"`{turn.model}`", tokens, price


def _marks(turn: Turn, conversation: Conversation, stale: frozenset[str]) -> list[str]:
    marks: list[str] = [] if turn.state == "complete" else ["no answer came" if turn.state == "asked" else turn.state]
    marks += ["pinned"] if turn.is_pinned else []
    marks += ["from the store"] if turn.is_cached else []
    marks += ["asked before a change above"] if turn.id in stale else []
    marks += ["not in the notebook's file, not sent"] if turn.id in conversation.absent else []
    return marks


def _shown(conversation: Conversation, entry: Entry, number: str) -> Report:
    """Return one whole turn with what was sent; its pictures stand below it."""
    turn = conversation.read_turn(entry)
    asked = moment(turn.asked_at)
    pictures: list[str] = []
    pieces = [f"**Turn {number}** of {line(conversation.name)}, {asked}: {line(status_line(turn), 400)}"]
    if marks := _marks(turn, conversation, conversation.stale()):
        pieces.append(f"*{', '.join(marks)}*")
    if turn.attachments:
        pieces.append("Sent along: " + ", ".join(line(in_words(one), 100) for one in turn.attachments))
    pieces += [_said(message, pictures) for message in turn.question]
    for step in steps_of(turn.replies):
        if isinstance(step, Round):
            pieces += _round(step, pictures)
        elif step is not turn.answer:
            pieces += [*_thought(step.reasoning), _said(step, pictures)]
    answer = "" if turn.answer.tool_calls else turn_markdown(turn)  # what was said before calls stands above them
    pieces += [*_thought("" if turn.answer.tool_calls else turn.answer.reasoning), "**answer**", answer or "*none*"]
    return Report("\n\n".join(pieces), pictures)


def _said(message: Message, pictures: list[str]) -> str:
    """Return a message as it was sent, and collect its pictures."""
    parts = (Text(message.content),) if isinstance(message.content, str) else message.content
    texts = []
    for part in parts:
        match part:
            case Text(text):
                texts.append(text)
            case Image(url) | Video(url):
                pictures.append(url)
                texts.append(f"[{'picture' if isinstance(part, Image) else 'video'} {len(pictures)}]")
    said = visible("\n".join(filter(None, texts)))
    return f"**{message.role}**\n\n{fenced(said)}"


def _round(one: Round, pictures: list[str]) -> list[str]:
    """Return what was said before the calls of a round, and each call with its result; its pictures are collected."""
    said = ["**assistant**", fenced(visible(one.text))] if one.text else []
    return [*_thought(one.reasoning), *said, *(piece for called in one.called for piece in _called(called, pictures))]


def _called(called: Called, pictures: list[str]) -> list[str]:
    first = len(pictures) + 1
    pictures += called.pictures
    return [call_markdown(called), *(f"*picture {number}*" for number in range(first, len(pictures) + 1))]


def _thought(reasoning: str | None) -> list[str]:
    return ["**thinking**", fenced(reasoning)] if reasoning else []


def _brought_back(session: Session, conversation: Conversation, entry: Entry) -> Report:
    """Let a turn be sent again that was taken back, or that the notebook's file does not have."""
    if entry.id in conversation.absent:
        conversation.absent -= {entry.id}
        entry = entry._replace(cell="", run="")  # it belongs to no cell any more, and stays
    elif entry.state != "undone":
        raise UsageError("This turn is not taken back: it is sent, unless it failed or was asked with --once.")
    turn = conversation.read_turn(entry)
    state: State = "complete" if turn.finish_reason else "interrupted"
    entry = entry._replace(state=state if entry.state == "undone" else entry.state, is_said=True)
    return Report(f"Brought back, and sent from now on: {line(turn.prompt, 80)}" + _changed(session, conversation, entry))


def new(session: Session, argument: str) -> str:
    """Let a conversation begin anew, or from one of its turns."""
    words = argument.split()
    name = words.pop(0) if words and words[0] != "from" else "main"
    if not words:
        before = session.conversations.find(name)
        session.conversations.begin(name)
        is_kept = before is not None and before.name != name
        kept = f" What was said is kept as {line(before.name)}, and is not sent any more." if before and is_kept else ""
        return f"The conversation {line(name)} begins anew.{kept}"
    if len(words) not in (2, 3):
        raise UsageError("/new begins anew; /new from 3 goes on after turn 3, /new NAME from 3 does so under another name.")
    source, left = choose(session, words[1:])
    chosen = entry_of(source, left[0])
    turns = source.entries[: source.entries.index(chosen) + 1]
    session.conversations.begin(name, turns, source)
    said = sum(entry.is_said for entry in turns)
    return f"The conversation {line(name)} goes on after turn {left[0]} of {line(source.name)}: {said:,} are in it."


def undo(session: Session, argument: str) -> str:
    """Take back the last turn that was said."""
    conversation, _ = choose(session, argument.split())
    undone = conversation.undo()
    if undone is None:
        raise UsageError(f"There is nothing to undo in the conversation {conversation.name}.")
    notice = session.keep(conversation, undone)
    return f"Taken back, and not sent any more: {line(undone.prompt, 80)}" + (f"\n\n{notice}" if notice else "")


def pin(session: Session, argument: str) -> str:
    """Pin a turn, or let it go again."""
    conversation, words = choose(session, argument.split())
    if len(words) not in (1, 2) or words[1:] not in ([], ["off"]):
        raise UsageError("/pin 3 keeps turn 3 in what is sent, however long the conversation grows; /pin 3 off lets it go.")
    entry = entry_of(conversation, words[0])._replace(is_pinned=len(words) == 1)
    told = "is sent along, however long the conversation grows" if entry.is_pinned else "is pinned no more"
    return f"Turn {words[0]} {told}." + _changed(session, conversation, entry)


def forget(session: Session, argument: str) -> str:
    """Remove turns or conversations for good; an answer that is arriving ends, if it is one of them."""
    said = _forgotten(session, argument)
    session.stop_forgotten()
    return said


def _forgotten(session: Session, argument: str) -> str:
    match argument.split():
        case ["all"]:
            session.conversations.forget_all()
            return "All conversations of all notebooks are removed from the store. Saved notebooks still show their outputs."
        case ["older", days] if days.isdecimal():
            count = session.conversations.prune(int(days))
            return f"{counted(count, 'turn')} older than {days} days are removed from the store."
        case [name] if session.conversations.find(name):
            session.conversations.forget(name)
            return f"The conversation {line(name)} is removed from the store. The notebook still shows its outputs."
        case [*words] if words:
            conversation, left = choose(session, words)
            entries = [entry for word in left for entry in entries_of(conversation, word)]
            for entry in entries:
                session.conversations.forget_turn(conversation, entry)
            return f"{len(entries):,} removed from {line(conversation.name)}. The notebook still shows the output."
    raise UsageError(
        "/forget 3 removes turn 3, /forget NAME a conversation, /forget older 90 what is older, /forget all all."
    )


def conversations(session: Session, _: str) -> str:
    """List the conversations of this notebook."""
    session.notebook.refresh()
    if not len(session.conversations):
        return "Nothing was asked yet."
    rows = [
        (line(one.name), f"{len(one.above()):,}", f"`{one.model or session.settings.model}`", _last(one))
        for one in session.conversations
    ]
    return table(("conversation", "turns", "model", "last asked"), rows)


def rename(session: Session, argument: str) -> str:
    """Give a conversation another name."""
    match argument.split():
        case [old, name]:
            session.conversations.rename(old, name)
            return f"The conversation {line(old)} is called {line(name)} now."
    raise UsageError("/rename OLD NEW expects two names without blanks.")


def chat(session: Session, argument: str) -> str:
    """Show the chat panel; it shows itself, so there is nothing to report."""
    words = argument.split()
    is_side = "side" in words
    names = [word for word in words if word != "side"]
    if len(names) > 1:
        raise UsageError("/chat shows main; /chat NAME another conversation; /chat side shows it in a side area.")
    if session.door is None or session.door.show_panel is None:
        raise UsageError("The chat panel needs a notebook: JupyterLab, Notebook 7, VS Code or Colab. Ask with %kimi here.")
    session.door.show_panel(names[0] if names else "main", is_side)
    return ""


def _last(conversation: Conversation) -> str:
    latest = max((entry.asked_at for entry in conversation.entries), default=0.0)
    return moment(latest) if latest else ""


def _changed(session: Session, conversation: Conversation, entry: Entry) -> str:
    try:
        session.conversations.change(conversation, entry)
    except NotKept as error:
        return f"\n\n{error}"
    return ""
