"""A citation in the Vancouver style, taken apart where that can be done without loss."""

import re
from dataclasses import dataclass

AUTHOR = r"[^,.]+ [A-Z]{1,4}"
CITATION = re.compile(
    rf"(?P<authors>{AUTHOR}(?:, {AUTHOR})*)(?P<others>, et al)?\. "
    r"(?P<title>.+)\. (?P<journal>[^.]+)\. (?P<year>\d{4})"
    r"(?:;(?P<volume>[^(:;]+)(?:\((?P<issue>[^)]+)\))?:(?P<pages>[^.:]+))?\.?"
)


@dataclass(frozen=True)
class Citation:
    """What is not printed is empty; `others` where authors were left off."""

    authors: tuple[str, ...]
    others: bool
    title: str
    journal: str
    year: str
    volume: str = ""
    issue: str = ""
    pages: str = ""


def take_apart(text: str) -> Citation | None:
    """The parts of `text`; None where it does not follow the style throughout, and nothing is guessed."""
    found = CITATION.fullmatch(" ".join(text.split()))
    if not found:
        return None
    parts = {name: part or "" for name, part in found.groupdict().items()}
    authors = tuple(
        f"{family}, {given}" for family, given in (a.rsplit(" ", 1) for a in parts.pop("authors").split(", "))
    )
    return Citation(authors, bool(parts.pop("others")), **parts)
