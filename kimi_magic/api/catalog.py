"""What is known of Kimi's models, until the service has been asked: capabilities and prices, as dated data.

The service's own list (``GET /v1/models``) always wins; an unknown model is allowed everything and has no price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kimi_magic.messages import Usage

AS_OF = "2026-09"
"""The month of the figures below; source: the service's published model and price lists."""

Thinking = Literal["only", "both", "no"]
"""Whether a model always thinks, can be told to or not to, or cannot."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the service. ``None`` means that nobody has said."""

    id: str
    context_length: int | None = None
    image_in: bool | None = None
    video_in: bool | None = None
    thinking: Thinking | None = None
    efforts: tuple[str, ...] = ()
    default_effort: str | None = None

    @property
    def takes_effort(self) -> bool:
        """Whether the request may carry ``reasoning_effort``."""
        return bool(self.efforts)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    cached: float
    input: float
    output: float

    def of(self, usage: Usage) -> float:
        """Return the cost of ``usage`` in US dollars.

        >>> Price(cached=0.16, input=0.95, output=4.0).of(Usage(1_000_000, 1_000_000, cached_tokens=500_000))
        4.555
        """
        fresh = usage.prompt_tokens - usage.cached_tokens
        return (fresh * self.input + usage.cached_tokens * self.cached + usage.completion_tokens * self.output) / 1e6


MODELS = (
    Model("kimi-k2.6", 262_144, image_in=True, video_in=True, thinking="both"),
    Model("kimi-k2.7-code", 262_144, image_in=True, video_in=True, thinking="only"),
    Model("kimi-k2.7-code-highspeed", 262_144, image_in=True, video_in=True, thinking="only"),
    Model(
        "kimi-k3",
        1_048_576,
        image_in=True,
        video_in=True,
        thinking="only",
        efforts=("low", "high", "max"),
        default_effort="max",
    ),
)

PRICES: Mapping[str, Price] = {
    "kimi-k2.6": Price(0.16, 0.95, 4.00),
    "kimi-k2.7-code": Price(0.19, 0.95, 4.00),
    "kimi-k2.7-code-highspeed": Price(0.38, 1.90, 8.00),
    "kimi-k3": Price(0.30, 3.00, 15.00),
}

WEB_SEARCH = 0.005
"""US dollars for one call of the service's own ``$web_search``."""


def find_model(name: str, models: Iterable[Model] = MODELS) -> Model:
    """Return the model called ``name``, or one of which nothing is known."""
    return next((model for model in models if model.id == name), Model(name))


def completed(model: Model) -> Model:
    """Return ``model``, as the service lists it, with what only the shipped table tells of it."""
    shipped = find_model(model.id)
    gaps = {
        name: getattr(shipped, name)
        for name in ("context_length", "image_in", "video_in", "thinking")
        if getattr(model, name) is None
    }
    if not model.efforts and model.thinking is None:
        gaps |= {"efforts": shipped.efforts, "default_effort": shipped.default_effort}
    return replace(model, **gaps)
