"""A synthetic review in which everything is on record: two extractors, a correction, two reviewers, a search."""

from pathlib import Path

import pytest

from perennial.provenance.evidence import add_evidence
from perennial.provenance.graph import Graph, how_far
from perennial.provenance.records import add_records, add_searches, tie_reports
from perennial.provenance.tell import tree
from perennial.provenance.without import lost

OUTCOMES = "data/extraction/outcomes.csv"
QUERY = '"alder"[tw] AND trial[tiab]'


def row(row_id: str, role: str, extractor: str, events: int, **more: str) -> dict:
    told = {"arm_id": "a", "outcome": "orr", "timepoint": "best", "population": "all", "assessor": "not_stated"}
    place = {"report_id": "r", "locator": "Table 2", "quote": f"{events} of 9", "date": "2026-01-02", "file": OUTCOMES}
    return {"row_id": row_id, **told, "events": events, "n": 9, **place, "extractor": extractor, "role": role, **more}


def tables(**changed: list) -> dict:
    told = dict.fromkeys(
        ("claims", "legacy", "references", "variants", "acceptances", "overlaps", "notices", "appraisals"), ()
    )
    told["studies"] = [{"study_id": "s", "label": "Alder 2026", "locator": "Methods", "file": "data/studies.csv"}]
    told["reports"] = [
        {
            "report_id": "r",
            "study_id": "s",
            "record_id": "pmid:1",
            "kind": "article",
            "published": "2026",
            "published_basis": "issue",
            "citation": "Alder A. 2026.",
            "file": "data/reports.csv",
        }
    ]
    told["arms"] = [
        {
            "arm_id": "a",
            "study_id": "s",
            "label": "all",
            "regimen": "x",
            "n": 9,
            "report_id": "r",
            "locator": "Table 1",
            "file": "data/extraction/arms.csv",
        }
    ]
    told["outcomes"] = [
        row("e1", "extractor", "AB", 3),
        row("e2", "extractor", "CD", 4),
        row("old", "consensus", "AB and CD", 4),
        row("new", "consensus", "AB and CD", 3, corrects="old", reason="the erratum of the journal"),
    ]
    return {**told, **changed}


RUNS = [
    {
        "source": "pubmed",
        "date": "2026-01-01",
        "folder": "data/search/pubmed/2026-01-01",
        "sha256": "f" * 64,
        "told": {"kind": "search", "searched_on": "2026-01-01", "query": QUERY, "counts": {"records": 7}},
    }
]
RECORDS = [
    {"record_id": "pmid:1", "title": "Alder", "found_in": [{"in": "pubmed", "first": "2026-01-01"}]},
    {"record_id": "wos:2", "title": "ALDER", "found_in": [{"in": "pubmed", "first": "2026-01-01"}]},
]
DECISIONS = [
    {"record_id": "pmid:1", "stage": "title_abstract", "reviewer": "AB", "decision": "include", "date": "2026-01-01"},
    {
        "record_id": "wos:2",
        "stage": "title_abstract",
        "reviewer": "CD",
        "decision": "exclude",
        "reason": "small",
        "date": "2026-01-01",
    },
]
SETTLED = [{"record_id": "pmid:1", "stage": "title_abstract", "by": "EF", "decision": "include", "date": "2026-01-02"}]
CLUSTERS = [{"record_id": "pmid:1", "cluster": "pmid:1"}, {"record_id": "wos:2", "cluster": "pmid:1"}]


def built(told: dict, runs=RUNS, records=RECORDS, decisions=DECISIONS) -> Graph:
    graph = Graph()
    add_evidence(graph, told)
    counts_only = add_searches(graph, runs, [])
    add_records(graph, records, CLUSTERS, decisions, SETTLED if decisions else [], {"small": "Too few patients"})
    tie_reports(graph, told["reports"], records, counts_only)
    return graph


@pytest.fixture
def told() -> str:
    return " ".join(tree(built(tables()), "row/new", Path()).split())


def test_the_whole_way_from_a_corrected_row_to_the_query(told):
    steps = [
        "extraction row new: orr, best, events 3, n 9; “3 of 9” in Table 2 of r; consensus by AB and CD, 2026-01-02",
        "it corrects old: the erratum of the journal",
        "extracted by AB",
        "extracted by CD",
        "study s: Alder 2026",
        "report r (article, published 2026 by issue)",
        "title and abstract: AB decides include, 2026-01-01",
        "title and abstract: CD decides exclude (Too few patients), 2026-01-01",
        "title and abstract: EF settles it: include, 2026-01-02",
        f"search of pubmed, search on 2026-01-01 as of 2026-01-01 (7 records); sent exactly: {QUERY}",
    ]
    assert [step for step in steps if step not in told] == []
    assert "END OF THE TRACE" not in told


def test_each_thing_that_is_not_on_record_is_a_marked_end():
    consensus = tables(outcomes=[row("only", "consensus", "AB", 3)])
    assert "extractors behind this consensus are not stated" in tree(built(consensus), "row/only", Path(), 1000)
    undecided = built(tables(), decisions=[])
    assert "no screening decision is on record" in tree(undecided, "row/new", Path(), 1000)
    unknown = built(tables(), records=[])
    assert "no archived search or import holds the record pmid:1" in tree(unknown, "row/new", Path(), 1000)
    unseen = built(tables(), runs=[])
    assert "no archived search or import lists this record" in tree(unseen, "row/new", Path(), 1000)
    by_hand = [{key: cell for key, cell in each.items() if key != "record_id"} for each in tables()["reports"]]
    entered = built(tables(reports=by_hand), records=[])
    assert "the table of reports names no record" in tree(entered, "row/new", Path(), 1000)
    for graph in (built(consensus), undecided, unknown, unseen, entered):
        assert graph.missing() == set()
        assert how_far(graph, ["study/s"]) == "evidence"


def test_a_report_without_a_record_is_tied_by_its_identifiers():
    report = {**tables()["reports"][0], "pmid": "1", "doi": "https://doi.org/10.1000/ALDER"}
    del report["record_id"]
    for key, value in (("pmid", "1"), ("doi", "10.1000/alder")):
        graph = built(tables(reports=[report]), records=[{**RECORDS[0], key: value}])
        assert "record/pmid:1" in graph.rests_on("report/r"), key


def test_a_row_that_was_corrected_before_it_was_known_is_said_so():
    graph = built(tables(outcomes=[row("new", "consensus", "AB", 3, corrects="old", reason="a slip")]))
    assert graph.nodes["row/old"]["kind"] == "end"


def test_what_goes_with_a_record_a_search_a_study():
    graph = built(tables())
    assert {"record/pmid:1", "report/r"} <= lost(graph, ["search/pubmed/2026-01-01"])
    assert lost(graph, ["record/pmid:1"]) == {"record/pmid:1", "report/r"}
    assert {"report/r", "arm/a"} <= lost(graph, ["study/s"])
    assert lost(graph, ["row/new"]) == {"row/new"}
