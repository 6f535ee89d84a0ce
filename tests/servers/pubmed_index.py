"""Where words, names and dates stand in the records: what a query is answered from."""

import functools
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pubmed_record import Record, abstract_parts, concept, first_day, short_name

TOKEN = re.compile(r"\w+\*?")
LANGUAGES = {"eng": "english", "fre": "french", "ger": "german", "spa": "spanish", "chi": "chinese", "jpn": "japanese"}


def tokens(text: str) -> list[str]:
    """B-Cell lymphom* as b, cell, lymphom*."""
    return TOKEN.findall(text.lower())


@functools.lru_cache(10_000)
def key(text: str) -> str:
    """What spellings of one name share."""
    return " ".join(tokens(text))


def heading_key(descriptor: str, qualifier: str = "") -> str:
    return f"{key(descriptor)}/{key(qualifier)}" if qualifier else key(descriptor)


def texts_of(record: Record) -> dict[str, list[str]]:
    """The texts of a record by field, as keys."""
    texts = {
        "ti": [record["title"]],
        "ab": [text for _, text in abstract_parts(record)],
        "mh": [heading for heading, _, _ in record["mesh"]],
        "sh": [qualifier for _, _, qualifiers in record["mesh"] for qualifier in qualifiers],
        "nm": [concept(name)[0] for name in record["nm"]],
        "pt": record["pt"],
        "ot": record["keywords"],
        "au": [short_name(author) for author in record["authors"]],
        "ta": [record["journal"], record["ta"]],
        "id": [record["doi"], *record["si"]],
    }
    return {field: [key(value.replace("*", " ")) for value in values if value] for field, values in texts.items()}


def names_of(record: Record, texts: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """What is found by its whole name: field and key."""
    for heading, major, qualifiers in record["mesh"]:
        for qualifier in ["", *qualifiers]:
            yield "mh", heading_key(heading, qualifier)
            if major:
                yield "majr", heading_key(heading, qualifier)
    for field in ("sh", "nm", "pt", "au", "ta"):
        yield from ((field, value) for value in texts[field])
    for code in record["language"]:
        yield from (("la", code), ("la", LANGUAGES.get(code, code)))
    yield from (("doi", value.lower()) for value in [record["doi"]] if value)
    yield from (("si", value.lower()) for value in record["si"])


class Index:
    """Sets of PMIDs by field and word, by field and name, by field and day."""

    def __init__(self) -> None:
        self.words: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.texts: dict[str, dict[int, str]] = defaultdict(dict)
        self.names: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.days: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.pmids: set[int] = set()
        self._sorted: list[int] = []

    def _places(self, record: Record, texts: dict[str, list[str]]) -> Iterator[tuple[dict, str | int]]:
        """Every set that the record belongs to: what holds it, and under which key."""
        for field, values in texts.items():
            held = self.words[field]
            yield from ((held, word) for word in set(" ".join(values).split()))
        for field, name in names_of(record, texts):
            yield self.names[field], name
        for field in ("dp", "crdt", "edat", "mdat"):
            yield self.days[field], first_day(record[field])

    def add(self, record: Record) -> None:
        pmid, texts = record["pmid"], texts_of(record)
        for holder, place in self._places(record, texts):
            holder[place].add(pmid)
        for field, values in texts.items():
            self.texts[field][pmid] = f" {' | '.join(values)} "
        self.pmids.add(pmid)
        self._sorted = []

    def discard(self, record: Record) -> None:
        pmid = record["pmid"]
        for holder, place in self._places(record, texts_of(record)):
            if place in holder:
                holder[place].discard(pmid)
                if not holder[place]:
                    del holder[place]
        self.pmids.discard(pmid)
        self._sorted = []

    def phrase(self, field: str, words: list[str]) -> set[int]:
        """The records with these words side by side in one text of the field; each may be truncated with *."""
        found = self._word(field, words[0]).copy()
        for word in words[1:]:
            found &= self._word(field, word)
        if len(words) == 1 or not found:
            return found
        pattern = re.compile(r"(?<= )" + " ".join(re.escape(w).replace(r"\*", r"\w*") for w in words) + "(?= )")
        texts = self.texts[field]
        return {pmid for pmid in found if pattern.search(texts[pmid])}

    def _word(self, field: str, word: str) -> set[int]:
        held = self.words[field]
        if word.endswith("*"):
            return set().union(*(held[other] for other in held if other.startswith(word[:-1])))
        return held.get(word, set())

    def named(self, field: str, names: Iterable[str]) -> set[int]:
        held = self.names[field]
        return set().union(*(held[name] for name in names if name in held))

    def names_with(self, field: str, start: str) -> list[str]:
        return [name for name in self.names[field] if name.startswith(start)]

    def between_days(self, field: str, first: int, last: int) -> set[int]:
        return set().union(*(pmids for day, pmids in self.days[field].items() if first <= day <= last))

    def between_pmids(self, first: int, last: int) -> set[int]:
        self._sorted = self._sorted or sorted(self.pmids)
        return set(self._sorted[bisect_left(self._sorted, first) : bisect_right(self._sorted, last)])


class Thesaurus:
    """Headings and what lies below each."""

    def __init__(self, tree: dict[str, list[str]]) -> None:
        self.below = {key(name): [key(each) for each in narrower] for name, narrower in tree.items()}
        self.names = {*self.below, *(name for names in self.below.values() for name in names)}

    def explode(self, name: str) -> set[str]:
        reached, waiting = set(), [name]
        while waiting:
            if (each := waiting.pop()) not in reached:
                reached.add(each)
                waiting += self.below.get(each, [])
        return reached
