"""Publications and how they stand, from records, clusters of duplicates, decisions and adjudications."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.records.identifiers import clean_doi
from perennial.screening.standing import STAGES, Standing, standing
from perennial.screening.update_flow import Publication

Standings = dict[str, dict[str, Standing]]


def publications(records: Iterable[Mapping[str, Any]], clusters: Iterable[Mapping[str, str]]) -> list[Publication]:
    """The publications that a search or import lists, from lines of the store and rows of its clusters."""
    of_record = {row["record_id"]: row["cluster"] for row in clusters}
    members, places = defaultdict(list), defaultdict(list)
    for record in records:
        name = of_record.get(record["record_id"], record["record_id"])
        members[name].append(record["record_id"])
        for found in record["found_in"]:
            if "positions" in found:
                places[name] += [found["in"]] * len(found["positions"])
            elif "last" in found:
                places[name].append(found["in"])
    return [Publication(name, tuple(sorted(members[name])), tuple(places[name])) for name in sorted(places)]


def all_standings(
    listed: Sequence[Publication],
    decisions: Iterable[Mapping[str, str]],
    adjudications: Iterable[Mapping[str, str]],
    asked: Mapping[str, int],
) -> Standings:
    """How each publication stands at each stage; rows in the order of the ledger."""
    of_record = {record: publication.id for publication in listed for record in publication.records}
    said: dict[tuple[str, str], list] = defaultdict(list)
    settled: dict[tuple[str, str], list] = defaultdict(list)
    for rows, by_stage in ((decisions, said), (adjudications, settled)):
        for row in rows:
            if row["record_id"] in of_record:
                by_stage[of_record[row["record_id"]], row["stage"]].append(row)
    return {
        each.id: {
            stage: standing(stage, said[each.id, stage], settled[each.id, stage], asked[stage]) for stage in STAGES
        }
        for each in listed
    }


def known_before(records: Sequence[Mapping[str, Any]], reports: Iterable[Mapping[str, str]]) -> list[str]:
    """Records of reports of the previous version, which have no record_id: a search lists them again.

    They are told by PMID, or by a DOI that no other record has: a supplement's DOI stands on many abstracts.
    """
    before = [report for report in reports if not report.get("record_id")]
    pmids = {report["pmid"] for report in before if report.get("pmid")}
    dois = {clean_doi(report["doi"]) for report in before if report.get("doi")}
    holders = Counter(record["doi"] for record in records if record.get("doi"))
    return [
        record["record_id"]
        for record in records
        if record.get("pmid") in pmids or (record.get("doi") in dois and holders[record["doi"]] == 1)
    ]
