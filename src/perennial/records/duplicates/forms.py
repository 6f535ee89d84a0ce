"""What of a record is compared with other records."""

import hashlib
import re
from dataclasses import dataclass

from perennial.records.identifiers import clean_doi, clean_pmcid, clean_pmid
from perennial.records.kinds import NOTICES, kind_of, subject_of
from perennial.records.record import Record
from perennial.records.text import key, page_key

UNREADABLE = {"#NAME?", "#VALUE!", "#REF!", "#N/A", "[No title available]", "Untitled", "n/a"}
"""What programs write in place of a title."""

MARK = re.compile(
    r"^\W*(retracted|withdrawn)( article| paper)?\s*[:.–—-]+\s"
    r"|\W*\[(corrected\W+)?(published )?(erratum|correction|retraction) (appears )?in\b.*$"
    r"|(?<=[\w.?!\]])\s*\[[^\]\d]*\]\W*$",
    re.IGNORECASE,
)
"""What databases put before a title or after it: RETRACTED ARTICLE, the language, [Review]."""

LONGEST = 1000
"""Letters of a title that are compared; there is no title of more."""

PREPRINT_DOI = re.compile(
    r"10\.1101/(\d{4}\.\d\d\.\d\d\.)?\d{6}|10\.64898/|10\.21203/rs|10\.2139/ssrn|10\.20944/preprints|10\.48550/arxiv|"
    r"10\.3(1234|1219|5542)/osf|10\.22541/au|10\.26434/chemrxiv|10\.36227/techrxiv"
)
PREPRINT_SERVER = re.compile(r"\b(\w+rxiv|research square|ssrn|preprints?(\.org)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """Parts as keys (see `text.key`); what is not known is empty."""

    kind: str
    title: str
    """Of a notice: the title of what it is about."""
    author: str
    """The family name of the first author, as far as names can be told apart."""
    year: str
    volume: str
    issue: str
    page: str
    supplement: bool
    """Whether it stands in a supplement, as far as issue, volume or page tell."""
    doi: str
    pmid: str
    pmcid: str
    registration: str
    """Of a trial's registration: its number."""
    abstract: str
    """How it begins."""

    @property
    def telling(self) -> bool:
        """Whether the title can identify a publication, as a mere Editorial cannot; signs of Chinese say more each."""
        return len(self.title) >= (20 if self.title.isascii() else 8)


def form_of(record: Record) -> Form:
    kind = settled_kind(record)
    title = "" if record.title in UNREADABLE else record.title
    subject = subject_of(title) if kind in NOTICES else ""
    signed = (*record.authors[:1], *record.collectives[:1], "")[0]
    volume = re.search(r"\d+", record.volume)
    page = page_key(record.pages).lstrip("0")
    registered = kind == "trial_registration"
    return Form(
        kind=kind,
        title=key(MARK.sub("", (subject or title)[:LONGEST])),
        author=key(re.split(r"[,\s]", signed.strip(), maxsplit=1)[0]),
        year=record.year if re.fullmatch(r"[12]\d{3}", record.year) else "",
        volume=volume[0].lstrip("0") if volume else "",
        issue=key(record.issue),
        page=page,
        supplement=bool(re.search(r"suppl", record.volume + record.issue, re.IGNORECASE) or re.match(r"s\d", page)),
        doi=clean_doi(record.doi),
        pmid=pmid_of(record),
        pmcid=clean_pmcid(record.pmcid),
        registration=(*record.registry_ids, "")[0] if registered else "",
        abstract=key(record.abstract[:200]),
    )


def settled_kind(record: Record) -> str:
    """The record's kind, as far as databases agree on it.

    What one database calls a comment is an article to the others unless its title says so; many do not tell a preprint.
    """
    if record.kind == "comment" and kind_of(record.title) != "comment":
        return "article"
    if record.kind == "article" and (PREPRINT_DOI.match(record.doi.lower()) or PREPRINT_SERVER.search(record.journal)):
        return "preprint"
    return record.kind


def pmid_of(record: Record) -> str:
    return clean_pmid(record.accession if record.source == "pmid" else record.pmid)


def digest_of(record: Record) -> int:
    """Names all that is compared of a record in 64 bits: with it come the record's form and its verdicts."""
    parts = (
        record.kind,
        record.title,
        "\x1e".join(record.authors),
        "\x1e".join(record.collectives),
        record.journal,
        record.volume,
        record.issue,
        record.pages,
        record.year,
        record.abstract,
        record.doi,
        pmid_of(record),
        record.pmcid,
        "\x1e".join(record.registry_ids[:1]),
    )
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
