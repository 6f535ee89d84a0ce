"""Elements of PubMed's XML as plain texts, none of them lost unnoticed."""

from collections.abc import Iterable, Iterator, Set
from functools import lru_cache

from lxml import etree

from perennial.records.pubmed_dates import calendar_date
from perennial.records.text import plain

MAX_TEXT = 1_000_000
"""Characters of one field, far above any that is printed."""
MAX_CACHED = 80
"""Characters of a text whose plain form is remembered: headings, journals and many names come again."""
INLINE = {"b", "i", "sub", "sup", "u"}
GROUPS = {
    *("MedlineCitation", "Article", "Journal", "JournalIssue", "MedlineJournalInfo", "Abstract"),
    *("PubmedData", "BookDocument", "PubmedBookData", "ArticleIdList", "History", "PublicationTypeList"),
    *("KeywordList", "MeshHeadingList", "ChemicalList", "SupplMeshList", "DataBankList", "CommentsCorrectionsList"),
    *("InvestigatorList", "PersonalNameSubjectList", "GeneSymbolList", "ObjectList"),
}
"""Elements that only hold others together; what they hold is found under its own tag, which none shares."""

Extra = list[tuple[str, str]]
"""Fields that a record has no place for, as (tag, text)."""

plain_again = lru_cache(maxsize=16_384)(plain)


class NotReadable(ValueError):
    """An article that cannot be made a record; says why."""


def clean(raw: str, element: etree._Element) -> str:
    """What an element says, made plain."""
    if len(raw) <= MAX_CACHED:
        return plain_again(raw)
    if len(raw) > MAX_TEXT:
        raise NotReadable(f"{element.tag} has {len(raw)} characters, more than {MAX_TEXT}")
    return plain(raw)


def text(element: etree._Element | None) -> str:
    """The text of an element and of the markup in it, in reading order: CO<sub>2</sub> is CO2."""
    if element is None:
        return ""
    raw = "".join(element.itertext()) if len(element) else element.text
    return clean(raw, element) if raw else ""


def attribute(element: etree._Element, name: str) -> str:
    return clean(element.get(name, ""), element)


def texts(elements: Iterable[etree._Element]) -> tuple[str, ...]:
    """The texts of elements, each once."""
    return tuple(dict.fromkeys(filter(None, map(text, elements))))


def parts(element: etree._Element | None, *tags: str) -> dict[str, str]:
    """The texts of an element's children by tag, of those asked for, without those that are empty."""
    found = {}
    for child in () if element is None else element[:]:
        tag = child.tag
        if (not tags or tag in tags) and (words := text(child)):
            found[tag] = words
    return found


class Fields:
    """What an article holds, by tag, whatever groups it. What is used is taken out; what nobody used is the rest."""

    def __init__(self, article: etree._Element | None) -> None:
        self.attributes: dict[str, str] = {}
        self._left: dict[str, list[etree._Element]] = {}
        if article is not None:
            self._add(article)

    def _add(self, group: etree._Element) -> None:
        self.attributes.update(group.items())
        for child in group[:]:
            if child.tag in GROUPS:
                self._add(child)
            else:
                self._left.setdefault(child.tag, []).append(child)

    def all(self, tag: str) -> list[etree._Element]:
        return self._left.pop(tag, [])

    def one(self, tag: str) -> etree._Element | None:
        elements = self._left.get(tag)
        return elements.pop(0) if elements else None

    def text(self, tag: str) -> str:
        return text(self.one(tag))

    def rest(self, left_out: Set[str]) -> Iterator[tuple[str, str]]:
        for tag, elements in self._left.items():
            if tag not in left_out:
                yield from ((tag, in_words(element)) for element in elements)


def in_words(element: etree._Element) -> str:
    """An element of any shape as one text: a date, a list or words, with its attributes behind."""
    if len(element) and element[0].tag not in INLINE and not (element.text or "").strip():
        words = calendar_date(parts(element)) or "; ".join(texts(element))
    else:
        words = text(element)
    qualities = ", ".join(clean(value, element) for value in element.values())
    return f"{words} ({qualities})".strip() if qualities else words
