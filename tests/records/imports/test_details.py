"""What platforms do to single fields, told by small synthetic exports."""

import io

import openpyxl
import pytest

from perennial.records.imports.columns import PLACES
from perennial.records.imports.dates import published
from perennial.records.imports.names import listed, people
from perennial.records.imports.read import NotAnExport, read_export
from perennial.records.reading import Reading
from perennial.records.record import Link, Record


def ris(*lines: str, database: str = "") -> Record:
    text = "\n".join(["TY  - JOUR", "TI  - Synthetic record", *lines, "ER  - ", ""])
    (found,) = read_export(text.encode(), "file.ris", database).found
    return found.record


def table(text: str, database: str = "") -> Reading:
    return read_export(text.encode(), "file.csv", database)


@pytest.mark.parametrize(
    ("lines", "database", "record_id"),
    [
        (["AN  - WOS:000111111100001"], "", "wos:000111111100001"),
        (["AN  - CN-00000001"], "Embase", "central:CN-00000001"),
        (["UR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-1111&doi=10.1000%2fa"], "", "scopus:2-s2.0-1111"),
        (
            ["UR  - http://www.embase.com/search/results?subaction=viewrecord&from=export&id=L2000000001"],
            "",
            "embase:L2000000001",
        ),
        (["DB  - Embase", "U2  - L2000000001"], "", "embase:L2000000001"),
        (["DB  - Embase", "DB  - Medline", "AN  - L2000000001"], "", "embase:L2000000001"),
        (["AN  - 2000000001"], "Embase", "embase:L2000000001"),
        (["ID  - 2000000001"], "Embase", "embase:L2000000001"),
        (["L2  - http://ovidsp.ovid.com/ovidweb.cgi?T=JS&D=emed21&NEWS=N&AN=2000000001"], "", "embase:L2000000001"),
        (["L2  - http://ovidsp.ovid.com/ovidweb.cgi?T=JS&D=medl&NEWS=N&AN=30000001"], "Embase", "pmid:30000001"),
        (["AN  - 30000001", "DP  - NLM"], "", "pmid:30000001"),
        (["ID  - 30000001"], "Ovid MEDLINE", "pmid:30000001"),
        (["AN  - 2019-00000-001"], "APA PsycInfo", "psycinfo:2019-00000-001"),
        (["AN  - 100000001", "DB  - CINAHL Complete"], "", "cinahl:100000001"),
        (
            ["UR  - https://search.ebscohost.com/login.aspx?direct=true&db=rzh&AN=100000001&site=ehost-live"],
            "",
            "cinahl:100000001",
        ),
        (["UR  - https://www.proquest.com/scholarly-journals/a/docview/1000000001/se-2"], "", "proquest:1000000001"),
    ],
)
def test_an_accession_that_tells_its_register_names_the_record(lines, database, record_id):
    assert ris(*lines, database=database).record_id == record_id


@pytest.mark.parametrize(
    ("lines", "database", "source"),
    [
        (["AN  - 2000000001"], "", "unknown"),
        (["AN  - 2000000001"], "Cochrane Library", "cochrane_library"),
        (["AN  - 30000001", "DB  - Medline"], "CINAHL", "pmid"),
        (["ID  - 369"], "Embase", "embase"),
        (["ID  - 369"], "PubMed", "pubmed"),
        (["AN  - rayyan-1"], "Embase", "embase"),
        (["AN  - 1000000001"], "PubMed Central", "pubmed_central"),
        (["DB  - JSTOR"], "", "jstor"),
        (["L2  - http://ieeexplore.ieee.org/xpls/abs_all.jsp?arnumber=1000001"], "", "unknown"),
    ],
)
def test_nothing_is_guessed_of_a_number(lines, database, source):
    record = ris(*lines, database=database)
    assert record.source == source
    assert record.accession == ("30000001" if source == "pmid" else "")
    if not record.accession:
        assert record.record_id.startswith("digest:")
        tag, _, text = lines[0].partition("  - ")
        assert (tag, text) in record.extra


def test_a_pmid_names_records_of_pubmed_only():
    embase = ris("U2  - L2000000001", "C5  - 30000001", "DB  - Embase")
    assert (embase.record_id, embase.pmid) == ("embase:L2000000001", "30000001")
    cochrane = ris("AN  - CN-00000001", "C3  - PUBMED 30000001,EMBASE 2000000001")
    assert (cochrane.record_id, cochrane.pmid) == ("central:CN-00000001", "30000001")
    assert ris("N1  - Comment in: Synth J. 2020. PMID: 30000001").pmid == ""
    assert ris("UR  - https://pubmed.ncbi.nlm.nih.gov/30000001/").pmid == "30000001"


@pytest.mark.parametrize(
    "line",
    [
        "DO  - 10.1000/A(1)b",
        "DO  - http://dx.doi.org/10.1000/a(1)b",
        "UR  - https://doi.org/10.1000/a(1)b",
        "M3  - doi:10.1000/A(1)b",
        "N1  - doi: 10.1000/a(1)b",
        "L3  - https://dx.doi.org/10.1000%2Fa(1)b",
    ],
)
def test_a_doi_is_found_wherever_it_stands_alone(line):
    assert ris(line).doi == "10.1000/a(1)b"


def test_a_doi_of_another_paper_is_none_of_the_record():
    assert (
        ris("N1  - References: Smith, https://doi.org/10.1000/other", "UR  - https://example.org/10.1000/x/full").doi
        == ""
    )


@pytest.mark.parametrize(
    ("years", "dates", "known", "text"),
    [
        (["2020/03//"], [], "2020-03", ""),
        (["2014//"], [], "2014", ""),
        (["2020///Spring"], [], "2020", "2020 Spring"),
        (["2020", "2020///Spring"], [], "2020", "2020 Spring"),
        (["2019-2020"], [], "2019", "2019-2020"),
        (["2022 Jan-Feb 01"], [], "2022-01", "2022 Jan-Feb 01"),
        (["2021"], ["2021/10/18/"], "2021-10-18", ""),
        (["2020", "4-8 Aug. 2020"], [], "2020-08-04", "4-8 Aug. 2020"),
        (["2017"], ["Oct"], "2017-10", ""),
        (["2017"], ["Jun-15"], "2017-06-15", ""),
        (["2017"], ["09-01"], "2017-09-01", ""),
        (["2017"], ["Mar - Apr"], "2017-03", "2017 Mar - Apr"),
        (["2022"], ["MAR 1"], "2022-03-01", ""),
        (["2022"], ["3"], "2022-03", ""),
        (["Start date: 20170812"], [], "2017-08-12", "Start date: 20170812"),
        ([], ["September  1, 2021"], "2021-09-01", ""),
        ([], ["25 Aug 2004"], "2004-08-25", ""),
        (["2010 Mar 15"], [], "2010-03-15", ""),
        (["1998 Dec-1999 Jan"], [], "1998-12", "1998 Dec-1999 Jan"),
        (["2020"], ["2020-02-31"], "2020-02", ""),
        (["10 15"], [], "", "10 15"),
        (["888"], [], "", "888"),
        (["forthcoming"], [], "", "forthcoming"),
        ([], [], "", ""),
    ],
)
def test_a_date_is_known_as_far_as_it_is_printed(years, dates, known, text):
    assert published(years, dates) == (known, text, [])


def test_a_date_of_another_year_is_kept_beside():
    record = ris("PY  - 2020", "DA  - 2019/12/15")
    assert record.published == "2020" and ("DA", "2019/12/15") in record.extra


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Smith JA", "Smith, JA"),
        ("Smith J A", "Smith, J A"),
        ("Liu R.", "Liu, R."),
        ("de la Cruz AB", "de la Cruz, AB"),
        ("Hellinger FR Jr", "Hellinger, FR Jr"),
        ("J.-P. van der Berg", "van der Berg, J.-P."),
        ("Shannon,Claude E.", "Shannon, Claude E."),
        ("Wei Wu", "Wei Wu"),
        ("Andy SmithTom Weber", "Andy SmithTom Weber"),
    ],
)
def test_names_are_parted_where_there_is_no_doubt(name, expected):
    assert people([name]) == ([expected], [])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Lim SM, Shiau CWC, Lau Y.", ["Lim, SM", "Shiau, CWC", "Lau, Y."]),
        ("Smith, J.; Doe, K.", ["Smith, J.", "Doe, K."]),
        ("Smith, J., Doe, K.", ["Smith, J.", "Doe, K."]),
        ("Smith J.A., Jr., Doe K.", ["Smith, J.A. Jr.", "Doe, K."]),
        ("Smith, John A", ["Smith, John A"]),
        ("Öst, Ann (12345678901); Li, B. (12345678902)", ["Öst, Ann", "Li, B."]),
        ("Wei Wu, Qiao Qiao, Guodong Li", ["Wei Wu", "Qiao Qiao", "Guodong Li"]),
    ],
)
def test_names_in_one_cell(cell, expected):
    assert people(listed(cell))[0] == expected


def test_a_group_is_no_person():
    assert ris("AU  - Synthetic Study Group,", "AU  - Smith, J.").collectives == ("Synthetic Study Group",)
    text = b"@misc{k, title={Synthetic record}, author={{Synthetic Study Group} and Smith, J.}}"
    record = read_export(text, "file.bib").found[0].record
    assert (record.authors, record.collectives) == (("Smith, J.",), ("Synthetic Study Group",))


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ([], "article"),
        (["M3  - Conference Abstract"], "conference_abstract"),
        (["M3  - Journal: Conference Abstract"], "conference_abstract"),
        (["M3  - Trial registry record; Clinical trial protocol"], "trial_registration"),
        (["M3  - Erratum"], "erratum"),
        (["M3  - Preprint"], "preprint"),
        (["TY  - BOOK"], "book"),
        (["TY  - BOOK", "SP  - 82"], "article"),
        (["TY  - ABST"], "conference_abstract"),
        (["TY  - CONF"], "article"),
        (["TY  - CPAPER"], "article"),
        (["TY  - PREPRINT"], "preprint"),
    ],
)
def test_the_kind_of_a_record(lines, kind):
    form = next((line for line in lines if line.startswith("TY")), "TY  - JOUR")
    rest = [line for line in lines if not line.startswith("TY")]
    text = "\n".join([form, "TI  - Synthetic record", *rest, "ER  - "])
    assert read_export(text.encode(), "file.ris").found[0].record.kind == kind


def test_scopus_and_ovid_say_things_in_their_own_way():
    record = ris(
        "SN  - 11112222 (ISSN)",
        "C7  - 104501",
        "M3  - Review",
        "N1  - Cited By :2",
        "N1  - Export Date: 18 November 2019",
    )
    assert (record.issn, record.pages, record.publication_types) == (("1111-2222",), "104501", ("Review",))
    assert ("N1", "Cited By :2") in record.extra
    assert ris("SP  - No", "EP  - Specified").pages == ""
    assert ris("SP  - pp 37-64").pages == "37-64"
    assert ris("AB  - [No abstract available]", "AU  - [No author name available]").abstract == ""


def test_a_note_cut_short_by_scopus_costs_no_address():
    record = ris("N1  - References: Synthetic PubUR  - https://www.scopus.com/inward/record.uri?eid=2-s2.0-1111&doi=x")
    assert record.record_id == "scopus:2-s2.0-1111"


def test_tags_are_read_in_odd_forms_and_texts_that_look_like_tags_are_not():
    text = "ty  - JOUR\nti  - Synthetic record\nKW - one\ntwo\nA1\t- Smith, J.\nPMID - 30000001\nab  - Words\nDNA - more\nER  -\n"
    record = read_export(text.encode(), "file.ris").found[0].record
    assert (record.keywords, record.authors, record.pmid) == (("one", "two"), ("Smith, J.",), "30000001")
    assert record.abstract == "Words DNA - more"


def test_records_without_first_or_last_line_are_found_and_told():
    text = "T1  - Synthetic one\nER  - \n\nTY  - JOUR\nTI  - Synthetic two\n\n3.\nTY  - JOUR\nTI  - Synthetic three\nER  - \n"
    reading = read_export(text.encode(), "file.ris")
    assert [each.record.title for each in reading.found] == ["Synthetic one", "Synthetic two", "Synthetic three"]
    assert reading.numbers == (3,)
    assert "without the line TY" in reading.notes[0] and "without the line ER" in reading.notes[1]


def test_lines_after_the_end_belong_to_the_record_unless_they_bring_a_title():
    text = "TY  - JOUR\nTI  - Synthetic one\nER  - \nNL  - Synth J\nER  - \nTY  - JOUR\nTI  - Synthetic two\nER  - \nT1  - Synthetic three\n"
    one, two, three = (each.record for each in read_export(text.encode(), "file.ris").found)
    assert ("NL", "Synth J") in one.extra
    assert (two.title, three.title) == ("Synthetic two", "Synthetic three")


def test_a_number_on_the_last_line_of_a_text_is_no_counter():
    text = "TY  - JOUR\nTI  - Synthetic one\nAB  - Words and\n12\nTY  - JOUR\nTI  - Synthetic two\nAB  - Words and\n\n13.\nTY  - JOUR\nTI  - Three\n"
    reading = read_export(text.encode(), "file.ris")
    assert [each.record.abstract for each in reading.found] == ["Words and 12", "Words and", ""]
    assert reading.numbers == (13,)


def test_a_heading_names_the_database_of_the_records_below():
    text = "Provider: Synthetic\nDatabase: PsycINFO\n\nTY  - JOUR\nID  - 2020-00000-001\nER  - \nTY  - JOUR\nID  - 2020-00000-002\nER  - \n"
    reading = read_export(text.encode(), "file.ris")
    assert [each.record.record_id for each in reading.found] == ["psycinfo:2020-00000-001", "psycinfo:2020-00000-002"]
    assert reading.notes == []


def test_a_wrapped_keyword_is_one_and_a_line_of_its_own_is_another():
    assert ris("KW  - High-Intensity", "      Focused Ultrasound", "Another").keywords == (
        "High-Intensity Focused Ultrasound",
        "Another",
    )


def test_what_has_no_place_is_kept():
    record = ris(
        "T1  - Another title", "JF  - Journal", "JO  - J. Abbr.", "T2  - Series", "QQ  - unknown", "UR  - a", "UR  - b"
    )
    assert (record.journal, record.journal_abbreviation, record.url) == ("Journal", "J. Abbr.", "a")
    kept = {("T1", "Another title"), ("T2", "Series"), ("QQ", "unknown"), ("UR", "b"), ("TY", "JOUR")}
    assert set(record.extra) == kept


def test_every_text_of_a_record_is_somewhere_in_it():
    """Under every tag and in every column, alone and beside all others, with words that fit nowhere."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    tags = [a + b for a in letters for b in letters + "0123456789" if a + b not in ("TY", "ER")]
    whole = str(ris(*(f"{tag}  - word{tag}" for tag in tags)).to_dict())
    assert [tag for tag in tags if f"word{tag}" not in whole] == []
    assert [tag for tag in tags if f"word{tag}" not in str(ris(f"{tag}  - word{tag}").to_dict())] == []
    columns = ["title", *(name for name in PLACES if name not in ("title", "authors", "author_full_names"))]
    row = table(",".join(columns) + "\n" + ",".join(f"word {name}" for name in columns) + "\n").found[0].record
    assert [name for name in columns if f"word {name}" not in str(row.to_dict())] == []


def test_an_absurd_field_is_set_aside_with_its_record():
    text = f"TY  - JOUR\nTI  - Synthetic record\nAB  - {'x' * 1_000_001}\nER  - \nTY  - JOUR\nTI  - Good\nER  - \n"
    reading = read_export(text.encode(), "file.ris")
    assert [each.record.title for each in reading.found] == ["Good"]
    assert reading.set_aside[0].reason == "the field AB has 1,000,001 characters"


def test_medline_tells_links_registers_and_translations():
    text = (
        "PMID- 1\nTI  - [Synthetic record.]\nTT  - Enregistrement.\nSI  - ClinicalTrials.gov/NCT00000001\nSI  - ISRCTN/ISRCTN00000001\n"
        "SI  - GENBANK/AB000001\nROF - Synth J. 2020;1:2. PMID: 2\nCN  - Synthetic Group\nAB  - See NCT00000009.\nMH  - *One/two/*three\n"
    )
    record = read_export(text.encode(), "file.nbib").found[0].record
    assert (record.title, record.title_original) == ("Synthetic record.", "Enregistrement.")
    assert record.registry_ids == ("NCT00000001", "ISRCTN00000001")
    assert record.links == (Link("RetractionOf", "pmid:2", "Synth J. 2020;1:2. PMID: 2"),)
    assert (record.collectives, record.mesh) == (("Synthetic Group",), ("One/two*", "One/three*"))
    assert ("SI", "GENBANK/AB000001") in record.extra


def test_medline_records_without_a_blank_line_and_with_words_between():
    text = "PMID- 1\nTI  - Synthetic one\nSO  - Synth J\nPMID- 2\nTI  - Synthetic two\nSO  - Synth J\n\nWords of nobody\n\nPMID- 3\nTI  - Three\n"
    reading = read_export(text.encode(), "file.nbib")
    assert [each.record.record_id for each in reading.found] == ["pmid:1", "pmid:2", "pmid:3"]
    assert ("SO", "Synth J") in reading.found[1].record.extra
    assert "'Words of nobody'" in reading.notes[0]


@pytest.mark.parametrize(
    ("issue", "online", "published"), [("2018 Apr", "20170728", "2017-07-28"), ("2010 Mar 15", "201003", "2010-03-15")]
)
def test_medline_counts_from_the_day_of_electronic_publication(issue, online, published):
    text = f"PMID- 1\nTI  - Synthetic record\nDP  - {issue}\nDEP - {online}\n"
    record = read_export(text.encode(), "file.nbib").found[0].record
    assert record.published == published
    assert (("DP", issue) in record.extra) != (("DEP", online) in record.extra)


def test_eric_names_its_own_records():
    text = "OWN - ERIC\nTI  - Synthetic record\nOID - EJ0000001\nISSN - ISSN-1111-2222\n"
    assert read_export(text.encode(), "file.nbib").found[0].record.record_id == "eric:EJ0000001"


def test_control_characters_in_endnote_xml_cost_nothing():
    text = "<xml><records><record><titles><title>Synthetic\x0brecord</title></titles></record></records></xml>"
    assert read_export(text.encode(), "file.xml").found[0].record.title == "Synthetic record"


def test_scopus_embase_wos_and_trial_tables():
    scopus = (
        "Authors,Author full names,Author(s) ID,Title,Year,Source title,Art. No.,Page start,DOI,Link,Document Type,Source,EID\n"
        + (
            '"Smith J.; Doe K.","Smith, John (12345678901); Doe, Kim (12345678902)","1; 2",Synthetic one,2020,Synth J,77,,10.1000/a,'
            "https://www.scopus.com/x,Article,Scopus,2-s2.0-1111\n"
        )
    )
    record = table(scopus).found[0].record
    assert (record.record_id, record.authors, record.pages) == ("scopus:2-s2.0-1111", ("Smith, John", "Doe, Kim"), "77")
    assert (record.source, ("Source", "Scopus") in record.extra) == ("scopus", True)

    embase = "Title,Author Names,Source,PUI,Medline PMID,Clinical Trial Numbers\n" + (
        'Synthetic two,"Liu R., Adler D.G.","Synth J (2020) 136 SUPPL 1 (12-13). Date of Publication: 5 Nov 2020",L2000000001,30000001,'
        "ClinicalTrials.gov (NCT00000001)\n"
    )
    record = table(embase).found[0].record
    assert (record.record_id, record.authors, record.pmid) == (
        "embase:L2000000001",
        ("Liu, R.", "Adler, D.G."),
        "30000001",
    )
    assert (record.journal, record.volume, record.pages, record.published) == (
        "Synth J",
        "136 SUPPL 1",
        "12-13",
        "2020-11-05",
    )
    assert record.registry_ids == ("NCT00000001",)

    wos = 'PT\tAU\tTI\tSO\tPY\tUT\nJ\tSmith, J; Doe, K\tSynthetic "three"\tSYNTH J\t2020\tWOS:000111111100001\n'
    record = table(wos).found[0].record
    assert (record.record_id, record.authors, record.title) == (
        "wos:000111111100001",
        ("Smith, J", "Doe, K"),
        'Synthetic "three"',
    )

    trials = (
        "NCT Number,Study Title,Study URL\nNCT00000001,Synthetic four,https://clinicaltrials.gov/study/NCT00000001\n"
    )
    record = table(trials).found[0].record
    assert (record.record_id, record.kind, record.registry_ids) == (
        "nct:NCT00000001",
        "trial_registration",
        ("NCT00000001",),
    )


def test_embase_with_a_row_for_each_field():
    text = (
        '"TITLE","Synthetic one"\n"AUTHOR NAMES","Smith J.","Doe K."\n"PUBLICATION YEAR","2020"\n"PUI","L2000000001"\n\n'
        '"TITLE","Synthetic two"\n"AUTHOR NAMES","Li W."\n"ABSTRACT","Words,","more words"\n"PUI","L2000000002"\n'
    )
    one, two = (each.record for each in table(text).found)
    assert (one.record_id, one.authors, one.year) == ("embase:L2000000001", ("Smith, J.", "Doe, K."), "2020")
    assert (two.record_id, two.authors, two.abstract) == ("embase:L2000000002", ("Li, W.",), "Words, more words")


def test_a_bad_row_is_set_aside_with_its_line():
    reading = table(
        'title,abstract,doi\nSynthetic one,,\ntoo,few\n#NAME?,n/a,\nSynthetic two,"a\nb",10.1000/b,,\nx,y,z,w\n'
    )
    assert [(each.position, each.record.title) for each in reading.found] == [
        (1, "Synthetic one"),
        (4, "Synthetic two"),
    ]
    assert [(each.position, each.line, each.reason) for each in reading.set_aside] == [
        (2, 3, "the row has 2 cells, the header 3"),
        (3, 4, "no title, abstract or identifier"),
        (5, 7, "the row has 4 cells, the header 3"),
    ]
    assert reading.set_aside[2].text == "x,y,z,w"


def test_a_pmid_in_a_table_of_embase_names_no_record():
    record = (
        table("Title,Author Names,Emtree Drug Index Terms,Medline PMID\nSynthetic record,Li W.,,30000001\n")
        .found[0]
        .record
    )
    assert (record.source, record.accession, record.pmid) == ("embase", "", "30000001")


def test_commas_in_parentheses_part_no_keywords():
    record = (
        table('title,keywords,doi\nSynthetic record,"cyst (diagnosis, surgery), adult",10.1000/a\n').found[0].record
    )
    assert record.keywords == ("cyst (diagnosis, surgery)", "adult")


def test_stray_quotation_marks_in_a_row():
    reading = table('title,doi,abstract\n"Synthetic" one,10.1000/a,x\nSynthetic two,10.1000/b,"no end\nof it\nthree\n')
    assert [each.record.title for each in reading.found] == ["Synthetic one"]
    assert [each.text.count("\n") for each in reading.set_aside] == [2]


def test_a_text_that_mentions_columns_is_no_table():
    with pytest.raises(NotAnExport, match="no record"):
        read_export(b"We looked at many things\nsuch as the author, title, or year of it\n", "file")


def test_a_formula_in_a_cell_is_a_text():
    formula = '=HYPERLINK("http://example.org")'
    assert table(f'title,doi\n"{formula.replace(chr(34), chr(34) * 2)}",10.1000/a\n').found[0].record.title == formula


def test_a_spreadsheet_is_read_by_its_first_sheet_of_records():
    book = openpyxl.Workbook()
    book.active.append(["a note", "of nobody"])
    sheet = book.create_sheet("records")
    for row in (
        ["exported today"],
        ["Article Title", "Publication Year", "DOI"],
        ["Synthetic one", 2020.0, "10.1000/a"],
        [],
        ["Synthetic two"],
    ):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    reading = read_export(file.getvalue(), "file.xlsx")
    assert reading.format == "xlsx"
    assert [(each.record.title, each.record.published) for each in reading.found] == [
        ("Synthetic one", "2020"),
        ("Synthetic two", ""),
    ]
    assert len(reading.notes) == 2 and "'Sheet' was passed over" in reading.notes[1]


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><title>Login</title>", "web page"),
        (
            b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "b">]><xml><records><record/></records></xml>',
            "declares entities",
        ),
        (b"<PubmedArticleSet/>", "PubMed's XML"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04broken", "damaged"),
        (b"\xd0\xcf\x11\xe0", "old spreadsheet"),
        (b"id;key;value\n1;2;3\n", "columns"),
        (b"Dear all,\nplease find the search attached.\n", "no record"),
    ],
)
def test_other_files_are_refused_with_a_remedy(data, seems):
    with pytest.raises(NotAnExport, match=seems) as refusal:
        read_export(data, "file.ris")
    assert str(refusal.value).startswith("file.ris: ") and "Remedy: " in str(refusal.value)


def test_entities_of_an_endnote_file_are_not_expanded():
    text = "<xml><records><record><titles><title>&a;&b;</title></titles></record><record><titles><title>Good</title></titles></record></records></xml>"
    reading = read_export(text.encode(), "file.xml")
    assert [each.record.title for each in reading.found] == ["Good"]
    assert "no well-formed XML" in reading.set_aside[0].reason and "&a;" in reading.set_aside[0].text


def test_markup_in_titles_is_gone_and_entities_are_letters():
    assert ris().title == "Synthetic record"
    text = "TY  - JOUR\nTI  - <script>x</script> <i>Synthetic</i> &amp; p&lt;0.05\nER  - \n"
    assert read_export(text.encode(), "f").found[0].record.title == "x Synthetic & p<0.05"


def test_bibtex_keeps_entries_with_one_key_and_reads_what_it_refers_to():
    text = (
        "@string{synth = {Synthetic Journal}}\n@article{k, title={Synthetic {O}ne}, journal=synth}\n"
        "@article{k, title={Synthetic two}, crossref={p}, note={a}, note={b}}\n@proceedings{p, title={Proceedings}, year=2020}\n"
    )
    one, two, proceedings = (each.record for each in read_export(text.encode(), "file.bib").found)
    assert (one.title, one.journal, two.extra[-2:]) == (
        "Synthetic One",
        "Synthetic Journal",
        (("note", "a"), ("note", "b")),
    )
    assert (two.title, two.journal, two.year, proceedings.title) == (
        "Synthetic two",
        "Proceedings",
        "2020",
        "Proceedings",
    )


def test_same_bytes_give_the_same_reading():
    text = b"TY  - JOUR\nTI  - Synthetic record\nKW  - b;a\nKW  - c\nZZ  - x\nER  - \n"
    assert read_export(text, "f") == read_export(text, "f")
