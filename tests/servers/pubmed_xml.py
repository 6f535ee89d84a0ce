"""Records as PubMed's XML (DTD of 2025), with the identifiers of headings and types made up from their names."""

import zlib
from collections.abc import Iterable
from xml.sax.saxutils import escape

from pubmed_record import DATE, Record, abstract_parts, concept, short_name

HEAD = (
    '<?xml version="1.0" ?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
    "<PubmedArticleSet>\n"
)
FOOT = "</PubmedArticleSet>"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def made_up(prefix: str, name: str) -> str:
    """An identifier that is the same whenever the name is."""
    return f"{prefix}{900_000_000 + zlib.crc32(name.encode()) % 100_000_000}"


def element(name: str, text: str, **attributes: str) -> str:
    """An element with a text; none where the text is empty."""
    said = "".join(f' {each}="{escape(value, {chr(34): "&quot;"})}"' for each, value in attributes.items())
    return f"<{name}{said}>{escape(text)}</{name}>" if text else ""


def around(name: str, parts: Iterable[str], attributes: str = "") -> str:
    """An element of elements; none where there are none."""
    inside = "".join(parts)
    return f"<{name}{attributes}>{inside}</{name}>" if inside else ""


def date_parts(date: str, width: int = 2) -> str:
    year, month, day = DATE.fullmatch(date).groups()
    numbered = (("Year", year), ("Month", month), ("Day", day))
    return "".join(element(name, str(int(value)).zfill(width)) for name, value in numbered if value)


def publication_date(date: str) -> str:
    year, month, day = DATE.fullmatch(date).groups()
    parts = element("Year", year), element("Month", MONTHS[int(month) - 1] if month else ""), element("Day", day or "")
    return around("PubDate", parts)


def author(names: list[str]) -> str:
    if len(names) == 1:
        return f'<Author ValidYN="Y">{element("CollectiveName", names[0])}</Author>'
    initials = short_name(names)[len(names[0]) + 1 :]
    people = element("LastName", names[0]), element("ForeName", names[1]), element("Initials", initials)
    return around("Author", people, ' ValidYN="Y"')


def authors(record: Record, attributes: str = ' CompleteYN="Y"') -> str:
    return around("AuthorList", map(author, record["authors"]), attributes)


def abstract(record: Record) -> str:
    parts = abstract_parts(record)
    return around(
        "Abstract", (element("AbstractText", text, **({"Label": label} if label else {})) for label, text in parts)
    )


def heading(descriptor: str, major: bool, qualifiers: list[str]) -> str:
    mark = {True: "Y", False: "N"}
    name = element(
        "DescriptorName", descriptor, UI=made_up("D", descriptor), MajorTopicYN=mark[major and not qualifiers]
    )
    below = (element("QualifierName", each, UI=made_up("Q", each), MajorTopicYN=mark[major]) for each in qualifiers)
    return f"<MeshHeading>{name}{''.join(below)}</MeshHeading>"


def substance(name: str) -> str:
    said = element("RegistryNumber", "0"), element("NameOfSubstance", name, UI=made_up("C", name))
    return around("Chemical", said)


def link(relation: str, target: str | int, source: str) -> str:
    said = element("RefSource", source or "Synthetic reference"), element("PMID", str(target or ""), Version="1")
    return around("CommentsCorrections", said, f' RefType="{relation}"')


def types(record: Record) -> str:
    return "".join(element("PublicationType", name, UI=made_up("D", name)) for name in record["pt"])


def trials(record: Record) -> str:
    if not record["si"]:
        return ""
    numbers = around("AccessionNumberList", (element("AccessionNumber", number) for number in record["si"]))
    bank = around("DataBank", (element("DataBankName", "ClinicalTrials.gov"), numbers))
    return f'<DataBankList CompleteYN="Y">{bank}</DataBankList>'


def pmid(record: Record) -> str:
    return element("PMID", str(record["pmid"]), Version=str(record["version"]))


def article(record: Record) -> str:
    """One PubmedArticle, or PubmedBookArticle."""
    if record["book"]:
        return book(record)
    classes = [concept(name) for name in record["nm"]]
    title = record["journal"] or "Synthetic journal"
    place = element("ELocationID", record["doi"], EIdType="doi", ValidYN="Y")
    status = "MEDLINE" if record["mesh"] else "Publisher"
    keywords = (element("Keyword", word, MajorTopicYN="N") for word in record["keywords"])
    return "".join(
        (
            f'<PubmedArticle><MedlineCitation Status="{status}" Owner="NLM">',
            pmid(record),
            around("DateCompleted", [date_parts(record["mdat"])]) if record["mesh"] else "",
            around("DateRevised", [date_parts(record["mdat"])]),
            '<Article PubModel="Print-Electronic"><Journal><JournalIssue CitedMedium="Internet">',
            publication_date(record["dp"]),
            f"</JournalIssue>{element('Title', title)}{element('ISOAbbreviation', record['ta'] or title)}</Journal>",
            f"<ArticleTitle>{escape(record['title'])}</ArticleTitle>",
            place or "<Pagination><MedlinePgn>1</MedlinePgn></Pagination>",
            abstract(record),
            authors(record),
            *(element("Language", code) for code in record["language"]),
            trials(record),
            f"<PublicationTypeList>{types(record)}</PublicationTypeList></Article>",
            around("MedlineJournalInfo", [element("MedlineTA", record["ta"] or title)]),
            around("ChemicalList", (substance(name) for name, kind in classes if not kind)),
            around(
                "SupplMeshList",
                (element("SupplMeshName", name, Type=kind, UI=made_up("C", name)) for name, kind in classes if kind),
            ),
            around("CommentsCorrectionsList", (link(*each) for each in record["links"])),
            around("MeshHeadingList", (heading(*each) for each in record["mesh"])),
            around("KeywordList", keywords, ' Owner="NOTNLM"'),
            "</MedlineCitation>",
            around("PubmedData", [history(record), "<PublicationStatus>ppublish</PublicationStatus>", names(record)]),
            "</PubmedArticle>",
        )
    )


def history(record: Record) -> str:
    dates = [("pubmed", record["crdt"]), ("entrez", record["edat"])]
    if record["mesh"]:
        dates.append(("medline", record["mdat"]))
    return around(
        "History",
        (f'<PubMedPubDate PubStatus="{status}">{date_parts(date, 1)}</PubMedPubDate>' for status, date in dates),
    )


def names(record: Record) -> str:
    known = (("pubmed", str(record["pmid"])), ("doi", record["doi"]))
    return around("ArticleIdList", (element("ArticleId", name, IdType=kind) for kind, name in known))


def book(record: Record) -> str:
    return "".join(
        (
            f"<PubmedBookArticle><BookDocument>{pmid(record)}",
            f'<ArticleIdList><ArticleId IdType="bookaccession">NBK{record["pmid"]}</ArticleId></ArticleIdList>',
            "<Book><Publisher><PublisherName>Synthetic publisher</PublisherName></Publisher>",
            element("BookTitle", record["journal"] or "Synthetic book", book="synthetic"),
            f"{publication_date(record['dp'])}</Book>",
            f'<ArticleTitle book="synthetic" part="chapter">{escape(record["title"])}</ArticleTitle>',
            *(element("Language", code) for code in record["language"]),
            authors(record, ' Type="authors" CompleteYN="Y"'),
            types(record),
            abstract(record),
            around("DateRevised", [date_parts(record["mdat"])]),
            "</BookDocument>",
            around(
                "PubmedBookData", [history(record), "<PublicationStatus>ppublish</PublicationStatus>", names(record)]
            ),
            "</PubmedBookArticle>",
        )
    )
