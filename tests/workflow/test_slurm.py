"""The review on a real Slurm of one node: few jobs, the same bytes, one process that plans.

What the log of CI is to show, a test leaves as a property `shown`.
"""

import os
import re
import time
from pathlib import Path

import pytest
import yaml

from perennial.lock import take_lock

PROFILE = ("--profile", "profiles/slurm", "--cores", "1", "--slurm-init-seconds-before-status-checks", "3")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def cluster_run(copied, slurm, tmp_path_factory):
    """A copy of the project after its first run by the profile, and how long that took."""
    project = copied(tmp_path_factory.mktemp("cluster") / "project")
    began = time.monotonic()
    run = project.run(*PROFILE, timeout=1200)
    return project, run, time.monotonic() - began


def test_the_results_equal_those_of_a_local_run(cluster_run, whole_run, slurm, record_property):
    project, run, seconds = cluster_run
    assert run.code == 0, run.output[-4000:]
    submitted, states = run.output.count("has been submitted with SLURM jobid"), slurm.jobs()
    assert states == ["COMPLETED"] * submitted
    assert 0 < submitted <= 8, "a scheduler is not asked for a second of work"
    here, there = whole_run[0].results(), project.results()
    assert here == there
    steps = re.findall(r"of (\d+) steps \(100%\) done", run.output)[-1]
    record_property("shown", f"Slurm: {submitted} jobs submitted, {states.count('COMPLETED')} finished, for {steps} steps in {seconds:.0f} s")  # fmt: skip
    record_property("shown", f"Slurm: {len(there)} files of results, each equal to that of a local run")


def test_nothing_is_left_to_do_by_whichever_profile(cluster_run):
    project, *_ = cluster_run
    assert project.plan() == []
    assert "Nothing to be done" in project.run(*PROFILE).output


def test_a_job_that_fails_is_told_and_done_again(cluster_run, slurm):
    """With the message of its program: the log of Slurm is named, the job's own is shown."""
    project = cluster_run[0].copy(cluster_run[0].root.parent / "failing")
    project.edit("scripts/pool_medians.py", "import argparse\n", "import argparse\nraise SystemExit('synthetic')\n")
    run = project.run(*PROFILE, timeout=600)
    assert run.code != 0
    assert "synthetic" in run.output
    assert "FAILED" in slurm.jobs()
    project.edit("scripts/pool_medians.py", "raise SystemExit('synthetic')\n", "")
    assert "pool_medians" in project.run().jobs
    assert project.results() == cluster_run[0].results()


def test_the_process_of_a_job_takes_no_lock_and_writes_no_card(project):
    """As on a node, while the process that planned holds the lock: cards are what the plan said, whatever is there since."""
    assert project.run("results/todo/checks.csv").code == 0
    card = project.root / "results" / "identity" / "pool_medians" / "review.json"
    told = card.read_bytes()
    card.write_bytes(b"{}")
    as_on_a_node = ("--mode", "remote", "--nolock", "--force", "results/todo/checks.csv")
    lock = take_lock(project.root / ".review.lock")
    while_it_is_held = project.run(*as_on_a_node)
    os.close(lock)
    assert while_it_is_held.code == 0, while_it_is_held.output[-3000:]
    assert project.run(*as_on_a_node).code == 0
    assert card.read_bytes() == b"{}"
    project.plan()
    assert card.read_bytes() == told


def test_the_profile_says_where_each_rule_runs_and_with_how_much():
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    rules = set(re.findall(r"^rule (\w+):", text, re.MULTILINE))
    snakefile = (ROOT / "Snakefile").read_text(encoding="utf-8")
    local = set(re.findall(r"\w+", re.search(r"^localrules:\n((?:    .*\n)+)", snakefile, re.MULTILINE)[1])) - {"all"}
    assert set(profile["groups"]) == rules - local
    assert set(profile["set-resources"]) <= set(profile["groups"])
    assert set(profile["default-resources"]) == {"mem_mb", "runtime"}
    assert set(profile["group-components"]) <= set(profile["groups"].values())
