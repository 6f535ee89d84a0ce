"""What the jobs mean that replay the history of the review, draw it, and try its signals on it."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import product
from typing import Any

from perennial.dates import first_day, full_day
from perennial.extraction.evidence import by_id
from perennial.extraction.selection import group_arms, studies_included
from perennial.living.history import steps
from perennial.workflow.review import Review
from perennial.workflow.settings import labels, unlabelled

Meaning = dict[str, Any]


def history_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for outcome, group in product(review.outcomes, review.groups):
        yield f"replay/{outcome}.{group}", partial(_replay, outcome=outcome, group=group)
    for outcome in review.outcomes:
        yield f"plot_history/{outcome}", partial(_plot, outcome=outcome)
    yield "back_test/review", _back_test


def days_of_change(review: Review) -> list[date]:
    """The days up to that of the review on which what is known may have changed, oldest first.

    That is when a report appeared, or was decided to count no more; from the first archived search on also when
    somebody entered something.
    """
    evidence, first = review.evidence, review.first_search
    appeared = {first_day(row["published"]) for row in evidence.reports.rows}
    decided = {full_day(row["date"]) for row in evidence.notices.rows}
    tables = (evidence.outcomes, evidence.overlaps, evidence.acceptances)
    entered = {full_day(row["date"]) for table in tables for row in table.rows}
    recorded = {first, *(day for day in entered if day > first)} if first else set()
    today = review.horizon.as_of
    return sorted(day for day in {*appeared, *decided, *recorded, today} if day <= today)


def _replay(review: Review, outcome: str, group: str) -> Meaning:
    """The counts from each day of change on, by the review's own selection."""
    reports = by_id(review.evidence.reports, "report_id")
    states = []
    for day in days_of_change(review):
        horizon = review.horizon_on(day)
        selected = review.counts(outcome, group, horizon)
        rows = [{**row, "basis": reports[row["report_id"]]["published_basis"]} for row in selected.rows]
        told = {"date": day.isoformat(), "reconstructed": horizon.reconstructed}
        states.append({**told, "rows": rows, "left_out": selected.left_out})
    found = steps(states)
    pooled = [{row["arm_id"] for row in step["rows"]} for step in found]
    for before, step in zip([set(), *pooled], found, strict=False):
        step["left_out"] = [arm for arm in step["left_out"] if arm["arm_id"] in before]
    return {
        "outcome": outcome,
        "group": group,
        "level": review.config["level"],
        "models": {name: unlabelled(model) for name, model in review.config["models"].items()},
        "steps": found,
    }


def _plot(review: Review, outcome: str) -> Meaning:
    """With the names of the arms that have a count of the outcome, for no other is in its history."""
    config = review.config
    counted = {row["arm_id"] for row in review.evidence.outcomes.rows if row["outcome"] == outcome}
    return {
        "outcome": labels(config["outcomes"][outcome]),
        "groups": [
            {
                "id": name,
                "label": each["label"],
                "arms": {arm: label for arm, label in arm_names(review, name).items() if arm in counted},
            }
            for name, each in config["groups"].items()
        ],
        "model": config["primary_model"],
        "model_label": config["models"][config["primary_model"]]["label"],
        "level": config["level"],
    }


def arm_names(review: Review, group: str) -> dict[str, str]:
    """Each arm of a group by the label of its study, with its own where the study has several in the group."""
    studies = by_id(review.evidence.studies, "study_id")
    arms = group_arms(review.evidence, review.config["groups"][group]["where"])
    of_studies = Counter(arm["study_id"] for arm in arms.values())
    names = {}
    for arm_id, arm in sorted(arms.items()):
        label = studies[arm["study_id"]]["label"]
        names[arm_id] = f"{label}, {arm['label']}" if of_studies[arm["study_id"]] > 1 else label
    return names


def _included(review: Review) -> list[Meaning]:
    """How many studies are included, from each day on which that changed."""
    found: list[Meaning] = []
    for day in days_of_change(review):
        horizon = review.horizon_on(day)
        number = len(studies_included(review.evidence, review.config, horizon))
        if number != (found[-1]["studies"] if found else 0):
            found.append({"date": day.isoformat(), "reconstructed": horizon.reconstructed, "studies": number})
    return found


def _back_test(review: Review) -> Meaning:
    config = review.config
    first = review.first_search
    return {
        "included": _included(review),
        "model": config["primary_model"],
        "level": config["level"],
        "first_search": first.isoformat() if first else None,
        "heterogeneity": config["heterogeneity"],
        "thresholds": config["signals"]["thresholds"],
        "outcomes": [{"id": name, "label": config["outcomes"][name]["label"]} for name in review.outcomes],
        "groups": [{"id": name, "label": each["label"]} for name, each in config["groups"].items()],
        "comparisons": [{"id": name, **each} for name, each in config["comparisons"].items()],
    }
