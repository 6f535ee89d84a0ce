"""A replayed step equals the review as of that day, and a step is where other counts are pooled than before."""

import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from perennial.living.history import cautions, replayed, steps
from perennial.stats.pooling import model_from_dict, pool_proportions
from perennial.workflow.history_cards import days_of_change, history_jobs
from perennial.workflow.review import Review, open_review

ROOT = Path(__file__).parents[2]
MODELS = {
    "two_step": {"method": "inverse_variance", "transformation": "freeman_tukey", "tau2": "DL", "interval": "wald"},
    "glmm": {"method": "glmm", "quadrature_points": 7, "interval": "t"},
}


def opened(project: Path, day: str | None = None) -> Review:
    config = yaml.safe_load((project / "config" / "config.yaml").read_text(encoding="utf-8"))
    return open_review(config | ({"as_of": day} if day else {}), project, ROOT / "workflow")


def card(review: Review, name: str) -> dict:
    return dict(history_jobs(review))[name](review)


def counted(rows: list[dict]) -> list[tuple]:
    return sorted((row["arm_id"], row["report_id"], row["events"], row["n"]) for row in rows)


@pytest.fixture
def recorded(tmp_path) -> Path:
    """The shipped tables with a synthetic past: entries of several days, an archived search, a correction, an update."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("releases"))
    run = tmp_path / "data" / "search" / "pubmed" / "2024-06-01"
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"kind": "search", "date": run.name, "payloads": {}}), encoding="utf-8")
    table = tmp_path / "data" / "extraction" / "outcomes.csv"
    header, *lines = table.read_text(encoding="utf-8").splitlines()
    some = random.Random(3)
    days = [date(2024, 3, 1) + timedelta(days=some.randrange(500)) for _ in lines]
    lines = [f"{line.rpartition(',')[0]},{day}" for line, day in zip(lines, days, strict=True)]
    columns = header.split(",")

    def added(**cells: str) -> str:
        return ",".join(cells.get(column, "") for column in columns)

    common = {"outcome": "orr", "timepoint": "best response", "population": "all", "assessor": "not_stated", "role": "consensus", "extractor": "A", "events_status": "reported", "locator": "synthetic", "quote": "synthetic"}  # fmt: skip
    lines += [
        added(**common, row_id="fix", arm_id="brody2025-naive", events="60", n="74", report_id="brody2025-article", corrects="brody2025-naive-orr", reason="synthetic", date="2025-11-03"),
        added(**common, row_id="newer", arm_id="cartron2025-post", events="36", n="46", report_id="synthetic", date="2025-12-05"),
    ]  # fmt: skip
    table.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    reports = tmp_path / "data" / "reports.csv"
    with reports.open("a", encoding="utf-8") as file:
        file.write("synthetic,cartron2025,,,,update,2025-12-01,online,A synthetic update,synthetic\n")
    notice = "thieblemont2024-article,retraction,10.1/synthetic,exclude,synthetic,A,2025-02-03"
    notices = tmp_path / "data" / "extraction" / "notices.csv"
    notices.write_text(f"report_id,kind,notice,decision,reason,by,date\n{notice}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("past", [None, "recorded"])
def test_each_day_has_the_counts_of_the_review_as_of_that_day(past, request):
    """On random days and on those around each step: what a whole run as of that day would pool."""
    project = request.getfixturevalue(past) if past else ROOT
    review = opened(project)
    assert review.refused == []
    analyses = [(outcome, group) for outcome in review.outcomes for group in review.groups]
    histories = {each: card(review, "replay/{}.{}".format(*each))["steps"] for each in analyses}
    some = random.Random(1)
    around = {day + timedelta(days=by) for day in days_of_change(review) for by in (-1, 0)}
    days = some.sample(sorted(around), min(12, len(around)))
    days += [date(2022, 6, 1) + timedelta(days=some.randrange(1600)) for _ in range(6)]
    for day in sorted(day for day in days if day <= review.horizon.as_of):
        then = opened(project, day.isoformat())
        for analysis, history in histories.items():
            known = [step["rows"] for step in history if step["date"] <= day.isoformat()]
            rows = known[-1] if known else []
            assert counted(rows) == counted(then.counts(*analysis).rows), (day, analysis)


def test_the_last_step_is_what_is_pooled_now(recorded):
    review = opened(recorded)
    for outcome in review.outcomes:
        for group in review.groups:
            last = card(review, f"replay/{outcome}.{group}")["steps"][-1]
            assert counted(last["rows"]) == counted(review.counts(outcome, group).rows)


def test_before_the_first_archived_search_a_step_is_reconstructed_and_after_it_is_not(recorded):
    found = card(opened(recorded), "replay/orr.monotherapy")["steps"]
    assert {step["reconstructed"] for step in found if step["date"] < "2024-06-01"} == {True}
    assert {step["reconstructed"] for step in found if step["date"] >= "2024-06-01"} == {False}


def test_a_correction_and_a_superseding_report_are_steps_on_their_days(recorded):
    review = opened(recorded)
    naive = card(review, "replay/orr.naive")["steps"]
    assert naive[-1]["date"] == "2025-11-03"
    mono = replayed(card(review, "replay/orr.monotherapy")["steps"], MODELS, 0.95)
    mono = next(step for step in mono if step["date"] == "2025-12-05")
    assert (mono["came"], mono["went"]) == ([], [])
    (change,) = mono["changed"]
    assert (change["before"]["report_id"], change["now"]["report_id"]) == ("cartron2025-article", "synthetic")


def test_the_shipped_review_grew_from_two_studies_to_five_and_nine():
    review = opened(ROOT)
    told = card(review, "back_test/review")["included"]
    assert [(each["studies"], each["date"], each["reconstructed"]) for each in told] == [
        (2, "2023-01-01", True),
        (5, "2024-01-01", True),
        (9, "2025-01-01", True),
    ]


def test_a_decision_that_a_report_counts_no_more_is_a_step_on_its_day(recorded):
    found = replayed(card(opened(recorded), "replay/orr.monotherapy")["steps"], MODELS, 0.95)
    (gone,) = next(step["went"] for step in found if step["date"] == "2025-02-03")
    assert gone["arm_id"] == "thieblemont2024-post"
    assert "retraction" in gone["reason"]


def row(arm: str, events: int = 5, n: int = 10, report: str = "r") -> dict:
    return {"arm_id": arm, "report_id": report, "events": events, "n": n}


def state(day: str, *rows: dict, left_out: tuple = ()) -> dict:
    return {"date": day, "reconstructed": True, "rows": list(rows), "left_out": list(left_out)}


def test_a_day_on_which_nothing_else_is_pooled_is_no_step():
    states = [
        state("2020-01-01"),
        state("2020-02-01", row("a")),
        state("2020-03-01", row("a"), left_out=({"arm_id": "b", "reason": "small"},)),
        state("2020-04-01", row("b"), row("a")),
        state("2020-05-01", row("a"), row("b")),
        state("2020-06-01", row("a", events=6), row("b")),
        state("2020-07-01"),
    ]
    assert [step["date"] for step in steps(states)] == ["2020-02-01", "2020-04-01", "2020-06-01", "2020-07-01"]


def test_each_step_tells_what_came_changed_and_went_and_pools_under_every_model():
    found = [
        state("2020-01-01", row("a"), row("b", 8, 20)),
        state("2021-01-01", row("a", 7, 12, "newer"), row("c"), left_out=({"arm_id": "b", "reason": "held back"},)),
    ]
    first, second = replayed(found, MODELS, 0.9)
    assert ([each["arm_id"] for each in first["came"]], first["changed"], first["went"]) == (["a", "b"], [], [])
    assert [each["arm_id"] for each in second["came"]] == ["c"]
    assert second["changed"] == [{"before": row("a"), "now": row("a", 7, 12, "newer")}]
    assert second["went"] == [{"arm_id": "b", "reason": "held back"}]
    for name, model in MODELS.items():
        assert second["models"][name] == pool_proportions([7, 5], [12, 10], model_from_dict(model), 0.9).to_dict()


def test_repeated_looks_are_cautioned_of_and_one_look_is_not():
    assert cautions([1]) == []
    assert "not adjusted" in cautions([1, 2])[0]
