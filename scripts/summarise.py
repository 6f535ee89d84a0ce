"""Gather the pooled results into one file for people and programs."""

import argparse
import json
from pathlib import Path

from perennial.identity.card import read_card

SHOWN = [
    *("k", "n", "events", "estimate", "ci_low", "ci_high", "ci_method", "pi_low", "pi_high", "pi_method"),
    *("tau2", "i2", "i2_tau2", "q", "q_df", "q_p", "safeguarded", "warnings"),
]


def entry(pooled: dict, model: str) -> dict:
    return {key: pooled["models"][model][key] for key in SHOWN} | {"model": model}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--analyses", required=True, type=Path, help="folder of the analyses")
    parser.add_argument("--output", required=True, help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    primary, analyses, comparisons, bias = card["primary_model"], {}, {}, {}
    for outcome in card["outcomes"]:
        folder = arguments.analyses / outcome
        analyses[outcome] = {}
        for group in card["groups"]:
            pooled = json.loads((folder / group / "pooled.json").read_bytes())
            models = {model: entry(pooled, model) for model in pooled["models"]}
            analyses[outcome][group] = {
                **models[primary],
                "left_out": card["left_out"][outcome][group],
                "models": models,
            }
        comparisons[outcome] = json.loads((folder / "comparisons.json").read_bytes())["comparisons"]
        tests = json.loads((folder / "bias.json").read_bytes())["egger"]
        bias[outcome] = {name: {k: v for k, v in test.items() if k != "points"} for name, test in tests.items()}
    card.write_json(
        arguments.output,
        {
            "as_of": card["as_of"],
            "reconstructed": card["reconstructed"],
            "version": card["version"],
            "previous_version": card["previous_version"],
            "primary_model": primary,
            "studies_included": len(card["studies"]),
            "analyses": analyses,
            "comparisons": comparisons,
            "bias": bias,
        },
    )


if __name__ == "__main__":
    main()
