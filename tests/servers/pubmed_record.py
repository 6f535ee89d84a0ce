"""What a record of the store may say. A field that does not stand here is a mistake and is refused.

pmid, version      names; a higher version takes the place of a lower one
title, abstract    texts; an abstract in parts is a list of [label, text]
authors            [family, given], or [name of a group]
journal            the full title; `ta` its abbreviation
dp                 publication date, 2024/05/03 or less of it; `year` where there is none
crdt, edat, mdat   created, entered, last changed: 2024/05/01; each is the one before where absent
mesh               [heading, major, [subheading, ...]]
nm                 supplementary concepts: a substance's name, or [name, "Disease" or "Protocol"]
pt, language       publication types; codes such as eng
doi, si, keywords  registrations such as NCT numbers in `si`
links              [RefType, pmid, RefSource]
book, deleted      a chapter; no longer in PubMed
"""

import re
from typing import Any

Record = dict[str, Any]

DEFAULTS: Record = {
    "version": 1,
    "title": "",
    "abstract": "",
    "authors": [],
    "journal": "",
    "ta": "",
    "year": "",
    "dp": "",
    "crdt": "",
    "edat": "",
    "mdat": "",
    "mesh": [],
    "nm": [],
    "pt": ["Journal Article"],
    "language": ["eng"],
    "doi": "",
    "si": [],
    "keywords": [],
    "links": [],
    "book": False,
    "deleted": False,
}

DATE = re.compile(r"(\d{1,4})(?:/(\d{1,2}))?(?:/(\d{1,2}))?")


def complete(record: Record) -> Record:
    """The record with every field; raises KeyError for one that is not known or a date that is none."""
    if unknown := record.keys() - DEFAULTS.keys() - {"pmid"}:
        raise KeyError(f"no field of a record: {', '.join(sorted(unknown))}")
    whole = DEFAULTS | record
    whole["pmid"] = int(record["pmid"])
    whole["dp"] = whole["dp"] or str(whole["year"])
    whole["year"] = whole["dp"][:4]
    if not DATE.fullmatch(whole["dp"]):
        raise KeyError(f"record {whole['pmid']}: dp is no date: {whole['dp']!r}")
    before = "/".join(part or "01" for part in DATE.fullmatch(whole["dp"]).groups())
    for name in ("crdt", "edat", "mdat"):
        before = whole[name] = whole[name] or before
        if not re.fullmatch(r"\d{4}/\d\d/\d\d", before):
            raise KeyError(f"record {whole['pmid']}: {name} is no whole date: {before!r}")
    return whole


def first_day(date: str) -> int:
    """2024/05 as 20240501, so that dates compare as numbers."""
    year, month, day = DATE.fullmatch(date).groups()
    return int(year) * 10000 + int(month or 1) * 100 + int(day or 1)


def last_day(date: str) -> int:
    year, month, day = DATE.fullmatch(date).groups()
    return int(year) * 10000 + int(month or 12) * 100 + int(day or 31)


def abstract_parts(record: Record) -> list[tuple[str, str]]:
    abstract = record["abstract"]
    return [("", abstract)] if isinstance(abstract, str) else [tuple(part) for part in abstract]


def short_name(author: list[str]) -> str:
    """Family AB, as PubMed cites a person; a group as it is."""
    initials = "".join(name[0] for name in re.split(r"[\s-]+", author[1]) if name) if len(author) > 1 else ""
    return f"{author[0]} {initials}".strip()


def concept(name: str | list[str]) -> tuple[str, str]:
    """A supplementary concept and its class; a substance has none."""
    return (name, "") if isinstance(name, str) else (name[0], name[1])
