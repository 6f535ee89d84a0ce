"""Work out how each publication stands, how far reviewers agree, and what each person has to do next."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table, read_csv
from perennial.identity.card import read_card
from perennial.records.record import read_lines
from perennial.screening.agreeing import pairwise_agreement
from perennial.screening.publications import all_standings, known_before, publications
from perennial.screening.reports import may_be_study
from perennial.screening.standing import STAGES
from perennial.screening.work import COLUMNS, CONFLICTS, RELEVANCE, conflicts, to_screen

STANDINGS = ["publication", "stage", "state", "reason", "votes", "settled_by", "inconsistent"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument("clusters", type=Path, help="clusters of duplicates")
    parser.add_argument("decisions", type=Path, help="all decisions")
    parser.add_argument("--standings", required=True, help="CSV to write, one publication and stage a line")
    parser.add_argument("--agreement", required=True, help="JSON to write")
    parser.add_argument("--to-screen", required=True, help="CSV to write: what wants a vote")
    parser.add_argument("--conflicts", required=True, help="CSV to write: what reviewers disagree on")
    relevance = "scores that sort what wants a vote; without them, newest first"
    parser.add_argument("--relevance", nargs="?", type=Path, help=relevance)
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    studies = card["studies"]
    records = {
        line["record_id"]: {**line, "may_be_study": may_be_study(line, studies)}
        for line in read_lines(arguments.records)
    }
    passed = set(known_before(list(records.values()), card["reports"]))
    listed = [
        each for each in publications(records.values(), read_csv(arguments.clusters)) if not passed & set(each.records)
    ]
    standings = all_standings(listed, read_csv(arguments.decisions), card["adjudications"], card["asked"])
    rows = [
        {
            "publication": name,
            "stage": stage,
            "state": at.state,
            "reason": at.reason,
            "votes": "; ".join(f"{vote['reviewer']}: {vote['decision']}" for vote in at.votes),
            "settled_by": at.settled["by"] if at.settled else "",
            "inconsistent": ", ".join(at.inconsistent),
        }
        for name, stages in standings.items()
        for stage, at in ((stage, stages[stage]) for stage in STAGES)
    ]
    card.write(arguments.standings, csv_table(STANDINGS, rows))
    card.write_json(arguments.agreement, {"pairs": pairwise_agreement(standings, card["level"])})
    told = read_csv(arguments.relevance) if arguments.relevance else []
    scores = {row["record_id"]: float(row["score"]) for row in told}
    columns = [*COLUMNS, RELEVANCE] if scores else COLUMNS
    card.write(arguments.to_screen, csv_table(columns, to_screen(standings, records, card["asked"], scores)))
    card.write(arguments.conflicts, csv_table(CONFLICTS, conflicts(standings, records)))


if __name__ == "__main__":
    main()
