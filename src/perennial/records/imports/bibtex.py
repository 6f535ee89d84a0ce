"""BibTeX of reference managers, publishers and databases, by bibtexparser entry by entry.

An entry that is not well-formed is read line by line (name = {text},), as exports write it. LaTeX becomes text, names
are parted as BibTeX parts them, and what an entry lacks comes from the one it refers to (crossref).
"""

import html
import logging
import re
from collections.abc import Iterator
from itertools import pairwise

import bibtexparser
from bibtexparser.library import Library
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.middlewares.parsestack import default_parse_stack
from bibtexparser.model import DuplicateFieldKeyBlock, ImplicitComment
from pylatexenc.latex2text import LatexNodes2Text

from perennial.records.imports.names import person
from perennial.records.imports.pieces import Cut, Field, Piece
from perennial.records.text import one_line

PLACES = {
    "title": "title",
    "author": "author",
    **dict.fromkeys(("journal", "journaltitle"), "journal"),
    "booktitle": "secondary_title",
    "shortjournal": "journal_abbreviation",
    "volume": "volume",
    **dict.fromkeys(("number", "issue"), "issue"),
    "pages": "pages",
    **dict.fromkeys(("art_number", "article-number", "articleno"), "article_number"),
    **dict.fromkeys(("year", "date"), "year"),
    "month": "date",
    "abstract": "abstract",
    "language": "language",
    **dict.fromkeys(("keywords", "key words", "author_keywords", "keywords-plus"), "keyword_list"),
    "document_type": "type",
    **dict.fromkeys(("issn", "eissn"), "issn"),
    "doi": "doi",
    "pmid": "pmid",
    **dict.fromkeys(("pmcid", "pmc"), "pmcid"),
    "url": "url",
    "unique-id": "accession",
    "source": "database",
    "note": "note",
}
IN_LATEX = {"title", "journal", "journal_abbreviation", "secondary_title", "abstract", "keyword_list", "doi"}

ENTRY = re.compile(r"(?:^|(?<=\}))[^\S\n]*@\s*(\w+)\s*[{(]", re.MULTILINE)
KEY = re.compile(r"\s*@\s*\w+\s*[{(]\s*([^,={}]*?)\s*,")
LINE = re.compile(r"\s*([A-Za-z][\w. -]*?)\s*=\s*(\S.*?)\s*")
ENCLOSING = re.compile(r"^[{\"]|[\s,]*[}\"]*[\s,}]*$")
BARE = re.compile(r"(?<!\\)([%&#])")
DECODER = LatexNodes2Text(keep_braced_groups=False, math_mode="text", keep_comments=True)

logging.getLogger("bibtexparser.splitter").setLevel(logging.ERROR)
"""What it warns of is told in the notes."""


def cut_bibtex(text: str) -> Cut:
    found = list(ENTRY.finditer(text))
    bounds = [*(match.start() for match in found), len(text)]
    blocks = [(match[1].lower(), text[slice(*bound)]) for match, bound in zip(found, pairwise(bounds), strict=True)]
    strings = "".join(block for kind, block in blocks if kind == "string")
    notes, pieces, named = [], [], {}
    line, seen = 1, 0
    for (kind, block), start in zip(blocks, bounds, strict=False):
        line, seen = line + text.count("\n", seen, start), start
        if kind in ("string", "preamble", "comment"):
            continue
        key, values = _entry(strings, block, line, notes)
        named.setdefault(key.lower(), values)
        pieces.append((Piece(line, block.strip()), kind, key, values))
    for piece, kind, key, values in pieces:
        piece.fields = [Field("entry", "form", kind), Field("key", "label", key)]
        if values:
            piece.fields += _fields([*values, *_inherited(values, named)])
        else:
            piece.fault = "the entry is not well-formed and has no line of the form name = {text}"
    return Cut([piece for piece, *_ in pieces], notes)


def _entry(strings: str, block: str, line: int, notes: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """The key and the fields of an entry, by their names in lower case."""
    raw = bibtexparser.parse_string(f"{strings}\n{block}", parse_stack=[])
    with_repeated_fields = (
        each.ignore_error_block if isinstance(each, DuplicateFieldKeyBlock) else each for each in raw.blocks
    )
    library = Library(list(with_repeated_fields))
    for middleware in default_parse_stack():
        library = middleware.transform(library)
    for entry in library.entries:
        for comment in library.comments:
            if isinstance(comment, ImplicitComment):
                notes.append(f"text after the entry on line {line} was passed over: {one_line(comment.comment)[:80]!r}")
        return entry.key, [(field.key.lower(), field.value) for field in entry.fields]
    notes.append(f"the entry on line {line} is not well-formed and was read line by line")
    return _by_lines(block)


def _by_lines(block: str) -> tuple[str, list[tuple[str, str]]]:
    key, values = KEY.match(block), []
    for each in block.split("\n"):
        if found := LINE.fullmatch(each):
            values.append((found[1].lower(), found[2]))
        elif values:
            values[-1] = values[-1][0], f"{values[-1][1]}\n{each}"
    return key[1] if key else "", [(name, ENCLOSING.sub("", value)) for name, value in values]


def _inherited(values: list[tuple[str, str]], named: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    own = dict(values)
    for name, value in named.get(own.get("crossref", "").lower(), []):
        name = "booktitle" if name == "title" else name
        if name not in own:
            own[name] = value
            yield name, value


def _fields(values: list[tuple[str, str]]) -> Iterator[Field]:
    for name, value in values:
        place = PLACES.get(name, "")
        if place == "author":
            yield from map(_name, split_multiple_persons_names(value))
        else:
            yield Field(name, place, _text(value) if place in IN_LATEX else value)


def _name(name: str) -> Field:
    """A name as "Family, Given"; one in braces is no person's."""
    told = one_line(_text(name))
    if re.fullmatch(r"\{.*\}", name.strip(), re.DOTALL):
        return Field("author", "collective", told)
    if "," in told or "," in person(told):
        return Field("author", "author", told)
    parts = parse_single_name_into_parts(told, strict=False)
    family, given = " ".join(parts.von + parts.last), " ".join(parts.first)
    return Field("author", "author", f"{family}, {given}" if given else told)


def _text(value: str) -> str:
    """What a reader sees of LaTeX, with signs that only exports leave bare (%, &, #) as they are."""
    value = html.unescape(value)
    if not re.search(r"[\\{}~]", value):
        return value
    if value.count("$") % 2:
        value = value.replace("$", r"\$")
    return one_line(DECODER.latex_to_text(BARE.sub(r"\\\1", value)))
