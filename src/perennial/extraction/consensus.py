"""From what each extractor found to the row that counts: cell by cell, where they agree or somebody settled it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from perennial.tables import Row

KEY = ("report_id", "arm_id", "outcome", "population")
"""What a result is of; rows alike in this are compared with each other."""

TOLD_APART = ("timepoint", "assessor")
"""Where a report gives several of these, each is a result of its own; else they are compared like any cell."""

COMPARED = (
    *TOLD_APART,
    "events",
    "n",
    "events_status",
    "reported_percent",
    "mean",
    "sd",
    "person_time",
    "estimate",
    "estimate_status",
    "ci_low",
    "ci_low_status",
    "ci_high",
    "ci_high_status",
    "spread_kind",
    "ci_level",
    "unit",
    "data_cutoff",
)
"""The cells that must agree; a place or a quote may be told in different words."""


@dataclass(frozen=True)
class Finding:
    """All current rows of one result in one report."""

    extracted: tuple[Row, ...]
    """By extractor; one of each, or the checks name the mistake."""
    settled: tuple[Row, ...]
    """Of the consensus; one, or the checks name the mistake."""

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.extracted + self.settled

    @property
    def differs(self) -> tuple[str, ...]:
        """The cells on which the extractors do not agree."""
        return tuple(column for column in COMPARED if len({str(row.get(column, "")) for row in self.extracted}) > 1)

    def lacks(self, asked: int) -> int:
        """How many extractors are still to come, where nothing is settled."""
        return 0 if self.settled else max(0, asked - len(self.extracted))

    def counting(self, asked: int) -> tuple[Row, ...]:
        """The consensus; without one, what all who were asked agree on."""
        if self.settled or self.lacks(asked) or self.differs:
            return self.settled
        agreed = Row(self.extracted[0])
        agreed["role"] = "consensus"
        for column in ("row_id", "extractor"):
            agreed[column] = ", ".join(row[column] for row in self.extracted)
        agreed["date"] = max(row["date"] for row in self.extracted)
        agreed.file, agreed.line = self.extracted[0].file, self.extracted[0].line
        return (agreed,)


def findings(rows: Iterable[Row]) -> list[Finding]:
    """`rows` by result, in the order in which results first appear."""
    results: dict[tuple, list[Row]] = {}
    for row in rows:
        results.setdefault(tuple(row[column] for column in KEY), []).append(row)
    return [finding for of_one in results.values() for finding in _told_apart(of_one)]


def _told_apart(rows: list[Row]) -> Iterator[Finding]:
    tellers = Counter(row["extractor"] if row["role"] == "extractor" else "" for row in rows)
    several = max(tellers.values()) > 1
    parts: dict[tuple, list[Row]] = {}
    for row in rows:
        parts.setdefault(tuple(row[column] for column in TOLD_APART) if several else (), []).append(row)
    for of_one in parts.values():
        extracted = sorted((row for row in of_one if row["role"] == "extractor"), key=lambda row: row["extractor"])
        yield Finding(tuple(extracted), tuple(row for row in of_one if row["role"] == "consensus"))
