"""An article or a book in PubMed's XML as a record.

What a record has a place for goes there. Affiliations, identifiers of authors and of headings, grants, lists of
references, tables of contents and a journal's second abbreviation are left out on purpose. Everything else, and any
element that PubMed may add one day, is kept in `extra` under its tag.

Where PubMed leaves a choice:

- `title` stands without the brackets that mark a translation; where there is none ("[Not Available]."), the title in
  the language of the publication takes its place.
- `published` is the day of electronic publication where one is given, the date of the issue then being PubDate in
  `extra`; otherwise it is the date of the issue. A chapter was published when it was contributed to its book.
- `pages` are never the publisher's number of an article (pii), which is in `extra`.
- `mesh` has an entry for every qualifier of a heading, as PubMed shows them.
- `supplementary_concepts` are those of SupplMeshList and those substances that are such (their identifiers begin with
  C), which is what PubMed's field [nm] finds. All substances are in `extra` with their registry numbers.
- Authors whose names PubMed has marked as invalid are skipped; investigators are in `extra`.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from lxml import etree

from perennial.records.identifiers import clean_pmid
from perennial.records.kinds import kind_of
from perennial.records.pubmed_dates import calendar_date, printed_date
from perennial.records.pubmed_identifiers import identifiers, links, registry_ids
from perennial.records.pubmed_xml import Extra, Fields, NotReadable, attribute, clean, parts, text, texts
from perennial.records.record import Record

LEFT_OUT = {"GrantList", "MedlineTA", "NumberOfReferences", "ReferenceList", "Sections"}
KEPT_ATTRIBUTES = ("Status", "IndexingMethod", "PubModel")
TRANSLATED = re.compile(r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\.?")
NAME = ("LastName", "ForeName", "Initials", "Suffix")
NO_TITLES = {"not available", "in process citation"}


def record_of(article: etree._Element) -> Record:
    """The record of a PubmedArticle or PubmedBookArticle; raises NotReadable."""
    fields = Fields(article)
    book = Fields(fields.one("Book"))
    pmid, version = _pmid(fields.one("PMID"))
    extra: Extra = [(name, clean(fields.attributes.get(name, ""), article)) for name in KEPT_ATTRIBUTES]
    title, title_original = _titles(fields.text("ArticleTitle"), fields.text("VernacularTitle"))
    book_title = book.text("BookTitle")
    types = texts(fields.all("PublicationType"))
    authors, collectives = _authors(fields.all("AuthorList"), book.all("AuthorList"), extra)
    published, published_text = _published(fields, book, extra)
    names = chain(fields.all("ArticleId"), fields.all("ELocationID"), book.all("ELocationID"))
    doi, pmcid = identifiers(names, pmid, extra)
    return Record(
        source="pmid",
        accession=pmid,
        kind="book" if book_title else kind_of(title, types),
        title=title or book_title,
        title_original=title_original,
        authors=authors,
        collectives=collectives,
        journal=fields.text("Title") or (book_title if title else ""),
        journal_abbreviation=fields.text("ISOAbbreviation") or fields.text("MedlineTA"),
        issn=texts(chain(fields.all("ISSN"), fields.all("ISSNLinking"))),
        volume=fields.text("Volume") or book.text("Volume"),
        issue=fields.text("Issue"),
        pages=_pages(parts(fields.one("Pagination"))),
        published=published,
        published_text=published_text,
        abstract=_abstract(fields.all("AbstractText")),
        language=texts(fields.all("Language")),
        publication_types=types,
        mesh=tuple(chain.from_iterable(map(_headings, fields.all("MeshHeading")))),
        supplementary_concepts=_concepts(fields.all("SupplMeshName"), fields.all("Chemical"), extra),
        keywords=texts(fields.all("Keyword")),
        doi=doi,
        pmid=pmid,
        pmcid=pmcid,
        registry_ids=registry_ids(fields.all("DataBank"), extra),
        links=tuple(chain.from_iterable(map(links, fields.all("CommentsCorrections")))),
        version=version,
        created=_created(fields.all("PubMedPubDate"), extra),
        revised=calendar_date(parts(fields.one("DateRevised"))),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        extra=_everything_else(fields, book, extra),  # after all others have taken what is theirs
    )


def _pmid(element: etree._Element | None) -> tuple[str, str]:
    pmid = clean_pmid(text(element))
    if element is None or not pmid:
        raise NotReadable(f"it has no PMID, {text(element)[:50]!r} in its place")
    return pmid, attribute(element, "Version")


def _titles(title: str, original: str) -> tuple[str, str]:
    if found := TRANSLATED.fullmatch(title):
        title = found[1].strip()
        if title.lower() in NO_TITLES:
            title = ""
        elif not title.endswith((".", "?", "!")):
            title += "."
    return title or original, original


def _authors(lists: list, of_book: list, extra: Extra) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People and groups. Editors are no authors, nor are those of a book where a chapter has its own."""
    people, groups = [], []
    for listed in chain(lists, of_book):
        role = "Editor" if listed.get("Type") == "editors" else "BookAuthor" if listed not in (lists or of_book) else ""
        if listed.get("CompleteYN") == "N":
            extra.append(("AuthorList", "not complete"))
        for author in listed:
            if author.get("ValidYN") == "N":
                continue
            names = parts(author, *NAME, "CollectiveName")
            group, person = names.pop("CollectiveName", ""), _person(names)
            if role:
                extra.append((role, person or group))
            else:
                people += [person] if person else []
                groups += [group] if group else []
    return tuple(people), tuple(groups)


def _person(names: dict[str, str]) -> str:
    family = " ".join(names[part] for part in ("LastName", "Suffix") if part in names)
    given = names.get("ForeName") or names.get("Initials")
    return ", ".join(filter(None, (family, given)))


def _published(fields: Fields, book: Fields, extra: Extra) -> tuple[str, str]:
    first, issue, of_book = fields.one("ArticleDate"), fields.one("PubDate"), book.one("PubDate")
    if first is None:
        first = fields.one("ContributionDate")
    dates = [printed_date(parts(date)) for date in (first, issue, of_book)]
    (known, printed), *others = [date for date in dates if any(date)] or [("", "")]
    extra += (("PubDate", printed or known) for known, printed in others)
    return known, printed


def _pages(pages: dict[str, str]) -> str:
    return pages.get("MedlinePgn") or "-".join(pages[end] for end in ("StartPage", "EndPage") if end in pages)


def _abstract(sections: Iterable[etree._Element]) -> str:
    found = []
    for section in sections:
        label, words = attribute(section, "Label").rstrip(": "), text(section)
        found.append(f"{label}: {words}" if words and label and label != "UNLABELLED" else words)
    return " ".join(filter(None, found))


def _headings(heading: etree._Element) -> Iterator[str]:
    names = [text(name) + ("*" if name.get("MajorTopicYN") == "Y" else "") for name in heading]
    yield from (f"{names[0]}/{qualifier}" for qualifier in names[1:]) if names[1:] else names


def _concepts(concepts: list, chemicals: list, extra: Extra) -> tuple[str, ...]:
    for name, number in ((part.get("NameOfSubstance"), part.get("RegistryNumber")) for part in map(_by_tag, chemicals)):
        if name is not None and name.get("UI", "").startswith("C"):
            concepts.append(name)
        numbered = f" ({text(number)})" if text(number) not in ("", "0") else ""
        extra.append(("NameOfSubstance", text(name) + numbered))
    return texts(concepts)


def _by_tag(element: etree._Element) -> dict[str, etree._Element]:
    return {child.tag: child for child in element}


def _created(history: Iterable[etree._Element], extra: Extra) -> str:
    """The day PubMed first held the record; the rest of its history becomes extra."""
    days = [(attribute(event, "PubStatus"), calendar_date(parts(event, "Year", "Month", "Day"))) for event in history]
    extra += (("History", f"{status} {day}") for status, day in days if day and status != "entrez")
    return dict(days).get("entrez") or dict(days).get("pubmed", "")


def _everything_else(fields: Fields, book: Fields, extra: Extra) -> tuple[tuple[str, str], ...]:
    for tag in ("Investigator", "PersonalNameSubject"):
        extra += ((tag, _person(parts(person, *NAME))) for person in fields.all(tag))
    for other in fields.all("OtherAbstract"):
        about = f"[{attribute(other, 'Language')}, {attribute(other, 'Type')}]"
        extra.append(("OtherAbstract", f"{about} {_abstract(other.iterchildren('AbstractText'))}"))
    extra += chain(fields.rest(LEFT_OUT), book.rest(LEFT_OUT))
    return tuple(dict.fromkeys((tag, words) for tag, words in extra if words))
