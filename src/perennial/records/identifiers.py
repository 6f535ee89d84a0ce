"""Identifiers as their registers write them, out of what exports make of them."""

import re
from urllib.parse import unquote

REGISTERS = {
    "pmid": "PubMed",
    "nct": "ClinicalTrials.gov",
    "europepmc": "Europe PMC",
    "embase": "Embase",
    "wos": "Web of Science",
    "scopus": "Scopus",
    "central": "Cochrane CENTRAL",
    "psycinfo": "PsycINFO",
    "cinahl": "CINAHL",
    "eric": "ERIC",
    "proquest": "ProQuest",
    "ieee": "IEEE Xplore",
}
"""Who names records, and what its names begin with in an id: embase:L2012345678."""

DOI = re.compile(r"10\.\d{4,9}/\S{1,500}(?!\S)")  # what is longer is none, and would take long to clean
PMCID = re.compile(r"PMC\s*(\d{3,9})", re.IGNORECASE)
NCT = re.compile(r"\bNCT\s?-?(\d{8})\b", re.IGNORECASE)
PREFIX = {
    "embase": re.compile(r"^L?(?=\d)", re.IGNORECASE),
    "wos": re.compile(r"^(WOS|ISI)?:?(?=[A-Z0-9])", re.IGNORECASE),
    "scopus": re.compile(r"^(2-s2\.0-)?(?=\d)", re.IGNORECASE),
    "central": re.compile(r"^(CN-)?(?=\d)", re.IGNORECASE),
}
NAMED = {"embase": "L", "wos": "", "scopus": "2-s2.0-", "central": "CN-"}


def clean_doi(text: str) -> str:
    """The DOI in a text, in lower case and without resolver, label, query or closing punctuation; else empty."""
    found = DOI.search(unquote(text.strip()))
    if not found:
        return ""
    doi = re.split(r"\[doi\]|;10\.\d{4}|[?#]", found[0].lower())[0].rstrip(".,;:'\"")
    for opening, closing in ("()", "[]", "<>", "{}"):
        while doi.endswith(closing) and doi.count(closing) > doi.count(opening):
            doi = doi[:-1].rstrip(".,;")
    return doi


def clean_pmid(text: str) -> str:
    """The PMID a text consists of (39786390, PMID: 39786390, a PubMed address); else empty."""
    text = text.strip()
    pattern = r"(?:(?:pmid|medline|pubmed)[:\s-]*|https?://\S*(?:pubmed|ncbi)\S*/)?0*([1-9]\d{0,8})/?(?:\s*\[pmid\])?"
    found = re.fullmatch(pattern, text, re.IGNORECASE)
    return found[1] if found else ""


def clean_pmcid(text: str) -> str:
    found = PMCID.search(text)
    return f"PMC{found[1]}" if found else ""


def trial_numbers(text: str) -> tuple[str, ...]:
    """The ClinicalTrials.gov numbers in a text, each once, in order."""
    return tuple(dict.fromkeys(f"NCT{number}" for number in NCT.findall(text)))


def clean_accession(register: str, accession: str) -> str:
    """An accession as its register writes it, whatever an export left out or added."""
    accession = re.sub(r"\s+", "", accession)
    if register in PREFIX:
        return NAMED[register] + PREFIX[register].sub("", accession).upper()
    return accession
