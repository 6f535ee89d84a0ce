"""An export taken apart: its records as fields, under the tags of their source and with the place each belongs to."""

from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Field:
    tag: str
    """What the source calls it."""
    place: str
    """What `compose` makes of it: title, author, year, ...; empty where a record has no place for it."""
    text: str


@dataclass
class Piece:
    """One record of the file, with the line it begins on (the row, in a spreadsheet) and its own text."""

    line: int
    text: str
    fields: list[Field] = field(default_factory=list)
    fault: str = ""
    """Why it cannot be read."""
    number: int | None = None
    """The number that the file itself gives it."""
    database: str = ""
    """The database that the lines before it, or the file's columns, name."""


@dataclass(frozen=True)
class Cut:
    pieces: list[Piece]
    notes: list[str]
