"""Compare the pooled means of pairs of groups, each pooled with its own tau2."""

import argparse
import json
from pathlib import Path

from perennial.identity.card import read_card
from perennial.stats.errors import NotEstimable
from perennial.stats.subgroups import subgroup_difference


def compare(first: dict, second: dict, level: float) -> dict:
    """The difference, second minus first, on the scale of the model; or why there is none."""
    try:
        means, ses = [first["mean"], second["mean"]], [first["se"], second["se"]]
        return {"scale": first["scale"], **subgroup_difference(means, ses, level).to_dict(), "warnings": []}
    except NotEstimable as reason:
        return {"scale": first["scale"], "estimate": None, "warnings": [f"not tested: {reason}"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("pooled", nargs="*", help="results of pool.py")
    parser.add_argument("--output", required=True, help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    results = [json.loads(Path(path).read_bytes()) for path in arguments.pooled]
    pooled = {result["group"]: result["models"] for result in results}
    comparisons = {
        name: {
            "groups": [first, second],
            "models": {
                model: compare(pooled[first][model], pooled[second][model], card["level"]) for model in pooled[first]
            },
        }
        for name, (first, second) in card["comparisons"].items()
    }
    card.write_json(arguments.output, {"level": card["level"], "comparisons": comparisons})


if __name__ == "__main__":
    main()
