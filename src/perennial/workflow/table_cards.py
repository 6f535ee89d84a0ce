"""What the jobs mean that tabulate the arms and their results for readers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from perennial.dates import first_day
from perennial.extraction.evidence import by_id
from perennial.extraction.selection import counting_rows, group_arms, secondary_rows
from perennial.tables import Row
from perennial.workflow.review import Review

Meaning = dict[str, Any]


def table_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    yield "tabulate/characteristics", _characteristics
    yield "tabulate/responses", _responses
    yield "tabulate/secondary", _secondary


def _seen_arms(review: Review) -> list[tuple[str, Row]]:
    """The arms of each group reported by then, with the group's label; by publication within a group."""
    reports, horizon = by_id(review.evidence.reports, "report_id"), review.horizon
    counting = {row["arm_id"] for row in counting_rows(review.evidence, review.config, horizon)}
    seen = []
    for group in review.config["groups"].values():
        arms = group_arms(review.evidence, group["where"]).values()
        arms = [
            arm
            for arm in arms
            if horizon.sees(report := reports[arm["report_id"]])
            or (arm["arm_id"] in counting and horizon.published(report))
        ]
        arms.sort(key=lambda arm: (first_day(reports[arm["report_id"]]["published"]), arm["arm_id"]))
        seen += [(group["label"], arm) for arm in arms]
    return seen


def _arm_cells(review: Review, group: str, arm: Row) -> dict[str, Any]:
    study = by_id(review.evidence.studies, "study_id")[arm["study_id"]]
    return {
        "arm_id": arm["arm_id"],
        "study": study["label"],
        "registry_id": study.get("registry_id", ""),
        "group": group,
        "arm": arm["label"],
        "regimen": arm["regimen"],
    }


def _characteristics(review: Review) -> Meaning:
    columns = review.config["tables"].get("characteristics", {})
    studies = by_id(review.evidence.studies, "study_id")
    rows = [
        {
            **_arm_cells(review, group, arm),
            "design": studies[arm["study_id"]].get("design", ""),
            **{column: arm.get(column, "") for column in columns},
            "locator": arm["locator"],
        }
        for group, arm in _seen_arms(review)
    ]
    fixed = ["arm_id", "study", "registry_id", "group", "arm", "regimen", "design"]
    return {"columns": [*fixed, *(c for c in columns if c not in fixed), "locator"], "rows": rows}


def _results_table(review: Review, wanted: Iterable[Row], columns: list[str]) -> Meaning:
    """Results of the arms in view, arm by arm, then in the order of the configured outcomes, with their source."""
    columns = [*columns, "row_id", "report_id", "locator", "quote"]
    order, by_arm = list(review.config["outcomes"]), {}
    for row in wanted:
        by_arm.setdefault(row["arm_id"], []).append(row)
    rows = []
    for group, arm in _seen_arms(review):
        results = by_arm.get(arm["arm_id"], [])
        results.sort(key=lambda row: (order.index(row["outcome"]), row["timepoint"], row["population"], row["row_id"]))
        rows += [
            {**_arm_cells(review, group, arm), **{column: row.get(column, "") for column in columns}} for row in results
        ]
    return {"columns": ["arm_id", "study", "registry_id", "group", "arm", "regimen", *columns], "rows": rows}


def _responses(review: Review) -> Meaning:
    rows = counting_rows(review.evidence, review.config, review.horizon)
    rows = [row for row in rows if row["outcome"] in review.outcomes]
    columns = ["outcome", "timepoint", "population", "assessor", "events", "n", "events_status", "reported_percent"]
    return _results_table(review, rows, columns)


def _secondary(review: Review) -> Meaning:
    values = [column for value in ("estimate", "ci_low", "ci_high") for column in (value, f"{value}_status")]
    columns = ["outcome", "timepoint", "population", *values, "ci_level", "unit"]
    return _results_table(review, secondary_rows(review.evidence, review.config, review.horizon), columns)
