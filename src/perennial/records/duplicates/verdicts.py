"""What can be said of a pair of records."""

from enum import IntEnum
from typing import NamedTuple


class Finding(IntEnum):
    """What a pair is found to be; where it is the same, the surest comes first.

    Different records may still come together through a third; those that are apart may not.
    """

    SAME_PMID = 1
    SAME_PMCID = 2
    SAME_REGISTRATION = 3
    SAME_DOI = 4
    SAME_DETAILS = 5
    MATCHED = 6
    FAMILY = 7
    APART = 8
    UNCERTAIN = 9
    DIFFERENT = 10


SAME = {
    Finding.SAME_PMID: "same PMID",
    Finding.SAME_PMCID: "same PMCID",
    Finding.SAME_REGISTRATION: "registrations with the same number",
    Finding.SAME_DOI: "same DOI and title",
    Finding.SAME_DETAILS: "same title, first author, year, volume and page",
    Finding.MATCHED: "matcher: title and authors agree",
}


class Match(NamedTuple):
    """What bib-dedupe says of a pair: its verdict, and similarities from 0 to 1."""

    same: bool
    title: float
    author: float
    abstract: float


class Verdict(NamedTuple):
    finding: Finding
    likeness: float = 0.0
    """The more, the likelier an uncertain pair is the same."""
