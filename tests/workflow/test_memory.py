"""The review is read again where anything changed that it is read from, and only there."""

import os
import pickle
import subprocess
import sys
import time

import pytest
import yaml

from perennial.workflow import memory as module
from perennial.workflow.memory import Memory


@pytest.fixture
def remember(project):
    """Makes the memory of a project as a run would, with what it may say on the command line."""

    def memory(**said: str) -> Memory:
        config = yaml.safe_load((project.root / "config" / "config.yaml").read_text(encoding="utf-8"))
        return Memory(config | said, project.root, project.root)

    return memory


@pytest.fixture
def reads(monkeypatch):
    """How often the tables were read."""
    calls = []
    real = module.open_review
    monkeypatch.setattr(module, "open_review", lambda *given: calls.append(given) or real(*given))
    return calls


def plan(memory: Memory):
    review = memory.review()
    memory.write_cards(review, {})
    return review


def test_what_was_read_once_is_the_same_when_remembered(remember, reads):
    first, second = plan(remember()), plan(remember())
    assert len(reads) == 1
    assert (second.evidence, second.config, second.horizon) == (first.evidence, first.config, first.horizon)
    lines = [[(row.file, row.line) for row in review.evidence.outcomes.rows] for review in (first, second)]
    assert lines[0] == lines[1]


def test_an_edit_that_leaves_size_and_date_is_seen(project, remember, reads):
    plan(remember())
    table = project.root / "data" / "extraction" / "outcomes.csv"
    card = project.root / "results" / "identity" / "pool" / "cr.naive.json"
    date, before = os.stat(table), card.read_bytes()
    project.edit("data/extraction/outcomes.csv", "not_stated,50,74,reported,68", "not_stated,51,74,reported,68")
    os.utime(table, ns=(date.st_atime_ns, date.st_mtime_ns))
    plan(remember())
    assert len(reads) == 2
    assert card.read_bytes() != before


@pytest.mark.parametrize("file", ["data/studies.csv", "workflow/schemas/arms.schema.yaml", "src/perennial/dates.py"])
def test_evidence_schemas_and_code_are_read_again(project, remember, reads, file):
    plan(remember())
    path = project.root / file
    path.write_bytes(path.read_bytes() + b"\n")
    plan(remember())
    plan(remember(as_of="2023-12-31"))
    assert len(reads) == 3


def test_a_payload_is_its_run_s_business(project, remember, reads):
    """Its digest stands in run.json; a large archive is not read for each plan."""
    plan(remember())
    (project.root / "data" / "search" / "published" / "2025-05-20" / "pages.xml.gz").write_bytes(b"as received")
    plan(remember())
    assert len(reads) == 1


def test_a_file_that_an_editor_holds_open_is_passed_over(project, remember, reads):
    plan(remember())
    (project.root / "data" / ".#studies.csv").symlink_to("someone@somewhere.1234")
    plan(remember())
    assert len(reads) == 1


def test_a_card_that_was_lost_or_altered_is_written_again_and_others_keep_their_date(project, remember):
    plan(remember())
    cards = {path: path.read_bytes() for path in (project.root / "results" / "identity").glob("*/*.json")}
    lost, altered, *others = cards
    dates = {path: path.stat().st_mtime_ns for path in others}
    time.sleep(0.01)
    lost.unlink()
    altered.write_text("{}")
    plan(remember())
    assert {path: path.read_bytes() for path in cards} == cards
    assert {path: path.stat().st_mtime_ns for path in others} == dates


@pytest.mark.parametrize("kept", [b"", b"cut off", pickle.dumps(("", os.getcwd)), pickle.dumps(("", time.sleep))])
def test_what_is_no_memory_of_ours_is_not_believed(project, remember, reads, kept):
    """A folder from elsewhere may hold anything; nothing in it is executed."""
    plan(remember())
    (file,) = (project.root / ".cache" / "review").iterdir()
    file.write_bytes(kept)
    assert plan(remember()).outcomes == ["orr", "cr"]
    assert len(reads) == 2


def test_a_plan_loads_no_statistics_and_checks_nothing_again(project):
    """Each takes longer to load than a run with nothing to do may last beyond an empty one."""
    show = "import perennial.workflow.memory, sys; print(*sys.modules)"
    environment = {"PYTHONPATH": str(project.root / "src"), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy", "matplotlib", "jsonschema"} & set(done.stdout.split())
