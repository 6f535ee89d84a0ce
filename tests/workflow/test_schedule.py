"""The schedules that docs/schedule/ gives: what they call is there, and they are what their programs read."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GIVEN = ROOT / "docs" / "schedule"
FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?(,(\*|\d+(-\d+)?)(/\d+)?)*")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def is_understood(command: str) -> None:
    """`perennial` takes the words of a command; it ends at --help before it does anything."""
    words = shlex.split(command)
    assert words[0].endswith("perennial")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    called = [sys.executable, "-m", "perennial", *words[1:], "--help"]
    done = subprocess.run(called, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    known = set(re.findall(r"--[a-z]+", done.stdout))
    assert {word for word in words if word.startswith("--")} <= known


def check_times(fields: list[str]) -> None:
    for field, (low, high) in zip(fields, RANGES, strict=True):
        assert FIELD.fullmatch(field), field
        assert all(low <= int(number) <= high for number in re.findall(r"\d+", field))


def test_the_crontab_has_times_and_a_command_that_is_understood():
    lines = [line for line in (GIVEN / "crontab").read_text().splitlines() if line and not line.startswith("#")]
    settings = [line for line in lines if re.fullmatch(r"[A-Z_]+=\S+", line)]
    (job,) = [line for line in lines if line not in settings]
    *times, command = job.split(maxsplit=5)
    check_times(times)
    assert "%" not in command, "cron takes a percent sign for the end of a line"
    values = dict(setting.split("=") for setting in settings)
    is_understood(re.sub(r"\$(\w+)", lambda named: values[named[1]], command))


@pytest.fixture
def units(tmp_path):
    """The units as installed by somebody whose home is here."""
    home = tmp_path / "home"
    for program in ("perennial/.venv/bin/perennial", "perennial/docs/schedule/deliver.sh"):
        (home / program).parent.mkdir(parents=True)
        (home / program).write_text("#!/bin/sh\n")
        (home / program).chmod(0o755)
    for name in ("perennial-update.service", "perennial-update.timer"):
        text = (GIVEN / name).read_text()
        (home / name).write_text(text.replace("%h", str(home)))
    return home


def test_systemd_understands_the_units(units):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    files = [units / "perennial-update.service", units / "perennial-update.timer"]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "perennial" in line]) == (0, [])
    (when,) = re.findall(r"^OnCalendar=(.*)$", files[1].read_text(), re.MULTILINE)
    assert subprocess.run(["systemd-analyze", "calendar", when], capture_output=True).returncode == 0


def test_the_service_calls_what_is_there():
    text = (GIVEN / "perennial-update.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    is_understood(command)
    (after,) = re.findall(r"^ExecStopPost=(.*)$", text, re.MULTILINE)
    assert os.access(ROOT / after.split()[0].removeprefix("%h/perennial/"), os.X_OK)


@pytest.fixture
def steps():
    told = yaml.safe_load((GIVEN / "github-actions.yml").read_text())
    (when,) = told[True]["schedule"]  # YAML takes the word "on" for true
    check_times(when["cron"].split())
    return {step["name"]: step for step in told["jobs"]["update"]["steps"] if "name" in step}


def test_the_workflow_of_github_calls_what_is_there(steps):
    make = (ROOT / "Makefile").read_text()
    target = steps["Set up the environment"]["run"].removeprefix("make ")
    assert f"\n{target}:" in make
    is_understood(steps["Search, run the review, say what happened"]["run"].partition("|")[0])


def test_the_workflow_of_github_commits_new_evidence_and_messages_and_nothing_else(steps, tmp_path):
    origin, work = tmp_path / "origin", tmp_path / "work"
    keep = steps["Keep the evidence and the messages"]["run"]

    def git(*words, folder=work):
        named = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words]
        return subprocess.run(named, cwd=folder, check=True, capture_output=True, text=True).stdout

    def kept() -> list[str]:
        subprocess.run(["bash", "-euo", "pipefail", "-c", keep], cwd=work, check=True, capture_output=True)
        return git("ls-tree", "-r", "--name-only", "main", folder=origin).split()

    git("init", "--bare", "--initial-branch=main", str(origin), folder=tmp_path)
    git("clone", str(origin), str(work), folder=tmp_path)
    git("checkout", "-b", "main")
    shutil.copy(ROOT / ".gitignore", work)
    (work / "data").mkdir()
    (work / "data" / "studies.csv").write_text("study_id,label\n")
    git("add", ".")
    git("commit", "-m", "A review")
    git("push", "--set-upstream", "origin", "main")
    before = kept()
    assert before == [".gitignore", "data/studies.csv"], "nothing happened: no commit"
    for file in ("data/search/pubmed/2026-06-01/run.json", "exports/messages/told.json", "results/summary.json"):
        (work / file).parent.mkdir(parents=True)
        (work / file).write_text("{}")
    assert kept() == [".gitignore", "data/search/pubmed/2026-06-01/run.json", "data/studies.csv", "exports/messages/told.json"]  # fmt: skip


class TestDeliver:
    @pytest.fixture
    def review(self, tmp_path):
        """Two messages, and programs in the place of sendmail and curl that write down what they are given."""
        for number in (1, 2):
            folder = tmp_path / "review" / "exports" / "messages" / f"2026-06-01-{number}"
            folder.mkdir(parents=True)
            (folder / "mail.txt").write_text(f"Subject: {number}\n")
            (folder / "payload.json").write_text(f'{{"id": {number}}}')
        programs = tmp_path / "bin"
        programs.mkdir()
        (programs / "sendmail").write_text(f'#!/bin/sh\n{{ echo "to $1"; cat; }} >> {tmp_path}/sent\n')
        (programs / "curl").write_text(
            f'#!/bin/sh\nif [ -e {tmp_path}/down ]; then exit 22; fi\necho "posted ${{@}}" >> {tmp_path}/sent\n'
        )
        for program in programs.iterdir():
            program.chmod(0o755)
        return tmp_path / "review"

    def deliver(self, review: Path, **environment: str) -> int:
        path = f"{review.parent / 'bin'}:{os.environ['PATH']}"
        command = [GIVEN / "deliver.sh", review]
        return subprocess.run(command, env={"PATH": path, **environment}, capture_output=True).returncode

    def test_each_message_is_sent_once_in_order(self, review):
        for _ in range(2):
            assert self.deliver(review, MAIL_TO="a@example.org") == 0
        sent = (review.parent / "sent").read_text()
        assert sent == "to a@example.org\nSubject: 1\nto a@example.org\nSubject: 2\n"

    def test_what_could_not_be_sent_is_sent_the_next_time(self, review):
        (review.parent / "down").touch()
        assert self.deliver(review, WEBHOOK="https://example.org/hook") != 0
        (review.parent / "down").unlink()
        assert self.deliver(review, WEBHOOK="https://example.org/hook") == 0
        sent = (review.parent / "sent").read_text().splitlines()
        assert [re.search(r"2026-06-01-\d", line)[0] for line in sent] == ["2026-06-01-1", "2026-06-01-2"]

    def test_without_an_address_nothing_is_marked_as_sent(self, review):
        assert self.deliver(review) == 0
        assert self.deliver(review, MAIL_TO="a@example.org") == 0
        assert (review.parent / "sent").read_text().count("Subject") == 2

    def test_a_review_without_messages_sends_nothing(self, review):
        shutil.rmtree(review / "exports")
        assert self.deliver(review, MAIL_TO="a@example.org") == 0
        assert not (review.parent / "sent").exists()
