"""A record from the fields of any source. What it has no place for, or says twice in different words, goes to extra."""

import re
from collections.abc import Sequence

from perennial.records.identifiers import clean_doi
from perennial.records.imports.citations import parts_of
from perennial.records.imports.dates import printed, published
from perennial.records.imports.names import people
from perennial.records.imports.naming import names_of
from perennial.records.imports.nbib import RELATIONS
from perennial.records.imports.pieces import Field
from perennial.records.imports.sheet import Sheet
from perennial.records.kinds import kind_of
from perennial.records.record import Link, Record
from perennial.records.text import one_line, plain

FORMS = {
    **dict.fromkeys(("book", "edbook", "ebook", "edited book", "electronic book", "whole book"), "Book"),
    "abst": "Conference Abstract",
    "preprint": "Preprint",
}
"""What the form of a reference tells of its kind; a book with pages is a part of one."""
KIND_BY_SOURCE = {"europepmc": "Preprint", "nct": "Trial registration"}
ISSN = re.compile(r"(?<![\dXx-])(\d{4})-?(\d{3}[\dXx])(?![\dXx-])")
OPEN_OR_CLOSED = re.compile(r"([(),])")
NO_TYPE = re.compile(r"\b10\.\d{4,9}/|\[\d{4}\]\s*$")
DASH = re.compile(r"\s*[-–—]+\s*")


def compose(fields: Sequence[Field], database: str, told: str) -> Record:
    """`database` is the one that the file is said to come from, `told` the one that the file tells itself."""
    sheet = Sheet(fields, _cited(fields))
    names = names_of(sheet, database, told)
    title = sheet.first("title", "short_title", "book_title")
    types, pages = _types(sheet), _pages(sheet)
    authors, groups = people(_authors(sheet))
    day, printed_day = _published(sheet)
    return Record(
        source=names.source,
        accession=names.accession,
        kind=kind_of(title, [*types, *_forms(sheet, pages), KIND_BY_SOURCE.get(names.source, "")]),
        title=title,
        title_original=sheet.first("title_original"),
        authors=tuple(authors),
        collectives=tuple(dict.fromkeys([*groups, *_items(sheet, "collective", "\n")])),
        journal=sheet.first("journal", "secondary_title", "journal_or_abbreviation", "book_title"),
        journal_abbreviation=sheet.first("journal_abbreviation", "journal_or_abbreviation"),
        issn=_issns(sheet),
        volume=sheet.first("volume"),
        issue=sheet.first("issue"),
        pages=pages,
        published=day,
        published_text=printed_day,
        abstract=plain(" ".join(sheet.all_of_one_tag("abstract"))),
        language=_items(sheet, "language", ";,|\n"),
        publication_types=types,
        mesh=tuple(dict.fromkeys(entry for heading in sheet.every("mesh") for entry in _mesh(one_line(heading)))),
        keywords=_keywords(sheet),
        doi=names.doi,
        pmid=names.pmid,
        pmcid=names.pmcid,
        registry_ids=names.registry_ids,
        links=_links(sheet),
        created=_day(sheet, "created"),
        revised=_day(sheet, "revised"),
        url=_url(sheet),
        extra=sheet.extra(),
    )


def _cited(fields: Sequence[Field]) -> list[Field]:
    """What a citation in one text tells; the same column of another table names the database."""
    found = []
    for field in fields:
        if field.place in ("citation", "citation_or_database"):
            parts = parts_of(one_line(field.text))
            found += [Field(field.tag, place, text) for place, text in parts.items()]
            if not parts and field.place == "citation_or_database":
                found.append(Field(field.tag, "database", field.text))
    return found


def _items(sheet: Sheet, place: str, signs: str) -> tuple[str, ...]:
    """The entries of lists, each once."""
    texts = (part for text in sheet.every(place) for part in re.split(f"[{signs}]", text))
    return tuple(dict.fromkeys(filter(None, map(plain, texts))))


def _authors(sheet: Sheet) -> list[str]:
    """Where a source gives names in full, it gives the same people in short beside them."""
    full = sheet.all_of_one_tag("author_full")
    if len(full) == len(sheet.at("author")):
        sheet.every("author")
    return full or sheet.all_of_one_tag("author")


def _types(sheet: Sheet) -> tuple[str, ...]:
    """Publication types; a DOI in their place, or PsycINFO's classification with its number, is none."""
    fields = [field for field in sheet.at("type") if not NO_TYPE.search(field.text)]
    sheet.used |= set(fields)
    types = (part for field in fields for part in re.split(r"[;\n]", field.text))
    return tuple(dict.fromkeys(filter(None, map(plain, types))))


def _forms(sheet: Sheet, pages: str) -> list[str]:
    forms = [FORMS.get(form.lower(), "") for form in sheet.texts("form")]
    return [form for form in forms if form != "Book" or not pages]


def _pages(sheet: Sheet) -> str:
    """First and last page, or the number of the article; Ovid writes "No" and "Specified" where it has none."""
    if sheet.texts("first_page", "last_page") == ["No", "Specified"]:
        sheet.every("first_page", "last_page")
    first = DASH.sub("-", re.sub(r"^pp?\.?\s+", "", sheet.first("pages", "first_page"))).strip("-")
    if not first:
        return sheet.first("article_number")
    last = sheet.first("last_page") if "-" not in first else ""
    return f"{first}-{last}" if last not in ("", first) else first


def _published(sheet: Sheet) -> tuple[str, str]:
    """The day of electronic publication where PubMed gives it, else what the fields for year and date tell."""
    online = "".join(printed(text).known for text in sheet.texts("online")[:1])
    if online and not any(printed(text).known.startswith(online) for text in sheet.texts("year")):
        return _day(sheet, "online"), ""
    fields = sheet.at("year", "date")
    day, text, other = published(sheet.texts("year"), sheet.texts("date"))
    sheet.used |= {field for field in fields if one_line(field.text) not in other}
    return day, text


def _day(sheet: Sheet, place: str) -> str:
    fields = [field for field in sheet.at(place) if printed(field.text).known]
    sheet.used |= set(fields[:1])
    return printed(fields[0].text).known if fields else ""


def _issns(sheet: Sheet) -> tuple[str, ...]:
    found = {field: ["-".join(parts).upper() for parts in ISSN.findall(field.text)] for field in sheet.at("issn")}
    sheet.used |= {field for field, numbers in found.items() if numbers}
    return tuple(dict.fromkeys(number for numbers in found.values() for number in numbers))


def _mesh(heading: str) -> list[str]:
    """An entry for every qualifier, with an asterisk where it or the heading is a major topic."""
    descriptor, *qualifiers = heading.split("/")
    major = descriptor.startswith("*")
    parts = [f"{descriptor.lstrip('*')}/{each.lstrip('*')}" for each in qualifiers] or [descriptor.lstrip("*")]
    stars = [major or each.startswith("*") for each in qualifiers] or [major]
    return [part + "*" * star for part, star in zip(parts, stars, strict=True)]


def _keywords(sheet: Sheet) -> tuple[str, ...]:
    """A list in one cell may be parted by commas, which stand inside of terms as well, but then in parentheses."""
    found = list(_items(sheet, "keyword", ";\n"))
    for text in sheet.every("keyword_list"):
        found += re.split(r"[;\n]", text) if ";" in text else _outer_commas(text)
    return tuple(dict.fromkeys(filter(None, map(plain, found))))


def _outer_commas(text: str) -> list[str]:
    """The parts of a text between those commas that stand in no parentheses."""
    parts, depth = [""], 0
    for piece in OPEN_OR_CLOSED.split(text):
        if piece == "," and depth == 0:
            parts.append("")
        else:
            depth = max(0, depth + (piece == "(") - (piece == ")"))
            parts[-1] += piece
    return parts


def _links(sheet: Sheet) -> tuple[Link, ...]:
    links = []
    for field in sheet.at("link_to"):
        pmid = re.search(r"\bPMID: (\d+)", field.text)
        target = f"pmid:{pmid[1]}" if pmid else clean_doi(field.text)
        links.append(Link(RELATIONS[field.tag], target, one_line(field.text)))
    sheet.every("link_to")
    return tuple(links)


def _url(sheet: Sheet) -> str:
    fields = sheet.at("url")[:1]
    sheet.used |= set(fields)
    return one_line(fields[0].text) if fields else ""
