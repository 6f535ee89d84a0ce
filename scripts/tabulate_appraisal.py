"""Tabulate what appraisers answered, study by study and item by item, and say it in a sentence for each checklist."""

import argparse

from perennial.appraisal.answers import ABSENT, judged
from perennial.appraisal.checklists import checklist_from
from perennial.appraisal.sentence import sentence
from perennial.csv_table import csv_table
from perennial.identity.card import read_card

COLUMNS = ["checklist", "study_id", "study", "item", "question", "answer", "state", "support"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card", help="each checklist with the rows of its table, and the studies with their labels")
    parser.add_argument("table", help="CSV to write")
    parser.add_argument("summary", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    rows, summary = [], []
    for told in card["appraisals"]:
        checklist = checklist_from(told["checklist"], arguments.card)
        labels = {study["study_id"]: study["label"] for study in told["studies"]}
        questions = {item.id: item.label for item in checklist.items}
        answers = {answer.id: answer.label for answer in checklist.answers}
        appraisal = judged(told["rows"], checklist, list(labels))
        for (study, item), cell in appraisal.cells.items():
            shown = {"study": labels[study], "question": questions[item], "answer": answers.get(cell.answer, "")}
            place = {"checklist": checklist.name, "study_id": study, "item": item}
            rows.append({**place, **shown, "state": cell.state, "support": "; ".join(cell.support)})
        summary.append(
            {
                "checklist": checklist.name,
                "citation": checklist.citation,
                "sentence": sentence(appraisal, checklist),
                "appraised": any(cell.state != ABSENT for cell in appraisal.cells.values()),
            }
        )
    card.write(arguments.table, csv_table(COLUMNS, rows))
    card.write_json(arguments.summary, {"checklists": summary})


if __name__ == "__main__":
    main()
