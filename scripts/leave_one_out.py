"""Pool one outcome and group without each study in turn, under every model of the configuration."""

import argparse

from perennial.identity.card import read_card
from perennial.stats.pooling import model_from_dict
from perennial.stats.sensitivity import leave_one_out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("sensitivity", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    rows = card["rows"]
    events, n = [row["events"] for row in rows], [row["n"] for row in rows]
    models = {
        name: [
            {"left_out": row["arm_id"], **pooled.to_dict()}
            for row, pooled in zip(
                rows, leave_one_out(events, n, model_from_dict(definition), card["level"]), strict=True
            )
        ]
        for name, definition in card["models"].items()
    }
    result = {"outcome": card["outcome"], "group": card["group"], "level": card["level"]}
    card.write_json(arguments.sensitivity, {**result, "leave_one_out": models})


if __name__ == "__main__":
    main()
