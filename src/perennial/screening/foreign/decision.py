"""A decision as a screening tool tells it, and what reading the files of a tool gives."""

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.dates import full_day
from perennial.records.reading import Found, SetAside
from perennial.records.record import Record

DECISIONS = ("include", "exclude", "maybe", "withdrawn")


class NotDecisions(ValueError):
    """The message names the file, says what it seems to be, and what to do."""


@dataclass(frozen=True)
class ForeignDecision:
    position: int
    """The record's place in the file, from 1; where there are several files, one goes on after the other by name."""
    record: Record
    """As the tool describes it, without the words in which it tells the decision."""
    stage: str
    """One of `standing.STAGES`."""
    reviewer: str
    """A role or initials; people whom the sidecar does not name are called reviewer 1, reviewer 2, ..."""
    decision: str
    """One of DECISIONS."""
    reasons: tuple[str, ...]
    """As the tool gives them."""
    date: str
    """The day of the decision where the tool tells it, else the day of the sidecar."""
    note: str
    """Free text of the reviewers, labels included."""


@dataclass(frozen=True)
class DecisionReading:
    """The decisions on one record follow each other in the order in which they were made."""

    tool: str
    decisions: list[ForeignDecision]
    undecided: list[Found]
    """Records without a decision."""
    set_aside: list[SetAside]
    notes: list[str]


def day_of(time: str) -> str:
    """The day of a time such as 2025-05-06T10:14:32.680Z; empty where it begins with none."""
    try:
        return full_day(time[:10]).isoformat()
    except ValueError:
        return ""


def joined(*parts: str) -> str:
    """A note of several parts, those that say something."""
    return "; ".join(filter(None, parts))


def labelled(labels: Sequence[str]) -> str:
    return f"labels: {', '.join(labels)}" if labels else ""
