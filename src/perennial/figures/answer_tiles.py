"""How answers look in the figures of an appraisal: a colour, and always a sign as well."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from perennial.appraisal.answers import CONFLICTING, ONE, Appraisal, Cell
from perennial.appraisal.checklists import IN_CONFLICT, NO_ANSWER, Checklist
from perennial.figures.style import INK, SOFT, shortened, text_width

MARGIN, LINE, LEGEND, GAP = 0.2, 0.225, 0.27, 0.2
"""Inches: margin, height of a line of text and of a legend, space between columns."""

TILE, HEIGHT = 0.3, 0.21
"""Inches: a tile across and down; two signs, however wide, have room in it."""

NARROWEST, SLACK = 4.5, 0.97
"""Inches: a sheet without its margins. How much of it a text may fill; letters on pixels run wider than measured."""


@dataclass(frozen=True)
class Look:
    symbol: str
    label: str
    colour: str = "#ffffff"
    hatch: str = ""
    outline: float = 0.6


def looks(checklist: Checklist) -> dict[str, Look]:
    """How to draw each answer, by its id, and cells without one, by the sign they have."""
    answers = {kind.id: Look(kind.symbol, kind.label, kind.colour) for kind in checklist.answers}
    conflict = Look(IN_CONFLICT, "Appraisers in conflict", outline=1.4)
    return {**answers, IN_CONFLICT: conflict, NO_ANSWER: Look(NO_ANSWER, "Not appraised", hatch="/////")}


def kind_of(cell: Cell) -> str:
    """The key of its look."""
    return cell.answer or (IN_CONFLICT if cell.state == CONFLICTING else NO_ANSWER)


def shown_looks(appraisal: Appraisal, checklist: Checklist) -> dict[str, Look]:
    """All answers that the tool knows, but a conflict or a gap only where there is one."""
    found = {kind_of(cell) for cell in appraisal.cells.values()} | {answer.id for answer in checklist.answers}
    return {kind: look for kind, look in looks(checklist).items() if kind in found}


def tile(axes: Axes, left: float, middle: float, look: Look, width: float = TILE, dashed: bool = False) -> None:
    """Draw a tile around the height `middle`, with its sign where there is room for it."""
    corner, fill = (left, middle - HEIGHT / 2), {"facecolor": look.colour, "linewidth": 0}
    axes.add_patch(Rectangle(corner, width, HEIGHT, hatch=look.hatch, edgecolor="#b0b0b0", **fill))
    style = {"linestyle": (0, (2.5, 1.5)), "linewidth": 1.0} if dashed else {"linewidth": look.outline}
    axes.add_patch(Rectangle(corner, width, HEIGHT, fill=False, edgecolor=INK if dashed else SOFT, **style))
    if text_width(look.symbol, bold=True) + 0.02 <= width:
        paper = {"facecolor": look.colour, "edgecolor": "none", "pad": 0.6} if look.hatch else None
        ink = _ink(look.colour)
        place = {"ha": "center", "va": "center_baseline"}
        axes.text(left + width / 2, middle, look.symbol, weight="bold", color=ink, bbox=paper, **place)


@dataclass(frozen=True)
class Foot:
    """What stands below a figure: the answers and how they look, then blocks of lines."""

    looks: Sequence[Look]
    blocks: Sequence[Sequence[str]]

    def height(self, width: float) -> float:
        lines = sum(0.5 + len(_wrapped(block, width)) for block in self.blocks)
        return LEGEND * len(self._legend(width)) + LINE * lines

    def draw(self, axes: Axes, y: float, width: float) -> None:
        for entries in self._legend(width):
            x = MARGIN
            for look in entries:
                tile(axes, x, y + LEGEND / 2, look)
                axes.text(x + TILE + 0.07, y + LEGEND / 2, look.label, va="center_baseline")
                x += _entry_width(look)
            y += LEGEND
        for number, block in enumerate(self.blocks, start=1):
            y += 0.5 * LINE
            for line in _wrapped(block, width):
                axes.text(MARGIN, y + LINE / 2, line, va="center", color=SOFT if number == len(self.blocks) else INK)
                y += LINE

    def _legend(self, width: float) -> list[list[Look]]:
        """As many entries in a line as there is room for."""
        lines, room = [], 0.0
        for look in self.looks:
            if _entry_width(look) > room:
                lines.append([])
                room = width
            lines[-1].append(look)
            room -= _entry_width(look)
        return lines


def notes(appraisal: Appraisal, checklist: Checklist, single: str) -> list[str]:
    """What must be said below; `single` only where an answer is by one appraiser alone."""
    said = [single] if any(cell.state == ONE for cell in appraisal.cells.values()) else []
    return [*said, "Items are judged one by one; no score is summed.", f"Source: {checklist.citation}."]


def inner_width(content: float, shown: Iterable[Look]) -> float:
    """Of a sheet with this content and a legend; all other texts adapt to it."""
    return max(NARROWEST, content, *(_entry_width(look) for look in shown))


def sheet(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """A sheet measured in inches from its upper left corner."""
    title = shortened(title, SLACK * (width - 2 * MARGIN), bold=True)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    axes.text(MARGIN, MARGIN + LINE / 2, title, weight="bold", va="center")
    return figure, axes


def _wrapped(block: Iterable[str], width: float) -> list[str]:
    lines = []
    for text in block:
        line = ""
        for word in text.split() if text_width(text) > SLACK * width else [text]:
            longer = f"{line} {word}" if line else word
            if line and text_width(longer) > SLACK * width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return [shortened(line, SLACK * width) for line in lines]


def _entry_width(look: Look) -> float:
    return TILE + 0.07 + text_width(look.label) + GAP


def _ink(colour: str) -> str:
    """Dark or white, whichever stands out more on a colour (contrast as WCAG defines it)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return INK if luminance > 0.2 else "#ffffff"
