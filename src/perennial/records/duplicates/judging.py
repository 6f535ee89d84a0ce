"""What a pair of records is: the same thing, a family, a question for people, or two different things.

Identifiers decide first, then what keeps records apart. bib-dedupe is asked about the rest, and what it joins must pass
the doubts it does not have.
"""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from perennial.records.duplicates.forms import Form, form_of
from perennial.records.duplicates.verdicts import Finding, Match, Verdict
from perennial.records.kinds import NOTICES
from perennial.records.record import Record

SEPARATE = NOTICES | {"preprint", "trial_registration"}
"""Kinds that are not the same thing as a record of another kind."""

ALIKE = 60
"""Titles less alike than this, of 100, are not worth asking bib-dedupe about; its least for the same thing is 70."""


def judged(records: Sequence[Record], pairs: Sequence[tuple[int, int]]) -> Iterator[Verdict]:
    """The verdict on each pair of places in `records`; it depends on the two records and nothing else."""
    forms = {place: form_of(records[place]) for place in {place for pair in pairs for place in pair}}
    # bib-dedupe is asked with the shorter title first: only so does it always see that a title lacks its subtitle.
    pairs = [sorted(pair, key=lambda place: len(forms[place].title)) for pair in pairs]
    settled = [without_matcher(forms[a], forms[b]) for a, b in pairs]
    open_pairs = [pair for pair, verdict in zip(pairs, settled, strict=True) if not verdict]
    if open_pairs:
        # Not at the top: bib-dedupe and pandas load as long as a run with nothing to ask them takes.
        from perennial.records.duplicates.matching import matches

        asked = matches(records, open_pairs)
    for (a, b), verdict in zip(pairs, settled, strict=True):
        yield verdict or doubted(forms[a], forms[b], next(asked))


def without_matcher(one: Form, other: Form) -> Verdict | None:
    """What kinds, identifiers and titles settle by themselves."""
    if one.kind != other.kind and {one.kind, other.kind} & SEPARATE:
        return separated(one, other)
    if finding := identified(one, other):
        return Verdict(finding)
    if differ(one, other, "doi") and differ(one, other, "page") and ratio(one, other) < 90:
        return Verdict(Finding.APART)
    if one.title and other.title and max(ratio(one, other), fuzz.partial_ratio(one.title, other.title)) >= ALIKE:
        return None
    return placed(one, other)


def separated(one: Form, other: Form) -> Verdict:
    """Two of separate kinds. That they share a number may be an error in either: joining will ask people about it.

    An article and its preprint have two DOIs; with one DOI, one database does not tell that it is a preprint.
    """
    finding = identified(one, other)
    if finding == Finding.SAME_DOI and "preprint" in (one.kind, other.kind):
        return Verdict(finding)
    if related(one, other):
        return Verdict(Finding.FAMILY)
    return Verdict(finding if finding in (Finding.SAME_PMID, Finding.SAME_PMCID) else Finding.DIFFERENT)


def identified(one: Form, other: Form) -> Finding | None:
    """What makes two records the same without asking anyone."""
    if same(one, other, "pmid"):
        return Finding.SAME_PMID
    if same(one, other, "pmcid"):
        return Finding.SAME_PMCID
    if same(one, other, "registration"):
        return Finding.SAME_REGISTRATION
    if same(one, other, "title", "doi") and (not bare(one, other) or same(one, other, "author", "page")):
        return Finding.SAME_DOI
    if same(one, other, "title", "author", "year", "volume", "page") and not differ(one, other, "doi"):
        return Finding.SAME_DETAILS
    return None


def related(one: Form, other: Form) -> bool:
    """Whether two records of different kinds belong together, as a notice or a preprint and its article do."""
    if {one.kind, other.kind} <= NOTICES:
        return False
    return (one.telling and one.title == other.title) or (same(one, other, "author") and ratio(one, other) >= 90)


def doubted(one: Form, other: Form, match: Match) -> Verdict:
    """bib-dedupe's verdict, and the doubts it does not have."""
    if one.kind != other.kind and "conference_abstract" in (one.kind, other.kind) and not same_place(one, other):
        return Verdict(Finding.FAMILY if match.same or related(one, other) else Finding.DIFFERENT)
    if match.same and not doubtful(one, other, match):
        return Verdict(Finding.MATCHED)
    titled = match.title >= 0.9 or one.title == other.title
    if signed(one, other, match) and (match.same or titled):
        if moved_on(one, other):
            return Verdict(Finding.FAMILY)
        if not elsewhere(one, other):
            return Verdict(Finding.UNCERTAIN, round(match.title + match.author + agreement(one, other), 3))
    return placed(one, other)


def doubtful(one: Form, other: Form, match: Match) -> bool:
    """Whether more must agree than titles and authors nearly, and does not."""
    moved = any(differ(one, other, part) for part in ("volume", "page", "doi"))
    if bare(one, other):
        beside = not moved and (same(one, other, "year", "page") or same(one, other, "year", "volume", "issue"))
        return not (same(one, other, "author") and (same_place(one, other) or beside))
    if same_place(one, other):
        return False
    if not signed(one, other, match):
        return True
    again = not moved and (same(one, other, "volume") or match.abstract > 0.9)
    if match.title < 0.9 or (differ(one, other, "year") and not again):
        return True
    return other_page(one, other) and (one.title != other.title or one.supplement != other.supplement)


def signed(one: Form, other: Form, match: Match) -> bool:
    """Whether authors agree, as far as both records name them."""
    return match.author >= 0.8 or not differ(one, other, "author")


def other_page(one: Form, other: Form) -> bool:
    """Whether two stand on different pages: S12 and 12, but not A175 and A175.E1638, nor what has the same DOI."""
    within = one.page in other.page or other.page in one.page
    return differ(one, other, "page") and not within and not same(one, other, "doi")


def moved_on(one: Form, other: Form) -> bool:
    """Whether one seems to be the abstract, in a supplement, of what the other published in a later year."""
    first, second = (one, other) if one.supplement else (other, one)
    return one.supplement != other.supplement and other_page(one, other) and "" < first.year < second.year


def elsewhere(one: Form, other: Form) -> bool:
    """Whether two are too far apart to ask about: by years, or by one year and two of volume, page and DOI."""
    if not differ(one, other, "year"):
        return False
    moved = sum(differ(one, other, part) for part in ("volume", "page", "doi"))
    return abs(int(one.year) - int(other.year)) > 1 or moved > 1


def placed(one: Form, other: Form) -> Verdict:
    """A question about two records at one place whose titles do not agree: one may be translated, or missing."""
    at = same(one, other, "author", "page") and (same(one, other, "doi") or same(one, other, "year", "volume"))
    untitled = not (one.title and other.title) and same(one, other, "doi")
    if at or (untitled and not any(differ(one, other, part) for part in ("author", "year", "page"))):
        return Verdict(Finding.UNCERTAIN, agreement(one, other))
    return Verdict(Finding.DIFFERENT)


def bare(one: Form, other: Form) -> bool:
    """Whether a title tells too little: a mere Reply, or that of the article which two notices are about."""
    return one.kind in NOTICES or not (one.telling and other.telling)


def same_place(one: Form, other: Form) -> bool:
    if same(one, other, "doi"):
        return not differ(one, other, "page")
    return same(one, other, "volume", "page") and not differ(one, other, "doi")


def ratio(one: Form, other: Form) -> float:
    return fuzz.ratio(one.title, other.title)


def same(one: Form, other: Form, *parts: str) -> bool:
    """Whether these parts are known of both and agree."""
    return all(getattr(one, part) and getattr(one, part) == getattr(other, part) for part in parts)


def differ(one: Form, other: Form, part: str) -> bool:
    """Whether a part is known of both and not the same."""
    return bool(getattr(one, part) and getattr(other, part) and getattr(one, part) != getattr(other, part))


DETAILS = ("year", "volume", "page", "doi")


def agreement(one: Form, other: Form) -> float:
    """How many details agree less how many differ, in quarters."""
    return sum(same(one, other, part) - differ(one, other, part) for part in DETAILS) / 4


def in_words(one: Record, other: Record) -> str:
    """Where two records agree and where they differ, for a person who is to tell whether they are the same."""
    first, second = form_of(one), form_of(other)
    agree = [part for part in ("title", "author", *DETAILS) if same(first, second, part)]
    apart = [part for part in ("title", "author") if differ(first, second, part)]
    apart += [
        f"{part} ({getattr(first, part)}, {getattr(second, part)})" for part in DETAILS if differ(first, second, part)
    ]
    return "; ".join(f"{word} {', '.join(parts)}" for word, parts in (("same", agree), ("other", apart)) if parts)
