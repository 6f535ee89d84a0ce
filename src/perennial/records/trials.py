"""Trial registrations out of an archived ClinicalTrials.gov run (API version 2)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from perennial.records.archive import Run
from perennial.records.identifiers import clean_pmid, trial_numbers
from perennial.records.json_records import branches, day, read_answers, text, texts
from perennial.records.reading import Found, SetAside
from perennial.records.record import Link, Record

SOURCE = "nct"
ADDRESS = "https://clinicaltrials.gov/study/"
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()<>#+.!|~-])")
"""ClinicalTrials.gov's texts are in Markdown."""
REGISTRIES = {"REGISTRY", "EUDRACT_NUMBER", "CTIS"}
"""Types of secondary ids that are registrations."""

EXTRA = {
    "overallStatus": "protocolSection.statusModule.overallStatus",
    "whyStopped": "protocolSection.statusModule.whyStopped",
    "startDate": "protocolSection.statusModule.startDateStruct.date",
    "primaryCompletionDate": "protocolSection.statusModule.primaryCompletionDateStruct.date",
    "completionDate": "protocolSection.statusModule.completionDateStruct.date",
    "resultsFirstPostDate": "protocolSection.statusModule.resultsFirstPostDateStruct.date",
    "acronym": "protocolSection.identificationModule.acronym",
    "briefTitle": "protocolSection.identificationModule.briefTitle",
    "orgStudyId": "protocolSection.identificationModule.orgStudyIdInfo.id",
    "secondaryId": "protocolSection.identificationModule.secondaryIdInfos.id",
    "leadSponsor": "protocolSection.sponsorCollaboratorsModule.leadSponsor.name",
    "collaborator": "protocolSection.sponsorCollaboratorsModule.collaborators.name",
    "studyType": "protocolSection.designModule.studyType",
    "phase": "protocolSection.designModule.phases",
    "enrollment": "protocolSection.designModule.enrollmentInfo.count",
    "enrollmentType": "protocolSection.designModule.enrollmentInfo.type",
    "intervention": "protocolSection.armsInterventionsModule.interventions.name",
    "hasResults": "hasResults",
}
"""Fields that a record has no place for, by tag; one that is a list has its tag again for each."""

STATUS = {
    "acronym": "acronym",
    "status": "overallStatus",
    "has_results": "hasResults",
    "enrollment": "enrollment",
    "start": "startDate",
    "primary_completion": "primaryCompletionDate",
    "completion": "completionDate",
    "interventions": "intervention",
}
"""Columns of the table of trials, and their tags."""

COLUMNS = ["nct_id", "study_id", "title", *STATUS, "last_update", "checked"]


def read_trials(run: Run) -> Iterator[Found | SetAside]:
    """The trials of a run in its order: those of the question, then the included ones that are not among them."""
    return read_answers(run, lambda answer: answer["studies"], _record)


def trial_status(record: Record) -> dict[str, str]:
    """A row of the table of trials; what the registry does not tell is empty."""
    told = {column: "; ".join(text for name, text in record.extra if name == tag) for column, tag in STATUS.items()}
    return {"nct_id": record.accession, "title": record.title, **told, "last_update": record.revised}


def trial_table(records: Iterable[Record], included: Mapping[str, str], run: Run | None) -> list[dict[str, str]]:
    """Rows with COLUMNS: the trials of the question and the included ones, `included` giving the study of a number.

    `run` is the newest search of the registry. What it was not asked about is not checked.
    """
    registered = {record.accession: trial_status(record) for record in records}
    day, asked, unknown = (run.date, run.told["included"], run.told["unknown"]) if run else ("", [], [])
    renamed = run.told["renamed"] if run else {}
    current = {renamed.get(number, number): study for number, study in included.items()}
    rows = []
    for number in sorted({*registered, *current}):
        told = registered.get(number)
        if told is None:
            known = number in asked or number in unknown
            told = {"nct_id": number, "status": "not in this source" if known else "not checked"}
        rows.append({**told, "study_id": current.get(number, ""), "checked": day})
    return rows


def trial_names(study: Mapping[str, Any]) -> tuple[str, ...]:
    """The NCT number of a study, then those it had before. Raises ValueError, LookupError, ... for what is no study."""
    identification = study["protocolSection"]["identificationModule"]
    name = identification["nctId"]
    if trial_numbers(name) != (name,):
        raise ValueError(f"{name!r} is no NCT number")
    return name, *texts(identification, "nctIdAliases")


def _record(study: Mapping[str, Any]) -> Record:
    names = trial_names(study)
    protocol = study["protocolSection"]
    titles = [text(protocol, f"identificationModule.{name}") for name in ("officialTitle", "briefTitle")]
    conditions = *texts(protocol, "conditionsModule.conditions"), *texts(protocol, "conditionsModule.keywords")
    secondary = branches(protocol, "identificationModule.secondaryIdInfos")
    registrations = [text(each, "id") for each in secondary if each.get("type") in REGISTRIES]
    extra = [(tag, _unescaped(said)) for tag, path in EXTRA.items() for said in texts(study, path)]
    return Record(
        source=SOURCE,
        accession=names[0],
        kind="trial_registration",
        title=_unescaped(titles[0] or titles[1]),
        abstract=_unescaped(text(protocol, "descriptionModule.briefSummary")),
        published=day(protocol, "statusModule.studyFirstPostDateStruct.date"),
        revised=day(protocol, "statusModule.lastUpdatePostDateStruct.date"),
        keywords=tuple(dict.fromkeys(map(_unescaped, conditions))),
        registry_ids=tuple(dict.fromkeys([*names, *filter(None, registrations)])),
        links=tuple(map(_link, branches(protocol, "referencesModule.references"))),
        url=ADDRESS + names[0],
        extra=tuple(extra),
    )


def _link(reference: Mapping[str, Any]) -> Link:
    """A publication that the registration names: RESULT, BACKGROUND, or DERIVED (found by the registry itself)."""
    pmid = clean_pmid(text(reference, "pmid"))
    return Link(text(reference, "type"), f"pmid:{pmid}" if pmid else "", _unescaped(text(reference, "citation")))


def _unescaped(markdown: str) -> str:
    return ESCAPED.sub(r"\1", markdown)
