"""One archived search run as a reading: its head, then a line for each record that it lists or that was read in it."""

import io
from collections.abc import Callable, Iterator
from typing import Any

from perennial.csv_table import read_csv
from perennial.records.archive import ArchiveError, Run
from perennial.records.preprints import read_preprints
from perennial.records.pubmed import pmid_in, read_pubmed
from perennial.records.reading import Found, SetAside
from perennial.records.record import Record
from perennial.records.trials import read_trials

READERS = {"clinicaltrials": read_trials, "europepmc": read_preprints}


def read_run_lines(run: Run) -> Iterator[dict[str, Any]]:
    """The lines of the reading (see `store`). Raises ArchiveError where the files are not what was archived."""
    source = run.told["source"]
    yield {"place": source, "date": run.date, "kind": run.told["kind"], "hits": run.told["counts"]["records"]}
    yield from _pubmed(run) if source == "pubmed" else _others(run, READERS[source])


def _others(run: Run, reader: Callable[[Run], Iterator[Found | SetAside]]) -> Iterator[dict[str, Any]]:
    apart = run.told.get("apart", [])
    for each in reader(run):
        if isinstance(each, SetAside):
            yield {"set_aside": each.to_dict()}
        else:
            record = each.record
            state = "included" if record.accession in apart else "new"
            yield {"record_id": record.record_id, "state": state, "record": record.to_dict()}


def _pubmed(run: Run) -> Iterator[dict[str, Any]]:
    rows = {row["pmid"]: row for row in read_csv(run.file("pmids.csv"))}
    told: set[str] = set()
    for name in run.told["payloads"]:
        if name.startswith("records-"):
            newest: dict[str, Record] = {}
            for each in read_pubmed(io.BytesIO(run.payload(name))):
                if isinstance(each, SetAside):
                    pmid = pmid_in(each.text)
                    told.add(pmid)
                    yield {"record_id": f"pmid:{pmid}", "set_aside": each.to_dict()}
                elif isinstance(each, Found):
                    record = each.record
                    if record.pmid not in newest or int(record.version or 1) > int(newest[record.pmid].version or 1):
                        newest[record.pmid] = record
            for pmid, record in newest.items():
                yield {"record_id": record.record_id, "state": rows[pmid]["state"], "record": record.to_dict()}
            told |= newest.keys()
    for pmid, row in rows.items():
        if pmid not in told:
            if row["payload"]:
                raise ArchiveError(f"{run.folder / row['payload']} lacks PMID {pmid}, which pmids.csv says it holds.")
            yield {"record_id": f"pmid:{pmid}", "state": row["state"]}
