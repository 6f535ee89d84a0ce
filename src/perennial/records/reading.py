"""What reading a file of records gives: the records, and what could not be read as one."""

from dataclasses import asdict, dataclass
from typing import Any

from perennial.records.record import Record


@dataclass(frozen=True)
class Found:
    """A record and its place among those of the file, counted from 1."""

    position: int
    record: Record


@dataclass(frozen=True)
class SetAside:
    """A record that could not be read: its place, the line of the file it begins on, why, and its text."""

    position: int
    line: int | None
    reason: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Reading:
    format: str
    """ris, nbib, bibtex, csv, ...; the keys of CUTTERS in `imports.read`, or xlsx."""
    found: list[Found]
    set_aside: list[SetAside]
    notes: list[str]
    """What was repaired or passed over."""
    numbers: tuple[int, ...] = ()
    """The numbers that the file itself gives its records, in their order."""
