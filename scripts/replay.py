"""Pool one outcome and group again at each step of its history, under every model of the configuration."""

import argparse

from perennial.identity.card import read_card
from perennial.living.history import cautions, replayed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("history", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    result = {
        "outcome": card["outcome"],
        "group": card["group"],
        "level": card["level"],
        "steps": replayed(card["steps"], card["models"], card["level"]),
        "warnings": cautions(card["steps"]),
    }
    card.write_json(arguments.history, result)


if __name__ == "__main__":
    main()
