"""What the job means that traces every reported value: the evidence, the searches and the protocol, as known then."""

from dataclasses import asdict
from typing import Any

from perennial import __version__
from perennial.digests import file_sha256
from perennial.extraction.evidence import FILES
from perennial.tables import Row
from perennial.workflow.review import Review

Meaning = dict[str, Any]
Flow = dict[str, dict[str, list[str]]]

KEPT_FROM_RUNS = ("kind", "sources", "date", "searched_on", "query", "counts", "locator", "note")
SECRETS = ("email",)
"""Keys of the search that say how to reach somebody."""

BY_RESULT = ("decisions",)
"""Tables that the trace takes from a result, where decisions of every origin stand together."""


def trace(review: Review, flow: Flow) -> Meaning:
    """`flow` are the inputs and outputs of the workflow's rules."""
    config = {key: value for key, value in review.config.items() if key not in ("as_of", "version")}
    config["search"] = {key: value for key, value in config["search"].items() if key not in SECRETS}
    tables = {name: getattr(review.evidence, name).rows for name in FILES if name not in BY_RESULT}
    told = {name: _known(rows, review) for name, rows in tables.items()}
    for row in told["acceptances"]:
        row["accepted_in"] = row.pop("of")
    told["appraisals"] = [
        {"checklist": name, **row}
        for name, table in review.evidence.appraisals.items()
        for row in _known(table.rows, review)
    ]
    return {
        "perennial": __version__,
        "results": review.results,
        "as_of": review.horizon.as_of.isoformat(),
        "reconstructed": review.horizon.reconstructed,
        "flow": flow,
        "config": config,
        "evidence": {name: sorted(rows, key=_canonical) for name, rows in told.items()},
        "runs": [
            {
                "source": run.source,
                "date": run.date,
                "folder": run.folder.relative_to(review.project).as_posix(),
                "sha256": run.sha256,
                "told": {key: run.told[key] for key in KEPT_FROM_RUNS if key in run.told},
            }
            for run in review.runs
        ],
        "imports": [
            {
                "file": each.file.as_posix(),
                "sha256": file_sha256(review.project / each.file),
                **asdict(each.sidecar),
            }
            for each in review.imports
        ],
    }


def record_digests(review: Review, flow: Flow) -> Meaning:
    """By the flow the program knows which job made a result."""
    return {"results": review.results, "flow": flow}


def _known(rows: list[Row], review: Review) -> list[dict[str, Any]]:
    """Rows with the file each stands in, without what was entered after the day of the review."""
    return [
        {**row, **({"of": row["file"]} if "file" in row else {}), "file": row.file}
        for row in rows
        if "date" not in row or review.horizon.knows(row)
    ]


def _canonical(row: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((key, str(value)) for key, value in row.items())
