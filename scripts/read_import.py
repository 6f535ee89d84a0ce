"""Read the records of one export of a database, and reconcile their number with its sidecar."""

import argparse
import sys
from pathlib import Path

from perennial.digests import content_sha256
from perennial.identity.card import read_card
from perennial.records.imports.read import NotAnExport, read_export
from perennial.records.imports.sidecar import reconcile
from perennial.records.record import json_line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("reading", help="JSON Lines to write: a head, then a line for each record")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    file, told = card["file"], card["sidecar"]
    data = Path(file).read_bytes()
    if content_sha256(data) != card["sha256"]:
        sys.exit(f"{file} changed while it was to be read. Remedy: run again.")
    try:
        reading = read_export(data, Path(file).name, told["database"])
    except NotAnExport as error:
        sys.exit(f"{file}: {error}")
    head = {
        "place": card["place"],
        "date": told["date"],
        "kind": "import",
        "hits": told["hits"],
        "format": reading.format,
        "notes": reading.notes,
        "missing": reconcile(reading, told["hits"]),
        "set_aside": [each.to_dict() for each in reading.set_aside],
    }
    lines = (
        {"record_id": found.record.record_id, "position": found.position, "record": found.record.to_dict()}
        for found in reading.found
    )
    card.write(arguments.reading, map(json_line, [head, *lines]))


if __name__ == "__main__":
    main()
