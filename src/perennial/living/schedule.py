"""When each source is to be searched again as planned, and which search is overdue on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

INTERVALS = {
    "daily": 1,
    "weekly": 7,
    "fortnightly": 14,
    "monthly": 31,
    "quarterly": 92,
    "half_yearly": 184,
    "yearly": 366,
}
"""Days; of months, quarters and years the longest, so that none is called overdue on its own day."""

NEVER = "never"
"""The interval of what was searched once, such as by hand, and is not searched again."""


@dataclass(frozen=True)
class Planned:
    """One source of the plan on a day; `last` and `due` are None where it was never searched."""

    source: str
    every: str
    last: date | None
    due: date | None
    today: date

    @property
    def is_due(self) -> bool:
        """Whether it is to be searched on this day."""
        return self.due is None or self.due <= self.today

    @property
    def overdue(self) -> int:
        """Days since it was due; 0 where it is not overdue, or was never searched."""
        return max(0, (self.today - self.due).days) if self.due else 0


def planned_searches(plan: Mapping[str, str | int], searched: Mapping[str, date], today: date) -> list[Planned]:
    """Each source of `plan` (source: interval) that is searched again, in its order.

    `searched` has the day of the last search of each.
    """
    found = []
    for source, interval in plan.items():
        if interval == NEVER:
            continue
        last = searched.get(source)
        due = last + timedelta(days=days_of(interval)) if last else None
        found.append(Planned(source, in_words(interval), last, due, today))
    return found


def days_of(interval: str | int) -> int:
    """Days between two searches; `interval` is a word of `INTERVALS` or a number of days."""
    return INTERVALS[interval] if isinstance(interval, str) else interval


def in_words(interval: str | int) -> str:
    if isinstance(interval, str):
        return "not searched again" if interval == NEVER else interval.replace("_", " ")
    return "every day" if interval == 1 else f"every {interval} days"
