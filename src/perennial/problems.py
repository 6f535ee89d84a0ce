"""What is wrong, or merely odd, in an input: where it stands and how to mend it."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """`row` is the row as a spreadsheet numbers it (the header is row 1); `record` the name of the record in it.

    `holds_back` is the study that is not pooled until somebody accepts what is odd; empty where it does no harm.
    """

    file: str
    message: str
    remedy: str
    row: int | None = None
    record: str = ""
    column: str = ""
    value: str = ""
    stops: bool = True
    holds_back: str = ""

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}" + (f" ({self.record})" if self.record else ""))
        if self.column:
            place.append(f"column {self.column}")
        value = f"{self.value!r}: " if self.value else ""
        return f"{', '.join(place)}: {value}{self.message}. Remedy: {self.remedy}."

    def to_dict(self) -> dict:
        return asdict(self)
