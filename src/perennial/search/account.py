"""What a review says of its searches: each source, when and how it was asked, and what waits for people (PRISMA-S)."""

from collections.abc import Mapping, Sequence
from typing import Any

SOURCES = {
    "pubmed": "PubMed",
    "europepmc": "Europe PMC (preprints)",
    "clinicaltrials": "ClinicalTrials.gov (trials of the question, status of the included)",
    "crossref": "Crossref (retractions and corrections of the included reports)",
}
FROM_RUN = (
    "query",
    "query_translation",
    "not_known",
    "lines",
    "labels",
    "counts",
    "sentinels",
    "address",
    "locator",
    "note",
)


def source_account(source: str, wanted: Sequence[str], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is known of one source: its newest run, or why there is none. `runs` are run.json, oldest first."""
    label = SOURCES.get(source, source)
    if not runs:
        why = "it has not been searched yet" if source in wanted else "it is switched off"
        return {"source": source, "label": label, "state": "not checked", "why": why, "dates": []}
    newest = runs[-1]
    state = {
        "counts only": "counts only",
        "reconstruction": "searched later, among records created by then (a reconstruction)",
    }.get(newest["kind"], "searched")
    return {
        "source": source,
        "label": label if source in SOURCES else ", ".join(newest.get("sources", [label])),
        "state": state,
        "dates": [run["date"] for run in runs],
        **{key: newest[key] for key in FROM_RUN if newest.get(key) is not None},
    }


def to_do(account: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a person should look at: phrases that were not known, reports that were not found, records that went."""
    source = account["label"]
    rows = []
    if not account["dates"]:
        rows.append(
            _row(
                source,
                "source",
                f"not checked: {account['why']}",
                "search it, or say in the paper that it was not searched",
            )
        )
    for said in account.get("not_known", []):
        rows.append(_row(source, "term", said, "correct the term in search.strategy, or accept that it finds nothing"))
    for sentinel in account.get("sentinels", []):
        if sentinel["state"] == "not in this source" and sentinel["pmid"]:
            said = f"{sentinel['report_id']}: there is no record with PMID {sentinel['pmid']}"
            rows.append(_row(source, "included report", said, "compare the number in data/reports.csv with the report"))
        if sentinel["state"] == "missed":
            blocks = ", ".join(sentinel["not_matched"]) or "the combination of blocks"
            said = f"{sentinel['report_id']} (PMID {sentinel['pmid']}) is not found: {blocks} did not match"
            rows.append(_row(source, "included report", said, "widen what did not match, or say why it may miss it"))
    for state, remedy in (
        ("no longer matching", "see whether its headings changed; it stays in the review"),
        ("not in PubMed", "see whether it was deleted or merged; it stays in the review"),
    ):
        if number := account.get("counts", {}).get(state):
            records = "one known record" if number == 1 else f"{number:,} known records"
            said = f"{records} {state}, named in pmids.csv of {account['dates'][-1]}"
            rows.append(_row(source, "record", said, remedy))
    return rows


def _row(source: str, kind: str, said: str, remedy: str) -> dict[str, str]:
    return {"source": source, "kind": kind, "said": said, "remedy": remedy}
