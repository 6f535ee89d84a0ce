"""What the job means that weighs notices about reports: the decisions, and the counts with and without each report."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from perennial.extraction.evidence import by_id
from perennial.extraction.notices import decisions
from perennial.extraction.selection import secondary_rows
from perennial.workflow.analysis_cards import reported_medians
from perennial.workflow.review import Review
from perennial.workflow.settings import unlabelled

Meaning = dict[str, Any]

RECOMMENDED = "recommended"
"""A model of this name is shown beside the primary one."""


def notice_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    yield "weigh_notices/review", _weigh_notices


def _weigh_notices(review: Review) -> Meaning:
    config, evidence, horizon = review.config, review.evidence, review.horizon
    shown = dict.fromkeys([config["primary_model"], *(name for name in config["models"] if name == RECOMMENDED)])
    pairs = list(product(review.outcomes, review.groups))
    known = decisions(evidence.notices.rows, horizon.as_of)
    return {
        "level": config["level"],
        "models": {
            name: {"label": model["label"], "settings": unlabelled(model)} for name, model in config["models"].items()
        },
        "shown": list(shown),
        "reports": _reports(review),
        "decisions": [dict(row) for of_kind in sorted(known) for row in known[of_kind]],
        "excluded": sorted(horizon.without),
        "order": [f"{outcome}.{group}" for outcome, group in pairs],
        "analyses": {f"{outcome}.{group}": _analysis(review, outcome, group) for outcome, group in pairs},
        "medians": _medians(review),
    }


def _medians(review: Review) -> list[Meaning]:
    """The medians that are pooled, and what they would be without each report that gives one."""
    config, asked = review.config, reported_medians(review, review.horizon)
    without = {
        report: reported_medians(review, replace(review.horizon, without=review.horizon.without | {report}))
        for report in sorted({row["report_id"] for each in asked for row in each["rows"]})
    }
    return [
        {
            "analysis": f"{each['outcome']}.{each['group']}",
            "label": f"{config['outcomes'][each['outcome']]['label']}, {config['groups'][each['group']]['label']}",
            "rows": each["rows"],
            "without": {report: others[number]["rows"] for report, others in without.items()},
        }
        for number, each in enumerate(asked)
    ]


def _reports(review: Review) -> Meaning:
    """What is told of each report: its study, and what it gives to the tables that is not pooled as a proportion."""
    studies, outcomes = by_id(review.evidence.studies, "study_id"), review.config["outcomes"]
    gives: dict[str, set[str]] = {}
    for row in secondary_rows(review.evidence, review.config, review.horizon):
        gives.setdefault(row["report_id"], set()).add(outcomes[row["outcome"]]["abbreviation"])
    return {
        row["report_id"]: {
            "study": studies[row["study_id"]]["label"],
            "citation": row["citation"],
            "gives": sorted(gives.get(row["report_id"], ())),
        }
        for row in sorted(review.evidence.reports.rows, key=lambda row: row["report_id"])
        if review.horizon.published(row)
    }


def _analysis(review: Review, outcome: str, group: str) -> Meaning:
    rows = review.counts(outcome, group).rows
    labels = [review.config[kind][name]["label"] for kind, name in (("outcomes", outcome), ("groups", group))]
    return {
        "label": ", ".join(labels),
        "rows": rows,
        "without": {
            report: review.counts_without(outcome, group, report)
            for report in sorted({row["report_id"] for row in rows})
        },
    }
