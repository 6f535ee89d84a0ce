"""Whole lists of what matches a query, beyond the number of ids that PubMed lists for one.

A query with more hits is split by the day records were created (CRDT), and a day that is still too large by ranges of
PMIDs; the parts must add up to the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from perennial.records.text import digest
from perennial.search.archive import Staging
from perennial.search.entrez import MOST, TRIES, EUtilities, Listing, read_listing
from perennial.search.strategy import date_range
from perennial.search.transport import SearchFailed

FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(3000, 12, 31)
LARGEST_PMID = 999_999_999


@dataclass(frozen=True)
class Part:
    query: str
    ids: tuple[str, ...]


@dataclass
class Listings:
    """Questions to esearch; an answer that lies in staging is not asked for again."""

    staging: Staging
    eutils: EUtilities
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)

    def one(self, query: str, most: int = MOST) -> Listing:
        name = f"search-{digest(query, str(most))}.xml.gz"
        if not self.staging.has(name):
            self.staging.keep(name, self.eutils.search(query, most) if most else self.eutils.count(query))
        listing = read_listing(self.staging.read(name))
        told = {"file": name, "query": query, "asked_for": most, "listed": len(listing.ids), "count": listing.count}
        self.asked[name] = told
        return listing

    def whole(self, query: str, today: date) -> tuple[Listing, list[Part]]:
        """All that match: in one part, or in parts that fit, whose ids add up to the number of hits."""
        tomorrow = today + timedelta(days=1)  # where PubMed is
        for _ in range(TRIES):
            listing = self.one(query)
            if listing.count <= MOST:
                return listing, [Part(query, listing.ids)]
            parts = list(self._by_day(query, FIRST_DAY, tomorrow))
            found = [pmid for part in parts for pmid in part.ids]
            if len(found) == len(set(found)) == listing.count:
                return listing, parts
            self._forget(query)
        raise SearchFailed(
            f"PubMed: the parts of the search hold {len(set(found)):,} records, the whole {listing.count:,}, and again "
            f"in {TRIES} attempts. Nothing was added to the archive. Remedy: run the search again later."
        )

    def _forget(self, query: str) -> None:
        """PubMed changed between the questions, or an answer was wrong: all of them are asked again."""
        names = [name for name, told in self.asked.items() if query in told["query"] and told["asked_for"] == MOST]
        self.staging.discard(names)
        for name in names:
            del self.asked[name]

    def _by_day(self, query: str, first: date, last: date) -> Iterator[Part]:
        part = f"({query}) AND {date_range('crdt', first, last)}"
        listing = self.one(part)
        if listing.count <= MOST:
            yield Part(part, listing.ids)
        elif first < last:
            middle = first + (last - first) // 2
            yield from self._by_day(query, first, middle)
            yield from self._by_day(query, middle + timedelta(days=1), last)
        else:
            yield from self._by_uid(part, 1, LARGEST_PMID)

    def _by_uid(self, query: str, low: int, high: int) -> Iterator[Part]:
        part = f"({query}) AND {low}:{high}[uid]"
        listing = self.one(part)
        if listing.count <= MOST:
            yield Part(part, listing.ids)
        else:
            middle = (low + high) // 2
            yield from self._by_uid(query, low, middle)
            yield from self._by_uid(query, middle + 1, high)
