"""Pool one outcome and group without each study in turn, and measure how much each study moves the result."""

import argparse
from typing import Any

from perennial.identity.card import read_card
from perennial.stats.baujat import baujat
from perennial.stats.errors import NotEstimable
from perennial.stats.influence import influence
from perennial.stats.pooling import model_from_dict
from perennial.stats.proportions import TRANSFORMATIONS
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
    diagnostics = {
        name: influences(events, n, definition)
        for name, definition in card["models"].items()
        if definition["method"] == "inverse_variance"
    }
    result = {"outcome": card["outcome"], "group": card["group"], "level": card["level"]}
    arms = [row["arm_id"] for row in rows]
    card.write_json(arguments.sensitivity, {**result, "leave_one_out": models, "arms": arms, "influence": diagnostics})


def influences(events: list[int], n: list[int], definition: dict) -> dict[str, Any]:
    """Diagnostics of each study on the scale of a model, in the order of the studies; or why there are none."""
    try:
        yi, vi = TRANSFORMATIONS[definition["transformation"]].effects(events, n)
        settings = {"tau2": definition["tau2"], "interval": definition["interval"]}
        found, plot = influence(yi, vi, **settings), baujat(yi, vi, **settings)
    except NotEstimable as reason:
        return {"refused": str(reason)}
    return {**found.to_dict(), "baujat": plot.to_dict()}


if __name__ == "__main__":
    main()
