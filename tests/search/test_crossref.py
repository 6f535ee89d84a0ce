"""Crossref: notices about included reports, told from either side, and a run that is whole or absent.

All works are made up, but for those that the tests of habanero recorded.
"""

import gzip
import importlib.util
import json
import os
from pathlib import Path

import pytest
import yaml

from perennial.records.archive import archived_runs
from perennial.records.notices import Notice, read_notices
from perennial.search.crossref import search_crossref
from perennial.search.transport import SearchFailed

spec = importlib.util.spec_from_file_location("crossref_services", Path(__file__).with_name("services.py"))
services = importlib.util.module_from_spec(spec)
spec.loader.exec_module(services)
work, update = services.literature.work, services.literature.update
DAY, EMAIL = services.DAY, services.EMAIL


def doi(number: int) -> str:
    return f"10.5555/synthetic.{number}"


REPORTS = [{"report_id": f"report-{number}", "doi": doi(number)} for number in range(1, 6)]
WORKS = [
    work(1, **{"updated-by": [update(doi(11), "retraction", "2024-07-01", "retraction-watch")]}),
    work(2),
    work(3, **{"updated-by": [update(doi(13), "correction", "2024-09-02")]}),
    work(4, **{"update-to": [update(doi(4), "withdrawal", "2024-10-01")]}),
    work(11),
    work(12, **{"update-to": [update(doi(2).upper(), "expression_of_concern", "2024-08-01")]}),
    work(13, **{"update-to": [update(doi(3), "Correction", "2024-09-01"), update(doi(99), "correction")]}),
]


def search(project: Path, server, reports=REPORTS, **changes) -> None:
    search_crossref(project, DAY, reports, EMAIL, services.transport(server.address, **changes))


def notices(project: Path) -> list[Notice]:
    (run,) = archived_runs(project, "crossref")
    return read_notices(run)


def brief(found: list[Notice]) -> list[tuple[str, ...]]:
    return [(each.report_id, each.direction, each.kind, each.notice_doi, each.date, each.told_by) for each in found]


@pytest.fixture(scope="module")
def server():
    with services.client.start("crossref", records=WORKS) as running:
        yield running


@pytest.fixture(scope="module")
def well(server, tmp_path_factory):
    """What a run without any trouble tells."""
    project = tmp_path_factory.mktemp("well")
    search(project, server)
    return services.told(project, "crossref")


@pytest.fixture(autouse=True)
def _ready(server, well, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # a busy disk takes longer than all else here
    server.control(faults=[], reset_log=True)


def test_notices_are_found_from_both_sides_and_told_once(tmp_path, server):
    search(tmp_path, server)
    assert brief(notices(tmp_path)) == [
        ("report-1", "updated-by", "retraction", doi(11), "2024-07-01", "retraction-watch"),
        ("report-2", "update-to", "expression_of_concern", doi(12), "2024-08-01", "publisher"),
        ("report-3", "both", "correction", doi(13), "2024-09-01", "publisher"),
        ("report-4", "update-to", "withdrawal", doi(4), "2024-10-01", "publisher"),
    ]
    told = services.told(tmp_path, "crossref")
    assert told["not_in_crossref"] == [doi(5)]
    assert told["counts"] == {"reports": 5, "dois": 5, "in_crossref": 4}


def test_a_report_that_is_a_notice_is_not_taken_for_one_that_has_a_notice(tmp_path, server):
    search(tmp_path, server, [{"report_id": "the-correction", "doi": doi(13)}])
    assert notices(tmp_path) == []


def test_reports_may_share_a_doi_or_have_none(tmp_path, server):
    reports = [
        {"report_id": "b", "doi": f"https://doi.org/{doi(2).upper()}"},
        {"report_id": "a", "doi": doi(2)},
        {"report_id": "c", "doi": ""},
        {"report_id": "d", "doi": "none"},
    ]
    search(tmp_path, server, reports)
    assert [(each.report_id, each.kind) for each in notices(tmp_path)] == [
        ("a", "expression_of_concern"),
        ("b", "expression_of_concern"),
    ]
    assert services.told(tmp_path, "crossref")["without_doi"] == ["c", "d"]
    assert len(server.requests()) == 2


def test_a_doi_may_hold_any_character(tmp_path, server):
    odd = "10.5555/(sici)9999(1998)1:2<3::aid-x4>3.0.co;2-y//../a%b"
    server.control(records=[work(0, DOI=odd.upper())])
    search(tmp_path, server, [{"report_id": "odd", "doi": odd.replace("%", "%25")}])
    assert services.told(tmp_path, "crossref")["not_in_crossref"] == []
    assert server.requests()[1]["parameters"]["filter"] == f"updates:{odd}"
    server.control(remove=[odd])


def test_the_archive_explains_itself_and_names_nobody(tmp_path, server):
    search(tmp_path, server)
    found = {path.name: data for path, data in services.files(tmp_path).items()}
    assert {"run.json", "plan.json", "README.txt"} < found.keys()
    told = services.told(tmp_path, "crossref")
    kept = {name for name in found if name.endswith(".gz")}
    assert kept == {answer["file"] for answer in told["answers"]}
    assert told["payloads"].keys() == found.keys() - {"run.json"}
    for name in kept:
        assert name.partition("-")[0] in found["README.txt"].decode()
    assert not any(EMAIL.encode() in data for data in found.values())
    assert all(each["parameters"]["mailto"] == EMAIL for each in server.requests())
    assert found["absent-0005.txt.gz"] == b"Resource not found."


@pytest.mark.parametrize("name", services.FAULTS)
def test_a_fault_that_passes_changes_nothing(tmp_path, server, well, name):
    fault = {"times": 2, **services.FAULTS[name]}
    server.control(faults=[services.client.fault(name, endpoint=endpoint, **fault) for endpoint in ("work", "works")])
    search(tmp_path, server)
    assert [each["fault"] for each in server.requests()].count(name) == 4
    assert services.told(tmp_path, "crossref") == well


@pytest.mark.parametrize("name", services.FAULTS)
def test_a_fault_that_stays_leaves_the_archive_as_it_was_and_nothing_is_asked_twice(tmp_path, server, name):
    search(tmp_path, server, REPORTS[:1])
    before = services.files(tmp_path)
    later = DAY.replace(day=2)
    server.control(reset_log=True)

    def ask() -> None:
        search_crossref(tmp_path, later, REPORTS, EMAIL, services.transport(server.address))

    server.control(faults=[services.client.fault(name, endpoint="works", **services.FAULTS[name])])
    with pytest.raises(SearchFailed, match="Remedy"):
        ask()
    assert services.files(tmp_path) == before
    server.control(faults=[])
    ask()
    asked = services.answered(server)
    assert len(asked) == len(set(asked)) == 2 * len(REPORTS)


@pytest.mark.parametrize("after", [1, 2, 5, 8, 9])
def test_killed_anywhere_it_goes_on_where_it_stopped(tmp_path, server, after):
    with pytest.raises(services.Killed):
        search_crossref(tmp_path, DAY, REPORTS, EMAIL, services.dying(server.address, after))
    search(tmp_path, server)
    asked = services.answered(server)
    assert len(asked) == len(set(asked)) == 2 * len(REPORTS)
    assert len(notices(tmp_path)) == 4


def test_other_reports_are_another_search(tmp_path, server):
    with pytest.raises(services.Killed):
        search_crossref(tmp_path, DAY, REPORTS, EMAIL, services.dying(server.address, 2))
    search(tmp_path, server, [{"report_id": "other", "doi": doi(3)}])
    assert brief(notices(tmp_path))[0][:3] == ("other", "both", "correction")
    assert len(notices(tmp_path)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer | {"status": "failed"},
        lambda answer: answer | {"message-type": "work-agency"},
        lambda answer: answer | {"message": None},
        lambda answer: answer["message"],
        lambda answer: answer | {"message": answer["message"] | {"DOI": doi(77), "items": []}},
        lambda answer: answer | {"message": answer["message"] | {"updated-by": "yes", "items": "none"}},
        lambda answer: answer | {"message": answer["message"] | {"update-to": [3], "total-results": "3"}},
        lambda answer: [answer],
    ],
)
@pytest.mark.parametrize("listing", [False, True])
def test_what_is_no_answer_to_the_question_is_refused(tmp_path, server, change, listing):
    def spoil(response, answer):
        return change(answer) if ("filter=" in response.url) == listing else answer

    with pytest.raises(SearchFailed):
        search(tmp_path, server, [REPORTS[1]], session=services.between(spoil))
    assert services.files(tmp_path) == {}


def test_works_that_do_not_update_the_report_are_refused(tmp_path, server):
    """As if the filter had been ignored."""

    def spoil(response, answer):
        for item in answer["message"].get("items", []):
            item["update-to"][0]["DOI"] = doi(50)
        return answer

    with pytest.raises(SearchFailed, match=r"does not say that it updates 10\.5555/synthetic\.2"):
        search(tmp_path, server, [REPORTS[1]], session=services.between(spoil))


def test_a_404_of_somebody_else_is_no_answer(tmp_path, server):
    """Another address would otherwise say of every report that Crossref does not hold it."""

    def spoil(response, answer):
        return "<html>There is nothing here</html>" if response.status_code == 404 else answer

    with pytest.raises(SearchFailed, match="404 that is not Crossref's"):
        search(tmp_path, server, session=services.between(spoil))
    assert services.files(tmp_path) == {}


def test_hundreds_of_notices_come_page_by_page(tmp_path):
    many = [work(number, **{"update-to": [update(doi(1), "correction")]}) for number in range(100, 350)]
    with services.client.start("crossref", records=[work(1), *many]) as server:
        search(tmp_path, server, REPORTS[:1])
        assert len(notices(tmp_path)) == 250
        assert len(server.requests()) == 4


def test_real_works_are_read(tmp_path, shared):
    """The one of these that Crossref says is updated was recorded with this correction."""
    answers = {}
    for name in ("works_with_one_id", "works_with_many_ids", "works_mixed_ids_warn"):
        cassette = (shared / "data" / "crossref" / "habanero" / f"test_{name}.yaml").read_bytes()
        for each in yaml.load(cassette, yaml.CSafeLoader)["interactions"]:
            body = each["response"]["body"]["string"]
            body = gzip.decompress(body) if isinstance(body, bytes) and body[:2] == b"\x1f\x8b" else body
            if each["response"]["status"]["code"] == 200:
                answer = json.loads(body)
                answers[answer["message"]["DOI"].lower()] = answer
    names = list(answers)
    with services.client.start("crossref", records=[each["message"] for each in answers.values()]) as server:
        search(tmp_path, server, [{"report_id": name, "doi": name} for name in names])
    assert len(names) == 7
    assert notices(tmp_path) == [
        Notice(
            report_id="10.1371/journal.pone.0033693",
            doi="10.1371/journal.pone.0033693",
            direction="updated-by",
            date="2012-05-08",
            kind="correction",
            type="correction",
            notice_doi="10.1371/annotation/c76da2c1-ccb8-4797-94c1-359d3ceceeda",
            told_by="publisher",
        )
    ]


def test_one_notice_told_differently_is_one_notice(tmp_path):
    def said(kind, when, source):
        return {"DOI": doi(9), "type": kind, "source": source, "updated": {"date-parts": [when]}}

    report = work(1) | {
        "updated-by": [
            said("Expression-of-Concern", [2024], "publisher"),
            said("expression_of_concern", [2024, 3, 9], "retraction-watch"),
            said("expression of concern", [2024, 2], "publisher"),
            said("retraction", [None], ""),
            {"label": "Odd thing", "updated": None},
        ]
    }
    with services.client.start("crossref", records=[report]) as server:
        search(tmp_path, server, REPORTS[:1])
    assert [(each.kind, each.notice_doi, each.date, each.told_by) for each in notices(tmp_path)] == [
        ("odd_thing", "", "", ""),
        ("retraction", doi(9), "", ""),
        ("expression_of_concern", doi(9), "2024-03-09", "publisher, retraction-watch"),
    ]
