"""The page says of the living mode what the protocol says, and calls missing what it does not."""

import csv
import json
import re
from html import unescape

import pytest

FULL = """
living:
  mode: A synthetic mode.
  rationale: A synthetic rationale.
  schedule: {pubmed: weekly, crossref: monthly, clinicaltrials: 30, europepmc: yearly, imports: {Records found since the published review: never}}
  steps: {screening: s1, extraction: s2, appraisal: s3, analysis: s4, publication: s5}
  included_studies: A synthetic way of updating.
  repeated_analyses: A synthetic allowance.
  retirement: A synthetic plan.
  limitations: A synthetic limitation.
  current: https://example.org/synthetic
  authors: [{name: A. Synthetic, roles: [screening]}]
  this_version: {trigger: A synthetic trigger., question: No synthetic change., methods: A synthetic model., authors: None of them.}
"""
OVERDUE = ["Search of " + name for name in ("PubMed", "Crossref", "ClinicalTrials.gov", "Europe PMC")]


def section(project) -> str:
    page = (project.root / "results" / "report" / "index.html").read_text(encoding="utf-8")
    found = page[page.index('<section id="living">') :]
    return unescape(re.sub(r"<[^>]+>", " ", found[: found.index("</section>")]))


def to_do(project) -> list[dict]:
    with (project.root / "results" / "todo" / "living.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def checklist(project) -> str:
    page = (project.root / "results" / "report" / "index.html").read_text(encoding="utf-8")
    return page[page.index('<section id="checklists">') :]


def test_for_the_shipped_review_nothing_is_made_up(whole_run):
    project, run = whole_run
    assert run.code == 0, run.output
    assert "Missing: 15 of 15." in section(project)
    assert len(to_do(project)) == 15
    assert "things to say of the living mode" in (project.root / "results/report/index.html").read_text(
        encoding="utf-8"
    )


@pytest.fixture(scope="module")
def told(whole_run, tmp_path_factory):
    """The shipped review with a synthetic section, called living; and the jobs that this took."""
    project = whole_run[0].copy(tmp_path_factory.mktemp("living") / "project")
    project.edit("config/config.yaml", "  title: CD20×CD3", "  title: A living review of CD20×CD3")
    config = project.root / "config" / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8") + FULL, encoding="utf-8")
    run = project.run()
    assert run.code == 0, run.output
    return project, run


def test_a_full_section_is_printed_whole_and_nothing_is_missing(told):
    project, _ = told
    said = section(project)
    assert "Missing" not in said
    for word in ("mode", "rationale", "way of updating", "allowance", "plan", "limitation", "trigger", "model"):
        assert f"synthetic {word}" in said
    assert "PubMed: weekly; Crossref" in said and "every 30 days" in said and "not searched again" in said
    assert all(each["what"] not in ("Title", "Retirement") for each in to_do(project))


def test_the_methods_and_the_checklist_are_answered_from_it(told):
    page = (told[0].root / "results" / "report" / "index.html").read_text(encoding="utf-8")
    methods = page[page.index('<section id="methods">') :]
    assert "Retirement: A synthetic plan." in methods
    assert checklist(told[0]).count('href="#living"') >= 12


def test_a_search_that_was_planned_and_never_made_is_told(told):
    rows = [each for each in to_do(told[0]) if "no search of it is archived" in each["missing"]]
    assert [each["what"].partition(" (")[0] for each in rows] == OVERDUE
    assert "Overdue on 2026-11-22" in section(told[0])


def test_only_the_page_and_the_list_are_made_again(told):
    assert not [job for job in told[1].jobs if job.startswith(("pool", "plot", "replay", "back_test"))]
    assert "list_work/living" in told[1].jobs and "write_report" in told[1].jobs


def test_a_step_of_the_history_is_what_a_run_as_of_its_day_gives(whole_run, tmp_path):
    """Every model of every analysis: a whole run as of that day, against the replay of today."""
    project = whole_run[0].copy(tmp_path / "project")
    run = project.run("--config", "as_of=2024-01-01", "--", "results/as_of/2024-01-01/summary.json")
    assert run.code == 0, run.output
    then = json.loads((project.root / "results/as_of/2024-01-01/summary.json").read_bytes())
    compared = 0
    for outcome, groups in then["analyses"].items():
        for group, result in groups.items():
            path = project.root / "results" / "analyses" / outcome / group / "history.json"
            step = next(step for step in json.loads(path.read_bytes())["steps"] if step["date"] == "2024-01-01")
            assert step["reconstructed"]
            for name, model in result["models"].items():
                assert {key: step["models"][name][key] for key in model if key in step["models"][name]} == {key: value for key, value in model.items() if key in step["models"][name]}  # fmt: skip
                compared += 1
    assert compared == 24
