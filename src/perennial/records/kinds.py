"""What kind of publication a record is of, as far as it tells.

A notice about an article is not the article, nor is the abstract of a talk about the same trial: whether two records
can be duplicates, and which belong together as reports, starts here.
"""

import re
from collections.abc import Iterable

KINDS = (
    "article",
    "conference_abstract",
    "preprint",
    "erratum",
    "retraction_notice",
    "expression_of_concern",
    "comment",
    "book",
    "trial_registration",
)

NOTICES = {"erratum", "retraction_notice", "expression_of_concern", "comment"}
"""Kinds that are about another publication."""

END = r"(\s*[:.–—]|\s*-\s|$)"
OPENINGS = {
    "retraction_notice": (
        r"(notice of )?(retraction|withdrawal)( notice| note)?"
        r"(\s*[:.–—]|\s*-\s| (to|for)\b\s*[:.–—-]?| of\b\s*[:\"“'‘])\s*(?=\S)"
    ),
    "expression_of_concern": (
        r"(editorial )?expression of (editorial )?concern\b(\s*(on|about|for|over|regarding)\b)?\s*[:.–—-]?"
    ),
    "erratum": (
        r"((publisher|author|editorial|editor)('s|’s)? )?("
        rf"(corrigend(um|a)|errat(um|a)|addend(um|a))( notice)?({END}|\s+(to|for|in|on)\b\s*[:.–—-]?)|"
        rf"corrections?( notice)?({END}|\s+to\b\s*[:.–—-]?|\s+(for|in|on)\b\s*(:|(?=[\"“'‘]|\S+( \S+)? et al\b))))"
    ),
    "comment": (
        r"(comments? (on|to)\b|commentary (on|to)\b|authors?['’]?s? (reply|response)\b(\s+to\b)?|reply (to|from)\b|"
        r"in reply\b(\s+to\b)?|response to (the )?(comment|letter)s?\b|re(?=\s*:))\s*[:.–—-]?"
    ),
}
"""How titles of notices begin. "Correction for" begins others too: only a quotation or names make it a notice."""

OPENING = {kind: re.compile(rf"\W*{pattern}\s*", re.IGNORECASE) for kind, pattern in OPENINGS.items()}

TYPES = {
    "published erratum": "erratum",
    "correction": "erratum",
    "erratum": "erratum",
    "corrigendum": "erratum",
    "retraction of publication": "retraction_notice",
    "retraction notice": "retraction_notice",
    "retraction": "retraction_notice",
    "expression of concern": "expression_of_concern",
    "comment": "comment",
    "meeting abstract": "conference_abstract",
    "meeting abstracts": "conference_abstract",
    "conference abstract": "conference_abstract",
    "journal: conference abstract": "conference_abstract",
    "abst": "conference_abstract",
    "preprint": "preprint",
    "book": "book",
    "trial registration": "trial_registration",
    "trial registry record": "trial_registration",
}


def kind_of(title: str, publication_types: Iterable[str] = ()) -> str:
    """One of KINDS: from the types a database gives, then from how the title opens."""
    named = {TYPES[each] for name in publication_types if (each := name.strip().lower()) in TYPES}
    for kind in KINDS:
        if kind in named and kind != "comment":
            return kind
    for kind, opening in OPENING.items():
        if opening.match(title):
            return kind
    return "comment" if "comment" in named else "article"


def subject_of(title: str) -> str:
    """The title of what a notice is about: "Correction to: X" is about X; empty where the title does not tell."""
    for opening in OPENING.values():
        if found := opening.match(title):
            return title[found.end() :].strip(" :.–—-\"'“”‘’")
    return ""
