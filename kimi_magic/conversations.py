"""The conversations of one notebook, in memory and in the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from itertools import count
from typing import Concatenate, ParamSpec, TypeVar

from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.errors import NotKept, UsageError
from kimi_magic.store.sqlite import Store

P = ParamSpec("P")
T = TypeVar("T")


def _alone(method: Callable[Concatenate[Conversations, P], T]) -> Callable[Concatenate[Conversations, P], T]:
    """Let one thread at a time into the methods that change what there is: answers arrive on several."""

    @wraps(method)
    def alone(self: Conversations, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return alone


class Conversations:
    """What was said in one notebook, by the conversations' names. May be used from several threads.

    ``store`` is where turns are kept, None where they are not (``obstacle`` says why, if somebody wants them to be), and
    ``key`` the notebook's name there. ``missed`` is a sentence about what could not be read, told with the next turn.
    ``is_behind`` tells that what is kept has not come back yet: nothing is written meanwhile, it would be a second ``main``.
    """

    def __init__(self, store: Store | None = None, key: str = "") -> None:
        self.store, self.key = store, key
        self.lock = threading.RLock()
        self.obstacle = self.missed = ""
        self.is_behind = False
        self._by_name: dict[str, Conversation] = {}
        self._unkept: dict[str, set[str]] = {}
        self._forgotten: set[str] = set()  # turns and conversations
        self._all_forgotten_at = 0.0

    def __iter__(self) -> Iterator[Conversation]:
        return iter([*self._by_name.values()])

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def names(self) -> list[str]:
        """The names, in the order in which the conversations began."""
        return [*self._by_name]

    def find(self, name: str) -> Conversation | None:
        """Return the conversation called ``name``; None where there is none."""
        return self._by_name.get(name)

    def get(self, name: str) -> Conversation:
        """Return the conversation called ``name``. Raises `UsageError`, which names those that there are."""
        if not self._by_name:
            raise UsageError("Nothing was asked yet.")
        if name not in self._by_name:
            raise UsageError(f"There is no conversation {name!r}; there are: {', '.join(self._by_name)}.")
        return self._by_name[name]

    @_alone
    def keep(self, conversation: Conversation, turn: Turn) -> str:
        """Put ``turn`` into ``conversation`` and into the store; return what the user should know about that, or ""."""
        conversation.put(turn)
        self._replace_elsewhere(conversation, turn)
        self._enter(conversation, turn)
        if self.store is None:
            return self.obstacle
        unkept = self._unkept.setdefault(conversation.id, set())
        unkept.add(turn.id)
        if self.is_behind:
            return f"This turn is shown but not kept. {self.missed}"
        try:
            notice = self.store.keep(conversation, turn, self.key)
        except NotKept as error:
            return str(error)
        del self._unkept[conversation.id]
        notice, self.missed = notice or self.missed, ""
        return notice

    @_alone
    def begin(self, name: str, turns_before: Collection[Entry] = (), of: Conversation | None = None) -> Conversation:
        """Let the conversation called ``name`` begin anew, from ``turns_before`` of the conversation ``of``; return it.

        What had that name before is kept under another one. Raises `NotKept`.
        """
        old = of or self._by_name.get(name)
        begun = Conversation(name, model=old.model if old else "", system=old.system if old else None)
        if of is not None:
            for turn in of.read_turns(turns_before):
                begun.put(replace(turn, replaces=()))
        self.put_aside(name)
        self._by_name[name] = begun
        if self.store is not None and begun.entries:
            self.store.keep(begun, begun.turns[-1], self.key)
        return begun

    @_alone
    def put_aside(self, name: str) -> str:
        """Give the conversation called ``name`` another name, under which it is kept; return it, "" where there is none."""
        old = self._by_name.get(name)
        if old is None or not old.entries:
            return ""
        return self.rename(name, self._free(name))

    @_alone
    def rename(self, name: str, new: str) -> str:
        """Let the conversation called ``name`` be called ``new``, and return that. Raises `UsageError` or `NotKept`."""
        conversation = self.get(name)
        if new in self._by_name:
            raise UsageError(f"There is a conversation {new!r} already: forget it first, or choose another name.")
        conversation.name = new
        self._by_name = {one.name: one for one in self._by_name.values()}
        if self.store is not None:
            self.store.keep_conversation(conversation, self.key)
        return new

    @_alone
    def swap(self, name: str, other: str) -> None:
        """Let two conversations exchange their names. Raises `UsageError` or `NotKept`."""
        one, two = self.get(name), self.get(other)
        one.name, two.name = other, name
        self._by_name = {each.name: each for each in self}
        if self.store is not None:
            self.store.keep_conversation(one, self.key)
            self.store.keep_conversation(two, self.key)

    @_alone
    def change(self, conversation: Conversation, entry: Entry) -> None:
        """Let ``entry`` take the place of the one with its id, here and in the store. Raises `NotKept`."""
        conversation.alter(entry)
        if self.store is not None:
            self.store.change(conversation, entry)

    @_alone
    def forget(self, name: str) -> None:
        """Remove the conversation called ``name`` for good. Raises `UsageError` or `NotKept`: it is still there."""
        conversation = self.get(name)
        if self.store is not None:
            self.store.forget(conversation.id)
        self._forgotten.add(conversation.id)
        del self._by_name[name]

    @_alone
    def forget_turn(self, conversation: Conversation, entry: Entry) -> None:
        """Remove one turn for good. Raises `NotKept`: it is still there."""
        if self.store is not None:
            self.store.forget_turn(conversation.id, entry.id)
        self._forgotten.add(entry.id)
        conversation.drop([entry.id])

    @_alone
    def prune(self, days: int) -> int:
        """Remove from the store what is older than ``days``, of all notebooks; return how many turns. Raises `NotKept`."""
        count = self.store.prune(time.time() - 86_400 * days) if self.store is not None else 0
        if count and self.store is not None:
            self.take(self.store.load(self.key))
        return count

    @_alone
    def add(self, conversation: Conversation) -> None:
        """Take in a conversation from elsewhere. Raises `NotKept`: it is here, and ends with the kernel."""
        self._by_name[conversation.name] = conversation
        if self.store is not None:
            self.store.keep_conversation(conversation, self.key)
            for turn in conversation.turns:
                self.store.keep(conversation, turn, self.key)

    @_alone
    def take_in(self, name: str, turns: Iterable[Turn]) -> None:
        """Put ``turns`` from elsewhere into the conversation called ``name``."""
        conversation = self._by_name.setdefault(name, Conversation(name))
        for turn in turns:
            self.keep(conversation, turn)

    @_alone
    def forget_all(self) -> None:
        """Remove all conversations, those of other notebooks too. Raises `NotKept`: they are still there."""
        if self.store is not None:
            self.store.forget_all()
        self._all_forgotten_at = time.time()
        self._by_name.clear()

    def is_forgotten(self, conversation: Conversation, turn: Turn) -> bool:
        """Whether the turn was removed for good while its answer arrived: then nothing of it is kept."""
        is_named = turn.id in self._forgotten or conversation.id in self._forgotten
        return is_named or turn.asked_at < self._all_forgotten_at

    def _enter(self, conversation: Conversation, turn: Turn) -> None:
        """Let ``conversation`` be the one of its name, once something stands in it; the one before is put aside."""
        current = self._by_name.get(conversation.name)
        if current is conversation or turn.state == "asked" or (current and not turn.is_said):
            return
        with suppress(NotKept):  # the store says so with the turn
            self.put_aside(conversation.name)
        self._by_name[conversation.name] = conversation

    def _replace_elsewhere(self, conversation: Conversation, turn: Turn) -> None:
        """A cell that now asks in another conversation takes what it said before out of the others."""
        if not (turn.cell and (turn.is_said or turn.state == "once")):
            return
        for other in self:
            for entry in [one for one in other.entries if one.id in other.earlier(turn.cell, turn.run)]:
                if other is not conversation:
                    other.replaced.add(entry.id)  # its answer may still be arriving
                    with suppress(NotKept):  # then it comes back with the next kernel, and is asked again
                        self.change(other, entry._replace(state="replaced", is_said=False))
                    other.drop([entry.id])

    @_alone
    def move(self, store: Store | None, key: str, obstacle: str = "") -> None:
        """Keep turns somewhere else from now on; what is here goes along with its next turn."""
        self.obstacle = obstacle
        if store is not self.store:
            self._unkept = {one.id: {entry.id for entry in one.entries} for one in self}
        self.store, self.key = store, key

    @_alone
    def catch_up(self, kept: Iterable[Conversation]) -> None:
        """Go on with ``kept``, which could not be read before: what was begun without it goes on in the one of its name."""
        kept = [*kept]
        known = {one.id for one in kept}
        begun = [one for one in self if one.id not in known]
        self._by_name = {one.name: one for one in self if one.id in known}
        self.take(kept)
        self.is_behind = False
        for one in begun:
            if self._by_name.setdefault(one.name, one) is not one:
                self._unkept.pop(one.id, None)
                self.take_in(one.name, one.turns)

    @_alone
    def take(self, kept: Iterable[Conversation]) -> None:
        """Go on with ``kept``, which is what the store has, and with what is only here."""
        known = {one.id: one for one in self}
        self._by_name = {}
        for one in kept:
            ours = known.pop(one.id, None)
            if ours is not None:
                ours.take(one, self._unkept.get(one.id, ()))
            self._add(ours or one)
        for ours in known.values():
            if ours.id in self._unkept or self.store is None:
                self._add(ours)
            elif not ours.entries:  # it was just begun, unless somebody else has begun one of that name meanwhile
                self._by_name.setdefault(ours.name, ours)

    def _add(self, conversation: Conversation) -> None:
        """Add a conversation; where its name is taken (two kernels began at once) it gets another."""
        if conversation.name in self._by_name:
            conversation.name = self._free(conversation.name)
        self._by_name[conversation.name] = conversation

    def _free(self, name: str) -> str:
        return next(one for n in count(1) if (one := f"{name}~{n}") not in self._by_name)
