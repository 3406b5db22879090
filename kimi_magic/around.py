"""What a question takes from the kernel around it, whether it is asked in a cell or in the panel."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kimi_magic import continuing, wanting
from kimi_magic.braces import Typed
from kimi_magic.content.template import expand
from kimi_magic.errors import KimiError
from kimi_magic.looking import look
from kimi_magic.request import Question
from kimi_magic.settings import mask_keys
from kimi_magic.tools.surroundings import Surroundings

if TYPE_CHECKING:
    from kimi_magic.content.how import How
    from kimi_magic.content.shown import Watcher
    from kimi_magic.messages import Attachment
    from kimi_magic.options import Options
    from kimi_magic.session import Session
    from kimi_magic.tools.consent import Consent
    from kimi_magic.tools.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Around:
    """The kernel's session with its settings as they are now, its shell, the user's variables, and what cells have shown.

    ``how`` returns how much of values goes along with a question of those options; ``typed`` is what was asked with braces.
    """

    session: Callable[[], Session]
    shell: Any
    namespace: MutableMapping[str, Any]
    watcher: Watcher
    how: Callable[[Options], How]
    typed: Typed = field(default_factory=Typed)

    def looked(self, chosen: Options) -> tuple[Attachment, ...]:
        """Return what goes along with a question of these options. Raises `UsageError`."""
        return look(chosen, self.namespace, self.watcher, self.how(chosen))

    def expanded(self, text: str) -> str:
        """Return ``text``, which the user has typed, with the values of its expressions in braces. Raises `UsageError`."""
        self.typed.add(text)
        return expand(text, self.namespace)

    def going_on(self, line: Options) -> Question:
        """Return the question that goes on with the last answer of the conversation that ``line`` names, which was cut.

        It wants what it wanted when this kernel asked it, where ``line`` says nothing. Raises `UsageError`.
        """
        continuing.check(line)
        session = self.session()
        turn = continuing.cut_turn(session.conversations.get(line.conversation))
        asked = session.wanted.get(turn.id, Question("", ""))
        target = wanting.target(line, self.namespace) or asked.target
        return continuing.going_on(turn, continuing.chosen(line, asked.options), target)

    def toolbox(self, chosen: Options, consent: Consent | None, wake: Callable[[], object] = lambda: None) -> Toolbox | None:
        """Return what Kimi may call in a question of these options; see `kimi_magic.wanting.toolbox`."""
        session = self.session()
        surroundings = Surroundings(self.namespace, self.how(chosen), session.folder, self.shell)
        return wanting.toolbox(chosen, surroundings, consent, session.allowed, session.mask, wake=wake)

    def mask(self) -> Callable[[str], str]:
        """Return what takes the keys that there are now out of a text, also where none is given to ask with."""
        with suppress(KimiError):  # settings that nobody can be asked with
            return self.session().masking()
        return mask_keys

    def masked(self, text: str) -> str:
        """Return ``text`` without a key; see `mask`, which is quicker for many texts."""
        return self.mask()(text)
