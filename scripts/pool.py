"""Pool the studies of one outcome and group under every model of the configuration."""

import argparse

from perennial.identity.card import read_card
from perennial.stats.pooling import model_from_dict, pool_proportions
from perennial.stats.proportions import clopper_pearson


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("pooled", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    rows, level = card["rows"], card["level"]
    events, n = [row["events"] for row in rows], [row["n"] for row in rows]
    low, high = clopper_pearson(events, n, level)
    studies = [
        {**row, "estimate": row["events"] / row["n"], "ci_low": float(low[i]), "ci_high": float(high[i])}
        for i, row in enumerate(rows)
    ]
    models = {
        name: pool_proportions(events, n, model_from_dict(definition), level).to_dict()
        for name, definition in card["models"].items()
    }
    result = {
        "outcome": card["outcome"],
        "group": card["group"],
        "level": level,
        "studies": studies,
        "study_ci_method": "Clopper-Pearson",
        "models": models,
    }
    card.write_json(arguments.pooled, result)


if __name__ == "__main__":
    main()
