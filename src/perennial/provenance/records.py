"""The nodes of records, of the decisions on them, and of the searches and imports that brought them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perennial.provenance.graph import Graph
from perennial.records.identifiers import clean_doi

Row = Mapping[str, Any]

STAGES = {"title_abstract": "title and abstract", "full_text": "full text"}


def add_searches(graph: Graph, runs: Iterable[Row], imports: Iterable[Row]) -> list[str]:
    """The runs of the archive and the imports. Gives those runs of which only counts were published."""
    counts_only = []
    for run in runs:
        name, told = f"search/{run['source']}/{run['date']}", run["told"]
        counts = ", ".join(f"{number:,} {what}" for what, number in told.get("counts", {}).items())
        if told["kind"] == "counts only":
            counts_only.append(name)
            said = f"search of {', '.join(told.get('sources', [run['source']]))} up to {run['date']}, only counts "
            said += f"published ({counts}): {told.get('locator', '')}. Neither query nor records are known: "
            said += told.get("note", "the source gives neither")
        else:
            query = told.get("query")
            query = query if isinstance(query, str) else json.dumps(query, ensure_ascii=False)
            said = f"search of {run['source']}, {told['kind']} on {told.get('searched_on', run['date'])} as of "
            said += f"{run['date']} ({counts or 'no count'}); sent exactly: {query}"
        said += f" [{run['folder']}/run.json, sha256 {run['sha256']}]"
        graph.add(name, "search", said, file=f"{run['folder']}/run.json", query=told.get("query"), date=run["date"])
    for each in imports:
        said = f"import of {each['database']} ({each['platform']}), {each['date']}, {each['hits']} hits declared; "
        said += f"query: {each['query']}" + (f". {each['note']}" if each.get("note") else "")
        said += f" [{each['file']}, sha256 {each['sha256']}]"
        name = import_name(each["file"])
        graph.add(name, "import", said, file=each["file"], query=each["query"], date=each["date"])
    return counts_only


def import_name(file: str) -> str:
    return f"import/{file.rpartition('/')[2]}"


def place_name(found: Row) -> str:
    """The node of the import, or of the first search of a source, in which a record was found."""
    place = found["in"]
    return f"import/{place.removeprefix('imports/')}" if "/" in place else f"search/{place}/{found['first']}"


def add_records(
    graph: Graph,
    records: Sequence[Row],
    clusters: Iterable[Row],
    decisions: Iterable[Row],
    adjudications: Iterable[Row],
    codes: Mapping[str, str],
) -> None:
    """The records with every decision on any record of the same publication; `codes` are the labels of reasons."""
    of_record = {row["record_id"]: row["cluster"] for row in clusters}
    said: dict[str, list[str]] = defaultdict(list)
    for number, row in enumerate(decisions):
        who = f"{row['reviewer']} decides {row['decision']}"
        said[of_record.get(row["record_id"], row["record_id"])].append(_decision(graph, row, who, number, codes))
    for number, row in enumerate(adjudications):
        who = f"{row['by']} settles it: {row['decision']}"
        name = of_record.get(row["record_id"], row["record_id"])
        said[name].append(_decision(graph, row, who, number, codes, "settled"))
    for record in records:
        name = record["record_id"]
        publication = of_record.get(name, name)
        places = [place_name(found) for found in record["found_in"]]
        there = [place for place in places if place in graph.nodes]
        told = said[publication] or [graph.end("decisions", "no screening decision is on record")]
        text = f"record {name}: {record.get('title', 'without title')}"
        text += "".join(f", {record[key]}" for key in ("journal", "published") if record.get(key))
        text += f"; found in {', '.join(sorted({found['in'] for found in record['found_in']})) or 'no search'}"
        text += f"; one publication with others as {publication}" if publication != name else ""
        if not there:
            there = [graph.end("place", "no archived search or import lists this record; it was read for a report")]
        url = record.get("url") or (f"https://doi.org/{record['doi']}" if record.get("doi") else None)
        graph.add(f"record/{name}", "record", text, [*told, *dict.fromkeys(there)], url=url)


def _decision(graph: Graph, row: Row, who: str, number: int, codes: Mapping[str, str], kind: str = "") -> str:
    reason = row.get("reason", "")
    why = f" ({codes.get(reason, reason)})" if reason else ""
    text = f"{STAGES.get(row['stage'], row['stage'])}: {who}{why}, {row['date']}"
    text += f"; {row['note']}" if row.get("note") else ""
    text += f" [{row['origin']}]" if row.get("origin") else ""
    name = "/".join(filter(None, ["decision", row["record_id"], row["stage"], kind, str(number)]))
    return graph.add(name, "decision", text)


def tie_reports(graph: Graph, reports: Iterable[Row], records: Sequence[Row], counts_only: Sequence[str]) -> None:
    """Let each report rest on its record; where there is none, say what is known instead."""
    by_pmid = {record["pmid"]: record["record_id"] for record in records if record.get("pmid")}
    holders = Counter(record["doi"] for record in records if record.get("doi"))
    by_doi = {record["doi"]: record["record_id"] for record in records if holders.get(record.get("doi")) == 1}
    for report in reports:
        node = graph.nodes[f"report/{report['report_id']}"]
        doi = clean_doi(report["doi"]) if "doi" in report else None
        record = report.get("record_id") or by_pmid.get(report.get("pmid")) or by_doi.get(doi)
        if record and f"record/{record}" in graph.nodes:
            ends = [f"record/{record}"]
        elif record:
            ends = [graph.end(f"record/{record}", f"no archived search or import holds the record {record}")]
        elif counts_only:
            why = "no record of it and no screening decision are on record: of the review that included it only counts "
            ends = [graph.end("published", why + "were published"), *counts_only]
        else:
            why = "the table of reports names no record, so neither decisions nor a search that found it are known"
            ends = [graph.end("record", why)]
        node["from"] = [*node.get("from", []), *ends]
