"""What is still to be appraised, as rows of the checklist's table with the cells to fill named in each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from perennial.appraisal.answers import CONFLICTING, Appraisal
from perennial.appraisal.checklists import Checklist
from perennial.csv_table import FILL_IN

COLUMNS = ["study_id", "item", "answer", "support", "appraiser", "role", "date", FILL_IN]
COLUMNS += ["study", "question", "answers", "said"]


def appraisal_form(
    appraisal: Appraisal,
    checklist: Checklist,
    labels: Mapping[str, str],
    rows: Iterable[Mapping[str, str]],
    asked: int,
) -> list[dict[str, Any]]:
    """A row for each study and item that fewer than `asked` appraisers answered, or on which they differ.

    On a difference the row is that of the consensus, with what each appraiser said.
    """
    said, settled = defaultdict(dict), set()
    for row in rows:
        if row["role"] == "consensus":
            settled.add((row["study_id"], row["item"]))
        else:
            said[row["study_id"], row["item"]][row["appraiser"]] = row["answer"]
    answers = ", ".join(answer.id for answer in checklist.answers)
    form = []
    for (study, item), cell in appraisal.cells.items():
        conflict, given = cell.state == CONFLICTING, said[study, item]
        if conflict or ((study, item) not in settled and len(given) < asked):
            form.append(
                {
                    "study_id": study,
                    "item": item,
                    "role": "consensus" if conflict else "appraiser",
                    FILL_IN: "answer, support, appraiser, date",
                    "study": labels[study],
                    "question": next(each.label for each in checklist.items if each.id == item),
                    "answers": answers,
                    "said": "; ".join(f"{who}: {answer}" for who, answer in sorted(given.items())) if conflict else "",
                }
            )
    return form
