"""Settings and names as cards hold them."""

from collections.abc import Iterable

from perennial.extraction.evidence import by_id
from perennial.workflow.review import Review


def unlabelled(definition: dict) -> dict:
    return {key: value for key, value in definition.items() if key != "label"}


def in_order(definitions: dict[str, dict]) -> list[dict]:
    """Definitions as a list, for cards whose result shows them in the order of the configuration."""
    return [{"id": name, **definition} for name, definition in definitions.items()]


def labels(definition: dict) -> dict[str, str]:
    return {"label": definition["label"], "abbreviation": definition["abbreviation"]}


def within_trials(config: dict) -> list[dict[str, str]]:
    """What is compared within trials, in the order of the configuration."""
    return [
        {
            "id": name,
            "first": each["first"]["label"],
            "second": each["second"]["label"],
            "randomised": each.get("randomised", "no"),
        }
        for name, each in config["within_trials"].items()
    ]


def arm_labels(review: Review, outcome: str, groups: Iterable[str]) -> dict[str, dict[str, str]]:
    """Name, regimen and colour of each arm in the groups, pooled or left out."""
    studies, arms = by_id(review.evidence.studies, "study_id"), by_id(review.evidence.arms, "arm_id")
    found: dict[str, dict[str, str]] = {}
    for group in groups:
        selected = review.counts(outcome, group)
        members = [arms[row["arm_id"]] for row in (*selected.rows, *selected.left_out)]
        for arm in members:
            label = studies[arm["study_id"]]["label"]
            if sum(other["study_id"] == arm["study_id"] for other in members) > 1:
                label = f"{label}, {arm['label']}"
            colour = review.config["regimens"].get(arm["regimen"], "#555555")
            found[arm["arm_id"]] = {"label": label, "regimen": arm["regimen"], "colour": colour}
    return found
