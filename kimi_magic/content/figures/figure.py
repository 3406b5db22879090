"""A figure as an attachment: facts in words, and a picture where one can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kimi_magic.content.figures.altair import draw_altair
from kimi_magic.content.figures.bokeh import draw_bokeh
from kimi_magic.content.figures.bundles import from_bundle
from kimi_magic.content.figures.drawing import Drawing
from kimi_magic.content.figures.kinds import Library, library_of
from kimi_magic.content.figures.matplotlib import draw_matplotlib, draw_seaborn
from kimi_magic.content.figures.pictures import attached
from kimi_magic.content.figures.pillow import draw_pillow
from kimi_magic.content.figures.plotly import draw_plotly
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment

_DRAW: dict[Library, Callable[[str, Any, int], Drawing]] = {
    "matplotlib": draw_matplotlib,
    "seaborn": draw_seaborn,
    "plotly": draw_plotly,
    "altair": draw_altair,
    "bokeh": draw_bokeh,
    "pillow": draw_pillow,
}


def from_figure(name: str, value: object, how: How) -> Attachment:
    """Return a figure, for which `is_figure` holds, as facts in words and a picture no longer than ``how.side``.

    It is drawn in the calling thread and left as it was. Where no picture can be drawn here, a shortened specification goes
    instead and ``warning`` says how to get one. An object whose bundle holds no picture becomes its repr.
    Raises `UsageError` where it cannot be drawn.
    """
    library = library_of(value)
    if library is None:
        raise UsageError(f"{name} is no figure: it is of the class {type(value).__name__}.")
    if library == "bundle":
        return from_bundle(name, value, how)
    drawing = _DRAW[library](name, value, how.side)
    said = [picture.said for picture in drawing.pictures]
    return attached(
        name,
        "image" if library == "pillow" else "figure",
        "\n".join([drawing.facts, *said]),
        drawing.pictures,
        drawing.warning,
    )
