"""A small document model: what a text consists of, apart from how it is written."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Heading:
    """`level` 1 is a section of the text, 2 a part of it."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """`trace` is the name of what its numbers are traced by."""

    text: str
    trace: str = ""


@dataclass(frozen=True)
class Table:
    """Every row has a cell for each column; the first cell names the row. `traces` are the names of the cells."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    traces: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Picture:
    """An image file (PNG) with its caption, and in `alt` what stands for it where it cannot be seen."""

    path: Path
    caption: str
    alt: str


Block = Heading | Paragraph | Table | Picture


def plain(text: str) -> str:
    """One line of printable characters.

    Evidence is copied from anywhere: what steers a terminal, the direction of writing or an XML parser is taken out.
    """
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
