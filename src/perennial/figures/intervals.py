"""Rows of text beside estimates with intervals, on a scale from 0 to 100 percent or on one of ratios.

Everything is placed in inches, and columns are as wide as their texts, so that nothing overlaps however many rows
there are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perennial.figures.style import FAINT, INK, SOFT, shortened, text_width

ROW, GAP, MARGIN, SCALE = 0.225, 0.2, 0.2, 3.2
"""Inches: height of a row, space between columns, margin, width of the scale."""

WIDEST = 2.8
"""Inches; a longer text in a column is shortened."""


@dataclass(frozen=True)
class Scale:
    """Where values stand: `ticks` are values with their labels, the first and the last are the ends."""

    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False
    null: float | None = None
    """The value of no difference, where there is one."""

    def position(self, value: float) -> float:
        """From 0 to 1 along the scale; what lies beyond an end stands at it."""
        ends = self.ticks[0][0], self.ticks[-1][0]
        value = min(max(value, ends[0]), ends[1])
        if self.logarithmic:
            return math.log(value / ends[0]) / math.log(ends[1] / ends[0])
        return (value - ends[0]) / (ends[1] - ends[0])


PERCENT = Scale(tuple((tick / 100, str(tick)) for tick in range(0, 101, 20)))


@dataclass(frozen=True)
class Mark:
    """An estimate and its interval, in values of the scale (fractions on that of percentages).

    `kind` is "square", "diamond" or "bar" (an interval alone).
    """

    kind: str
    estimate: float | None
    low: float
    high: float
    colour: str = INK
    area: float = 0.5
    """Of a square, as a fraction of the largest."""


@dataclass(frozen=True)
class Line:
    """One row of texts to the left and right of the scale."""

    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    mark: Mark | None = None
    behind: Mark | None = None
    """A wider interval of the same estimate, such as that of prediction."""
    comment: str = ""
    """Stands on the scale, in place of a mark."""
    note: str = ""
    """Runs across the columns on the left."""
    bold: bool = False
    soft: bool = False


@dataclass(frozen=True)
class Reference:
    """A vertical line at an estimate, with its interval as a band."""

    estimate: float
    low: float
    high: float


def interval_figure(
    title: str,
    left: Sequence[str],
    right: Sequence[str],
    lines: Sequence[Line],
    axis_label: str,
    footnotes: Sequence[str],
    reference: Reference | None = None,
    scale: Scale = PERCENT,
) -> Figure:
    """Draw `lines` under the headings `left` and `right`. The first column is flush left, the others flush right."""
    heading = Line(tuple(left), tuple(right), bold=True)
    left_widths = _widths([heading, *lines], "left", len(left))
    widest_note = max((text_width(line.note) for line in lines), default=0.0)
    left_widths[0] += max(0.0, widest_note - sum(left_widths) - GAP * (len(left) - 1))
    right_widths = _widths([heading, *lines], "right", len(right))
    scale_at = MARGIN + sum(left_widths) + GAP * len(left)
    content = scale_at + SCALE + sum(right_widths) + GAP * len(right)
    prose = [text_width(title, bold=True), *(text_width(note) for note in footnotes)]
    width = max(content, MARGIN + max(prose)) + MARGIN
    height = 2 * MARGIN + ROW * (2.9 + len(lines) + 2.4 + len(footnotes))

    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")

    def x(value: float) -> float:
        return scale_at + SCALE * scale.position(value)

    y = MARGIN + ROW / 2
    axes.text(MARGIN, y, title, weight="bold", va="center")
    y += 1.4 * ROW
    _texts(axes, heading, y, left_widths, right_widths, scale_at)
    rule = y + ROW / 2
    axes.plot([MARGIN, width - MARGIN], [rule, rule], color=SOFT, linewidth=0.8)
    y += ROW
    bottom = y + ROW * len(lines)
    _scale(axes, x, rule, bottom, axis_label, scale)
    if reference:
        axes.fill_betweenx([rule, bottom], x(reference.low), x(reference.high), color="#efefef", linewidth=0, zorder=0)
        axes.plot([x(reference.estimate)] * 2, [rule, bottom], color=SOFT, linewidth=0.8, dashes=(4, 2), zorder=1)
    for line in lines:
        y += ROW
        if line.note:
            axes.text(MARGIN, y - ROW / 2, line.note, va="center", color=SOFT)
        _texts(axes, line, y - ROW / 2, left_widths, right_widths, scale_at)
        if line.comment:
            comment = shortened(line.comment, SCALE)
            plain = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.text(scale_at + SCALE / 2, y - ROW / 2, comment, ha="center", va="center", color=SOFT, bbox=plain)
        if line.behind:
            _mark(axes, line.behind, x, y - ROW / 2)
        if line.mark:
            _mark(axes, line.mark, x, y - ROW / 2)
    y = bottom + 2.4 * ROW
    for note in footnotes:
        axes.text(MARGIN, y + ROW / 2, note, va="center", color=SOFT)
        y += ROW
    return figure


def _widths(lines: Sequence[Line], side: str, count: int) -> list[float]:
    cells = [(getattr(line, side), line.bold) for line in lines]
    return [
        min(WIDEST, max((text_width(texts[i], bold) for texts, bold in cells if len(texts) > i), default=0.0))
        for i in range(count)
    ]


def _texts(axes: Axes, line: Line, y: float, left: list[float], right: list[float], scale_at: float) -> None:
    style = {"va": "center", "weight": "bold" if line.bold else "normal", "color": SOFT if line.soft else INK}
    at = MARGIN
    for i, (text, width) in enumerate(zip(line.left, left, strict=False)):
        right_edge, side = (width, "right") if i == len(left) - 1 else (0, "left")
        axes.text(at + right_edge, y, shortened(text, width, line.bold), ha=side, **style)
        at += width + GAP
    at = scale_at + SCALE + GAP
    for text, width in zip(line.right, right, strict=False):
        axes.text(at + width, y, shortened(text, width, line.bold), ha="right", **style)
        at += width + GAP


def _scale(axes: Axes, x, top: float, bottom: float, label: str, scale: Scale) -> None:
    for tick, name in scale.ticks:
        axes.plot([x(tick)] * 2, [top, bottom + 0.06], color=FAINT, linewidth=0.6, zorder=0.5)
        axes.text(x(tick), bottom + ROW * 0.75, name, ha="center", va="center", color=SOFT)
    ends = [x(scale.ticks[0][0]), x(scale.ticks[-1][0])]
    axes.plot(ends, [bottom, bottom], color=SOFT, linewidth=0.8)
    axes.text(sum(ends) / 2, bottom + ROW * 1.75, label, ha="center", va="center")
    if scale.null is not None:
        axes.plot([x(scale.null)] * 2, [top, bottom], color=INK, linewidth=0.8, zorder=0.6)


def _mark(axes: Axes, mark: Mark, x, y: float) -> None:
    low, high = x(mark.low), x(mark.high)
    if mark.kind == "diamond":
        middle, half = x(mark.estimate), ROW * 0.32
        across, down = [low, middle, high, middle], [y, y - half, y, y + half]
        axes.fill(across, down, facecolor=mark.colour, edgecolor=INK, linewidth=0.6, zorder=3)
        return
    dashes = (3, 1.5) if mark.kind == "bar" else (None, None)
    axes.plot([low, high], [y, y], color=mark.colour, linewidth=1.2, dashes=dashes, zorder=2)
    for end in (low, high):
        axes.plot([end, end], [y - ROW * 0.13, y + ROW * 0.13], color=mark.colour, linewidth=1.2, zorder=2)
    if mark.kind == "square":
        half = ROW * (0.12 + 0.22 * mark.area**0.5)
        middle = x(mark.estimate)
        across = [middle - half, middle + half, middle + half, middle - half]
        down = [y - half, y - half, y + half, y + half]
        axes.fill(across, down, facecolor=mark.colour, edgecolor=INK, linewidth=0.5, zorder=3)
