"""The tags that PubMed's searches may carry, what each looks at, and names that are known though no record has them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Field:
    title: str
    """As PubMed's translation of a query writes it."""
    kind: Literal["text", "heading", "named", "author", "date", "pmid", "identifier"]
    parts: tuple[str, ...] = ()
    """Where the index keeps it."""


ALL = Field("All Fields", "text", ("ti", "ab", "mh", "sh", "nm", "pt", "ot", "au", "ta", "id"))
MESH = Field("MeSH Terms", "heading", ("mh",))
UID = Field("UID", "pmid")

TAGS = {
    ALL: "all, all fields",
    MESH: "mh, mesh, mesh terms",
    Field("MeSH Major Topic", "heading", ("majr",)): "majr, mesh major topic",
    Field("MeSH Subheading", "named", ("sh",)): "sh, mesh subheading, mesh subheadings, subheading",
    Field("Supplementary Concept", "named", ("nm",)): "nm, supplementary concept, substance name",
    Field("Publication Type", "named", ("pt",)): "pt, ptyp, publication type",
    Field("Journal", "named", ("ta",)): "ta, jour, journal",
    Field("Language", "named", ("la",)): "la, lang, language",
    Field("Title/Abstract", "text", ("ti", "ab", "ot")): "tiab, title/abstract",
    Field("Title", "text", ("ti",)): "ti, title",
    Field("Abstract", "text", ("ab",)): "ab, abstract",
    Field("Text Word", "text", ("ti", "ab", "mh", "sh", "nm", "pt", "ot", "id")): "tw, text, text word, text words",
    Field("Other Term", "text", ("ot",)): "ot, other term",
    Field("Author", "author", ("au",)): "au, author",
    Field("Date - Publication", "date", ("dp",)): "dp, pdat, date - publication, publication date",
    Field("Date - Create", "date", ("crdt",)): "crdt, cdat, date - create, create date",
    Field("Date - Entry", "date", ("edat",)): "edat, edate, date - entry, entry date, date - entrez",
    Field("Date - Modification", "date", ("mdat",)): "mdat, lr, date - modification, modification date",
    UID: "uid, pmid",
    Field("Article Identifier", "identifier", ("doi", "si")): "aid, doi, lid, article identifier, location id",
    Field("Secondary Source ID", "identifier", ("si",)): "si, secondary source id",
}

FIELDS = {tag: field for field, tags in TAGS.items() for tag in tags.split(", ")}

KNOWN = {
    "sh": {"drug therapy", "therapy", "therapeutic use", "adverse effects", "diagnosis", "mortality"},
    "pt": {"journal article", "review", "clinical trial", "controlled clinical trial", "randomized controlled trial"},
    "la": {"eng", "english", "fre", "french", "ger", "german", "spa", "spanish"},
}
"""A search for one of these that finds nothing is no search for an unknown word."""
