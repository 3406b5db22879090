"""What the panel says about models, conversations and costs: the traits ``about`` and ``meter``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kimi_magic.amounts import counted, dollars
from kimi_magic.api.catalog import MODELS, Model, find_model
from kimi_magic.commands.table import COMMANDS
from kimi_magic.context import fit
from kimi_magic.conversation import Conversation
from kimi_magic.errors import KimiError, NotKept
from kimi_magic.options import Options
from kimi_magic.panel.branches import family
from kimi_magic.panel.commanding import REMOVING
from kimi_magic.panel.transcript import Shown
from kimi_magic.preparing import context_of, room_in
from kimi_magic.render.printable import printable
from kimi_magic.session import Session

OFFERED = sorted(COMMANDS, key=lambda command: command.name in REMOVING)
"""The commands in the order in which they are offered: Enter is not to remove what nobody meant."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen in the panel for the next questions; "" and None choose nothing."""

    model: str = ""
    think: bool | None = None
    effort: str | None = None

    def fitting(self, model: Model) -> Choice:
        """Return the choice of ``model``, and of the thinking what it can do.

        >>> Choice("a", False, "max").fitting(Model("b", thinking="only"))
        Choice(model='b', think=None, effort=None)
        """
        can = {None: (None, True, False), "both": (None, True, False), "only": (None, True), "no": (None, False)}
        think = self.think if self.think in can[model.thinking] else None
        is_known = self.effort in model.efforts or model.thinking is None
        return replace(self, model=model.id, think=think, effort=self.effort if is_known else None)

    def options(self, conversation: str) -> Options:
        """Return the options of a question in ``conversation``."""
        return Options(conversation=conversation, model=self.model or None, think=self.think, effort=self.effort)


def about(session: Session, name: str, choice: Choice) -> Shown:
    """Return what can be chosen, and what is."""
    conversations = {printable(one.name): len(one.above()) for one in session.conversations}
    return {
        "conversation": printable(name),
        "conversations": [{"name": one, "turns": many} for one, many in ({printable(name): 0} | conversations).items()],
        "models": [_model(one) for one in models(session)],
        "model": printable(model_of(session, name, choice)),
        "way": _way(choice.think, choice.effort),
        "commands": [{"name": one.name, "argument": one.argument, "help": one.help} for one in OFFERED],
    }


def meter(session: Session, conversation: Conversation | None, name: str, choice: Choice) -> Shown:
    """Return how much of the model's context is used, what the conversation has cost, and how many turns are left out."""
    above = conversation.above() if conversation else []
    model = find_model(model_of(session, name, choice), models(session))
    context = context_of(model, session.settings)
    room = room_in(context) if context else None
    sizes, pins = [entry.tokens for entry in above], [entry.is_pinned for entry in above]
    kept = fit(sizes, pins, room) if room is not None and sizes else [*range(len(above))]
    used, cost = sum(sizes[place] for place in kept), _cost(session, name)
    return {"used": used, "context": context, "text": meter_text(used, context, cost, len(above) - len(kept))}


def meter_text(used: int, context: int | None, cost: float, left_out: int) -> str:
    """Return the meter in words; what is nothing is left out.

    >>> meter_text(12_300, 262_144, 0.02, 1)
    '12,300 of 262,144 tokens · $0.02 · 1 older turn left out'
    """
    tokens = f"{used:,} of {context:,} tokens" if context else f"{used:,} tokens" if used else ""
    out = f"{counted(left_out, 'older turn')} left out" if left_out else ""
    return " · ".join(filter(None, [tokens, dollars(cost) if cost else "", out]))


def models(session: Session) -> Sequence[Model]:
    """Return the models of the service as far as they are known; the shipped table where no key is there."""
    try:
        return session.client.models
    except KimiError:
        return MODELS


def model_of(session: Session, name: str, choice: Choice) -> str:
    """Return the model that the next question asks."""
    conversation = session.conversations.find(name)
    return choice.model or (conversation.model if conversation else "") or session.settings.model


def _model(model: Model) -> Shown:
    sees = [name for name, can in (("pictures", model.image_in), ("video", model.video_in)) if can]
    return {
        "id": printable(model.id),
        "sees": ", ".join(sees) or ("" if model.image_in is None else "text only"),
        "ways": ways_to_think(model),
    }


def ways_to_think(model: Model) -> list[list[str]]:
    """Return the ways in which ``model`` can think, each as what the front end sends for it and what it is called.

    >>> ways_to_think(Model("a", thinking="no"))
    []
    """
    if model.thinking not in ("both", "only"):
        return []
    switches: list[tuple[bool | None, str]] = [(None, "as it likes")]
    switches += [(True, "on"), (False, "off")] if model.thinking == "both" else []
    ways = [[_way(think, None), f"Thinking: {word}"] for think, word in switches]
    return ways + [[_way(None, effort), f"Thinking: {printable(effort)}"] for effort in model.efforts]


def _way(think: bool | None, effort: str | None) -> str:
    return json.dumps({"think": think, "effort": effort})


def _cost(session: Session, name: str) -> float:
    """Return what the conversation has cost in US dollars, with the other versions of its questions."""
    try:
        spent = session.store.usage(session.conversations.key) if session.store else None
    except NotKept:
        spent = None
    if spent is not None:
        return sum(one.cost for one in spent if family(one.conversation) == family(name))
    return sum(turn.cost or 0.0 for asked_in, turn in session.asked.values() if family(asked_in) == family(name))
