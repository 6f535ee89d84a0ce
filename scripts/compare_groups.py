"""Compare the pooled means of pairs of groups, each pooled with its own tau2."""

import argparse
import json
from pathlib import Path

from perennial.identity.card import read_card
from perennial.stats.subgroups import pooled_difference


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
                model: pooled_difference(pooled[first][model], pooled[second][model], card["level"])
                for model in pooled[first]
            },
        }
        for name, (first, second) in card["comparisons"].items()
    }
    card.write_json(arguments.output, {"level": card["level"], "comparisons": comparisons})


if __name__ == "__main__":
    main()
