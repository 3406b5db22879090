"""Figures of matplotlib as pictures: the right one, whole, legible, and left as it was."""

from __future__ import annotations

import io
import threading
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from tests.content.figures.seen import attach, decoded, picture, pictures, share_of, words

RED = (255, 0, 0)


def drawn() -> tuple[Figure, Any]:
    figure, axes = plt.subplots()
    axes.bar([1, 2, 3], [1, 2, 3], color="red")
    return figure, axes


def test_a_figure_is_sent_at_its_own_size() -> None:
    """The picture has the pixels of savefig, a note with size and format, and a small thumbnail of the same."""
    figure, _ = drawn()
    attachment = attach(figure)
    assert (attachment.kind, attachment.note, attachment.warning) == ("figure", "640×480 PNG", "")
    assert picture(attachment).size == (640, 480)
    assert 0.15 < share_of(picture(attachment), RED) < 0.6
    small = decoded(attachment.thumbnail)
    assert small.size == (96, 72)
    assert share_of(small, RED) > 0.15
    assert len(attachment.thumbnail) <= 6_000


def test_whatever_belongs_to_a_figure_names_it() -> None:
    """Axes, artists, containers, and lists, arrays and dicts of them all stand for the figure that they are in, once."""
    figure, axes = plt.subplots()
    bars = axes.bar([1, 2, 3], [1, 2, 3], color="red")
    array = np.array([[axes]], dtype=object)
    for value in (axes, bars, bars.patches, (figure, axes), array, axes.get_children(), {"bars": list(bars)}):
        assert share_of(picture(attach(value)), RED) > 0.15


def test_what_hist_and_imshow_return_names_the_figure() -> None:
    """The tuple of hist, which holds two arrays and a container, is a figure; so are an image and a box plot's dict."""
    for value in (
        plt.hist([1, 2, 2, 3]),
        plt.imshow(np.eye(3)),
        plt.figure().subplots().boxplot([[1, 2, 3]]),
        plt.figure().subplots().pie([1, 2]),
        plt.figure().subplots().contour(np.eye(3)),
    ):
        assert picture(attach(value)).size == (640, 480)


def test_a_figure_in_a_figure_stands_for_the_whole() -> None:
    """A SubFigure, and axes in it, are drawn as the figure that they are a part of."""
    figure = plt.figure()
    subfigures: Any = figure.subfigures(1, 2)
    left, right = subfigures
    axes = left.subplots()
    right.subplots().bar([1], [1], color="red")
    for value in (left, axes, axes.plot([1, 2])):
        assert share_of(picture(attach(value)), RED) > 0.1


def test_a_list_of_figures_gives_a_picture_for_each() -> None:
    """Several figures in one list go as several pictures, each with its facts; more than eight are refused."""
    figures = [Figure(figsize=(4, height)) for height in (3, 4)]
    figures[1].subplots().set_title("second")
    attachment = attach(figures)
    assert [one.size for one in pictures(attachment)] == [(400, 300), (400, 400)]
    assert attachment.note == "2 pictures"
    assert 'Plot 1 "second"' in words(attachment)
    with pytest.raises(UsageError, match="fig holds 9 figures; at most 8"):
        attach([Figure() for _ in range(9)])


def test_a_closed_figure_is_still_drawn() -> None:
    """A figure that pyplot has closed, as the notebook closes each, still goes."""
    figure, _ = drawn()
    plt.close(figure)
    assert share_of(picture(attach(figure)), RED) > 0.15


def test_nothing_of_the_users_changes() -> None:
    """Figure, axes, pyplot's current figure and the settings are as before; no new figure and no thread appear."""
    figure, axes = drawn()
    axes.plot(np.arange(100), label="line")
    axes.legend(bbox_to_anchor=(1.1, 1))
    other = plt.figure(figsize=(30, 2), dpi=300)
    before = state(figure), state(other), plt.get_fignums(), plt.gcf(), dict(plt.rcParams), threading.active_count()
    attach(figure)
    attach(other)
    assert (
        state(figure),
        state(other),
        plt.get_fignums(),
        plt.gcf(),
        dict(plt.rcParams),
        threading.active_count(),
    ) == before


def state(figure: Figure) -> tuple[object, ...]:
    sides = [(axes.get_position().bounds, axes.get_xlim(), axes.get_ylim()) for axes in figure.axes]
    return figure.dpi, tuple(figure.get_size_inches()), figure.canvas, figure.get_facecolor(), figure.stale, sides


@pytest.mark.parametrize(
    ("inches", "dpi", "side", "size"),
    [
        ((40, 10), 100, 1_568, (1_568, 392)),
        ((6.4, 4.8), 600, 1_568, (1_568, 1_176)),
        ((6.4, 4.8), 100, 320, (320, 240)),
        ((5, 50), 100, 9_000, (216, 2_160)),
        ((60, 10), 100, 9_000, (4_096, 682)),
    ],
)
def test_large_figures_are_drawn_within_the_bounds(inches: Any, dpi: int, side: int, size: Any) -> None:
    """The longest side is at most the user's, and never beyond what the service advises; the shape stays."""
    figure = plt.figure(figsize=inches, dpi=dpi)
    figure.subplots().plot([1, 2])
    found = picture(attach(figure, How(side=side))).size
    assert found == pytest.approx(size, abs=1)
    assert found[0] <= min(side, 4_096)
    assert found[1] <= min(side, 2_160)


def test_what_stands_out_of_the_figure_is_drawn_too() -> None:
    """A legend beside the axes and long labels below them, which savefig cuts, are in the picture."""
    figure, axes = drawn()
    alone = picture(attach(figure)).size
    axes.legend(*axes.get_legend_handles_labels(), title="A legend of its own", bbox_to_anchor=(1.2, 1), facecolor="red")
    assert picture(attach(figure)).width > alone[0]
    axes.get_legend().remove()
    axes.set_xticks([1, 2, 3], ["a long name that stands upright and reaches far down"] * 3, rotation=90)
    assert picture(attach(figure)).height > alone[1]
    axes.text(2, 900, "far away")
    assert picture(attach(figure)).size == alone


def test_what_shines_through_is_white() -> None:
    """A figure without a background goes on white, whatever the settings say about transparency."""
    figure, _ = plt.subplots(facecolor="none")
    with plt.rc_context({"savefig.transparent": True}):
        shown = picture(attach(figure)).convert("RGBA")
    assert shown.getpixel((1, 1)) == (255, 255, 255, 255)


def test_a_dark_figure_stays_dark() -> None:
    """A figure's own background is kept."""
    with plt.style.context("dark_background"):
        figure, _ = plt.subplots()
    assert picture(attach(figure)).convert("RGB").getpixel((1, 1)) == (0, 0, 0)


def test_it_can_be_drawn_in_another_thread() -> None:
    """Nothing needs the main thread."""
    figure, _ = drawn()
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(attach(figure)))
    thread.start()
    thread.join()
    assert found[0].note == "640×480 PNG"


def test_a_figure_that_cannot_be_drawn_is_one_sentence() -> None:
    """A formula that mathtext does not know, and an artist that raises, give a UsageError of one line."""
    figure, axes = drawn()
    axes.set_title(r"$\unknowncommand$")
    with pytest.raises(UsageError, match=r"^fig cannot be drawn: matplotlib raised ValueError: .*unknowncommand") as refused:
        attach(figure)
    assert "\n" not in str(refused.value)
    axes.set_title("")
    axes.xaxis.set_major_formatter(lambda *_: 1 / 0)
    with pytest.raises(UsageError, match=r"^fig cannot be drawn: matplotlib raised ZeroDivisionError: division by zero."):
        attach(figure)


def test_an_artist_without_a_figure_is_refused() -> None:
    """An artist that was removed, or is in no figure yet, is told so."""
    line = plt.plot([1, 2])[0]
    line.remove()
    with pytest.raises(UsageError, match="fig belongs to no figure"):
        attach(line)


def test_the_picture_is_what_savefig_draws() -> None:
    """Pixel for pixel, the picture is the one that savefig writes."""
    figure, _ = drawn()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    from PIL import Image

    assert picture(attach(figure)).tobytes() == Image.open(file).tobytes()
