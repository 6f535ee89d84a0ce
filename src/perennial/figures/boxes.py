"""Boxes of text with arrows between them, as flow diagrams have them.

Everything is placed in inches, downwards from the top, and boxes are as tall as their texts, so that nothing overlaps
however long these are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from perennial.figures.style import FAINT, INK, SOFT, shortened, text_width

MARGIN, BAR, MAIN, SIDE = 0.2, 0.3, 2.5, 3.3
"""Inches: margin, width of a stage's bar, of the boxes in the main column, of those beside it."""

GAP, ACROSS, DOWN = 0.15, 0.45, 0.3
"""Inches: space beside the bars, and room for arrows to the side and downwards."""

LEADING, PAD, INDENT = 0.17, 0.1, 0.14
"""Inches: from line to line, between text and outline, before a reason and once more before its further lines."""

HEADING = LEADING + PAD
"""Inches: the height of a column's heading."""

SLACK = 0.97
"""How much of a box's width its text may fill; letters set on pixels run wider than measured."""

LINES = 3
"""Of one reason or note; a longer one is shortened."""


@dataclass(frozen=True)
class Line:
    text: str
    indent: float = 0.0
    soft: bool = False


@dataclass(frozen=True)
class Box:
    lines: tuple[Line, ...]
    known: bool
    """What is not known is grey and dashed."""

    @property
    def height(self) -> float:
        return LEADING * len(self.lines) + 2 * PAD


@dataclass(frozen=True)
class Row:
    """A box of the main column, and the boxes beside it, one below the other, for what leaves the review there."""

    main: Box
    sides: tuple[Box, ...] = ()

    @property
    def beside(self) -> float:
        """The height of the boxes beside."""
        return sum(box.height for box in self.sides) + GAP * (len(self.sides) - 1)

    @property
    def height(self) -> float:
        return max(self.main.height, self.beside)


@dataclass(frozen=True)
class Stage:
    name: str
    rows: tuple[Row, ...]

    @property
    def heights(self) -> list[float]:
        """Of its rows; more than they need where the name of the stage needs it."""
        heights = [row.height for row in self.rows]
        wanted = text_width(self.name, bold=True) + 2 * PAD - DOWN * (len(heights) - 1)
        missing = max(0.0, wanted - sum(heights))
        return [height + missing / len(heights) for height in heights]

    @property
    def height(self) -> float:
        return sum(self.heights) + DOWN * (len(self.rows) - 1)


def bottom_of(stages: Sequence[Stage], top: float) -> float:
    heights = [height for stage in stages for height in stage.heights]
    return top + sum(heights) + DOWN * (len(heights) - 1)


def counts_box(told: Sequence[Mapping[str, Any]], width: float, unknown: str = "not reported") -> Box:
    """One box for several counts of a flow, each with label, count and reasons; a count that is None is `unknown`."""
    lines = [line for each in told for line in _lines(each, SLACK * (width - 2 * PAD), unknown)]
    return Box(tuple(lines), any(each["count"] is not None for each in told))


def _lines(told: Mapping[str, Any], width: float, unknown: str) -> list[Line]:
    known = told["count"] is not None
    lines = [Line(text, soft=not known) for text in wrapped(told["label"], width)]
    lines.append(Line(f"(n = {told['count']})" if known else unknown, soft=not known))
    for each in told["reasons"]:
        first, *more = wrapped(each["reason"], width - 2 * INDENT, f"(n = {each['count']})")
        lines += [Line(first, INDENT), *(Line(text, 2 * INDENT) for text in more)]
    return lines


def wrapped(text: str, width: float, tail: str = "") -> list[str]:
    """At most LINES lines no wider than `width`; a longer text loses its end but keeps its tail, a count."""
    lines = _filled([*text.split(), tail] if tail else text.split(), width)
    if len(lines) <= LINES:
        return lines
    lines = _filled(text.split(), width)
    # The space makes the rest wider than the line, so that it always ends in an ellipsis.
    rest = " ".join([*lines[LINES - 1 :], " " * 99])
    end = f" {tail}" if tail else ""
    return [*lines[: LINES - 1], shortened(rest, width - text_width(f"{end} ")) + end]


def _filled(words: list[str], width: float) -> list[str]:
    lines, line = [], ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if text_width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while text_width(word) > width:
            cut = max(end for end in range(1, len(word)) if text_width(word[:end]) <= width)
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line]


def sheet(title: str, width: float, height: float) -> tuple[Figure, Axes]:
    """An empty sheet with a title; y runs downwards."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    title = shortened(title, SLACK * (width - 2 * MARGIN), bold=True)
    write(axes, MARGIN, MARGIN + LEADING / 2, title, weight="bold")
    return figure, axes


def heading(axes: Axes, left: float, right: float, top: float, text: str) -> None:
    axes.add_patch(Rectangle((left, top), right - left, HEADING, facecolor=FAINT, linewidth=0))
    write(axes, (left + right) / 2, top + HEADING / 2, text, weight="bold", ha="center")


def draw_stages(axes: Axes, stages: Sequence[Stage], left: float, top: float) -> list[float]:
    """Draw bars at the margin, and the boxes with their arrows from `left` on; where the middles of the rows are."""
    y, above = top, None
    middles = []
    for stage in stages:
        _bar(axes, stage, y)
        for row, height in zip(stage.rows, stage.heights, strict=True):
            middles.append(y + height / 2)
            above = _row(axes, row, left, middles[-1], above)
            y += height + DOWN
    return middles


def _bar(axes: Axes, stage: Stage, top: float) -> None:
    axes.add_patch(Rectangle((MARGIN, top), BAR, stage.height, facecolor=FAINT, linewidth=0))
    style = {"weight": "bold", "ha": "center", "va": "center", "rotation": 90}
    write(axes, MARGIN + BAR / 2, top + stage.height / 2, stage.name, **style)


def _row(axes: Axes, row: Row, left: float, middle: float, above: float | None) -> float:
    """Draw the boxes of a row around the height `middle`, the arrows to them too; where the main box ends."""
    outlined(axes, row.main, left, middle, MAIN)
    if above is not None:
        arrow(axes, (left + MAIN / 2, above), (left + MAIN / 2, middle - row.main.height / 2))
    start, fork, end = left + MAIN, left + MAIN + ACROSS / 2, left + MAIN + ACROSS
    y = middle - row.beside / 2
    for box in row.sides:
        at = y + box.height / 2
        outlined(axes, box, end, at, SIDE)
        bends = [(fork, middle), (fork, at)] if len(row.sides) > 1 else []
        arrow(axes, (start, middle), *bends, (end, at))
        y += box.height + GAP
    return middle + row.main.height / 2


def outlined(axes: Axes, box: Box, left: float, middle: float, width: float) -> None:
    top = middle - box.height / 2
    outline = {"edgecolor": INK} if box.known else {"edgecolor": SOFT, "linestyle": (0, (4, 2))}
    axes.add_patch(Rectangle((left, top), width, box.height, facecolor="white", linewidth=0.8, **outline))
    for number, line in enumerate(box.lines):
        y = top + PAD + LEADING * (number + 0.5)
        write(axes, left + PAD + line.indent, y, line.text, color=SOFT if line.soft else INK)


def arrow(axes: Axes, *points: tuple[float, float]) -> None:
    """Through all points to the last."""
    *way, start, end = points
    if way:
        axes.add_line(Line2D(*zip(*way, start, strict=True), color=INK, linewidth=0.8))
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)


def write_below(axes: Axes, top: float, lines: Sequence[str]) -> None:
    for number, line in enumerate(lines):
        write(axes, MARGIN, top + LEADING * (number + 0.5), line, color=SOFT)


def write(axes: Axes, x: float, y: float, text: str, **style) -> None:
    """A reason is what people wrote: a dollar sign in it begins no formula."""
    axes.text(x, y, text, va=style.pop("va", "center_baseline"), parse_math=False, **style)
