"""Traffic lights of an appraisal: each study's answer to each item.

Everything is placed in inches, and columns are as wide as their texts, so that nothing overlaps however many studies
and items there are.
"""

from collections.abc import Mapping

from matplotlib.figure import Figure

from perennial.appraisal.answers import ONE, Appraisal
from perennial.appraisal.checklists import OVERALL, Checklist
from perennial.figures.answer_tiles import (
    GAP,
    LINE,
    MARGIN,
    TILE,
    Foot,
    inner_width,
    kind_of,
    notes,
    sheet,
    shown_looks,
    tile,
)
from perennial.figures.style import INK, SOFT, shortened, text_width

ROW, WIDEST = 0.26, 2.8
"""Inches: height of a study's row; a longer name is shortened."""


def traffic_light(appraisal: Appraisal, checklist: Checklist, labels: Mapping[str, str]) -> Figure:
    """A row for each study, in the order of the appraisal; a column for each item, which is spelt out below."""
    looks = shown_looks(appraisal, checklist)
    names = [labels[study] for study in appraisal.studies] or ["No study"]
    name_width = min(WIDEST, max(text_width("Study", bold=True), *(text_width(name) for name in names)))
    centres, end = _columns(checklist, MARGIN + name_width + GAP)
    spelt_out = [f"{item.id}: {item.label}" for item in checklist.questions]
    below = notes(appraisal, checklist, single="Dashed outline: answered by one appraiser only.")
    foot = Foot(list(looks.values()), [spelt_out, below])
    inner = inner_width(end - MARGIN, looks.values())
    top = MARGIN + 2.9 * LINE
    bottom = top + ROW * len(names) + LINE / 2
    figure, axes = sheet(inner + 2 * MARGIN, bottom + foot.height(inner) + MARGIN, checklist.label)

    y = top - LINE / 2
    axes.text(MARGIN, y, "Study", weight="bold", va="center")
    for item, centre in centres.items():
        axes.text(centre, y, _head(item), weight="bold", ha="center", va="center")
    axes.plot([MARGIN, end], [top, top], color=SOFT, linewidth=0.8)
    for row, name in enumerate(names):
        colour = INK if appraisal.studies else SOFT
        axes.text(MARGIN, top + ROW * (row + 0.6), shortened(name, name_width), va="center_baseline", color=colour)
    for row, study in enumerate(appraisal.studies):
        for item, centre in centres.items():
            cell = appraisal.cells[study, item]
            tile(axes, centre - TILE / 2, top + ROW * (row + 0.6), looks[kind_of(cell)], dashed=cell.state == ONE)
    foot.draw(axes, bottom, inner)
    return figure


def _head(item: str) -> str:
    return "Overall" if item == OVERALL else item


def _columns(checklist: Checklist, left: float) -> tuple[dict[str, float], float]:
    """The middle of each item's column, and where the last one ends; the overall judgement stands apart."""
    column = max(TILE + 0.05, *(text_width(item.id, bold=True) + 0.1 for item in checklist.questions))
    centres = {item.id: left + column * (number + 0.5) for number, item in enumerate(checklist.questions)}
    end = left + column * len(centres)
    if checklist.overall:
        wide = text_width(_head(OVERALL), bold=True)
        centres[OVERALL] = end + GAP + wide / 2
        end += GAP + wide
    return centres, end
