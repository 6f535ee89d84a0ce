"""A week of a schedule: seven days of `perennial update` against local servers, with faults, and what it would have mailed.

The day that counts as today is changed in the copy of Perennial that the test uses, by a sitecustomize.py beside its
modules; Perennial itself has no way to pretend another day.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OTHER_DAY = """
import datetime, os

real = datetime.date

class Meta(type):
    def __instancecheck__(cls, value):
        return isinstance(value, real)

class date(real, metaclass=Meta):
    @classmethod
    def today(cls):
        return real.fromisoformat(os.environ["TEST_TODAY"])

datetime.date = date
"""
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (f"2026-06-0{day}" for day in range(1, 8))
KEY = "a0synthetic0key0of0a0test0that0nobody0uses"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


class Schedule:
    """A small review, the servers that it searches, and a scheduler with a calendar of its own."""

    def __init__(self, perennial: Path, review: Path) -> None:
        self.perennial, self.review = perennial, review
        (perennial / "src" / "sitecustomize.py").write_text(OTHER_DAY, encoding="utf-8")
        self.command = [sys.executable, "-m", "perennial", "update", "--directory", str(review), "--cores", "2"]

    def environment(self, day: str) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.perennial / "src"), "TEST_TODAY": day, "NCBI_API_KEY": KEY}

    def call(self, day: str, *command: object) -> Said:
        words = [str(word) for word in command] or self.command
        done = subprocess.run(words, env=self.environment(day), cwd=self.perennial, capture_output=True, timeout=900)
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, day: str) -> subprocess.Popen:
        return subprocess.Popen(
            self.command,
            env=self.environment(day),
            cwd=self.perennial,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def searches(self, day: str) -> bool:
        """Whether the search of a day has begun."""
        places = [self.review / "data" / place for place in (".staging", "search")]
        return any(list(place.glob(f"*/{day}")) for place in places)

    def messages(self) -> list[dict]:
        folders = sorted((self.review / "exports" / "messages").glob("2*"))
        return [json.loads((folder / "payload.json").read_bytes()) for folder in folders]

    def mail(self, message: dict) -> str:
        folders = (self.review / "exports" / "messages").glob(f"{message['day']}-*")
        mails = [(folder / "mail.txt").read_text(encoding="utf-8") for folder in folders]
        return next(mail for mail in mails if f"Message {message['id']}" in mail)

    def write(self, addresses: dict[str, str]) -> None:
        """A review of two synthetic trials; the first one's report is in both sources."""
        self.call(MONDAY, sys.executable, "-m", "perennial", "new", self.review)
        table = self.review / "trials.csv"
        table.write_text(
            "trial,year,intervention_events,intervention_n\nSynthetic,2019,12,40\nSynthetic,2020,9,44\n",
            encoding="utf-8",
        )
        done = self.call(
            MONDAY, sys.executable, ROOT / "docs" / "two_by_two.py", self.review, table, "event", "a synthetic table"
        )
        assert done.code == 0, done.err
        reports = self.review / "data" / "reports.csv"
        with reports.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        rows[0] |= {"pmid": "90000001", "doi": "10.5555/synthetic.1"}
        with reports.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        path = self.review / "config" / "config.yaml"
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        del config["within_trials"], config["groups"]["control"]
        config["bias"]["sets"]["every"]["groups"] = ["intervention"]
        config["review"]["title"] = "A synthetic drug"
        config["search"] = {
            "email": "someone@example.org",
            "sources": list(addresses),
            "addresses": addresses,
            "strategy": {
                "blocks": {"disease": {"label": "The disease", "any": [{"mesh": "Synthetic Disease"}]}},
                "combine": "disease",
            },
        }
        path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def week(servers, copied, tmp_path_factory):
    """What each run of the week came to, and the review at its end."""
    folder = tmp_path_factory.mktemp("week")
    schedule = Schedule(copied(folder / "perennial").root, folder / "review")
    made, said = servers.literature, {}
    late = made.article(6, mesh=[], crdt="2026/05/20")
    with (
        servers.start("eutils", records=[*made.literature(5), late]) as pubmed,
        servers.start("crossref", records=[made.work(1)]) as crossref,
    ):
        schedule.write({"pubmed": pubmed.address, "crossref": crossref.address})
        said[MONDAY] = schedule.call(MONDAY)
        said[TUESDAY] = schedule.call(TUESDAY)

        pubmed.control(records=[made.article(7, crdt="2026/06/03")], faults=[servers.fault("http_429", seconds=3600)])
        said[WEDNESDAY] = schedule.call(WEDNESDAY)

        pubmed.control(faults=[])
        first = schedule.start(THURSDAY)
        wait_for(lambda: schedule.searches(THURSDAY))
        said["meanwhile"] = schedule.call(THURSDAY)
        out, err = first.communicate(timeout=900)
        said[THURSDAY] = Said(first.returncode, out.decode(), err.decode())

        crossref.control(
            records=[
                made.work(1, **{"updated-by": [made.update("10.5555/synthetic.retraction", "retraction", FRIDAY)]}),
            ]
        )
        killed = schedule.start(FRIDAY)
        wait_for((schedule.review / "data" / "search" / "crossref" / FRIDAY).is_dir)
        os.killpg(killed.pid, signal.SIGKILL)
        said["killed"] = Said(killed.wait(), *(stream.decode() for stream in killed.communicate()))
        said[FRIDAY] = schedule.call(FRIDAY)

        pubmed.control(
            changes={"90000006": {"mesh": [["Synthetic Disease", True, []]], "mdat": "2026/06/05"}},
        )
        said[SATURDAY] = schedule.call(SATURDAY)
        said["again"] = schedule.call(SATURDAY)
        said[SUNDAY] = schedule.call(SUNDAY)
    keep = os.environ.get("PERENNIAL_KEEP_MAILS")
    if keep:
        shutil.copytree(schedule.review / "exports" / "messages", keep, dirs_exist_ok=True)
    return SimpleNamespace(schedule=schedule, review=schedule.review, said=said, messages=schedule.messages())


def wait_for(happened, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def titled(*numbers: int) -> list[str]:
    return [f"pmid:{90_000_000 + number}" for number in numbers]


def test_exit_codes_tell_failure_from_work_that_waits(week):
    codes = {name: said.code for name, said in week.said.items()}
    assert codes == {
        **dict.fromkeys((MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY, "again", SUNDAY), 0),
        WEDNESDAY: 1,
        "meanwhile": 75,
        "killed": -9,
    }, {name: (said.out, said.err) for name, said in week.said.items()}


def test_a_message_is_written_when_something_happened_and_at_no_other_time(week):
    assert [message["day"] for message in week.messages] == [MONDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY]
    quiet = [week.said[day] for day in (TUESDAY, "again", SUNDAY)]
    assert quiet == [Said(0, "", "")] * 3


def test_each_record_is_told_once_and_none_is_lost(week):
    told = [list(message["news"].get("records", {})) for message in week.messages]
    assert told == [titled(1, 2, 3, 4, 5), [], titled(7), [], titled(6)]
    lines = (week.review / "results" / "records" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["record_id"] for line in lines) == titled(1, 2, 3, 4, 5, 6, 7)


def test_a_source_that_failed_is_named_until_it_works_again(week):
    _, wednesday, thursday, *_ = week.messages
    assert [each["what"] for each in wednesday["failures"]] == ["the search of PubMed"]
    assert "it asks for a pause of 3600 s" in week.schedule.mail(wednesday)
    assert wednesday["up_to_date"]
    assert thursday["mended"] == ["the search of PubMed"]
    assert "The search of PubMed, which failed before, works again." in week.schedule.mail(thursday)
    days = {source: sorted(path.name for path in (week.review / "data" / "search" / source).iterdir()) for source in ("pubmed", "crossref")}  # fmt: skip
    everyday = [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY]
    assert days == {"pubmed": [day for day in everyday if day != WEDNESDAY], "crossref": everyday}


def test_a_retraction_is_told_once_although_the_run_that_found_it_was_killed(week):
    told = [message["news"].get("notices", {}) for message in week.messages]
    retraction = {"synthetic-2019-report: retraction": "Crossref: 10.5555/synthetic.retraction"}
    assert told == [{}, {}, {}, retraction, {}]
    friday = week.messages[3]
    assert friday["replaces"] == []
    assert friday["work"]["notices"] == 1
    assert "Subject: [A synthetic drug] 1 notice about an included report" in week.schedule.mail(friday)


def test_of_two_runs_at_once_the_second_says_so_and_leaves(week):
    assert week.said["meanwhile"] == Said(75, "", "Another update works on this review: nothing was done.\n")


def test_the_first_message_tells_how_the_review_stands(week):
    mail = week.schedule.mail(week.messages[0])
    for said in (
        "A synthetic drug: update of 2026-06-01. The review is as of 2026-06-01. Exit status 0.",
        "This is the first message: it tells all that there is.",
        "Records: 5 new ones, 5 in all\n  pmid:90000001  Synthetic record 1 of ",
        "  included studies: 2 now\n  The event, Intervention: ",
        "4 records to screen: results/todo/screening.csv",
    ):
        assert said in mail


def test_messages_follow_on_each_other(week):
    ids = [message["id"] for message in week.messages]
    assert [message["since"] for message in week.messages] == [None, *ids[:-1]]


def test_no_key_and_no_place_is_told_or_kept(week):
    files = [path for path in week.review.rglob("*") if path.is_file() and ".snakemake" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert not any(KEY in said.out + said.err for said in week.said.values())
    told = [path.read_bytes() for path in (week.review / "exports" / "messages").rglob("*") if path.is_file()]
    for place in (week.review, week.schedule.perennial, Path.home()):
        assert not any(str(place).encode() in each for each in told)
