"""Count the boxes of the flow diagram of this update, from the ledgers."""

import argparse
import sys
from pathlib import Path

from perennial.csv_table import read_csv
from perennial.identity.card import read_card
from perennial.records.record import read_lines
from perennial.screening.flow_boxes import FlowError
from perennial.screening.publications import all_standings, known_before, publications
from perennial.screening.update_flow import update_flow


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument("clusters", type=Path, help="clusters of duplicates")
    parser.add_argument("decisions", type=Path, help="all decisions")
    parser.add_argument("flow", help="JSON to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    records = list(read_lines(arguments.records))
    listed = publications(records, read_csv(arguments.clusters))
    standings = all_standings(listed, read_csv(arguments.decisions), card["adjudications"], card["asked"])
    known = known_before(records, card["reports"])
    try:
        flow = update_flow(
            listed, standings, card["reports"], card["reasons"], card["previous"], card["sources"], known
        )
    except FlowError as error:
        sys.exit(str(error))
    card.write_json(arguments.flow, flow)


if __name__ == "__main__":
    main()
