"""What an audit finds: where, of which kind, and what stood there."""

from dataclasses import asdict, dataclass, field
from typing import Any

ALTERED = "altered"
"""It is not what was computed, archived, released or decided, and nothing says why."""
CHANGED = "changed since the release"
"""Evidence, protocol or code were edited after the last release, as they may be."""
UNCHECKED = "not checked"

ORDER = (ALTERED, CHANGED, UNCHECKED)
SHORTEN = 80


@dataclass(frozen=True)
class Finding:
    """`row` is the row as a spreadsheet numbers it, `pointer` a place in a JSON or YAML document (RFC 6901), `line` a
    line of a text; `old` and `new` are what stood there and what stands there, where that is known."""

    status: str
    file: str
    message: str
    row: int | None = None
    column: str = ""
    pointer: str = ""
    line: int | None = None
    old: str | None = None
    new: str | None = None

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        if self.pointer:
            place.append(self.pointer)
        if self.line is not None:
            place.append(f"line {self.line}")
        values = [
            f"{name} {_short(value)}" for name, value in (("was", self.old), ("is", self.new)) if value is not None
        ]
        return f"{', '.join(place)}: {self.message}" + (f" ({', '.join(values)})" if values else "")

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}


@dataclass
class Check:
    """One question of the audit; `sound` says what was found in order."""

    name: str
    question: str
    sound: str = ""
    findings: list[Finding] = field(default_factory=list)

    def add(self, status: str, file: str, message: str, **place: Any) -> None:
        self.findings.append(Finding(status, file, message, **place))

    @property
    def status(self) -> str:
        """The gravest of its findings."""
        found = {finding.status for finding in self.findings}
        return next((status for status in ORDER if status in found), "passed")

    def to_dict(self) -> dict[str, Any]:
        told = {"check": self.name, "question": self.question, "status": self.status, "sound": self.sound}
        return {**told, "findings": [finding.to_dict() for finding in self.findings]}


def _short(value: str) -> str:
    text = " ".join(value.split())
    return repr(text if len(text) <= SHORTEN else text[: SHORTEN - 1] + "…")
