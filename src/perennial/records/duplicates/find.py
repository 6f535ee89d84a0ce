"""Duplicates and families among records: a function of the set of records and of people's answers.

Neither the order of the records matters nor in how many batches they came.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from perennial.records.duplicates.clusters import Clusters
from perennial.records.duplicates.comparing import compared
from perennial.records.duplicates.families import by_kind, by_link
from perennial.records.duplicates.joining import ANSWERED, Ids, joined, marks_of
from perennial.records.duplicates.judging import in_words
from perennial.records.duplicates.result import RELATIONS, Answer, Duplicates, Pair
from perennial.records.duplicates.verdicts import SAME, Finding
from perennial.records.record import Record

__all__ = ["Answer", "Duplicates", "Pair", "find_duplicates"]


def find_duplicates(
    records: Iterable[Record], answers: Iterable[Answer] = (), remembered: Path | None = None
) -> Duplicates:
    """`remembered` is a file that saves time on records seen before; the result is the same without it.

    Answers about records that are not there have no effect.
    """
    by_id = in_order(records)
    said = by_pair(answers, by_id)
    linked = {pair: why for pair, why in sorted(by_link(by_id)) if pair not in said}
    ids = list(by_id)
    verdicts = [((ids[a], ids[b]), verdict) for a, b, verdict in compared(list(by_id.values()), remembered)]
    verdicts = [(pair, verdict) for pair, verdict in verdicts if pair not in said and pair not in linked]

    def found(finding: Finding) -> list[Ids]:
        return [
            pair
            for _, pair in sorted((-verdict.likeness, pair) for pair, verdict in verdicts if verdict.finding == finding)
        ]

    links = [(verdict.finding, pair) for pair, verdict in verdicts if verdict.finding in SAME]
    kin = linked | {pair: by_kind(*(by_id[each] for each in pair)) for pair in found(Finding.FAMILY)}
    apart = kin | {(a, b): f"{a} and {b} have other titles, pages and DOIs" for a, b in found(Finding.APART)}
    named = {each for pair in (*said, *linked, *(pair for pair, _ in verdicts)) for each in pair}
    result = joined({each: marks_of(by_id[each]) for each in named}, said, apart, links)

    told = {pair: ANSWERED for pair, relations in sorted(said.items()) if relations == {"family"}}
    families = [Pair(*pair, why) for pair, why in (told | kin).items()]
    questions = [Pair(*pair, in_words(*(by_id[each] for each in pair))) for pair in found(Finding.UNCERTAIN)]
    return Duplicates(
        clusters=sorted(tuple(sorted(members)) for members in result.clusters.members.values() if len(members) > 1),
        why=result.why,
        families=sorted(between(result.clusters, families), key=lambda pair: (pair.record_a, pair.record_b)),
        uncertain=between(
            result.clusters, [*result.refused, *(pair for pair in questions if result.leaves_open(pair))]
        ),
        contradictions=result.contradictions,
    )


def in_order(records: Iterable[Record]) -> dict[str, Record]:
    """Records by their ids, sorted."""
    found: dict[str, Record] = {}
    for record in records:
        record_id = record.record_id
        if record_id in found:
            raise ValueError(
                f"two records are called {record_id}. Remedy: bring them together in the record store first"
            )
        found[record_id] = record
    return dict(sorted(found.items()))


def by_pair(answers: Iterable[Answer], known: Mapping[str, Record]) -> dict[Ids, set[str]]:
    """What people say of each pair of known records."""
    said: dict[Ids, set[str]] = defaultdict(set)
    for answer in answers:
        if answer.relation not in RELATIONS or answer.record_a == answer.record_b:
            raise ValueError(f"{answer} is no answer. Remedy: name two records and one of {', '.join(RELATIONS)}")
        if answer.record_a in known and answer.record_b in known:
            said[min(answer.record_a, answer.record_b), max(answer.record_a, answer.record_b)].add(answer.relation)
    return dict(said)


def between(clusters: Clusters, pairs: Iterable[Pair]) -> list[Pair]:
    """The first of the pairs for any two clusters."""
    first: dict[frozenset[str], Pair] = {}
    for pair in pairs:
        ends = frozenset((clusters.leader(pair.record_a), clusters.leader(pair.record_b)))
        if len(ends) == 2:
            first.setdefault(ends, pair)
    return list(first.values())
