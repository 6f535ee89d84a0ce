"""EndNote's two forms: XML, and tagged text (%0, %T, %A ...) as .enw and .enl exports of platforms hold it."""

import re
from collections.abc import Iterator
from itertools import pairwise

from lxml import etree

from perennial.records.imports.lines import Layout, cut_lines
from perennial.records.imports.pieces import Cut, Field, Piece
from perennial.records.text import CONTROL, one_line

TAGGED_PLACES = {
    "%0": "form",
    "%T": "title",
    "%!": "short_title",
    "%Q": "title_original",
    "%A": "author",
    "%J": "journal",
    "%B": "secondary_title",
    "%V": "volume",
    "%N": "issue",
    "%P": "pages",
    "%D": "year",
    "%8": "date",
    "%X": "abstract",
    "%G": "language",
    "%K": "keyword",
    "%9": "type",
    "%@": "issn",
    "%R": "doi",
    "%U": "url",
    "%M": "accession",
    "%2": "pmcid",
    **dict.fromkeys(("%~", "%W"), "database"),
    "%Z": "note",
}
TAGGED = re.compile(r"(%\S|%$)(?: (.*))?")

XML_PLACES = {
    "ref-type": "form",
    "titles/title": "title",
    "titles/short-title": "short_title",
    "titles/translated-title": "title_original",
    "contributors/authors/author": "author",
    "periodical/full-title": "journal",
    "titles/secondary-title": "secondary_title",
    "periodical/abbr-1": "journal_abbreviation",
    "titles/alt-title": "journal_abbreviation",
    "alt-periodical/full-title": "journal_or_abbreviation",
    "alt-periodical/abbr-1": "journal_abbreviation",
    "volume": "volume",
    "number": "issue",
    "pages": "pages",
    "dates/year": "year",
    "dates/pub-dates/date": "date",
    "abstract": "abstract",
    "language": "language",
    "keywords/keyword": "keyword",
    "work-type": "type",
    "isbn": "issn",
    "electronic-resource-num": "doi",
    "urls/related-urls/url": "url",
    "urls/pdf-urls/url": "link",
    "accession-num": "accession",
    "remote-database-name": "database",
    "remote-database-provider": "database",
    "custom2": "pmcid",
    "custom7": "article_number",
    "notes": "note",
}
BEGINNING, END = re.compile(r"<record(?=[\s>/]|$)"), re.compile(r"</record\s*>")


def tagged(line: str) -> tuple[str, str] | None:
    found = TAGGED.fullmatch(line)
    return (found[1], found[2] or "") if found else None


LAYOUT = Layout(
    tagged,
    TAGGED_PLACES,
    after_blank=frozenset({"%0", "%T"}),
    once=frozenset({"%0", "%T"}),
    joins=lambda tag, line: "\n",
)


def cut_endnote_tagged(text: str) -> Cut:
    return cut_lines(text, LAYOUT)


def cut_endnote_xml(text: str) -> Cut:
    """Each record is parsed by itself, with nothing declared, so that no entity can be expanded."""
    bounds = [*(found.start() for found in BEGINNING.finditer(text)), len(text)]
    pieces, line, seen = [], 1, 0
    for start, stop in pairwise(bounds):
        line, seen = line + text.count("\n", seen, start), start
        end = END.search(text, start, stop)
        own = text[start : end.end() if end else stop].rstrip()
        pieces.append(_piece(line, own) if end else Piece(line, own, fault="the record breaks off before its end"))
    return Cut(pieces, [])


def _piece(line: int, text: str) -> Piece:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        record = etree.fromstring(CONTROL.sub(" ", text), parser)
    except etree.XMLSyntaxError as error:
        return Piece(line, text, fault=f"the record is no well-formed XML ({one_line(str(error))})")
    return Piece(line, text, list(_fields(record, "")))


def _fields(element: etree._Element, path: str) -> Iterator[Field]:
    """The texts of the elements that hold no others but styles."""
    for child in element.iterchildren(tag=etree.Element):
        name = f"{path}{child.tag}"
        if all(each.tag == "style" for each in child.iterchildren(tag=etree.Element)):
            told = child.get("name") if child.tag == "ref-type" else "".join(child.itertext())
            yield Field(name, XML_PLACES.get(name, ""), told or "")
        else:
            yield from _fields(child, f"{name}/")
