"""Crossref: what it says of each included report, and which works say that they update it.

A retraction or correction is told by the notice ("update-to") or by the work itself ("updated-by"), often by both and
sometimes by one alone, so both are asked for (Crossref REST API; Retraction Watch's data are in it since 2025).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perennial.records.identifiers import clean_doi
from perennial.records.notices import updates
from perennial.search.archive import Staging
from perennial.search.pages import SOFTWARE, Page, Pages, listed, natural, understood
from perennial.search.transport import BadAnswer, Reply, Transport, excerpt

SOURCE = "crossref"
ROWS = 100
ABSENT = b"resource not found"
"""What Crossref says where it has no such DOI; a 404 that says something else is another matter."""

README = """\
What Crossref said of the included reports on {day}. Nothing here is changed afterwards.

run.json                   the reports by DOI, which file answers which question, DOIs that Crossref does not hold,
                           reports that have no DOI to ask for, the counts, and the SHA-256 digest of every file
work-0001.json.gz          the first DOI's own record, as received; "updated-by" in it names notices about it
absent-0001.txt.gz         in its place where Crossref has no such DOI: its answer
updates-0001-0001.json.gz  the works that say they update the first DOI ("update-to"), as received, first page
plan.json                  what this run set out to do

gunzip -k makes the answers readable with a text editor.
"""


def search_crossref(
    project: Path, day: date, reports: Sequence[Mapping[str, str]], email: str, transport: Transport
) -> None:
    """Archive one complete check in data/search/crossref/<day>/, or leave everything as it was (SearchFailed).

    `reports` have a report_id and a doi. A report without a DOI is not checked, and run.json says so.
    """
    dois = {report["report_id"]: clean_doi(report["doi"]) for report in reports}
    by_doi = {doi: sorted(each for each in dois if dois[each] == doi) for doi in sorted(set(dois.values()) - {""})}
    plan = {"address": transport.address, "reports": by_doi, "rows": ROWS}
    with Staging(project, SOURCE, day, plan) as staging:
        pages = Pages(staging, transport, {"mailto": email})
        answers = []
        for number, doi in enumerate(by_doi, start=1):
            answers.append({"doi": doi, **_work(pages, f"{number:04}", doi)})
            answers += [{"doi": doi, **answer} for answer in _updates(pages, f"{number:04}", doi)]
        absent = [answer["doi"] for answer in answers if answer["file"].startswith("absent-")]
        told = {
            "kind": "status",
            "source": SOURCE,
            "date": day.isoformat(),
            "address": transport.address,
            "query": f"for each DOI: works/{{doi}}; works?filter=updates:{{doi}}&rows={ROWS}&cursor=*",
            "counts": {"reports": len(dois), "dois": len(by_doi), "in_crossref": len(by_doi) - len(absent)},
            "not_in_crossref": absent,
            "without_doi": sorted(report for report, doi in dois.items() if not doi),
            "reports": by_doi,
            "answers": answers,
            "software": SOFTWARE,
        }
        staging.finish(told, README.format(day=day), {})


def _work(pages: Pages, number: str, doi: str) -> dict[str, Any]:
    """Crossref's own record of a DOI, or its word that it has none."""
    path = f"works/{quote(doi, safe='')}"
    names = {200: f"work-{number}.json.gz", 404: f"absent-{number}.txt.gz"}

    def check(reply: Reply) -> Reply:
        if reply.status == 200:
            understood(reply, lambda answer: read_work(answer, doi))
        elif not reply.body.lower().startswith(ABSENT):
            raise BadAnswer(f"HTTP 404 that is not Crossref's: {excerpt(reply.body)}")
        return reply

    kept = [name for name in names.values() if pages.staging.has(name)]
    if not kept:
        reply = pages.transport.ask(path, check, params=pages.unrecorded, missing=True)
        kept = [names[reply.status]]
        pages.staging.keep(kept[0], reply.body)
    return {"file": kept[0], "path": path, "parameters": {}}


def _updates(pages: Pages, number: str, doi: str) -> list[dict[str, Any]]:
    """The works that say they update a DOI."""
    asked = {"filter": f"updates:{doi}", "rows": ROWS, "cursor": "*"}
    return pages.whole(f"updates-{number}", "works", asked, "cursor", lambda answer: read_updates(answer, doi))


def read_work(answer: dict[str, Any], doi: str) -> dict[str, Any]:
    """The record in an answer to works/{doi}. Raises BadAnswer for anything else."""
    message = _message(answer, "work")
    if message["DOI"].lower() != doi:
        raise BadAnswer(f"{message['DOI']} came where {doi} was asked for")
    updates(message, "updated-by")
    updates(message, "update-to")
    return message


def read_updates(answer: dict[str, Any], doi: str) -> Page:
    """A page of the works that update a DOI. Raises BadAnswer for anything else."""
    message = _message(answer, "work-list")
    for work in listed(message["items"]):
        if doi not in [clean_doi(update.get("DOI") or "") for update in updates(work, "update-to")]:
            raise BadAnswer(f"{work['DOI']} came, which does not say that it updates {doi}")
    ids = tuple(work["DOI"].lower() for work in message["items"])
    size = natural(message.get("items-per-page", ROWS))
    return Page(ids, natural(message["total-results"]), message.get("next-cursor") or "", size)


def _message(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    if (answer["status"], answer["message-type"]) != ("ok", kind):
        raise BadAnswer(f"Crossref answers {answer['status']}, {answer['message-type']}: {answer['message']}"[:500])
    return answer["message"]
