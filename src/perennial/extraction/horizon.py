"""What was known on a day."""

from dataclasses import dataclass
from datetime import date

from perennial.dates import first_day, full_day
from perennial.tables import Row


@dataclass(frozen=True)
class Horizon:
    """What was known on the day `as_of`.

    A reconstructed review knows publication dates only; otherwise what people entered after `as_of` is left out too.
    """

    as_of: date
    reconstructed: bool
    only: frozenset[str] | None = None
    """The reports that are looked at, where not all are."""
    without: frozenset[str] = frozenset()
    """The reports that count no more, by a decision on a notice."""

    def sees(self, report: Row) -> bool:
        looked_at = self.only is None or report["report_id"] in self.only
        return looked_at and report["report_id"] not in self.without and self.published(report)

    def published(self, report: Row) -> bool:
        return first_day(report["published"]) <= self.as_of

    def knows(self, entry: Row) -> bool:
        """Whether a row that somebody entered on its `date` was there."""
        return self.reconstructed or full_day(entry["date"]) <= self.as_of
