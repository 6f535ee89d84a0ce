"""What counts as an answer of esearch and efetch: recorded ones, and error bodies as public repositories quote them."""

import re
from pathlib import Path

import pytest

from perennial.search.entrez import read_fetched, read_listing
from perennial.search.transport import BadAnswer

ERRORS = [
    b'{"error":"API rate limit exceeded","api-key":"1.2.3.4","count":"4","limit":"3"}',
    b'{"header":{"type":"esearch","version":"0.3"},"esearchresult":{"ERROR":"Search Backend failed: Exception:\n\'retstart\' cannot be larger than 9998."}}',
    b"<eFetchResult><ERROR>Search backend cannot retrieve history data. Reason: Exception: 'retstart' cannot be larger than 9998.</ERROR></eFetchResult>",
    b'{"esearchresult":{"ERROR":"Unable to obtain query #1"}}',
    b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>",
    b'{"esummaryresult":["Unable to obtain query #1"]}',
    b"<eSearchResult><Count>104860</Count></eSearchResult>",
    b"",
    b"<html><body>Down for maintenance</body></html>",
]


@pytest.mark.parametrize("body", ERRORS, ids=lambda body: body[:30].decode())
@pytest.mark.parametrize("read", [read_listing, read_fetched])
def test_an_error_is_no_answer(read, body):
    with pytest.raises(BadAnswer):
        read(body)


def test_recorded_answers(shared):
    """Each recorded esearch answer, compared with a plain search of its text; every other recording is refused."""
    read = 0
    for path in sorted((shared / "data" / "eutils" / "biopython_Entrez").glob("*.xml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.name.startswith("esearch"):
            listing = read_listing(path.read_bytes())
            assert listing.count == int(re.search(r"<Count>(\d+)</Count>", text)[1])
            assert list(listing.ids) == re.findall(r"<Id>(\d+)</Id>", text)
            read += 1
        else:
            with pytest.raises(BadAnswer):
                read_listing(path.read_bytes())
    assert read == 7


def test_what_was_not_found_is_told_in_words(shared):
    listing = read_listing((shared / "data/eutils/biopython_Entrez/esearch8.xml").read_bytes())
    assert listing.not_known == ("phrase not found: abcXYZ",)
    assert listing.translation


@pytest.mark.parametrize(
    "name", ["pubmed1.xml", "pubmed2.xml", "pubmed4.xml", "pubmed5.xml", "pubmed6.xml", "pubmed7.xml"]
)
def test_recorded_articles_are_fetched_answers(shared, name):
    body = (shared / "data/eutils/biopython_Entrez" / name).read_bytes()
    assert read_fetched(body).revised
    with pytest.raises(BadAnswer):
        read_fetched(body[: len(body) // 2])


def test_hostile_answers_are_refused(tmp_path: Path):
    dtd = '"-//NLM//DTD esearch 20060628//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/{}"'
    whole = "<eSearchResult><Count>0</Count><RetMax>0</RetMax><RetStart>0</RetStart><IdList/><TranslationSet/><QueryTranslation>x</QueryTranslation></eSearchResult>"
    for doctype in (
        f"<!DOCTYPE eSearchResult PUBLIC {dtd.format('no_such.dtd')}>",
        f'<!DOCTYPE eSearchResult [<!ENTITY x SYSTEM "file://{tmp_path}">]>',
        f"<!DOCTYPE eSearchResult PUBLIC {dtd.format('esearch.dtd')} [<!ENTITY x 'y'>]>",
    ):
        with pytest.raises(BadAnswer):
            read_listing(f'<?xml version="1.0"?>\n{doctype}\n{whole}'.encode())
