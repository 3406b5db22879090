"""What a question takes from the kernel around it, whether it is asked in a cell or in the panel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kimi_magic import wanting
from kimi_magic.content.template import expand
from kimi_magic.errors import KimiError
from kimi_magic.looking import look
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

_BRACES = re.compile(r"\{\{.+?\}\}")


@dataclass(frozen=True, slots=True)
class Around:
    """The kernel's session with its settings as they are now, its shell, the user's variables, and what cells have shown.

    ``how`` returns how much of values goes along with a question of those options.
    """

    session: Callable[[], Session]
    shell: Any
    namespace: MutableMapping[str, Any]
    watcher: Watcher
    how: Callable[[Options], How]

    def looked(self, chosen: Options) -> tuple[Attachment, ...]:
        """Return what goes along with a question of these options. Raises `UsageError`."""
        return look(chosen, self.namespace, self.watcher, self.how(chosen))

    def expanded(self, text: str, told: Iterable[str] = ()) -> str:
        """Return ``text`` with the values of its expressions in double braces. Raises `UsageError`.

        Left as they are where one of them stands in a question that a file has ``told``: it is somebody else's code.
        """
        braces = _BRACES.findall(text)
        is_foreign = bool(braces) and any(one in prompt for prompt in told for one in braces)
        return text if is_foreign else expand(text, self.namespace)

    def toolbox(self, chosen: Options, consent: Consent | None, wake: Callable[[], object] = lambda: None) -> Toolbox | None:
        """Return what Kimi may call in a question of these options; see `kimi_magic.wanting.toolbox`."""
        session = self.session()
        surroundings = Surroundings(self.namespace, self.how(chosen), session.folder, self.shell)
        return wanting.toolbox(chosen, surroundings, consent, session.allowed, session.mask, wake=wake)

    def masked(self, text: str) -> str:
        """Return ``text`` without a key, also where none is given to ask with."""
        with suppress(KimiError):  # without a key there is none to be masked
            text = self.session().client.mask(text)
        return mask_keys(text)
