"""Records that belong together without being the same thing, in words."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from perennial.records.duplicates.forms import Form, form_of, pmid_of
from perennial.records.identifiers import clean_doi
from perennial.records.record import Record

OF_KIND = {
    "retraction_notice": "a retraction notice of",
    "expression_of_concern": "an expression of concern about",
    "erratum": "an erratum of",
    "comment": "a comment on",
    "trial_registration": "a registration of",
    "preprint": "a preprint of",
    "conference_abstract": "a conference abstract of",
}
"""How a record of a kind stands to one of a later kind, or of a kind that is not here."""

OF_LINK = {
    "erratum": "an erratum of",
    "retraction": "a retraction notice of",
    "partialretraction": "a partial retraction notice of",
    "expressionofconcern": "an expression of concern about",
    "comment": "a comment on",
    "update": "an update of",
    "republished": "a republication of",
    "correctedandrepublished": "a corrected republication of",
    "retractedandrepublished": "a republication after retraction of",
    "reprint": "a reprint of",
}
"""PubMed's words for links, without the In, On, Of, For or From that tells the direction."""


def by_kind(one: Record, other: Record) -> str:
    """How two records are related by their kinds; of two articles, by which of them stands in a supplement."""

    def rank(form: Form) -> tuple[int, bool]:
        return list(OF_KIND).index(form.kind) if form.kind in OF_KIND else len(OF_KIND), not form.supplement

    (form, first), (_, second) = sorted(((form_of(one), one), (form_of(other), other)), key=lambda each: rank(each[0]))
    if form.kind in OF_KIND:
        return f"{first.record_id} is {OF_KIND[form.kind]} {second.record_id}, by kind and title"
    return f"{first.record_id} is perhaps a conference abstract of {second.record_id}, by its supplement and title"


def by_link(records: Mapping[str, Record]) -> Iterator[tuple[tuple[str, str], str]]:
    """Pairs of ids that a database links, each with how they are related."""
    named = [
        (record_id, link.target, found)
        for record_id, record in records.items()
        for link in record.links
        if link.target
        and (found := re.fullmatch(r"(\w+?)(in|on|of|for|from)", re.sub(r"\W", "", link.relation.lower())))
        and found[1] in OF_LINK
    ]
    targets = {target for _, target, _ in named}
    called = defaultdict(set)
    for record_id, record in records.items() if targets else ():
        for name in (record_id, f"pmid:{pmid_of(record)}", clean_doi(record.doi)):
            if name in targets:
                called[name].add(record_id)
    for record_id, target, found in named:
        for other in sorted(called[target] - {record_id}):
            about, subject = (other, record_id) if found[2] == "in" else (record_id, other)
            yield (
                (min(record_id, other), max(record_id, other)),
                f"{about} is {OF_LINK[found[1]]} {subject}, by a database's link",
            )
