"""What the jobs mean that draw results: which model they show, and the names."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from perennial.extraction.evidence import by_id
from perennial.workflow.analysis_cards import compared_within
from perennial.workflow.review import Review
from perennial.workflow.settings import arm_labels, in_order, labels, unlabelled, within_trials

Meaning = dict[str, Any]


def figure_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for outcome, group in product(review.outcomes, review.groups):
        yield f"plot_group_forest/{outcome}.{group}", partial(_forest, outcome=outcome, groups=[group])
        yield f"plot_leave_one_out/{outcome}.{group}", partial(_leave_one_out, outcome=outcome, group=group)
        yield f"plot_specifications/{outcome}.{group}", partial(_specifications, outcome=outcome, group=group)
    for outcome in review.outcomes:
        yield f"plot_forest/{outcome}", partial(_forest, outcome=outcome, groups=review.groups)
        yield f"plot_within_trials/{outcome}", partial(_within_trials, outcome=outcome)
        yield f"plot_funnel/{outcome}", partial(_funnel, outcome=outcome)


def _forest(review: Review, outcome: str, groups: list[str]) -> Meaning:
    config = review.config
    return {
        "outcome": labels(config["outcomes"][outcome]),
        "groups": [{"id": group, "label": config["groups"][group]["label"]} for group in groups],
        "model": config["primary_model"],
        "model_label": config["models"][config["primary_model"]]["label"],
        "level": config["level"],
        "arms": arm_labels(review, outcome, groups),
        "left_out": {group: review.counts(outcome, group).left_out for group in groups},
    }


def _leave_one_out(review: Review, outcome: str, group: str) -> Meaning:
    """As a forest plot of the arms that are pooled."""
    told = _forest(review, outcome, [group])
    pooled = [row["arm_id"] for row in review.counts(outcome, group).rows]
    del told["left_out"]
    return {**told, "arms": {arm: told["arms"][arm] for arm in pooled}}


def _funnel(review: Review, outcome: str) -> Meaning:
    config = review.config
    groups = [group for group in review.groups if any(group in s["groups"] for s in config["bias"]["sets"].values())]
    return {
        "outcome": labels(config["outcomes"][outcome]),
        "groups": [{"id": group, "label": config["groups"][group]["label"]} for group in groups],
        "tests": [{"id": name, "label": test["label"]} for name, test in config["bias"]["tests"].items()],
        "level": config["level"],
    }


def _specifications(review: Review, outcome: str, group: str) -> Meaning:
    config = review.config
    return {
        "outcome": labels(config["outcomes"][outcome]),
        "group": config["groups"][group]["label"],
        "rules": in_order(config["multiverse"]["rules"]),
        "primary": unlabelled(config["models"][config["primary_model"]]),
        "model_label": config["models"][config["primary_model"]]["label"],
        "level": config["level"],
    }


def _within_trials(review: Review, outcome: str) -> Meaning:
    config, studies = review.config, by_id(review.evidence.studies, "study_id")
    compared = {row["study_id"] for each in compared_within(review, outcome).values() for row in each}
    return {
        "outcome": labels(config["outcomes"][outcome]),
        "comparisons": within_trials(config),
        "studies": {name: studies[name]["label"] for name in compared},
        "level": config["level"],
    }
