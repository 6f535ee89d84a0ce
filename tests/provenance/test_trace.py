"""The trace of a finished review: every number, every value, every file; asked from a copy on its own."""

import getpass
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from perennial.provenance.find import NotFound, find, things
from perennial.provenance.graph import how_far
from perennial.provenance.on_page import account_of
from perennial.provenance.tell import tree, value_at
from perennial.provenance.trace import read_trace
from perennial.provenance.without import estimates, lost
from perennial.report.traces import NAMED

SOURCE_CODE = Path(__file__).parents[2] / "src"


@pytest.fixture(scope="module")
def results(whole_run) -> Path:
    project, run = whole_run
    assert run.code == 0, run.output
    return project.root / "results"


@pytest.fixture(scope="module")
def graph(results):
    return read_trace(results)[0]


@pytest.fixture(scope="module")
def card(results):
    return json.loads((results / "identity" / "trace_values" / "review.json").read_bytes())


@pytest.fixture(scope="module")
def copy(results, tmp_path_factory) -> Path:
    """The results alone, somewhere else: no data, no configuration, no .snakemake."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(results, folder / "results")
    return folder


def perennial(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "perennial", *map(str, arguments)]
    environment = {"PYTHONPATH": str(SOURCE_CODE), "COLUMNS": "120"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_every_number_on_the_page_is_traced_or_marked(results, graph, capsys):
    account = account_of((results / "report" / "index.html").read_text(encoding="utf-8"), graph)
    with capsys.disabled():
        print(f"\n{account}")
    assert account.untraced == (), str(account)
    assert account.total == sum(account.by_kind.values()) > 1000
    marked = sum(count for kind, count in account.by_kind.items() if kind.startswith("marked"))
    assert marked < account.total / 20, "most numbers of a page have a source"


def test_every_name_on_the_page_is_in_the_trace_even_where_no_number_is_shown(results, graph):
    page = (results / "report" / "index.html").read_text(encoding="utf-8")
    assert {unescape(name) for name in NAMED.findall(page)} - set(graph.nodes) == set()


def test_every_value_of_the_summary_has_a_name_and_stands_where_it_says(results, graph):
    def leaves(value, pointer):
        if isinstance(value, dict):
            for key, each in value.items():
                yield from leaves(each, f"{pointer}/{key}")
        else:
            yield pointer, value

    told = {}
    for node in graph.nodes.values():
        if node.get("at", "").startswith("results/summary.json#"):
            told.setdefault(node["at"].partition("#")[2], node)
    wanted = dict(leaves(json.loads((results / "summary.json").read_bytes()), ""))
    assert sorted(set(wanted) - set(told)) == []
    scalars = {pointer: value for pointer, value in wanted.items() if not isinstance(value, list)}
    assert {pointer: value_at(told[pointer], results) for pointer in scalars} == scalars


def test_every_value_sentence_and_file_reaches_an_end_that_tells(results, graph):
    assert graph.missing() == set()
    reported = [name for name, node in graph.nodes.items() if node["kind"] in ("value", "text", "file")]
    assert [name for name in reported if not how_far(graph, [name])] == []
    on_disk = {f"results/{path.relative_to(results).as_posix()}" for path in results.rglob("*") if path.is_file()}
    on_disk = {file for file in on_disk if "/identity/" not in file and "/as_of/" not in file}
    assert sorted(on_disk - set(graph.nodes)) == []
    assert sorted(name for name, node in graph.nodes.items() if node["kind"] == "file" and name not in on_disk) == []


def test_the_pooled_estimate_rests_on_the_counts_and_no_others(graph):
    reached = {name for name in graph.reach(["orr.monotherapy.estimate"]) if graph.nodes[name]["kind"] == "row"}
    assert len(reached) == 5
    assert all(name.endswith("-post-orr") for name in reached)
    other = {name for name in graph.reach(["cr.naive.estimate"]) if graph.nodes[name]["kind"] == "row"}
    assert not reached & other


def test_why_says_each_step_and_marks_where_the_trace_ends(copy):
    told = perennial("why", "orr.monotherapy.estimate", folder=copy).stdout
    steps = [
        "orr.monotherapy.estimate = 0.5449",
        "models.as_published",
        "scripts/pool.py",
        "extraction row cartron2025",
    ]
    steps += ["“35(76.1)”", "Table 2, row 3, ORR", "study cartron2025", "doi:10.1038/s43018-025-00941-2"]
    steps += ["END OF THE TRACE: no record of it", "data/search/published/2025-05-20/run.json"]
    words = " ".join(told.split())
    assert [step for step in steps if step not in words] == []
    figure = " ".join(perennial("why", "results/analyses/orr/monotherapy/forest.svg", folder=copy).stdout.split())
    assert "plot_group_forest/orr.monotherapy" in figure
    assert "extraction row cartron2025-post-orr" in figure


def test_why_of_a_screened_record_tells_decisions_and_what_brought_it(graph, results):
    name = next(name for name in graph.nodes if name.startswith("exclusions."))
    told = " ".join(tree(graph, name, results).split())
    assert "first-pass decides exclude" in told
    assert "looked up by hand" in told
    assert "46 hits declared" in told


def test_an_unknown_name_gives_the_closest(copy, graph):
    done = perennial("why", "orr.monotherapie.estimate", folder=copy)
    assert done.returncode != 0
    assert "orr.monotherapy.estimate" in done.stderr
    with pytest.raises(NotFound, match="chong2025"):
        find(graph, "chong2052")
    assert find(graph, "chong2025-post-orr") == "row/chong2025-post-orr"
    elsewhere = perennial("why", "orr", "--directory", copy / "nowhere", folder=copy)
    assert "does not exist. Remedy: run snakemake" in elsewhere.stderr


def test_json_holds_the_same_trace_with_digests_of_the_code(copy, results):
    told = json.loads(
        perennial("why", "orr.monotherapy.estimate", "--json", "--directory", copy, folder=results).stdout
    )
    assert "row/cartron2025-post-orr" in told["nodes"]
    recorded = json.loads((results / "identity" / "pool" / "orr.monotherapy.json").read_bytes())["modules"]
    assert told["modules"] == recorded


def test_estimates_computed_again_are_those_of_the_review(card, results):
    summary = json.loads((results / "summary.json").read_bytes())
    for name, told in estimates(card).items():
        outcome, group, *rest = name.split(".")
        if outcome == "medians":
            continue
        if len(rest) == 1:
            of_model = summary["analyses"][outcome][group]["models"][rest[0]]
            assert (told.estimate, told.ci_low, told.ci_high, told.k) == pytest.approx(
                tuple(of_model[key] for key in ("estimate", "ci_low", "ci_high", "k")), rel=1e-12
            )
        elif group == "comparisons":
            compared = summary["comparisons"][outcome][rest[0]]["models"][rest[1]]
            assert told.estimate == pytest.approx(compared["estimate"], rel=1e-12)
        elif group == "bias":
            assert told.estimate == pytest.approx(summary["bias"][outcome][rest[0]]["p"], rel=1e-12)


def test_without_a_study_every_estimate_is_that_of_leaving_it_out(graph, card, results):
    gone = estimates(card, lost(graph, ["study/cartron2025"]))
    runs = json.loads((results / "analyses" / "orr" / "monotherapy" / "sensitivity.json").read_bytes())["leave_one_out"]
    for model, of_model in runs.items():
        run = next(run for run in of_model if run["left_out"] == "cartron2025-post")
        assert gone[f"orr.monotherapy.{model}"].estimate == pytest.approx(run["estimate"], rel=1e-12)
    assert gone["orr.combination.as_published"] == estimates(card)["orr.combination.as_published"]


def test_what_rests_on_a_thing_is_what_changes_without_it(graph, card):
    """Of every study, report and arm: each estimate that changes without it is named as depending on it."""
    now = estimates(card)
    for name, node in graph.nodes.items():
        if node["kind"] in ("study", "report", "arm"):
            without = estimates(card, lost(graph, [name]))
            dependants = graph.dependants([name])
            changed = [each for each in now if now[each] != without[each] and "within_trials" not in each]
            assert [each for each in changed if not {each, f"text.{each}"} & dependants] == [], name
            assert changed, name


def test_an_earlier_report_counts_where_a_later_one_goes(card):
    """A second report of one arm supersedes the first; without it the first comes to count."""
    evidence = json.loads(json.dumps(card["evidence"]))
    row = next(row for row in evidence["outcomes"] if row["row_id"] == "cartron2025-post-orr")
    report = next(row for row in evidence["reports"] if row["report_id"] == "cartron2025-article")
    evidence["reports"].append({**report, "report_id": "cartron-update", "published": "2026"})
    newer = {"row_id": "update", "report_id": "cartron-update", "events": 40, "reported_percent": "87.0"}
    evidence["outcomes"].append({**row, **newer})
    updated = {**card, "evidence": evidence}
    assert estimates(updated)["orr.monotherapy.as_published"] != estimates(card)["orr.monotherapy.as_published"]
    assert estimates(updated, ["report/cartron-update"]) == estimates(card)


def test_a_median_of_medians_is_computed_without_an_arm(card):
    """All arms after CAR-T as one more group, of which six report when half of their patients progressed."""
    groups = {**card["config"]["groups"], "after": {"label": "After", "where": {"prior_cart": ["yes"]}}}
    larger = {**card, "config": {**card["config"], "groups": groups}}
    rows = [row for row in card["evidence"]["outcomes"] if row["outcome"] == "pfs" and "estimate" in row]
    now, gone = estimates(larger), estimates(larger, [f"row/{rows[0]['row_id']}"])
    assert now["medians.pfs.after"].k == 6
    assert now["medians.pfs.after"].estimate == pytest.approx(statistics.median(row["estimate"] for row in rows))
    assert gone["medians.pfs.after"].estimate is None and gone["medians.pfs.after"].why


def test_impact_prints_what_changes_and_says_where_nothing_is_left(copy):
    told = perennial("impact", "cartron2025", folder=copy).stdout
    assert re.search(r"orr\.monotherapy\.as_published +54\.5% \(43\.1 to 65\.7\), k = 5  ->  49\.5% .*, k = 4", told)
    assert "text.orr.monotherapy.{" in told
    assert "results/analyses/orr/monotherapy/{" in told
    everything = perennial("impact", "data/extraction/outcomes.csv", folder=copy).stdout
    assert everything.count("no estimate left") >= 24
    nothing = perennial("impact", "data/imports/2026-11-22-first-pass.csv", folder=copy).stdout
    assert "No estimate changes without it" in nothing
    assert "exclusions." in nothing


def test_a_file_of_code_or_protocol_has_its_dependants(graph):
    for file in ("src/perennial/stats/glmm.py", "scripts/pool.py", "config/config.yaml"):
        assert "orr.monotherapy.estimate" in graph.dependants(things(graph, file)), file
    assert "orr.monotherapy.estimate" not in graph.dependants(things(graph, "src/perennial/stats/egger.py"))


def test_nothing_says_who_ran_it_or_where(results, whole_run):
    project, _ = whole_run
    config = (project.root / "config" / "config.yaml").read_text(encoding="utf-8")
    assert "email:" not in config.replace("`email:`", "")
    forbidden = [str(project.root), str(Path.home()) + "/", socket.gethostname(), "/tmp/", "/home/", "api_key"]
    if len(getpass.getuser()) > 4:
        forbidden.append(getpass.getuser())
    for file in ("provenance/trace.json", "report/index.html"):
        text = (results / file).read_text(encoding="utf-8")
        assert [secret for secret in forbidden if secret in text] == [], file


def test_the_address_of_the_search_is_no_part_of_the_card(card):
    assert "email" not in card["config"]["search"]
