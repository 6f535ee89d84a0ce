"""Snakemake's own report, graphs and summary of the shipped review."""

import base64
import json
import re
import sys
from pathlib import Path

import pytest

UNSHOWN = re.compile(r"results/records/(records\.jsonl|readings/.*)")
"""As large as what was searched, and not for reading."""


@pytest.fixture(scope="module")
def report(whole_run, tmp_path_factory):
    """The project, and the page as text."""
    project = whole_run[0].copy(tmp_path_factory.mktemp("report") / "project")
    run = project.run("--report", "report.html")
    assert run.code == 0, run.output[-3000:]
    return project, (project.root / "report.html").read_text(encoding="utf-8")


def value(page: str, name: str):
    """A value that the page has for its program."""
    start = re.search(rf'<script id="{name}">\s*var {name} = ', page).end()
    return json.JSONDecoder().raw_decode(page, start)[0]


def test_every_result_stands_in_a_section_with_labels_and_a_caption(report):
    project, page = report
    shown, sections = value(page, "results"), value(page, "categories")
    made = [line.split("\t")[0] for line in project.run("--summary").output.splitlines() if line.startswith("results/")]
    assert len(made) > 100
    assert set(shown) == {name for name in made if not UNSHOWN.fullmatch(name)}
    assert "Other" not in sections
    assert set(shown) == {path for section in sections.values() for paths in section.values() for path in paths}
    for path, told in shown.items():
        assert set(told["labels"]) == {"result", "group", "format"}, path
        text = re.sub(r"<[^>]+>", "", told["caption"]).strip()
        assert len(text) > 40, path
        assert "{{" not in text and "system-message" not in told["caption"], path


def test_captions_and_labels_are_of_the_protocol(report):
    shown = value(report[1], "results")
    forest = shown["results/analyses/orr/monotherapy/forest.svg"]
    assert "Overall response, Monotherapy after CAR-T" in forest["caption"]
    assert forest["labels"] == {"result": "Forest plot", "group": "Monotherapy after CAR-T", "format": "svg"}
    assert "Combination against monotherapy after CAR-T" in shown["results/analyses/cr/comparisons.json"]["caption"]


def test_no_place_or_user_of_this_machine_is_in_the_report(report):
    project, page = report
    data = b"".join(base64.b64decode(each) for each in re.findall(r"base64,([A-Za-z0-9+/=]{40,})", page))
    for place in (project.root, Path.home(), Path(sys.prefix), Path(__file__).parents[2]):
        assert str(place) not in page
        assert str(place).encode() not in data


def test_a_report_makes_nothing_to_be_done_again(report):
    assert report[0].plan() == []


@pytest.mark.parametrize("drawn", ["--rulegraph", "--dag"])
def test_the_graphs_name_every_step(report, drawn):
    text = report[0].run(drawn).output
    assert "digraph snakemake_dag" in text
    for step in ("collect_records", "judge_screening", "pool", "compare_groups", "plot_forest", "write_report"):
        assert re.search(rf'label = "{step}\b', text), step


def test_the_detailed_summary_tells_how_each_file_came_about(report):
    lines = report[0].run("--detailed-summary").output.splitlines()
    row = next(line.split("\t") for line in lines if line.startswith("results/analyses/orr/monotherapy/pooled.json\t"))
    assert row[2] == "pool"
    assert "results/identity/pool/orr.monotherapy.json" in row[4]
    assert row[5].startswith("python ")
    assert row[6:8] == ["ok", "no update"]
