"""What is asked and answered about duplicates."""

from dataclasses import dataclass

RELATIONS = ("same", "family", "different")


@dataclass(frozen=True)
class Answer:
    """What a person says of two records: one of RELATIONS."""

    record_a: str
    record_b: str
    relation: str


@dataclass(frozen=True)
class Pair:
    """Two record ids, the smaller one first, and what is to be said of them."""

    record_a: str
    record_b: str
    why: str


@dataclass(frozen=True)
class Duplicates:
    clusters: list[tuple[str, ...]]
    """Ids of records of the same thing, two or more; each sorted, and all of them."""
    why: list[Pair]
    """The links that joined them, in the order they were used: people's answers, then the surest first."""
    families: list[Pair]
    """Related and not the same: erratum of, retraction notice of, comment on, conference abstract or preprint of; one
    pair for any two clusters."""
    uncertain: list[Pair]
    """For people to answer, the likeliest duplicates first; one pair for any two clusters."""
    contradictions: list[Pair]
    """Answers that contradict others, and links that would join what a person held apart."""
