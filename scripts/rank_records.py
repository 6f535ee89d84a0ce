"""Learn from the decisions at titles and abstracts, and score what wants a vote: an order for the list of work."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table, read_csv
from perennial.identity.card import read_card
from perennial.records.record import read_lines
from perennial.screening.publications import all_standings, known_before, publications
from perennial.screening.relevance import decided, scores
from perennial.screening.work import to_screen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument("clusters", type=Path, help="clusters of duplicates")
    parser.add_argument("decisions", type=Path, help="all decisions")
    parser.add_argument("relevance", help="CSV to write, one publication a line; none while too little is decided")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    records = {line["record_id"]: line for line in read_lines(arguments.records)}
    before = set(known_before(list(records.values()), card["reports"]))
    listed = publications(records.values(), read_csv(arguments.clusters))
    known = {each.id for each in listed if before & set(each.records)}
    standings = all_standings(
        [each for each in listed if each.id not in known],
        read_csv(arguments.decisions),
        card["adjudications"],
        card["asked"],
    )
    told = [
        {**max((records[each] for each in publication.records), key=fullness), "record_id": publication.id}
        for publication in listed
    ]
    score_of = scores(told, dict.fromkeys(known, True) | decided(standings)) or {}
    waiting = sorted({row["record_id"] for row in to_screen(standings, records, card["asked"])} & score_of.keys())
    rows = [{"record_id": each, "score": f"{score_of[each]:.6f}"} for each in waiting]
    card.write(arguments.relevance, csv_table(["record_id", "score"], rows))


def fullness(record: dict) -> int:
    """Of the records of one publication, one may lack the abstract that another has."""
    return len(record.get("abstract", ""))


if __name__ == "__main__":
    main()
