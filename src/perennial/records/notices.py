"""Notices about the included reports: retractions, corrections and the like, out of an archived Crossref run."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from perennial.dates import first_day
from perennial.records.archive import Run
from perennial.records.identifiers import clean_doi
from perennial.records.text import one_line

OURS = {
    "concern": "expression_of_concern",
    "corrected_article": "correction",
    "corrigenda": "corrigendum",
    "errata": "erratum",
    "retracted": "retraction",
    "withdrawn": "withdrawal",
}
"""Spellings of a few publishers; all others keep Crossref's word."""


@dataclass(frozen=True, order=True)
class Notice:
    """One notice about a report, however often and from whichever side it is told."""

    report_id: str
    doi: str
    """Of the report."""
    date: str
    """As far as it is known: 2025, 2025-03 or 2025-03-17; the earliest that is told."""
    kind: str
    """retraction, partial_retraction, removal, withdrawal, correction, corrigendum, erratum, expression_of_concern,
    addendum, clarification, new_version, new_edition, or another word of a publisher in the same form."""
    type: str
    """Crossref's word as it is."""
    notice_doi: str
    """The report's own DOI where the publisher put the notice in its place; empty where none is told."""
    told_by: str
    """publisher, retraction-watch, both with a comma between, or empty."""
    direction: str
    """updated-by: the report's record tells it; update-to: the notice's does; or both."""


def read_notices(run: Run) -> list[Notice]:
    """The notices about the reports of a run, sorted, each once.

    A report that is itself a notice about another work is none about itself.
    """
    told = defaultdict(list)
    for answer in run.told["answers"]:
        if answer["file"].endswith(".json.gz"):
            message = json.loads(run.payload(answer["file"]))["message"]
            for direction, notice, update in _said(message, answer["doi"]):
                told[answer["doi"], notice, _kind(update)].append((direction, update))
    return sorted(
        Notice(
            report_id=report_id,
            doi=doi,
            date=_first([_date(update.get("updated")) for _, update in said]),
            kind=kind,
            type=min(_type(update) for _, update in said),
            notice_doi=notice,
            told_by=", ".join(sorted({update["source"] for _, update in said if update.get("source")})),
            direction="both" if len({direction for direction, _ in said}) == 2 else said[0][0],
        )
        for (doi, notice, kind), said in told.items()
        for report_id in run.told["reports"][doi]
    )


def updates(work: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """What a work says under "update-to" or "updated-by". Raises TypeError where that has another form."""
    said = work.get(field) or []
    for update in said:
        if not all(isinstance(update.get(name) or "", str) for name in ("DOI", "type", "label", "source")):
            raise TypeError(f"{field} of {work.get('DOI')} holds {update!r}")
    return said


def _said(message: dict[str, Any], doi: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Direction, notice and what is said, for each notice about a DOI in an answer."""
    for work in message.get("items", [message]):
        own = work["DOI"].lower()
        for update in updates(work, "update-to"):
            if clean_doi(update.get("DOI") or "") == doi:
                yield "update-to", own, update
        if own == doi:
            for update in updates(work, "updated-by"):
                yield "updated-by", clean_doi(update.get("DOI") or ""), update


def _type(update: dict[str, Any]) -> str:
    return one_line(update.get("type") or update.get("label") or "unspecified")


def _kind(update: dict[str, Any]) -> str:
    word = re.sub(r"[\W_]+", "_", _type(update).lower()).strip("_")
    return OURS.get(word, word)


def _date(updated: Any) -> str:
    """A date of Crossref, {"date-parts": [[2025, 3, 17]]}, of which month and day may be absent; else empty."""
    try:
        text = "-".join(f"{part:02}" for part in updated["date-parts"][0][:3])
        first_day(text)
    except (LookupError, TypeError, ValueError):
        return ""
    return text


def _first(dates: list[str]) -> str:
    """The earliest; in place of a partial one, the first whole one that it may stand for."""
    known = sorted(date for date in dates if date)
    return min((date for date in known if date.startswith(known[0])), key=lambda date: (-len(date), date), default="")
