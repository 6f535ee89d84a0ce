"""Count the boxes of the flow diagram of one version from what its source printed."""

import argparse

from perennial.identity.card import read_card
from perennial.screening.flow import flow_from_legacy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("flow", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    card.write_json(arguments.flow, flow_from_legacy(card["rows"]))


if __name__ == "__main__":
    main()
