"""One archived search run as a reading: its head, then a line for each record that it lists or that was read in it."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from perennial.csv_table import read_csv
from perennial.records.archive import ArchiveError, Run
from perennial.records.preprints import read_preprints
from perennial.records.pubmed import Deletion, read_pubmed
from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.records.trials import read_trials

READERS = {"clinicaltrials": read_trials, "europepmc": read_preprints}


def read_run_lines(run: Run) -> Iterator[dict[str, Any]]:
    """The lines of the reading (see `store`). Raises ArchiveError where the files are not what was archived."""
    source = run.told["source"]
    head = {"place": source, "date": run.date, "kind": run.told["kind"], "hits": run.told["counts"]["records"]}
    if source == "pubmed":
        yield {**head, "set_aside": []}
        yield from _pubmed(run)
    else:
        found: list[Record] = []
        set_aside: list[SetAside] = []
        for each in READERS[source](run):
            found.append(each.record) if isinstance(each, Found) else set_aside.append(each)
        yield {**head, "set_aside": [each.to_dict() for each in set_aside]}
        yield from ({"record_id": record.record_id, "state": "new", "record": record.to_dict()} for record in found)


def _pubmed(run: Run) -> Iterator[dict[str, Any]]:
    rows = {row["pmid"]: row for row in read_csv(run.file("pmids.csv"))}
    told: set[str] = set()
    for name in run.told["payloads"]:
        if name.startswith("records-"):
            for record in _articles(read_pubmed(io.BytesIO(run.payload(name)))):
                if record.pmid not in told:
                    told.add(record.pmid)
                    state = rows[record.pmid]["state"]
                    yield {"record_id": record.record_id, "state": state, "record": record.to_dict()}
    for pmid, row in rows.items():
        if pmid not in told:
            if row["payload"]:
                raise ArchiveError(f"{run.folder / row['payload']} lacks PMID {pmid}, which pmids.csv says it holds.")
            yield {"record_id": f"pmid:{pmid}", "state": row["state"]}


def _articles(answers: Iterable[Found | SetAside | Deletion]) -> Iterator[Record]:
    return (each.record for each in answers if isinstance(each, Found))
