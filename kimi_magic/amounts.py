"""Amounts as a reader sees them."""

from __future__ import annotations

import time


def dollars(amount: float | None) -> str:
    """Return ``amount`` in US dollars with at least two telling digits; "unknown" for None.

    >>> dollars(1.25), dollars(0.0004), dollars(0.0000123), dollars(0), dollars(None)
    ('$1.25', '$0.0004', '$0.000012', '$0', 'unknown')
    """
    if amount is None:
        return "unknown"
    if amount >= 1:
        return f"${amount:,.2f}"
    text = f"{amount:.4f}" if amount >= 0.0001 else f"{amount:.6f}"
    return "$" + (text.rstrip("0").rstrip(".") or "0")


def size(count: int) -> str:
    """Return ``count`` bytes in a unit that a reader can hold.

    >>> size(512), size(20_480), size(3_400_000), size(101_000_000)
    ('512 B', '20 kB', '3.4 MB', '101 MB')
    """
    if count < 1_000:
        return f"{count} B"
    value, unit = (count / 1e6, "MB") if count >= 999_500 else (count / 1e3, "kB")
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def moment(seconds: float) -> str:
    """Return a time in ``seconds`` since 1970 as date and time here; "at some time" for one that no calendar has.

    >>> moment(1e300)
    'at some time'
    """
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        return "at some time"


def counted(count: int, noun: str) -> str:
    """Return ``count`` with its ``noun``, which an s makes many.

    >>> counted(1, "turn"), counted(1_200, "older turn")
    ('1 turn', '1,200 older turns')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
