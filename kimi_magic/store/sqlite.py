"""Where turns are kept: one SQLite file for all notebooks of a user."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from kimi_magic.api.file_wire import UploadKey
from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.errors import NotKept
from kimi_magic.store import kinship, order, reading, removal, spending, tables, uploads
from kimi_magic.store.access import Access
from kimi_magic.store.file import size
from kimi_magic.store.spending import Spent

_NAME = "conversations.sqlite"


def default_path() -> Path:
    """Return where turns are kept: ``KIMI_MAGIC_STORE`` (a file, or a folder for it), else the user's data folder.

    Raises NotKept where a home folder is named that there is not.
    """
    chosen = os.environ.get("KIMI_MAGIC_STORE")
    if chosen:
        path = Path(os.path.expanduser(chosen))
        if path.parts[:1] and path.parts[0].startswith("~"):
            raise NotKept(
                f"Nothing is kept: KIMI_MAGIC_STORE is {chosen!r}, and that home is unknown; write the whole path."
            )
        return path / _NAME if path.is_dir() else path
    from platformdirs import user_data_path  # late: it costs 10 ms, and the variable may make it needless

    folder = user_data_path("kimi_magic", appauthor=False)
    if folder.parts[0] == "~":
        raise NotKept("Nothing is kept: this user has no home folder; set KIMI_MAGIC_STORE to a file.")
    return folder / _NAME


class Store:
    """Turns in one SQLite file (WAL), which is made readable by its owner alone.

    Opened at its first use; may be used from several threads, by several processes, and after a fork. Each method raises
    NotKept with one sentence where it could not do its work. Where there is no file, only what is kept makes one.
    """

    def __init__(self, path: Path) -> None:
        self._access = Access(path)
        self._due: dict[str, set[str]] = {}  # by conversation, the turns that are not yet in the file as they are now

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self._access.path

    @property
    def size(self) -> int:
        """The bytes that it takes on the disk."""
        return size(self.path)

    def keep(self, conversation: Conversation, turn: Turn, notebook: str = "") -> str:
        """Write ``turn`` (in place of the one with its id), and what could not be written before of its conversation.

        Where something was said, the turns that it replaces are marked as replaced. When it returns, the turn survives the
        end of the process. Returns "", or a sentence that the user should read: a damaged file was set aside. Raises NotKept
        with the reason; the next call tries again.
        """
        with self._access.opening(_SHOWN):
            due = self._due.setdefault(conversation.id, set())
            due.add(turn.id)
            notice = self._access.tell_surely(_SHOWN, lambda db: tables.write(db, conversation, turn, notebook, due))
            del self._due[conversation.id]
        return notice

    def keep_conversation(self, conversation: Conversation, notebook: str = "") -> None:
        """Write the conversation's name, model and system message; a new one is written whole, also without turns."""
        what = "What holds for the conversation is not kept"
        self._access.tell(what, lambda db: tables.keep_conversation(db, conversation, notebook))

    def load(self, notebook: str) -> list[Conversation]:
        """Return the notebook's conversations, the oldest first; their turns are read when they are first wanted.

        Turns that were replaced do not stand in them. A damaged file is set aside, and NotKept says so.
        """
        return self._access.ask_or_rescue(
            _READ, lambda db: reading.conversations(db, notebook, lambda conversation: partial(self.read, conversation)), []
        )

    def read(self, conversation_id: str, ids: Sequence[str]) -> list[Turn]:
        """Return those of the conversation's turns that are there, also replaced ones, in any order.

        From a damaged file there are none: it is set aside, and the next `keep` says so.
        """
        return self._access.ask_or_go_without(_READ, lambda db: reading.turns(db, conversation_id, ids), [])

    def turns_by_id(self, ids: Collection[str]) -> list[Turn]:
        """Return the turns of those ids, of whatever conversation, once each; a replaced one as it was before."""
        return self._access.ask(_READ, lambda db: reading.turns_by_id(db, ids), [])

    def answered(self, exchange: str) -> Turn | None:
        """Return the newest turn of that ``Turn.exchange`` with a complete answer; asked anywhere, and also if replaced."""
        return self._access.ask(_READ, lambda db: reading.answered(db, exchange), None)

    def gone(self, ids: Collection[str]) -> frozenset[str]:
        """Return those of ``ids`` whose turns were forgotten, so that nothing should bring them back."""
        return self._access.ask("What was forgotten could not be read", lambda db: reading.gone(db, ids), frozenset())

    def kin(self, turn_ids: Collection[str], cells: Collection[str], notebook: str) -> list[str]:
        """Return the other notebooks that have turns of those ids, or, where no id is given, turns of those cells.

        The one with the most of them is the first; of two with as many, the one that asked last.
        """
        return self._access.ask(_READ, lambda db: kinship.kin(db, turn_ids, cells, notebook), [])

    def adopt(self, notebook: str, new_notebook: str) -> None:
        """Let the conversations of ``notebook`` be those of ``new_notebook``, beside those that it has."""
        what = "The conversations did not go along with the renamed notebook"
        self._access.ask(what, lambda db: kinship.adopt(db, notebook, new_notebook), None)

    def arrange(self, conversation: Conversation) -> None:
        """Write the order of the conversation's turns. Turns that only the file has stay where they are."""
        ids = [entry.id for entry in conversation.entries]
        self._access.ask("The order is not kept", lambda db: order.arrange(db, conversation.id, ids), None)

    def change(self, conversation: Conversation, entry: Entry) -> None:
        """Write what ``entry`` says of its turn: state, tokens, cell, run, and whether it is said and pinned."""
        self._access.ask("The change is not kept", lambda db: tables.change(db, conversation.id, entry), None)

    def usage(self, notebook: str | None = None, since: float = 0) -> list[Spent]:
        """Return what was spent since that time in ``notebook``, in all where it is None; the earliest day first."""
        return self._access.ask("What was used could not be read", lambda db: spending.usage(db, notebook, since), [])

    def has_news(self) -> bool:
        """Whether another process, or another `Store`, has written since this was asked last; False where there is no file.

        Also True where that cannot be known, as after the file was replaced. Takes some microseconds, and raises nothing.
        """
        return self._access.has_news()

    def forget(self, conversation_id: str) -> None:
        """Remove a conversation and its turns. NotKept: it is still there, for the reason given."""
        what = "The conversation is not forgotten"
        self._access.ask(what, lambda db: removal.forget(db, conversation_id), None)
        self._due.pop(conversation_id, None)

    def forget_turn(self, conversation_id: str, turn_id: str) -> None:
        """Remove one turn of a conversation. NotKept: it is still there."""
        what = "The turn is not forgotten"
        self._access.ask(what, lambda db: removal.forget_turn(db, conversation_id, turn_id), None)
        self._due.get(conversation_id, set()).discard(turn_id)

    def forget_all(self) -> None:
        """Remove all conversations of all notebooks; what was uploaded is still known. NotKept: they are still there."""
        self._access.ask("Nothing is forgotten", removal.forget_all, None)
        self._due.clear()

    def prune(self, before: float) -> int:
        """Remove the conversations in which nobody has asked since that time, and replaced turns from before it.

        Returns how many turns that were.
        """
        return self._access.ask("The store is not pruned", lambda db: removal.prune(db, before), 0)

    def find_upload(self, key: UploadKey) -> tuple[str, float] | None:
        """Return the id of what was uploaded under ``key``, and when the service was last known to have it.

        None: it is not remembered.
        """
        return self._access.ask("What was uploaded before could not be read", lambda db: uploads.read(db, key), None)

    def keep_upload(self, key: UploadKey, file_id: str) -> None:
        """Remember that the service has the file ``file_id`` now."""
        self._access.tell("What was uploaded is not remembered", lambda db: uploads.write(db, key, file_id, time.time()))

    def forget_upload(self, file_id: str) -> None:
        """Forget an upload that the service does not have any more."""
        self._access.ask("What was uploaded is not forgotten", lambda db: uploads.delete(db, file_id), None)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._access.close()


_SHOWN = "This turn is shown but not kept"
_READ = "What was said before could not be read"
