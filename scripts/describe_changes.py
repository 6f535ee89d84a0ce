"""Say what changed since the last release, in which studies and estimates, and why."""

import argparse
import json
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv
from perennial.identity.card import Card, read_card
from perennial.living.causes import way
from perennial.living.changes import study_changes
from perennial.living.signals import Signal, contrast_signal, signals
from perennial.living.words import as_markdown

SHOWN = ("k", "n", "events", "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "i2")
RETRACTED = "retracted"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("summary", type=Path, help="the pooled results of now")
    parser.add_argument("status", type=Path, help="what became of the included reports")
    parser.add_argument("--changes", required=True, help="JSON to write")
    parser.add_argument("--words", required=True, help="Markdown to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    if card["before"] is None:
        told = {"before": None, "unreadable": card.meaning.get("unreadable")}
    else:
        told = changes(card, json.loads(arguments.summary.read_bytes()), read_csv(arguments.status))
    card.write_json(arguments.changes, told)
    card.write(arguments.words, as_markdown(told).encode())


def changes(card: Card, summary: dict[str, Any], status: list[dict[str, str]]) -> dict[str, Any]:
    estimates = [_estimate(card, name, counts) for name, counts in card["analyses"].items()]
    retracted = [row["report_id"] for row in status if row["state"] == RETRACTED]
    pooled = {step: {name: each[step] for name, each in card["analyses"].items()} for step in ("old", "evidence")}
    studies = card["studies"]
    return {
        "before": card["before"],
        "now": card["now"],
        "studies": {
            **study_changes(studies["before"], studies["now"], pooled["old"], pooled["evidence"], retracted),
            "labels": studies["labels"],
        },
        "estimates": estimates,
        "signals": [*_contrasts(card, summary), *(_retraction(report) for report in retracted)],
    }


def _estimate(card: Card, name: str, counts: dict[str, list]) -> dict[str, Any]:
    outcome, _, group = name.partition(".")
    released = card["released"][name]
    walked, results = way(released, counts, card["models"], card["levels"])
    before, now = ({key: each[key] for key in SHOWN} for each in (released, results[-1]))
    found = signals(before, now, card["heterogeneity"], card["thresholds"].get(outcome))
    return {
        "outcome": outcome,
        "group": group,
        "label": f"{card['outcomes'][outcome]}, {card['groups'][group]}",
        "before": before,
        "now": now,
        "causes": walked.causes,
        "total": walked.total,
        "signals": [signal.to_dict() for signal in found],
    }


def _contrasts(card: Card, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The verdicts on comparisons of groups, under the primary model of each side."""
    found = []
    for outcome, comparisons in summary["comparisons"].items():
        for name, label in card["comparisons"].items():
            before = card["comparisons_before"].get(outcome, {}).get(name)
            if before is None:
                continue
            old, new = before["models"], comparisons[name]["models"]
            model = summary["primary_model"]
            told = contrast_signal(
                f"{label} ({card['outcomes'][outcome]})", old.get(model, {}), new[model], card["levels"]["new"]
            )
            found.append(told.to_dict())
    return found


def _retraction(report: str) -> dict[str, Any]:
    return Signal("an included report was retracted", True, report).to_dict()


if __name__ == "__main__":
    main()
