"""What ``--dry-run`` shows: the request exactly as it would go, its tokens and its price."""

from __future__ import annotations

import json
from typing import Any

from kimi_magic.amounts import dollars, size
from kimi_magic.preparing import Estimate
from kimi_magic.report import Report, fenced

_LONGEST = 200


def report(estimate: Estimate) -> Report:
    """Return a report with the pictures that would go, in order.

    In the report's JSON the data of a picture is shortened; the picture itself stands below.
    """
    pictures: list[str] = []
    text = json.dumps(_shortened(estimate.body, pictures), ensure_ascii=False, indent=2)
    counted = "counted by the service" if estimate.counted else "a guess: the service could not be asked"
    seen = " For the count all of it went to the service, and nowhere else." if estimate.counted else " Nothing was sent."
    cost = "unknown" if estimate.cost is None else "at most " + dollars(estimate.cost)
    older = f" {estimate.left_out:,} older turns are left out." if estimate.left_out else ""
    told = (
        f"**The question was not asked.** It would be: {estimate.tokens:,} tokens in ({counted}), price {cost}.{older}{seen}"
    )
    return Report(f"{told}\n\n{fenced(text, 'json')}\n", pictures)


def _shortened(value: Any, pictures: list[str]) -> Any:
    """Return ``value`` with the long data of pictures and videos cut, and collect the pictures'."""
    if isinstance(value, dict):
        return {name: _shortened(item, pictures) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item, pictures) for item in value]
    if isinstance(value, str) and value.startswith("data:") and len(value) > _LONGEST:
        if value.startswith("data:image/"):
            pictures.append(value)
        return f"{value[:40]}… ({size(len(value))} in all)"
    return value
