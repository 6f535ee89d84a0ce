"""`snakemake search` and the runs after it, in a copy of the project whose sources are local servers."""

import csv
import json
import re
import shutil
from datetime import date
from types import SimpleNamespace

import pytest
import yaml

STRATEGY = {
    "blocks": {
        "disease": {"label": "The disease", "any": [{"mesh": "Synthetic Disease"}, {"mesh": "No Such Heading"}]}
    },
    "combine": "disease",
}


def configure(project, addresses, **search):
    path = project.root / "config" / "config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["search"] = {
        "email": "someone@example.org",
        "sources": list(addresses),
        "strategy": STRATEGY,
        "clinicaltrials": {"condition": "Synthetic Disease", "intervention": "syntheticamab"},
        "europepmc": {"query": "synthetic disease", "from": "2019-01-01"},
        "addresses": addresses,
        **search,
    }
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")


def table(project, name):
    with (project.root / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def searched(servers, copied, tmp_path_factory):
    """A project that searched four local servers today and then ran, with what each step said."""
    project = copied(tmp_path_factory.mktemp("search") / "project")
    shutil.rmtree(project.root / "data" / "imports")
    (project.root / "data" / "screening" / "decisions.csv").unlink()
    made, today = servers.literature, date.today().isoformat()
    with (
        servers.start("eutils", records=made.literature(40)) as pubmed,
        servers.start("crossref", records=[made.work(1)]) as crossref,
        servers.start("clinicaltrials", records=[made.trial(n) for n in range(1, 4)]) as trials,
        servers.start("europepmc", records=[made.preprint(n) for n in range(1, 3)]) as preprints,
    ):
        addresses = {
            "pubmed": pubmed.address,
            "crossref": crossref.address,
            "clinicaltrials": f"{trials.address}api/v2/",
            "europepmc": f"{preprints.address}europepmc/webservices/rest/",
        }
        configure(project, addresses)
        search = project.run("search")
        run = project.run()
        asked = len(pubmed.requests())
        (project.root / "results" / "receipts" / f"pubmed-{today}.json").unlink()
        again = project.run("search")
        asked_again = len(pubmed.requests()) - asked
    return SimpleNamespace(project=project, today=today, search=search, run=run, again=again, asked_again=asked_again)


def test_each_source_is_archived_and_the_review_is_then_of_today(searched):
    assert searched.search.code == 0, searched.search.output
    assert searched.search.jobs == sorted(
        ["search", *(f"search_source/{source}.{searched.today}" for source in ("pubmed", "crossref", "clinicaltrials", "europepmc"))]
    )  # fmt: skip
    assert searched.run.code == 0, searched.run.output
    summary = json.loads((searched.project.root / "results" / "summary.json").read_bytes())
    assert (summary["as_of"], summary["reconstructed"]) == (searched.today, False)
    for source in ("pubmed", "crossref", "clinicaltrials", "europepmc"):
        folder = searched.project.root / "data" / "search" / source / searched.today
        assert {"run.json", "README.txt"} <= {path.name for path in folder.iterdir()}


def test_an_archived_source_is_not_asked_again(searched):
    assert (searched.again.code, searched.asked_again) == (0, 0)


def test_records_of_all_sources_are_in_one_store(searched):
    lines = (searched.project.root / "results" / "records" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [json.loads(line)["record_id"] for line in lines]
    assert ids == sorted(ids) and len(ids) == 45
    assert {each.partition(":")[0] for each in ids} == {"pmid", "nct", "europepmc"}
    told = {row["place"]: (row["read"], row["new"]) for row in table(searched.project, "records/sources.csv")}
    assert told == {"pubmed": ("40", "40"), "clinicaltrials": ("3", "3"), "europepmc": ("2", "2")}


def test_the_page_tells_what_was_asked_and_what_was_not_known(searched):
    page = (searched.project.root / "results" / "report" / "index.html").read_text(encoding="utf-8")
    section = re.search(r'<section id="search">.*?</section>', page, re.DOTALL)[0]
    assert "(&#34;Synthetic Disease&#34;[mh] OR &#34;No Such Heading&#34;[mh])" in section
    assert "It did not know, or ignored:" in section and "No Such Heading" in section
    assert "40 records" in section
    assert "not configured" not in section
    assert any("No Such Heading" in row["said"] for row in table(searched.project, "todo/search.csv"))
    status = table(searched.project, "records/report_status.csv")
    assert {row["state"] for row in status} == {"not in this source"}
    assert "someone@example.org" not in page


def test_a_second_run_does_nothing_and_lost_results_come_back(searched, tmp_path):
    project = searched.project.copy(tmp_path / "project")
    assert project.run().jobs == []
    before = {name: data for name, data in project.results().items() if "receipts" not in name}
    shutil.rmtree(project.root / "results")
    assert project.run().code == 0
    assert project.results() == before


def test_an_import_reruns_what_depends_on_records_and_nothing_else(searched, tmp_path):
    project = searched.project.copy(tmp_path / "project")
    imports = project.root / "data" / "imports"
    imports.mkdir()
    (imports / "2026-01-05-embase.ris").write_text(
        "TY  - JOUR\nTI  - Synthetic record in an import\nAU  - Author, Synthetic\nPY  - 2024\nER  - \n\nTY  - JOUR\nER  - \n",
        encoding="utf-8",
    )
    run = project.run("--dry-run")
    assert run.code == 0 and run.jobs == ["check_evidence"]  # which says that the sidecar is missing
    (imports / "2026-01-05-embase.yaml").write_text(
        "database: Embase\nplatform: Elsevier\nquery: synthetic\ndate: 2026-01-05\nhits: 3\n", encoding="utf-8"
    )
    run = project.run()
    assert run.code == 0, run.output
    assert run.jobs == sorted(
        [
            "read_import/2026-01-05-embase.ris",
            *("collect_records", "find_duplicates", "list_trials", "describe_search", "write_report"),
            *("record_digests", "trace_values"),
            *("gather_decisions", "judge_screening", "list_reports", "count_update", "plot_update"),
        ]
    )
    [source] = [row for row in table(project, "records/sources.csv") if row["kind"] == "import"]
    assert (source["hits"], source["read"], source["set_aside"]) == ("3", "1", "1") and source["missing"]
    assert table(project, "todo/set_aside.csv")


def test_a_search_without_an_address_for_mail_says_what_to_do(project, servers):
    configure(project, {"pubmed": "http://127.0.0.1:9/"})
    project.edit("config/config.yaml", "email: someone@example.org", "")
    run = project.run("search")
    assert run.code != 0
    assert (
        "config/config.yaml, search: email is missing. Remedy: add an address that the sources may write to."
        in run.output
    )


def test_a_past_day_is_refused_and_searched_as_a_reconstruction(project, servers):
    with servers.start("eutils", records=servers.literature.literature(40)) as pubmed:
        configure(project, {"pubmed": pubmed.address})
        refused = project.run("search", "--config", "as_of=2019-01-20")
        assert refused.code != 0 and "reconstruct=true" in refused.output
        configure(project, {"pubmed": pubmed.address, "crossref": "http://127.0.0.1:9/"})
        done = project.run("search", "--config", "as_of=2019-01-20", "reconstruct=true")
    assert done.code == 0, done.output
    told = json.loads((project.root / "data/search/pubmed/2019-01-20/run.json").read_bytes())
    assert (told["kind"], told["counts"]["records"]) == ("reconstruction", 19)


def test_the_default_run_opens_no_connection(whole_run):
    """Nothing but the program that searches can reach a package that speaks to a network."""
    project, _ = whole_run
    for path in (project.root / "results" / "identity").glob("*/*.json"):
        modules = json.loads(path.read_bytes())["modules"]
        assert "perennial.search.transport" not in modules, path


@pytest.mark.parametrize("source", ["crossref", "clinicaltrials", "europepmc"])
def test_a_source_that_knows_no_past_is_not_archived_under_a_past_day(project, source):
    configure(project, {source: "http://127.0.0.1:9/"})
    refused = project.run("search", "--config", "as_of=2019-01-20")
    assert refused.code != 0 and f"{source} can only be asked as it is today" in refused.output
    assert not (project.root / "data" / "search" / source).exists()
