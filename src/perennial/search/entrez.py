"""NCBI's E-utilities: what is asked, and what counts as an answer (NCBI, Entrez Programming Utilities Help, NBK25499).

Bio.Entrez has no setting for its address, so its reader is used and the asking is Transport's. Ids are posted with
each question; nothing is kept on the history server, where it could expire.
"""

import io
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

from Bio import Entrez
from Bio.Entrez import Parser

from perennial.records.pubmed import Deletion, PubMedError, pmid_in, read_pubmed
from perennial.records.reading import SetAside
from perennial.search.transport import BadAnswer, Reply, SearchFailed, Transport, excerpt

MOST = 9999
"""The most ids PubMed lists for one query; the history server does not lift it."""
TOOL = "perennial"
TRIES = 3

DOCTYPE = re.compile(rb'<!DOCTYPE\s+eSearchResult\s+PUBLIC\s+"[^"]*"\s+"[^"]*?([\w.-]+\.dtd)"\s*>')
DTDS = Path(Parser.__file__).parent / "DTDs"


@dataclass(frozen=True)
class Listing:
    """PubMed's answer to a query: how many records match, the ids it listed, and how it understood the query."""

    count: int
    ids: tuple[str, ...]
    translation: str
    not_known: tuple[str, ...]
    """Phrases and fields PubMed did not find or ignored, each with what it says of it."""


@dataclass(frozen=True)
class Fetched:
    """What an efetch answer holds, and what it says is deleted."""

    revised: dict[str, str]
    """The day each record was last revised, by PMID."""
    deleted: frozenset[str]


class EUtilities:
    """PubMed at the address of `transport`."""

    def __init__(self, transport: Transport, email: str, api_key: str = "") -> None:
        self.transport = transport
        self.common = {"db": "pubmed", "tool": TOOL, "email": email} | ({"api_key": api_key} if api_key else {})

    def search(self, query: str, most: int = MOST) -> bytes:
        """The answer to a query, checked, as received: up to `most` ids."""
        form = {**self.common, "term": query, "retmode": "xml", "retstart": 0, "retmax": most}

        def check(reply: Reply) -> bytes:
            listing = read_listing(reply.body)
            if len(listing.ids) != min(most, listing.count):
                raise BadAnswer(f"{len(listing.ids)} ids came where {min(most, listing.count)} were due")
            return reply.body

        return self.transport.ask("esearch.fcgi", check, form=form)

    def count(self, query: str) -> bytes:
        """How many records match, as received; no list bears out the number, so two answers must agree."""
        for _ in range(TRIES):
            first, second = self.search(query, most=0), self.search(query, most=0)
            if read_listing(first).count == read_listing(second).count:
                return first
        raise SearchFailed(
            f"PubMed gives another number of records for {query} each time it is asked. Nothing was added to the "
            "archive. Remedy: run the search again later."
        )

    def fetch(self, ids: Sequence[str], may_lack: Set[str] = frozenset()) -> bytes:
        """The records with these ids, checked, as received: all of them but for ids in `may_lack`, and no others."""
        form = {**self.common, "id": ",".join(ids), "retmode": "xml"}

        def check(reply: Reply) -> bytes:
            fetched = read_fetched(reply.body)
            told = fetched.revised.keys() | fetched.deleted
            if strange := told - set(ids):
                raise BadAnswer(f"records came that were not asked for: {_some(strange)}")
            if lacking := set(ids) - told - may_lack:
                raise BadAnswer(f"records that were asked for did not come: {_some(lacking)}")
            return reply.body

        return self.transport.ask("efetch.fcgi", check, form=form)


def read_listing(body: bytes) -> Listing:
    """An esearch answer. Raises BadAnswer for anything else, errors inside an answer included."""
    found = DOCTYPE.search(body[:2000])
    if not found or b"<!ENTITY" in body or not (DTDS / found[1].decode()).exists():
        raise BadAnswer(f"not an esearch answer: {excerpt(body)}")
    try:
        answer = Entrez.read(io.BytesIO(body))
        count, ids = int(answer["Count"]), tuple(str(pmid) for pmid in answer["IdList"])
    except (RuntimeError, ValueError, KeyError, TypeError, ExpatError) as error:
        raise BadAnswer(f"not an esearch answer ({error}): {excerpt(body)}") from None
    if len(set(ids)) != len(ids) or not all(pmid.isdigit() for pmid in ids):
        raise BadAnswer("the list of ids repeats one or holds what is no id")
    not_known = [
        f"{_words(said)}: {phrase}"
        for part in ("ErrorList", "WarningList")
        for said, phrases in answer.get(part, {}).items()
        for phrase in phrases
        if said != "OutputMessage"
    ]
    return Listing(count, ids, str(answer.get("QueryTranslation", "")), tuple(not_known))


def read_fetched(body: bytes) -> Fetched:
    """An efetch answer. Raises BadAnswer for anything else, and for one that breaks off or holds an error."""
    revised, deleted = {}, set()
    try:
        for each in read_pubmed(io.BytesIO(body)):
            match each:
                case Deletion(pmid):
                    deleted.add(pmid)
                case SetAside(text=text) if pmid := pmid_in(text):
                    revised[pmid] = ""  # it came; that it cannot be read is told where records are read
                case SetAside(position=position, reason=reason):
                    raise BadAnswer(f"record {position} of the answer cannot be read: {reason}")
                case found:
                    revised[found.record.pmid] = found.record.revised
    except PubMedError as error:
        raise BadAnswer(str(error)) from None
    return Fetched(revised, frozenset(deleted))


def _words(name: str) -> str:
    """PhraseNotFound as "phrase not found"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _some(ids: Iterable[str]) -> str:
    first = sorted(ids, key=int)
    return ", ".join(first[:5]) + (f" and {len(first) - 5} more" if len(first) > 5 else "")
