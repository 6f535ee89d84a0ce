"""What the columns of tables are called, by database and platform, and the place of each in a record."""

import re
from collections.abc import Sequence

from perennial.records.imports import wos

NAMES = {
    "title": "title article_title document_title item_title primary_title study_title titles",
    "title_original": "original_title original_non_english_title translated_title",
    "author": "authors author author_names author_s first_authors",
    "author_full": "author_full_names",
    "collective": "group_authors",
    "journal": (
        "journal journal_title source_title publication_title publication publication_name journal_book "
        "container_title alternate_title3"
    ),
    "secondary_title": "secondary_title booktitle conference_title",
    "journal_or_abbreviation": "journal_name",
    "journal_abbreviation": "abbreviated_source_title journal_abbreviation journal_iso_abbreviation alternate_title2",
    "volume": "volume journal_volume vol",
    "issue": "issue journal_issue number issue_number",
    "pages": "pages page_range",
    "first_page": "page_start start_page first_page beginning_page",
    "last_page": "page_end end_page last_page ending_page",
    "article_number": "art_no article_number",
    "year": "year publication_year published_year pub_year",
    "date": "date publication_date date_of_publication published_month month",
    "abstract": "abstract abstract_note abstract_summary notes_abstract",
    "keyword_list": (
        "keywords keyword author_keywords index_keywords keywords_plus manual_tags ieee_terms emtree_drug_index_terms "
        "emtree_drug_index_terms_major_focus emtree_medical_index_terms emtree_medical_index_terms_major_focus"
    ),
    "language": "language languages article_language language_of_article language_of_original_document",
    "type": "document_type publication_type content_type type_of_work type",
    "form": "type_of_reference item_type",
    "issn": "issn eissn print_issn electronic_issn",
    "doi": "doi item_doi digital_object_identifier",
    "pmid": "pmid pubmed_id medline_pmid",
    "pmcid": "pmcid pmc_id",
    "registry": "clinical_trial_numbers clinical_trial_number",
    "accession": "accession_number eid pui embase_accession_id ut_unique_wos_id unique_wos_id nct_number",
    "url": "url link embase_link study_url pdf_link",
    "link": "full_text_link",
    "database": "database name_of_database source_database",
    "citation": "citation",
    "citation_or_database": "source",
    "note": "notes",
    "created": "create_date",
}
PLACES = {name: place for place, names in NAMES.items() for name in names.split()}
NEEDED = {"title", "abstract", "doi", "pmid"}
"""A table without any of these holds no records."""
LISTS = {"author", "author_full", "keyword_list"}

SIGNS = (
    ("PubMed", {"pmid", "journal_book"}),
    ("Embase", {"author_names", "emtree_drug_index_terms"}),
    ("Embase", {"pui"}),
    ("Web of Science", {"ut_unique_wos_id"}),
    ("ClinicalTrials.gov", {"nct_number", "study_title"}),
    ("IEEE Xplore", {"ieee_terms"}),
)
"""Columns that only one database has."""


def column_key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def places_of(header: Sequence[str]) -> list[str]:
    """The place of each column; none is known where the header is no header of a table of records."""
    codes = [name.strip() for name in header]
    if "UT" in codes and "TI" in codes:
        return [wos.PLACES.get(code, "") for code in codes]
    places = [PLACES.get(column_key(name), "") for name in header]
    named = [name for name in header if name.strip()]
    return places if len(named) > 1 and NEEDED & set(places) else [""] * len(header)


def database_of(header: Sequence[str]) -> str:
    """The database that alone has such columns; else empty."""
    names = {column_key(name) for name in header}
    if {"ut", "ti"} <= names:
        return "Web of Science"
    return next((database for database, signs in SIGNS if signs <= names), "")
