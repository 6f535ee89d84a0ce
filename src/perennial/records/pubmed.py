"""Reading what PubMed answers to efetch: a stream of XML of any size, in bounded memory, harmless whatever it holds.

An answer is read as a whole or refused: what stands before a fault is given, then PubMedError is raised, so that a cut
or spoilt answer never passes for a short one. An article that cannot be made a record is set aside with its text.

No entity is expanded and nothing is fetched: the document type may be named, as NLM's answers do, but may not declare
entities. The parser's own limits hold: elements 256 deep, texts of 10 million bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

from perennial.records.identifiers import clean_pmid
from perennial.records.pubmed_fields import record_of
from perennial.records.pubmed_xml import NotReadable
from perennial.records.reading import Found, SetAside
from perennial.records.text import one_line

MAX_ARTICLE = 16 * 2**20
"""Bytes of XML within which an article must end; one with 15,000 collaborators needs about a third."""
MAX_KEPT = 20_000
"""Characters that are kept of an article that is set aside."""
MAX_QUOTED = 200
"""Characters of an answer that a message repeats."""
MAX_LINE = 65535
"""The parser counts no further."""

EXPECTED = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation")
ERRORS = ("ERROR", "Error", "error")
KEY = re.compile(r"""(api[-_ ]?key["']?\s*[:=]\s*)(?:"[^"]*"?|[^\s&<>,;}]+)""", re.IGNORECASE)


class PubMedError(ValueError):
    """The answer as a whole is not a complete PubMed answer; the message says what it is instead."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This is no complete answer of PubMed: {what}. Remedy: keep nothing of it and ask again.")


@dataclass(frozen=True)
class Deletion:
    """PubMed has taken this record back."""

    pmid: str


def read_pubmed(source: BinaryIO) -> Iterator[Found | SetAside | Deletion]:
    """The articles of an answer in its order, numbered from 1, and the deletions that it announces."""
    answer, position = _Answer(source), 0
    parser = etree.iterparse(
        answer,
        tag=(*EXPECTED, *ERRORS),
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        for _, element in parser:
            answer.since_article = 0
            _check(element)
            if element.tag == "DeleteCitation":
                yield from map(_deletion, element)
            else:
                position += 1
                yield _read(element, position)
            element.clear(keep_tail=True)
        _check_root(parser.root)
        for child in parser.root:
            _check_child(child)
    except etree.XMLSyntaxError as error:
        fault = f"its XML breaks off or is spoilt on line {error.lineno}, after {position} articles ({error.msg})"
        raise PubMedError(answer.kind() or fault) from error


class _Answer:
    """The stream as it is read: how it begins, and how much of it came since an article ended."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._head = b""
        self.since_article = 0

    def read(self, size: int) -> bytes:
        if self.since_article > MAX_ARTICLE:
            raise PubMedError(f"it runs for more than {MAX_ARTICLE} bytes without the end of an article")
        chunk = self._source.read(size)
        self._head = self._head or chunk[:1000]
        self.since_article += len(chunk)
        return chunk

    def kind(self) -> str:
        """What the answer is by its beginning; empty where that is XML."""
        head = self._head.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
        if not head:
            return "it is empty"
        if re.match(r"<(!doctype\s+)?html", head, re.IGNORECASE):
            return f"it is an HTML page, {_quote(head)}"
        if head.startswith(("{", "[")):
            return f"it is JSON, {_quote(head)}"
        return "" if "<" in head[:4] else f"it is a text, {_quote(head)}"


def _read(article: etree._Element, position: int) -> Found | SetAside:
    try:
        return Found(position, record_of(article))
    except NotReadable as reason:
        line = article.sourceline if article.sourceline < MAX_LINE else None
        return SetAside(position, line, str(reason), _xml(article)[:MAX_KEPT])


def _deletion(element: etree._Element) -> Deletion:
    pmid = clean_pmid(element.text or "")
    if element.tag != "PMID" or not pmid:
        raise PubMedError(f"it deletes {_quote(_xml(element))}, which is no PMID")
    return Deletion(pmid)


def _check(element: etree._Element) -> None:
    """Whether an element that has ended may stand there, with nothing unknown since the one before it.

    What precedes it is removed from the tree here, which keeps the memory small.
    """
    if element.tag in ERRORS:
        raise PubMedError(f"it reports an error, {_quote(''.join(element.itertext()))}")
    root = element.getparent()
    if root is None or root.getparent() is not None:
        raise PubMedError(f"<{element.tag}> stands out of place on line {element.sourceline}")
    if element.getprevious() is None:
        _check_root(root)
    while (before := element.getprevious()) is not None:
        _check_child(before)
        root.remove(before)
    if (entity := next(element.iter(etree.Entity), None)) is not None:
        raise PubMedError(f"it refers to the entity {entity.text} on line {element.sourceline}")


def _check_root(root: etree._Element) -> None:
    if root.tag != "PubmedArticleSet":
        raise PubMedError(f"its root element is <{root.tag}>")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise PubMedError("its document type declares entities")
    if (root.text or "").strip():
        raise PubMedError(f"it holds {_quote(root.text)} before the articles")


def _check_child(child: etree._Element) -> None:
    if child.tag not in EXPECTED:
        raise PubMedError(f"it holds {_quote(_xml(child))} beside the articles")
    if (child.tail or "").strip():
        raise PubMedError(f"it holds {_quote(child.tail)} between the articles")


def _xml(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode", with_tail=False)


def _quote(words: str) -> str:
    """The beginning of an answer that nobody expected; services repeat the caller's key in such, messages do not."""
    return '"' + KEY.sub(r"\1...", one_line(words[:2000]))[:MAX_QUOTED] + '"'


def pmid_in(text: str) -> str:
    """The PMID in the text of an article that was set aside; empty where it has none."""
    found = re.search(r"<PMID[^>]*>\s*(\d+)\s*</PMID>", text)
    return clean_pmid(found[1]) if found else ""
