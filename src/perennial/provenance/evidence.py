"""The nodes of what people took from reports: extraction rows, arms, reports, studies; and of what a review printed.

`tables` are the rows of the evidence by table, as the card of the trace holds them, each with the file it stands in.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from perennial.extraction.consensus import KEY
from perennial.provenance.graph import Graph

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]

NOT_SHOWN = {
    *("file", "locator", "quote", "extractor", "role", "corrects", "reason", "date"),
    *("report_id", "arm_id", "row_id", "study_id", "label"),
}
"""Columns that a line tells in words of its own."""

STATUSES = ("events_status", "estimate_status", "ci_low_status", "ci_high_status")
USUAL = {("population", "all"), ("assessor", "not_stated"), *((status, "reported") for status in STATUSES)}
"""What need not be said of a row."""


def add_evidence(graph: Graph, tables: Tables) -> None:
    """Add all of `tables`; a record that a report names is added elsewhere."""
    for add in (_studies, _reports, _arms, _rows, _published, _answers):
        add(graph, tables)


def _studies(graph: Graph, tables: Tables) -> None:
    reports = defaultdict(list)
    for row in tables["reports"]:
        reports[row["study_id"]].append(row["report_id"])
    for row in tables["studies"]:
        name = row["study_id"]
        told = reports[name]
        said = f"study {name}: {row['label']}{_of(row, ', registered as ', 'registry_id')}{_of(row, ', ', 'design')}"
        said += f"; its reports here: {', '.join(told) or 'none'}{_of(row, '; told in ', 'locator')}"
        rests_on = [] if "locator" in row else [graph.end("study", NO_PLACE.format("study"))]
        graph.add(f"study/{name}", "study", said, rests_on, file=row["file"], locator=row.get("locator"), reports=told)


NO_PLACE = "the table of evidence does not say where this {} was found"


def _reports(graph: Graph, tables: Tables) -> None:
    for row in tables["reports"]:
        said = f"report {row['report_id']} ({row['kind']}, published {row['published']} by {row['published_basis']}): "
        said += f"{row['citation']}{_of(row, ' doi:', 'doi')}{_of(row, ' PMID ', 'pmid')}"
        said += f" [{row['locator']}]" if "locator" in row else ""
        graph.add(
            f"report/{row['report_id']}",
            "report",
            said,
            [f"study/{row['study_id']}"],
            file=row["file"],
            locator=row.get("locator") or row["citation"],
            url=f"https://doi.org/{row['doi']}" if "doi" in row else None,
        )


def _arms(graph: Graph, tables: Tables) -> None:
    for row in tables["arms"]:
        cells = {key: value for key, value in row.items() if key not in NOT_SHOWN}
        said = f"arm {row['arm_id']} ({row['label']}): {_cells(cells)}; found in {row['locator']} of {row['report_id']}"
        rests_on = [f"study/{row['study_id']}", f"report/{row['report_id']}"]
        graph.add(f"arm/{row['arm_id']}", "arm", said, rests_on, file=row["file"], locator=row["locator"])


def _rows(graph: Graph, tables: Tables) -> None:
    extracted = defaultdict(list)
    for row in tables["outcomes"]:
        if row["role"] == "extractor":
            extracted[_result(row)].append(f"row/{row['row_id']}")
    for row in tables["outcomes"]:
        cells = {key: value for key, value in row.items() if key not in NOT_SHOWN and (key, value) not in USUAL}
        quote = f"“{row['quote']}” in " if "quote" in row else ""
        what = f"{cells.pop('outcome')}, {cells.pop('timepoint')}"
        said = (
            f"extraction row {row['row_id']}: {what}, {_cells(cells)}; {quote}{row['locator']} of {row['report_id']}; "
        )
        rests_on = [f"arm/{row['arm_id']}", f"report/{row['report_id']}"]
        if row["role"] == "consensus":
            beside = [name for name in extracted[_result(row)] if name != f"row/{row['row_id']}"]
            said += f"consensus by {row['extractor']}, {row['date']}"
            rests_on += beside or [
                graph.end(
                    "extractors",
                    "the extractors behind this consensus are not stated: no row of theirs is on record",
                )
            ]
        else:
            said += f"extracted by {row['extractor']}, {row['date']}"
        if "corrects" in row:
            said += f"; it corrects {row['corrects']}: {row.get('reason', 'no reason is given')}"
            rests_on.append(f"row/{row['corrects']}")
        graph.add(f"row/{row['row_id']}", "row", said, rests_on, file=row["file"], **_place(row))
    for name in graph.missing():
        if name.startswith("row/"):
            why = f"{name.removeprefix('row/')}, which is corrected here, was not on record by the day of the review"
            graph.add(name, "end", why)


def _result(row: Row) -> tuple:
    return tuple(row[column] for column in KEY)


def _place(row: Row) -> dict[str, Any]:
    return {key: row.get(key) for key in ("locator", "quote", "extractor", "role", "date", "corrects", "reason")}


def _published(graph: Graph, tables: Tables) -> None:
    for row in tables["claims"]:
        said = f"printed in {row['location']}: “{row['text']}”, of it {row['value']} (claim {row['claim_id']})"
        graph.add(f"claim/{row['claim_id']}", "claim", said, file=row["file"], locator=row["location"])
    for row in tables["legacy"]:
        name = "/".join(filter(None, ["count", row["version"], row["box"], row.get("reason")]))
        what = row["box"].replace("_", " ") + _of(row, ", ", "reason")
        said = f"{row['count']} {what}, version of {row['version']}: {row['locator']}"
        graph.add(name, "count", said, file=row["file"], locator=row["locator"])
    for row in tables["references"]:
        cells = {key: value for key, value in row.items() if key != "file"}
        said = f"reference of the published review: {_cells(cells)}"
        locator = f"reference {row['number']}"
        graph.add(f"reference/{row['number']}", "reference", said, file=row["file"], locator=locator)
    for row in tables["variants"]:
        said = f"count of another source, {row['basis']}: {row['events']}/{row['n']} ({row['label']}): {row['source']}"
        said += f": “{row['quote']}”" if "quote" in row else ""
        rests_on = [f"arm/{row['arm_id']}"]
        graph.add(f"variant/{row['variant_id']}", "variant", said, rests_on, file=row["file"], locator=row["source"])


def _answers(graph: Graph, tables: Tables) -> None:
    """What people answered: which odd value is right, which of two reports counts, how a study was appraised."""
    for row in tables["acceptances"]:
        where = _of(row, ", ", "record") + _of(row, ", ", "column") + _of(row, ": ", "value")
        said = f"{row['by']} accepted {row['accepted_in']}{where} on {row['date']}: {row['reason']}"
        about = [name for name in (f"row/{row.get('record')}", f"arm/{row.get('record')}") if name in graph.nodes]
        graph.add(
            accepted_name({**row, "file": row["accepted_in"]}),
            "answer",
            said,
            about,
            file=row["file"],
            locator=row["accepted_in"],
        )
    for row in tables["overlaps"]:
        said = f"{row['by']} on {row['report_a']} and {row['report_b']}, {row['outcome']}, {row['date']}: "
        name = f"overlap/{row['report_a']}/{row['report_b']}/{row['outcome']}"
        reports = [f"report/{row['report_a']}", f"report/{row['report_b']}"]
        said += f"{row['counts']} counts: {row['reason']}"
        graph.add(name, "answer", said, reports, file=row["file"], locator=row["file"])
    for row in tables["notices"]:
        said = f"{row['by']} on the notice {row['notice']} ({row['kind']}) about {row['report_id']}, {row['date']}: "
        said += f"{row['decision']}: {row['reason']}"
        name = "/".join(["notice", row["report_id"], row["kind"], row["notice"], row["date"]])
        graph.add(name, "answer", said, [f"report/{row['report_id']}"], file=row["file"], locator=row["notice"])
    for row in tables["appraisals"]:
        said = f"{row['appraiser']} on item {row['item']} of {row['study_id']}, {row['date']}: {row['answer']}"
        said += _of(row, "; ", "support")
        name = f"appraisal/{row['checklist']}/{row['study_id']}/{row['item']}/{row['appraiser']}"
        graph.add(name, "answer", said, [f"study/{row['study_id']}"], file=row["file"], locator=row["file"])


def accepted_name(problem: Row) -> str:
    """The node of the acceptance of a problem, which is told by its place and value."""
    return "/".join(["accepted", *(str(problem.get(key, "")) for key in ("file", "record", "column", "value"))])


def _cells(cells: Row) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in cells.items())


def _of(row: Row, before: str, column: str) -> str:
    return f"{before}{row[column]}" if row.get(column) not in (None, "") else ""
