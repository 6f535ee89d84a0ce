"""The records of a small PubMed: what is in it, what a search finds, and each record as XML."""

from pubmed_index import Index, Thesaurus
from pubmed_query import Result, search
from pubmed_record import Record, complete
from pubmed_xml import article

TREE = {
    "Animals": ["Humans"],
    "Lymphoma": ["Lymphoma, B-Cell"],
    "Lymphoma, B-Cell": ["Lymphoma, Large B-Cell"],
    "Antibodies": ["Antibodies, Bispecific"],
    "Clinical Trial": ["Controlled Clinical Trial"],
    "Controlled Clinical Trial": ["Randomized Controlled Trial"],
    "Synthetic Disease": ["Synthetic Disease, Acute", "Synthetic Disease, Chronic"],
}
"""Enough for tests; it says nothing about the real tree of headings."""

ORDERS = {
    "": lambda record: (record["edat"], record["pmid"]),
    "pub_date": lambda record: (record["dp"], record["pmid"]),
}
"""Newest first, by the day of entry or of publication."""


class Store:
    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.index = Index()
        self.thesaurus = Thesaurus(TREE)
        self._texts: dict[int, str] = {}
        """XML of the records that were asked for since they changed."""
        self._searches: dict[tuple[str, str], tuple[Result, tuple[int, ...]]] = {}
        """Searches since the last change."""

    def put(self, record: Record) -> None:
        whole = complete(record)
        name = str(whole["pmid"])
        if name in self.records:
            self.remove(name)
        self.records[name] = whole
        if not whole["deleted"]:
            self.index.add(whole)
        self._searches.clear()

    def remove(self, name: str) -> None:
        record = self.records.pop(name)
        self.index.discard(record)
        self._texts.pop(record["pmid"], None)
        self._searches.clear()

    def plant(self, tree: dict[str, list[str]]) -> None:
        """Take another tree of headings."""
        self.thesaurus = Thesaurus(tree)
        self._searches.clear()

    def get(self, pmid: str) -> Record | None:
        """A record that is there and not deleted."""
        record = self.records.get(pmid)
        return record if record and not record["deleted"] else None

    def text(self, record: Record) -> str:
        pmid = record["pmid"]
        if pmid not in self._texts:
            self._texts[pmid] = article(record) + "\n"
        return self._texts[pmid]

    def search(self, term: str, order: str) -> tuple[Result, tuple[int, ...]]:
        """What a search finds, and the PMIDs in order."""
        if (term, order) not in self._searches:
            result = search(term, self.index, self.thesaurus)
            records = (self.records[str(pmid)] for pmid in result.pmids)
            ordered = sorted(records, key=ORDERS.get(order, ORDERS[""]), reverse=True)
            self._searches[term, order] = result, tuple(record["pmid"] for record in ordered)
        return self._searches[term, order]
