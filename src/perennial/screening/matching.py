"""Which record of the review a tool's record is: by its id, else by the rules that find duplicates."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from perennial.records.duplicates.find import find_duplicates
from perennial.records.record import Record

FOREIGN = "foreign"


def match_records(foreign: Mapping[int, Record], records: Sequence[Record]) -> dict[int, str]:
    """The record id for each position whose record is found; the others are for people.

    A tool's record that is a duplicate of several records of the review is any of them, for these stand together.
    """
    known = {record.record_id for record in records}
    matched = {position: record.record_id for position, record in foreign.items() if record.record_id in known}
    rest = {position: record for position, record in foreign.items() if position not in matched}
    if not rest:
        return matched
    renamed = [replace(record, source=FOREIGN, accession=str(position)) for position, record in rest.items()]
    for cluster in find_duplicates([*records, *renamed]).clusters:
        ours = [member for member in cluster if not member.startswith(f"{FOREIGN}:")]
        for member in cluster:
            if ours and member not in ours:
                matched[int(member.partition(":")[2])] = ours[0]
    return matched
