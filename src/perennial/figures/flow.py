"""The PRISMA 2020 flow diagram: what came in, what was left out and why, what stayed.

Everything is placed in inches, and boxes are as tall as their texts, so that nothing overlaps however many reasons
there are.
"""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from perennial.figures.style import FAINT, INK, SOFT, shortened, text_width

MARGIN, BAR, MAIN, SIDE = 0.2, 0.3, 2.5, 3.3
"""Inches: margin, width of a stage's bar, of the boxes in the main column, of those beside it."""

GAP, ACROSS, DOWN = 0.15, 0.45, 0.3
"""Inches: space beside the bars, and room for arrows to the side and downwards."""

LEADING, PAD, INDENT = 0.17, 0.1, 0.14
"""Inches: from line to line, between text and outline, before a reason and once more before its further lines."""

SLACK = 0.97
"""How much of a box's width its text may fill; letters set on pixels run wider than measured."""

LINES = 3
"""Of one reason or note; a longer one is shortened."""

WIDTH = MARGIN + BAR + GAP + MAIN + ACROSS + SIDE + MARGIN

STAGES = (
    ("Identification", ((("records_identified",), ("records_removed",)),)),
    (
        "Screening",
        (
            (("records_screened",), ("records_excluded",)),
            (("reports_sought",), ("reports_not_retrieved",)),
            (("reports_assessed",), ("reports_excluded",)),
        ),
    ),
    ("Included", ((("studies_included", "reports_included"), ()),)),
)
"""Stages with their rows: what the box in the main column holds, and the one beside it."""


@dataclass(frozen=True)
class Line:
    text: str
    indent: float = 0.0
    soft: bool = False


@dataclass(frozen=True)
class Box:
    lines: tuple[Line, ...]
    known: bool

    @property
    def height(self) -> float:
        return LEADING * len(self.lines) + 2 * PAD


def flow_figure(flow: dict) -> Figure:
    """`flow` is the result of count_flow.py."""
    counts = {box["id"]: box for box in flow["boxes"]}
    stages = [
        (name, [(_box(counts, main, MAIN), _box(counts, side, SIDE) if side else None) for main, side in rows])
        for name, rows in STAGES
    ]
    heights = [_row_heights(name, rows) for name, rows in stages]
    footnotes = [line for note in _footnotes(flow) for line in _wrapped(note, SLACK * (WIDTH - 2 * MARGIN))]
    rows = [row for stage in heights for row in stage]
    top = MARGIN + 2 * LEADING
    bottom = top + _heading_height() + GAP + sum(rows) + DOWN * (len(rows) - 1)
    height = bottom + (2 * GAP + LEADING * len(footnotes) if footnotes else 0) + MARGIN

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.axis("off")
    _text(axes, MARGIN, MARGIN + LEADING / 2, _title(flow), weight="bold")
    _heading(axes, top)
    y, above = top + _heading_height() + GAP, None
    for (name, stage_rows), stage_heights in zip(stages, heights, strict=True):
        _stage(axes, name, y, sum(stage_heights) + DOWN * (len(stage_heights) - 1))
        for (main, side), row in zip(stage_rows, stage_heights, strict=True):
            above = _row(axes, main, side, y + row / 2, above)
            y += row + DOWN
    y = bottom + 2 * GAP
    for note in footnotes:
        _text(axes, MARGIN, y + LEADING / 2, note, color=SOFT)
        y += LEADING
    return figure


def _title(flow: dict) -> str:
    version = f", version of {flow['version']}" if flow["version"] else ""
    return shortened(f"PRISMA 2020 flow diagram{version}", SLACK * (WIDTH - 2 * MARGIN), bold=True)


def _footnotes(flow: dict) -> list[str]:
    dashed = ["Grey, dashed: the source gives no count."] if flow["missing"] else []
    wrong = [
        f"The counts do not add up ({each['left']} against {each['right']}): {each['statement']}."
        for each in flow["reconciled"]
        if not each["holds"]
    ]
    return [*dashed, *flow.get("notes", []), *wrong]


def _box(counts: dict[str, dict], names: tuple[str, ...], width: float) -> Box:
    lines = [line for name in names for line in _box_lines(counts[name], SLACK * (width - 2 * PAD))]
    return Box(tuple(lines), any(counts[name]["count"] is not None for name in names))


def _box_lines(box: dict, width: float) -> list[Line]:
    known = box["count"] is not None
    lines = [Line(text, soft=not known) for text in _wrapped(box["label"], width)]
    lines.append(Line(f"(n = {box['count']})" if known else "not reported", soft=not known))
    for each in box["reasons"]:
        first, *more = _wrapped(each["reason"], width - 2 * INDENT, f"(n = {each['count']})")
        lines += [Line(first, INDENT), *(Line(text, 2 * INDENT) for text in more)]
    return lines


def _wrapped(text: str, width: float, tail: str = "") -> list[str]:
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


def _row_heights(name: str, rows: list[tuple[Box, Box | None]]) -> list[float]:
    """As tall as the taller box; more where the stage's name needs it."""
    heights = [max(box.height for box in row if box) for row in rows]
    wanted = text_width(name, bold=True) + 2 * PAD - DOWN * (len(rows) - 1)
    missing = max(0.0, wanted - sum(heights))
    return [height + missing / len(rows) for height in heights]


def _heading_height() -> float:
    return LEADING + PAD


def _heading(axes: Axes, top: float) -> None:
    left = MARGIN + BAR + GAP
    axes.add_patch(Rectangle((left, top), WIDTH - MARGIN - left, _heading_height(), facecolor=FAINT, linewidth=0))
    text = "Identification of studies via databases and registers"
    _text(axes, (left + WIDTH - MARGIN) / 2, top + _heading_height() / 2, text, weight="bold", ha="center")


def _stage(axes: Axes, name: str, top: float, height: float) -> None:
    axes.add_patch(Rectangle((MARGIN, top), BAR, height, facecolor=FAINT, linewidth=0))
    _text(axes, MARGIN + BAR / 2, top + height / 2, name, weight="bold", ha="center", va="center", rotation=90)


def _row(axes: Axes, main: Box, side: Box | None, middle: float, above: float | None) -> float:
    """Draw the boxes of a row around the height `middle`, the arrows to them too; where the main box ends."""
    left = MARGIN + BAR + GAP
    _outlined(axes, main, left, middle, MAIN)
    if above is not None:
        _arrow(axes, (left + MAIN / 2, above), (left + MAIN / 2, middle - main.height / 2))
    if side:
        _outlined(axes, side, left + MAIN + ACROSS, middle, SIDE)
        _arrow(axes, (left + MAIN, middle), (left + MAIN + ACROSS, middle))
    return middle + main.height / 2


def _outlined(axes: Axes, box: Box, left: float, middle: float, width: float) -> None:
    top = middle - box.height / 2
    outline = {"edgecolor": INK} if box.known else {"edgecolor": SOFT, "linestyle": (0, (4, 2))}
    axes.add_patch(Rectangle((left, top), width, box.height, facecolor="white", linewidth=0.8, **outline))
    for number, line in enumerate(box.lines):
        y = top + PAD + LEADING * (number + 0.5)
        _text(axes, left + PAD + line.indent, y, line.text, color=SOFT if line.soft else INK)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)


def _text(axes: Axes, x: float, y: float, text: str, **style) -> None:
    """A reason is what people wrote: a dollar sign in it begins no formula."""
    axes.text(x, y, text, va=style.pop("va", "center_baseline"), parse_math=False, **style)
