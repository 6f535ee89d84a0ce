"""The servers that stand in for NCBI, Crossref, ClinicalTrials.gov and Europe PMC: true where they are to be true,
and wrong in the way that was asked for.
"""

import importlib.util
import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import ModuleType

import Bio.Entrez
import pytest
import requests
from Bio.Entrez import Parser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"server_{name}", Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


client, literature = load("client"), load("literature")
start, fault = client.start, client.fault

HOSTS = {
    "eutils": "entrez/eutils",
    "crossref": "works",
    "clinicaltrials": "api/v2/studies",
    "europepmc": "europepmc/webservices/rest/search",
}


def made(number: int) -> dict:
    """Records that differ in everything that can be searched for."""
    mesh = [
        [["Synthetic Disease", "Synthetic Disease, Acute", "Humans"][number % 3], number % 2 == 0, []],
        ["Animals", False, ["drug therapy"] if number % 5 == 0 else ["diagnosis"]],
    ]
    return literature.article(
        number,
        mesh=mesh if number % 7 else [],
        nm=["syntheticamab"] if number % 6 == 0 else [],
        crdt=literature.day(number * 3),
        edat=literature.day(number * 3 + 1),
        mdat=literature.day(number * 3 + 400),
        dp=["2019", "2019/02", "2020/02/29"][number % 3],
        authors=[[f"Author{number % 9}", "Synthetic Q"]],
    )


RECORDS = [made(number) for number in range(1, 61)]
PMIDS = [record["pmid"] for record in RECORDS]


@pytest.fixture(scope="module")
def shared_server() -> Iterator:
    with start("eutils", RECORDS) as server:
        yield server


@pytest.fixture
def eutils(shared_server) -> Iterator:
    """The server with these records, without faults; a test that changes records starts one of its own."""
    shared_server.control(faults=[], seed=0, reset_log=True, rate_limit=None)
    yield shared_server
    shared_server.control(faults=[], rate_limit=None)


def ask(server, endpoint: str, method: str = "GET", **parameters) -> requests.Response:
    parameters = {"db": "pubmed", **parameters}
    sent = {"params" if method == "GET" else "data": parameters}
    return requests.request(method, f"{server.address}entrez/eutils/{endpoint}.fcgi", timeout=20, **sent)


def esearch(server, term: str, **parameters) -> dict:
    answer = ask(server, "esearch", "POST", term=term, retmode="json", **parameters)
    return json.loads(answer.content, strict=False)["esearchresult"]


def found(server, term: str) -> set[str]:
    return set(esearch(server, term, retmax=9999)["idlist"])


def fetch(server, ids: list[str], **parameters) -> etree._Element:
    return etree.fromstring(ask(server, "efetch", "POST", id=",".join(ids), retmode="xml", **parameters).content)


def pmids_in(articles: etree._Element) -> list[str]:
    return articles.xpath("*/MedlineCitation/PMID/text() | */BookDocument/PMID/text()")


# What is true: reading the answers.


@pytest.fixture
def offline(monkeypatch) -> None:
    """Biopython would look for a DTD that it does not bring on the network."""
    monkeypatch.setattr(Parser, "urlopen", lambda url: pytest.fail(f"asked the network for {url}"))


def read(answer: requests.Response):
    return Bio.Entrez.read(io.BytesIO(answer.content))


def test_biopython_reads_every_answer(eutils, offline):
    page = read(ask(eutils, "esearch", term='"no such words"[tiab] OR 1:99999999[uid] OR x[nonsense]', usehistory="y"))
    assert page["Count"] == "60" and len(page["IdList"]) == 20 and page["RetMax"] == "20"
    assert page["ErrorList"]["FieldNotFound"] == ["nonsense"]
    assert page["WarningList"]["QuotedPhraseNotFound"] == ['"no such words"[tiab]']
    posted = read(ask(eutils, "epost", "POST", id=",".join(PMIDS[:3])))
    assert set(posted) == {"QueryKey", "WebEnv"}
    summaries = read(ask(eutils, "esummary", WebEnv=posted["WebEnv"], query_key=posted["QueryKey"]))
    assert [summary["Id"] for summary in summaries] == PMIDS[:3]
    assert summaries[0]["AuthorList"] == ["Author1 SQ"]
    fetched = read(ask(eutils, "efetch", WebEnv=posted["WebEnv"], query_key=posted["QueryKey"], retmode="xml"))
    assert [str(each["MedlineCitation"]["PMID"]) for each in fetched["PubmedArticle"]] == PMIDS[:3]
    with pytest.raises(RuntimeError, match="Invalid db name specified: nothing"):
        read(ask(eutils, "epost", db="nothing", id="1"))


RICH = literature.article(
    900,
    version=2,
    title="Synthetic <record> & more",
    abstract=[["BACKGROUND", "Made up."], ["RESULTS", "p < 0.05"]],
    authors=[["Family", "Jean-Paul Quentin"], ["Synthetic Study Group"]],
    nm=["syntheticamab", ["synthetic protocol", "Protocol"]],
    si=["NCT99000001"],
    links=[["RetractionIn", "90000901", "Synthetic J. 2024 May 3"]],
    keywords=["made up"],
    dp="2024/05/03",
    crdt="2024/05/01",
    mdat="2025/02/07",
)


def test_records_keep_to_the_dtd_and_say_what_the_store_says():
    folder = Path(Bio.Entrez.__file__).parent / "DTDs"
    text = (folder / "pubmed_250101.dtd").read_text(encoding="utf-8")
    alone = re.sub("<!ENTITY % mathml-in-pubmed[^>]*>", "", text).replace(
        "%mathml-in-pubmed;", "<!ELEMENT mml:math ANY>"
    )
    chapter = literature.article(901, book=True)
    bare = {"pmid": "90000902", "title": "Synthetic record", "dp": "2024"}
    with start("eutils", [RICH, chapter, bare]) as server:
        articles = fetch(server, ["90000900", "90000901", "90000902"])
    dtd = etree.DTD(io.StringIO(alone))
    assert dtd.validate(articles), dtd.error_log.filter_from_errors()
    rich = articles[0]
    said = {
        "ArticleTitle": "Synthetic <record> & more",
        "Abstract/AbstractText[@Label='RESULTS']": "p < 0.05",
        "AuthorList/Author[2]/CollectiveName": "Synthetic Study Group",
        "AuthorList/Author[1]/Initials": "JPQ",
        "DataBankList//AccessionNumber": "NCT99000001",
        "Journal//PubDate/Month": "May",
    }
    for path, text in said.items():
        assert rich.findtext(f"MedlineCitation/Article/{path}") == text
    citation = rich.find("MedlineCitation")
    assert citation.find("PMID").get("Version") == "2"
    assert "".join(citation.find("DateRevised").itertext()) == "20250207"
    assert citation.findtext("ChemicalList//NameOfSubstance") == "syntheticamab"
    assert citation.findtext("SupplMeshList/SupplMeshName") == "synthetic protocol"
    assert citation.findtext("CommentsCorrectionsList/*[@RefType='RetractionIn']/PMID") == "90000901"
    assert "".join(rich.find("PubmedData/History/*[@PubStatus='entrez']").itertext()) == "202451"
    assert rich.findtext("PubmedData/ArticleIdList/*[@IdType='doi']") == "10.5555/synthetic.900"
    assert rich.find("MedlineCitation/DateCompleted") is not None and articles[2].find(".//DateCompleted") is None
    assert articles[1].tag == "PubmedBookArticle"


# What is true: the query language, against a second reading of the same records.


def words_of(*texts: str) -> list[str]:
    return re.findall(r"\w+", " ".join(texts).lower())


def padded(date: str) -> str:
    """A partial date counts from its first day."""
    return (date + "/01/01"[3 * (date.count("/")) :])[:10]


def within(name: str, first: str, last: str) -> Callable[[dict], bool]:
    return lambda record: first <= padded(record[name]) <= last


def headings(*names: str, major: bool = False) -> Callable[[dict], bool]:
    return lambda record: any(name in names and (mark or not major) for name, mark, _ in record["mesh"])


DISEASES = ("Synthetic Disease", "Synthetic Disease, Acute", "Synthetic Disease, Chronic")
TERMS: dict[str, Callable[[dict], bool]] = {
    "alder[ti]": lambda record: "alder" in words_of(record["title"]),
    "Birch [ab]": lambda record: "birch" in words_of(record["abstract"]),
    "rowan[tiab]": lambda record: "rowan" in words_of(record["title"], record["abstract"]),
    '"were randomly assigned"[Title/Abstract]': lambda record: True,
    "maple olive[tiab]": lambda record: "maple olive" in record["abstract"],
    "spr*[ti]": lambda record: any(word.startswith("spr") for word in words_of(record["title"])),
    "birch*[tw]": lambda record: "birch" in words_of(record["title"], record["abstract"]),
    '"Synthetic Disease"[mh]': headings(*DISEASES),
    '"Synthetic Disease"[mh:noexp]': headings("Synthetic Disease"),
    "Synthetic Disease, Acute[MeSH Terms]": headings("Synthetic Disease, Acute"),
    "synthetic disease[majr]": headings(*DISEASES, major=True),
    "synthetic disease[majr:noexp]": headings("Synthetic Disease", major=True),
    "animals [mh]": headings("Animals", "Humans"),
    "humans [mh]": headings("Humans"),
    "drug therapy [sh]": lambda record: any("drug therapy" in below for _, _, below in record["mesh"]),
    "animals/drug therapy[mh]": lambda record: any(
        name == "Animals" and "drug therapy" in below for name, _, below in record["mesh"]
    ),
    "syntheticamab[nm]": lambda record: bool(record["nm"]),
    "randomized controlled trial [pt]": lambda record: "Randomized Controlled Trial" in record["pt"],
    "clinical trial[pt]": lambda record: "Randomized Controlled Trial" in record["pt"],
    "author3 s[au]": lambda record: record["authors"][0][0] == "Author3",
    "author4[au]": lambda record: record["authors"][0][0] == "Author4",
    "synthetic journal 7[ta]": lambda record: record["journal"] == "Synthetic journal 7",
    "english[la]": lambda record: True,
    f"{PMIDS[9]}[uid]": lambda record: record["pmid"] == PMIDS[9],
    f"{PMIDS[4]}:{PMIDS[20]}[UID]": lambda record: int(PMIDS[4]) <= int(record["pmid"]) <= int(PMIDS[20]),
    "10.5555/synthetic.17[doi]": lambda record: record["doi"] == "10.5555/synthetic.17",
    '"2019/02/01"[dp] : "3000"[dp]': within("dp", "2019/02/01", "3000/12/31"),
    '"2019/02"[pdat]': within("dp", "2019/02/01", "2019/02/31"),
    "2019[dp]": within("dp", "2019/01/01", "2019/12/31"),
    "2019/01/10:2019/03[crdt]": within("crdt", "2019/01/10", "2019/03/31"),
    '("2019/02/10"[Date - Create]:"2019/04/01"[Date - Create])': within("crdt", "2019/02/10", "2019/04/01"),
    "2019/03/04:2019/06/05[edat]": within("edat", "2019/03/04", "2019/06/05"),
    "2020/03/01:2020/05/09[mdat]": within("mdat", "2020/03/01", "2020/05/09"),
}
queries = st.recursive(
    st.sampled_from(sorted(TERMS)),
    lambda inner: st.lists(st.tuples(st.sampled_from(["AND", "OR", "NOT", ""]), inner), min_size=2, max_size=4),
    max_leaves=8,
)


def spelled(query: str | list) -> str:
    if isinstance(query, str):
        return query
    text = " ".join(f"{operator} ({spelled(part)})" for operator, part in query)
    return text.removeprefix(query[0][0])


def expected(query: str | list) -> set[str]:
    if isinstance(query, str):
        return {record["pmid"] for record in RECORDS if TERMS[query](record)}
    result = expected(query[0][1])
    for operator, part in query[1:]:
        other = expected(part)
        result = result | other if operator == "OR" else result - other if operator == "NOT" else result & other
    return result


@pytest.mark.parametrize("term", TERMS)
def test_each_kind_of_term_finds_what_it_names(eutils, term):
    result = esearch(eutils, term, retmax=9999)
    assert set(result["idlist"]) == expected(term)
    assert expected(term), "a term that finds nothing tests nothing"
    assert "errorlist" not in result and "warninglist" not in result


@settings(max_examples=150)
@given(queries)
def test_operators_are_applied_from_left_to_right(shared_server, query):
    assert found(shared_server, spelled(query)) == expected(query)


def test_the_cochrane_filter_is_understood(eutils):
    term = (
        "(synthetic disease[mh]) AND (randomized controlled trial [pt] OR controlled clinical trial [pt] OR "
        "randomized [tiab] OR placebo [tiab] OR drug therapy [sh] OR randomly [tiab] OR trial [tiab] OR groups [tiab]) "
        'NOT (animals [mh] NOT humans [mh]) AND ("2019/02/01"[dp] : "3000"[dp])'
    )
    result = esearch(eutils, term, retmax=9999)
    diseases, people = headings(*DISEASES), headings("Humans")
    plausible = {r["pmid"] for r in RECORDS if diseases(r) and (people(r) or not headings("Animals")(r))}
    assert set(result["idlist"]) == plausible
    lost = result["errorlist"]["phrasesnotfound"]
    assert lost == ["randomized[tiab]", "placebo[tiab]", "trial[tiab]", "groups[tiab]"]


def test_what_is_not_known_is_dropped_and_reported(eutils):
    alone = esearch(eutils, "xyzzyqqq")
    assert (alone["count"], alone["idlist"]) == ("0", [])
    assert alone["errorlist"] == {"phrasesnotfound": ["xyzzyqqq"], "fieldsnotfound": []}
    assert alone["warninglist"]["outputmessages"] == ["No items found."]
    rest = esearch(eutils, '"No Such Heading"[mh] AND humans[mh] NOT nonsense[ti]', retmax=100)
    assert set(rest["idlist"]) == expected("humans [mh]")
    assert rest["errorlist"]["phrasesnotfound"] == ['"No Such Heading"[mh]', "nonsense[ti]"]
    assert rest["querytranslation"] == '"humans"[MeSH Terms]'
    field = esearch(eutils, "alder[wood]", retmax=100)
    assert field["errorlist"]["fieldsnotfound"] == ["wood"]
    assert set(field["idlist"]) == {
        r["pmid"] for r in RECORDS if "alder" in words_of(r["title"], r["abstract"])
    }  # in every field
    phrase = esearch(eutils, '"patients synthetic"[tiab]', retmax=100)
    assert phrase["count"] == "60" and phrase["warninglist"]["quotedphrasesnotfound"] == ['"patients synthetic"[tiab]']
    assert found(eutils, "2031:2032[crdt]") == set(), "days without records are known all the same"
    assert found(eutils, "xyzzyqqq NOT humans[mh]") == set(), "what is left is not all but humans, nor humans"


def test_words_without_a_tag_are_mapped_to_headings(eutils):
    result = esearch(eutils, "the humans alder")
    assert result["translationset"] == [{"from": "humans", "to": '"humans"[MeSH Terms] OR "humans"[All Fields]'}]
    assert result["querytranslation"] == '("humans"[MeSH Terms] OR "humans"[All Fields]) AND "alder"[All Fields]'
    assert result["warninglist"]["phrasesignored"] == ["the"]
    assert found(eutils, f"{PMIDS[0]} {PMIDS[5]}") == {PMIDS[0], PMIDS[5]}


def test_dates_beside_the_term_narrow_it(eutils):
    result = esearch(eutils, "english[la]", datetype="crdt", mindate="2019/01/10", maxdate="2019/03", retmax=100)
    assert set(result["idlist"]) == expected("2019/01/10:2019/03[crdt]")


# What is true: pages, history, ids.


@pytest.fixture(scope="module")
def many() -> Iterator:
    """25,000 records that match, 12,000 of them created on one day."""
    with start("eutils", literature.literature(25_000, busy=12_000)) as server:
        yield server


MATCH = '"Synthetic Disease"[mh] AND randomly[tiab]'


def test_no_more_than_9999_records_of_a_query_are_shown(many):
    whole = esearch(many, MATCH, retmax=100_000)
    assert (whole["count"], whole["retmax"], len(whole["idlist"])) == ("25000", "9999", 9999)
    last = esearch(many, MATCH, retstart=9500, retmax=500)
    assert last["idlist"] == whole["idlist"][9500:] and len(last["idlist"]) == 499
    beyond = ask(many, "esearch", term=MATCH, retstart=9999, retmode="json")
    assert beyond.status_code == 200
    with pytest.raises(ValueError, match="Invalid control character"):
        json.loads(beyond.content)
    message = json.loads(beyond.content, strict=False)["esearchresult"]["ERROR"]
    assert message.startswith("Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed,")
    in_xml = etree.fromstring(ask(many, "esearch", term=MATCH, retstart=9999).content)
    assert (in_xml.tag, in_xml.findtext("ERROR")) == ("eSearchResult", message)
    history = esearch(many, MATCH, usehistory="y", retmax=0)
    assert history["count"] == "25000" and history["idlist"] == []
    session = {"WebEnv": history["webenv"], "query_key": history["querykey"], "retmode": "xml"}
    tail = etree.fromstring(ask(many, "efetch", retstart=9990, retmax=500, **session).content)
    assert pmids_in(tail) == whole["idlist"][9990:]
    refused = etree.fromstring(ask(many, "efetch", retstart=9999, **session).content)
    assert (refused.tag, refused.findtext("ERROR")) == (
        "eFetchResult",
        "Search backend cannot retrieve history data. Reason: Exception: 'retstart' cannot be larger than 9998.",
    )


def test_days_and_ranges_of_pmids_add_up(many):
    count = lambda term: int(esearch(many, term, rettype="count")["count"])  # noqa: E731
    years = [count(f"{MATCH} AND {year}/01/01:{year}/12/31[crdt]") for year in range(2019, 2026)]
    assert sum(years) == 25_000
    busy = f"{MATCH} AND 2025/03/14:2025/03/14[crdt]"
    assert count(busy) == 12_000
    middle = literature.FIRST_PMID + 6_000
    assert count(f"{busy} AND 1:{middle}[UID]") == 6_000
    assert count(f"{busy} AND {middle + 1}:99999999[UID]") == 6_000


def test_a_count_alone_is_nothing_else(eutils):
    answer = ask(eutils, "esearch", term="english[la]", rettype="count")
    assert answer.text.endswith("<eSearchResult><Count>60</Count></eSearchResult>\n")
    assert esearch(eutils, "english[la]", rettype="count") == {"count": "60"}


def test_the_newest_come_first_and_pages_do_not_overlap(eutils):
    pages = [esearch(eutils, "english[la]", retstart=place, retmax=25)["idlist"] for place in (0, 25, 50)]
    assert [pmid for page in pages for pmid in page] == PMIDS[::-1]
    by_publication = esearch(eutils, "english[la]", sort="pub_date", retmax=100)["idlist"]
    dates = [padded(RECORDS[PMIDS.index(pmid)]["dp"]) for pmid in by_publication]
    assert dates == sorted(dates, reverse=True)


def test_posted_ids_are_fetched_from_the_session(eutils):
    posted = etree.fromstring(ask(eutils, "epost", "POST", id=",".join([PMIDS[3], "x9", PMIDS[1], "0"])).content)
    assert [each.text for each in posted.find("InvalidIdList")] == ["x9", "0"]
    session = {"WebEnv": posted.findtext("WebEnv"), "query_key": posted.findtext("QueryKey")}
    assert pmids_in(etree.fromstring(ask(eutils, "efetch", retmode="xml", **session).content)) == [PMIDS[3], PMIDS[1]]
    more = etree.fromstring(ask(eutils, "epost", id=PMIDS[7], WebEnv=session["WebEnv"]).content)
    assert (more.findtext("QueryKey"), more.findtext("WebEnv")) == ("2", session["WebEnv"])
    both = esearch(eutils, "", **session)
    assert both["idlist"] == [PMIDS[3], PMIDS[1]]
    assert esearch(eutils, f"{PMIDS[1]}[uid]", **session)["idlist"] == [PMIDS[1]]


def test_an_unknown_session_is_an_error_of_each_endpoint(eutils):
    session = {"WebEnv": "MCID_unknown", "query_key": "1"}
    assert esearch(eutils, "", **session) == {"ERROR": "Unable to obtain query #1"}
    summary = ask(eutils, "esummary", retmode="json", **session).json()
    assert summary["esummaryresult"] == ["Unable to obtain query #1"]
    fetched = etree.fromstring(ask(eutils, "efetch", retmode="xml", **session).content)
    assert (fetched.tag, fetched.findtext("ERROR")) == ("eFetchResult", "Unable to obtain query #1")


def test_ids_that_are_not_there_are_left_out_in_silence(eutils):
    assert pmids_in(fetch(eutils, [PMIDS[2], "5", PMIDS[0]])) == [PMIDS[2], PMIDS[0]]
    assert len(fetch(eutils, ["5"])) == 0
    summaries = ask(eutils, "esummary", id=f"{PMIDS[0]},5", retmode="json").json()["result"]
    assert summaries["uids"] == [PMIDS[0]] and summaries["5"]["error"] == "cannot get document summary"
    assert etree.fromstring(ask(eutils, "efetch", id="x", retmode="xml").content).findtext("ERROR")
    assert ask(eutils, "efetch", id=PMIDS[0]).text.startswith("Pubmed-entry ::=")
    assert ask(eutils, "efetch", id=",".join(PMIDS * 20), retmode="xml").status_code == 414


# Changes while it runs.


def test_records_change_while_the_server_runs():
    records = [literature.article(number, mesh=[], mdat="2024/01/01") for number in (1, 2, 3)]
    with start("eutils", records, tree={"Synthetic Disease": []}) as server:
        one, two, three = (record["pmid"] for record in records)
        assert found(server, "synthetic disease[mh]") == set()
        assert fetch(server, [one]).find(".//MeshHeadingList") is None
        indexed = {"mesh": [["Synthetic Disease", True, []]], "mdat": "2025/02/03"}
        server.control(changes={one: indexed, two: {"version": 2, "title": "Synthetic record, second version"}})
        assert found(server, "synthetic disease[mh]") == found(server, "2025:3000[mdat]") == {one}
        assert found(server, "second version[ti]") == {two} and found(server, "2[ti]") == set()
        articles = fetch(server, [one, two])
        assert articles[0].findtext(".//DescriptorName") == "Synthetic Disease"
        assert articles[1].find(".//PMID").get("Version") == "2"
        server.control(changes={two: {"deleted": True}, three: {"links": [["RetractionIn", one, "Synthetic J."]]}})
        assert found(server, "english[la]") == {one, three}
        articles = fetch(server, [one, two, three])
        assert pmids_in(articles) == [one, three]
        assert articles.findtext(".//CommentsCorrections[@RefType='RetractionIn']/PMID") == one
        server.control(remove=[three], records=[literature.article(4)])
        assert found(server, "english[la]") == {one, literature.article(4)["pmid"]}


def test_a_change_that_makes_no_sense_is_refused(eutils):
    for wrong in (
        {"faults": [fault("no_such_fault")]},
        {"nonsense": 1},
        {"changes": {"5": {"title": "x"}}},
        {"records": [{"pmid": "5", "dp": "2024", "titel": "x"}]},
        {"records": [{"pmid": "5", "dp": "some day"}]},
        {"faults": [{"names": ["http_500"], "often": 3}]},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            eutils.control(**wrong)
    assert found(eutils, "english[la]") == set(PMIDS)


def test_more_requests_a_second_than_allowed_are_refused(eutils):
    eutils.control(rate_limit=[3, 10])
    answers = [ask(eutils, "esearch", term="alder") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    body = answers[3].json()
    assert body == {"error": "API rate limit exceeded", "api-key": "127.0.0.1", "count": "4", "limit": "3"}
    assert int(answers[3].headers["Retry-After"]) >= 1
    time.sleep(1)
    assert ask(eutils, "esearch", term="alder").status_code == 200
    keyed = [ask(eutils, "esearch", term="alder", api_key="secret-of-a-test") for _ in range(11)]
    assert [answer.status_code for answer in keyed] == [200] * 10 + [429]
    assert keyed[-1].json()["api-key"] == "secret-of-a-test"


def test_every_request_is_kept_with_what_it_asked_for(eutils):
    ask(eutils, "esearch", term="alder", api_key="secret-of-a-test")
    posted = etree.fromstring(ask(eutils, "epost", "POST", id=",".join(PMIDS[:2])).content)
    eutils.control(faults=[fault("http_500", endpoint="efetch")])
    ask(eutils, "efetch", WebEnv=posted.findtext("WebEnv"), query_key="1", retmode="xml")
    requests.get(f"{eutils.address}elsewhere", headers={"User-Agent": "synthetic agent"}, timeout=20)
    first, second, third, fourth = eutils.requests()
    assert first["endpoint"] == "esearch" and first["method"] == "GET" and first["fault"] == ""
    assert first["parameters"] == {"db": "pubmed", "term": "alder", "api_key": "secret-of-a-test"}
    assert second["method"] == "POST" and second["asked"] == PMIDS[:2]
    assert (third["fault"], third["status"], third["asked"]) == ("http_500", 500, PMIDS[:2])
    assert (fourth["endpoint"], fourth["status"], fourth["agent"]) == ("", 404, "synthetic agent")
    assert first["time"] < second["time"] < third["time"] < fourth["time"]
    eutils.control(reset_log=True)
    assert eutils.requests() == []


# Faults: each does what it says.


def asked_with(server, name: str, endpoint: str = "efetch", count: int = 9, **rest) -> requests.Response:
    """An answer with a fault in it: of efetch for some records, or of esearch for all."""
    known = rest.pop("parameters", {})
    server.control(faults=[fault(name, endpoint=endpoint, **rest)])
    if endpoint == "efetch":
        return ask(server, "efetch", "POST", id=",".join(PMIDS[:count]), retmode="xml", **known)
    return ask(server, endpoint, term="english[la]", **known)


@pytest.mark.parametrize(
    ("name", "status"),
    [("http_429", 429), ("http_429_date", 429), ("http_500", 500), ("http_502_html", 502), ("http_503", 503)],
)
def test_faults_of_status(eutils, name, status):
    answer = asked_with(eutils, name, seconds=7, parameters={"api_key": "secret-of-a-test"})
    assert answer.status_code == status
    if name == "http_429":
        assert answer.headers["Retry-After"] == "7" and answer.json()["api-key"] == "secret-of-a-test"
    if name == "http_429_date":
        wait = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp() - time.time()
        assert 0 < wait <= 7
    if name == "http_502_html":
        assert "<html>" in answer.text


def test_faults_of_bodies_with_http_200(eutils):
    bodies = {
        name: asked_with(eutils, name, parameters={"api_key": "secret-of-a-test"})
        for name in ("rate_limit_200", "error_xml_200", "html_200", "empty_body", "json_instead_of_xml")
    }
    assert {answer.status_code for answer in bodies.values()} == {200}
    assert bodies["rate_limit_200"].json()["api-key"] == "secret-of-a-test"
    assert etree.fromstring(bodies["error_xml_200"].content).xpath("/eFetchResult/ERROR/text()")
    assert "<html>" in bodies["html_200"].text
    assert bodies["empty_body"].content == b""
    assert isinstance(bodies["json_instead_of_xml"].json(), dict)
    search = asked_with(eutils, "error_xml_200", "esearch")
    assert etree.fromstring(search.content).xpath("/eSearchResult/ERROR/text()")
    broken = asked_with(eutils, "backend_failed_json", "esearch").content
    with pytest.raises(ValueError, match="Invalid control character"):
        json.loads(broken)
    assert "Search Backend failed" in json.loads(broken, strict=False)["esearchresult"]["ERROR"]
    with pytest.raises(ValueError, match=r"\w"):
        asked_with(eutils, "invalid_json", "esearch", parameters={"retmode": "json"}).json()


@pytest.mark.parametrize("name", ["truncated_xml", "malformed_xml", "invalid_utf8"])
def test_faults_of_documents(eutils, name):
    for endpoint in ("efetch", "esearch"):
        answer = asked_with(eutils, name, endpoint)
        assert answer.status_code == 200 and answer.content.startswith(b"<?xml")
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(answer.content)


def test_the_entity_bomb_has_entities_that_would_fill_memory(eutils):
    answer = asked_with(eutils, "entity_bomb").text
    assert answer.count("<!ENTITY") == 10 and "<PubmedArticleSet>&lol9;</PubmedArticleSet>" in answer
    with pytest.raises(etree.XMLSyntaxError, match=r"(?i)entit"):
        etree.fromstring(answer.encode(), etree.XMLParser(resolve_entities=True))


def test_the_gzip_bomb_is_small_until_it_is_unpacked(eutils):
    eutils.control(faults=[fault("gzip_bomb", megabytes=40)])
    with requests.get(f"{eutils.address}esearch.fcgi?db=pubmed&term=alder", stream=True, timeout=20) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert int(answer.headers["Content-Length"]) < 1 << 20
        assert sum(map(len, answer.iter_content(1 << 20))) == 40 << 20


def test_faults_of_the_connection(eutils):
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        asked_with(eutils, "truncated_body")
    with pytest.raises(requests.exceptions.ConnectionError, match=r"(?i)reset"):
        asked_with(eutils, "connection_reset")
    with pytest.raises(requests.exceptions.TooManyRedirects):
        asked_with(eutils, "redirect_loop")
    eutils.control(faults=[fault("timeout", seconds=5)])
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{eutils.address}esearch.fcgi", timeout=0.2)
    eutils.control(faults=[fault("timeout", seconds=0.01)])
    with pytest.raises(requests.exceptions.ConnectionError, match=r"(?i)reset"):
        requests.get(f"{eutils.address}esearch.fcgi", timeout=20)
    eutils.control(faults=[fault("slow_drip", seconds=0.1)])
    with requests.get(
        f"{eutils.address}efetch.fcgi?db=pubmed&id={','.join(PMIDS)}&retmode=xml", stream=True, timeout=20
    ) as answer:
        pieces = list(answer.raw.stream(1 << 16, decode_content=False))
    assert pmids_in(etree.fromstring(b"".join(pieces))) == PMIDS


@pytest.mark.parametrize("seed", range(5))
def test_faults_of_what_a_batch_holds(eutils, seed):
    eutils.control(seed=seed)
    asked = PMIDS[:9]
    fewer = pmids_in(etree.fromstring(asked_with(eutils, "fewer_records").content))
    assert len(fewer) == 6 and set(fewer) < set(asked)
    other = pmids_in(etree.fromstring(asked_with(eutils, "other_records").content))
    assert len(other) == 9 and len(set(other) - set(asked)) == 1
    twice = pmids_in(etree.fromstring(asked_with(eutils, "duplicate_records").content))
    assert len(twice) == 9 and len(set(twice)) == 8 and set(twice) < set(asked)
    amid = etree.fromstring(asked_with(eutils, "error_mid_batch").content)
    assert len(amid) == 9 and len(amid.findall("ERROR")) == 1 and len(pmids_in(amid)) == 8
    empty = etree.fromstring(asked_with(eutils, "empty_set").content)
    assert empty.tag == "PubmedArticleSet" and len(empty) == 0


def test_faults_of_what_a_page_says(eutils):
    clamped = etree.fromstring(asked_with(eutils, "clamped_page", "esearch", parameters={"retmax": 30}).content)
    assert clamped.findtext("Count") == "60" and len(clamped.findall("IdList/Id")) == 15
    wrong = etree.fromstring(asked_with(eutils, "wrong_count", "esearch").content)
    assert wrong.findtext("Count") != "60"
    wrong = etree.fromstring(asked_with(eutils, "wrong_count", "esearch", by=-3).content)
    assert wrong.findtext("Count") == "57"
    eutils.control(faults=[fault("changing_count")])
    assert [esearch(eutils, "english[la]")["count"] for _ in range(3)] == ["61", "62", "63"]


def test_a_session_expires_only_where_one_is_used(eutils):
    posted = etree.fromstring(ask(eutils, "epost", id=PMIDS[0]).content)
    eutils.control(faults=[fault("expired_webenv")])
    session = {"WebEnv": posted.findtext("WebEnv"), "query_key": "1"}
    assert pmids_in(fetch(eutils, PMIDS[:1])) == PMIDS[:1]
    answers = [ask(eutils, endpoint, retmode="xml", **session) for endpoint in ("esearch", "efetch", "esummary")]
    roots = [etree.fromstring(answer.content) for answer in answers]
    assert [root.tag for root in roots] == ["eSearchResult", "eFetchResult", "eSummaryResult"]
    assert {root.findtext("ERROR") for root in roots} == {"Unable to obtain query #1"}


EVERY = [
    "http_429",
    "http_429_date",
    "rate_limit_200",
    "http_500",
    "http_502_html",
    "http_503",
    "error_xml_200",
    "backend_failed_json",
    "html_200",
    "empty_body",
    "truncated_body",
    "truncated_xml",
    "malformed_xml",
    "error_mid_batch",
    "fewer_records",
    "other_records",
    "duplicate_records",
    "clamped_page",
    "wrong_count",
    "changing_count",
    "expired_webenv",
    "connection_reset",
    "timeout",
    "slow_drip",
    "gzip_bomb",
    "entity_bomb",
    "json_instead_of_xml",
    "invalid_json",
    "invalid_utf8",
    "redirect_loop",
    "empty_set",
]


def outcomes(server, number: int) -> list[str]:
    """Which fault struck each of some searches and fetches."""
    server.control(reset_log=True)
    for place in range(number):
        try:
            ask(server, *[("esearch",), ("efetch", "POST")][place % 2], id=PMIDS[0], retmode="xml", term="alder")
        except requests.exceptions.RequestException:
            continue
    return [entry["fault"] for entry in server.requests()]


def test_faults_strike_as_often_as_they_are_told(eutils):
    eutils.control(faults=[fault("http_500", times=2), fault("http_503", endpoint="efetch", times=1)])
    assert outcomes(eutils, 6) == ["http_500", "http_500", "", "http_503", "", ""]
    eutils.control(faults=[fault("empty_set")])
    assert outcomes(eutils, 4) == ["", "empty_set", "", "empty_set"], "only where it can be done"


def test_a_seed_decides_which_fault_strikes(eutils):
    quick = [name for name in EVERY if name not in ("timeout", "slow_drip", "gzip_bomb")]
    runs = []
    for seed in (1, 1, 2):
        eutils.control(seed=seed, faults=[fault(*quick, probability=0.5)])
        runs.append(outcomes(eutils, 60))
    assert runs[0] == runs[1] != runs[2]
    assert 15 < sum(name != "" for name in runs[0]) < 45 and len(set(runs[0])) > 8


# Starting and stopping.


@pytest.mark.parametrize("how", ["closed", "terminated"])
def test_it_says_where_it_is_and_ends_with_whoever_started_it(tmp_path, how):
    ready = tmp_path / "ready"
    command = [sys.executable, str(Path(__file__).parent / "crossref.py"), "--port", "0", "--ready", str(ready)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", address) and ready.read_text() == address
        assert requests.get(f"{address.strip()}works", timeout=20).json()["status"] == "ok"
        if how == "closed":
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


# The other three.


def test_crossref_tells_of_updates_in_both_directions():
    works = [literature.work(number) for number in range(1, 6)]
    article, retraction, correction = works[0], works[1], works[2]
    retraction["update-to"] = [literature.update(article["DOI"], "retraction", source="retraction-watch")]
    correction["update-to"] = [literature.update(article["DOI"].upper(), "correction")]
    article["updated-by"] = [literature.update(retraction["DOI"], "retraction")]
    with start("crossref", works) as server:
        get = lambda path, **parameters: requests.get(f"{server.address}{path}", parameters, timeout=20)  # noqa: E731
        for name in ("works/10.5555/synthetic.1", "works/10.5555%2FSYNTHETIC.1"):
            answer = get(name).json()
            assert (answer["status"], answer["message-type"], answer["message-version"]) == ("ok", "work", "1.0.0")
            assert answer["message"] == article
        missing = get("works/10.5555/nothing")
        assert (missing.status_code, missing.text) == (404, "Resource not found.")
        notices, cursor = [], "*"
        while True:
            page = get("works", filter=f"updates:{article['DOI']}", rows=1, cursor=cursor).json()["message"]
            assert page["total-results"] == 2
            if not page["items"]:
                break
            notices += page["items"]
            cursor = page["next-cursor"]
        assert notices == [retraction, correction]
        assert get("works", query="work 4").json()["message"]["items"] == [works[3]]
        assert get("works", filter="nonsense:1").status_code == 400
        assert get("works", rows=1001).json()["message"][0]["type"] == "integer-not-valid"
        wrong = get("works", cursor="thing")
        assert (wrong.status_code, wrong.json()["message"][0]["type"]) == (404, "cursor-invalid")


def test_clinicaltrials_searches_pages_and_counts():
    studies = [
        literature.trial(
            number,
            conditions=["Synthetic Disease, Large Cell"] if number % 2 else ["Other Condition"],
            interventions=[["syntheticamab", "madeupumab", "placebo"][number % 3]],
            status="COMPLETED" if number % 4 == 0 else "RECRUITING",
        )
        for number in range(1, 31)
    ]
    names = [study["protocolSection"]["identificationModule"]["nctId"] for study in studies]

    def numbers(answer: dict) -> list[int]:
        return [names.index(each["protocolSection"]["identificationModule"]["nctId"]) + 1 for each in answer["studies"]]

    with start("clinicaltrials", studies) as server:
        base = f"{server.address}api/v2/"
        get = lambda path, **parameters: requests.get(base + path, parameters, timeout=20)  # noqa: E731
        search = {"query.cond": '"large cell"', "query.intr": "syntheticamab OR madeupumab", "pageSize": 4}
        first = get("studies", countTotal="true", **search).json()
        wanted = [number for number in range(1, 31) if number % 2 and number % 3 != 2]
        assert first["totalCount"] == len(wanted)
        pages, token = [first], first.get("nextPageToken")
        while token:
            pages.append(get("studies", pageToken=token, **search).json())
            token = pages[-1].get("nextPageToken")
        assert [number for page in pages for number in numbers(page)] == wanted
        assert "totalCount" not in pages[1] and len(pages) == 3
        assert get("studies", pageToken=first["nextPageToken"]).status_code == 400, "a token is of one search"
        ids = {"filter.ids": f"{names[3]}|{names[7]},{names[0]}"}
        assert numbers(get("studies", **ids).json()) == [1, 4, 8]
        completed = get("studies", **ids, **{"filter.overallStatus": "COMPLETED"}).json()
        assert numbers(completed) == [4, 8]
        part = get("studies", fields="NCTId,OverallStatus,hasResults", pageSize=1).json()["studies"][0]
        assert part["protocolSection"] == {
            "identificationModule": {"nctId": names[0]},
            "statusModule": {"overallStatus": "RECRUITING"},
        }
        assert get(f"studies/{names[5]}").json() == studies[5]
        assert get("studies/NCT00000000").status_code == 404
        assert get("studies", **{"query.term": "AREA[Phase]PHASE2"}).status_code == 400
        assert get("studies", nonsense=1).status_code == 400
        assert set(get("version").json()) == {"apiVersion", "dataTimestamp"}
        server.control(changes={names[0]: {"hasResults": True}}, timestamp="2026-01-01T09:00:00")
        assert get(f"studies/{names[0]}").json()["hasResults"] is True
        assert get("version").json()["dataTimestamp"] == "2026-01-01T09:00:00"


def test_europepmc_pages_until_the_mark_stays():
    preprints = [literature.preprint(number, firstPublicationDate=f"202{number % 5}-03-01") for number in range(1, 21)]
    article = literature.preprint(99, source="MED", id="90000099", title="Synthetic article")
    later = [{"id": "90000099", "source": "MED", "type": "Preprint of", "reference": "Synthetic J."}]
    preprints[0]["commentCorrectionList"] = {"commentCorrection": later}
    with start("europepmc", [*preprints, article]) as server:

        def search(query: str, **parameters) -> requests.Response:
            given = {"query": query, "format": "json", "resultType": "core", **parameters}
            return requests.get(f"{server.address}europepmc/webservices/rest/search", given, timeout=20)

        query = '"synthetic disease" AND SRC:PPR AND FIRST_PDATE:[2021-01-01 TO 2023-12-31]'
        wanted = [each for each in preprints if "2021" <= each["firstPublicationDate"] < "2024"]
        collected, mark = [], "*"
        while True:
            answer = search(query, cursorMark=mark, pageSize=5).json()
            assert answer["hitCount"] == len(wanted) == 12
            collected += answer["resultList"]["result"]
            if answer["nextCursorMark"] == mark:
                break
            mark = answer["nextCursorMark"]
        assert collected == wanted and answer["resultList"]["result"] == []
        assert search('DOI:"10.5555/preprint.1"').json()["resultList"]["result"] == preprints[:1]
        lite = search("TITLE:preprint", resultType="lite").json()
        assert lite["hitCount"] == 20 and "abstractText" not in lite["resultList"]["result"][0]
        assert search("NONSENSE:x").status_code == 400 and search("(synthetic").json()["hitCount"] == 21
        assert search("synthetic NOT SRC:PPR").json()["resultList"]["result"] == [article]


@pytest.mark.parametrize("name", ["crossref", "clinicaltrials", "europepmc"])
def test_the_other_servers_misbehave_as_well(name):
    record = {"crossref": literature.work, "clinicaltrials": literature.trial, "europepmc": literature.preprint}[name](
        1
    )
    with start(name, [record]) as server:
        address = f"{server.address}{HOSTS[name]}?format=json" if name != "crossref" else f"{server.address}works"

        def get() -> requests.Response:
            return requests.get(address, timeout=20)

        for kind, status in (("http_429", 429), ("http_500", 500), ("http_502_html", 502), ("http_503", 503)):
            server.control(faults=[fault(kind, times=1)])
            assert (get().status_code, get().status_code) == (status, 200)
        for kind in ("html_200", "empty_body", "invalid_json", "invalid_utf8"):
            server.control(faults=[fault(kind)])
            answer = get()
            assert answer.status_code == 200
            with pytest.raises(ValueError, match=r"\w"):
                json.loads(answer.content)
        for kind in ("truncated_body", "connection_reset", "timeout"):
            server.control(faults=[fault(kind, seconds=0.01)])
            with pytest.raises(requests.exceptions.RequestException):
                get()
        with pytest.raises(ValueError, match="entity_bomb"):
            server.control(faults=[fault("entity_bomb")])
        assert [entry["fault"] for entry in server.requests()][-1] == "timeout"
