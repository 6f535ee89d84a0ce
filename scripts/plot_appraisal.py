"""Draw what an appraisal found: each study's answers as traffic lights, and their shares item by item."""

import argparse
from pathlib import Path

from perennial.appraisal.answers import judged
from perennial.appraisal.checklists import checklist_from
from perennial.figures.appraisal_summary import appraisal_summary
from perennial.figures.style import render
from perennial.figures.traffic_light import traffic_light
from perennial.identity.card import read_card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", help="the checklist, the rows of its table, and the studies with their labels")
    for name in ("--traffic-light", "--summary"):
        parser.add_argument(name, nargs="+", required=True, help="files to write; the ending names the format")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    checklist = checklist_from(card["checklist"], arguments.card)
    labels = {study["study_id"]: study["label"] for study in card["studies"]}
    appraisal = judged(card["rows"], checklist, list(labels))
    figures = (
        (arguments.traffic_light, traffic_light(appraisal, checklist, labels)),
        (arguments.summary, appraisal_summary(appraisal, checklist)),
    )
    for targets, figure in figures:
        for target in targets:
            card.write(target, render(figure, Path(target).suffix[1:]))


if __name__ == "__main__":
    main()
