"""What the panel takes from the notebook around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimi_magic.content.how import How
from kimi_magic.content.template import expand
from kimi_magic.errors import KimiError
from kimi_magic.looking import look
from kimi_magic.messages import Attachment, Share
from kimi_magic.options import Options
from kimi_magic.session import Session
from kimi_magic.settings import mask_keys

if TYPE_CHECKING:
    from kimi_magic.content.shown import Watcher
    from kimi_magic.panel.consent import PanelConsent
    from kimi_magic.tools.toolbox import Toolbox


_BRACES = re.compile(r"\{\{.+?\}\}")


@dataclass(frozen=True, slots=True)
class Around:
    """The kernel's session with its settings as they are now, the user's variables, and what cells have shown.

    ``how`` returns how much of values goes along, and ``toolbox`` what Kimi may call: it is given what asks the user about a
    call.
    """

    session: Callable[[], Session]
    namespace: MutableMapping[str, Any]
    watcher: Watcher
    how: Callable[[Share], How]
    toolbox: Callable[[PanelConsent], Toolbox | None] = lambda _: None

    def gather(self, word: str, share: Share) -> tuple[Attachment, ...]:
        """Return what ``word`` names: a name, an expression, files. Raises `UsageError`."""
        return look(Options(attachments=(word,)), self.namespace, self.watcher, self.how(share))

    def looked(self, chosen: Options) -> tuple[Attachment, ...]:
        """Return what goes along with a question of these options. Raises `UsageError`."""
        return look(chosen, self.namespace, self.watcher, self.how(chosen.share))

    def shown_last(self) -> tuple[Attachment, ...]:
        """Return the figures that a cell showed last. Raises `UsageError`."""
        return look(Options(plot="last"), self.namespace, self.watcher, self.how("sample"))

    def expanded(self, text: str, told: Iterable[str] = ()) -> str:
        """Return ``text`` with the values of its expressions in double braces. Raises `UsageError`.

        Left as they are where one of them stands in a question that a file has ``told``: it is somebody else's code.
        """
        braces = _BRACES.findall(text)
        is_foreign = bool(braces) and any(one in prompt for prompt in told for one in braces)
        return text if is_foreign else expand(text, self.namespace)

    def masked(self, text: str) -> str:
        """Return ``text`` without a key: what stands in a trait is saved with the notebook."""
        with suppress(KimiError):  # without a key there is none to be masked
            text = self.session().client.mask(text)
        return mask_keys(text)
