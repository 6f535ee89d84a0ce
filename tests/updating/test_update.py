"""What one update searches, runs and says; Snakemake and the results are stood in for."""

from datetime import date, timedelta

import pytest
import yaml

from perennial.lock import BUSY, locked
from perennial.new_review import start_review
from perennial.updating import update as module
from perennial.updating.messages import MESSAGES, read_message, read_told
from perennial.updating.running import Ended
from perennial.updating.update import UPDATE_LOCK, Updated, update

MONDAY = date(2026, 6, 1)
STANDING = {
    "as_of": "2026-06-01",
    "version": None,
    "previous_version": None,
    "searched": {},
    "records": {},
    "studies": 2,
    "estimates": {},
    "signals": {},
    "notices": {},
    "work": {"screening": 0},
}


class Stage:
    """A review, and what stands in for Snakemake: it archives the sources that answer, and ends as it is told."""

    def __init__(self, project, monkeypatch):
        self.project, self.asked, self.said, self.standing = project, [], [], dict(STANDING)
        self.down, self.run = set(), (0, "")
        start_review(project, MONDAY)
        monkeypatch.setattr(module, "run_snakemake", self.snakemake)
        monkeypatch.setattr(module, "standing", lambda results, labels: self.standing)

    def configure(self, **changes):
        path = self.project / "config" / "config.yaml"
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump({**config, **changes}), encoding="utf-8")

    def snakemake(self, project, cores, targets, log):
        receipts = [target for target in targets if target.endswith(".json")]
        self.asked.append([receipt.removeprefix("results/receipts/").removesuffix(".json") for receipt in receipts])
        if not receipts:
            return Ended(project, *self.run)
        for source, _, day in (name.partition("-") for name in self.asked[-1]):
            if source not in self.down:
                folder = project / "data" / "search" / source / day
                folder.mkdir(parents=True)
                (folder / "run.json").write_text('{"kind": "search", "counts": {}}')
        return Ended(project, int(bool(self.down)), "Error in rule search_source:\n    log: logs/search/x.log\n" if self.down else "")  # fmt: skip

    def update(self, day=MONDAY):
        return update(self.project, 1, day, self.said.append)

    def messages(self):
        return [read_message(path) for path in sorted((self.project / MESSAGES).glob("2*"))]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path / "review", monkeypatch)


SOURCES = {"email": "a@example.org", "sources": ["crossref", "pubmed"], "strategy": {"blocks": {"a": {"label": "A", "any": [{"mesh": "A"}]}}, "combine": "a"}}  # fmt: skip


def test_a_review_that_searches_nothing_says_so_once_and_runs(stage):
    assert stage.update().code == 0
    assert stage.asked == [[]]
    mail = (stage.project / MESSAGES / "2026-06-01-1" / "mail.txt").read_text(encoding="utf-8")
    assert "Nothing is searched: search.sources in config/config.yaml names no source." in mail
    assert stage.update(MONDAY + timedelta(days=1)) == Updated(0)
    assert (len(stage.messages()), len(stage.said)) == (1, 1)


def test_a_message_that_could_not_be_said_is_said_by_the_next_run(stage):
    def die(text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(stage.project, 1, MONDAY, die)
    assert read_told(stage.project) is None
    assert stage.update() == Updated(0)
    assert (len(stage.messages()), len(stage.said)) == (1, 1)
    assert stage.messages()[0]["id"] == read_told(stage.project)["id"]


def test_a_review_of_a_fixed_day_is_not_searched(stage):
    stage.configure(search=SOURCES, as_of="2026-06-01")
    stage.update()
    assert stage.asked == [[]]
    assert stage.messages()[0]["news"]["unsearched"]["now"] == "as_of is fixed in config/config.yaml"


def test_a_source_is_asked_once_a_day_and_again_on_the_next(stage):
    stage.configure(search=SOURCES)
    for _ in range(2):
        stage.update()
    stage.update(MONDAY + timedelta(days=1))
    searches = [asked for asked in stage.asked if asked]
    assert searches == [["crossref-2026-06-01", "pubmed-2026-06-01"], ["crossref-2026-06-02", "pubmed-2026-06-02"]]


def test_the_plan_of_the_protocol_puts_a_source_off(stage):
    stage.configure(search=SOURCES, living={"schedule": {"pubmed": "weekly"}})
    for day in range(8):
        stage.update(MONDAY + timedelta(days=day))
    asked = [name for names in stage.asked for name in names if name.startswith("pubmed")]
    assert asked == ["pubmed-2026-06-01", "pubmed-2026-06-08"]
    stage.configure(search=SOURCES, living={"schedule": {"pubmed": "never", "crossref": "never"}})
    stage.update(MONDAY + timedelta(days=20))
    assert stage.asked[-2:] == [[], []], "the last update only ran the review"


def test_a_source_that_fails_is_told_each_time_until_it_works_and_the_review_runs(stage):
    stage.configure(search=SOURCES)
    stage.down = {"pubmed"}
    first, second = stage.update(), stage.update()
    assert (first.code, second.code) == (1, 1)
    assert stage.asked[-2:] == [["pubmed-2026-06-01"], []], "only what failed is asked again; the review runs"
    stage.down = set()
    third = stage.update()
    assert third.code == 0
    assert [message["failures"] for message in stage.messages()][2] == []
    assert stage.messages()[2]["mended"] == ["the search of PubMed"]
    assert [[each["what"] for each in message["failures"]] for message in stage.messages()[:2]] == [["the search of PubMed"]] * 2  # fmt: skip


def test_what_keeps_every_source_from_being_searched_is_said_once_and_the_review_runs(stage):
    stage.configure(search={key: value for key, value in SOURCES.items() if key != "email"})
    assert stage.update().code == 1
    (failure,) = stage.messages()[0]["failures"]
    assert failure["what"] == "the search"
    assert failure["said"].startswith("config/config.yaml, search: email is missing. Remedy: ")
    assert stage.asked == [[]]


def test_what_is_new_is_told_when_the_results_are_whole_again(stage):
    stage.update()
    stage.standing = {**STANDING, "records": {"pmid:1": "First"}}
    stage.run = (1, "Error in rule pool:\n    jobid: 1\n")
    assert stage.update().code == 1
    assert (stage.messages()[1]["news"], stage.messages()[1]["up_to_date"]) == ({}, False)
    stage.run = (0, "")
    assert stage.update().code == 0
    told = stage.messages()[2]
    assert (told["news"], told["mended"]) == ({"records": {"pmid:1": "First"}}, ["rule pool"])


def test_a_source_is_not_said_to_work_again_by_a_run_that_did_not_come_to_its_end(stage):
    stage.configure(search=SOURCES)
    stage.down = {"pubmed"}
    stage.update()
    stage.down, stage.run = set(), (1, "Error in rule pool:\n    jobid: 1\n")
    stage.update()
    stage.run = (0, "")
    stage.update()
    assert [message["mended"] for message in stage.messages()] == [[], [], ["rule pool", "the search of PubMed"]]


def test_while_another_run_works_nothing_is_done_and_nothing_told(stage):
    stage.run = (1, f"WorkflowError in file Snakefile, line 1:\n{BUSY}\n")
    assert stage.update() == Updated(75, f"{BUSY}\n")
    with locked(stage.project / UPDATE_LOCK) as free:
        assert free
        stage.asked.clear()
        assert stage.update() == Updated(75, "Another update works on this review: nothing was done.\n")
    assert (stage.asked, stage.messages(), read_told(stage.project)) == ([], [], None)


def test_a_protocol_that_cannot_be_right_is_a_failure_that_is_told(stage):
    stage.configure(primary_model="none")
    assert stage.update().code == 1
    (told,) = stage.messages()
    assert "'none' is not known" in told["failures"][0]["said"]


def test_what_is_no_review_or_cannot_be_written_is_said(stage, tmp_path):
    none = update(tmp_path, 1, MONDAY, stage.said.append)
    assert (none.code, none.why.partition(".yaml")[0]) == (1, "config/config")
    (stage.project / "exports").write_text("in the way")
    barred = stage.update()
    assert barred.code == 1 and "Remedy" in barred.why and str(stage.project) not in barred.why
    assert stage.said == []
