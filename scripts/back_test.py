"""Try the signals on the history of each analysis and comparison: on which date each would have fired."""

import argparse
import json
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv
from perennial.identity.card import Card, read_card
from perennial.living.back_test import contrast_tried, estimates_tried, retractions_tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("status", type=Path, help="what became of the included reports")
    parser.add_argument("histories", nargs="*", help="results of replay.py")
    parser.add_argument("--output", required=True, help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    histories = {}
    for path in arguments.histories:
        told = json.loads(Path(path).read_bytes())
        histories[told["outcome"], told["group"]] = told["steps"]
    tried = [*_estimates(card, histories), *_contrasts(card, histories)]
    tried += retractions_tried(read_csv(arguments.status), histories)
    tried.sort(key=lambda each: each["date"] or "")
    card.write_json(arguments.output, {"included": card["included"], "model": card["model"], "tried": tried})


def _estimates(card: Card, histories: dict) -> list[dict[str, Any]]:
    return [
        {"outcome": outcome["id"], "group": group["id"], "label": f"{outcome['label']}, {group['label']}", **each}
        for outcome in card["outcomes"]
        for group in card["groups"]
        for each in estimates_tried(
            histories[outcome["id"], group["id"]],
            card["model"],
            card["heterogeneity"],
            card["thresholds"].get(outcome["id"]),
            card["first_search"],
        )
    ]


def _contrasts(card: Card, histories: dict) -> list[dict[str, Any]]:
    labels = {group["id"]: group["label"] for group in card["groups"]}
    found = []
    for outcome in card["outcomes"]:
        for comparison in card["comparisons"]:
            label = f"{comparison['label']} ({outcome['label']})"
            sides = {labels[group]: histories[outcome["id"], group] for group in comparison["groups"]}
            tried = contrast_tried(sides, label, card["model"], card["level"], card["first_search"])
            place = {"outcome": outcome["id"], "comparison": comparison["id"], "label": label}
            found += [{**place, **each} for each in tried]
    return found


if __name__ == "__main__":
    main()
