"""Every export of the shared reference material: how many records, and the same fields as other readers find."""

import csv
import io
import logging
import re
from pathlib import Path

import bibtexparser
import nbib
import pytest
import rispy
from Bio import Medline

from perennial.records.identifiers import clean_doi
from perennial.records.imports.names import person
from perennial.records.imports.read import NotAnExport, read_export
from perennial.records.reading import Reading
from perennial.records.record import Record
from perennial.records.text import key, one_line, plain

EMPTY = "no title, abstract or identifier"
COUNTS: dict[str, tuple[str, int, int]] = {
    "eutils/biopython_Medline/pubmed_result1.txt": ("nbib", 1, 0),
    "eutils/biopython_Medline/pubmed_result2.txt": ("nbib", 4, 0),
    "eutils/biopython_Medline/pubmed_result3.txt": ("nbib", 1, 0),
    "exports/asreview_demo/_baseline.ris": ("ris", 100, 0),
    "exports/asreview_demo/baseline_empty_values.ris": ("ris", 4, 0),
    "exports/asreview_demo/baseline_reference_types.ris": ("ris", 0, 61),
    "exports/asreview_demo/baseline_tag-notes.ris": ("ris", 1, 11),
    "exports/asreview_demo/baseline_tag-notes_labels.ris": ("ris", 32, 0),
    "exports/asreview_demo/baseline_tag-notes_zotero.ris": ("ris", 4, 0),
    "exports/asreview_demo/baseline_tag_and_field_definitions.ris": ("ris", 1, 0),
    "exports/asreview_demo/baseline_tag_and_field_definitions_lists.ris": ("ris", 0, 1),
    "exports/asreview_demo/baseline_zotero.ris": ("ris", 100, 0),
    "exports/asreview_demo/duplicate_records.csv": ("csv", 10, 4),
    "exports/asreview_demo/embase.csv": ("csv", 6, 0),
    "exports/asreview_demo/embase.ris": ("ris", 6, 0),
    "exports/asreview_demo/embase_newpage.csv": ("csv", 6, 0),
    "exports/asreview_demo/faulty_year.ris": ("ris", 1, 0),
    "exports/asreview_demo/generic.csv": ("csv", 2, 0),
    "exports/asreview_demo/generic_bad_record_id.csv": ("csv", 6, 0),
    "exports/asreview_demo/generic_column_names_with_spaces.csv": ("csv", 2, 0),
    "exports/asreview_demo/generic_labels.csv": ("csv", 6, 0),
    "exports/asreview_demo/generic_labels_no_abs.csv": ("csv", 6, 0),
    "exports/asreview_demo/generic_labels_no_title.csv": ("csv", 6, 0),
    "exports/asreview_demo/generic_partial_labels.csv": ("csv", 6, 0),
    "exports/asreview_demo/generic_semicolon.csv": ("csv", 2, 0),
    "exports/asreview_demo/generic_tab.csv": ("tsv", 2, 0),
    "exports/asreview_demo/generic_tab.tab": ("tsv", 2, 0),
    "exports/asreview_demo/generic_tab.tsv": ("tsv", 2, 0),
    "exports/asreview_demo/missing_values.csv": ("csv", 4, 0),
    "exports/asreview_demo/ovid_psycinfo.ris": ("ris", 6, 0),
    "exports/asreview_demo/ovid_zotero.ris": ("ris", 6, 0),
    "exports/asreview_demo/proquest.ris": ("ris", 6, 0),
    "exports/asreview_demo/pubmed_endnote.txt": ("ris", 6, 0),
    "exports/asreview_demo/pubmed_zotero.ris": ("ris", 6, 0),
    "exports/asreview_demo/record_id.csv": ("csv", 10, 0),
    "exports/asreview_demo/ris_issue_1099.txt": ("ris", 7, 0),
    "exports/asreview_demo/ris_issue_992.txt": ("ris", 19, 0),
    "exports/asreview_demo/ris_many_authors.ris": ("ris", 1, 0),
    "exports/asreview_demo/scopus.ris": ("ris", 6, 0),
    "exports/asreview_demo/web_of_science.txt": ("ris", 10, 0),
    "exports/colrev/abi_inform_proquest_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/abi_inform_proquest_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/abi_inform_proquest_ris.ris": ("ris", 2, 0),
    "exports/colrev/abi_inform_proquest_ris_result.bib": ("bibtex", 2, 0),
    "exports/colrev/acm_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/acm_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/ais_enl.txt": ("endnote_tagged", 6, 0),
    "exports/colrev/ais_enl_result.bib": ("bibtex", 6, 0),
    "exports/colrev/bib_data.bib": ("bibtex", 5, 1),
    "exports/colrev/crossref_bib.bib": ("bibtex", 1, 0),
    "exports/colrev/crossref_bib_result.bib": ("bibtex", 1, 0),
    "exports/colrev/crossref_feed.bib": ("bibtex", 3, 0),
    "exports/colrev/csv_data.csv": ("csv", 2, 0),
    "exports/colrev/dblp_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/dblp_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/ebsco_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/ebsco_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/enl_data.enl": ("endnote_tagged", 3, 0),
    "exports/colrev/enl_data_expected.bib": ("bibtex", 3, 0),
    "exports/colrev/eric_nbib.nbib": ("nbib", 1, 0),
    "exports/colrev/eric_nbib_result.bib": ("bibtex", 1, 0),
    "exports/colrev/europe_pmc_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/europe_pmc_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/files_dir_bib.bib": ("bibtex", 3, 0),
    "exports/colrev/files_dir_bib_result.bib": ("bibtex", 3, 0),
    "exports/colrev/google_scholar_result.bib": ("bibtex", 7, 0),
    "exports/colrev/ieee_csv.csv": ("csv", 2, 0),
    "exports/colrev/ieee_csv_result.bib": ("bibtex", 2, 0),
    "exports/colrev/ieee_ris.ris": ("ris", 2, 0),
    "exports/colrev/ieee_ris_result.bib": ("bibtex", 2, 0),
    "exports/colrev/jstor_ris.ris": ("ris", 4, 0),
    "exports/colrev/jstor_ris_result.bib": ("bibtex", 4, 0),
    "exports/colrev/nbib_data.nbib": ("nbib", 1, 0),
    "exports/colrev/psycinfo_ris.ris": ("ris", 1, 0),
    "exports/colrev/psycinfo_ris_result.bib": ("bibtex", 1, 0),
    "exports/colrev/pubmed-chatbot-expected.bib": ("bibtex", 6, 0),
    "exports/colrev/pubmed-chatbot.csv": ("csv", 6, 0),
    "exports/colrev/pubmed_csv.csv": ("csv", 1, 0),
    "exports/colrev/pubmed_csv_result.bib": ("bibtex", 1, 0),
    "exports/colrev/records.bib": ("bibtex", 21, 0),
    "exports/colrev/records_expected.bib": ("bibtex", 19, 0),
    "exports/colrev/ris_data.ris": ("ris", 2, 0),
    "exports/colrev/scopus_bib.bib": ("bibtex", 11, 0),
    "exports/colrev/scopus_bib_result.bib": ("bibtex", 11, 0),
    "exports/colrev/springer_csv.csv": ("csv", 1, 0),
    "exports/colrev/springer_csv_result.bib": ("bibtex", 1, 0),
    "exports/colrev/taylor_and_francis_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/taylor_and_francis_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/test_records.bib": ("bibtex", 1, 0),
    "exports/colrev/trid_ris.ris": ("ris", 3, 0),
    "exports/colrev/trid_ris_result.bib": ("bibtex", 3, 0),
    "exports/colrev/unknown_source_bib.bib": ("bibtex", 1, 0),
    "exports/colrev/unknown_source_bib_result.bib": ("bibtex", 1, 0),
    "exports/colrev/web_of_science_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/web_of_science_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/wiley_bib.bib": ("bibtex", 2, 0),
    "exports/colrev/wiley_bib_result.bib": ("bibtex", 2, 0),
    "exports/colrev/xlsx_data.xlsx": ("xlsx", 3, 0),
    "exports/nbib/pmc_medlars.txt": ("nbib", 5, 0),
    "exports/nbib/pubmed-balloongui-set.nbib": ("nbib", 75, 0),
    "exports/nbib/single.nbib": ("nbib", 1, 0),
    "exports/rispy/example_basic.ris": ("ris", 1, 0),
    "exports/rispy/example_bom.ris": ("ris", 1, 0),
    "exports/rispy/example_custom_list_tags.ris": ("ris", 0, 1),
    "exports/rispy/example_empty_tag.ris": ("ris", 1, 0),
    "exports/rispy/example_extraneous_data.ris": ("ris", 2, 0),
    "exports/rispy/example_full.ris": ("ris", 2, 0),
    "exports/rispy/example_full_without_whitespace.ris": ("ris", 2, 0),
    "exports/rispy/example_full_write.ris": ("ris", 2, 0),
    "exports/rispy/example_multi_unknown_tags.ris": ("ris", 1, 0),
    "exports/rispy/example_multiline.ris": ("ris", 3, 0),
    "exports/rispy/example_single_unknown_tag.ris": ("ris", 1, 0),
    "exports/rispy/example_starting_newlines.ris": ("ris", 1, 0),
    "exports/rispy/example_urls.ris": ("ris", 4, 0),
    "exports/rispy/example_utf_chars.ris": ("ris", 1, 0),
    "exports/rispy/example_wos.ris": ("wos_tagged", 2, 0),
    "screening/covidence/review_excluded_csv_sample.csv": ("csv", 50, 0),
    "screening/rayyan_rayyanR/MLJ_articles.ris": ("ris", 5, 0),
    "screening/rayyan_rayyanR/my_publications.ris": ("ris", 6, 0),
    "screening/rayyan_rayyanR/tinea_update.ris": ("ris", 14, 0),
}
"""Records found and set aside. What is set aside has nothing but notes or authors, or ("10.4") no DOI that could be one."""
NO_EXPORTS = {
    "exports/colrev/10.1177_02683962211048201.json": "Crossref's answer",
    "exports/colrev/10.17705_1cais.04607.json": "Crossref's answer",
    "exports/colrev/10.2196_22081.json": "Crossref's answer",
    "exports/colrev/md_data.md": "no record of a known form",
    "screening/rayyan_rayyanR/MLJ_customizations_log.csv": "a table whose columns",
    "screening/rayyan_rayyanR/customizations_log.csv": "a table whose columns",
}
FOLDERS = ("exports", "eutils/biopython_Medline", "screening/rayyan_rayyanR", "screening/covidence")


def read(shared: Path, name: str) -> Reading:
    return read_export((shared / "data" / name).read_bytes(), name)


def records(shared: Path, name: str) -> list[Record]:
    return [each.record for each in read(shared, name).found]


def text_of(shared: Path, name: str) -> str:
    return (shared / "data" / name).read_text(encoding="utf-8-sig")


BEGINNINGS = {
    "ris": r"^TY  -",
    "nbib": r"^(?:PMID-|OWN - ERIC)",
    "wos_tagged": r"^PT ",
    "endnote_tagged": r"^%T ",
    "bibtex": r"^@\w+ ?\{",
}


def counted(text: str, form: str) -> int:
    """The records of a file without our reader: first lines of records, or rows of a table."""
    if form in BEGINNINGS:
        return len(re.findall(BEGINNINGS[form], text, re.MULTILINE))
    sign = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    return sum(1 for row in rows if any(row)) - 1


def test_the_table_names_every_file(shared):
    files = [path for folder in FOLDERS for path in (shared / "data" / folder).rglob("*") if path.is_file()]
    names = {path.relative_to(shared / "data").as_posix() for path in files if not path.name.startswith(".")}
    assert names == COUNTS.keys() | NO_EXPORTS.keys()


@pytest.mark.parametrize("name", COUNTS)
def test_each_file_is_read_whole(shared, name):
    form, found, set_aside = COUNTS[name]
    reading = read(shared, name)
    assert (reading.format, len(reading.found), len(reading.set_aside)) == (form, found, set_aside)
    assert {each.reason for each in reading.set_aside} <= {EMPTY}
    if form != "xlsx":
        assert found + set_aside == counted(text_of(shared, name), form)
    positions = sorted([each.position for each in reading.found] + [each.position for each in reading.set_aside])
    assert positions == list(range(1, found + set_aside + 1))


@pytest.mark.parametrize("name", NO_EXPORTS)
def test_what_is_no_export_is_refused_with_a_remedy(shared, name):
    with pytest.raises(NotAnExport, match=NO_EXPORTS[name]) as refusal:
        read(shared, name)
    assert name in str(refusal.value) and "Remedy: " in str(refusal.value)


ORACLES = {
    "abi_inform_proquest_bib.bib": "",
    "abi_inform_proquest_ris.ris": "",
    "acm_bib.bib": "",
    "ais_enl.txt": "",
    "crossref_bib.bib": "",
    "dblp_bib.bib": "",
    "enl_data.enl": "enl_data_expected.bib",
    "eric_nbib.nbib": "",
    "europe_pmc_bib.bib": "",
    "ieee_csv.csv": "",
    "ieee_ris.ris": "",
    "jstor_ris.ris": "",
    "psycinfo_ris.ris": "",
    "pubmed-chatbot.csv": "pubmed-chatbot-expected.bib",
    "pubmed_csv.csv": "",
    "records.bib": "records_expected.bib",
    "scopus_bib.bib": "",
    "springer_csv.csv": "",
    "taylor_and_francis_bib.bib": "",
    "trid_ris.ris": "",
    "web_of_science_bib.bib": "",
    "wiley_bib.bib": "",
}
"""What colrev made of its files; it gives chapters the title of their book, which the next line knows."""
CHAPTERS = {
    "This title is of type CHAP",
    "Book classified as document_type Book Chapter",
    "Dummy: write down your ideas",
}
NOT_PARTED = {"ieee_csv.csv", "springer_csv.csv"}
"""Names written "Given Family", or glued together, which we leave as they are."""


@pytest.mark.parametrize("name", ORACLES)
def test_colrev_finds_the_same(shared, name):
    folder = shared / "data/exports/colrev"
    oracle = folder / (ORACLES[name] or f"{name.rpartition('.')[0]}_result.bib")
    entries = [entry.fields_dict for entry in bibtexparser.parse_string(oracle.read_text(encoding="utf-8")).entries]

    def told(entry: dict, field: str) -> str:
        return re.sub("UNKNOWN|[{}\\\\]", "", one_line(entry[field].value)) if field in entry else ""

    def facts(title: str, year: str, doi: str, authors: str) -> tuple:
        return key(title), year if len(year) == 4 else "", doi.lower(), "" if name in NOT_PARTED else authors

    expected = {facts(told(e, "title"), told(e, "year"), told(e, "doi"), told(e, "author")) for e in entries}
    found = {
        facts(record.title, record.year, record.doi, " and ".join(record.authors))
        for record in records(shared, f"exports/colrev/{name}")
        if record.title not in CHAPTERS
    }
    assert found
    assert found <= expected | {each for each in found if name == "records.bib" and each[0] in DOUBLE}


DOUBLE = {
    key("Understanding the role of managerial agency in achieving business benefits from ERP systems"),
    key("Classifying the Ideational Impact of IS Review Articles - A Natural Language Processing Based Approach"),
}
"""colrev merged these two pairs."""
NOT_FOR_RISPY = {
    "exports/colrev/ris_data.ris": "it finds one of two records, for the first does not end",
    "exports/asreview_demo/baseline_tag_and_field_definitions.ris": "it knows no tags followed by a tab",
}
RIS = sorted(name for name, (form, _, _) in COUNTS.items() if form == "ris" and name not in NOT_FOR_RISPY)


@pytest.mark.parametrize("name", RIS)
def test_rispy_finds_the_same(shared, name):
    reading = read(shared, name)
    text = text_of(shared, name).replace("\r", "")
    theirs = rispy.loads(text)
    assert len(theirs) == len(reading.found) + len(reading.set_aside)
    for each in reading.found:
        other, record = theirs[each.position - 1], each.record
        titles = [other.get(field, "") for field in ("title", "primary_title", "short_title")]
        assert key(record.title) in map(key, titles) and (record.title or not any(titles))
        abstract = other.get("abstract") or other.get("notes_abstract") or ""
        assert key(record.abstract).startswith(key(plain(abstract)))
        authors = [person(author) for author in other.get("authors") or other.get("first_authors") or []]
        assert list(record.authors) == authors
        assert record.doi == clean_doi(other.get("doi", "")) or "doi" not in other
        keywords = [one_line(word) for words in other.get("keywords", []) for word in words.split(";")]
        assert list(record.keywords) == list(dict.fromkeys(filter(None, keywords)))
        year = re.search(r"\d{4}", other.get("year") or other.get("publication_year") or "")
        assert record.year == (year[0] if year else "")


PUBMED = sorted(name for name, (form, _, _) in COUNTS.items() if form == "nbib" and "colrev" not in name)


@pytest.mark.parametrize("name", PUBMED)
def test_nbib_and_biopython_find_the_same(shared, name):
    text = text_of(shared, name)
    theirs, biopython = nbib.read(text), list(Medline.parse(io.StringIO(text)))
    ours = records(shared, name)
    assert len(theirs) == len(biopython) == len(ours)
    for record, other, third in zip(ours, theirs, biopython, strict=True):
        assert record.record_id == f"pmid:{other['pubmed_id']}" == f"pmid:{third['PMID']}"
        assert key(record.title) == key(other["title"]) == key(third["TI"])
        assert record.abstract == one_line(other.get("abstract", "")) == one_line(third.get("AB", ""))
        assert list(record.authors) == [
            author["author"].replace(",", ", ").replace("  ", " ") for author in _named(other)
        ]
        assert record.journal == other["journal"] and record.volume == other.get("journal_volume", "")
        assert list(record.publication_types) == list(dict.fromkeys(other["publication_types"]))
        assert record.doi == clean_doi(other.get("doi", "") or record.doi)
        assert record.pmcid == (f"PMC{other['pmcid']}" if "pmcid" in other else "")
        headings = {(mesh["descriptor"], mesh.get("qualifier"), mesh["major"]) for mesh in other.get("descriptors", [])}
        assert {_heading(heading) for heading in record.mesh} == headings
        assert set(record.keywords) == {one_line(word) for word in other.get("keywords", [])}


def _named(other: dict) -> list[dict]:
    return [author for author in other.get("authors", []) if "author" in author]


def _heading(text: str) -> tuple[str, str | None, bool]:
    descriptor, _, qualifier = text.removesuffix("*").partition("/")
    return descriptor, qualifier or None, text.endswith("*")


def test_nothing_of_bibtex_is_logged(shared, caplog):
    with caplog.at_level(logging.DEBUG):
        reading = read(shared, "exports/colrev/ebsco_bib.bib")
    assert "not well-formed" in reading.notes[0]
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]
