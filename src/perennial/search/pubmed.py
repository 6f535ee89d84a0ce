"""One run of the PubMed search: the whole list of matching records, and every record that is new, changed or in doubt.

A heading may be given months after a record was added, so each run lists all that match now; "new since the last
run" would lose what was indexed late. What matched once and does not now is read again and told, never dropped.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from tqdm import tqdm

from perennial import __version__
from perennial.csv_table import csv_table, read_csv
from perennial.records.archive import Run, archived_runs
from perennial.records.store import MATCHING
from perennial.search.archive import Staging
from perennial.search.entrez import EUtilities, Fetched, read_fetched
from perennial.search.listings import FIRST_DAY, LAST_DAY, Listings
from perennial.search.strategy import Strategy, date_range
from perennial.search.transport import SearchFailed

SOURCE = "pubmed"
BATCH = 200
OVERLAP = timedelta(days=3)
"""PubMed dates a change by its own day, and may show it later than that."""
TABLE = ["pmid", "state", "revised", "payload"]
STATES = (*MATCHING, "no longer matching", "not in PubMed", "included")
"""Of a record in one run. What is "included" was read because a study of the review rests on it."""

README = """\
One search of PubMed, as it was answered on {day}. Nothing here is changed afterwards.

run.json        the query as sent, how PubMed understood it, the number of hits of every line, what PubMed did not
                know, whether the reports already included were found, and the SHA-256 digest of every file
pmids.csv       every record that matched or was known before: its state in this run, the day PubMed last revised it,
                and the payload that holds it (empty: it is in an earlier run and has not changed)
searches.csv    which question each search-*.xml.gz answers
search-*.xml.gz answers of esearch as received; records-*.xml.gz answers of efetch as received (gunzip -k reads them)
plan.json       what this run set out to do
"""


def search_pubmed(
    project: Path,
    day: date,
    today: date,
    strategy: Strategy,
    reports: Sequence[Mapping[str, str]],
    eutils: EUtilities,
    reconstruct: bool = False,
) -> None:
    """Archive one complete search in data/search/pubmed/<day>/, or leave everything as it was (SearchFailed).

    `reports` (report_id, pmid, doi) are those of the included studies: the strategy must find them, and they are read
    in full each time. With `reconstruct`, a past day is searched as PubMed is now, among records created by then.
    """
    if day > today or (day < today and not reconstruct):
        raise SearchFailed(
            f"as_of={day}: PubMed can be searched as it is today ({today}), not as it was or will be. Remedy: leave "
            "as_of out, or, for a past day, add reconstruct=true: the search is then marked as a reconstruction."
        )
    query = strategy.query
    if day < today:
        query = f"({query}) AND {date_range('crdt', FIRST_DAY, day)}"
    runs = [run for run in archived_runs(project, SOURCE) if run.date < day.isoformat() and "query" in run.told]
    plan = {
        "address": eutils.transport.address,
        "query": query,
        "lines": [line.query for line in strategy.lines],
        "reports": [dict(report) for report in reports],
        "earlier_runs": [run.date for run in runs],
        "today": today.isoformat(),
    }
    with Staging(project, SOURCE, day, plan) as staging:
        listings = Listings(staging, eutils)
        lines = _line_by_line(listings, strategy)
        listing, parts = listings.whole(query, today)
        matched = {pmid for part in parts for pmid in part.ids}
        earlier = _earlier(runs)
        modified = _modified(listings, query, runs, today)
        sentinels = _sentinels(listings, strategy, reports, matched)
        included = {each["pmid"] for each in sentinels if each["pmid"]}
        doubtful = (earlier.archived | included) - matched
        wanted = (matched - earlier.archived) | (matched & modified) | doubtful | included
        held = _fetch(staging, eutils, wanted, may_lack=doubtful)
        table = _table(matched, earlier, held)
        counts = Counter(row["state"] for row in table)
        told = {
            "kind": "reconstruction" if day < today else "search",
            "source": SOURCE,
            "date": day.isoformat(),
            "searched_on": today.isoformat(),
            "address": eutils.transport.address,
            "query": query,
            "query_translation": listing.translation,
            "not_known": sorted({said for line in lines for said in line["not_known"]} | set(listing.not_known)),
            "lines": lines,
            "labels": dict(strategy.labels),
            "parts": [{"query": part.query, "count": len(part.ids)} for part in parts if part.ids],
            "counts": {"records": len(matched), **{state: counts[state] for state in STATES}},
            "sentinels": [_judged(each, held) for each in sentinels],
            "software": {"perennial": __version__}
            | {name: metadata.version(name) for name in ("biopython", "requests")},
        }
        documents = {
            "pmids.csv": csv_table(TABLE, table),
            "searches.csv": csv_table(["file", "query", "asked_for", "listed", "count"], listings.asked.values()),
        }
        staging.finish(told, README.format(day=today), documents)


def _line_by_line(listings: Listings, strategy: Strategy) -> list[dict[str, Any]]:
    """The hits of every line. Raises SearchFailed where PubMed knows nothing of a whole block: it would ignore it."""
    lines = []
    for line in strategy.lines:
        listing = listings.one(line.query, most=0)
        told = {"count": listing.count, "query_translation": listing.translation, "not_known": list(listing.not_known)}
        lines.append({"block": line.block, "query": line.query, **told})
    for block, label in strategy.labels.items():
        of_block = [line for line in lines if line["block"] == block]
        if all(line["not_known"] and not line["count"] for line in of_block):
            said = "; ".join(dict.fromkeys(said for line in of_block for said in line["not_known"]))
            raise SearchFailed(
                f"search.strategy, block {block} ({label}): PubMed knows none of its terms ({said}) and would search "
                "without the block. Nothing was added to the archive. Remedy: correct the terms."
            )
    return lines


@dataclass(frozen=True)
class Earlier:
    """What earlier runs hold: records archived, with the day each was last revised, and those that ever matched."""

    archived: Set[str]
    revised: Mapping[str, str]
    matched: Set[str]


def _earlier(runs: Sequence[Run]) -> Earlier:
    rows = [row for run in runs for row in read_csv(run.folder / "pmids.csv")]
    archived = {row["pmid"]: row["revised"] for row in rows if row["payload"]}
    return Earlier(archived.keys(), archived, {row["pmid"] for row in rows if row["state"] in MATCHING})


def _modified(listings: Listings, query: str, runs: Sequence[Run], today: date) -> set[str]:
    """What matches and was modified since the last run began, some days before that included."""
    if not runs:
        return set()
    since = date.fromisoformat(runs[-1].told["searched_on"]) - OVERLAP
    _, parts = listings.whole(f"({query}) AND {date_range('mdat', since, LAST_DAY)}", today)
    return {pmid for part in parts for pmid in part.ids}


def _sentinels(
    listings: Listings, strategy: Strategy, reports: Sequence[Mapping[str, str]], matched: Set[str]
) -> list[dict[str, Any]]:
    """Whether the search finds each included report; where not, the blocks that do not match it."""
    told = []
    for report in reports:
        pmid, state, failed = report["pmid"], "found", []
        if not pmid and report["doi"]:
            ids = listings.one(f'"{report["doi"]}"[doi]').ids
            pmid = ids[0] if len(ids) == 1 else ""
        if not pmid:
            state = "not in this source"
        elif pmid not in matched:
            state = "missed"
            failed = [
                block
                for block, query in strategy.blocks.items()
                if not listings.one(f"({query}) AND {pmid}[uid]", most=1).count
            ]
        told.append({"report_id": report["report_id"], "pmid": pmid, "state": state, "not_matched": failed})
    return told


def _judged(sentinel: dict[str, Any], held: Mapping[str, Fetched]) -> dict[str, Any]:
    """A report that was missed because PubMed has no such record is not a fault of the strategy."""
    if sentinel["state"] == "missed" and not any(sentinel["pmid"] in each.revised for each in held.values()):
        return {**sentinel, "state": "not in this source", "not_matched": []}
    return sentinel


def _fetch(staging: Staging, eutils: EUtilities, wanted: Set[str], may_lack: Set[str]) -> dict[str, Fetched]:
    """The wanted records in batches, by payload; what does not come is asked for once more by itself."""
    ids = sorted(wanted, key=int)
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    held = {}
    with tqdm(total=len(ids), desc="PubMed", unit=" records", disable=None) as bar:
        for number, batch in enumerate(batches, start=1):
            name = f"records-{number:04}.xml.gz"
            held[name] = _batch(staging, eutils, name, batch, may_lack)
            bar.set_postfix_str(f"{len(batches) - number} batches left", refresh=False)
            bar.update(len(batch))
    if lacking := wanted - {pmid for each in held.values() for pmid in (*each.revised, *each.deleted)}:
        name = "records-again.xml.gz"
        held[name] = _batch(staging, eutils, name, sorted(lacking, key=int), may_lack)
    return held


def _batch(staging: Staging, eutils: EUtilities, name: str, ids: Sequence[str], may_lack: Set[str]) -> Fetched:
    if not staging.has(name):
        staging.keep(name, eutils.fetch(ids, may_lack))
    return read_fetched(staging.read(name))


def _table(matched: Set[str], earlier: Earlier, held: Mapping[str, Fetched]) -> list[dict[str, str]]:
    """One row for each record that matches or is known, in the order of their numbers."""
    where = {pmid: (name, revised) for name, each in held.items() for pmid, revised in each.revised.items()}
    rows = []
    for pmid in sorted(matched | earlier.archived | where.keys(), key=int):
        payload, revised = where.get(pmid, ("", earlier.revised.get(pmid, "")))
        if pmid in matched:
            changed = revised != earlier.revised.get(pmid)
            state = "new" if pmid not in earlier.matched else "changed" if changed else "unchanged"
        elif payload:
            state = "no longer matching" if pmid in earlier.matched else "included"
        else:
            state = "not in PubMed"
        rows.append({"pmid": pmid, "state": state, "revised": revised, "payload": payload})
    return rows
