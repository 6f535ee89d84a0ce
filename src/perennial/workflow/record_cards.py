"""What the jobs mean that read what was found and make one set of records of it, and what a search asks."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from perennial.dates import full_day
from perennial.digests import file_sha256
from perennial.records.archive import SEARCHES, Run
from perennial.search.account import SOURCES
from perennial.search.strategy import combine
from perennial.workflow.config import FILE
from perennial.workflow.review import Import, Review, ReviewError

Meaning = dict[str, Any]

OF_RECORDS = ("pubmed", "europepmc", "clinicaltrials")
"""Sources whose runs hold records; Crossref tells only of reports that are known."""


def readings(review: Review) -> list[str]:
    """The readings of a review, oldest first: source-date of a search, import-name of an import."""
    runs = [(run.date, f"{run.source}-{run.date}") for run in review.runs if run.source in OF_RECORDS]
    imports = [(each.sidecar.date, f"import-{each.file.name}") for each in review.imports]
    return [name for _, name in sorted(runs + imports)]


def pubmed_readings(review: Review) -> list[str]:
    """Those of the searches of PubMed, oldest first."""
    return [f"{run.source}-{run.date}" for run in review.runs if run.source == "pubmed"]


def record_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for run in review.runs:
        if run.source in OF_RECORDS:
            yield f"read_search/{run.source}-{run.date}", partial(_read_search, run=run)
    for each in review.imports:
        yield f"read_import/{each.file.name}", partial(_read_import, each=each)
    yield "collect_records/review", lambda review: {"readings": readings(review)}
    yield "find_duplicates/review", _find_duplicates
    yield "check_reports/review", _check_reports
    yield "list_trials/review", _list_trials
    yield "describe_search/review", _describe_search


def search_methods(review: Review) -> Meaning:
    """What the methods say of the searches."""
    search, strategy = review.config["search"], review.strategy
    told = {key: search[key] for key in ("sources", "clinicaltrials", "europepmc") if key in search}
    if strategy:
        limits = [name for name in strategy.labels if name not in search["strategy"]["blocks"]]
        told["limits"] = [strategy.labels[name] for name in limits]
        told["combine"] = combine(search["strategy"]["combine"], strategy.labels)
    return told


def search_day(review: Review) -> str:
    """The day that `snakemake search` searches: the one asked for, else today."""
    return review.config.get("as_of", date.today().isoformat())


def searched_sources(review: Review) -> list[str]:
    """What `snakemake search` searches; of a past day only PubMed knows which records it had by then."""
    sources = review.config["search"]["sources"]
    return [source for source in sources if source == "pubmed" or not review.config["reconstruct"]]


def asked(review: Review, source: str) -> str:
    """What the search of a source asks, as JSON; it is given to the program as it stands. Raises ReviewError."""
    if "email" not in review.config["search"]:
        raise ReviewError(f"{FILE}, search: email is missing. Remedy: add an address that the sources may write to.")
    if not review.evidence.readable:
        raise ReviewError("\n".join(review.refused))
    return json.dumps({"address": review.config["search"]["addresses"][source], **_asked(review, source)})


def _asked(review: Review, source: str) -> Meaning:
    search = review.config["search"]
    match source:
        case "pubmed":
            strategy = review.strategy
            return {
                "email": search["email"],
                "query": strategy.query,
                "lines": [asdict(line) for line in strategy.lines],
                "blocks": dict(strategy.blocks),
                "labels": dict(strategy.labels),
                "reports": reports(review),
                "reconstruct": review.config["reconstruct"],
            }
        case "crossref":
            return {"email": search["email"], "reports": reports(review)}
        case "clinicaltrials":
            return {**search["clinicaltrials"], "included": list(registered(review))}
        case "europepmc":
            return dict(search["europepmc"])
        case _:
            raise AssertionError(source)


def reports(review: Review) -> list[dict[str, str]]:
    """The reports of the included studies that were published by then, whatever was decided on them since."""
    rows = [row for row in review.evidence.reports.rows if review.horizon.published(row)]
    told = [{"report_id": row["report_id"], "pmid": row.get("pmid", ""), "doi": row.get("doi", "")} for row in rows]
    return sorted(told, key=lambda row: row["report_id"])


def registered(review: Review) -> dict[str, str]:
    """The studies that are registered with ClinicalTrials.gov, by their number there."""
    rows = review.evidence.studies.rows
    numbers = {row["registry_id"]: row["study_id"] for row in rows if row.get("registry_id", "").startswith("NCT")}
    return dict(sorted(numbers.items()))


def _place(run: Run) -> dict[str, str]:
    return {"folder": str(SEARCHES / run.source / run.date), "sha256": run.sha256}


def _read_search(review: Review, run: Run) -> Meaning:
    return _place(run)


def _read_import(review: Review, each: Import) -> Meaning:
    return {
        "place": f"imports/{each.file.name}",
        "file": each.file.as_posix(),
        "sha256": file_sha256(review.project / each.file),
        "sidecar": asdict(each.sidecar),
    }


def _find_duplicates(review: Review) -> Meaning:
    """Answers given by then, the last on each pair."""
    answers = {}
    for row in sorted(review.evidence.duplicates.rows, key=lambda row: row["date"]):
        if full_day(row["date"]) <= review.horizon.as_of:
            a, b = sorted([row["record_a"], row["record_b"]])
            answers[a, b] = {"record_a": a, "record_b": b, "relation": row["relation"]}
    return {"answers": [answers[pair] for pair in sorted(answers)]}


def _newest(review: Review, source: str) -> dict[str, str] | None:
    runs = [run for run in review.runs if run.source == source]
    return _place(runs[-1]) if runs else None


def _check_reports(review: Review) -> Meaning:
    return {"reports": reports(review), "pubmed": _newest(review, "pubmed"), "crossref": _newest(review, "crossref")}


def _list_trials(review: Review) -> Meaning:
    return {"included": registered(review), "run": _newest(review, "clinicaltrials")}


def _describe_search(review: Review) -> Meaning:
    strategy = review.strategy
    names = dict.fromkeys([*SOURCES, *(run.source for run in review.runs)])
    return {
        "wanted": review.config["search"]["sources"],
        "strategy": {"query": strategy.query, "labels": dict(strategy.labels)} if strategy else None,
        "sources": [[name, [_place(run) for run in review.runs if run.source == name]] for name in names],
        "imports": [{"file": each.file.as_posix(), **asdict(each.sidecar)} for each in review.imports],
    }
