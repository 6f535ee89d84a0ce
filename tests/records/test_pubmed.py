"""PubMed's XML read field by field, as a stream, beside Biopython's reader, and harmless when it is hostile.

The articles here are synthetic, but for the files of the folder `shared`.
"""

import io
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.records.pubmed import MAX_ARTICLE, MAX_KEPT, Deletion, PubMedError, read_pubmed
from perennial.records.pubmed_xml import MAX_TEXT
from perennial.records.reading import Found, SetAside
from perennial.records.record import Link, Record
from perennial.records.text import one_line

NLM = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)
MML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


def article(inside: str = "", citation: str = "", data: str = "", pmid: str = "17", attributes: str = "") -> str:
    """A PubmedArticle with these elements in Article, MedlineCitation and PubmedData."""
    return (
        f'<PubmedArticle><MedlineCitation{attributes}><PMID Version="1">{pmid}</PMID><Article>{inside}</Article>'
        f"{citation}</MedlineCitation><PubmedData>{data}</PubmedData></PubmedArticle>"
    )


def answer(*articles: str, declared: str = NLM) -> bytes:
    return f'<?xml version="1.0" ?>\n{declared}\n<PubmedArticleSet>{"".join(articles)}</PubmedArticleSet>'.encode()


def read(body: bytes) -> list:
    return list(read_pubmed(io.BytesIO(body)))


def record(*parts: str, **named: str) -> Record:
    [found] = read(answer(article(*parts, **named)))
    assert found.position == 1
    return found.record


def extra(found: Record, tag: str) -> list[str]:
    return [words for name, words in found.extra if name == tag]


def titled(xml: str, vernacular: str = "") -> Record:
    return record(f"<ArticleTitle>{xml}</ArticleTitle><VernacularTitle>{vernacular}</VernacularTitle>")


def dated(*, issue: str = "", online: str = "") -> Record:
    issue = f"<Journal><JournalIssue><PubDate>{issue}</PubDate></JournalIssue></Journal>"
    return record(issue + (f"<ArticleDate>{online}</ArticleDate>" if online else ""))


# Fields


@pytest.mark.parametrize(
    ("xml", "title"),
    [
        ("Synthetic record 17.", "Synthetic record 17."),
        (
            "Synthetic CO<sub>2</sub> of <i>B. <b>subtilis</b></i> at 10<sup>-3</sup>",
            "Synthetic CO2 of B. subtilis at 10-3",
        ),
        (
            f"Synthetic <mml:math {MML}><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>1</mml:mn></mml:math>.",
            "Synthetic x=1.",
        ),
        ("  Synthetic\n   record\u00a017 ", "Synthetic record 17"),
        ("<i>Synthetic</i> <b>record</b>", "Synthetic record"),
        ("Synthetic<!-- unseen --> record<?unseen?> 17", "Synthetic record 17"),
        ("<![CDATA[Synthetic <i>record</i> & 17]]>", "Synthetic record & 17"),
        ("Synthetic &lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;", "Synthetic alert(1)"),
        ("Synthetic &amp;lt;i&amp;gt;record&amp;lt;/i&amp;gt; &amp;amp; 17", "Synthetic record & 17"),
        ("Synthetic P&lt;or=0.05 and n&gt;20", "Synthetic P<or=0.05 and n>20"),
        ("[Synthetic record 17].", "Synthetic record 17."),
        ("[Synthetic record 17]", "Synthetic record 17."),
        ("[Synthetic [18F] record?].", "Synthetic [18F] record?"),
        ("[18F]Synthetic record [17].", "[18F]Synthetic record [17]."),
        ("Synthetic record [17].", "Synthetic record [17]."),
        ("[Not Available].", ""),
        ("", ""),
    ],
)
def test_titles_are_plain_and_lose_no_words(xml, title):
    assert titled(xml).title == title


def test_a_title_that_pubmed_does_not_give_is_the_one_of_the_publication():
    assert (titled("[Synthetic].", "Künstlich.").title, titled("[Synthetic].", "Künstlich.").title_original) == (
        "Synthetic.",
        "Künstlich.",
    )
    for missing in ("[Not Available].", "[In Process Citation]", ""):
        assert (titled(missing, "Künstlich.").title, titled(missing, "Künstlich.").title_original) == (
            "Künstlich.",
        ) * 2


def test_abstracts():
    sections = (
        '<AbstractText Label="AIMS &amp; SCOPE:">Synthetic  <i>aim</i>.</AbstractText><AbstractText Label="EMPTY"/>'
        '<AbstractText Label="UNLABELLED">Unnamed.</AbstractText><AbstractText>H<sub>2</sub>O.</AbstractText>'
    )
    other = '<OtherAbstract Type="Publisher" Language="spa"><AbstractText Label="META">Sintético.</AbstractText></OtherAbstract>'
    found = record(f"<Abstract>{sections}<CopyrightInformation>© Nobody.</CopyrightInformation></Abstract>", other)
    assert found.abstract == "AIMS & SCOPE: Synthetic aim. Unnamed. H2O."
    assert extra(found, "OtherAbstract") == ["[spa, Publisher] META: Sintético."]
    assert extra(found, "CopyrightInformation") == ["© Nobody."]


def test_people_and_groups():
    authors = (
        "<Author><LastName>Synthetic</LastName><ForeName>Ann B</ForeName><Initials>AB</Initials>"
        '<Identifier Source="ORCID">0</Identifier><AffiliationInfo><Affiliation>Nowhere</Affiliation></AffiliationInfo></Author>'
        "<Author><LastName>Doe</LastName><Initials>C</Initials><Suffix>Jr</Suffix></Author>"
        '<Author ValidYN="N"><LastName>Misspelt</LastName></Author>'
        "<Author><CollectiveName>The <i>Synthetic</i> Group</CollectiveName></Author><Author><LastName>Mono</LastName></Author>"
    )
    investigators = "<InvestigatorList><Investigator><LastName>Helper</LastName><Initials>H</Initials></Investigator></InvestigatorList>"
    found = record(f'<AuthorList CompleteYN="N">{authors}</AuthorList>', investigators)
    assert found.authors == ("Synthetic, Ann B", "Doe Jr, C", "Mono")
    assert found.collectives == ("The Synthetic Group",)
    assert extra(found, "Investigator") == ["Helper, H"]
    assert extra(found, "AuthorList") == ["not complete"]


@pytest.mark.parametrize(
    ("issue", "known", "printed"),
    [
        ("<Year>2025</Year><Month>03</Month><Day>7</Day>", "2025-03-07", ""),
        ("<Year>2025</Year><Month>Mar</Month><Day>17</Day>", "2025-03-17", ""),
        ("<Year>2025</Year><Month>September</Month>", "2025-09", ""),
        ("<Year>2025</Year>", "2025", ""),
        ("<Year>1990</Year><Season>Spring</Season>", "1990", "1990 Spring"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998", "1998 Dec-1999 Jan"),
        ("<MedlineDate>Winter 2001-2002</MedlineDate>", "2001", "Winter 2001-2002"),
        ("<MedlineDate>2000</MedlineDate>", "2000", ""),
        ("<MedlineDate>undated</MedlineDate>", "", "undated"),
        ("<Year>2025</Year><Month>Mar-Apr</Month>", "2025", "2025 Mar-Apr"),
        ("<Year>2025</Year><Month>2</Month><Day>30</Day>", "2025-02", "2025 2 30"),
        ("<Year>2025</Year><Month/>", "2025", ""),
        ("<Year>²025</Year>", "", "²025"),
        ("", "", ""),
    ],
)
def test_dates_of_issues_as_far_as_they_are_known(issue, known, printed):
    found = dated(issue=issue)
    assert (found.published, found.published_text, extra(found, "PubDate")) == (known, printed, [])


def test_the_day_of_electronic_publication_counts_before_that_of_the_issue():
    online = "<Year>2025</Year><Month>01</Month><Day>31</Day>"
    for issue, kept in [
        ("<Year>2025</Year><Month>Mar</Month>", ["2025-03"]),
        ("<Year>2025</Year><Season>Spring</Season>", ["2025 Spring"]),
        ("", []),
    ]:
        found = dated(issue=issue, online=online)
        assert (found.published, found.published_text, extra(found, "PubDate")) == ("2025-01-31", "", kept)


def test_journal_and_place():
    journal = (
        '<Journal><ISSN IssnType="Electronic">1234-5678</ISSN><JournalIssue><Volume>12 Suppl 1</Volume><Issue>3</Issue>'
        "</JournalIssue><Title>Synthetic journal</Title><ISOAbbreviation>Synth. J.</ISOAbbreviation></Journal>"
    )
    listing = (
        "<MedlineJournalInfo><Country>Nowhere</Country><MedlineTA>Synth J</MedlineTA><NlmUniqueID>999</NlmUniqueID>"
        "<ISSNLinking>8765-4321</ISSNLinking></MedlineJournalInfo>"
    )
    ranges = "<StartPage>229</StartPage><EndPage>239</EndPage>"
    found = record(f"{journal}<Pagination>{ranges}<MedlinePgn>229-39</MedlinePgn></Pagination>", listing)
    assert (found.journal, found.journal_abbreviation) == ("Synthetic journal", "Synth. J.")
    assert (found.issn, found.volume, found.issue, found.pages) == (
        ("1234-5678", "8765-4321"),
        "12 Suppl 1",
        "3",
        "229-39",
    )
    assert dict(found.extra) == {"Country": "Nowhere", "NlmUniqueID": "999"}
    assert record(f"<Pagination>{ranges}</Pagination>", listing).pages == "229-239"
    assert record("<Pagination><StartPage>e17</StartPage></Pagination>").pages == "e17"
    assert record("", listing).journal_abbreviation == "Synth J"


def test_headings_substances_and_keywords():
    headings = (
        '<MeshHeadingList><MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Synthetic Heading, Plain</DescriptorName></MeshHeading>'
        '<MeshHeading><DescriptorName UI="D2" MajorTopicYN="Y">Major</DescriptorName></MeshHeading>'
        '<MeshHeading><DescriptorName UI="D3" MajorTopicYN="N">Both</DescriptorName><QualifierName UI="Q1" MajorTopicYN="N">therapy'
        '</QualifierName><QualifierName UI="Q2" MajorTopicYN="Y">blood</QualifierName></MeshHeading></MeshHeadingList>'
    )
    substances = (
        '<ChemicalList><Chemical><RegistryNumber>0</RegistryNumber><NameOfSubstance UI="C1">synthemab</NameOfSubstance></Chemical>'
        '<Chemical><RegistryNumber>EC 1.1</RegistryNumber><NameOfSubstance UI="D9">Synthase</NameOfSubstance></Chemical></ChemicalList>'
        '<SupplMeshList><SupplMeshName Type="Protocol" UI="C2">SYN protocol</SupplMeshName></SupplMeshList>'
    )
    keywords = (
        "<KeywordList><Keyword>one</Keyword><Keyword>t<sub>2</sub></Keyword></KeywordList>"
        "<KeywordList><Keyword>one</Keyword><Keyword>three</Keyword></KeywordList>"
    )
    found = record("", headings + substances + keywords)
    assert found.mesh == ("Synthetic Heading, Plain", "Major*", "Both/therapy", "Both/blood*")
    assert found.supplementary_concepts == ("SYN protocol", "synthemab")
    assert extra(found, "NameOfSubstance") == ["synthemab", "Synthase (EC 1.1)"]
    assert found.keywords == ("one", "t2", "three")


def test_identifiers_and_not_those_of_the_references():
    ids = (
        '<ArticleIdList><ArticleId IdType="pubmed">17</ArticleId><ArticleId IdType="doi">10.9999/Synthetic.17</ArticleId>'
        '<ArticleId IdType="pmc">PMC1234567</ArticleId><ArticleId IdType="pii">S17</ArticleId></ArticleIdList>'
        '<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/reference</ArticleId>'
        '<ArticleId IdType="pmc">PMC7654321</ArticleId></ArticleIdList></Reference></ReferenceList>'
    )
    places = '<ELocationID EIdType="doi" ValidYN="Y">10.9999/synthetic.17</ELocationID><ELocationID EIdType="pii">S17</ELocationID>'
    found = record(places, "", ids)
    assert (found.doi, found.pmcid, found.pmid, found.accession) == ("10.9999/synthetic.17", "PMC1234567", "17", "17")
    assert (found.record_id, found.url) == ("pmid:17", "https://pubmed.ncbi.nlm.nih.gov/17/")
    assert found.extra == (("pii", "S17"),)
    wrong = '<ELocationID EIdType="doi" ValidYN="N">10.9999/wrong</ELocationID>'
    assert record(wrong).doi == ""
    assert extra(record(wrong), "doi") == ["10.9999/wrong (not valid)"]
    assert record(wrong + places).doi == "10.9999/synthetic.17"
    assert extra(record('<ELocationID EIdType="doi">10.9999/other</ELocationID>', "", ids), "doi") == ["10.9999/other"]
    assert record("", "", '<ArticleIdList><ArticleId IdType="doi">none</ArticleId></ArticleIdList>').doi == ""


def test_registrations_of_trials_and_other_data_banks():
    banks = "".join(
        f"<DataBank><DataBankName>{name}</DataBankName><AccessionNumberList>"
        f"{''.join(f'<AccessionNumber>{number}</AccessionNumber>' for number in numbers)}</AccessionNumberList></DataBank>"
        for name, *numbers in [
            ("ClinicalTrials.gov", "nct00000017", "NCT00000018"),
            ("ISRCTN", "ISRCTN00000017"),
            ("EudraCT", "2000-000017-17"),
            ("UMIN-CTR", "UMIN000000017"),
            ("GENBANK", "SYN17"),
        ]
    )
    named = "<DataBank><DataBankName>figshare</DataBankName></DataBank>"
    found = record(
        f"<DataBankList>{banks}{named}</DataBankList><Abstract><AbstractText>NCT00000099</AbstractText></Abstract>"
    )
    assert found.registry_ids == ("NCT00000017", "NCT00000018", "ISRCTN00000017", "2000-000017-17", "UMIN000000017")
    assert extra(found, "DataBank") == ["GENBANK: SYN17", "figshare"]


def test_links_to_other_publications():
    references = (
        '<CommentsCorrections RefType="ErratumIn"><RefSource>Synth J. 2025;1:2</RefSource><PMID Version="1">18</PMID><Note>dose</Note></CommentsCorrections>'
        '<CommentsCorrections RefType="UpdateOf"><RefSource>Synth Rxiv. doi: 10.9999/preprint.</RefSource></CommentsCorrections>'
        '<CommentsCorrections RefType="RetractionIn"><RefSource>Synth J. 2026</RefSource></CommentsCorrections>'
        '<CommentsCorrections RefType="Cites"><RefSource>Synth J. 1999</RefSource><PMID>19</PMID></CommentsCorrections>'
    )
    assert record("", f"<CommentsCorrectionsList>{references}</CommentsCorrectionsList>").links == (
        Link("ErratumIn", "pmid:18", "Synth J. 2025;1:2 (dose)"),
        Link("UpdateOf", "10.9999/preprint", "Synth Rxiv. doi: 10.9999/preprint."),
        Link("RetractionIn", "", "Synth J. 2026"),
    )


def test_the_history_of_a_record():
    def day(tag: str, day: int, status: str = "") -> str:
        status = f' PubStatus="{status}"' if status else ""
        return f"<{tag}{status}><Year>2025</Year><Month>2</Month><Day>{day}</Day><Hour>6</Hour></{tag}>"

    history = "".join(
        day("PubMedPubDate", number, status) for number, status in enumerate(["received", "pubmed", "entrez"], 1)
    )
    found = record(
        "",
        day("DateRevised", 9) + day("DateCompleted", 8),
        f"<History>{history}</History>",
        attributes=' Status="MEDLINE"',
    )
    assert (found.created, found.revised, found.version) == ("2025-02-03", "2025-02-09", "1")
    assert extra(found, "History") == ["received 2025-02-01", "pubmed 2025-02-02"]
    assert (extra(found, "DateCompleted"), extra(found, "Status")) == (["2025-02-08"], ["MEDLINE"])
    assert record("", "", f"<History>{day('PubMedPubDate', 2, 'pubmed')}</History>").created == "2025-02-02"


def test_languages_types_and_kinds():
    types = "<PublicationType>Published Erratum</PublicationType><PublicationType>Letter</PublicationType>"
    found = record(
        f"<Language>eng</Language><Language>ger</Language><PublicationTypeList>{types}</PublicationTypeList>"
    )
    assert (found.language, found.publication_types, found.kind) == (
        ("eng", "ger"),
        ("Published Erratum", "Letter"),
        "erratum",
    )
    assert titled("[Correction to: Synthetic record 17].").kind == "erratum"
    assert titled("Synthetic record 17.").kind == "article"


def test_what_has_no_place_and_what_nobody_knows_yet_is_kept():
    citation = (
        '<CoiStatement><b>Interests:</b> none.</CoiStatement><GeneralNote Owner="KIE">Synthetic note</GeneralNote>'
        "<GeneSymbolList><GeneSymbol>syn1</GeneSymbol><GeneSymbol>syn2</GeneSymbol></GeneSymbolList>"
        "<PersonalNameSubjectList><PersonalNameSubject><LastName>Nobody</LastName></PersonalNameSubject></PersonalNameSubjectList>"
        '<NewElement Kind="k"><Item>a</Item><Item>b</Item></NewElement><!-- unseen --><?unseen?><Flag Kind="f"/><Empty/>'
    )
    dropped = "<GrantList><Grant><GrantID>17</GrantID></Grant></GrantList>"
    assert record(dropped, citation).extra == (
        ("PersonalNameSubject", "Nobody"),
        ("CoiStatement", "Interests: none."),
        ("GeneralNote", "Synthetic note (KIE)"),
        ("GeneSymbol", "syn1"),
        ("GeneSymbol", "syn2"),
        ("NewElement", "a; b (k)"),
        ("Flag", "(f)"),
    )


def test_books_and_their_chapters():
    def book(*, before: str = "", after: str = "") -> Record:
        [found] = read(
            answer(
                '<PubmedBookArticle><BookDocument><PMID Version="2">17</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK17'
                "</ArticleId></ArticleIdList><Book><Publisher><PublisherName>Synthetic Press</PublisherName><PublisherLocation>Nowhere"
                "</PublisherLocation></Publisher><BookTitle>Synthetic book</BookTitle><PubDate><Year>1999</Year></PubDate>"
                f"{before}<Isbn>17</Isbn></Book>{after}<PublicationType>Review</PublicationType></BookDocument><PubmedBookData>"
                "<History/></PubmedBookData></PubmedBookArticle>"
            )
        )
        return found.record

    def people(kind: str, name: str) -> str:
        return f'<AuthorList Type="{kind}"><Author><LastName>{name}</LastName></Author></AuthorList>'

    whole = book(before=people("authors", "Writer") + people("editors", "Editor"))
    assert (whole.title, whole.journal, whole.authors, whole.kind, whole.version) == (
        "Synthetic book",
        "",
        ("Writer",),
        "book",
        "2",
    )
    assert whole.extra == (
        ("Editor", "Editor"),
        ("bookaccession", "NBK17"),
        ("Publisher", "Synthetic Press; Nowhere"),
        ("Isbn", "17"),
    )
    assert whole.published == "1999"
    contributed = "<ContributionDate><Year>2006</Year><Month>2</Month></ContributionDate>"
    sections = "<Sections><Section><SectionTitle>One</SectionTitle></Section></Sections>"
    title = "<ArticleTitle>Synthetic chapter</ArticleTitle>"
    chapter = book(
        before=people("authors", "Writer"), after=title + people("authors", "Guest") + sections + contributed
    )
    assert (chapter.title, chapter.journal, chapter.authors) == ("Synthetic chapter", "Synthetic book", ("Guest",))
    assert (chapter.published, extra(chapter, "PubDate"), extra(chapter, "BookAuthor")) == (
        "2006-02",
        ["1999"],
        ["Writer"],
    )


# The stream


def test_articles_in_their_order_with_the_deletions_between():
    found = read(
        answer(
            article(pmid="17"),
            article(pmid="18"),
            '<DeleteCitation><PMID Version="1">7</PMID><PMID Version="1">8</PMID></DeleteCitation>',
            article(pmid="17").replace('Version="1"', 'Version="2"'),
        )
    )
    assert [item.pmid if isinstance(item, Deletion) else (item.position, item.record.pmid, item.record.version) for item in found] == [
        (1, "17", "1"),
        (2, "18", "1"),
        "7",
        "8",
        (3, "17", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize("empty", ["<PubmedArticleSet/>", f"{NLM}<PubmedArticleSet>\n</PubmedArticleSet>"])
def test_an_empty_set_is_an_answer(empty):
    assert read(empty.encode()) == []


class Slow(io.RawIOBase):
    """A stream that gives few bytes at a time, and how many it gave."""

    def __init__(self, body: bytes, step: int) -> None:
        self.body, self.step, self.given = body, step, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self.body[self.given : self.given + self.step]
        self.given += len(chunk)
        return chunk


ABSTRACT = f"<Abstract><AbstractText>{'Synthetic words. ' * 100}</AbstractText></Abstract>"
SEVERAL = answer(
    *(article(f"<ArticleTitle>Synthetic é record {n}</ArticleTitle>", pmid=str(n)) for n in range(1, 6)),
    "<DeleteCitation><PMID>9</PMID></DeleteCitation>\n",
)


@pytest.mark.parametrize("step", [1, 7, 64, 5000])
def test_how_the_stream_is_cut_makes_no_difference(step):
    assert list(read_pubmed(Slow(SEVERAL, step))) == read(SEVERAL)


def test_articles_are_given_before_the_rest_is_read():
    stream = Slow(answer(*[article(ABSTRACT)] * 1000), 10_000)
    assert isinstance(next(read_pubmed(stream)), Found)
    assert stream.given <= 20_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak of a process")
def test_memory_does_not_grow_with_the_answer():
    program = f"""
import pathlib, re
from perennial.records.pubmed import read_pubmed

class Endless:
    parts = iter([{answer()[: -len("</PubmedArticleSet>")]!r}, *[{article(ABSTRACT)!r}.encode() * 20] * 1500, b"</PubmedArticleSet>"])
    size = 0
    def read(self, size):
        part = next(self.parts, b"")
        Endless.size += len(part)
        return part

assert sum(1 for _ in read_pubmed(Endless())) == 30_000
print(Endless.size, re.search(r"VmHWM:\\s*(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(source)}, capture_output=True, text=True
    )
    assert not done.stderr
    size, memory = map(int, done.stdout.split())
    assert size > 50 * 2**20
    assert memory < 64 * 2**10


# What is set aside


def test_an_article_without_a_pmid_is_set_aside_and_the_rest_is_read():
    nameless = "<PubmedArticle><MedlineCitation><Article><ArticleTitle>Synthetic &amp; nameless</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    first, second, third = read(answer(article(), "\n" + nameless, "\n" + article("", pmid="x17") + article()))[:3]
    assert isinstance(first, Found)
    assert second == SetAside(2, 4, "it has no PMID, '' in its place", nameless)
    assert (third.position, third.line, third.reason) == (3, 5, "it has no PMID, 'x17' in its place")
    assert [item.position for item in read(answer(nameless, article()))] == [1, 2]


@pytest.mark.parametrize(
    "field",
    [
        "<ArticleTitle>{}</ArticleTitle>",
        '<Abstract><AbstractText Label="{}">x</AbstractText></Abstract>',
        '<Unknown a="{}">x</Unknown>',
    ],
)
def test_a_field_of_absurd_length_is_set_aside(field):
    huge = article(field.format("a" * (MAX_TEXT + 1)))
    [aside, found] = read(answer(huge, article(field.format("a" * MAX_TEXT))))
    assert isinstance(found, Found)
    assert (aside.position, aside.text) == (1, huge[:MAX_KEPT])
    assert f"has {MAX_TEXT + 1} characters" in aside.reason


@pytest.mark.parametrize(
    "words",
    [
        "10.9999/" + ")" * 999_000,
        "[" + "[a]" * 300_000,
        "&lt;a b=" * 120_000,
        "&amp;lt;" * 120_000,
        "a" + " " * 999_000,
    ],
)
def test_absurd_words_take_no_absurd_time(words):
    found = record(f'<ArticleTitle>{words}</ArticleTitle><ELocationID EIdType="doi">{words}</ELocationID>')
    assert found.doi == ""


# What is refused


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\n<!DOCTYPE html><html><head><title>502</title></head><body><p>Bad gateway", 'HTML page, "<!DOCTYPE html>'),
        (b"<html><body/></html>", "root element is <html>"),
        (b'{"error":"API rate limit exceeded","api-key":"0123abcd","count":"4"}', "JSON"),
        (b"Search is temporarily unavailable", 'text, "Search is temporarily'),
        (b"\x1f\x8b\x08\x00\x00\x00", "text"),
        (b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", "Unable to obtain query #1"),
        (b"<ERROR>Cannot process ID list</ERROR>", "Cannot process ID list"),
        (answer(article(), "<ERROR>Synthetic failure</ERROR>", article()), "Synthetic failure"),
        (answer(article("<Error>Synthetic failure</Error>")), "Synthetic failure"),
        (b"<pmc-articleset/>", "root element is <pmc-articleset>"),
        (f"<PubmedBookArticleSet>{article()}</PubmedBookArticleSet>".encode(), "root element is <PubmedBookArticleSet>"),
        (answer(article(), "<Novelty>17</Novelty>", article()), "<Novelty>17</Novelty>"),
        (answer(article(), "<Novelty>17</Novelty>"), "<Novelty>17</Novelty>"),
        (answer(article(), "Synthetic failure", article()), "Synthetic failure"),
        (answer(article(), "Synthetic failure"), "Synthetic failure"),
        (answer("Synthetic failure", article()), "Synthetic failure"),
        (answer("Synthetic failure"), "Synthetic failure"),
        (answer(article(article(pmid="18"))), "out of place"),
        (answer("<DeleteCitation><PMID>x</PMID></DeleteCitation>"), "<PMID>x</PMID>"),
        (answer(article("<ArticleTitle>\xe9</ArticleTitle>")).decode().encode("latin-1"), "spoilt"),
        (answer(article()).replace(b'"1.0" ?', b'"1.0" encoding="klingon"?'), "spoilt"),
        (answer(article("<ArticleTitle>\x01</ArticleTitle>")), "spoilt"),
        (answer(article("<ArticleTitle>a & b</ArticleTitle>")), "spoilt"),
        (answer(article("<mml:math>1</mml:math>")), "spoilt"),
        (answer(article(f"<ArticleTitle>{'<i>' * 300}{'</i>' * 300}</ArticleTitle>")), "spoilt"),
        (answer(article()) + b"<PubmedArticleSet/>", "spoilt"),
        (answer(article("a" * (MAX_ARTICLE + 2**17 - 1)).replace("aaaaaaaa", "<a>aa</a>")), "without the end of an article"),
        (answer(article("<ArticleTitle>a&nbsp;b</ArticleTitle>")), "entity &nbsp;"),
    ],
)  # fmt: skip
def test_what_is_no_complete_answer_is_refused_and_named(body, said):
    with pytest.raises(PubMedError, match=re.escape(said)) as refusal:
        read(body)
    assert str(refusal.value).endswith("Remedy: keep nothing of it and ask again.")
    assert "0123abcd" not in str(refusal.value)


def test_what_stands_before_a_fault_is_given_first():
    reading = read_pubmed(io.BytesIO(answer(article(pmid="17"), article(pmid="18"), "<ERROR>late</ERROR>")))
    assert [next(reading).record.pmid, next(reading).record.pmid] == ["17", "18"]
    with pytest.raises(PubMedError, match="late"):
        next(reading)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize(
    ("subset", "title"),
    [
        (LAUGHS, "&l11;"),
        (LAUGHS, "<i title='&l11;'/>"),
        (f'<!ENTITY a "{"a" * 20_000}">', "&a;" * 20_000),
        ('<!ENTITY harmless "word">', "&harmless;"),
        ('<!ENTITY unused "word">', "Synthetic"),
        ('<!ENTITY secret SYSTEM "file://{secret}">', "&secret;"),
        ('<!ENTITY % secret SYSTEM "file://{secret}"> %secret;', "Synthetic"),
        ("<!ENTITY % inner \"<!ENTITY word 'said'>\"> %inner;", "&word;"),
        ('<!ENTITY fetched SYSTEM "http://127.0.0.1:{port}/">', "&fetched;"),
        ('<!ENTITY % fetched SYSTEM "http://127.0.0.1:{port}/"> %fetched;', "Synthetic"),
    ],
)
def test_entities_are_neither_expanded_nor_fetched(tmp_path, subset, title):
    secret = tmp_path / "secret"
    secret.write_text("<!ENTITY word 'the secret'>")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        subset = subset.replace("{secret}", str(secret)).replace("{port}", str(server.getsockname()[1]))
        body = answer(
            article(f"<ArticleTitle>{title}</ArticleTitle>"), declared=f"<!DOCTYPE PubmedArticleSet [{subset}]>"
        )
        seen = []
        with pytest.raises(PubMedError) as refusal:
            seen.extend(read_pubmed(io.BytesIO(body)))
        assert not seen
        assert "the secret" not in str(refusal.value)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_document_type_is_named_and_not_fetched():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/pubmed.dtd"
        assert len(read(answer(article(), declared=f'<!DOCTYPE PubmedArticleSet SYSTEM "{address}">'))) == 1
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_cut_answer_never_passes_for_a_short_one():
    whole = read(SEVERAL)
    for end in range(len(SEVERAL)):
        seen = []
        with pytest.raises(PubMedError):
            seen.extend(read_pubmed(io.BytesIO(SEVERAL[:end])))
        assert seen == whole[: len(seen)]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(SEVERAL) - 1), st.binary(max_size=4)), min_size=1, max_size=3))
def test_spoilt_bytes_give_a_refusal_or_whole_articles(changes):
    body = SEVERAL
    for place, bytes_ in changes:
        body = body[:place] + bytes_ + body[place + 1 :]
    try:
        found = read(body)
    except PubMedError:
        return
    assert all(isinstance(item, Found | SetAside | Deletion) for item in found)
    assert sum(isinstance(item, Found | SetAside) for item in found) <= 5


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(alphabet="<>/&;!?[]-\"'= aPubmedArticleSet", max_size=200).map(str.encode))
def test_garbage_is_refused(body):
    with pytest.raises(PubMedError):
        read(body)


# Whatever is written is read back

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>&[]\ufffe\uffff"), max_size=30)
NAMES = WORDS.map(one_line).filter(bool)


@settings(max_examples=100)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "title": WORDS,
                "abstract": st.lists(WORDS, max_size=3),
                "people": st.lists(st.tuples(NAMES, NAMES), max_size=3),
                "headings": st.lists(
                    st.tuples(NAMES, st.lists(st.tuples(NAMES, st.booleans()), max_size=3)), max_size=3
                ),
                "keywords": st.lists(NAMES, max_size=4, unique=True),
                "day": st.dates(min_value=date(1800, 1, 1), max_value=date(2200, 1, 1)),
            }
        ),
        max_size=5,
    ),
    st.integers(1, 500),
)
def test_written_articles_are_read_back(written, step):
    def xml(number: int, values: dict) -> str:
        people = "".join(
            f"<Author><LastName>{a}</LastName><ForeName>{b}</ForeName></Author>" for a, b in values["people"]
        )
        headings = "".join(
            f"<MeshHeading><DescriptorName>{name}</DescriptorName>"
            + "".join(f'<QualifierName MajorTopicYN="{"NY"[major]}">{q}</QualifierName>' for q, major in qualifiers)
            + "</MeshHeading>"
            for name, qualifiers in values["headings"]
        )
        day = values["day"]
        return article(
            f"<ArticleTitle>{values['title']}</ArticleTitle><AuthorList>{people}</AuthorList>"
            f"<Abstract>{''.join(f'<AbstractText>{text}</AbstractText>' for text in values['abstract'])}</Abstract>"
            f"<ArticleDate><Year>{day.year}</Year><Month>{day.month}</Month><Day>{day.day}</Day></ArticleDate>",
            f"<MeshHeadingList>{headings}</MeshHeadingList>"
            f"<KeywordList>{''.join(f'<Keyword>{word}</Keyword>' for word in values['keywords'])}</KeywordList>",
            pmid=str(number),
        )

    body = answer(*(xml(number, values) for number, values in enumerate(written, 1)))
    found = [item.record for item in read_pubmed(Slow(body, step))]
    assert [record.pmid for record in found] == [str(number) for number in range(1, len(written) + 1)]
    for record, values in zip(found, written, strict=True):
        assert record.title == one_line(values["title"])
        assert record.abstract == one_line(" ".join(values["abstract"]))
        assert record.authors == tuple(f"{family}, {given}" for family, given in values["people"])
        assert record.mesh == tuple(
            each
            for name, qualifiers in values["headings"]
            for each in [f"{name}/{q}{'*' * major}" for q, major in qualifiers] or [name]
        )
        assert record.keywords == tuple(values["keywords"])
        assert record.published == values["day"].isoformat()


# Real answers


def real_files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("pubmed/metapub/*.xml"))
    yield from sorted(folder.glob("eutils/biopython_Entrez/pubmed*.xml"))
    yield from sorted(folder.glob("eutils/biomcp_capture/efetch*.xml"))


COUNTS = {"37909814.xml": 0, "pubmed1.xml": 2, "pubmed2.xml": 2}
"""Records in files that do not hold one."""


def test_every_real_answer_is_read(shared):
    files = list(real_files(shared / "data"))
    assert len(files) == 223
    for file in files:
        with file.open("rb") as stream:
            found = list(read_pubmed(stream))
        assert len(found) == COUNTS.get(file.name, 1), file
        for number, item in enumerate(found, 1):
            assert isinstance(item, Found), file
            assert item.position == number
            assert item.record.title or b"[Not Available]." in file.read_bytes()
            assert item.record.published
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", item.record.created)
            assert item.record.kind == "book" if file.name == "20301546.xml" else item.record.journal
            if file.parent.name == "metapub":
                assert item.record.pmid == file.stem or file.stem not in file.read_text()
            assert Record.from_dict(item.record.to_dict()) == item.record


def test_every_other_real_answer_is_refused(shared):
    files = [file for file in (shared / "data/eutils").glob("bio*/*") if file not in set(real_files(shared / "data"))]
    assert len(files) > 40
    for file in files:
        with pytest.raises(PubMedError), file.open("rb") as stream:
            list(read_pubmed(stream))


@pytest.fixture
def entrez_read(tmp_path, monkeypatch):
    """Biopython's reader without a network, and with its folder of fetched document types elsewhere."""
    from Bio import Entrez

    monkeypatch.setattr(Entrez, "local_cache", str(tmp_path))
    from Bio.Entrez import Parser

    Parser.DataHandler.directory = str(tmp_path)
    monkeypatch.setattr(Parser, "urlopen", lambda *_: pytest.fail("no network"))

    return lambda body: Entrez.read(io.BytesIO(body))


def untagged(text: str) -> str:
    text = re.sub("<math.*?</math>", lambda formula: re.sub("<[^<>]*>", "", formula[0]), text, flags=re.DOTALL)
    return one_line(unescape(re.sub("</?(?:sub|sup|[biu])>", "", text)))


def test_fields_are_those_that_biopython_reads(shared, entrez_read):
    articles = re.compile("<PubmedArticle>.*</PubmedArticle>", re.DOTALL)
    texts = (articles.search(file.read_text(encoding="utf-8")) for file in real_files(shared / "data"))
    body = answer(*(found[0] for found in texts if found))
    theirs = entrez_read(body)["PubmedArticle"]
    ours = [found.record for found in read(body)]
    assert len(ours) == len(theirs) == 223
    for mine, other in zip(ours, theirs, strict=True):
        citation, data = other["MedlineCitation"], other["PubmedData"]
        paper = citation["Article"]
        authors = [a for a in paper.get("AuthorList", []) if a.attributes.get("ValidYN") != "N"]
        title = untagged(paper["ArticleTitle"])
        ids = {i.attributes["IdType"]: str(i) for i in data["ArticleIdList"]}
        places = {i.attributes["EIdType"]: str(i) for i in paper["ELocationID"]}
        day = (paper["ArticleDate"] or [paper["Journal"]["JournalIssue"]["PubDate"]])[0]
        revised = citation["DateRevised"]
        assert mine.pmid == citation["PMID"] == ids["pubmed"]
        assert mine.title in (title, title.strip("[].") + ".", untagged(paper.get("VernacularTitle", "")))
        assert mine.abstract.replace(" ", "") == "".join(
            f"{label + ':' if (label := section.attributes.get('Label')) and label != 'UNLABELLED' else ''}{untagged(section)}"
            for section in paper.get("Abstract", {}).get("AbstractText", [])
        ).replace(" ", "")
        assert [name.partition(", ")[0] for name in mine.authors] == [
            one_line(f"{a['LastName']} {a.get('Suffix', '')}") for a in authors if "LastName" in a
        ]
        assert [name.partition(", ")[2] for name in mine.authors] == [
            a.get("ForeName", "") for a in authors if "LastName" in a
        ]
        assert list(mine.collectives) == [a["CollectiveName"] for a in authors if "CollectiveName" in a]
        assert mine.year == day["Year"]
        assert mine.doi == (ids.get("doi") or places.get("doi", "")).lower()
        assert mine.pmcid == ids.get("pmc", "")
        assert mine.journal == one_line(paper["Journal"]["Title"])
        assert mine.volume == paper["Journal"]["JournalIssue"].get("Volume", "")
        assert mine.pages == paper.get("Pagination", {}).get("MedlinePgn", "")
        assert mine.revised == f"{revised['Year']}-{revised['Month']}-{revised['Day']}"
        assert list(mine.language) == paper["Language"]
        assert list(mine.publication_types) == paper["PublicationTypeList"]
        headings = citation.get("MeshHeadingList", [])
        assert len(mine.mesh) == sum(max(1, len(h["QualifierName"])) for h in headings)
        assert {each.split("/")[0].rstrip("*") for each in mine.mesh} == {str(h["DescriptorName"]) for h in headings}
        assert sum(each.count("*") for each in mine.mesh if "/" not in each) == sum(
            h["DescriptorName"].attributes["MajorTopicYN"] == "Y" for h in headings if not h["QualifierName"]
        )
        assert set(mine.keywords) == {untagged(word) for words in citation["KeywordList"] for word in words}
        assert len(mine.links) == sum(
            each.attributes["RefType"] != "Cites" for each in citation.get("CommentsCorrectionsList", [])
        )
        assert len(extra(mine, "NameOfSubstance")) == len(citation.get("ChemicalList", []))
