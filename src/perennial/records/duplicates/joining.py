"""Which records become one cluster: people's answers come first, then links, the surest first.

A link is refused where it would bring together what is held apart, by a person or not, or what contradicts itself. The
order of links is that of what they say and of the ids, so what is refused does not depend on how records came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from perennial.records.duplicates.clusters import Clusters, Marks
from perennial.records.duplicates.forms import pmid_of, settled_kind
from perennial.records.duplicates.result import Pair
from perennial.records.duplicates.verdicts import SAME, Finding
from perennial.records.kinds import NOTICES
from perennial.records.record import Record

Ids = tuple[str, str]
ANSWERED = "a person's answer"


@dataclass
class Joined:
    clusters: Clusters
    why: list[Pair] = field(default_factory=list)
    contradictions: list[Pair] = field(default_factory=list)
    refused: list[Pair] = field(default_factory=list)
    """Links that would join what is apart or contradicts itself."""

    def leaves_open(self, pair: Pair) -> bool:
        """Whether nothing is known against a pair's being the same."""
        ends = pair.record_a, pair.record_b
        return not self.clusters.contradiction(*ends) and not any(self.clusters.held_apart(*ends))


def marks_of(record: Record) -> Marks:
    """What a cluster must not contradict itself in: whether it is a notice or a registration, and PubMed's number."""
    kind, pmid = settled_kind(record), pmid_of(record)
    named = kind.replace("_", " ") if kind in NOTICES | {"trial_registration"} else "no notice or registration"
    return frozenset({named}), frozenset({f"PMID {pmid}"} if pmid else ())


def joined(
    marks: Mapping[str, Marks],
    said: Mapping[Ids, set[str]],
    apart: Mapping[Ids, str],
    links: Iterable[tuple[Finding, Ids]],
) -> Joined:
    """Clusters of the records in `marks`, by what people said and by links; `apart` are pairs that are not, and why."""
    result = Joined(Clusters(marks))
    clusters = result.clusters
    for pair, relations in sorted(said.items()):
        if relations != {"same"}:
            clusters.hold_apart(*pair)
        if len(relations) > 1:
            result.contradictions.append(Pair(*pair, f"answered as {' and as '.join(sorted(relations))}"))
    for pair in sorted(pair for pair, relations in said.items() if relations == {"same"}):
        if clusters.together(*pair):
            continue
        if held := min(clusters.held_apart(*pair), default=None):
            result.contradictions.append(Pair(*pair, f"answered as same, but {' and '.join(held)} are held apart"))
        else:
            clusters.join(*pair)
            result.why.append(Pair(*pair, ANSWERED))

    for pair in apart:
        clusters.hold_apart(*pair)
    for finding, pair in sorted(links):
        if clusters.together(*pair):
            continue
        held = sorted(clusters.held_apart(*pair), key=lambda held: (held not in said, held))
        if held and held[0] in said:
            reason = f"{SAME[finding]}, but a person holds {' and '.join(held[0])} apart"
            result.contradictions.append(Pair(*pair, reason))
        elif held:
            result.refused.append(Pair(*pair, f"{SAME[finding]}, but {apart[held[0]]}"))
        elif contradiction := clusters.contradiction(*pair):
            result.refused.append(Pair(*pair, f"{SAME[finding]}, but {contradiction}"))
        else:
            clusters.join(*pair)
            result.why.append(Pair(*pair, SAME[finding]))
    return result
