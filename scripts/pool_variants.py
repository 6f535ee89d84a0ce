"""Pool one outcome and group with a count that another source gives in the place of the extracted one."""

import argparse
from typing import Any

from perennial.identity.card import read_card
from perennial.stats.pooling import model_from_dict, pool_proportions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("variants", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)

    def pooled(variant: dict[str, Any]) -> dict[str, Any]:
        counts = [variant if row["arm_id"] == variant["arm_id"] else row for row in card["rows"]]
        events, n = [row["events"] for row in counts], [row["n"] for row in counts]
        return {
            name: pool_proportions(events, n, model_from_dict(definition), card["level"]).to_dict()
            for name, definition in card["models"].items()
        }

    variants = [{**variant, "models": pooled(variant)} for variant in card["variants"]]
    result = {"outcome": card["outcome"], "group": card["group"], "level": card["level"], "variants": variants}
    card.write_json(arguments.variants, result)


if __name__ == "__main__":
    main()
