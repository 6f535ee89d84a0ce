"""Searches of PubMed against a local server of the E-utilities: complete or not at all, whatever the server does."""

import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from perennial.csv_table import read_csv
from perennial.search.entrez import EUtilities
from perennial.search.pubmed import search_pubmed
from perennial.search.strategy import pubmed_strategy
from perennial.search.transport import SearchFailed, Transport

KEY = "synthetic-key-0123456789"
DAY = date(2026, 1, 5)
DISEASE = {"mesh": "Synthetic Disease"}


def strategy(*terms, **more):
    blocks = {"disease": {"label": "The disease", "any": list(terms or [DISEASE])}, **more.pop("blocks", {})}
    return pubmed_strategy({"blocks": blocks, "combine": " AND ".join(blocks), **more}, {})


def search(project, server, day=DAY, today=None, reports=(), wanted=None, **options):
    transport = Transport(server.address, 1e6, secrets=(KEY,), timeout=options.pop("timeout", 5), sleep=lambda _: None)
    eutils = EUtilities(transport, "someone@example.org", KEY)
    reports = [{"report_id": "", "pmid": "", "doi": "", **report} for report in reports]
    search_pubmed(project, day, today or day, wanted or strategy(), reports, eutils, **options)
    return run(project, day)


def run(project, day=DAY):
    folder = project / "data" / "search" / "pubmed" / day.isoformat()
    return json.loads((folder / "run.json").read_bytes())


def states(project, day=DAY):
    rows = read_csv(project / "data" / "search" / "pubmed" / day.isoformat() / "pmids.csv")
    return {row["pmid"]: row["state"] for row in rows}


def archive(project, day=DAY):
    """Every file of a run, but for the times in run.json."""
    folder = project / "data" / "search" / "pubmed" / day.isoformat()
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    told = json.loads(files.pop("run.json"))
    told.pop("searched")
    return files, told


def everything(project):
    """Every file below the project, unpacked where it is packed."""
    for path in project.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield path, gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.fixture(scope="module")
def server(servers):
    with servers.start("eutils", records=servers.literature.literature(650)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(request):
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").control(faults=[], reset_log=True)


# One run.


def test_a_run_holds_what_was_asked_what_came_and_what_it_means(server, tmp_path):
    told = search(tmp_path, server)
    assert told["kind"] == "search" and told["query"] == '"Synthetic Disease"[mh]'
    assert told["query_translation"] and told["not_known"] == []
    assert told["counts"] == {
        "records": 650, "new": 650, "changed": 0, "unchanged": 0, "no longer matching": 0, "not in PubMed": 0, "included": 0,
    }  # fmt: skip
    assert [part["count"] for part in told["parts"]] == [650]
    assert set(states(tmp_path).values()) == {"new"} and len(states(tmp_path)) == 650
    asked = server.requests()
    assert {request["parameters"]["tool"] for request in asked} == {"perennial"}
    assert {request["parameters"]["email"] for request in asked} == {"someone@example.org"}
    assert all(request["method"] == "POST" for request in asked)
    assert not (tmp_path / "data" / ".staging" / "pubmed" / "2026-01-05").exists()


def test_the_key_and_the_address_of_a_person_are_in_no_file(server, tmp_path):
    search(tmp_path, server)
    for path, data in everything(tmp_path):
        assert KEY.encode() not in data and b"someone@" not in data, path


def test_an_archived_day_is_never_searched_again(server, tmp_path):
    search(tmp_path, server)
    before = archive(tmp_path)
    with pytest.raises(SearchFailed, match="exists, and an archived search is never changed"):
        search(tmp_path, server)
    assert archive(tmp_path) == before


def test_a_past_day_is_refused_unless_it_is_a_reconstruction(server, tmp_path):
    past = date(2019, 6, 30)
    with pytest.raises(SearchFailed, match=r"as_of=2019-06-30: .* as it is today \(2026-01-05\).*reconstruct=true"):
        search(tmp_path, server, day=past, today=DAY)
    with pytest.raises(SearchFailed, match="as_of=2027-01-01"):
        search(tmp_path, server, day=date(2027, 1, 1), today=DAY, reconstruct=True)
    told = search(tmp_path, server, day=past, today=DAY, reconstruct=True)
    assert told["kind"] == "reconstruction"
    assert told["counts"]["records"] == 180  # the first of them was created on 2019-01-02, one more each day


def test_two_searches_of_one_source_do_not_meet(server, tmp_path):
    from perennial.search.archive import Staging

    with Staging(tmp_path, "pubmed", DAY, {}), pytest.raises(SearchFailed, match="Another search works in"):
        search(tmp_path, server)


# What PubMed does not know, and whether what must be found is found.


def test_what_pubmed_does_not_know_is_told_with_the_line_it_stands_in(server, tmp_path):
    told = search(tmp_path, server, wanted=strategy(DISEASE, {"mesh": "No Such Heading"}))
    assert any("No Such Heading" in said for said in told["not_known"])
    known, unknown = told["lines"]
    assert known["count"] == 650 and not known["not_known"]
    assert unknown["count"] == 0 and unknown["not_known"]


def test_a_block_of_which_pubmed_knows_nothing_stops_the_search(server, tmp_path):
    """PubMed would drop it and search the rest, which is another search."""
    blocks = {"drug": {"label": "The drug", "any": [{"mesh": "No Such Heading"}, {"mesh": "Nor This One"}]}}
    with pytest.raises(SearchFailed, match=r"block drug \(The drug\): PubMed knows none of its terms"):
        search(tmp_path, server, wanted=strategy(blocks=blocks))
    assert not (tmp_path / "data" / "search").exists()


def test_included_reports_are_looked_for_and_blocks_that_miss_them_named(servers, tmp_path):
    article = servers.literature.article
    records = [article(1), article(2, mesh=[["Humans", False, []]]), article(3, dp="2018/05/01")]
    wanted = strategy(published={"from": "2019-01-01"})
    reports = [
        {"report_id": "found", "pmid": "90000001"},
        {"report_id": "by-doi", "doi": "10.5555/synthetic.1"},
        {"report_id": "without-heading", "pmid": "90000002"},
        {"report_id": "too-old", "doi": "10.5555/synthetic.3"},
        {"report_id": "abstract", "doi": "10.5555/no.such.record"},
        {"report_id": "neither"},
        {"report_id": "mistyped", "pmid": "99999999"},
    ]
    with servers.start("eutils", records=records) as server:
        told = search(tmp_path, server, reports=reports, wanted=wanted)
    said = {each["report_id"]: (each["state"], each["not_matched"]) for each in told["sentinels"]}
    assert said == {
        "found": ("found", []),
        "by-doi": ("found", []),
        "without-heading": ("missed", ["disease"]),
        "too-old": ("missed", ["published"]),
        "abstract": ("not in this source", []),
        "neither": ("not in this source", []),
        "mistyped": ("not in this source", []),
    }
    assert states(tmp_path) == {"90000001": "new", "90000002": "included", "90000003": "included"}


# One run after another.


def test_a_record_that_gets_its_heading_only_in_the_second_year_is_found_then(servers, tmp_path):
    article = servers.literature.article
    late = article(2, mesh=[], crdt="2025/02/01", mdat="2025/02/01")
    with servers.start("eutils", records=[article(1), late]) as server:
        search(tmp_path, server, day=date(2026, 1, 5))
        assert set(states(tmp_path, date(2026, 1, 5))) == {"90000001"}
        server.control(changes={"90000002": {"mesh": [["Synthetic Disease", False, []]], "mdat": "2026/11/20"}})
        told = search(tmp_path, server, day=date(2027, 1, 5))
    assert states(tmp_path, date(2027, 1, 5)) == {"90000001": "unchanged", "90000002": "new"}
    assert told["counts"]["new"] == 1


def test_only_what_is_new_changed_or_in_doubt_is_fetched_again(servers, tmp_path):
    article, year = servers.literature.article, date(2027, 1, 5)
    with servers.start("eutils", records=[article(n) for n in range(1, 10)]) as server:
        search(tmp_path, server, reports=[{"report_id": "included", "pmid": "90000009"}])
        server.control(
            changes={
                "90000002": {"mdat": "2026/06/01", "links": [["RetractionIn", "90000050", "Synth J. 2026"]]},
                "90000003": {"mesh": [], "mdat": "2026/06/01"},
                "90000004": {"version": 2, "mdat": "2026/06/01"},
            },
            remove=["90000005"],
            records=[article(50)],
            reset_log=True,
        )
        told = search(tmp_path, server, day=year, reports=[{"report_id": "included", "pmid": "90000009"}])
        fetched = {pmid for r in server.requests() if r["endpoint"] == "efetch" for pmid in r["asked"]}
    assert fetched == {f"900000{n:02}" for n in (2, 3, 4, 5, 9, 50)}
    assert states(tmp_path, year) == {
        "90000001": "unchanged",
        "90000002": "changed",
        "90000003": "no longer matching",
        "90000004": "changed",
        "90000005": "not in PubMed",
        **{f"9000000{n}": "unchanged" for n in (6, 7, 8, 9)},
        "90000050": "new",
    }
    assert told["counts"] == {
        "records": 8, "new": 1, "changed": 2, "unchanged": 5, "no longer matching": 1, "not in PubMed": 1, "included": 0,
    }  # fmt: skip


# Faults.


def fault_names():
    """Every fault of the server, by the signature that its faults have."""
    source = (Path(__file__).parents[1] / "servers").glob("*faults.py")
    return sorted({name for path in source for name in re.findall(r"^def ([a-z][a-z0-9_]+)\(\w+: \w+, case: Case\)", path.read_text(), re.M)})  # fmt: skip


FAULTS = fault_names()


def test_the_server_has_faults_enough():
    assert len(FAULTS) >= 20


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_leaves_the_archive_whole_or_untouched(servers, server, tmp_path, name):
    """Always on, the search fails with a reason or is not touched by it; struck three times, it is complete."""
    search(tmp_path / "clean", server)
    server.control(faults=[servers.fault(name, seconds=1)], seed=1)
    said = ""
    try:
        search(tmp_path / "faulty", server, timeout=0.3)
    except SearchFailed as failed:
        said = str(failed)
    if said:
        assert KEY not in said and "Nothing was added to the archive. Remedy:" in said
        assert not (tmp_path / "faulty" / "data" / "search").exists()
        server.control(faults=[servers.fault(name, times=3, seconds=1)], reset_log=True)
        search(tmp_path / "faulty", server, timeout=0.3)
    assert archive(tmp_path / "faulty") == archive(tmp_path / "clean")
    for path, data in everything(tmp_path / "faulty"):
        assert KEY.encode() not in data, path


def test_a_thousand_requests_with_faults_at_random(servers, tmp_path):
    with servers.start("eutils", records=servers.literature.literature(230)) as server:
        thousand_requests(servers, server, tmp_path)


def thousand_requests(servers, server, tmp_path):
    search(tmp_path / "clean", server)
    rule = servers.fault(*FAULTS, probability=0.4, seconds=0.3, megabytes=2)
    server.control(faults=[rule], seed=7, reset_log=True)
    asked, attempt, complete, said = 0, 0, 0, []
    while asked < 1000:
        project = tmp_path / f"attempt-{attempt}"
        try:
            search(project, server, timeout=0.2)
            assert archive(project) == archive(tmp_path / "clean")
            complete += 1
            attempt += 1
        except SearchFailed as failed:
            said.append(str(failed))
            assert not (project / "data" / "search").exists()
        asked = len(server.requests())
    assert complete > 10 and not any(KEY in each for each in said)


# Size, kills.

SOURCES = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
CHILD = """
import sys
from datetime import date
from pathlib import Path
from perennial.search.entrez import EUtilities
from perennial.search.pubmed import search_pubmed
from perennial.search.strategy import pubmed_strategy
from perennial.search.transport import Transport
blocks = {"disease": {"label": "The disease", "any": [{"mesh": "Synthetic Disease"}]}}
eutils = EUtilities(Transport(sys.argv[1], 1e6), "someone@example.org")
strategy = pubmed_strategy({"blocks": blocks, "combine": "disease"}, {})
search_pubmed(Path(sys.argv[2]), date(2026, 1, 5), date(2026, 1, 5), strategy, [], eutils)
"""


def test_25_000_records_are_split_reconciled_and_survive_five_kills(servers, tmp_path):
    chance = random.Random(11)
    records = servers.literature.literature(25_200, busy=12_000)
    with servers.start("eutils", records=records) as server:

        def start(project):
            command = [sys.executable, "-c", CHILD, server.address, str(project)]
            return subprocess.Popen(command, env=SOURCES, stderr=subprocess.PIPE, text=True)

        whole, killed = tmp_path / "whole", tmp_path / "killed"
        child = start(whole)
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said
        took = len(server.requests())
        told = run(whole)
        assert told["counts"]["records"] == 25_200 == sum(part["count"] for part in told["parts"])
        assert all(part["count"] <= 9999 for part in told["parts"]) and any(
            "[uid]" in p["query"] for p in told["parts"]
        )
        assert set(states(whole)) == {record["pmid"] for record in records}

        staged = killed / "data" / ".staging" / "pubmed" / "2026-01-05"
        for moment in sorted(chance.sample(range(5, took - 5), 5)):
            server.control(reset_log=True)
            held = pmids_in(staged)
            answers = {path.name for path in staged.glob("search-*")}
            child = start(killed)
            while len(list(staged.glob("*.gz"))) < moment and child.poll() is None:
                time.sleep(0.001)
            child.send_signal(signal.SIGKILL)
            child.communicate()
            assert not held & asked_for(server)
            assert answers <= {path.name for path in staged.glob("search-*")}
            assert not (killed / "data" / "search").exists()
        held = pmids_in(staged)
        assert held
        server.control(reset_log=True)
        child = start(killed)
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said
        assert not held & asked_for(server)
    assert archive(killed) == archive(whole)


def pmids_in(folder):
    return {
        pmid
        for path in folder.glob("records-*")
        for pmid in re.findall(r"<PMID[^>]*>(\d+)</PMID>\s*<Date", gzip.decompress(path.read_bytes()).decode())
    }


def asked_for(server):
    return {pmid for request in server.requests() if request["endpoint"] == "efetch" for pmid in request["asked"]}
