"""What a run of Snakemake is said to have failed with."""

import pytest

from perennial.new_review import INSTALLATION
from perennial.updating.running import Ended, discreet

RULE = """\
Error in rule pool:
    message: None
    jobid: 3
    output: results/a.json
    log: logs/pool.log (check log file(s) for error details)
    shell: python pool.py
"""


def test_a_run_that_succeeded_has_no_failures(tmp_path):
    assert Ended(tmp_path, 0, RULE).failures() == []


def test_a_rule_that_failed_is_told_with_the_end_of_its_log_once(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "pool.log").write_text("\n".join(f"line {number}" for number in range(30)))
    (failure,) = Ended(tmp_path, 1, RULE + "\n" + RULE).failures()
    assert failure.what == "rule pool"
    assert failure.said.splitlines() == [f"line {number}" for number in range(22, 30)]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ('WorkflowError in file "./Snakefile", line 40:\nconfig/config.yaml: no. Remedy: yes.\n', "config/config.yaml: no. Remedy: yes."),
        ("No module named snakemake\n", "No module named snakemake"),
    ],
)  # fmt: skip
def test_a_run_that_did_not_come_to_a_rule_is_told_by_its_last_words(tmp_path, output, said):
    assert [failure.said for failure in Ended(tmp_path, 1, output).failures()] == [said]


def test_keys_and_places_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("NCBI_API_KEY", "a0secret")
    text = f"{tmp_path}/results/x: key a0secret in {INSTALLATION}/Snakefile, {tmp_path}"
    assert discreet(text, tmp_path) == "./results/x: key *** in perennial/Snakefile, ."
