"""A finished review that was released: what is altered is found and named, and nothing else is.

One change of each kind of `benchmarks/tampering.py`, which tries many; and what people may do after a release.
"""

import csv
import gzip
import hashlib
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from perennial.files import replace_file, to_json
from perennial.provenance.audit import recompute
from perennial.provenance.audit.finding import ALTERED, CHANGED, UNCHECKED
from perennial.provenance.audit.run import audit
from perennial.provenance.audit.subject import open_subject

ROOT = Path(__file__).parents[2]


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tampering", ROOT / "benchmarks" / "tampering.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tampering = benchmark()


@pytest.fixture(scope="module")
def released(whole_run, tmp_path_factory) -> Path:
    """The shipped review with one more archived search, synthetic, and released; Snakemake's memory of it is lost."""
    project = whole_run[0].copy(tmp_path_factory.mktemp("audit") / "project")
    folder = project.root / "data" / "search" / "published"
    told = json.loads((folder / "2025-05-20" / "run.json").read_bytes())
    answer = gzip.compress(b"<synthetic/>", mtime=0)
    payloads = {"answer.xml.gz": {"sha256": hashlib.sha256(answer).hexdigest(), "bytes": len(answer)}}
    replace_file(folder / "2025-05-21" / "answer.xml.gz", answer)
    replace_file(folder / "2025-05-21" / "run.json", to_json({**told, "date": "2025-05-21", "payloads": payloads}))
    run = project.run("release", "--config", "version=v1")
    assert run.code == 0, run.output[-3000:]
    for left in (".snakemake", "logs", ".cache"):
        shutil.rmtree(project.root / left, ignore_errors=True)
    return project.root


@pytest.fixture
def work(released, tmp_path) -> Path:
    return Path(shutil.copytree(released, tmp_path / "elsewhere"))


def found(folder: Path, *statuses: str) -> list[str]:
    return [str(each) for check in audit(folder, folder).checks for each in check.findings if each.status in statuses]


def test_a_copy_elsewhere_raises_no_alarm_and_what_was_not_checked_is_told(work):
    assert found(work, ALTERED, CHANGED) == []
    told = found(work, UNCHECKED)
    assert any("no git tag" in each and "cannot be caught" in each for each in told)
    assert any("--recompute" in each for each in told)


def test_other_line_ends_raise_no_alarm(work):
    for path in work.rglob("*"):
        if path.is_file() and b"\0" not in (data := path.read_bytes()):
            path.write_bytes(data.replace(b"\n", b"\r\n"))
    assert found(work, ALTERED, CHANGED) == []


@pytest.mark.parametrize("kind", tampering.KINDS)
def test_one_change_is_found_and_named(kind, work):
    change = tampering.KINDS[kind](work, random.Random(1))
    told = audit(work, work).to_dict()
    assert change.named_by(tampering.alarms(told)), change


def test_every_file_that_a_run_left_is_looked_at(work):
    """Whatever file is lost, results, evidence, code or release: its name is told."""
    files = [path for path in work.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    asked = [
        path for path in files if path.relative_to(work).parts[0] in ("config", "data", "results", "src", "scripts")
    ]
    asked = [path for path in asked if path.relative_to(work).parts[:2] != ("results", "receipts")]
    for path in random.Random(1).sample(sorted(asked), 15):
        if path.name in ("config.yaml", "release.json"):
            continue
        data = path.read_bytes()
        path.unlink()
        name = path.relative_to(work).as_posix()
        assert any(each.startswith(name) or f"{name}'" in each for each in found(work, ALTERED, CHANGED)), name
        path.write_bytes(data)


class TestAfterTheRelease:
    def test_a_row_that_was_added_and_a_correction_are_changes(self, work):
        add(work, "data/screening/decisions.csv", lambda row: {**row, "reviewer": "second"})
        add(
            work,
            "data/extraction/outcomes.csv",
            lambda row: {**row, "row_id": "corrected", "corrects": row["row_id"], "reason": "misread"},
        )
        told = by_check(work)
        assert [each.status for each in told["evidence"].findings] == [CHANGED, CHANGED]
        assert all("a row was added since v1" in each.message for each in told["evidence"].findings)
        assert told["inputs of the results"].status == ALTERED  # nothing was run since

    def test_a_register_may_be_edited_and_a_ledger_may_not(self, work):
        edit(work, "data/studies.csv", "Chong 2025", "Chong and others 2025")
        edit(work, "data/extraction/outcomes.csv", ",50,74,reported,68", ",51,74,reported,69")
        findings = {(each.file, each.column): each for each in by_check(work)["evidence"].findings}
        assert findings.pop(("data/studies.csv", "label")).status == CHANGED
        assert {(each.status, each.old, each.new) for each in findings.values()} == {
            (ALTERED, "50", "51"),
            (ALTERED, "68", "69"),
        }

    def test_a_correction_needs_a_reason(self, work):
        add(
            work,
            "data/extraction/outcomes.csv",
            lambda row: {**row, "row_id": "corrected", "corrects": row["row_id"], "reason": ""},
        )
        told = by_check(work)["evidence"].findings
        assert any(each.status == ALTERED and "reason" in (each.column or each.message) for each in told)

    def test_the_same_rows_in_another_order_are_the_same(self, work):
        path = work / "data" / "studies.csv"
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join([header, *reversed(rows)]), encoding="utf-8")
        told = by_check(work)
        assert [str(each) for each in told["evidence"].findings] == [
            "data/studies.csv: it is written otherwise; its rows are the same as in v1"
        ]
        assert told["inputs of the results"].status == "passed"


def by_check(folder: Path) -> dict:
    return {check.name: check for check in audit(folder, folder).checks}


def edit(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (root / file).write_text(text.replace(old, new), encoding="utf-8")


def add(root: Path, file: str, change) -> None:
    """Add the last row once more, changed."""
    with (root / file).open(encoding="utf-8", newline="") as table:
        *_, last = csv.DictReader(table)
    with (root / file).open("a", encoding="utf-8", newline="") as table:
        csv.DictWriter(table, list(last), lineterminator="\n").writerow(change(last))


class TestRecomputing:
    """What is made of results that were computed again; the computing itself is replaced."""

    @pytest.fixture
    def again(self, work, monkeypatch):
        def check(change):
            def run(subject, state, copy, cores):
                shutil.copytree(work / "results", copy / "results")
                change(copy / "results")
                return ""

            monkeypatch.setattr(recompute, "_run", run)
            return recompute.check_recomputed(open_subject(work, work), 1)

        return check

    def test_the_same_bytes(self, again):
        check = again(lambda results: None)
        assert check.status == "passed" and "by bytes" in check.sound

    def test_a_number_that_is_another(self, again):
        check = again(lambda results: shift(results / "summary.json", 1e-6))
        assert check.status == ALTERED
        (place,) = [each.pointer for each in check.findings if each.file == "results/summary.json"]
        assert place == "/analyses/orr/monotherapy/estimate"

    def test_on_another_machine_numbers_agree_and_bytes_are_not_compared(self, again):
        def change(results):
            shift(results / "summary.json", 1e-12)
            (results / "analyses" / "orr" / "forest.svg").write_text("another <svg>")

        check = again(change)
        assert check.status == UNCHECKED and "numbers, to 1e-09" in check.sound
        assert [each.file for each in check.findings] == ["results/analyses/orr/forest.svg"]

    def test_a_figure_that_is_another_where_all_numbers_are_the_same(self, again):
        check = again(lambda results: (results / "analyses" / "orr" / "forest.svg").write_text("another <svg>"))
        assert [(each.status, each.file) for each in check.findings] == [(ALTERED, "results/analyses/orr/forest.svg")]


def shift(path: Path, by: float) -> None:
    told = json.loads(path.read_bytes())
    told["analyses"]["orr"]["monotherapy"]["estimate"] += by
    path.write_bytes(to_json(told))


def test_the_command_line(work):
    def ran(*arguments: str):
        command = [sys.executable, "-m", "perennial", "audit", "--directory", str(work), *arguments]
        return subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True
        )

    sound = ran()
    assert sound.returncode == 0 and "Nothing is altered." in sound.stdout
    edit(work, "data/studies.csv", "Chong 2025", "Chong 2026")
    told = ran("--json")
    assert told.returncode == 1 and json.loads(told.stdout)["altered"]


def test_without_a_release_and_without_results_nothing_is_called_clean(work):
    shutil.rmtree(work / "data" / "releases")
    shutil.rmtree(work / "results")
    told = by_check(work)
    assert not any(check.status == ALTERED for check in told.values())
    assert {told[name].status for name in ("releases", "evidence", "results", "inputs of the results")} == {UNCHECKED}
