"""Write the digest of every result and its card, and short digests of the parts: an altered one tells by them where."""

import argparse
from pathlib import Path

from perennial.csv_table import csv_table
from perennial.digests import file_sha256
from perennial.identity.card import read_card
from perennial.provenance.digests import COLUMNS, digest_rows, made_files, parts_of
from perennial.provenance.flow import Flow
from perennial.provenance.parts import parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("--parts", required=True, help="JSON to write")
    parser.add_argument("--digests", required=True, help="table to write")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    made = made_files(Path(), Flow(card["flow"], card["results"]))
    rows = list(digest_rows(Path(), card["results"], made))
    told = {**parts_of(Path(), made), arguments.digests: parts(arguments.digests, csv_table(COLUMNS, rows))}
    card.write_json(arguments.parts, {"parts": told})
    rows.append({"path": arguments.parts, "sha256": file_sha256(Path(arguments.parts))})
    card.write(arguments.digests, csv_table(COLUMNS, rows))


if __name__ == "__main__":
    main()
