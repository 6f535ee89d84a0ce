"""A server that speaks esearch, epost, efetch and esummary of PubMed's E-utilities over a store of made-up records.

Only the last part of an address counts, so any folder before esearch.fcgi will do. What a record may say stands in
`pubmed_record`, what is understood of the query language in `pubmed_query`, the faults in `faults` and
`eutils_faults`. Changes from outside, beside those of every service: `tree` (headings and the headings below each)
and `rate_limit` (requests a second without and with a key, such as [3, 10]; null for none).
"""

import secrets
import time

import eutils_faults
import faults
from entrez_xml import document, error, listed
from eutils_drafts import Articles, Names, Page, Summaries
from messages import Answer, Draft, Request, json_answer
from pubmed_query import Result
from pubmed_record import Record
from pubmed_store import Store
from pubmed_terms import Notes
from service import Service
from serving import main

ENDPOINTS = ("esearch", "epost", "efetch", "esummary")
LIMIT = 9999
"""PubMed shows no more records of a query, with or without its history."""

BEYOND = (
    "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve "
    "the first 9,999 records matching the query. To obtain more than 9,999 PubMed records, consider using EDirect that "
    "contains additional logic to batch PubMed search results automatically so that an arbitrary number can be "
    "retrieved. For details see https://www.ncbi.nlm.nih.gov/books/NBK25499/"
)
BEYOND_HISTORY = (
    "Search backend cannot retrieve history data. Reason: Exception: 'retstart' cannot be larger than 9998."
)
NO_IDS = {"efetch": "ID list is empty! Possibly it has no correct IDs.", "esummary": "Empty id list - nothing todo"}


class Eutils(Service):
    kinds = faults.KINDS | eutils_faults.KINDS

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.records = self.store.records
        self.sessions: dict[str, list[tuple[int, ...]]] = {}
        """Sets of PMIDs by the name of a session (WebEnv); the first has the query_key 1."""
        self.rate_limit: tuple[int, int] | None = None
        self.seen: dict[str, list[float]] = {}
        """When each caller came in the last second."""

    def name_of(self, record: Record) -> str:
        return str(record["pmid"])

    def put(self, record: Record) -> None:
        self.store.put(record)

    def remove(self, name: str) -> None:
        self.store.remove(name)

    def control_tree(self, tree: dict[str, list[str]]) -> None:
        self.store.plant(tree)

    def control_rate_limit(self, limit: list[int] | None) -> None:
        self.rate_limit = (limit[0], limit[1]) if limit else None

    def endpoint(self, path: str) -> str:
        name, _, ending = path.rpartition("/")[2].partition(".")
        return name if name in ENDPOINTS and ending == "fcgi" else ""

    def refusal(self, request: Request) -> Answer | None:
        if not request.endpoint:
            return Answer(b"<html><body>404 Not Found</body></html>", 404, "text/html")
        if not self.rate_limit:
            return None
        who = request.parameters.get("api_key") or request.client
        limit = self.rate_limit["api_key" in request.parameters]
        now = time.monotonic()
        recent = self.seen[who] = [*(each for each in self.seen.get(who, []) if each > now - 1), now]
        if len(recent) <= limit:
            return None
        return json_answer(faults.too_many(request, len(recent), limit), 429, {"Retry-After": "1"})

    def draft(self, request: Request) -> Draft:
        if (database := request.parameters.get("db", "")) != "pubmed":
            return error(request.endpoint, f"Invalid db name specified: {database}", as_json=request.json)
        return getattr(self, request.endpoint)(request)

    def esearch(self, request: Request) -> Draft:
        start, size = request.number("retstart", 0), min(request.number("retmax", 20), LIMIT)
        term, of_history = term_of(request.parameters), "query_key" in request.parameters
        if start >= LIMIT:
            return error("esearch", BEYOND, as_json=request.json)
        if not term and not of_history:
            return error("esearch", "Empty term and query_key - nothing todo", as_json=request.json)
        result, pmids = Result(set(), "", Notes()), ()
        if term:
            result, pmids = self.store.search(term, request.parameters.get("sort", ""))
        if of_history:
            kept = self._kept(request)
            if isinstance(kept, Answer):
                return kept
            pmids = tuple(pmid for pmid in kept if pmid in result.pmids) if term else kept
        history = self._keep(request, pmids) if request.parameters.get("usehistory") == "y" else None
        return Page(request, result, len(pmids), start, pmids[start : min(start + size, LIMIT)], history)

    def epost(self, request: Request) -> Draft:
        valid, invalid = parted(request.parameters.get("id", ""))
        if not valid:
            messages = ["Empty ID list; Nothing to store"]
            if invalid:
                messages.append("Some IDs have invalid value and were omitted. Maximum ID value 18446744073709551615")
            return error("epost", *messages)
        wrong = f"\n\t<InvalidIdList>{listed('Id', invalid)}</InvalidIdList>" if invalid else ""
        number, name = self._keep(request, tuple(map(int, valid)))
        said = f"{wrong}\n\t<QueryKey>{number}</QueryKey>\n\t<WebEnv>{name}</WebEnv>\n"
        return document("epost", said, asked=tuple(valid))

    def efetch(self, request: Request) -> Draft:
        asked = self._asked(request)
        if isinstance(asked, Answer):
            return asked
        records = [record for pmid in asked if (record := self.store.get(pmid))]
        if request.parameters.get("retmode") == "xml":
            return Articles(tuple(map(self.store.text, records)), asked)
        pattern = "{}\n" if request.parameters.get("rettype") == "uilist" else "Pubmed-entry ::= {{ pmid {} }}\n"
        return Names(tuple(record["pmid"] for record in records), pattern, asked)

    def esummary(self, request: Request) -> Draft:
        asked = self._asked(request)
        if isinstance(asked, Answer):
            return asked
        return Summaries(tuple((pmid, self.store.get(pmid)) for pmid in asked), request.json)

    def _asked(self, request: Request) -> tuple[str, ...] | Answer:
        """The ids that a request names, or that its part of a session holds."""
        if "WebEnv" not in request.parameters:
            valid, _ = parted(request.parameters.get("id", ""))
            return tuple(valid) or error(request.endpoint, NO_IDS[request.endpoint], as_json=request.json)
        kept = self._kept(request)
        if isinstance(kept, Answer):
            return kept
        start = request.number("retstart", 0)
        if start >= LIMIT:
            return error(request.endpoint, BEYOND_HISTORY, as_json=request.json)
        return tuple(str(pmid) for pmid in kept[start : min(start + request.number("retmax", LIMIT), LIMIT)])

    def _keep(self, request: Request, pmids: tuple[int, ...]) -> tuple[str, str]:
        """Put a set of records into a session; its key there, and the session's name."""
        name = request.parameters.get("WebEnv") or f"MCID_{secrets.token_hex(12)}"
        session = self.sessions.setdefault(name, [])
        session.append(pmids)
        return str(len(session)), name

    def _kept(self, request: Request) -> tuple[int, ...] | Answer:
        session = self.sessions.get(request.parameters.get("WebEnv", ""), [])
        number = request.number("query_key", 1)
        if 1 <= number <= len(session):
            return session[number - 1]
        return error(request.endpoint, f"Unable to obtain query #{number}", as_json=request.json)


def term_of(parameters: dict[str, str]) -> str:
    """The search, with the dates that are given beside it."""
    term = parameters.get("term", "").strip()
    if not (term and parameters.get("mindate") and parameters.get("maxdate")):
        return term
    return f"({term}) AND {parameters['mindate']}:{parameters['maxdate']}[{parameters.get('datetype', 'pdat')}]"


def parted(ids: str) -> tuple[list[str], list[str]]:
    """The ids that could be some, as PubMed writes them, and those that could not."""
    named = [each.strip() for each in ids.split(",") if each.strip()]
    could = {each for each in named if each.isdecimal() and 0 < int(each) < 2**64}
    return [str(int(each)) for each in named if each in could], [each for each in named if each not in could]


if __name__ == "__main__":
    main(Eutils(), __doc__)
