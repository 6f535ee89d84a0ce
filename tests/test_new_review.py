"""A review that `perennial new` started: right by its own schemas, runs whole without a study, overwrites nothing."""

import os
import shlex
import subprocess
import sys
from datetime import date
from itertools import takewhile
from pathlib import Path

import pytest
import yaml

from perennial.extraction.evidence import FILES, read_evidence
from perennial.new_review import NewReviewError, command, start_review
from perennial.tables import load_schema
from perennial.workflow.review import ReviewError, open_review

ROOT = Path(__file__).parents[1]
DAY = date(2026, 3, 1)


@pytest.fixture
def new(tmp_path) -> Path:
    start_review(tmp_path / "new", DAY)
    return tmp_path / "new"


def protocol(folder: Path) -> dict:
    return yaml.safe_load((folder / "config" / "config.yaml").read_text(encoding="utf-8"))


def test_nothing_in_it_is_refused_and_it_is_as_of_the_day_it_was_started(new):
    review = open_review(protocol(new), new, ROOT / "workflow")
    assert review.refused == []
    assert (review.horizon.as_of, review.results) == (DAY, "results")


def test_what_is_entered_counts_from_its_own_day_even_if_that_is_before_the_start(new):
    (new / "data" / "screening").mkdir()
    (new / "data" / "screening" / "decisions.csv").write_text(
        "record_id,stage,reviewer,decision,date\npmid:1,title_abstract,AB,exclude,2026-02-01\n"
    )
    assert open_review(protocol(new), new, ROOT / "workflow").horizon.as_of == date(2026, 2, 1)


def test_a_review_that_has_no_day_at_all_says_what_to_do(new):
    config = protocol(new)
    del config["review"]["started"]
    with pytest.raises(ReviewError, match=r"nothing was entered yet\. Remedy: .*review\.started"):
        open_review(config, new, ROOT / "workflow")
    with pytest.raises(ReviewError, match=r"started: '2026-02-30' is no day\. Remedy"):
        open_review(config | {"review": config["review"] | {"started": "2026-02-30"}}, new, ROOT / "workflow")


def test_each_table_has_every_column_of_its_schema_and_those_of_the_groups(new):
    evidence = read_evidence(new, ROOT / "workflow" / "schemas")
    assert evidence.readable
    for name, file in FILES.items():
        schema = load_schema(ROOT / "workflow" / "schemas" / f"{name}.schema.yaml")
        extra = ["group"] if name == "arms" else []
        if (new / file).exists():
            assert list(getattr(evidence, name).columns) == [*schema["properties"], *extra]
        else:
            assert schema["optional"]


def test_the_comments_say_what_to_edit_and_each_table_is_told(new):
    assert (new / "config" / "config.yaml").read_text(encoding="utf-8").count("EDIT") >= 6
    told = (new / "data" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{file.removeprefix('data/')}`" in told for file in FILES.values())


@pytest.mark.parametrize("there", ["a file in it", "a file"])
def test_nothing_is_overwritten(tmp_path, there):
    folder = tmp_path / "taken"
    file = folder if there == "a file" else folder / "config" / "config.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine")
    with pytest.raises(NewReviewError, match=r"is not empty\. Remedy: "):
        start_review(folder, DAY)
    assert file.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


def test_an_empty_folder_is_taken_and_the_same_day_gives_the_same_bytes(tmp_path, new):
    (tmp_path / "empty").mkdir()
    start_review(tmp_path / "empty", DAY)
    first, second = (
        {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (new, tmp_path / "empty")
    )
    assert first == second


def perennial(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    program = [sys.executable, "-m", "perennial", *arguments]
    return subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_command_says_how_to_run_it_and_refuses_with_a_remedy(tmp_path):
    begun = perennial("new", "a folder", folder=tmp_path)
    assert begun.returncode == 0, begun.stderr
    assert command(tmp_path / "a folder") in begun.stdout
    again = perennial("new", "a folder", folder=tmp_path)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == "a folder: it is there and is not empty. Remedy: name a folder that is new or empty.\n"


def test_it_runs_whole_by_the_command_that_is_printed_and_then_has_nothing_left_to_do(tmp_path):
    """From another folder, and in a folder whose name a shell would split."""
    folder = tmp_path / "a folder"
    start_review(folder, DAY)
    run = subprocess.run(shlex.split(command(folder)), cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-3000:]
    page = (folder / "results" / "report" / "index.html").read_text(encoding="utf-8")
    assert "0 studies" in page
    assert "Nothing can be said yet: no study to pool." in page
    again = subprocess.run([*shlex.split(command(folder)), "--dry-run"], cwd=tmp_path, capture_output=True, text=True)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_what_it_teaches_of_the_living_mode_is_valid_once_its_marks_are_taken_away(new):
    lines = (new / "config" / "config.yaml").read_text(encoding="utf-8").splitlines()
    start = lines.index("# living:")
    block = takewhile(lambda line: line.startswith("#"), lines[start:])
    living = yaml.safe_load("\n".join(line[2:] for line in block))["living"]
    review = open_review(protocol(new) | {"living": living}, new, ROOT / "workflow")
    assert review.config["living"]["this_version"]["since"] == "v1"
    assert set(living) == set(
        load_schema(ROOT / "workflow/schemas/config.schema.yaml")["properties"]["living"]["properties"]
    )
