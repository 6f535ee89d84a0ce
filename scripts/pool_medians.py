"""The median of the studies' medians, where there are enough of them, and which were not reached."""

import argparse

from perennial.identity.card import read_card
from perennial.stats.medians import pool_median_rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("medians", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    pooled = []
    for asked in card["medians"]:
        found = pool_median_rows(asked["rows"], card["level"])
        pooled.append({"outcome": asked["outcome"], "group": asked["group"], **found.to_dict()})
    card.write_json(arguments.medians, {"level": card["level"], "medians": pooled})


if __name__ == "__main__":
    main()
