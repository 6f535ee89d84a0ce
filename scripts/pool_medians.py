"""The median of the studies' medians, where there are enough of them, and which were not reached."""

import argparse
import math

from perennial.identity.card import read_card
from perennial.stats.medians import pool_medians

NOT_REACHED = "not_reached"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("medians", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    pooled = []
    for asked in card["medians"]:
        rows = asked["rows"]
        values = [row.get("estimate", math.inf if row["status"] == NOT_REACHED else math.nan) for row in rows]
        found = pool_medians(values, [row["n"] for row in rows], [row["label"] for row in rows], card["level"])
        pooled.append({"outcome": asked["outcome"], "group": asked["group"], **found.to_dict()})
    card.write_json(arguments.medians, {"level": card["level"], "medians": pooled})


if __name__ == "__main__":
    main()
