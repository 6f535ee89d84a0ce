"""What one term of a PubMed search finds, by its field, and what PubMed says about it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce

from pubmed_fields import ALL, FIELDS, KNOWN, MESH, UID, Field
from pubmed_index import Index, Thesaurus, heading_key, key, tokens
from pubmed_record import DATE, first_day, last_day

IGNORED = {"a", "an", "and", "by", "for", "from", "in", "not", "of", "on", "or", "the", "to", "with"}
JOIN: dict[str, Callable[[set[int], set[int]], set[int]]] = {
    "AND": set.__and__,
    "OR": set.__or__,
    "NOT": set.__sub__,
}


@dataclass(frozen=True)
class Found:
    pmids: set[int]
    said: str
    """The part of the query as PubMed understood it."""
    joined: str = ""
    """The operator it is made with."""

    def within(self, *operators: str) -> str:
        """As a part of something that these operators make."""
        return self.said if self.joined in ("", *operators) else f"({self.said})"

    def join(self, operator: str, other: "Found") -> "Found":
        said = f"{self.within(operator)} {operator} {other.within()}"
        return Found(JOIN[operator](self.pmids, other.pmids), said, operator)


@dataclass
class Notes:
    """What PubMed says beside the result."""

    translations: list[tuple[str, str]] = field(default_factory=list)
    phrases_not_found: list[str] = field(default_factory=list)
    fields_not_found: list[str] = field(default_factory=list)
    phrases_ignored: list[str] = field(default_factory=list)
    quoted_not_found: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Term:
    text: str
    quoted: bool = False
    tag: str | None = None

    @property
    def typed(self) -> str:
        text = f'"{self.text}"' if self.quoted else self.text
        return text if self.tag is None else f"{text}[{self.tag}]"


class Finder:
    """Finds terms; one that is not known gives None and a note."""

    def __init__(self, index: Index, thesaurus: Thesaurus) -> None:
        self.index = index
        self.thesaurus = thesaurus
        self.notes = Notes()

    def find(self, term: Term) -> Found | None:
        if term.tag is None:
            return self._untagged(term)
        field, exploding = self._field(term.tag)
        if field is None:
            return self._untagged(Term(term.text, term.quoted))
        match field.kind:
            case "text":
                return self._text(term, field)
            case "heading":
                return self._heading(term, field, exploding)
            case "named" | "author" | "identifier":
                return self._named(term, field, exploding)
            case "date":
                return self.between(term.text, term.text, term.tag)
            case "pmid":
                return self._pmids(term)

    def between(self, first: str, last: str, tag: str) -> Found | None:
        """Days or PMIDs, both ends included."""
        field, _ = self._field(tag)
        if field and field.kind == "date" and DATE.fullmatch(first) and DATE.fullmatch(last):
            pmids = self.index.between_days(field.parts[0], first_day(first), last_day(last))
        elif field is UID and first.isdecimal() and last.isdecimal():
            pmids = self.index.between_pmids(int(first), int(last))
        else:
            return self._unknown(Term(f"{first}:{last}", tag=tag))
        return Found(pmids, f"{first}:{last}[{field.title}]")

    def _field(self, tag: str) -> tuple[Field | None, bool]:
        """The field of a tag, and whether what is below a heading belongs to it."""
        name, _, modifier = " ".join(tag.lower().split()).partition(":")
        field = FIELDS.get(name) if modifier in ("", "noexp") else None
        if field is None:
            self.notes.fields_not_found.append(tag)
        return field, modifier == ""

    def _unknown(self, term: Term) -> None:
        self.notes.phrases_not_found.append(term.typed)

    def _text(self, term: Term, field: Field) -> Found | None:
        words = tokens(term.text)
        if not words:
            return self._unknown(term)
        pmids = set().union(*(self.index.phrase(part, words) for part in field.parts))
        if pmids:
            said = term.text.lower() if "*" in term.text else f'"{term.text.lower()}"'
            return Found(pmids, f"{said}[{field.title}]")
        if len(words) == 1:
            return self._unknown(term)
        if term.quoted:
            self.notes.quoted_not_found.append(term.typed)
        return every(self._text(Term(word, tag=term.tag), field) for word in words)

    def _heading(self, term: Term, field: Field, exploding: bool) -> Found | None:
        descriptor, _, qualifier = term.text.partition("/")
        name = key(descriptor)
        if name.endswith("*"):
            names = {each for each in self.index.names_with("mh", name[:-1]) if "/" not in each}
        elif name in self.thesaurus.names or name in self.index.names["mh"]:
            names = self.thesaurus.explode(name) if exploding else {name}
        else:
            return self._unknown(term)
        pmids = self.index.named(field.parts[0], {heading_key(each, qualifier) for each in names})
        return Found(pmids, f'"{term.text.lower()}"[{field.title}{"" if exploding else ":noexp"}]')

    def _named(self, term: Term, field: Field, exploding: bool) -> Found | None:
        text = term.text.strip().lower() if field.kind == "identifier" else key(term.text)
        names = {text}
        if text.endswith("*"):
            names = {each for part in field.parts for each in self.index.names_with(part, text[:-1])}
        elif field.kind == "author" and not term.quoted:
            longer = self.index.names_with("au", text)
            names = {each for each in longer if each == text or each[len(text)] == " " or " " in text}
        elif field.parts == ("pt",) and exploding:
            names = self.thesaurus.explode(text)
        pmids = set().union(*(self.index.named(part, names) for part in field.parts))
        known = self.thesaurus.names if field.parts == ("pt",) else set()
        if not pmids and text not in known | KNOWN.get(field.parts[0], set()):
            return self._unknown(term)
        return Found(pmids, f'"{term.text.lower()}"[{field.title}]')

    def _pmids(self, term: Term) -> Found | None:
        numbers = re.split(r"[\s,]+", term.text.strip())
        if not all(number.isdecimal() for number in numbers):
            return self._unknown(term)
        said = " OR ".join(f"{number}[UID]" for number in numbers)
        return Found({int(number) for number in numbers} & self.index.pmids, said, "OR" if len(numbers) > 1 else "")

    def _untagged(self, term: Term) -> Found | None:
        """Automatic term mapping: a heading also means itself, its words, and the records that speak of it."""
        if term.quoted:
            if tokens(term.text) and self._anywhere(term.text):
                return self._text(term, ALL)
            self.notes.quoted_not_found.append(term.typed)
        words = term.text.split()
        if all(word.isdecimal() for word in words):
            return self._pmids(term)
        parts = []
        while words:
            size = next((n for n in range(len(words), 0, -1) if self._is_heading(" ".join(words[:n]))), 0)
            if size:
                parts.append(self._mapped(" ".join(words[:size])))
            elif words[0].lower() in IGNORED:
                self.notes.phrases_ignored.append(words[0])
            else:
                parts.append(self._text(Term(words[0]), ALL))
            words = words[max(size, 1) :]
        return every(parts)

    def _is_heading(self, text: str) -> bool:
        return key(text) in self.thesaurus.names or key(text) in self.index.names["mh"]

    def _mapped(self, text: str) -> Found:
        words = tokens(text)
        meanings = [self._heading(Term(text), MESH, exploding=True)]
        if len(words) > 1:
            said = " AND ".join(f'"{word}"[All Fields]' for word in words)
            meanings.append(Found(reduce(set.__and__, map(self._anywhere, words)), said, "AND"))
        meanings.append(Found(self._anywhere(text), f'"{text.lower()}"[All Fields]'))
        found = reduce(lambda left, right: left.join("OR", right), meanings)
        self.notes.translations.append((text, found.said))
        return found

    def _anywhere(self, phrase: str) -> set[int]:
        return set().union(*(self.index.phrase(part, tokens(phrase)) for part in ALL.parts))


def every(parts: Iterable[Found | None]) -> Found | None:
    """All of the parts that are known."""
    known = [part for part in parts if part]
    return reduce(lambda left, right: left.join("AND", right), known) if known else None
