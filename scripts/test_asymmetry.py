"""Test the funnel plots of one outcome for asymmetry."""

import argparse

from perennial.identity.card import read_card
from perennial.stats.egger import egger, funnel_coordinates
from perennial.stats.errors import NotEstimable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("bias", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    enough = card["enough_studies"]
    tests = {}
    for name, test in card["tests"].items():
        rows = card["sets"][test["set"]]
        yi, sei = funnel_coordinates([row["events"] for row in rows], [row["n"] for row in rows], test["effect"])
        studies = len({row["study_id"] for row in rows})
        warnings = []
        if studies < enough:
            noun = "study" if studies == 1 else "studies"
            warnings.append(f"{studies} {noun}, fewer than {enough}: the test has little power")
        if studies < len(rows):
            warnings.append(f"{len(rows)} arms of {studies} studies: arms of one study are not independent")
        try:
            result = egger(yi, sei).to_dict()
        except NotEstimable as reason:
            result = {"k": len(rows), "p": None}
            warnings.append(f"not tested: {reason}")
        points = [
            {"arm_id": row["arm_id"], "group": row["group"], "yi": float(y), "sei": float(s)}
            for row, y, s in zip(rows, yi, sei, strict=True)
        ]
        counts = {"studies": studies, "too_few": studies < enough}
        tests[name] = {**test, **result, **counts, "points": points, "warnings": warnings}
    card.write_json(arguments.bias, {"outcome": card["outcome"], "egger": tests})


if __name__ == "__main__":
    main()
