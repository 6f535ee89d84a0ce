"""Enter trials of two groups: python docs/two_by_two.py FOLDER TABLE OUTCOME SOURCE.

TABLE has a row a trial: trial, year, and for each group of the protocol <group>_events and <group>_n. Each row is added
to the four tables of evidence of the review in FOLDER, as printed by SOURCE and agreed on.
"""

import csv
import re
import sys
from datetime import date
from pathlib import Path

folder, table, outcome, source = sys.argv[1:]


def add(file: str, **cells: object) -> None:
    with (Path(folder) / "data" / file).open("r+", encoding="utf-8", newline="") as target:
        columns, *_ = csv.reader(target)
        csv.DictWriter(target, columns, lineterminator="\n").writerow(cells)


for row in csv.DictReader(Path(table).read_text(encoding="utf-8").splitlines()):
    name = f"{row['trial']} {row['year']}"
    study = re.sub("[^a-z0-9]+", "-", name.lower())
    at = {"report_id": f"{study}-report", "locator": f"{source}, {name}"}
    add("studies.csv", study_id=study, label=name)
    told = {"kind": "article", "published": row["year"], "published_basis": "citation year"}
    add("reports.csv", study_id=study, citation=f"{name}, as told by {source}", **told, **at)
    for group in (column.removesuffix("_n") for column in row if column.endswith("_n")):
        n, arm = row[f"{group}_n"], f"{study}-{group}".replace("_", "-")
        add("extraction/arms.csv", arm_id=arm, study_id=study, label=group, regimen=group, group=group, n=n, **at)
        found = {"timepoint": "end of the trial", "population": "all", "assessor": "not_stated"}
        found |= {"events": row[f"{group}_events"], "n": n, "events_status": "reported"}
        entered = {"extractor": source, "role": "consensus", "date": date.today()}
        add("extraction/outcomes.csv", row_id=f"{arm}-{outcome}", arm_id=arm, outcome=outcome, **found, **entered, **at)
