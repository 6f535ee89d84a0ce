"""ClinicalTrials.gov: the trials of the question, and where the included trials stand (API version 2)."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from perennial.records.identifiers import trial_numbers
from perennial.records.trials import trial_names
from perennial.search.archive import Staging
from perennial.search.pages import RESTARTS, SOFTWARE, Page, Pages, listed, natural, understood
from perennial.search.transport import BadAnswer, SearchFailed, Transport

SOURCE = "clinicaltrials"
SIZE = 100
TOKEN = "pageToken"
VERSION = ("apiVersion", "dataTimestamp")
MODULES = (
    "identification status sponsorCollaborators description conditions design armsInterventions outcomes eligibility "
    "references"
)
FIELDS = ",".join([*(f"protocolSection.{name}Module" for name in MODULES.split()), "HasResults"])
"""All that a registration says but for posted results, which are large, and sites, which name people to call."""

README = """\
What ClinicalTrials.gov answered on {day}. Nothing here is changed afterwards.

run.json                    the question, which file answers what, included trials that the registry does not know or
                            knows by another number, the version of its data, the counts, and the SHA-256 digest of
                            every file
question-0001.json.gz       trials of the question, as received, first page
included-0001-0001.json.gz  included trials that are not among them, as received, first group, first page
plan.json                   what this run set out to do

gunzip -k makes the answers readable with a text editor. Each trial is one of "studies"; "nctId" names it.
"""


def search_trials(
    project: Path, day: date, condition: str, intervention: str, included: Sequence[str], transport: Transport
) -> None:
    """Archive one complete search in data/search/clinicaltrials/<day>/, or leave everything as it was (SearchFailed).

    `included` are the registrations of the included studies; one of another registry is told in run.json.
    """
    wanted = sorted({number for each in included for number in trial_numbers(each)})
    question = {"query.cond": condition, "query.intr": intervention}
    plan = {"address": transport.address, **question, "included": wanted, "fields": FIELDS, "size": SIZE}
    for _ in range(1 + RESTARTS):
        version = _version(transport)
        # Data of two versions never meet: another version is another plan, so staging starts afresh.
        with Staging(project, SOURCE, day, {**plan, "version": version}) as staging:
            found = _gather(Pages(staging, transport), question, wanted)
            told = {
                "kind": "status",
                "source": SOURCE,
                "date": day.isoformat(),
                "address": transport.address,
                "query": f"studies?query.cond={condition}&query.intr={intervention}",
                "version": version,
                "included": wanted,
                "other_registries": sorted(each for each in set(included) if each and not trial_numbers(each)),
                **found,
                "software": SOFTWARE,
            }
            if _version(transport) == version:
                staging.finish(told, README.format(day=day), {})
                return
    raise SearchFailed(
        f"{transport.address}: the registry's data changed during each of {1 + RESTARTS} searches. Nothing was added "
        "to the archive. Remedy: run the search again later."
    )


def _version(transport: Transport) -> dict[str, str]:
    """{"apiVersion": ..., "dataTimestamp": ...}; the data change about once a day."""
    return transport.ask(
        "version", lambda reply: understood(reply, lambda told: {name: told[name] for name in VERSION})
    )


def _gather(pages: Pages, question: Mapping[str, str], wanted: Sequence[str]) -> dict[str, Any]:
    """The trials of the question, and the wanted ones by their numbers where they are not among them."""
    answers = pages.whole("question", "studies", _parameters(question), TOKEN, read_page)
    names = _names(pages.staging, answers)
    counts = {"records": len(set(names.values())), "included": len(wanted)}
    apart = [number for number in wanted if number not in names]
    for start in range(0, len(apart), SIZE):
        answers += _included(pages, f"included-{start // SIZE + 1:04}", apart[start : start + SIZE])
    names = _names(pages.staging, answers)
    unknown = [number for number in apart if number not in names]
    return {
        "counts": {**counts, "apart": len(apart), "unknown": len(unknown)},
        "apart": apart,
        "unknown": unknown,
        "renamed": {number: names[number] for number in wanted if names.get(number, number) != number},
        "answers": answers,
    }


def _parameters(question: Mapping[str, str]) -> dict[str, str | int]:
    asked = {name: text for name, text in question.items() if text}
    return {**asked, "fields": FIELDS, "pageSize": SIZE, "countTotal": "true"}


def _included(pages: Pages, name: str, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Trials by their numbers; the registry leaves out those it does not know."""

    def read(answer: dict[str, Any]) -> Page:
        strange = [study for study in answer["studies"] if not set(trial_names(study)) & set(wanted)]
        if strange:
            raise BadAnswer(f"{trial_names(strange[0])[0]} came, which was not asked for")
        return read_page(answer)

    return pages.whole(name, "studies", _parameters({"filter.ids": ",".join(wanted)}), TOKEN, read)


def read_page(answer: dict[str, Any]) -> Page:
    """A page of trials. The registry counts them on the first page only, and promises no number a page."""
    ids = tuple(trial_names(study)[0] for study in listed(answer["studies"]))
    total = answer.get("totalCount")
    return Page(ids, total if total is None else natural(total), answer.get("nextPageToken") or "")


def _names(staging: Staging, answers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The present number of each trial, by every number it has or had."""
    studies = [study for answer in answers for study in json.loads(staging.read(answer["file"]))["studies"]]
    return {name: names[0] for names in map(trial_names, studies) for name in names}
