"""Summary of an appraisal: for each item the share of studies by answer, every study counting once.

The counts stand beside the bars, so that a part too small for its sign is still told. Everything is placed in inches.
"""

from collections import Counter

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perennial.appraisal.answers import Appraisal
from perennial.appraisal.checklists import OVERALL, Checklist, Item
from perennial.figures.answer_tiles import (
    GAP,
    LINE,
    MARGIN,
    TILE,
    Foot,
    Look,
    inner_width,
    kind_of,
    notes,
    sheet,
    shown_looks,
    tile,
)
from perennial.figures.style import FAINT, INK, SOFT, shortened, text_width

ROW, SCALE, WIDEST = 0.28, 3.2, 3.6
"""Inches: height of an item's row, width of the scale; a longer item is shortened."""


def appraisal_summary(appraisal: Appraisal, checklist: Checklist) -> Figure:
    """A bar for each item, in the order of the checklist; studies that nobody appraised are a part of it."""
    looks, k = shown_looks(appraisal, checklist), len(appraisal.studies)
    names = [_name(item) for item in checklist.items]
    name_width = min(WIDEST, max(text_width(name) for name in names))
    scale_at = MARGIN + name_width + GAP
    counts_at = scale_at + SCALE + GAP
    column = max(TILE + 0.05, text_width(str(k)) + 0.1)
    end = counts_at + column * len(looks)
    weights = f"Every study counts once, whatever its size (unweighted); {k} {'study' if k == 1 else 'studies'}."
    single = "Answers by one appraiser only are counted with the others."
    foot = Foot(list(looks.values()), [[weights, *notes(appraisal, checklist, single)]])
    inner = inner_width(end - MARGIN, looks.values())
    top = MARGIN + 2.9 * LINE
    apart = LINE / 2 if checklist.overall else 0
    bottom = top + ROW * len(names) + apart + 0.05
    below = bottom + 2.6 * LINE
    figure, axes = sheet(inner + 2 * MARGIN, below + foot.height(inner) + MARGIN, checklist.label)

    axes.text(MARGIN, top - LINE / 2, "Item", weight="bold", va="center")
    for number, look in enumerate(looks.values()):
        tile(axes, counts_at + column * (number + 0.5) - TILE / 2, top - LINE * 0.65, look)
    axes.plot([MARGIN, end], [top, top], color=SOFT, linewidth=0.8)
    _scale(axes, scale_at, top, bottom)
    for row, (item, name) in enumerate(zip(checklist.items, names, strict=True)):
        y = top + ROW * (row + 0.6) + (apart if item.id == OVERALL else 0)
        axes.text(MARGIN, y, shortened(name, name_width), va="center_baseline")
        found = Counter(kind_of(appraisal.cells[study, item.id]) for study in appraisal.studies)
        counts = {kind: found[kind] for kind in looks}
        _bar(axes, scale_at, y, looks, counts)
        for number, count in enumerate(counts.values()):
            right = counts_at + column * (number + 0.5) + text_width(str(k)) / 2
            axes.text(right, y, str(count), ha="right", va="center_baseline", color=INK if count else SOFT)
    foot.draw(axes, below, inner)
    return figure


def _name(item: Item) -> str:
    return item.label if item.id == OVERALL else f"{item.id}: {item.label}"


def _bar(axes: Axes, left: float, y: float, looks: dict[str, Look], counts: dict[str, int]) -> None:
    studies = sum(counts.values())
    if studies == 0:
        axes.text(left + SCALE / 2, y, "no study", ha="center", va="center", color=SOFT)
    for kind, count in counts.items():
        if count:
            width = SCALE * count / studies
            tile(axes, left, y, looks[kind], width)
            left += width


def _scale(axes: Axes, left: float, top: float, bottom: float) -> None:
    for tick in range(0, 101, 20):
        x = left + SCALE * tick / 100
        axes.plot([x, x], [top, bottom + 0.06], color=FAINT, linewidth=0.6, zorder=0.5)
        axes.text(x, bottom + LINE * 0.75, str(tick), ha="center", va="center", color=SOFT)
    axes.plot([left, left + SCALE], [bottom, bottom], color=SOFT, linewidth=0.8)
    axes.text(left + SCALE / 2, bottom + LINE * 1.7, "% of studies", ha="center", va="center")
