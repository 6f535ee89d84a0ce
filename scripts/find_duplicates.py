"""Find records of the same publication, and records that belong together without being the same."""

import argparse
from pathlib import Path

from perennial.csv_table import FILL_IN, csv_table
from perennial.identity.card import read_card
from perennial.records.duplicates.find import Answer, Pair, find_duplicates
from perennial.records.record import Record, read_lines

SHOWN = ["title", "journal", "published"]
TITLED = ["record_a", "record_b", "relation", "by", "date", "note", FILL_IN, "why"]
TITLED += [f"{name}_{end}" for name in SHOWN for end in "ab"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("card")
    parser.add_argument("records", type=Path, help="all records, JSON Lines")
    parser.add_argument("--clusters", required=True, help="CSV to write: records of the same thing share a cluster")
    parser.add_argument(
        "--relations", required=True, help="CSV to write: which records were joined or related, and why"
    )
    parser.add_argument("--todo", required=True, help="CSV to write: pairs that a person should judge")
    parser.add_argument("--remembered", type=Path, help="file that saves time when records are added; may be deleted")
    arguments = parser.parse_args()

    card = read_card(arguments.card)
    records = {record.record_id: record for record in map(Record.from_dict, read_lines(arguments.records))}
    found = find_duplicates(records.values(), [Answer(**answer) for answer in card["answers"]], arguments.remembered)

    def titled(pair: Pair) -> dict[str, str]:
        a, b = records[pair.record_a], records[pair.record_b]
        shown = {f"{name}_{end}": getattr(r, name) for end, r in (("a", a), ("b", b)) for name in SHOWN}
        named = {"record_a": pair.record_a, "record_b": pair.record_b}
        return {**named, FILL_IN: "relation, by, date", "why": pair.why, **shown}

    clusters = [{"cluster": cluster[0], "record_id": member} for cluster in found.clusters for member in cluster]
    relations = [
        {"relation": relation, "record_a": pair.record_a, "record_b": pair.record_b, "why": pair.why}
        for relation, pairs in (("same", found.why), ("family", found.families))
        for pair in pairs
    ]
    card.write(arguments.clusters, csv_table(["cluster", "record_id"], clusters))
    card.write(arguments.relations, csv_table(["relation", "record_a", "record_b", "why"], relations))
    card.write(arguments.todo, csv_table(TITLED, map(titled, [*found.contradictions, *found.uncertain])))


if __name__ == "__main__":
    main()
