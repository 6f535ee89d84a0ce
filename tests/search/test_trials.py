"""ClinicalTrials.gov: every trial of the question, once, and where the included trials stand.

All trials are made up, but for those that the tests of biomcp recorded (of which parts were left out there).
"""

import importlib.util
import json
import os
import re
from pathlib import Path

import pytest

from perennial.records.archive import archived_runs
from perennial.records.reading import Found, SetAside
from perennial.records.record import Link
from perennial.records.trials import read_trials, trial_status
from perennial.search.transport import SearchFailed
from perennial.search.trials import search_trials

spec = importlib.util.spec_from_file_location("trials_services", Path(__file__).with_name("services.py"))
services = importlib.util.module_from_spec(spec)
spec.loader.exec_module(services)
trial = services.literature.trial
DAY = services.DAY


def nct(number: int) -> str:
    return f"NCT{99_000_000 + number}"


def renamed(study: dict, *former: str) -> dict:
    study["protocolSection"]["identificationModule"]["nctIdAliases"] = list(former)
    return study


QUESTION = [trial(number) for number in range(250)]
OTHERS = [
    trial(901, conditions=["Another disease"], status="COMPLETED", hasResults=True),
    trial(902, interventions=["another drug"], status="WITHDRAWN"),
]
INCLUDED = [nct(3), nct(901), nct(902), nct(999), "EudraCT 2020-000000-00", ""]


def search(project: Path, server, included=INCLUDED, condition: str = '"synthetic disease"', **changes) -> None:
    transport = services.transport(f"{server.address}api/v2/", **changes)
    search_trials(project, DAY, condition, "syntheticamab", included, transport)


def read(project: Path) -> list:
    (run,) = archived_runs(project, "clinicaltrials")
    return list(read_trials(run))


def read_one(project: Path, study) -> Found | SetAside:
    (found,) = read_trials(services.archive_of(project, "clinicaltrials", [{"studies": [study]}]))
    return found


@pytest.fixture(scope="module")
def server():
    with services.client.start("clinicaltrials", records=QUESTION + OTHERS) as running:
        yield running


@pytest.fixture(scope="module")
def well(server, tmp_path_factory):
    """What a run without any trouble tells."""
    project = tmp_path_factory.mktemp("well")
    search(project, server)
    return services.told(project, "clinicaltrials")


@pytest.fixture(autouse=True)
def _ready(server, well, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # a busy disk takes longer than all else here
    server.control(faults=[], reset_log=True, timestamp="2025-06-01T09:00:00")


def test_the_trials_of_the_question_and_the_included_ones_come_once(tmp_path, server):
    search(tmp_path, server)
    found = [each.record.accession for each in read(tmp_path)]
    assert found == [nct(number) for number in [*range(250), 901, 902]]
    told = services.told(tmp_path, "clinicaltrials")
    assert told["counts"] == {"records": 250, "included": 4, "apart": 3, "unknown": 1}
    assert (told["unknown"], told["apart"]) == ([nct(999)], [nct(901), nct(902), nct(999)])
    assert told["other_registries"] == ["EudraCT 2020-000000-00"]
    assert told["version"] == {"apiVersion": "2.0.3", "dataTimestamp": "2025-06-01T09:00:00"}
    assert (told["kind"], told["renamed"]) == ("status", {})


def test_many_included_trials_are_asked_for_in_groups(tmp_path, server):
    search(tmp_path, server, [nct(number) for number in range(250)], condition="nowhere")
    assert len(read(tmp_path)) == 250
    groups = [each["parameters"]["filter.ids"] for each in server.requests() if "filter.ids" in each["parameters"]]
    assert [len(group.split(",")) for group in groups] == [100, 100, 50]


def test_a_question_may_have_no_answer(tmp_path, server):
    search(tmp_path, server, [], condition="nowhere")
    assert read(tmp_path) == []
    assert services.told(tmp_path, "clinicaltrials")["counts"]["records"] == 0


def test_a_trial_may_have_had_another_number(tmp_path):
    studies = [renamed(trial(1), nct(51)), renamed(trial(2, conditions=["Another disease"]), nct(52))]

    def known_by_former_name(response, answer):
        """The real registry finds a trial by its former number, too."""
        if "filter.ids" in response.url:
            answer |= {"studies": studies[1:], "totalCount": 1}
        return answer

    with services.client.start("clinicaltrials", records=studies) as server:
        search(tmp_path, server, [nct(51), nct(52)], session=services.between(known_by_former_name))
    told = services.told(tmp_path, "clinicaltrials")
    assert told["renamed"] == {nct(51): nct(1), nct(52): nct(2)}
    assert (told["apart"], told["unknown"]) == ([nct(52)], [])
    assert [each.record.registry_ids for each in read(tmp_path)] == [(nct(1), nct(51)), (nct(2), nct(52))]


def test_the_archive_explains_itself(tmp_path, server):
    search(tmp_path, server)
    found = {path.name: data for path, data in services.files(tmp_path).items()}
    told = services.told(tmp_path, "clinicaltrials")
    assert {answer["file"] for answer in told["answers"]} == {name for name in found if name.endswith(".gz")}
    for name in ("run.json", "plan.json", "question-0001.json.gz", "included-0001-0001.json.gz"):
        assert name in found["README.txt"].decode()
    asked = told["answers"][0]["parameters"]
    assert (asked["query.cond"], asked["query.intr"]) == ('"synthetic disease"', "syntheticamab")


@pytest.mark.parametrize("name", services.FAULTS)
def test_a_fault_that_passes_changes_nothing(tmp_path, server, well, name):
    fault = {"times": 2, **services.FAULTS[name]}
    server.control(
        faults=[services.client.fault(name, endpoint=endpoint, **fault) for endpoint in ("version", "studies")],
        timestamp=well["version"]["dataTimestamp"],
    )
    search(tmp_path, server)
    assert [each["fault"] for each in server.requests()].count(name) == 4
    assert services.told(tmp_path, "clinicaltrials") == well


@pytest.mark.parametrize("name", services.FAULTS)
def test_a_fault_that_stays_leaves_no_archive(tmp_path, server, name):
    server.control(faults=[services.client.fault(name, endpoint="studies", **services.FAULTS[name])])
    with pytest.raises(SearchFailed, match="Remedy"):
        search(tmp_path, server)
    assert services.files(tmp_path) == {}


@pytest.mark.parametrize("after", [2, 3, 4, 5])
def test_killed_anywhere_it_goes_on_where_it_stopped(tmp_path, server, after):
    with pytest.raises(services.Killed):
        search_trials(
            tmp_path,
            DAY,
            '"synthetic disease"',
            "syntheticamab",
            INCLUDED,
            services.dying(f"{server.address}api/v2/", after),
        )
    search(tmp_path, server)
    asked = services.answered(server)
    assert len(asked) == len(set(asked)) == 4
    assert len(read(tmp_path)) == 252


def test_data_of_two_versions_never_meet(tmp_path, server):
    """The registry renews its data while it is asked: what came before is asked for again."""
    stamps = iter(["2025-06-02T09:00:00"])

    def renewing(response, answer):
        if "pageToken" in response.url and (stamp := next(stamps, None)):
            server.control(timestamp=stamp)
        return answer

    search(tmp_path, server, session=services.between(renewing))
    assert services.told(tmp_path, "clinicaltrials")["version"]["dataTimestamp"] == "2025-06-02T09:00:00"
    assert len(services.answered(server)) == 8


def test_what_was_kept_of_an_older_version_is_not_used(tmp_path, server):
    with pytest.raises(services.Killed):
        search_trials(
            tmp_path,
            DAY,
            '"synthetic disease"',
            "syntheticamab",
            INCLUDED,
            services.dying(f"{server.address}api/v2/", 3),
        )
    server.control(timestamp="2025-06-02T09:00:00", reset_log=True)
    search(tmp_path, server)
    assert len(services.answered(server)) == 4


def test_data_that_never_stand_still_are_given_up(tmp_path, server):
    def renewing(response, answer):
        if "/version" in response.url:
            answer["dataTimestamp"] = f"2025-06-01T09:00:{len(server.requests()):02}"
        return answer

    with pytest.raises(SearchFailed, match="changed during each of 4 searches"):
        search(tmp_path, server, session=services.between(renewing))
    assert services.files(tmp_path) == {}


def changing(times: int, change):
    """Changes what the second of three pages says, so many times."""
    left = iter(range(times))

    def spoil(response, answer):
        second = "pageToken" in response.url and "nextPageToken" in answer
        return change(answer) if second and next(left, None) is not None else answer

    return services.between(spoil)


def shifted(answer: dict) -> dict:
    """The order changed: a trial of the first page comes again, one of this page never."""
    answer["studies"][0] = QUESTION[0]
    return answer


def ended(answer: dict) -> dict:
    return {"studies": answer["studies"]}


def shortened(answer: dict) -> dict:
    del answer["studies"][10]
    return answer


def emptied(answer: dict) -> dict:
    return answer | {"studies": []}


@pytest.mark.parametrize("change", [shifted, ended, shortened, emptied])
def test_a_list_that_moves_is_read_again_from_its_beginning(tmp_path, server, change):
    search(tmp_path, server, session=changing(3, change))
    assert len(read(tmp_path)) == 252
    with pytest.raises(SearchFailed, match="4 attempts at the whole list"):
        search(tmp_path / "lost", server, session=changing(1000, change))
    assert services.files(tmp_path / "lost") == {}


def test_empty_pages_without_end_are_given_up(tmp_path, server):
    def empty(response, answer):
        return {"studies": [], "nextPageToken": "more"} if "pageToken" in response.url else answer

    with pytest.raises(SearchFailed, match="ends at 100 of 250 records"):
        search(tmp_path, server, session=services.between(empty))


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: {name: value for name, value in answer.items() if name != "totalCount"},
        lambda answer: answer | {"totalCount": "250"},
        lambda answer: answer | {"studies": {}},
        lambda answer: answer | {"studies": [{}]},
        lambda answer: answer | {"studies": [{"protocolSection": {"identificationModule": {"nctId": "ISRCTN1"}}}]},
        lambda answer: {"error": "Synthetic"},
    ],
)
def test_a_page_that_is_none_is_refused(tmp_path, server, change):
    def spoil(response, answer):
        return change(answer) if "totalCount" in answer else answer

    with pytest.raises(SearchFailed, match="6 attempts"):
        search(tmp_path, server, session=services.between(spoil))
    assert services.files(tmp_path) == {}


def test_trials_that_were_not_asked_for_are_refused(tmp_path, server):
    def unfiltered(response, answer):
        return answer | {"studies": QUESTION[:1], "totalCount": 1} if "filter.ids" in response.url else answer

    with pytest.raises(SearchFailed, match=f"{nct(0)} came, which was not asked for"):
        search(tmp_path, server, session=services.between(unfiltered))


def test_a_record_says_what_the_registry_says(tmp_path):
    study = trial(5, interventions=["syntheticamab", "placebo"], hasResults=True)
    protocol = study["protocolSection"]
    protocol["identificationModule"] |= {
        "officialTitle": "Synthetic trial 5 \\[in full\\] &amp; <b>bold</b>, LVEF \\<40%",
        "orgStudyIdInfo": {"id": "SYNTH-5"},
        "secondaryIdInfos": [
            {"id": "2020-000000-00", "type": "EUDRACT_NUMBER"},
            {"id": "Grant 1", "type": "NIH"},
            {"id": "U0000", "type": "REGISTRY"},
        ],
    }
    protocol["statusModule"] |= {"whyStopped": "Never began", "resultsFirstPostDateStruct": {"date": "2024-02-01"}}
    protocol["descriptionModule"] = {"briefSummary": "Made up.\n\nIn two paragraphs."}
    protocol["conditionsModule"]["keywords"] = ["made up", "Synthetic Disease"]
    protocol["referencesModule"] = {
        "references": [
            {"pmid": "999", "type": "DERIVED", "citation": "Synthetic journal 1"},
            {"type": "BACKGROUND", "citation": "Synthetic book"},
        ]
    }
    protocol["sponsorCollaboratorsModule"] = {
        "leadSponsor": {"name": "Synthetic sponsor"},
        "collaborators": [{"name": "One"}, {"name": "Two"}],
    }
    record = read_one(tmp_path, study).record
    assert record.record_id == f"nct:{nct(5)}"
    assert record.kind == "trial_registration"
    assert record.title == "Synthetic trial 5 [in full] & bold, LVEF <40%"
    assert record.abstract == "Made up. In two paragraphs."
    assert (record.published, record.revised) == ("2021-01-15", "2024-05-20")
    assert record.registry_ids == (nct(5), "2020-000000-00", "U0000")
    assert record.keywords == ("Synthetic Disease", "made up")
    assert record.links == (
        Link("DERIVED", "pmid:999", "Synthetic journal 1"),
        Link("BACKGROUND", "", "Synthetic book"),
    )
    assert record.url == f"https://clinicaltrials.gov/study/{nct(5)}"
    assert {("secondaryId", "Grant 1"), ("phase", "PHASE2"), ("collaborator", "Two"), ("whyStopped", "Never began")} < {
        *record.extra
    }
    assert trial_status(record) == {
        "nct_id": nct(5),
        "title": record.title,
        "acronym": "SYNTH-5",
        "status": "RECRUITING",
        "has_results": "true",
        "enrollment": "45",
        "start": "2021-03-01",
        "primary_completion": "2025-06",
        "completion": "2026-12",
        "interventions": "syntheticamab; placebo",
        "last_update": "2024-05-20",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"conditionsModule": "many"},
        {"descriptionModule": {"briefSummary": {"text": "x"}}},
        {"statusModule": {"lastUpdatePostDateStruct": {"date": "soon"}}},
        {"identificationModule": {"nctId": "NCT1"}},
        {"identificationModule": None},
    ],
)
def test_a_bad_study_is_set_aside_with_its_text(tmp_path, change):
    study = trial(5)
    study["protocolSection"] |= change
    bad = read_one(tmp_path, study)
    assert isinstance(bad, SetAside) and "clinicaltrials" in bad.reason
    assert json.loads(bad.text) == study


def test_real_studies_are_read(tmp_path, shared):
    """Against the plain text of the files: as many records as they hold numbers of trials under "nctId"."""
    paths = sorted((shared / "data" / "ctgov").rglob("*.json"))
    assert len(paths) == 12
    for path in paths:
        text = path.read_text(encoding="utf-8")
        answer = json.loads(text)
        pages = [answer if "studies" in answer else {"studies": [answer]}]
        found = list(read_trials(services.archive_of(tmp_path / path.stem, "clinicaltrials", pages)))
        assert [each.record.accession for each in found] == re.findall(r'"nctId": ?"(NCT\d{8})"', text), path
        statuses = [row["status"] for each in found if (row := trial_status(each.record))["status"]]
        assert statuses == re.findall(r'"overallStatus": ?"(\w+)"', text), path
        titles = re.findall(r'"briefTitle": ?"([^"]+)"', text)
        assert [each.record.title for each in found if each.record.title] == titles, path
