"""Three runs that are killed and a disk that fills up; benchmarks/faults.py does it fifty times."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "faults.py"


@pytest.fixture(scope="module")
def trials():
    """A line for each trial, and the whole of what was printed."""
    command = [sys.executable, PROGRAM, "--review", "small", "--kills", "3", "--disks", "1"]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=1800).stdout
    return re.findall(r"^\d+: (.*)$", printed, re.MULTILINE), printed


def test_after_a_kill_an_ordinary_run_ends_like_an_undisturbed_one(trials):
    kills = [told for told in trials[0] if "killed" in told]
    assert sum("ended before" not in told for told in kills) == 3, trials[1]
    assert all(told.endswith(": equal") for told in kills), trials[1]


def test_once_there_is_space_again_an_ordinary_run_ends_like_an_undisturbed_one(trials):
    if "No disk was tried" in trials[1]:
        pytest.skip(re.search(r"No disk was tried.*", trials[1])[0])
    (disk,) = [told for told in trials[0] if told.startswith("a disk")]
    assert "it filled up, exit code 1" in disk, trials[1]
    assert disk.endswith(": equal"), trials[1]
