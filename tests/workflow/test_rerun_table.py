"""The table of docs/reruns.md, how it says which jobs had to run, and the plans after edits of single cells."""

import csv
import random
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import reruns

TABLE = Path(__file__).parents[2] / "docs" / "reruns.md"
TABLES = ["studies.csv", "reports.csv", "extraction/arms.csv", "extraction/outcomes.csv", "screening/decisions.csv"]


def test_the_table_has_every_case_of_the_program_and_says_what_made_it():
    told = TABLE.read_text(encoding="utf-8")
    cases = re.findall(r"^\| ([a-z ]+): ([^|]+) \|", told, re.MULTILINE)
    assert cases == [(name, case.__doc__) for name, case in reruns.CASES.items()]
    assert re.search(r"of Perennial [\d.]+ \(code \w{12}\) with Snakemake [\d.]+", told)


def test_a_job_had_to_run_where_what_it_reads_or_makes_differs():
    jobs = [
        reruns.Job("same", ("a",), ("made a",)),
        reruns.Job("reads", ("a", "b"), ("made b",)),
        reruns.Job("behind", ("made b",), ("made c",)),
        reruns.Job("impure", ("a",), ("made d",)),
        reruns.Job("new", ("e",), ("made e",)),
    ]
    before = {"a": "1", "b": "1", "made a": "1", "made b": "1", "made c": "1", "made d": "1"}
    after = {**before, "b": "2", "made d": "2", "e": "1", "made e": "1"}
    had_to, differing = reruns.had_to_run(jobs, before, after)
    assert had_to == {"reads", "impure", "new"}, "what lies behind a job that makes the same again had not to"
    assert differing == {"impure", "new"}


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 6])
def test_a_cell_that_changes_reruns_the_jobs_whose_cards_it_changes_and_what_lies_behind(done, graph, seed):
    """Whichever cell it is, and whether or not the evidence can still be right."""
    pick = random.Random(seed)
    path = done.root / "data" / pick.choice(TABLES)
    with path.open(encoding="utf-8", newline="") as file:
        columns, *rows = list(csv.reader(file))
    row, column = pick.choice([(row, i) for row in rows for i, cell in enumerate(row) if cell])
    row[column] = str(int(row[column]) - 1) if row[column].isdigit() else f"{row[column]} edited"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])

    before = done.results("results/identity")
    plan = done.plan()
    after = done.results("results/identity")
    changed = {f"results/identity/{name}" for name in after if after[name] != before.get(name)}
    edit = f"{path.name}, {columns[column]}: {row[column]}"
    if b'"refused": []' not in after["check_evidence/evidence.json"]:
        assert plan == ["check_evidence"], edit
    else:
        assert set(plan) == behind(graph, changed), edit


@pytest.fixture(scope="module")
def graph(whole_run):
    """Every job of the workflow with its inputs and outputs."""
    return reruns.Project(whole_run[0].root).run("--dry-run", "--forceall")


def behind(jobs: list[reruns.Job], files: set[str]) -> set[str]:
    """The jobs that read one of the files, and those that read what such a job makes."""
    found: set[str] = set()
    while more := {job for job in jobs if job.name not in found and files & set(job.inputs)}:
        found |= {job.name for job in more}
        files = files | {file for job in more for file in job.outputs}
    return found
