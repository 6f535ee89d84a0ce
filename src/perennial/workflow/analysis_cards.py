"""What the jobs mean that pool, compare and try: the counts they use, and the settings."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from perennial.extraction.evidence import by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import group_arms, part_of, secondary_rows
from perennial.workflow.review import Review
from perennial.workflow.settings import in_order, unlabelled

Meaning = dict[str, Any]


def analysis_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for outcome, group in product(review.outcomes, review.groups):
        analysis = {"outcome": outcome, "group": group}
        yield f"pool/{outcome}.{group}", partial(_pool, **analysis)
        yield f"leave_one_out/{outcome}.{group}", partial(_pool, **analysis)
        yield f"pool_variants/{outcome}.{group}", partial(_pool_variants, **analysis)
        yield f"vary_models/{outcome}.{group}", partial(_vary_models, **analysis)
    for outcome in review.outcomes:
        yield f"compare_groups/{outcome}", _compare_groups
        yield f"compare_within_trials/{outcome}", partial(_compare_within_trials, outcome=outcome)
        yield f"test_asymmetry/{outcome}", partial(_test_asymmetry, outcome=outcome)
    yield "pool_medians/review", _pool_medians


def _pool(review: Review, outcome: str, group: str) -> Meaning:
    """What is pooled; arms that are not stand in the cards of what names them."""
    return {
        "outcome": outcome,
        "group": group,
        "level": review.config["level"],
        "models": {name: unlabelled(model) for name, model in review.config["models"].items()},
        "rows": review.counts(outcome, group).rows,
    }


def _pool_variants(review: Review, outcome: str, group: str) -> Meaning:
    """Variants of the rows that are pooled; with none, the rows do not matter."""
    pooled = _pool(review, outcome, group)
    arms = {row["arm_id"] for row in pooled["rows"]}
    wanted = [dict(row) for row in review.evidence.variants.rows if row["outcome"] == outcome and row["arm_id"] in arms]
    variants = sorted(wanted, key=lambda row: row["variant_id"])
    return {**pooled, "rows": pooled["rows"] if variants else [], "variants": variants}


def _vary_models(review: Review, outcome: str, group: str) -> Meaning:
    """The counts with the kind of report that gave them, for rules that ask for it."""
    kinds = {row["report_id"]: row["kind"] for row in review.evidence.reports.rows}
    multiverse = review.config["multiverse"]
    return {
        "outcome": outcome,
        "group": group,
        "level": review.config["level"],
        "rows": [{**row, "kind": kinds[row["report_id"]]} for row in review.counts(outcome, group).rows],
        "multiverse": {**multiverse, "rules": in_order({k: unlabelled(v) for k, v in multiverse["rules"].items()})},
        "priors": review.config["bayes"]["priors"],
    }


def _compare_within_trials(review: Review, outcome: str) -> Meaning:
    within = review.config["within_trials"]
    randomised = {name: each.get("randomised", "no") for name, each in within.items()}
    comparisons = compared_within(review, outcome)
    return {"outcome": outcome, "level": review.config["level"], "comparisons": comparisons, "randomised": randomised}


def compared_within(review: Review, outcome: str) -> dict[str, list[Meaning]]:
    """The counts of each trial on either side; several arms of one side are added up, for they share no patient."""
    comparisons = {}
    for name, each in review.config["within_trials"].items():
        first, second = (
            [row for group in each[side]["groups"] for row in review.counts(outcome, group).rows]
            for side in ("first", "second")
        )
        trials = sorted({row["study_id"] for row in first} & {row["study_id"] for row in second})
        comparisons[name] = [
            {"study_id": trial, **_added(first, trial, "1"), **_added(second, trial, "2")} for trial in trials
        ]
    return comparisons


def _added(rows: list[dict], trial: str, side: str) -> Meaning:
    of_trial = [row for row in rows if row["study_id"] == trial]
    return {
        f"events{side}": sum(row["events"] for row in of_trial),
        f"n{side}": sum(row["n"] for row in of_trial),
        f"from{side}": [row["from"] for row in of_trial],
    }


def _pool_medians(review: Review) -> Meaning:
    return {"level": review.config["level"], "medians": reported_medians(review, review.horizon)}


def reported_medians(review: Review, horizon: Horizon) -> list[Meaning]:
    """The median of each arm by outcome and group, of its newest report; parts of an arm stay apart."""
    config, studies = review.config, by_id(review.evidence.studies, "study_id")
    arms = by_id(review.evidence.arms, "arm_id")
    rows = list(secondary_rows(review.evidence, config, horizon))
    asked = []
    for outcome in (name for name, each in config["outcomes"].items() if each["kind"] == "median"):
        for group, definition in config["groups"].items():
            members = group_arms(review.evidence, definition["where"])
            of_group = sorted(
                (row for row in rows if row["outcome"] == outcome and row["arm_id"] in members and not part_of(row)),
                key=lambda row: row["row_id"],
            )
            told = [
                {
                    "label": studies[arms[row["arm_id"]]["study_id"]]["label"],
                    "arm_id": row["arm_id"],
                    "report_id": row["report_id"],
                    "n": arms[row["arm_id"]]["n"],
                    "status": row.get("estimate_status", "not_reported"),
                    **({"estimate": row["estimate"]} if "estimate" in row else {}),
                    "from": {"file": row.file, "row_id": row["row_id"]},
                }
                for row in of_group
            ]
            asked.append({"outcome": outcome, "group": group, "rows": told})
    return asked


def _compare_groups(review: Review) -> Meaning:
    comparisons = {name: each["groups"] for name, each in review.config["comparisons"].items()}
    return {"comparisons": comparisons, "level": review.config["level"]}


def _test_asymmetry(review: Review, outcome: str) -> Meaning:
    bias = review.config["bias"]
    rows = {}
    for name, definition in bias["sets"].items():
        chosen = [
            {**row, "group": group} for group in definition["groups"] for row in review.counts(outcome, group).rows
        ]
        rows[name] = chosen
    tests = {name: unlabelled(test) for name, test in bias["tests"].items()}
    return {"outcome": outcome, "enough_studies": bias["enough_studies"], "tests": tests, "sets": rows}
