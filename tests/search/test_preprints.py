"""Europe PMC: every preprint of the question, once, and what their records say. All preprints are made up."""

import importlib.util
import os
from pathlib import Path

import pytest

from perennial.records.archive import archived_runs
from perennial.records.preprints import read_preprints
from perennial.records.reading import SetAside
from perennial.records.record import Link, Record, json_line
from perennial.search.preprints import search_preprints
from perennial.search.transport import SearchFailed

spec = importlib.util.spec_from_file_location("preprints_services", Path(__file__).with_name("services.py"))
services = importlib.util.module_from_spec(spec)
spec.loader.exec_module(services)
preprint = services.literature.preprint
DAY = services.DAY

FITTING = [preprint(number) for number in range(250)]
OTHERS = [
    preprint(900, firstPublicationDate="2018-12-31"),
    preprint(901, source="MED", id="99999901"),
    preprint(902, title="Another matter", abstractText="Nothing of it."),
]


def search(project: Path, server, query: str = '"synthetic disease"', **changes) -> None:
    transport = services.transport(f"{server.address}europepmc/webservices/rest/", **changes)
    search_preprints(project, DAY, query, "2019-01-01", transport)


def read(project: Path) -> list:
    (run,) = archived_runs(project, "europepmc")
    return list(read_preprints(run))


def record_of(project: Path, result: dict) -> Record:
    answer = {"version": "6.9", "hitCount": 1, "resultList": {"result": [result]}}
    (found,) = read_preprints(services.archive_of(project, "europepmc", [answer]))
    return found.record


@pytest.fixture(scope="module")
def server():
    with services.client.start("europepmc", records=FITTING + OTHERS) as running:
        yield running


@pytest.fixture(scope="module")
def well(server, tmp_path_factory):
    """What a run without any trouble tells."""
    project = tmp_path_factory.mktemp("well")
    search(project, server)
    return services.told(project, "europepmc")


@pytest.fixture(autouse=True)
def _ready(server, well, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # a busy disk takes longer than all else here
    server.control(faults=[], reset_log=True)


def test_all_preprints_of_the_question_come_once(tmp_path, server):
    search(tmp_path, server)
    found = read(tmp_path)
    assert [each.position for each in found] == list(range(1, 251))
    assert {each.record.accession for each in found} == {each["id"] for each in FITTING}
    told = services.told(tmp_path, "europepmc")
    assert (told["kind"], told["counts"]) == ("search", {"records": 250})
    asked = '("synthetic disease") AND (SRC:PPR) AND (FIRST_PDATE:[2019-01-01 TO 3000-12-31])'
    assert told["query"] == asked
    assert {each["parameters"]["query"] for each in server.requests()} == {asked}
    assert len(server.requests()) == 3


def test_a_question_may_have_no_answer(tmp_path, server):
    search(tmp_path, server, "nowhere")
    assert read(tmp_path) == []
    assert services.told(tmp_path, "europepmc")["counts"] == {"records": 0}


def test_the_archive_explains_itself(tmp_path, server):
    search(tmp_path, server)
    found = {path.name: data for path, data in services.files(tmp_path).items()}
    told = services.told(tmp_path, "europepmc")
    assert [answer["file"] for answer in told["answers"]] == sorted(name for name in found if name.endswith(".gz"))
    assert told["answers"][0]["parameters"]["cursorMark"] == "*"
    for name in ("run.json", "plan.json", "preprints-0001.json.gz"):
        assert name in found["README.txt"].decode()


@pytest.mark.parametrize("name", services.FAULTS)
def test_a_fault_that_passes_changes_nothing(tmp_path, server, well, name):
    server.control(faults=[services.client.fault(name, times=3, **services.FAULTS[name])])
    search(tmp_path, server)
    assert [each["fault"] for each in server.requests()].count(name) == 3
    assert services.told(tmp_path, "europepmc") == well


@pytest.mark.parametrize("name", services.FAULTS)
def test_a_fault_that_stays_leaves_no_archive(tmp_path, server, name):
    server.control(faults=[services.client.fault(name, **services.FAULTS[name])])
    with pytest.raises(SearchFailed, match="Remedy"):
        search(tmp_path, server)
    assert services.files(tmp_path) == {}


@pytest.mark.parametrize("after", [1, 2])
def test_killed_anywhere_it_goes_on_where_it_stopped(tmp_path, server, after):
    dying = services.dying(f"{server.address}europepmc/webservices/rest/", after)
    with pytest.raises(services.Killed):
        search_preprints(tmp_path, DAY, '"synthetic disease"', "2019-01-01", dying)
    search(tmp_path, server)
    asked = services.answered(server)
    assert len(asked) == len(set(asked)) == 3
    assert len(read(tmp_path)) == 250


def changing(times: int, change):
    """Changes what the answer to every second page says, so many times."""
    left = iter(range(times))

    def spoil(response, answer):
        second = "cursorMark=%2A" not in response.url and "00000200" not in response.url
        return change(answer) if second and next(left, None) is not None else answer

    return services.between(spoil)


def shifted(answer: dict) -> dict:
    """The order changed: a record of the first page comes again, one of this page never."""
    answer["resultList"]["result"][0] = FITTING[0]
    return answer


def grown(answer: dict) -> dict:
    return answer | {"hitCount": 251}


def ended(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "nextCursorMark"}


def stuck(answer: dict) -> dict:
    return answer | {"nextCursorMark": "*"}


@pytest.mark.parametrize("change", [shifted, grown, ended, stuck])
def test_a_list_that_moves_is_read_again_from_its_beginning(tmp_path, server, well, change):
    search(tmp_path, server, session=changing(3, change))
    assert services.told(tmp_path, "europepmc") == well


@pytest.mark.parametrize("change", [shifted, grown, ended, stuck])
def test_a_list_that_never_stands_still_is_given_up(tmp_path, server, change):
    with pytest.raises(SearchFailed, match=r"4 attempts at the whole list.*Remedy"):
        search(tmp_path, server, session=changing(1000, change))
    assert services.files(tmp_path) == {}


def short(answer: dict) -> dict:
    del answer["resultList"]["result"][10]
    return answer


def foreign(answer: dict) -> dict:
    answer["resultList"]["result"][10]["source"] = "MED"
    return answer


def nameless(answer: dict) -> dict:
    del answer["resultList"]["result"][10]["id"]
    return answer


@pytest.mark.parametrize(
    "change",
    [
        short,
        foreign,
        nameless,
        lambda answer: answer | {"version": ""},
        lambda answer: answer | {"hitCount": "many"},
        lambda answer: answer | {"resultList": {}},
        lambda answer: {"version": "6.9", "errCode": 404, "errMsg": "Synthetic"},
    ],
)
def test_a_page_that_is_none_is_asked_for_again(tmp_path, server, change):
    search(tmp_path / "struck", server, session=changing(2, change))
    assert len(read(tmp_path / "struck")) == 250
    assert len(server.requests()) == 5
    with pytest.raises(SearchFailed):
        search(tmp_path / "lost", server, session=changing(1000, change))
    assert services.files(tmp_path / "lost") == {}


def test_a_record_says_what_europe_pmc_says(tmp_path):
    result = preprint(
        7,
        id="PPR7",
        doi="https://doi.org/10.5555/PREPRINT.7",
        title="Synthetic <i>preprint</i> 7 &amp; more",
        abstractText="<h4>Background</h4>Made up<sup>2</sup>.<h4>Results</h4><p>None.</p>",
        authorList={
            "author": [
                {"fullName": "Author A", "firstName": "Anna B", "lastName": "Author", "initials": "AB"},
                {"fullName": "van Made CD", "lastName": "van Made", "initials": "CD"},
                {"fullName": "Up EF"},
                {"collectiveName": "Synthetic group"},
            ]
        },
        keywordList={"keyword": ["one", "two"]},
        language="eng",
        versionNumber=2,
        versionList={
            "version": [
                {"id": "PPR6", "source": "PPR", "versionNumber": 1},
                {"id": "PPR7", "source": "PPR", "versionNumber": 2},
                {"id": "PPR8", "source": "PPR", "versionNumber": 3},
            ]
        },
        commentCorrectionList={
            "commentCorrection": [
                {
                    "id": "999",
                    "source": "MED",
                    "reference": "Synthetic journal 1",
                    "type": "Preprint of",
                    "note": "A guess",
                },
                {"id": "998", "source": "MED", "type": "Comment in"},
                {"reference": "Somewhere else", "type": "Expression of concern in"},
            ]
        },
        firstIndexDate="2024-05-05",
        dateOfRevision="2024-06-01",
        license="cc by",
    )
    record = record_of(tmp_path, result)
    assert record.record_id == "europepmc:PPR7"
    assert record.to_dict() == {
        "record_id": "europepmc:PPR7",
        "source": "europepmc",
        "accession": "PPR7",
        "kind": "preprint",
        "title": "Synthetic preprint 7 & more",
        "authors": ("Author, Anna B", "van Made, CD", "Up, EF"),
        "collectives": ("Synthetic group",),
        "journal": "Synthetic server",
        "published": "2024-05-03",
        "abstract": "Background Made up2. Results None.",
        "language": ("eng",),
        "publication_types": ("Preprint",),
        "keywords": ("one", "two"),
        "doi": "10.5555/preprint.7",
        "links": (
            Link("UpdateIn", "pmid:999", "Synthetic journal 1"),
            Link("CommentIn", "pmid:998"),
            Link("ExpressionOfConcernIn", "", "Somewhere else"),
            Link("UpdateOf", "europepmc:PPR6"),
            Link("UpdateIn", "europepmc:PPR8"),
        ),
        "version": "2",
        "created": "2024-05-05",
        "revised": "2024-06-01",
        "url": "https://europepmc.org/article/PPR/PPR7",
        "extra": (("license", "cc by"), ("linkNote", "A guess")),
    }


def test_a_record_may_say_little(tmp_path):
    little = {"id": "PPR5", "source": "PPR", "authorString": "Made A, de Up BC, Group.", "pubYear": "2024"}
    record = record_of(tmp_path, little)
    assert record.authors == ("Made, A", "de Up, BC", "Group")
    assert (record.published, record.title, record.links) == ("2024", "", ())


def test_half_a_character_does_no_harm(tmp_path):
    """JSON can hold half of a surrogate pair, which no file in UTF-8 can."""
    record = record_of(tmp_path, preprint(5, title="Synthetic \ud83d preprint \U0001f600"))
    assert record.title == "Synthetic preprint \U0001f600"
    json_line(record.to_dict())


@pytest.mark.parametrize(
    "change",
    [
        {"title": ["a", {"b": 1}]},
        {"authorList": "many"},
        {"firstPublicationDate": "2024-13-01"},
        {"source": "MED"},
        {"id": "../PPR5"},
        {"abstractText": 5},
        {"versionList": {"version": [{"id": "PPR4", "versionNumber": "x"}]}},
    ],
)
def test_a_bad_result_is_set_aside_with_its_text(tmp_path, change):
    results = [preprint(1), preprint(2) | change, preprint(3)]
    answer = {"version": "6.9", "hitCount": 3, "resultList": {"result": results}}
    first, bad, last = read_preprints(services.archive_of(tmp_path, "europepmc", [answer]))
    assert (first.position, bad.position, last.position) == (1, 2, 3)
    assert isinstance(bad, SetAside) and "europepmc" in bad.reason
    assert "Synthetic" in bad.text
