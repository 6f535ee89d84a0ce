"""Which register names a record, and how: from accessions that tell it themselves, from addresses, from the database.

Nothing is guessed: the same digits can be an accession number of several databases, so a number counts only where a
database is known and gives numbers of that form.
"""

import re
from collections.abc import Iterable

from perennial.records.identifiers import clean_pmid

NAMES = {
    "embase": r"embase|excerpta medica",
    "wos": r"web of (science|knowledge)|\bwos\b|science citation index",
    "scopus": r"scopus",
    "central": r"cochrane|^central$",
    "psycinfo": r"psycinfo",
    "cinahl": r"cinahl",
    "eric": r"\beric\b",
    "ieee": r"ieee",
    "proquest": r"proquest",
    "nct": r"clinicaltrials\.gov",
    "pmid": r"pubmed|medline|^nlm$",
}
"""How databases are called where their accessions come from."""

FORMS = {
    "embase": r"L?\d{7,10}",
    "wos": r"((WOS|ISI):)?(\d{15}|A\d{4}[A-Z0-9]{10})",
    "scopus": r"2-s2\.0-\d+",
    "central": r"CN-\d{6,9}",
    "psycinfo": r"\d{4}-\d{5}-\d{3}",
    "cinahl": r"\d{7,10}",
    "eric": r"E[JD]\d{4,8}",
    "ieee": r"\d{6,9}",
    "proquest": r"\d{6,12}",
    "nct": r"NCT\d{8}",
    "pmid": r"[1-9]\d{0,8}",
}
TELLING = {
    "wos": r"(WOS|ISI):(\d{15}|A\d{4}[A-Z0-9]{10})",
    "scopus": r"2-s2\.0-\d+",
    "central": r"CN-\d{6,9}",
    "nct": r"NCT\d{8}",
    "europepmc": r"(?:PPR:)?PPR\d+",
}
"""Accessions that nothing else looks like."""

ADDRESSES = (
    ("embase", r"embase\.com/\S*[?&]id=(L\d{7,10})\b"),
    ("scopus", r"scopus\.com/\S*[?&;]eid=(2-s2\.0-\d+)"),
    ("proquest", r"proquest\.com/\S*docview/(\d{6,12})\b"),
    ("ieee", r"ieeexplore\.ieee\.org/(?:\S*document/|\S*arnumber=)(\d{6,9})\b"),
    ("eric", r"eric\.ed\.gov/\S*id=(E[JD]\d{4,8})\b"),
    ("embase", r"ovid\S*\bD=o?eme\w*&\S*\bAN=(\d{7,10})\b"),
    ("pmid", r"ovid\S*\bD=(?:med|ppez|prem|pmnm|mesz)\w*&\S*\bAN=(\d{1,9})\b"),
    ("psycinfo", r"ovid\S*\bD=psy\w*&\S*\bAN=(\d{4}-\d{5}-\d{3})\b"),
    ("central", r"ovid\S*\bD=cctr\w*&\S*\bAN=(CN-\d{6,9})\b"),
    ("cinahl", r"ebscohost\.com/\S*\bdb=(?:rzh|c8h|ccm|cin20|jlh|cul)\b\S*\bAN=(\d{7,10})\b"),
    ("psycinfo", r"ebscohost\.com/\S*\bdb=psyh\b\S*\bAN=(\d{4}-\d{5}-\d{3})\b"),
    ("eric", r"ebscohost\.com/\S*\bdb=eric\b\S*\bAN=(E[JD]\d{4,8})\b"),
    ("pmid", r"ebscohost\.com/\S*\bdb=(?:cmedm|mdc|mnh)\b\S*\bAN=(\d{1,9})\b"),
)
"""Where a platform shows a record."""

LONGEST = 2_000

PMIDS = {"embase": "C5", "scopus": "C2"}
"""The RIS tags in which databases give a PMID without saying so."""


def register_of(database: str) -> str:
    """The register that a database's name stands for; empty where it is none of ours."""
    return next((register for register, name in NAMES.items() if re.search(name, database, re.IGNORECASE)), "")


def registers_of(given: str, told: Iterable[str]) -> list[str]:
    """The registers that may name a record, the one of the database given first, if the record does not tell others."""
    of_record = [register for name in told if (register := register_of(name))]
    if register_of(given) and (not of_record or register_of(given) in of_record):
        of_record.insert(0, register_of(given))
    return list(dict.fromkeys(of_record))


def named_by(register: str, text: str) -> bool:
    return bool(re.fullmatch(FORMS[register], text, re.IGNORECASE))


def telling_accession(text: str) -> tuple[str, str]:
    """The register and accession of a text that is one beyond doubt; else empty texts."""
    for register, form in TELLING.items():
        if re.fullmatch(form, text, re.IGNORECASE):
            return register, text.removeprefix("PPR:")
    return "", ""


def addressed(url: str) -> tuple[str, str]:
    """The register and accession in the address at which a platform shows a record; else empty texts."""
    for register, pattern in ADDRESSES:
        if found := re.search(pattern, url[:LONGEST], re.IGNORECASE):
            return register, found[1]
    return "", ""


def labelled_pmid(text: str) -> str:
    """The PMID of a text that begins by saying so (PMID: 123; PUBMED 123), or is an address at PubMed."""
    found = re.match(r"\W*(?:(?:pubmed|pmid|medline)\b\W{0,3}){1,2}(\d{1,9})\b", text, re.IGNORECASE)
    return clean_pmid(found[1] if found else text if "pubmed" in text.lower() else "")


def slug(database: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", database.lower()).strip("_") or "unknown"
