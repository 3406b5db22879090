"""The notebook that conversations belong to: what was said in it comes back, wherever it has gone."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kimi_magic.amounts import counted
from kimi_magic.conversation import Conversation, Turn, conversation_of, new_id
from kimi_magic.conversations import Conversations
from kimi_magic.errors import NotKept
from kimi_magic.notebook.finding import identity, located
from kimi_magic.notebook.saved import Saved, read
from kimi_magic.showing import absent, is_older, proven, says_the_same, untold
from kimi_magic.store.file import planted
from kimi_magic.store.sqlite import Store, default_path

BESIDE = ".kimi_magic.sqlite"
"""The store's name where it lies beside the notebook."""


class Notebook:
    """A notebook with its conversations.

    ``path`` is where it lies ("": nobody knows), for a terminal its folder; ``kernel`` is the kernel's id, by which the
    server knows both.
    """

    def __init__(self, path: str = "", kernel: str = "") -> None:
        self.path, self._kernel = path, kernel
        self._file = identity(path)
        self.conversations = Conversations()
        self._kept_in = ""
        self._saved: Saved | None = None
        self._names: dict[str, str] = {}  # of cells, as the front end says them now, to those that they had first
        self._is_restored = False

    def keep_in(self, where: str) -> None:
        """Keep turns from now on ``where`` the setting says: one of `kimi_magic.settings.STORES`."""
        store, self._kept_in = self.conversations.store, where
        path, obstacle = self._store_path()
        if path == (store.path if store else None) and obstacle == self.conversations.obstacle:
            return
        self.conversations.move(Store(path) if path else None, self._key(self.path), obstacle)
        if self._is_restored:  # what was kept there before comes back
            self.restore()

    def bring_back(self, where: str, keep_days: int | None = None) -> str:
        """Bring back what was kept ``where`` the setting says; return a line for the user that says so, or ""."""
        self.keep_in(where)
        notice = self.restore()
        if keep_days is not None:
            with suppress(NotKept):  # there is another day
                self.conversations.prune(keep_days)
        return " ".join([*_told(self.conversations), notice]).strip()

    def restore(self) -> str:
        """Bring back what was said in this notebook before; return what could not be brought back and why, or "".

        A notebook that the store does not know is known by its turns and cells: one that was renamed takes its
        conversations along, a copy gets copies. What the store does not have comes from the outputs in the notebook's file.
        """
        self._is_restored = True
        self._saved = read(self.path) if self._is_file else None
        try:
            self.conversations.take(self._kept())
            notice = ""
        except NotKept as error:
            notice = str(error)
        self.conversations.is_behind, self.conversations.missed = bool(notice), ""
        self._compare()
        return notice

    def refresh(self) -> None:
        """See what has changed: the notebook's name, what another kernel has said, and the notebook as last saved."""
        if self._is_restored and self.path:
            with self.conversations.lock:
                self._look_again()

    def _look_again(self) -> None:
        self._follow_the_name()
        try:
            self._catch_up()
            self.conversations.missed = ""
        except NotKept as error:  # what is known here has to be enough for the question
            self.conversations.missed = str(error)
        if self._is_file and (self._saved is None or not self._saved.is_current()):
            self._saved = read(self.path)
        self._compare()

    def _catch_up(self) -> None:
        """Take in what another kernel has said, and what could not be brought back before, as from a locked store."""
        store = self.conversations.store
        if self.conversations.is_behind:
            self.conversations.catch_up(self._kept())
        elif store is not None and store.has_news():
            self.conversations.take(store.load(self.conversations.key))

    def _store_path(self) -> tuple[Path | None, str]:
        """Return where the store is to be, None where there is none; and what is in the way, or ""."""
        if self._kept_in == "notebook":
            beside = (Path(self.path) if self.path.endswith(os.sep) else Path(self.path or "x").absolute().parent) / BESIDE
            obstacle = planted(beside)
            return (None, obstacle) if obstacle else (beside, "")
        try:
            return default_path() if self._kept_in == "local" else None, ""
        except NotKept as error:
            return None, str(error)

    def cell_of(self, cell: str, prompt: str, conversation: Conversation) -> str:
        """Return the id under which ``cell``, which asks ``prompt``, has asked before.

        Where the file has no ids (before nbformat 4.5) a front end makes new ones whenever it opens the notebook: then the
        cell is known by what it asks, and keeps the id that it had for as long as this kernel lives.
        """
        if not cell or self._saved is None or self._saved.has_cell_ids:
            return cell
        if cell not in self._names:
            taken, known = set(self._names.values()), {entry.cell for entry in conversation.entries}
            same = (turn.cell for turn in conversation.turns if turn.prompt == prompt and turn.cell not in {*taken, ""})
            self._names[cell] = cell if cell in known else next(same, cell)
        return self._names[cell]

    @property
    def _is_file(self) -> bool:
        return bool(self.path) and Path(self.path).is_file()

    def _key(self, path: str) -> str:
        """Return the name under which the store has a notebook: its path, or its name where the store lies beside it."""
        return Path(path).name if self._kept_in == "notebook" else path

    def _kept(self) -> list[Conversation]:
        """Return what the store has of this notebook, under this name or the one that it had before."""
        store, key = self.conversations.store, self.conversations.key
        if store is None or not self.path:
            return []
        kept = store.load(key)
        if self._saved is not None and kept and is_older(kept, self._saved):
            store.adopt(key, f"{key}#{new_id()}")  # where its own notebook finds it by its turns
            return []
        if kept or self._saved is None:
            return kept
        for other in filter(None, store.kin(self._saved.turn_ids, self._saved.cell_ids, key)):
            lines = store.load(other)
            shown = {one.id: proven(self._saved, one.turns) for one in lines}
            if not any(shown.values()):
                continue
            if self._is_gone(other) and _is_mostly(lines, sum(map(len, shown.values()))):
                store.adopt(other, key)
            else:
                for one in lines:
                    _fork(one, shown[one.id], store, key)
            return store.load(key)
        return []

    def _is_gone(self, other: str) -> bool:
        """Whether the notebook ``other`` is not where it was, and not only out of reach, as on a disk that is not there."""
        path = Path(self.path).with_name(other) if self._kept_in == "notebook" else Path(other)
        return path.parent.is_dir() and not os.path.lexists(path)

    def _follow_the_name(self) -> None:
        file, before = identity(self.path), self._file
        now = located(self.path, self._kernel, is_other=file != before)
        self._file = file if now == self.path else identity(now)
        if now == self.path:
            return
        store, key = self.conversations.store, self._key(now)
        with suppress(NotKept):  # the turns carry the new name when they are kept
            if store is not None and file is None:
                store.adopt(self.conversations.key, key)
            elif store is not None:  # another notebook has the old name now, and has its own conversations there
                for conversation in self.conversations:
                    store.keep_conversation(conversation, key)
        self.path, self._saved = now, None
        self.conversations.move(store, key)

    def _compare(self) -> None:
        """Take in what only the saved notebook has, follow its order, and note what it does not show (any more)."""
        saved, store = self._saved, self.conversations.store
        if saved is None:
            return
        if not saved.turn_ids <= {entry.id for one in self.conversations for entry in one.entries}:
            for name, told in [*untold(self.conversations, saved, self._forgotten(saved))]:
                self.conversations.take_in(name, self._as_kept(told))
        for conversation in self.conversations:
            if conversation.arrange(saved.place) and store is not None:
                with suppress(NotKept):  # it is arranged again the next time
                    store.arrange(conversation)
            conversation.absent = absent(conversation, saved)

    def _forgotten(self, saved: Saved) -> frozenset[str]:
        store = self.conversations.store
        with suppress(NotKept):  # a store that cannot be read has forgotten nothing
            return store.gone(saved.turn_ids) if store is not None else frozenset()
        return frozenset()

    def _as_kept(self, told: list[Turn]) -> list[Turn]:
        """Return the turns as the store has them from elsewhere, with what was attached; else as the outputs tell them."""
        store, found = self.conversations.store, dict[str, Turn]()
        if store is not None:
            with suppress(NotKept):
                found = {turn.id: turn for turn in store.turns_by_id([turn.id for turn in told])}
        return [_shown(kept if (kept := found.get(turn.id)) and says_the_same(kept, turn) else turn, turn) for turn in told]


def _is_mostly(lines: list[Conversation], shown: int) -> bool:
    """Whether at least half of what cells have asked is ``shown``: then it is the same notebook under another name."""
    asked = sum(entry.is_said and bool(entry.cell) for one in lines for entry in one.entries)
    return 2 * shown >= asked


def _fork(conversation: Conversation, shown: list[Turn], store: Store, key: str) -> None:
    """Give the notebook ``key`` its own copy of a conversation: of the turns that it shows, and of no other."""
    if shown:
        turns = [replace(turn, replaces=()) for turn in shown]
        copied = conversation_of(turns, conversation.name, model=conversation.model, system=conversation.system)
        store.keep(copied, turns[-1], key)


def _shown(kept: Turn, told: Turn) -> Turn:
    """Return a turn as the store has it, standing where the notebook shows it."""
    return replace(kept, cell=told.cell, run="", replaces=())


def _told(conversations: Conversations) -> list[str]:
    said = {one.name: len(one.above()) for one in conversations}
    behind = sum(entry.is_said and entry.id in one.absent for one in conversations for entry in one.entries)
    count = sum(said.values())
    by_name = ", ".join(f"{name} {n:,}" for name, n in said.items() if n)
    told = [f"{counted(count, 'turn')} came back ({by_name})."] if count else []
    told += [f"{counted(behind, 'turn')} that the notebook's file does not have {_stay(behind)} behind."] if behind else []
    return ["Kimi:", *told, "%kimi /history shows them, %kimi /new begins anew."] if told else []


def _stay(count: int) -> str:
    return "stays" if count == 1 else "stay"
