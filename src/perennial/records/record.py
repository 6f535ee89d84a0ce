"""A bibliographic record, the same whichever database gave it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from perennial.records.identifiers import clean_accession
from perennial.records.text import digest, key, page_key


class Link(NamedTuple):
    """Another publication that this one speaks of, in PubMed's words (CommentsCorrections, RefType)."""

    relation: str
    target: str
    """A record id such as pmid:39786390, or a DOI; empty where only the citation is known."""
    citation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Texts are plain: no markup, no line ends, one space between words. What a source does not give is empty."""

    source: str
    """The register that names records: pmid, nct, embase, wos, scopus, central, ...; see `identifiers`."""
    accession: str = ""
    """What the source calls the record; empty where it gives nothing."""
    kind: str = "article"
    """One of `kinds.KINDS`."""
    title: str = ""
    title_original: str = ""
    """The title in the language of the publication, where `title` is a translation."""
    authors: tuple[str, ...] = ()
    """People as "Family, Given"; a group that signs as an author stands in `collectives`."""
    collectives: tuple[str, ...] = ()
    journal: str = ""
    journal_abbreviation: str = ""
    issn: tuple[str, ...] = ()
    volume: str = ""
    issue: str = ""
    pages: str = ""
    """As printed: 229-39, S12-S15, e123."""
    published: str = ""
    """As far as it is known: 2025, 2025-03 or 2025-03-17."""
    published_text: str = ""
    """The date as printed, where it is no date of the calendar: 2019 Spring, 1998 Dec-1999 Jan."""
    abstract: str = ""
    language: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    """Headings as Descriptor/qualifier, an asterisk after a major topic: Lymphoma, B-Cell/drug therapy*."""
    supplementary_concepts: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    registry_ids: tuple[str, ...] = ()
    """Trial registrations, ClinicalTrials.gov's among them: NCT04703686."""
    links: tuple[Link, ...] = ()
    version: str = ""
    """PubMed's version of a record."""
    created: str = ""
    revised: str = ""
    """The day the source last changed the record."""
    url: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    """Fields of the source that have no place above, as (tag, text): nothing is lost."""

    @property
    def record_id(self) -> str:
        """What this record is called for ever: its accession, or a digest of what identifies it."""
        if self.accession:
            return f"{self.source}:{clean_accession(self.source, self.accession)}"
        first = self.authors[0] if self.authors else "".join(self.collectives[:1])
        family = key(first.partition(",")[0])
        what = key(self.title) or key(self.doi or self.pmid or self.abstract)
        parts = what, self.year, family, key(self.journal), key(self.volume), page_key(self.pages)
        return f"digest:{digest(*parts)}"

    @property
    def year(self) -> str:
        return self.published[:4]

    def to_dict(self) -> dict[str, Any]:
        """The fields that are not empty, the id first."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {"record_id": self.record_id, **{name: value for name, value in values if value}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Record":
        """The record that `to_dict` wrote; what else stands beside it, such as where it was found, is passed over."""
        known = {name: value for name, value in values.items() if name in _NAMES}
        for name in _TUPLES & known.keys():
            known[name] = tuple(known[name])
        if "links" in known:
            known["links"] = tuple(Link(*link) for link in known["links"])
        if "extra" in known:
            known["extra"] = tuple((tag, text) for tag, text in known["extra"])
        return cls(**known)


_NAMES = {field.name for field in fields(Record)}
_TUPLES = {field.name for field in fields(Record) if str(field.type).startswith("tuple")} - {"links", "extra"}


def json_line(value: dict[str, Any]) -> bytes:
    """One line of a JSON Lines file, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)
