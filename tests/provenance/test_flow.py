"""From a file to the job that made it, by the patterns of the rules."""

from types import SimpleNamespace

import pytest
from snakemake.iocontainers import Namedlist

from perennial.provenance.flow import Flow, Job, flow_of, traced_files

RULES = {
    "tabulate": {
        "in": ["results/identity/tabulate/{table}.json"],
        "out": ["results/tables/{table}.csv"],
    },
    "appraise": {
        "in": ["results/identity/appraise/review.json"],
        "out": ["results/tables/appraisal.csv"],
    },
    "plot": {
        "in": ["results/analyses/{outcome}/{group}/pooled.json", "results/identity/plot/{outcome}.{group}.json"],
        "out": ["results/analyses/{outcome}/{group}/forest.svg"],
    },
    "twice": {"in": [], "out": ["results/{day}/of/{day}.csv"]},
}


@pytest.fixture
def flow() -> Flow:
    return Flow(RULES, "results")


def test_a_file_names_its_job_with_card_and_inputs(flow):
    expected = Job("plot", "plot/orr.naive", ("results/analyses/orr/naive/pooled.json",))
    assert flow.job("results/analyses/orr/naive/forest.svg") == expected


def test_a_rule_that_names_a_file_whole_comes_before_one_with_a_wildcard(flow):
    assert flow.job("results/tables/responses.csv").card == "tabulate/responses"
    assert flow.job("results/tables/appraisal.csv").card == "appraise/review"


def test_a_wildcard_stands_for_one_text_and_no_folder(flow):
    assert flow.job("results/a/of/a.csv").rule == "twice"
    assert flow.job("results/a/of/b.csv") is None
    assert flow.job("results/tables/deep/responses.csv") is None


def test_the_rules_of_a_workflow_tell_their_results_only():
    def rule(name, made, **used):
        return SimpleNamespace(name=name, input=Namedlist(fromdict=used), output=made)

    card, pooled = "results/identity/pool/orr.json", "results/p.json"
    rules = [
        rule("this_review_pool", [pooled], program="scripts/pool.py", card=card),
        rule("all", [], first=pooled),
        rule("release", ["results/receipts/release-{version}.json"], card=card),
    ]
    assert flow_of(rules, "results") == {"pool": {"in": [card], "out": [pooled]}}


def test_what_is_made_from_the_trace_is_not_among_its_inputs():
    files = ["results/a.csv", ["results/b.svg", ["results/report/index.html"]], "results/provenance/trace.json"]
    assert traced_files(files, "results") == ["results/a.csv", "results/b.svg"]
