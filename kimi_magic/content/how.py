"""How much of a value goes along, and in which form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kimi_magic.messages import Form, Share
from kimi_magic.settings import mask_keys


@dataclass(frozen=True, slots=True)
class How:
    """What the user chose, for all attachments of a question.

    ``share`` is a promise: "schema" lets no value and no aggregate leave; "stats" no row, and no text that is not a frequent
    category.
    ``rows`` is the sample's size (None: as many as fit well), ``budget`` the tokens that the text of one frame may take,
    ``category`` how often a text must occur to count as a category, ``side`` the longest side of a picture in pixels.
    ``mask`` takes keys out of what is drawn, where nobody can do so later; words are masked before they are sent, as
    `kimi_magic.request.masked` does, also what a cut has left of a key. Where it is ``wary``, since not the user chose what
    to look at, columns that are called as passwords and keys are go without their values.
    """

    share: Share = "sample"
    rows: int | None = None
    form: Form = "text"
    budget: int = 2_000
    category: int = 5
    side: int = 1_568
    mask: Callable[[str], str] = mask_keys
    wary: bool = False
