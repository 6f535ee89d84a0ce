"""Sets of records of the same thing, joined link by link."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

Marks = tuple[frozenset[str], ...]
"""What must not contradict itself within a cluster, a set for each sort, such as its PMIDs."""


class Clusters:
    """Each record starts alone. Whether two clusters may be joined is for the caller to ask first."""

    def __init__(self, marks: Mapping[str, Marks]) -> None:
        self.members = {record: [record] for record in marks}
        """The records of each cluster, by the one that leads it."""
        self._leader = {record: record for record in marks}
        self._marks = dict(marks)
        self._apart: dict[str, set[str]] = defaultdict(set)

    def leader(self, record: str) -> str:
        while (above := self._leader[record]) != record:
            self._leader[record] = self._leader[above]
            record = above
        return record

    def together(self, one: str, other: str) -> bool:
        return self.leader(one) == self.leader(other)

    def hold_apart(self, one: str, other: str) -> None:
        self._apart[one].add(other)
        self._apart[other].add(one)

    def held_apart(self, one: str, other: str) -> Iterator[tuple[str, str]]:
        """The pairs between the clusters of two records that are held apart."""
        few, many = self._by_size(one, other)
        for record in self.members[few]:
            for held in self._apart.get(record, ()):
                if self.leader(held) == many:
                    yield min(record, held), max(record, held)

    def contradiction(self, one: str, other: str) -> str:
        """Marks of two clusters that exclude each other, neither set being a part of the other; empty for none."""
        for mine, yours in zip(self._marks[self.leader(one)], self._marks[self.leader(other)], strict=True):
            if not (mine <= yours or yours <= mine):
                return f"{' and '.join(sorted(mine))} against {' and '.join(sorted(yours))}"
        return ""

    def join(self, one: str, other: str) -> None:
        few, many = self._by_size(one, other)
        self._leader[few] = many
        self.members[many] += self.members.pop(few)
        self._marks[many] = tuple(a | b for a, b in zip(self._marks[few], self._marks[many], strict=True))

    def _by_size(self, one: str, other: str) -> list[str]:
        return sorted((self.leader(one), self.leader(other)), key=lambda leader: len(self.members[leader]))
